"""From pictures to the report: crops, features, distances, parts, regions, pairs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from refine.features import Feature
from refine.gap.closing import Drawn, Weights, discrepancies, proxy_distances, weigh
from refine.gap.inception import inception_scores, open_inception
from refine.gap.mmd import cubic, gaussian_of
from refine.gap.pairs import pair_errors
from refine.gap.pictures import Pictures, Views, cut_views
from refine.gap.regions import (
    LEAST_GROUPS,
    Labelled,
    class_windows,
    content_matched,
    shared_classes,
)
from refine.gap.remaining import Known, mean_drawn, remaining_parts
from refine.gap.remarks import remarks_on
from refine.gap.report import FeatureGap, GapReport, Region
from refine.gap.samples import F64, I64, Sample, numbered, scale_of
from refine.gap.windows import U8


def measure_gap(
    raw: Sequence[U8],
    refined: Sequence[U8],
    photographs: Sequence[U8],
    *,
    scenes: Sequence[int],
    features: Mapping[str, Feature],
    seed: int,
    photograph_groups: Sequence[int] | None = None,
    labels: Sequence[Labelled] | None = None,
    photograph_labels: Sequence[Labelled] | None = None,
    pairs: Sequence[U8] | None = None,
    inception: Path | None = None,
) -> GapReport:
    """Measure how far renders are from photographs before and after refinement.

    raw[i], refined[i] and, where given, labels[i] and pairs[i] (a photograph of the very same)
    belong together; scenes[i] is the scene they show. Photographs of one group (a burst, a scene)
    are not independent; by default each is a group. With labels on both sides classes are measured
    one by one. At most 120 pictures a side are measured. inception: file of weights for FID and
    Inception score. Raises RefineError where there are too few pictures, or where pictures that
    belong together differ in size.
    """
    bursts = list(range(len(photographs)) if photograph_groups is None else photograph_groups)
    network = None if inception is None else open_inception(inception)
    everything = Pictures(
        raw, refined, photographs, scenes, bursts, labels, photograph_labels, pairs
    ).checked()
    pictures, numbers = everything.thinned()
    report = _measure(pictures.checked(), tuple(features.values()), seed)
    return report.with_more(
        sizes={f"{name}_given": count for name, count in everything.counts.items()},
        least_like=tuple(numbers[at] for at in report.least_like),
        inception=network
        and inception_scores(network, pictures.raw, pictures.refined, pictures.photographs),
    )


def _measure(pictures: Pictures, features: Sequence[Feature], seed: int) -> GapReport:
    views = cut_views(pictures, seed)
    counts = pictures.counts
    weights = weigh(counts["scenes"], counts["bursts"], rng=np.random.default_rng((seed, 0)))
    samples = {one.name: _samples(one, views) for one in features}
    gaps = tuple(_feature_gap(one, samples[one.name], weights, seed) for one in features)
    trusted = [one for one in features if not one.near_loss]
    parts = _parts(views, trusted, samples, gaps, weights, seed)
    return GapReport(
        features=gaps,
        closed=_mean_closed(gaps),
        parts=parts,
        regions=_matched(views, samples, trusted, seed)
        if pictures.labels is None or pictures.photograph_labels is None
        else _classes(pictures, pictures.labels, pictures.photograph_labels, trusted, seed),
        pairs=()
        if pictures.pairs is None
        else pair_errors(
            pictures.raw,
            pictures.refined,
            pictures.pairs,
            numbered(pictures.scenes),
            weights.scenes,
        ),
        inception=None,
        sizes=counts | _crop_counts(views),
        remarks=remarks_on(views, gaps, parts),
        least_like=_least_like([samples[one.name] for one in trusted], views.refined.picture),
        map=_map(samples[trusted[-1].name]) if trusted else {},
        seed=seed,
    )


def _crop_counts(views: Views) -> dict[str, int]:
    return {
        "crop_px": views.raw.crops.shape[1],
        "crops": len(views.raw.crops),
        "photograph_crops": len(views.photographs.crops),
    }


def _samples(feature: Feature, views: Views) -> Known:
    raw, refined, photographs = (
        Sample(feature.compute(of.crops), of.groups)
        for of in (views.raw, views.refined, views.photographs)
    )
    return _on_one_scale(feature, raw, refined, photographs)


def _on_one_scale(feature: Feature, raw: Sample, refined: Sample, photographs: Sample) -> Known:
    """The photographs' scale and bandwidth: the same for every refiner, whatever it makes."""
    scale = scale_of(photographs, one_unit=feature.one_unit)
    real = scale(photographs)
    return Known(scale(raw), scale(refined), real, scale, gaussian_of(real))


def _feature_gap(feature: Feature, of: Known, weights: Weights, seed: int) -> FeatureGap:
    trio = of.raw, of.refined, of.photographs
    return FeatureGap(
        name=feature.name,
        about=feature.about,
        near_loss=feature.near_loss,
        digest=feature.digest,
        mmd=discrepancies(*trio, of.kernel, weights, rng=np.random.default_rng((seed, 1))),
        kid=discrepancies(*trio, cubic, weights, rng=np.random.default_rng((seed, 1))),
        proxy=proxy_distances(*trio, weights, rng=np.random.default_rng((seed, 2))),
    )


def _mean_closed(gaps: Sequence[FeatureGap]) -> Drawn | None:
    """Over the independent features on which there was a gap to close."""
    found = [gap.mmd.closed for gap in gaps if not gap.near_loss]
    closed = [one for one in found if one is not None]
    return mean_drawn(closed) if closed else None


def _parts(
    views: Views,
    trusted: Sequence[Feature],
    samples: Mapping[str, Known],
    gaps: Sequence[FeatureGap],
    weights: Weights,
    seed: int,
) -> dict[str, Drawn] | None:
    gapped = {gap.name for gap in gaps if gap.mmd.separable}
    usable = [one for one in trusted if one.name in gapped]
    if not usable:
        return None
    rng = np.random.default_rng((seed, 3))
    return remaining_parts(views, usable, samples, weights, rng=rng)


def _matched(
    views: Views, samples: Mapping[str, Known], trusted: Sequence[Feature], seed: int
) -> tuple[Region, ...]:
    """The renders' crops that show something like what the photographs show, where enough do."""
    chosen = content_matched(views.raw, views.photographs)
    if not trusted or len(set(views.raw.groups[chosen])) < LEAST_GROUPS:
        return ()
    kept = {
        one.name: _on_one_scale(
            one,
            samples[one.name].raw.rows(chosen),
            samples[one.name].refined.rows(chosen),
            samples[one.name].photographs,
        )
        for one in trusted
    }
    return (_region("content-matched crops", kept, trusted, seed),)


def _classes(
    pictures: Pictures,
    labels: Sequence[Labelled],
    photograph_labels: Sequence[Labelled],
    trusted: Sequence[Feature],
    seed: int,
) -> tuple[Region, ...]:
    """One region for each class that enough scenes and enough photographs show."""
    raw = class_windows(pictures.raw, labels, pictures.scenes)
    refined = class_windows(pictures.refined, labels, pictures.scenes)
    real = class_windows(pictures.photographs, photograph_labels, pictures.bursts)
    found = []
    for name in shared_classes(raw, real) if trusted else ():
        views = Views(raw[name], refined[name], real[name])
        samples = {one.name: _samples(one, views) for one in trusted}
        found.append(_region(name, samples, trusted, seed))
    return tuple(found)


def _region(
    name: str, samples: Mapping[str, Known], features: Sequence[Feature], seed: int
) -> Region:
    first = samples[features[0].name]
    sizes = first.raw.size, first.photographs.size
    weights = weigh(*sizes, rng=np.random.default_rng((seed, 4)))
    gaps = []
    for feature in features:
        of = samples[feature.name]
        rng = np.random.default_rng((seed, 5))
        trio = of.raw, of.refined, of.photographs
        mmd = discrepancies(*trio, of.kernel, weights, rng=rng)
        gaps.append(FeatureGap(feature.name, feature.about, feature.near_loss, feature.digest, mmd))
    counts = len(first.raw.values), len(first.photographs.values)
    return Region(name, *counts, tuple(gaps), _mean_closed(gaps))


def _least_like(samples: Sequence[Known], picture: I64) -> tuple[int, ...]:
    """The refined pictures by how much more like renders than like photographs they are."""
    if not samples:
        return ()
    scores = np.mean([_witness(of) for of in samples], axis=0)
    by_picture = np.bincount(picture, scores) / np.bincount(picture)
    return tuple(int(at) for at in np.argsort(-by_picture, kind="stable"))


def _witness(of: Known) -> F64:
    """(n,) mean kernel to the refined crops less that to the photographs', at unit spread."""
    own, real = (
        of.kernel(of.refined.values, other.values).mean(axis=1)
        for other in (of.refined, of.photographs)
    )
    apart: F64 = own - real
    return (apart - apart.mean()) / max(float(apart.std()), 1e-12)


def _map(of: Known) -> dict[str, list[tuple[float, float]]]:
    """Scenes and photographs in the plane of the two leading principal components."""
    kinds = {"raw": of.raw, "refined": of.refined, "photographs": of.photographs}
    means = {name: sample.means @ sample.values for name, sample in kinds.items()}
    everything = np.concatenate(list(means.values()))
    center = everything.mean(axis=0)
    axes = np.linalg.svd(everything - center, full_matrices=False)[2][:2]
    return {
        name: [(float(x), float(y)) for x, y in (values - center) @ axes.T]
        for name, values in means.items()
    }

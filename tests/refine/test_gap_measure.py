"""From pictures to the report, on made-up pictures whose difference is known.

Mutants caught: refined crops cut elsewhere than raw ones; a part's step skipped, or its order
changed; color told from unblurred crops; noise added without its correlation; classes mixed up;
the grey around a class left out; features scaled by the refined
pictures too; pairs compared with the wrong picture.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from refine.features import Feature, open_features
from refine.frames import U8, U16
from refine.gap import GapReport, measure_gap
from refine.gap.closing import proxy_distances, weigh
from refine.gap.inception import inception_scores, open_inception
from refine.gap.parts import ladder, transported
from refine.gap.pictures import Pictures, cut_views
from refine.gap.regions import class_windows, content_matched
from refine.gap.samples import F64, Sample
from refine.gap.windows import cut
from scenegen.errors import RefineError
from tests.refine.shapes import as_u8, bars, warm

SIDE = 64
COUNT = 80


@pytest.fixture(scope="module")
def randnet() -> dict[str, Feature]:
    return open_features(["randnet"])


@dataclass(frozen=True)
class Labels:
    ids: U16
    categories: dict[int, str]


def shift(case: str, *, rng: np.random.Generator) -> list[U8]:
    """Photographs that differ from lying bars in one thing."""
    made = bars(
        COUNT,
        size=SIDE,
        rng=rng,
        upright=case == "content",
        blur=1.6 if case == "texture" else 0.5,
        noise=12.0 if case == "noise" else 2.0,
    )
    return [warm(one) for one in made] if case == "color" else made


def measured(
    raw: list[U8], refined: list[U8], real: list[U8], features: dict[str, Feature], **more: Any
) -> GapReport:
    return measure_gap(
        raw, refined, real, scenes=range(len(raw)), features=features, seed=1, **more
    )


@pytest.mark.parametrize("case", ["color", "noise", "texture", "content"])
def test_the_part_that_remains_is_the_one_that_differs(
    case: str, randnet: dict[str, Feature]
) -> None:
    rng = np.random.default_rng(3)
    raw = bars(COUNT, size=SIDE, rng=rng)
    report = measured(raw, raw, shift(case, rng=rng), randnet)
    assert report.parts is not None
    shares = {name: part.value for name, part in report.parts.items()}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["closed"] == 0
    assert shares[case] > 0.6, shares
    assert max(share for name, share in shares.items() if name != case) < 0.45, shares
    assert any("content" in remark for remark in report.remarks) == (case == "content")


def test_the_same_seed_gives_the_same_report(randnet: dict[str, Feature]) -> None:
    rng = np.random.default_rng(4)
    raw = bars(12, size=SIDE, rng=rng)
    real = [warm(one) for one in bars(12, size=SIDE, rng=rng)]
    twice = [measured(raw, [warm(one) for one in raw], real, randnet) for _ in range(2)]
    assert twice[0].as_dict() == twice[1].as_dict()
    report = twice[0]
    assert report.closer
    assert report.reaches(0.5)
    assert not report.reaches(0.999)
    assert "of the gap to the photographs is closed (randnet" in report.verdict
    assert report.features[0].mmd.p_raw == pytest.approx(1 / 1001)
    assert sorted(report.least_like) == list(range(12))
    assert not any("taken apart" in remark for remark in report.remarks)
    inverted = measured(raw, [255 - one for one in raw], real, randnet)
    before, after = report.features[0], inverted.features[0]
    assert before.mmd.raw.estimate == after.mmd.raw.estimate  # one scale, whatever is judged
    assert before.kid is not None
    assert after.kid is not None
    assert before.kid.raw.estimate == after.kid.raw.estimate
    assert inverted.closed is not None
    assert inverted.closed.value < 0
    worse = measured(real, raw, real, randnet)
    assert not worse.closer
    assert worse.verdict.startswith("No verdict")


def test_the_verdict_is_silent_without_independent_features() -> None:
    rng = np.random.default_rng(5)
    raw, real = bars(10, size=SIDE, rng=rng), shift("color", rng=rng)
    report = measured(raw, [warm(one) for one in raw], real, open_features(["color"]))
    assert report.features[0].mmd.closed is not None
    assert report.closed is None
    assert report.parts is None
    assert report.verdict.startswith("No verdict")
    assert any("no part in the verdict" in remark for remark in report.remarks)


def test_the_least_like_a_photograph_comes_first(randnet: dict[str, Feature]) -> None:
    rng = np.random.default_rng(6)
    raw, real = bars(12, size=SIDE, rng=rng), bars(12, size=SIDE, rng=rng)
    refined = [as_u8(255.0 - one) if at == 7 else one for at, one in enumerate(raw)]
    refined[7][:, ::2] = 0
    assert measured(raw, refined, real, randnet).least_like[0] == 7


def test_crops_of_both_are_from_the_same_places() -> None:
    rng = np.random.default_rng(7)
    raw = [rng.integers(0, 256, (90, 120, 3)).astype(np.uint8) for _ in range(3)]
    windows = [cut(of, [5, 5, 9], 32, 4, 1) for of in (raw, [255 - one for one in raw])]
    assert np.array_equal(windows[0].crops, 255 - windows[1].crops)
    assert windows[0].groups.tolist() == [0] * 8 + [1] * 4
    assert len({crop.tobytes() for crop in windows[0].crops}) == 12
    views = cut_views(Pictures(raw, raw, raw, [0, 1, 2], [0, 1, 2]), 3)
    assert np.array_equal(views.raw.crops, views.refined.crops)
    assert not np.array_equal(views.raw.crops, views.photographs.crops)
    small = cut([raw[0][:20]], [0], 32, 2, 1)
    assert small.crops.shape == (2, 32, 32, 3)


def test_statistics_are_taken_from_half_of_the_photographs(
    randnet: dict[str, Feature], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def recorded(refined: U8, photographs: U8, *, rng: np.random.Generator) -> Any:
        taken.append(len(photographs))
        return ladder(refined, photographs, rng=rng)

    monkeypatch.setattr("refine.gap.remaining.ladder", recorded)
    rng = np.random.default_rng(15)
    raw, real = bars(12, size=SIDE, rng=rng), [warm(one) for one in bars(12, size=SIDE, rng=rng)]
    assert measured(raw, raw, real, randnet).sizes["photograph_crops"] == 2 * taken[0]


def test_figures_of_a_classifier_are_widened_by_the_folds_that_were_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four scenes make four folds; mutant: five, whatever was made."""

    def errors(x: Sample, y: Sample, *, rng: np.random.Generator) -> tuple[F64, F64]:
        return x.values[np.argsort(x.groups), 0], np.zeros(y.size)

    monkeypatch.setattr("refine.gap.closing.classification_errors", errors)
    scenes = Sample(np.array([[0.1], [0.2], [0.4], [0.8]]), np.arange(4))
    photographs = Sample(np.zeros((8, 1)), np.arange(8))
    weights = weigh(4, 8, rng=np.random.default_rng(0))
    found = proxy_distances(scenes, scenes, photographs, weights, rng=np.random.default_rng(1)).raw
    redrawn = 2 * (1 - weights.scenes @ scenes.values[:, 0] / weights.scenes.sum(1))
    assert found.value == pytest.approx(2 * (1 - scenes.values.mean()))
    expected = found.value + np.sqrt(1 + 4 / 3) * (redrawn - found.value)
    np.testing.assert_allclose(found.draws, expected)


def test_transport_is_monotone_and_exact() -> None:
    rng = np.random.default_rng(8)
    values, targets = rng.normal(size=50), rng.exponential(size=80)
    moved = transported(values, targets)
    assert (np.argsort(moved) == np.argsort(values)).all()
    np.testing.assert_allclose(moved.mean(), targets.mean(), rtol=0.05)
    np.testing.assert_allclose(transported(values, values), values, atol=0.6)


def test_content_is_matched_whatever_the_color() -> None:
    rng = np.random.default_rng(9)
    lying, upright = bars(10, size=SIDE, rng=rng), bars(10, size=SIDE, rng=rng, upright=True)
    real = [warm(one) for one in bars(6, size=SIDE, rng=rng, upright=True)]
    renders = cut(lying + upright, range(20), SIDE, 1, 0)
    chosen = content_matched(renders, cut(real, range(6), SIDE, 1, 0))
    assert (chosen >= 10).mean() == 1


def labelled(*, rng: np.random.Generator, red: bool) -> tuple[list[U8], list[Labels]]:
    """A disc, which is another red in photographs, and a box, which is not."""
    pictures, labels = bars(12, size=96, rng=rng), []
    for picture in pictures:
        ids = np.zeros((96, 96), np.uint16)
        ids[np.hypot(*(np.mgrid[:96, :96] - 28)) < 20] = 1
        ids[50:90, 40:80] = 2
        ids[0:3, 0:3] = 3
        tint = np.array([1.0, 0.4, 0.4]) if red else np.ones(3)
        picture[ids == 1] = as_u8(picture[ids == 1] * tint)
        labels.append(Labels(ids, {1: "disc", 2: "box", 3: "speck"}))
    return pictures, labels


def test_classes_are_told_one_by_one(randnet: dict[str, Feature]) -> None:
    rng = np.random.default_rng(10)
    raw, labels = labelled(rng=rng, red=False)
    real, real_labels = labelled(rng=rng, red=True)
    refined = [one.copy() for one in raw]
    for one, label in zip(refined, labels, strict=True):
        one[label.ids == 1] = as_u8(one[label.ids == 1] * np.array([1.0, 0.4, 0.4]))
    report = measured(raw, refined, real, randnet, labels=labels, photograph_labels=real_labels)
    closed = {region.name: region.closed for region in report.regions}
    assert closed.keys() == {"disc", "box"}  # the speck is too small to be judged
    assert closed["box"] is None
    assert closed["disc"] is not None
    assert closed["disc"].estimate.low > 0.6


def test_a_class_is_seen_alone() -> None:
    rng = np.random.default_rng(11)
    pictures, labels = labelled(rng=rng, red=False)
    before = class_windows(pictures, labels, range(12))
    for picture, label in zip(pictures, labels, strict=True):
        picture[label.ids == 0] = 0
    after = class_windows(pictures, labels, range(12))
    assert np.array_equal(before["disc"].crops, after["disc"].crops)
    assert (before["disc"].crops[:, 0, 0] == 128).all()


def test_of_many_pictures_of_a_class_some_are_taken_evenly() -> None:
    """Mutants: the first 80 pictures alone; a second crop of a picture before the first of another."""
    speck = np.zeros((48, 48), np.uint16)
    speck[:20, :20], speck[-20:, -20:] = 1, 2
    labels = [Labels(speck, {1: "disc", 2: "disc"})] * 100
    pictures = [np.full((48, 48, 3), 50, np.uint8)] * 100
    found = class_windows(pictures, labels, range(100))["disc"].picture
    assert len(set(found)) == len(found) == 80
    assert found[[0, -1]].tolist() == [0, 99]
    assert np.diff(found).max() == 2
    fewer = class_windows(pictures[:50], labels[:50], range(50))["disc"].picture
    assert len(fewer) == 80
    assert set(fewer) == set(range(50))
    assert fewer[[50, -1]].tolist() == [0, 49]


def test_pairs_are_compared_pixel_by_pixel(randnet: dict[str, Feature]) -> None:
    rng = np.random.default_rng(12)
    raw, real = bars(8, size=SIDE, rng=rng), bars(8, size=SIDE, rng=rng)
    twins = [as_u8(one * 0.5 + 40.0) for one in raw]
    refined = [as_u8(one + 2.0 * (-1) ** at) for at, one in enumerate(twins)]
    first, second = measured(raw, refined, real, randnet, pairs=twins).pairs
    assert (first.name, second.name) == ("L1", "L2")
    assert first.refined.value == pytest.approx(2)
    assert second.refined.value == pytest.approx(2)
    truth = np.mean([(a.astype(float) - b) ** 2 for a, b in zip(raw, twins, strict=True)])
    assert second.raw.value == pytest.approx(np.sqrt(truth))
    assert second.raw.estimate.low < second.raw.value < second.raw.estimate.high
    with pytest.raises(RefineError, match="pairs must show the same"):
        measured(raw, refined, real, randnet, pairs=[one[:40] for one in twins])


def test_what_cannot_be_measured(randnet: dict[str, Feature]) -> None:
    some = bars(10, size=SIDE, rng=np.random.default_rng(13))
    with pytest.raises(RefineError, match="7 independent photographs"):
        measured(some, some, some, randnet, photograph_groups=[0, 0, 0, 0, 1, 2, 3, 4, 5, 6])
    with pytest.raises(RefineError, match="3 scenes: at least 4"):
        measured(some[:3], some[:3], some, randnet)
    with pytest.raises(RefineError, match="10 raw pictures, but 9 refined"):
        measured(some, some[:9], some, randnet)
    other = [*some[:9], some[9][:60]]
    with pytest.raises(RefineError, match=r"1 refined pictures have another size .* 64 × 60"):
        measured(some, other, some, randnet)
    tiny = [one[:20, :20] for one in some]
    with pytest.raises(RefineError, match="20 × 20 pixels are too small"):
        measured(tiny, tiny, some, randnet)


def test_inception_scores_are_torchmetrics_own() -> None:
    pytest.importorskip("torchmetrics")

    class Pooled(torch.nn.Module):
        num_features = 3

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return pictures.float().mean(dim=(2, 3)) / 64

    some = bars(12, size=SIDE, rng=np.random.default_rng(14))
    dark = [one // 2 for one in some]
    found = inception_scores((Pooled(), Pooled()), dark, some, some)
    assert found["fid_refined"] == pytest.approx(0, abs=1e-4)
    assert found["fid_raw"] > 1
    assert found["inception_score_raw"] >= 1


def test_inception_needs_its_weights(tmp_path: Any) -> None:
    with pytest.raises(RefineError, match="nothing here fetches"):
        open_inception(tmp_path / "none.pth")
    (tmp_path / "weights.pth").write_bytes(b"rubbish")
    with pytest.raises(RefineError, match=r"torchmetrics|not Inception's weights"):
        open_inception(tmp_path / "weights.pth")


def test_a_gap_no_larger_than_chance_is_not_taken_apart(randnet: dict[str, Feature]) -> None:
    rng = np.random.default_rng(3)
    raw, real = bars(24, size=SIDE, rng=rng), bars(24, size=SIDE, rng=rng, upright=True)
    report = measured(raw, raw, real, randnet)
    assert report.features[0].mmd.closed is not None
    assert report.parts is None
    assert any("randnet: the gap is too small" in remark for remark in report.remarks)

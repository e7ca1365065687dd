"""What a reader of the figures must know: how far they can be trusted, and what would help."""

from collections.abc import Mapping, Sequence

import numpy as np

from refine.gap.closing import Drawn
from refine.gap.pictures import Views
from refine.gap.report import FeatureGap

_FEW = 20
_SCALE = 1.25
_MUCH = 0.5


def remarks_on(
    views: Views, gaps: Sequence[FeatureGap], parts: Mapping[str, Drawn] | None
) -> tuple[str, ...]:
    """Sentences for people."""
    return (
        *_on_sizes(views),
        *(_undefined(gap) for gap in gaps if gap.mmd.closed is None),
        *(_whole(gap) for gap in gaps if gap.mmd.closed is not None and not gap.mmd.separable),
        *_on_trust(gaps),
        *_on_parts(parts),
    )


def _on_sizes(views: Views) -> list[str]:
    said = []
    for what, of in (("scenes", views.raw), ("photographs", views.photographs)):
        if (found := int(of.groups.max()) + 1) < _FEW:
            said.append(f"Only {found} independent {what}: expect wide intervals.")
    ours, theirs = (np.median(of.sizes.max(axis=1)) for of in (views.raw, views.photographs))
    if max(ours / theirs, theirs / ours) > _SCALE:
        said.append(
            f"The photographs are {theirs:.0f} pixels long and the renders {ours:.0f}: blur and "
            f"noise of one pixel are not the same in both. Render at the photographs' size."
        )
    side = views.raw.crops.shape[1]
    small = int((views.photographs.sizes.min(axis=1) < side).sum())
    if small:
        said.append(f"{small} photographs are smaller than a crop of {side} pixels: enlarged.")
    return said


def _undefined(gap: FeatureGap) -> str:
    return (
        f"{gap.name}: raw renders are not clearly further from the photographs than these are from "
        f"each other, so there is no gap to close."
    )


def _whole(gap: FeatureGap) -> str:
    return (
        f"{gap.name}: the gap is too small, beside what chance makes between so few photographs, "
        f"to be taken apart into color, noise, texture and content."
    )


def _on_trust(gaps: Sequence[FeatureGap]) -> list[str]:
    near = [gap.name for gap in gaps if gap.near_loss]
    if not near:
        return []
    return [
        f"{' and '.join(near)}: near to what refiners are fitted to; they take no part in the "
        f"verdict."
    ]


def _on_parts(parts: Mapping[str, Drawn] | None) -> list[str]:
    if parts is None or parts["content"].estimate.low <= 0 or parts["content"].value < _MUCH:
        return []
    return [
        f"{100 * parts['content'].value:.0f} % of the raw gap is content: what is in the pictures, "
        f"which no refiner can help that keeps the labels. Add assets, materials, lights and "
        f"camera poses that are like the photographs'."
    ]

"""How much of a color map the pictures vouch for, and how much is the luck of the scenes drawn.

Twenty tables differ in brightness from another twenty under the same camera. What the map does to
pixels is estimated again without a part of the scenes and of the bursts (the jackknife). Of the share
q of the change's square that such luck explains, q² is taken back: James and Stein would take q, but
the jackknife overstates luck, and q lost a tenth of a true change where q² loses next to nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from refine.stats.color import F64, IDENTITY, ColorMap, blended, displaced, fit_color

FOLDS = 8
PROBES = 2000  # pixels of renders that the change is measured on


@dataclass(frozen=True)
class Pixels:
    """One side. lab: (N, 3) · weight: (N,) · group: (N,) scene or burst, not independent inside."""

    lab: F64
    weight: F64
    group: NDArray[np.int64]

    def without(self, fold: int) -> "Pixels":
        """The groups of all folds but one."""
        kept = self.fold != fold
        return Pixels(self.lab[kept], self.weight[kept], self.group[kept])

    @property
    def fold(self) -> NDArray[np.int64]:
        """(N,) of each pixel: groups are dealt out in turn."""
        return np.unique(self.group, return_inverse=True)[1] % FOLDS


def fit_certain_color(renders: Pixels, photographs: Pixels) -> ColorMap:
    """The map from renders to photographs, drawn back toward no change as far as chance explains it."""
    whole = _fit(renders, photographs)
    weight = renders.weight / renders.weight.sum()
    at = np.searchsorted(np.cumsum(weight), (np.arange(PROBES) + 0.5) / PROBES)
    probes = renders.lab[np.minimum(at, len(weight) - 1)]
    folds = [
        _fit(renders.without(fold), photographs.without(fold))
        for fold in range(FOLDS)
        if _leaves_some(renders, fold) and _leaves_some(photographs, fold)
    ]
    if len(folds) < 2:  # one scene, or one burst: nothing tells luck from camera
        return whole
    parts = np.stack([displaced(probes, part) for part in folds])
    luck = (len(folds) - 1) * parts.var(0)
    change = (displaced(probes, whole) - probes) ** 2
    light, chroma = (
        float(np.clip(1 - (luck[:, axes].sum() / max(change[:, axes].sum(), 1e-9)) ** 2, 0, 1))
        for axes in ([0], [1, 2])
    )
    return blended(IDENTITY, whole, light, chroma)


def _leaves_some(side: Pixels, fold: int) -> bool:
    return bool(side.weight[side.fold != fold].sum() > 0) and bool((side.fold == fold).any())


def _fit(renders: Pixels, photographs: Pixels) -> ColorMap:
    return fit_color(renders.lab, photographs.lab, renders.weight, photographs.weight)

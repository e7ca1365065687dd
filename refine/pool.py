"""The crops that training draws from, cut once, held in memory in few bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from refine.frames import U8, U16, Render
from refine.networks.view import RGB
from refine.recipe import Crops
from refine.views import gate_of, photograph_thumbnail, pixels_of, thumbnail_of
from scenegen.errors import RefineError

P = TypeVar("P")


@dataclass(frozen=True)
class Pool:
    """Crops of one domain, a little larger than what is shown of them.

    rgb: (N, 3, S, S) uint8 · gbuffers: (N, 8, S, S) int8 in 1/127, renders only · ids: (N, S, S),
    renders only · gate: (N, S, S) uint8 in 1/255, renders only · picture: (N,) which thumbnail ·
    corner: (N, 2) row, column · thumbnails: (P, 27, 64, 64) · sizes: (P, 2) height, width.
    """

    rgb: U8
    picture: NDArray[np.int64]
    corner: NDArray[np.int64]
    thumbnails: Tensor
    sizes: NDArray[np.int64]
    gbuffers: NDArray[np.int8] | None = None
    ids: U16 | None = None
    gate: U8 | None = None

    def __len__(self) -> int:
        return len(self.rgb)

    def pictures(self) -> list[U8]:
        """(S, S, 3) uint8 each."""
        return [np.ascontiguousarray(crop.transpose(1, 2, 0)) for crop in self.rgb]


def render_pool(renders: Sequence[Render], settings: Crops, *, rng: np.random.Generator) -> Pool:
    """Crops of renders, from as many of them as the settings say; RefineError if none is large enough."""
    cuts = _Cuts(settings, rng, "renders")
    gbuffers, ids, gates = [], [], []
    for render in _some(renders, settings.renders, rng=rng):
        known = np.rint(pixels_of(render)[RGB.stop :] * 127).astype(np.int8)
        gate = np.rint(gate_of(render.ids) * 255).astype(np.uint8)
        for window in cuts.add(render.rgb, thumbnail_of(render)):
            gbuffers.append(known[:, *window])
            ids.append(render.ids[window])
            gates.append(gate[window])
    pool = cuts.pool()
    return replace(pool, gbuffers=np.stack(gbuffers), ids=np.stack(ids), gate=np.stack(gates))


def photograph_pool(
    photographs: Sequence[U8], settings: Crops, *, rng: np.random.Generator
) -> Pool:
    """Crops of photographs, from as many of them as the settings say."""
    cuts = _Cuts(settings, rng, "photographs")
    for photograph in _some(photographs, settings.photographs, rng=rng):
        cuts.add(photograph, photograph_thumbnail(photograph))
    return cuts.pool()


def _some(pictures: Sequence[P], most: int, *, rng: np.random.Generator) -> Iterator[P]:
    """All of them, or as many as that drawn by chance, in their order."""
    chosen = np.arange(len(pictures))
    if len(pictures) > most:
        chosen = np.sort(rng.permutation(len(pictures))[:most])
    return (pictures[int(index)] for index in chosen)


class _Cuts:
    """Crops as they are cut."""

    def __init__(self, settings: Crops, rng: np.random.Generator, what: str) -> None:
        self.settings, self.rng, self.what = settings, rng, what
        self.side = settings.size + settings.margin
        self.rgb: list[U8] = []
        self.picture: list[int] = []
        self.corner: list[tuple[int, int]] = []
        self.thumbnails: list[NDArray[np.float32]] = []
        self.sizes: list[tuple[int, int]] = []

    def add(self, picture: U8, thumbnail: NDArray[np.float32]) -> list[tuple[slice, slice]]:
        """Cut a picture; where, nowhere if it is too small."""
        height, width = picture.shape[:2]
        windows = []
        fits = min(height, width) >= self.side
        for _ in range(self.settings.each if fits else 0):
            row = int(self.rng.integers(height - self.side, endpoint=True))
            column = int(self.rng.integers(width - self.side, endpoint=True))
            windows.append(np.s_[row : row + self.side, column : column + self.side])
            self.rgb.append(picture[windows[-1]].transpose(2, 0, 1))
            self.picture.append(len(self.sizes))
            self.corner.append((row, column))
        self.sizes.append((height, width))
        self.thumbnails.append(thumbnail)
        return windows

    def pool(self) -> Pool:
        """RefineError if nothing could be cut."""
        if not self.rgb:
            largest = max(map(min, self.sizes), default=0)
            raise RefineError(
                f"crops of {self.side} × {self.side} pixels (crops: size + margin) do not fit into "
                f"any of the {len(self.sizes)} {self.what}, whose shorter side is {largest} at most; "
                f"make `crops: {{size, margin}}` smaller in the recipe"
            )
        return Pool(
            rgb=np.stack(self.rgb),
            picture=np.array(self.picture),
            corner=np.array(self.corner),
            thumbnails=torch.from_numpy(np.stack(self.thumbnails)),
            sizes=np.array(self.sizes),
        )

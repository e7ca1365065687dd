"""What is to be compared: pictures before and after, photographs, and what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from refine.gap.regions import Labelled
from refine.gap.windows import U8, Windows, cut, side_for, spread
from scenegen.errors import RefineError

T = TypeVar("T")

MOST = 120
"""Renders, and photographs, that are measured; of more, so many are taken, evenly spread."""

LEAST_PHOTOGRAPHS = 8
LEAST_SCENES = 4
_CROPS = 240
_EACH = (2, 8)


@dataclass(frozen=True)
class Picked(Sequence[T], Generic[T]):
    """Some members of a sequence, still decoded only when they are asked for."""

    everything: Sequence[T]
    chosen: Sequence[int]

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, at: int) -> T:  # type: ignore[override]  # nobody slices it
        return self.everything[self.chosen[at]]


@dataclass(frozen=True, eq=False)
class Pictures:
    """raw[i], refined[i], labels[i] and pairs[i] belong together and show scenes[i].

    photographs of one burst are not independent of each other. labels: instances of each picture ·
    pairs: photographs of the very same.
    """

    raw: Sequence[U8]
    refined: Sequence[U8]
    photographs: Sequence[U8]
    scenes: Sequence[int]
    bursts: Sequence[int]
    labels: Sequence[Labelled] | None = None
    photograph_labels: Sequence[Labelled] | None = None
    pairs: Sequence[U8] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {
            "renders": len(self.raw),
            "scenes": len(set(self.scenes)),
            "photographs": len(self.photographs),
            "bursts": len(set(self.bursts)),
        }

    def checked(self) -> "Pictures":
        """The same; RefineError where counts do not fit, or are too small to say anything."""
        together = (self.refined, self.scenes, self.labels, self.pairs)
        if any(len(one) != len(self.raw) for one in together if one is not None):
            raise RefineError(
                f"{len(self.raw)} raw pictures, but {len(self.refined)} refined ones and "
                f"{len(self.scenes)} scene numbers: each picture needs its counterpart"
            )
        if (found := self.counts["bursts"]) < LEAST_PHOTOGRAPHS:
            raise RefineError(
                f"{found} independent photographs (near-duplicates count once): at least "
                f"{LEAST_PHOTOGRAPHS} are needed to measure a gap, 30 to measure it well"
            )
        if (found := self.counts["scenes"]) < LEAST_SCENES:
            raise RefineError(
                f"{found} scenes: at least {LEAST_SCENES} are needed to measure a gap, for "
                f"pictures of one scene are not independent; generate more scenes"
            )
        return self

    def thinned(self) -> tuple["Pictures", list[int]]:
        """At most 120 a side, evenly spread; and the numbers of the renders that were taken."""
        ours, theirs = spread(len(self.raw), MOST), spread(len(self.photographs), MOST)
        thin = Pictures(
            raw=Picked(self.raw, ours),
            refined=Picked(self.refined, ours),
            photographs=Picked(self.photographs, theirs),
            scenes=Picked(self.scenes, ours),
            bursts=Picked(self.bursts, theirs),
            labels=None if self.labels is None else Picked(self.labels, ours),
            photograph_labels=None
            if self.photograph_labels is None
            else Picked(self.photograph_labels, theirs),
            pairs=None if self.pairs is None else Picked(self.pairs, ours),
        )
        return thin, ours


@dataclass(frozen=True, eq=False)
class Views:
    """Crops of renders before and after, from the same places, and of photographs."""

    raw: Windows
    refined: Windows
    photographs: Windows


def cut_views(pictures: Pictures, seed: int) -> Views:
    """Two to eight crops a picture; RefineError where a refined picture has another size."""
    side = side_for(pictures.raw[0])
    each, real_each = (
        int(np.clip(-(-_CROPS // len(of)), *_EACH)) for of in (pictures.raw, pictures.photographs)
    )
    raw = cut(pictures.raw, pictures.scenes, side, each, seed)
    refined = cut(pictures.refined, pictures.scenes, side, each, seed)
    differ = np.flatnonzero((raw.sizes != refined.sizes).any(axis=1))
    if len(differ):
        (high, wide), (new_high, new_wide) = raw.sizes[differ[0]], refined.sizes[differ[0]]
        raise RefineError(
            f"{len(differ)} refined pictures have another size than their raw ones, the first "
            f"{new_wide} × {new_high} instead of {wide} × {high}"
        )
    return Views(
        raw, refined, cut(pictures.photographs, pictures.bursts, side, real_each, seed + 1)
    )

"""The refiner without training: color, light, lens, sensor and compression, fitted in closed form."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import torch
from pydantic import ValidationError

from refine.evening import evened
from refine.frames import F32, U8, Render
from refine.photographs import Jpeg, Photographs
from refine.stats.certainty import Pixels, fit_certain_color
from refine.stats.color import F64, ColorMap, lab_from_rgb, recolor, unit
from refine.stats.compression import Compression, compress, fit_compression, to_bytes
from refine.stats.fourier import Fourier, amplitudes, fit_fourier, relight
from refine.stats.lens import (
    THUMBNAIL_PX,
    Lens,
    corner_loss,
    fit_blur,
    fit_vignette,
    shading,
    soften,
)
from refine.stats.matching import cells, match
from refine.stats.noise import Noise, add_noise, fit_noise, merged, patches
from refine.stats.settings import Settings
from scenegen.errors import RefineError

MOST_PICTURES = 64  # of each side that the fit looks at: more change little and cost time
SENSOR_PICTURES = 24  # of those, for lens and sensor, which are the same in each
EIGHTH = 8  # pixels of a cell are much alike
FEW_ALIKE = 0.3  # of the photographs


class StatsRefiner(Settings):
    """Makes a render's color, light, lens, noise and compression those of the photographs.

    No pixel moves. Red, green and blue are scaled by 0.4 to 1 each; then lightness keeps its order,
    contrast between pixels of like color is scaled by 0.4 to 2.5 and chroma by 0.65 to 1.55; edges
    widen by at most 1 pixel; noise in luma stays below 12/255; corners lose at most half their light;
    JPEG is never worse than quality 70. Where `fourier` is set, light and dark move at large too:
    its lowest frequencies are halved or doubled at most. The bounds hold for any settings that can be
    read, fitted or not.
    """

    version: Literal[3] = 3
    color: ColorMap
    fourier: Fourier | None
    lens: Lens
    noise: Noise
    compression: Compression | None
    remarks: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the provenance of a frame says."""
        return "stats"

    @classmethod
    def fit(
        cls,
        photographs: Sequence[U8],
        renders: Sequence[Render],
        *,
        seed: int,
        fourier: bool = False,
    ) -> "StatsRefiner":
        """Each part is fitted to what the parts before it have left, so that equal pictures fit to nothing.

        Uses at most 64 pictures of each side, drawn by `seed`. fourier: whether the lowest frequencies
        of the lightness are fitted too. Raises RefineError without pictures.
        """
        if not len(photographs) or not len(renders):
            raise RefineError(
                f"{len(photographs)} photographs and {len(renders)} renders: a fit needs both"
            )
        rng = np.random.default_rng(seed)
        theirs, ours = (_drawn(len(side), rng) for side in (photographs, renders))
        chosen = [renders[at] for at in ours]
        bursts: Sequence[int] = range(len(photographs))
        jpegs: Sequence[Jpeg | None] = ()
        if isinstance(photographs, Photographs):
            bursts, jpegs = photographs.groups, photographs.jpegs
        return _fit(
            Side([photographs[at] for at in theirs], [bursts[at] for at in theirs]),
            Side([render.rgb for render in chosen], [render.scene for render in chosen]),
            fit_compression(jpegs),
            fourier,
        )

    def refine(self, render: Render, *, strength: float, seed: int) -> U8:
        """(H, W, 3) uint8: the same for the same name, pixels, strength and seed; 0 is the raw.

        strength: 0 to 1, in proportion to which every part is applied.
        """
        if strength == 0:
            return render.rgb.copy()
        key = hashlib.sha256(f"{seed}/{render.name}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(key, "big"))
        noisy = to_bytes(add_noise(self._optics(render.rgb, strength), self.noise, strength, rng))
        return compress(noisy, self.compression, strength) if self.compression else noisy

    def _optics(self, rgb: U8, strength: float) -> F32:
        """All but noise and compression: what has no chance in it."""
        light = soften(unit(rgb), strength * self.lens.blur_px)
        colored = recolor(light, self.color, strength)
        if self.fourier:
            colored = relight(colored, self.fourier, strength)
        return colored * shading(*rgb.shape[:2], strength * self.lens.vignette)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, texts and lists, fit for JSON; `from_dict` reads them back."""
        return self.model_dump(mode="json")

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> "StatsRefiner":
        """The refiner that `as_dict` wrote; RefineError for anything else, naming the entry."""
        try:
            return cls.model_validate(mapping)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise RefineError(
                f"stats of a model: {where}: {first['msg']}; the file is damaged or of another "
                f"version: fit the model again"
            ) from error


def _drawn(count: int, rng: np.random.Generator) -> list[int]:
    return sorted(rng.permutation(count)[:MOST_PICTURES].tolist())


@dataclass(frozen=True)
class Side:
    """Pictures, and of each the scene or the burst that it belongs to."""

    pictures: Sequence[U8]
    groups: Sequence[int]


def _fit(theirs: Side, ours: Side, compression: Compression | None, fourier: bool) -> StatsRefiner:
    vignette = fit_vignette(
        *(np.array([corner_loss(p) for p in side.pictures]) for side in (theirs, ours))
    )
    evened = [_evened(picture, vignette) for picture in theirs.pictures]
    color, remarks = _fit_color(Side(evened, theirs.groups), ours)
    begun = StatsRefiner(
        color=color,
        fourier=None,
        lens=Lens(vignette=vignette, blur_px=0),
        noise=Noise(constant=0, linear=0, blue=0, red=0, grain_px=0),
        compression=compression,
        remarks=remarks,
    )
    few, ours_few = _every_nth(theirs.pictures), _every_nth(ours.pictures)
    if fourier:
        light = [[amplitudes(p) for p in side] for side in (few, _so_far(begun, ours_few))]
        begun = begun.model_copy(update={"fourier": fit_fourier(*light)})
    blur_px = fit_blur(few, _so_far(begun, ours_few))
    begun = begun.model_copy(update={"lens": Lens(vignette=vignette, blur_px=blur_px)})
    found = (merged([patches(p) for p in side]) for side in (few, _so_far(begun, ours_few)))
    return begun.model_copy(update={"noise": fit_noise(*found)})


def _every_nth(pictures: Sequence[U8]) -> Sequence[U8]:
    return pictures[:: -(-len(pictures) // SENSOR_PICTURES)]


def _so_far(refiner: StatsRefiner, pictures: Sequence[U8]) -> list[U8]:
    return [to_bytes(refiner._optics(picture, 1.0)) for picture in pictures]


def _evened(picture: U8, vignette: float) -> U8:
    """Without the vignette: what the sensor would have seen through a perfect lens."""
    return to_bytes(np.minimum(unit(picture) / shading(*picture.shape[:2], vignette), 1))


def _fit_color(theirs: Side, ours: Side) -> tuple[ColorMap, tuple[str, ...]]:
    """Fitted on thumbnails, where noise is averaged out, between cells of like content."""
    light, target = ([_thumbnail(p) for p in side.pictures] for side in (ours, theirs))
    matched = match(light, target)
    remarks: tuple[str, ...] = ()
    if matched.coverage < FEW_ALIKE:
        remarks = (
            f"only {matched.coverage:.0%} of what the photographs show has a like in the renders: "
            f"the gap is one of content, which no refiner closes; the colors are a guess",
        )
    return fit_certain_color(
        _pixels(light, ours.groups, matched.renders),
        _pixels(target, theirs.groups, matched.photographs),
    ), remarks


def _pixels(thumbnails: Sequence[F32], groups: Sequence[int], weights: F64) -> Pixels:
    """Of each cell every eighth pixel, with its cell's weight, evened; those of weight 0 left out."""
    cut = [cells(lab)[:, ::EIGHTH] for lab in thumbnails]
    group = np.repeat(groups, [len(part) for part in cut])
    lab, kept = np.concatenate(cut).astype(np.float64), weights > 0
    each, pixels = lab.shape[1], lab[kept].reshape(-1, 3)
    given = np.repeat(weights[kept], each)
    weight = evened(torch.from_numpy(pixels), torch.from_numpy(given)).numpy()
    return Pixels(pixels, weight, np.repeat(group[kept], each))


def _thumbnail(rgb: U8) -> F32:
    scale = THUMBNAIL_PX / max(rgb.shape)
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return lab_from_rgb(np.asarray(small, np.uint8))

"""Pictures of color against the geometry they claim to show."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scenegen.verify.case import Case, Flags, Index
from scenegen.verify.findings import Figure
from scenegen.verify.materials import surface_colors
from scenegen.verify.world import NOTHING

_ENOUGH = 100
"""Pixels of outline below which a picture says nothing about what it shows."""
_MARGIN = 0.02
_SAMPLED = 8000
_PATCH = 60
_COLOR = 12.0


def check_color(case: Case) -> None:
    """rgb, albedo, roughness and metallic belong to this shot's labels."""
    if "rgb" in case.pictures:
        _check_rgb(case)
    if {"albedo", "roughness_metallic"} & case.pictures.keys():
        _check_materials(case)


# ---------------------------------------------------------------------------- rgb


def _check_rgb(case: Case) -> None:
    """The picture changes where the rays pass from thing to thing, more than anywhere else.

    How much a pixel differs from its right and lower neighbours is replaced by its rank in the
    picture, from 0 to 1; the mean rank along the outlines is compared with that along the same
    outlines mirrored, turned or shifted.
    """
    outline = _outline(case.take.hits.surface.reshape(case.shape))
    contrast = _ranks(case.pictures["rgb"].astype(np.int16))
    if outline.sum() < _ENOUGH:
        case.measure("rgb", Figure(0, unit="mean rank lost"))
        return  # not decidable
    own = float(contrast[outline].mean())
    rows, columns = np.nonzero(outline)
    best, told = 0.0, ""
    for name, there in _elsewhere(rows, columns, *outline.shape):
        score = float(contrast[there].mean())
        if score > best:
            best, told = score, name
    bad = best > own + _MARGIN or own < 0.5 + _MARGIN
    case.measure("rgb", Figure(1, bad, worst=max(0.0, best - own), unit="rank"))
    if bad:
        message = (
            f"the picture does not belong to these labels: along their outlines its contrast ranks "
            f"{own:.2f} (0.5 is chance)"
        )
        if best > own + _MARGIN:
            message += f", and {best:.2f} if it is {told}"
        case.fail("rgb", message)


def _outline(surface: NDArray[np.int32]) -> Flags:
    """(H − 1, W − 1) whether a pixel shows another thing than its right or lower neighbour."""
    here = surface[:-1, :-1]
    return (here != surface[:-1, 1:]) | (here != surface[1:, :-1])


def _ranks(rgb: NDArray[np.int16]) -> NDArray[np.float64]:
    """(H − 1, W − 1) share of pixels that differ less from their right and lower neighbours."""
    here = rgb[:-1, :-1]
    steps = [np.abs(here - other).max(axis=-1) for other in (rgb[:-1, 1:], rgb[1:, :-1])]
    contrast = np.maximum(*steps)
    counts = np.bincount(contrast.ravel(), minlength=256)
    below = np.cumsum(counts) - counts
    return ((below + counts / 2) / contrast.size)[contrast]


def _elsewhere(
    rows: Index, columns: Index, height: int, width: int
) -> Iterable[tuple[str, tuple[Index, Index]]]:
    """The pixels of an outline, where they would be in pictures that are wrong in known ways."""
    yield "mirrored left-right", (rows, width - 1 - columns)
    yield "mirrored up-down", (height - 1 - rows, columns)
    yield "turned by 180°", (height - 1 - rows, width - 1 - columns)
    for dy in range(-3, 4):
        for dx in range(-3, 4):
            if dx or dy:
                told = f"shifted by ({dx}, {dy}) pixels (x, y)"
                yield told, ((rows + dy).clip(0, height - 1), (columns + dx).clip(0, width - 1))


# ---------------------------------------------------------------------------- materials


def _check_materials(case: Case) -> None:
    """Every surface has the colors of its material, in the median of the pixels that show it."""
    good = np.flatnonzero(case.agree & (case.take.hits.surface != NOTHING))
    index = good[:: max(1, len(good) // _SAMPLED)]
    hits = case.take.hits[index]
    expected = surface_colors(case, hits)
    for check, right in (("albedo", expected[:, :3]), ("roughness_metallic", expected[:, 3:])):
        if check not in case.pictures:
            continue
        found = case.flat(check)[index].astype(np.float64)
        wrong, worst, compared = [], 0.0, 0
        for surface in np.unique(hits.surface).tolist():
            at = (hits.surface == surface) & np.isfinite(right[:, 0])
            if at.sum() < _PATCH:
                continue
            compared += int(at.sum())
            off = np.median(np.abs(found[at] - right[at]), axis=0).max()
            if off > _COLOR:
                said, is_so = np.median(found[at], axis=0), np.median(right[at], axis=0)
                wrong.append((off, surface, said, is_so, _swapped(found[at], right[at])))
            worst = max(worst, float(off))
        case.measure(check, Figure(compared, len(wrong), worst=worst, unit="of 255"))
        if wrong:
            off, surface, said, is_so, told = max(wrong, key=lambda entry: entry[0])
            case.fail(
                check,
                f"{case.take.name_of(surface)} has {said.round().tolist()} in the median, but its "
                f"material gives {is_so.round().tolist()}{told}",
            )


def _swapped(found: NDArray[np.float64], right: NDArray[np.float64]) -> str:
    off = np.median(np.abs(found[:, ::-1] - right), axis=0).max()
    return ": red and blue are swapped" if off <= _COLOR else ""

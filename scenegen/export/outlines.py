"""Masks as polygons that the usual readers fill with exactly the mask's pixels.

A polygon follows the edges of the pixels, in the corner frame, `INSET` inside of them. Readers that
cut coordinates to whole pixels and draw the line (OpenCV's fillPoly: ultralytics) then hit the
mask's own pixels, and readers that fill fifths of a pixel (pycocotools) hit the pixels' edges.
Polygons through pixel centres, as findContours gives them, lose half a pixel all around.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Mask = NDArray[np.bool_]
Corners = NDArray[np.int64]
Polygon = NDArray[np.float64]

INSET = 0.05
"""Pixels: below pycocotools' tenth, above what six decimals of a picture's width may lose."""


def loops(mask: Mask) -> list[tuple[Corners, bool]]:
    """Every closed line around an (H, W) mask as (n, 2) x, y of its corners, and if it is a hole's.

    The mask lies to the right of its direction. Pixels that touch at a corner only are apart.
    """
    corners, across, along = _turns(np.pad(mask, 1))
    found = []
    new = np.ones(len(corners), dtype=bool)
    for start in range(len(corners)):
        if not new[start]:
            continue
        line, here = [], start
        while new[here]:  # from the topmost, leftmost corner to the right
            line += [here, across[here]]
            new[here] = new[across[here]] = False
            here = along[across[here]]
        x, y = corners[start]
        hole = not mask[y, x]
        found.append((corners[line[::-1] if hole else line], hole))
    return found


def polygons(mask: Mask) -> list[Polygon]:
    """(n, 2) corners of polygons that fill an (H, W) mask together; one with holes is cut up."""
    found: list[Polygon] = []
    pending = [mask]
    while pending:
        piece = pending.pop()
        lines = loops(piece)
        hole = next((line for line, is_hole in lines if is_hole), None)
        if hole is None:
            found += [_inset(line) for line, _ in lines]
            continue
        before = np.arange(piece.shape[1]) < hole[:, 0].min()
        pending += [piece & ~before, piece & before]
    return found


def one_polygon(mask: Mask) -> Polygon:
    """(n, 2) corners of a single polygon for an (H, W) mask that is not empty.

    Its parts and holes are joined by a line there and back between their nearest corners, always
    the nearest one next, so that no line has to cross another. Even-odd filling leaves the holes
    open; what the line between two parts crosses may be filled as well.
    """
    whole, *others = (_inset(line) for line, _ in loops(mask))
    while others:
        apart, nearest = cKDTree(whole).query(np.concatenate(others))
        place = int(np.argmin(apart))
        i = int(nearest[place])
        ends = np.cumsum([len(line) for line in others])
        which = int(np.searchsorted(ends, place, side="right"))
        line = others.pop(which)
        around = np.roll(line, int(ends[which]) - place, axis=0)
        whole = np.concatenate([whole[: i + 1], around, around[:1], whole[i:]])
    return whole


def _turns(padded: Mask) -> tuple[Corners, Corners, Corners]:
    """(n, 2) corners where an outline turns; and of each the next one in its row, in its column.

    `padded` has an empty border of one pixel. Where two pixels touch at a corner only, two outlines
    turn: the corner is there twice, first for the line that comes from the left.
    """
    top_left, top_right = padded[:-1, :-1], padded[:-1, 1:]
    bottom_left, bottom_right = padded[1:, :-1], padded[1:, 1:]
    left, right = top_left != bottom_left, top_right != bottom_right
    twice = left & right & (top_left != top_right)
    y, x = np.nonzero((left != right) | twice)
    copies = 1 + twice[y, x]
    y, x = np.repeat(y, copies), np.repeat(x, copies)
    number = np.arange(len(y))
    second = np.concatenate([[False], (np.diff(y) == 0) & (np.diff(x) == 0)])[: len(y)]
    # the line from above turns to the left around a pixel at the top left, else to the right
    rank = np.where(top_left[y, x], second, ~second)
    in_columns = np.lexsort((rank, y, x))
    along = np.empty(len(y), dtype=np.int64)
    along[in_columns[0::2]], along[in_columns[1::2]] = in_columns[1::2], in_columns[0::2]
    return np.stack([x, y], axis=1), number ^ 1, along


def _inset(line: Corners) -> Polygon:
    """The line moved by `INSET` towards the mask, to the right of its direction."""
    step = np.sign(np.roll(line, -1, axis=0) - line)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1)
    return line + INSET * (normal + np.roll(normal, 1, axis=0))

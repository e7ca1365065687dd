"""The board under the objects of Linemod: black markers around a colorful middle, on white."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_M = 0.5
HEIGHT_M = 0.01
_MARKERS = 6
_CELL = 160
"""Pixels of a marker with the white around it."""

_OBJ = """mtllib board.mtl
usemtl board
{vertices}
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vt 0.005 0.005
f 5/1 6/2 7/3 8/4
f 4/5 3/5 2/5 1/5
f 1/5 2/5 6/5 5/5
f 2/5 3/5 7/5 6/5
f 3/5 4/5 8/5 7/5
f 4/5 1/5 5/5 8/5
"""


def write_board(folder: Path, *, rng: np.random.Generator) -> None:
    """board/board.obj below `folder`, with what belongs to it: a square plate, metres, z up."""
    here = folder / "board"
    here.mkdir(parents=True, exist_ok=True)
    half = SIDE_M / 2
    corners = [
        (x, y, z)
        for z in (0, HEIGHT_M)
        for x, y in ((-half, -half), (half, -half), (half, half), (-half, half))
    ]
    vertices = "\n".join(f"v {x} {y} {z}" for x, y, z in corners)
    (here / "board.obj").write_text(_OBJ.format(vertices=vertices), encoding="utf-8")
    (here / "board.mtl").write_text("newmtl board\nmap_Kd board.png\n", encoding="utf-8")
    (here / "board.yaml").write_text("category: furniture\nmass: 1.0\n", encoding="utf-8")
    cv2.imwrite(str(here / "board.png"), draw_board(rng=rng))


def draw_board(*, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(960, 960, 3) the picture on it: a frame of 20 markers, the middle printed like a magazine."""
    board = np.full((_MARKERS * _CELL, _MARKERS * _CELL, 3), 245, np.uint8)
    board[_CELL:-_CELL, _CELL:-_CELL] = _magazine((_MARKERS - 2) * _CELL, rng=rng)
    for row in range(_MARKERS):
        for column in range(_MARKERS):
            if {row, column} & {0, _MARKERS - 1}:
                top, left = row * _CELL + 16, column * _CELL + 16
                board[top : top + 128, left : left + 128] = _marker(rng=rng)[..., None]
    return board


def _marker(*, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(128, 128) white cells in a black frame, the cell in the middle always white."""
    cells = np.zeros((8, 8), bool)
    cells[2:6, 2:6] = rng.random((4, 4)) < 0.6
    cells[3:5, 3:5] = True
    return np.where(np.kron(cells, np.ones((16, 16), bool)), 245, 12).astype(np.uint8)


def _magazine(side: int, *, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(side, side, 3) patches of strong color, with lines like print on them."""
    page = np.empty((side, side, 3), np.uint8)
    page[:] = _ink(rng=rng)
    for _ in range(40):
        top, left = rng.integers(0, side - 40, 2)
        height, width = rng.integers(20, 220, 2)
        page[top : top + height, left : left + width] = _ink(rng=rng)
    for _ in range(60):
        top, left = rng.integers(0, side - 60, 2)
        length = int(rng.integers(20, 120))
        page[top : top + 4, left : left + length] = 250 if rng.random() < 0.5 else 20
    return cv2.GaussianBlur(page, (0, 0), 1.2).astype(np.uint8)


def _ink(*, rng: np.random.Generator) -> NDArray[np.uint8]:
    """(3,) BGR of a color as a magazine has it, more red and orange than blue."""
    hue = int(rng.choice([0, 4, 8, 14, 22, 60, 110, 170]))
    color = np.array([[[hue, int(rng.integers(90, 230)), int(rng.integers(60, 240))]]], np.uint8)
    return cv2.cvtColor(color, cv2.COLOR_HSV2BGR)[0, 0].astype(np.uint8)

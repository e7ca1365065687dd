"""What became of colors: of instances whose category is told by color, and at the ends."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.frames import U8, U16

F64 = NDArray[np.float64]

_BLACK, _WHITE = 2, 253
_FEWEST_PX = 30
_LEAST_CHROMA = 10.0


@dataclass(frozen=True)
class ColorShift:
    """Of an instance's mean color. delta_e00: CIEDE2000 of chroma and hue, lightness left out,

    for a camera may expose as it likes. hue_deg: 0 where there was too little color to have one.
    """

    delta_e00: float
    hue_deg: float


def color_shifts(raw: U8, refined: U8, ids: U16, instances: list[int]) -> dict[int, ColorShift]:
    """Of those instances that show at least _FEWEST_PX pixels."""
    found = {}
    for instance in instances:
        mine = ids == instance
        if np.count_nonzero(mine) >= _FEWEST_PX:
            before, after = (_mean_lab(picture[mine]) for picture in (raw, refined))
            level = np.array([before[0], *after[1:]])
            found[instance] = ColorShift(ciede2000(before, level), _hue_turn(before, after))
    return found


def clipped_share(raw: U8, refined: U8) -> float:
    """Share of pixels that are black or white in all channels and were not."""
    return float(np.mean(_clipped(refined) & ~_clipped(raw)))


def lab(colors: U8) -> F64:
    """(N, 3) uint8 sRGB → CIE L*a*b* under D65."""
    if not len(colors):
        return np.zeros((0, 3))
    scaled = colors.reshape(-1, 1, 3).astype(np.float32) / np.float32(255)
    return cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)


def ciede2000(one: F64, other: F64) -> float:
    """The color difference of two L*a*b* colors; CIE 142-2001, as written by G. Sharma, W. Wu

    and E. N. Dalal, The CIEDE2000 color-difference formula, 2005.
    """
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    a1, a2 = (a * (1.5 - 0.5 * _seventh(mean)) for a in (a1, a2))
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = h1 + turn / 2 if c1 * c2 else h1 + h2
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    waves = ((0.17, 1, 30), (-0.24, 2, 0), (-0.32, 3, -6), (0.20, 4, 63))
    t = 1 - sum(w * np.cos(np.radians(n * hue - start)) for w, n, start in waves)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    spread = 60 * np.exp(-((((hue % 360) - 275) / 25) ** 2))
    r = -2 * _seventh(chroma) * np.sin(np.radians(spread))
    light, color, angle = dl / s_l, dc / s_c, dh / s_h
    return float(np.sqrt(light**2 + color**2 + angle**2 + r * color * angle))


def _seventh(chroma: float) -> float:
    return float(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))


def _hue_turn(before: F64, after: F64) -> float:
    if np.hypot(*before[1:]) < _LEAST_CHROMA:
        return 0.0
    turn = np.arctan2(after[2], after[1]) - np.arctan2(before[2], before[1])
    return float(abs((np.degrees(turn) + 180) % 360 - 180))


def _mean_lab(colors: U8) -> F64:
    return lab(colors).mean(axis=0)


def _clipped(picture: U8) -> NDArray[np.bool_]:
    planes = cv2.split(picture)
    low, high = (how(how(planes[0], planes[1]), planes[2]) for how in (cv2.min, cv2.max))
    return (high <= _BLACK) | (low >= _WHITE)

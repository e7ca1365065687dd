"""What tones alone explain, and what they must not explain.

Mutants caught: no curves of single colors; no curve of luma; curves that fall; what changes slowly
taken for a tone; the raw slope of the toned picture; levels beside edges taken for tones (growth is
drift, in test_gate_measures).
"""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from refine.frames import F32, U8
from refine.gate import LIMITS
from refine.gate.drift import local_drift
from refine.gate.pair import band, luma_of, pair_of
from refine.gate.tones import toned

SHAPE = (120, 160)


@pytest.fixture(scope="module")
def raw() -> U8:
    """A soft colorful picture whose every level occurs."""
    coarse = np.random.default_rng(5).uniform(0, 255, (15, 20, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(smooth), 0, 255).astype(np.uint8)


def gamma(picture: U8, exponents: list[float]) -> U8:
    """Each channel raised to its exponent."""
    curved = 255 * (picture / 255) ** np.array(exponents)
    return np.rint(curved).astype(np.uint8)


def by_luma(picture: U8) -> U8:
    """Every pixel dimmed in proportion to its darkness: a curve of luma, its color kept."""
    share = luma_of(picture)[..., None] / 255
    return np.rint(picture * (0.3 + 0.7 * share)).astype(np.uint8)


def left(ours: F32, theirs: F32) -> float:
    """Share of the second picture's outlines and texture that the first one does not explain."""
    a, b = band(ours), band(theirs)
    gain = float((a * b).sum() / (a * a).sum())
    return float((b - gain * a).std() / b.std())


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: gamma(raw, [2, 2, 2]),
        lambda raw: gamma(raw, [0.5, 1, 2]),
        lambda raw: gamma(raw, [1, 2, 1]),
        by_luma,
    ],
)
def test_tones_are_taken_up(raw: U8, change: Callable[[U8], U8]) -> None:
    refined = luma_of(change(raw))
    assert left(luma_of(raw), refined) > 0.12
    assert left(toned(raw, refined), refined) < 0.05


def test_a_negative_is_no_matter_of_tones(raw: U8) -> None:
    assert toned(raw, luma_of(255 - raw)).std() < 0.05 * luma_of(raw).std()


def test_haze_is_no_matter_of_tones() -> None:
    """A picture that is darker on its right, where the refined one has light added."""
    steps = np.random.default_rng(6).uniform(-20, 20, (15, 20)).astype(np.float32)
    texture = cv2.resize(steps, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    falling = np.rint(np.linspace(200, 60, SHAPE[1]) + texture).astype(np.uint8)
    refined = falling + np.linspace(0, 60, SHAPE[1], dtype=np.float32)
    found = toned(np.repeat(falling[..., None], 3, axis=-1), refined)
    rise = found[falling == 170].mean() - found[falling == 90].mean()
    assert rise == pytest.approx(80, rel=0.08)


def test_the_raw_slope_knows_nothing_of_tones(raw: U8) -> None:
    """An outline that the tones made invisible must not be thought invisible before."""
    flat = np.full_like(raw, 128)
    pair = pair_of(raw, flat)
    assert pair.toned_slope.max() < 0.05
    assert pair.raw_slope.max() > 1


def test_tones_that_differ_from_place_to_place_move_no_soft_edge() -> None:
    """Gamma 0.4 to 1.6 from row to row over an edge 16 px wide. Mutant: `_MODEL_SHARE` of 0."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    raw = 40 + 180 / (1 + np.exp(-(x - 80 - 0.3 * y) / 4))
    refined = 255 * (raw / 255) ** (1 + 0.6 * np.sin(2 * np.pi * y / SHAPE[0]))
    grey = [np.repeat(np.rint(p).astype(np.uint8)[..., None], 3, axis=-1) for p in (raw, refined)]
    assert local_drift(pair_of(*grey)).at_least_px < LIMITS.drift_local_px

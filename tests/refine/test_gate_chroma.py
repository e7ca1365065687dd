"""Edges of color alone: which are new, and which the raw picture's own colors explain.

Mutants caught: Cb left out; no local map (`wanted` less its mean); no excuse of the raw picture's own
edges; a threshold that noise passes; noise an excuse; lengths in pixels of the half picture.
"""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from refine.frames import U8
from refine.gate import LIMITS
from refine.gate.chroma import invented_color
from refine.gate.edges import invented
from refine.gate.pair import pair_of

SHAPE = (120, 160)


@pytest.fixture(scope="module")
def raw() -> U8:
    """Discs of many colors on a soft ground, as far from black and white as colors may be moved."""
    rng = np.random.default_rng(8)
    ground = rng.uniform(100, 140, (6, 8, 3)).astype(np.float32)
    picture = np.rint(cv2.resize(ground, SHAPE[::-1], interpolation=cv2.INTER_CUBIC))
    picture = picture.astype(np.uint8)
    for x in range(20, 160, 30):
        for y in (20, 50):
            color = tuple(int(c) for c in rng.integers(70, 190, 3))
            cv2.circle(picture, (x, y), 10, color, -1, cv2.LINE_AA)
    return picture


def tinted(picture: U8, where: U8, red: float, blue: float) -> U8:
    """Cr and Cb raised by `red` and `blue` levels in so much of the picture as `where`, 0 to 255, says."""
    colors = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    colors += (where / np.float32(255))[..., None] * np.array([0, red, blue], np.float32)
    changed = 255 * cv2.cvtColor(colors / np.float32(255), cv2.COLOR_YCrCb2RGB)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def stroke() -> U8:
    where: U8 = np.zeros(SHAPE, np.uint8)
    cv2.line(where, (30, 100), (70, 100), 255, 3)
    return where


@pytest.mark.parametrize(("red", "blue"), [(24, 0), (-24, 0), (0, 24), (0, -24)])
def test_a_stroke_of_color_has_its_length_and_place(raw: U8, red: float, blue: float) -> None:
    refined = tinted(raw, stroke(), red, blue)
    found = invented_color(raw, refined)
    assert found.px == pytest.approx(44, abs=6)
    assert (found.x, found.y) == (pytest.approx(50, abs=4), pytest.approx(100, abs=4))
    assert invented(pair_of(raw, refined)).px < 5


def crosstalk(raw: U8) -> U8:
    mixed = raw @ np.array([[0.8, 0.2, 0], [-0.2, 1.1, 0.1], [0.2, -0.1, 0.9]])
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def saturated(raw: U8) -> U8:
    grey = raw.mean(axis=-1, keepdims=True)
    return np.clip(np.rint(grey + 1.8 * (raw - grey)), 0, 255).astype(np.uint8)


def curved(raw: U8) -> U8:
    return np.rint(255 * (raw / 255) ** np.array([0.6, 1, 1.6])).astype(np.uint8)


def shaded(raw: U8) -> U8:
    """Gains of red, green and blue that vary over the picture, a node every 20 pixels."""
    nodes = np.random.default_rng(1).uniform(0.7, 1.35, (6, 8, 3)).astype(np.float32)
    return np.clip(np.rint(raw * cv2.resize(nodes, SHAPE[::-1])), 0, 255).astype(np.uint8)


def noisy(raw: U8) -> U8:
    grain = np.random.default_rng(9).normal(0, 18, raw.shape)
    return np.clip(np.rint(raw + grain), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("change", [crosstalk, saturated, curved, shaded, noisy])
def test_what_a_camera_does_to_colors_invents_nothing(change: Callable[[U8], U8], raw: U8) -> None:
    assert invented_color(raw, change(raw)).px < 0.75 * LIMITS.color_invented_px


def test_noise_of_color_hides_nothing(raw: U8) -> None:
    """Too much of it is taken for edges itself."""
    colors = cv2.cvtColor(raw, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    colors[..., 1] += np.random.default_rng(10).normal(0, 60, SHAPE).astype(np.float32)
    refined = 255 * cv2.cvtColor(colors / np.float32(255), cv2.COLOR_YCrCb2RGB)
    found = invented_color(raw, np.clip(np.rint(refined), 0, 255).astype(np.uint8))
    assert found.px > LIMITS.color_invented_px

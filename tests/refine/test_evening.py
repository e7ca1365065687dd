"""A color counts with the square root of how common it is, so that content passes less for a color cast.

Mutants caught: every pixel once; every color once; weights that are given left out;
colors beyond the last cell put into the next row; the fit of `stats` without it; pixels of the
colors' loss drawn with equal chances.
"""

import cv2
import numpy as np
import pytest
import torch

from refine.evening import evened
from refine.frames import GBuffers, Render
from refine.objectives import losses
from refine.stats import StatsRefiner


def of(*colors_and_counts: tuple[tuple[float, float, float], int]) -> torch.Tensor:
    """(N, 3) each color as often as it is said."""
    return torch.tensor([color for color, count in colors_and_counts for _ in range(count)])


WOOD, RED, BLUE = (60.0, 10.0, 30.0), (40.0, 60.0, 40.0), (40.0, 0.0, -50.0)


def test_a_color_counts_with_the_root_of_its_number() -> None:
    lab = of((WOOD, 900), (RED, 100), (BLUE, 4))
    weight = evened(lab, torch.ones(1004))
    assert [float(part.sum()) for part in weight.split([900, 100, 4])] == pytest.approx([30, 10, 2])


def test_weights_that_are_given_count_as_numbers_do() -> None:
    lab = of((WOOD, 3), (RED, 1))
    weight = evened(lab, torch.tensor([300.0, 500.0, 100.0, 100.0]))
    assert weight.tolist() == pytest.approx([10, 50 / 3, 10 / 3, 10])


def test_colors_at_the_ends_of_the_range_are_kept_apart() -> None:
    ends = [
        (light, a, b) for light in (0.0, 100.0) for a in (-200.0, 200.0) for b in (-200.0, 200.0)
    ]
    weight = evened(torch.tensor(ends), torch.ones(8))
    assert weight.tolist() == [1.0] * 8


def scene(number: int, ground: tuple[int, int, int]) -> np.ndarray:
    """(96, 128, 3) things of eight colors, of which a few are in sight, on a ground that fills most."""
    rng = np.random.default_rng(number)
    palette = np.random.default_rng(99).integers(40, 220, (8, 3))
    rgb = np.full((96, 128, 3), ground, np.float32)
    for color in palette[rng.integers(8, size=5)]:
        x, y = (int(rng.integers(12, size - 12)) for size in (128, 96))
        cv2.circle(rgb, (x, y), 9, [float(channel) for channel in color], -1)
    texture = cv2.GaussianBlur(rng.normal(0, 40, (96, 128, 1)).astype(np.float32), (0, 0), 2)
    return (rgb + texture[..., None]).clip(0, 255).astype(np.uint8)


def test_other_shares_of_the_same_grounds_are_no_other_light() -> None:
    """Red boards in 14 of 16 renders, pale tiles in 14 of 16 photographs, through one camera."""
    boards, tiles = (150, 95, 70), (170, 165, 155)
    renders = [plain_render(at, scene(at, tiles if at % 8 == 0 else boards)) for at in range(16)]
    photographs = [scene(50 + at, boards if at % 8 == 0 else tiles) for at in range(16)]
    fitted = StatsRefiner.fit(photographs, renders, seed=0)
    moved = [
        fitted.refine(render, strength=1.0, seed=0).astype(float) - render.rgb for render in renders
    ]
    assert np.abs(moved).mean() < 12


def plain_render(number: int, rgb: np.ndarray) -> Render:
    ids = np.zeros(rgb.shape[:2], np.uint16)
    return Render(f"{number:06d}/0000", number, str(number), rgb, ids, {}, GBuffers())


def test_the_loss_of_colors_draws_by_color() -> None:
    rgb = torch.full((2, 3, 40, 40), 0.2)
    rgb[:, 0, :4, :10] = 0.9
    drawn = losses.some_colors(rgb, generator=torch.Generator().manual_seed(0))
    red = (drawn[:, 1] > 0.2).float().mean()
    root = 40**0.5 / (40**0.5 + 1560**0.5)
    assert float(red) == pytest.approx(root, abs=0.02)
    assert 0 < float(drawn.abs().max()) <= 1

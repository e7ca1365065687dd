"""Generators: the identity at first, and whatever the weights, no label is broken.

Mutants caught: slopes without their bound (gain e^3); a chroma matrix bounded by 0.9; the local part
of the grid not smoothed and counted whole; texture not clamped to ε; the gate left out; a blur with
side weights of up to 0.6; reflect padding of tiles without a margin; coefficients of a tile taken
from the tile; resnet enlarging before padding to a multiple of 4; channels cut off one by
one; weights of the resnet as PyTorch draws them.
"""

import numpy as np
import pytest
import torch
from made_up_pictures import disc_render

from refine.network_refiner import NetworkRefiner, refined_whole
from refine.networks import GENERATORS, make_generator
from refine.networks.bilateral import (
    EPSILON,
    GRID,
    CoefficientNet,
    bounded,
    color_map,
    falloff,
    shading,
    sliced,
)
from refine.networks.color import chroma, in_gamut, luma, rgb_from
from refine.networks.view import THUMBNAIL_CHANNELS, View
from refine.views import view_of

SETTINGS = {"bilateral": {"texture_channels": 8}, "resnet": {"width": 8, "blocks": 1}}
KAPPA_GRID = 0.25 * 0.15 + 2.5 - 2.5**0.75  # the docstring's κₒ + κₛ


def shaken(name: str, seed: int, *, size: float = 3.0) -> torch.nn.Module:
    """A generator whose weights are far from those of any training."""
    generator = make_generator(name, SETTINGS[name]).eval().requires_grad_(False)
    chance = torch.Generator().manual_seed(seed)
    for value in generator.state_dict().values():  # what a file may hold, fitted or not
        value += size * torch.randn(value.shape, generator=chance)
    return generator


def flat_view(size: tuple[int, int], color: float, seed: int) -> View:
    """One color, of which the coefficient net sees a wild thumbnail."""
    view = View.plain(torch.full((1, 3, *size), color))
    chance = torch.Generator().manual_seed(seed)
    view.thumbnail.copy_(torch.randn(view.thumbnail.shape, generator=chance))
    view.noise.copy_(torch.randn(view.noise.shape, generator=chance).clamp(-2, 2))
    return view


@pytest.mark.parametrize("name", GENERATORS)
def test_begins_as_the_identity(name: str) -> None:
    refiner = NetworkRefiner(name, make_generator(name, SETTINGS[name]))
    render = disc_render(1, height=70, width=101)
    render.rgb[:2] = 0
    render.rgb[2:4] = 255
    assert np.array_equal(refiner.refine(render, strength=1.0, seed=3), render.rgb)


@pytest.mark.parametrize("size", [{"width": 16, "blocks": 4}, {"width": 64, "blocks": 9}])
def test_what_a_resnet_sees_does_not_fade_on_its_way(size: dict[str, int]) -> None:
    """What its last layer is given must differ from place to place, or it learns but one color."""
    torch.manual_seed(0)
    generator = make_generator("resnet", size).requires_grad_(False)
    seen: list[torch.Tensor] = []
    generator.out.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    generator(View.plain(torch.rand(1, 3, 64, 64) * 2 - 1))
    apart = seen[0] - seen[0].mean((2, 3), keepdim=True)
    assert 0.05 < float(apart.std()) < 1


def test_luma_and_chroma_are_undone() -> None:
    rgb = torch.rand(2, 3, 5, 7)
    grey = luma(rgb)
    assert torch.allclose(rgb_from(grey, chroma(rgb, grey)), rgb, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_edge_is_created_where_the_raw_is_flat(seed: int) -> None:
    """Between neighbours at most κ before lens and detail, κ + 2/N of the luma + 2ε after them."""
    generator, view = shaken("bilateral", seed), flat_view((64, 96), 0.3, seed)
    mapped = luma(generator(view, detail=False) + 1) / 2
    grid = generator.coefficients(view.thumbnail)
    for axis, count in ((2, 64), (3, 96)):
        step = float(mapped.diff(dim=axis).abs().max())
        assert step <= GRID / count * KAPPA_GRID
        assert step <= shading(grid, (64, 96)) + 1e-6
        made = luma(generator(view) + 1) / 2
        dimmed = 2 / count * float(mapped.abs().max())
        most = GRID / count * KAPPA_GRID + dimmed + 2 * EPSILON
        assert float(made.diff(dim=axis).abs().max()) <= most


def test_neighbouring_nodes_differ_by_a_quarter_at_most() -> None:
    """In the worst case: nodes in turn at one end of their range and at the other, two by two."""
    net = CoefficientNet(4).requires_grad_(False)
    wave = torch.tensor([-99.0, -99.0, 99.0, 99.0]).repeat(GRID // 4)
    for pattern in (wave.view(1, 1, 1, GRID), wave.view(1, 1, GRID, 1)):
        net.local_out.register_forward_hook(lambda *_, p=pattern: p.expand(1, 23, GRID, GRID))
        grid = net(torch.zeros(1, THUMBNAIL_CHANNELS, 64, 64))
        steps = max(float(grid.diff(dim=axis).abs().max()) for axis in (2, 3))
        assert steps == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_luma_keeps_its_order_and_contrast_its_bounds(seed: int) -> None:
    """At every place, a step of luma becomes one of the same sign, 0.4 to 2.5 times as high."""
    generator = shaken("bilateral", seed)
    grid = generator.coefficients(flat_view((32, 32), 0.0, seed).thumbnail)
    window = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
    levels = torch.linspace(0, 1, 65)
    greys = [color_map(level.expand(1, 3, 32, 32), grid, window) for level in levels]
    steps = torch.cat([luma(grey) for grey in greys]).diff(dim=0) * 64
    assert float(steps.min()) >= 0.4 - 1e-4
    assert float(steps.max()) <= 2.5 + 1e-4
    assert float(steps.max() - steps.min()) > 0.5, "the test must reach far into the bounds"


def test_what_is_out_of_range_keeps_its_luma_and_hue() -> None:
    chance = torch.Generator().manual_seed(0)
    wild = torch.rand(1, 3, 40, 50, generator=chance) * 2 - 0.5
    made = in_gamut(wild)
    assert float(made.min()) >= -1e-6
    assert float(made.max()) <= 1 + 1e-6
    assert torch.allclose(luma(made), luma(wild).clamp(0, 1), atol=1e-6)
    before, after = wild - luma(wild), made - luma(made)
    share = (before * after).sum(1) / before.square().sum(1)
    assert float(share.min()) >= 0
    assert torch.allclose(after, share[:, None] * before, atol=1e-5)
    tame = ((wild >= 0) & (wild <= 1)).all(1, keepdim=True)
    assert 100 < int(tame.sum()) < 1900
    assert torch.allclose(made, torch.where(tame, wild, made), atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_no_color_out_of_range_turns_a_step_round(seed: int) -> None:
    """Coefficients at the ends of their range, and colors of which each channel is often at its."""
    generator = make_generator("bilateral", SETTINGS["bilateral"]).eval().requires_grad_(False)
    chance = torch.Generator().manual_seed(seed)
    ends = torch.randint(-1, 2, (23,), generator=chance) * 99.0
    generator.coefficients.whole_out.bias.copy_(ends)
    generator.coefficients.local_out.bias.copy_(ends)
    colors = torch.rand(1, 3, 1, 500, generator=chance)
    colors = torch.where(torch.rand(colors.shape, generator=chance) < 0.5, colors.round(), colors)
    view = View.plain(2 * colors.expand(1, 3, 500, 500) - 1)  # a color a column
    made = (generator(view)[:, :, :1] + 1) / 2
    order = luma(colors).flatten().argsort()
    assert float(luma(made).flatten()[order].diff().min()) >= -1e-5


@pytest.mark.parametrize("seed", range(3))
def test_chroma_is_never_turned_round(seed: int) -> None:
    grid = shaken("bilateral", seed).coefficients(flat_view((32, 32), 0.0, seed).thumbnail)
    matrix = bounded(grid)[:, 9:13]
    inside = torch.eye(2).view(1, 4, 1, 1) + matrix
    assert float((inside[:, 0] - matrix[:, 1].abs()).min()) >= 0.3 - 1e-6
    assert float((inside[:, 3] - matrix[:, 2].abs()).min()) >= 0.3 - 1e-6
    determinant = inside[:, 0] * inside[:, 3] - inside[:, 1] * inside[:, 2]
    assert float(determinant.min()) > 0


@pytest.mark.parametrize("seed", range(3))
def test_detail_stays_below_epsilon_and_off_the_boundaries(seed: int) -> None:
    generator = shaken("bilateral", seed)
    view = view_of(disc_render(seed), seed=seed)
    mapped = in_gamut((generator(view, detail=False) + 1) / 2)
    dimmed = mapped * falloff(generator.vignette, view.window, view.rgb.shape[2:])
    soft = generator.lens(dimmed).clamp(0, 1)
    added = (generator(view) + 1) / 2 - soft
    assert float(added.abs().max()) <= EPSILON + 1e-6
    assert float(added.abs().max()) > 0.9 * EPSILON, "the test must reach the bound"
    generator.sensor.strength.zero_()
    added = (generator(view) + 1) / 2 - soft
    on_boundary = (view.gate < 0.25).expand_as(added)
    assert float(added[on_boundary].abs().max()) < 0.3 * EPSILON


def test_lens_is_a_symmetric_blur_of_at_most_one_pixel() -> None:
    generator = shaken("bilateral", 0)
    generator.lens.spread.fill_(9.0)
    dot = torch.zeros(1, 1, 11, 11)
    dot[..., 5, 5] = 1
    spread = generator.lens(dot)[0, 0]
    assert float(spread.min()) >= 0
    assert float(spread.sum()) == pytest.approx(1)
    assert torch.allclose(spread, spread.flip(0))
    assert torch.allclose(spread, spread.T)
    rows = (torch.arange(11) - 5.0) ** 2
    assert float((spread.sum(1) * rows).sum()) == pytest.approx(1.0, abs=1e-5)


def test_an_edge_stays_where_it_is() -> None:
    """A strong edge is the strongest of the refined picture's, in the same column."""
    for seed in range(4):
        generator, view = shaken("bilateral", seed), flat_view((48, 64), -0.6, seed)
        view.pixels[:, :3, :, 30:] = 0.6
        made = luma(generator(view)).mean(2)[0, 0]
        assert int(made.diff().abs().argmax()) in (28, 29, 30)
        assert float(made[33:].min() - made[:27].max()) > 0


def test_slicing_is_linear_between_nodes() -> None:
    """Oracle: torch's own interpolation."""
    grid = torch.randn(2, 3, GRID, GRID)
    window = torch.tensor([[0.0, 1.0, 0.0, 1.0]]).repeat(2, 1)
    wanted = torch.nn.functional.interpolate(grid, (40, 72), mode="bilinear")
    assert torch.allclose(sliced(grid, window, (40, 72)), wanted, atol=1e-5)


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("size", [(61, 90), (96, 64)])
def test_tiles_leave_no_seam(name: str, size: tuple[int, int]) -> None:
    generator = shaken(name, 1, size=0.05)
    view = view_of(disc_render(4, height=size[0], width=size[1]), seed=0)
    tiled = refined_whole(generator, view, tile=16)
    assert not torch.equal(tiled, view.rgb)
    assert torch.allclose(tiled, generator(view), atol=2e-5)


@pytest.mark.parametrize("name", GENERATORS)
def test_strength_and_chance(name: str) -> None:
    refiner = NetworkRefiner(name, shaken(name, 2, size=0.3))
    render = disc_render(5)
    full = refiner.refine(render, strength=1.0, seed=0)
    half = refiner.refine(render, strength=0.5, seed=0).astype(float)
    assert np.array_equal(full, refiner.refine(render, strength=1.0, seed=0))
    assert not np.array_equal(full, refiner.refine(render, strength=1.0, seed=1))
    assert np.array_equal(refiner.refine(render, strength=0.0, seed=0), render.rgb)
    assert np.abs(half - (full.astype(float) + render.rgb) / 2).max() <= 1.0


def test_works_without_gbuffers() -> None:
    """They are nothing but hints: without them a picture comes out too, another one."""
    refiner = NetworkRefiner("bilateral", shaken("bilateral", 3, size=0.3))
    render = disc_render(6)
    bare = type(render)(**{**vars(render), "gbuffers": type(render.gbuffers)()})
    made = [refiner.refine(each, strength=1.0, seed=0) for each in (render, bare)]
    assert made[0].shape == made[1].shape
    assert not np.array_equal(made[0], made[1])

"""The terms: zero where nothing is owed, and growing with what is owed.

Mutants caught: projections not sorted; Lab without the bend or with red and blue swapped; residuals
that let flat color through; contrast counted without its sign; edges of the picture counted as
boundaries; gradients outside instances counted; real and made labels swapped; the history always
giving back what it is given.
"""

import cv2
import numpy as np
import pytest
import torch
from made_up_pictures import disc_render
from torch import Tensor

from refine.objectives import losses
from refine.objectives.heads import Heads, heads_loss, recolored
from refine.objectives.history import History
from refine.views import signed, view_of


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pair() -> tuple[Tensor, Tensor]:
    """Colors (1, 3, h, w) and instances (1, h, w) of a made-up render."""
    render = disc_render(3)
    return torch.from_numpy(signed(render.rgb))[None], torch.from_numpy(render.ids.astype("i4"))[
        None
    ]


def test_sliced_wasserstein_is_a_distance_between_distributions() -> None:
    sample = torch.randn(4000, 3, generator=chance())
    directions = losses.unit_vectors(3, generator=chance(1))
    assert float(directions.norm(dim=0).sub(1).abs().max()) < 1e-6
    shuffled = sample[torch.randperm(4000, generator=chance(2))]
    assert float(losses.sliced_wasserstein(sample, shuffled, directions)) < 1e-6
    shift = torch.tensor([0.3, 0.0, 0.0])
    wanted = float((shift @ directions).abs().mean())
    found = float(losses.sliced_wasserstein(sample + shift, shuffled, directions))
    assert found == pytest.approx(wanted, rel=1e-4)
    wider = float(losses.sliced_wasserstein(1.5 * sample, shuffled, directions))
    assert wider == pytest.approx(0.5 * (2 / np.pi) ** 0.5, rel=0.1)


def test_lab_is_opencv_s() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (50, 1, 3), np.uint8)
    rgb[:3] = [[[0, 0, 0]], [[255, 255, 255]], [[3, 2, 4]]]
    wanted = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, 0] / 100
    found = losses.colors(torch.from_numpy(rgb[:, 0] / np.float32(127.5) - 1))
    assert np.abs(found.numpy() - wanted).max() < 5e-3


def test_a_look_is_missed_as_far_as_it_was_not_given() -> None:
    """A picture asked to be 10 units of L* lighter and to spread half as much about its mean."""
    view = view_of(disc_render(3), seed=0)
    lab = cv2.cvtColor((view.rgb[0].permute(1, 2, 0).numpy() + 1) / 2, cv2.COLOR_RGB2LAB)
    mean = lab[..., 0].mean()
    lab[..., 0] = mean + 10 + 0.5 * (lab[..., 0] - mean)
    lit = 2 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) - 1
    view = view.asking(torch.tensor([[0.5, 0, 0, float(np.log(0.5)), 0, 0]]))
    given = torch.from_numpy(lit).permute(2, 0, 1)[None]
    assert float(losses.look_missed(view.rgb, view)) == pytest.approx(
        (0.5 + np.log(2)) / 6, abs=0.01
    )
    assert float(losses.look_missed(given, view)) < 0.03


def test_residuals_see_grain_and_no_color() -> None:
    flat = torch.full((1, 3, 40, 40), 0.4)
    assert float(losses.residuals(flat).abs().max()) < 1e-4
    grain = 0.1 * torch.randn(1, 3, 40, 40, generator=chance())
    energy = losses.residuals(flat + grain).square().mean((2, 3))[0].view(3, 3).mean(1)
    assert energy[0] > energy[1] > energy[2] > 0


def test_contrast_is_owed_across_boundaries_only() -> None:
    rgb, ids = pair()
    assert float(losses.lost_contrast(rgb, rgb, ids)) == 0
    assert float(losses.lost_contrast(rgb, 0.8 * rgb + 0.1, ids)) == 0
    halved = float(losses.lost_contrast(rgb, 0.5 * rgb, ids))
    turned = float(losses.lost_contrast(rgb, -rgb, ids))
    assert 0 < halved < 0.2 * turned
    assert float(losses.lost_contrast(rgb, -rgb, torch.zeros_like(ids))) == 0


def test_gradients_are_owed_inside_instances_only() -> None:
    rgb, ids = pair()
    assert float(losses.turned_gradients(rgb, 0.5 * rgb, ids)) == pytest.approx(0, abs=1e-3)
    assert float(losses.turned_gradients(rgb, -rgb, ids)) == pytest.approx(2, abs=1e-2)
    outside = torch.where((ids == 0)[:, None], rgb.flip(3), rgb)
    blurred_in = float(losses.turned_gradients(rgb, outside, ids))
    assert blurred_in < 0.7  # only along the boundaries, into which the blur carries the outside


def test_change_outside_and_out_of_range() -> None:
    rgb, ids = pair()
    inside = torch.where((ids > 0)[:, None], rgb + 0.5, rgb)
    assert float(losses.change_outside(rgb, inside, ids)) == 0
    assert float(losses.change_outside(rgb, rgb + 0.5, ids)) == pytest.approx(0.5, rel=1e-5)
    assert float(losses.out_of_range(torch.tensor([0.3, 1.0, -1.5, 2.0]))) == pytest.approx(0.375)


@pytest.mark.parametrize("kind", ["lsgan", "bce", "hinge", "wgan-gp"])
def test_judges_are_right_when_real_is_high_and_made_is_low(kind: str) -> None:
    high, low = [torch.full((2, 1, 3, 3), 1.0)], [torch.full((2, 1, 3, 3), -1.0)]
    right = losses.judge_loss(kind, high, low, real_label=1.0)
    wrong = losses.judge_loss(kind, low, high, real_label=1.0)
    assert float(right) < float(wrong)
    assert float(losses.generator_loss(kind, high)) < float(losses.generator_loss(kind, low))


def test_label_smoothing_asks_for_less_than_certainty() -> None:
    for kind, best in (("lsgan", 0.9), ("bce", float(np.log(0.9 / 0.1)))):
        score = torch.tensor(best).view(1, 1, 1, 1).requires_grad_()
        fake = torch.zeros(1, 1, 1, 1)
        losses.judge_loss(kind, [score], [fake], real_label=0.9).backward()
        assert score.grad is not None
        assert abs(float(score.grad)) < 1e-6


def test_squared_gradient() -> None:
    inputs = torch.randn(2, 3, 4, 4, requires_grad=True)
    scores = [(5 * inputs).mean(1, keepdim=True)]  # ∂ mean / ∂ x = 5 / 48 for each of 48
    found = losses.squared_gradient(scores, inputs)
    assert found.tolist() == pytest.approx([48 * (5 / 48) ** 2] * 2)


def test_history_mixes_in_what_was_made_before() -> None:
    history, generator = History(4, 2), chance()
    crops = [torch.full((2, 3, 2, 2), float(step)) for step in range(40)]
    shown = [history.mixed(crop, generator=generator)[:, 0, 0, 0] for crop in crops]
    assert all(torch.equal(s, c[:, 0, 0, 0]) for s, c in zip(shown[:2], crops[:2], strict=True))
    old = [bool((s < step).any()) for step, s in enumerate(shown)][2:]
    assert 0.5 < np.mean(old) < 0.95
    assert torch.equal(History(0, 2).mixed(crops[5], generator=generator), crops[5])


def test_heads_learn_where_instances_are() -> None:
    """And see it in other colors too."""
    rgb, ids = pair()
    depth = torch.where(ids[:, None] > 0, 0.6, 0.4)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        heads = Heads(8)
    learn, generator = torch.optim.Adam(heads.parameters(), 1e-2), chance()

    def wrong(picture: Tensor) -> float:
        with torch.no_grad():
            return float(heads_loss(heads(picture), ids, depth))

    before = wrong(rgb)
    for _ in range(40):
        learn.zero_grad()
        heads_loss(heads(recolored(rgb, generator=generator)), ids, depth).backward()
        learn.step()
    after = wrong(rgb)
    painted_over = wrong(rgb.mean((2, 3), keepdim=True).expand_as(rgb))
    assert after < 0.6 * before
    assert painted_over > 1.5 * after

"""The terms: distances between distributions of pixels, and what a refined picture owes its labels.

Colors are (B, 3, h, w) in [−1, 1] unless said otherwise; every term is a mean, so that its weight
does not depend on size or number of crops.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from refine.evening import evened
from refine.networks.color import lab, luma
from refine.networks.look import changed_look, look_of
from refine.networks.view import View

PIXELS = 4096  # drawn of a batch
DIRECTIONS = 48
LAB_SCALE = 100.0
GRAIN_SCALE = 0.05  # brings residuals to the size of Lab/100
EDGE_SPAN = 3  # pixels from one side of a boundary to the other: past the blended pixel
KEPT_CONTRAST = 0.6
LEAST_STEP = 0.1  # of Lab / 100
LEAST_GRADIENT = 0.02


# ------------------------------------------------------------------------- distributions of pixels


def sliced_wasserstein(ours: Tensor, theirs: Tensor, directions: Tensor) -> Tensor:
    """Mean W₁ of the projections of two samples (N, D) of one size on unit vectors (D, K)."""
    projected = [(sample @ directions).sort(0).values for sample in (ours, theirs)]
    return (projected[0] - projected[1]).abs().mean()


def unit_vectors(dimensions: int, *, generator: torch.Generator) -> Tensor:
    """(D, K) drawn evenly."""
    return functional.normalize(torch.randn(dimensions, DIRECTIONS, generator=generator), dim=0)


def some_pixels(pictures: Tensor, *, generator: torch.Generator) -> Tensor:
    """(N, C) pixels of (B, C, h, w), drawn with equal chances; 4096, fewer if there are fewer."""
    flat = _flat(pictures)
    count = min(PIXELS, len(flat))
    chosen = torch.randint(len(flat), (count,), generator=generator)
    return flat[chosen.to(flat.device)]


def some_colors(rgb: Tensor, *, generator: torch.Generator) -> Tensor:
    """(N, 3) L*a*b* / 100 of as many pixels, drawn with chances in proportion to what `evened` gives."""
    flat = lab(_flat(rgb))
    seen = flat.detach().float()
    chances = evened(seen, torch.ones_like(seen[:, 0])).cpu()
    count = min(PIXELS, len(flat))
    chosen = torch.multinomial(chances, count, replacement=True, generator=generator)
    return flat[chosen.to(flat.device)] / LAB_SCALE


def _flat(pictures: Tensor) -> Tensor:
    return pictures.permute(0, 2, 3, 1).reshape(-1, pictures.shape[1])


def colors(pixels: Tensor) -> Tensor:
    """sRGB in [−1, 1], last dimension 3, → CIE L*a*b* / 100."""
    return lab(pixels) / LAB_SCALE


def residuals(rgb: Tensor) -> Tensor:
    """(B, 9, h, w): what three blurs, each twice as wide as the last, take out of each color."""
    bands, current = [], rgb
    for reach in (1, 2, 4):
        smooth = _blurred(current, reach)
        bands.append(current - smooth)
        current = smooth
    return torch.cat(bands, 1) / GRAIN_SCALE


def _blurred(pictures: Tensor, reach: int) -> Tensor:
    """With [1 2 1]/4 both ways, its taps `reach` pixels apart."""
    channels = pictures.shape[1]
    taps = pictures.new_tensor([0.25, 0.5, 0.25]).expand(channels, 1, 3)
    padded = functional.pad(pictures, (reach,) * 4, mode="reflect")
    down = functional.conv2d(padded, taps[..., None], dilation=reach, groups=channels)
    return functional.conv2d(down, taps[:, :, None], dilation=reach, groups=channels)


def look_missed(made: Tensor, view: View) -> Tensor:
    """L1 between the looks of windows and those that were asked for."""
    wanted = changed_look(look_of(view.rgb), view.look, view.change)
    return (look_of(made) - wanted).abs().mean()


# ------------------------------------------------------------------------- what labels are owed


def lost_contrast(raw: Tensor, refined: Tensor, ids: Tensor) -> Tensor:
    """Squares of what steps of color across the boundaries of instances lack of 0.6 of the raw ones.

    As shares of the raw step in Lab, along it: one that is turned round lacks more than one that is
    gone. Steps of less than 10 are not asked for. ids: (B, h, w).
    """
    lack, count = raw.new_zeros(()), raw.new_zeros(())
    before, after = (colors(picture.permute(0, 2, 3, 1)) for picture in (raw, refined))
    for axis in (1, 2):
        step = _steps(before, axis)
        power = step.square().sum(-1)
        asked = (_steps(ids, axis) != 0) & (power >= LEAST_STEP**2)
        kept = (_steps(after, axis) * step).sum(-1) / power.clamp(min=LEAST_STEP**2)
        lack = lack + (functional.relu(KEPT_CONTRAST - kept).square() * asked).sum()
        count = count + asked.sum()
    return lack / count.clamp(min=1)


def _steps(values: Tensor, axis: int) -> Tensor:
    length = values.shape[axis] - EDGE_SPAN
    return values.narrow(axis, EDGE_SPAN, length) - values.narrow(axis, 0, length)


def turned_gradients(raw: Tensor, refined: Tensor, ids: Tensor) -> Tensor:
    """1 − cosine between luma gradients before and after, inside instances, where there are any."""
    before, after = (_gradients(_blurred(luma(picture), 1)) for picture in (raw, refined))
    size = before.norm(dim=1)
    wanted = (size > LEAST_GRADIENT) & (ids[:, 1:-1, 1:-1] > 0)
    cosine = functional.cosine_similarity(before, after, dim=1, eps=1e-3)
    return ((1 - cosine) * wanted).sum() / wanted.sum().clamp(min=1)


def _gradients(grey: Tensor) -> Tensor:
    down = grey[:, :, 2:, 1:-1] - grey[:, :, :-2, 1:-1]
    across = grey[:, :, 1:-1, 2:] - grey[:, :, 1:-1, :-2]
    return torch.cat([down, across], 1) / 2


def change_outside(raw: Tensor, refined: Tensor, ids: Tensor) -> Tensor:
    """L1 of what changed where there is no instance."""
    outside = (ids == 0)[:, None]
    return ((refined - raw).abs() * outside).sum() / (3 * outside.sum()).clamp(min=1)


def out_of_range(rgb: Tensor) -> Tensor:
    """How far colors lie outside [−1, 1]."""
    return functional.relu(rgb.abs() - 1).mean()


# ------------------------------------------------------------------------- adversaries


def generator_loss(kind: str, scores: Sequence[Tensor]) -> Tensor:
    """Small when the judges take what they see for real."""
    if kind == "lsgan":
        return _mean([(score - 1).square().mean() for score in scores])
    if kind == "bce":
        return _mean([functional.softplus(-score).mean() for score in scores])
    return _mean([-score.mean() for score in scores])  # hinge, wgan-gp


def judge_loss(
    kind: str, real: Sequence[Tensor], made: Sequence[Tensor], *, real_label: float
) -> Tensor:
    """Small when the judges tell real from made; `real_label` smooths lsgan's and bce's target."""
    return _mean([_LOSSES[kind](r, m, real_label) for r, m in zip(real, made, strict=True)])


def _lsgan(real: Tensor, made: Tensor, label: float) -> Tensor:
    return (real - label).square().mean() + made.square().mean()


def _bce(real: Tensor, made: Tensor, label: float) -> Tensor:
    wanted = torch.full_like(real, label)
    return (
        functional.binary_cross_entropy_with_logits(real, wanted) + functional.softplus(made).mean()
    )


def _hinge(real: Tensor, made: Tensor, label: float) -> Tensor:
    return functional.relu(1 - real).mean() + functional.relu(1 + made).mean()


def _wasserstein(real: Tensor, made: Tensor, label: float) -> Tensor:
    return made.mean() - real.mean()


_LOSSES = {"lsgan": _lsgan, "bce": _bce, "hinge": _hinge, "wgan-gp": _wasserstein}


def squared_gradient(scores: Sequence[Tensor], inputs: Tensor) -> Tensor:
    """(B,) ‖∂ scores / ∂ inputs‖² of each picture, differentiable. `inputs` must require gradients."""
    total = sum(score.mean((1, 2, 3)).sum() for score in scores)
    (gradient,) = torch.autograd.grad(total, inputs, create_graph=True)
    return gradient.square().sum((1, 2, 3))


def _mean(values: list[Tensor]) -> Tensor:
    return torch.stack(values).mean()

"""A color map that varies slowly over the picture, a lens and bounded detail: label-safe.

With x the raw picture in [0, 1], its channels scaled by 0.4 to 1 to the photographs' white balance
(`View.balanced`: each keeps its order), Y = luma(x) and C = (red − Y, blue − Y), for the pixel at p:

    Y'(p) = o(p) + Σₖ sₖ(p) · clip(Y − k/8, 0, 1/8)          a curve through the origin o(p), k = 0…7
    C'(p) = M(p) C + d(p, Y)                                  d: linear between 5 knots along Y
    y     = clip(L ∗ (V(p) · G(Y', C')) + ε · clip(g t + n, −1, 1), 0, 1)

    s in (1/2.5, 2.5) · |o|, |d| < 0.15 · M = I + m with |mᵢⱼ| < 0.35: diagonally dominant, so that
    no chroma is turned round · G: the color of luma clip(Y', 0, 1) and chroma C', this made as
    small as [0, 1] asks for, so that no color's range changes a luma · V = 1 − v r², v ≤ ½, r = 1 in
    the corners: the lens's vignette · L: its blur, symmetric, not negative, sum 1, at most 5 × 5
    pixels, σ ≤ 1 pixel · t: texture in (−1, 1), high-passed; g: 0 on instance boundaries, 1 far from
    them · n: noise like a sensor's · ε = 12/255.

All of o, s, m, d are linear between the nodes of a 16 × 16 grid over the whole picture. The part of
them that is one for the whole picture also follows the change of look that is asked for.

**Bound**, whatever the weights. A node's value is ¾ · (one for the whole picture) + ¼ · (its own,
smoothed by [1 2 1]/4 both ways), inside the tanh's bound: neighbouring nodes differ in o by at most
κₒ = ¼ · 0.15, in log₂.₅ s by at most ¼ and so in s by at most κₛ = 2.5 − 2.5^¾ < 0.52. From a pixel
to the next one along a side of N pixels the share of a cell that is passed is 16/N. Hence for
neighbours p, q with luma Y_p ≥ Y_q, before lens and detail,

    0.4 (Y_p − Y_q) − κ  ≤  Y'_p − Y'_q  ≤  2.5 (Y_p − Y_q) + κ,     κ = (16/N)(κₒ + κₛ)

(from p to q change first the luma on the curve of p, slope between 0.4 and 2.5, then the curve at
the luma of q, where Σₖ clip(·) = Y_q ≤ 1). N = 640: κ = 0.014, 3.5 of 255 levels, if every node is
against its neighbour; `shading` says what it is in a frame. V scales a step by ½ at least and, since
r² changes by at most 4/N, adds 2/N of the luma at most: 0.8 levels. With κ' = κ + 2/N,

    no edge is created:  where the raw picture is flat, the step is at most κ' + 2ε;
    no edge is inverted: a step of more than (κ' + 2ε)/0.2 keeps its sign, or is lost in black or
    white where Y' leaves [0, 1], and on instance boundaries, where g = 0, only noise, whose mean
    is 0, is added to it;
    no edge is moved: every pixel's map reads that pixel alone, and the lens is symmetric.

L, V and n are the camera's, measured before training (`refine/camera.py`); JPEG compression, which
follows, has no such bound: the gate judges what comes out of it.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from refine.networks.color import chroma, in_gamut, luma, rgb_from
from refine.networks.look import LOOK
from refine.networks.sensor import Lens, SensorNoise
from refine.networks.texture import TextureHead
from refine.networks.view import CHANGE, View

GRID = 16
SLOPES = 8
KNOTS = 5
COEFFICIENTS = 1 + SLOPES + 4 + 2 * KNOTS
GAIN = 2.5
CHROMA_GAIN = 0.35
OFFSET = 0.15
LOCAL = 0.25
EPSILON = 12 / 255
MOST_VIGNETTE = 0.5


class CoefficientNet(nn.Module):
    """Thumbnail → (B, 23, 16, 16) numbers in (−1, 1); all 0 before training."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(CHANGE.start, width, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 2 * width, 3, padding=1),
            nn.LeakyReLU(0.2),
        )
        self.whole = nn.Sequential(nn.Linear(2 * width + LOOK, 2 * width), nn.LeakyReLU(0.2))
        self.whole_out = nn.Linear(2 * width, COEFFICIENTS)
        self.local_out = nn.Conv2d(2 * width, COEFFICIENTS, 1)
        for layer in (self.whole_out, self.local_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        ramp = torch.tensor([1.0, 2.0, 1.0]) / 4
        smooth = torch.outer(ramp, ramp).expand(COEFFICIENTS, 1, 3, 3).clone()
        self.register_buffer("smooth", smooth, persistent=False)

    def forward(self, thumbnail: Tensor) -> Tensor:
        features = self.down(thumbnail[:, : CHANGE.start])
        seen = torch.cat([features.mean((2, 3)), thumbnail[:, CHANGE, 0, 0]], 1)
        whole = torch.tanh(self.whole_out(self.whole(seen)))[:, :, None, None]
        own = functional.pad(torch.tanh(self.local_out(features)), (1, 1, 1, 1), mode="replicate")
        own = functional.conv2d(own, self.smooth, groups=COEFFICIENTS)
        return (1 - LOCAL) * whole + LOCAL * own


class BilateralGenerator(nn.Module):
    """See the module: any weights keep every label."""

    radius = TextureHead.radius
    stride = 1
    vignette: Tensor

    def __init__(self, *, width: int = 24, texture_channels: int = 0) -> None:
        super().__init__()
        self.coefficients = CoefficientNet(width)
        self.lens = Lens()
        self.sensor = SensorNoise()
        self.texture = TextureHead(texture_channels) if texture_channels else None
        self.register_buffer("vignette", torch.zeros(()))

    def forward(self, view: View, *, detail: bool = True) -> Tensor:
        """(B, 3, h, w) in [−1, 1]; without `detail` only the color map, of any range."""
        raw = (view.rgb + 1) / 2
        mapped = color_map(raw, self.coefficients(view.thumbnail), view.window)
        if not detail:
            return 2 * mapped - 1
        mapped = in_gamut(mapped) * falloff(self.vignette, view.window, raw.shape[2:])
        added = self.sensor(luma(mapped), view.noise)
        if self.texture is not None:
            added = added + view.gate * self.texture(view.pixels, view.noise)
        return 2 * (self.lens(mapped) + EPSILON * added.clamp(-1.0, 1.0)).clamp(0.0, 1.0) - 1


def color_map(raw: Tensor, grid: Tensor, window: Tensor) -> Tensor:
    """The picture (B, 3, h, w) in [0, 1] through the coefficients of its pixels."""
    offset, slopes, matrix, shifts = bounded(grid).split([1, SLOPES, 4, 2 * KNOTS], 1)
    offset, slope_changes, matrix, shifts = (
        sliced(part, window, raw.shape[2:]) for part in (offset, slopes - 1, matrix, shifts)
    )
    grey = luma(raw)
    knots = torch.arange(SLOPES, device=raw.device, dtype=raw.dtype).view(1, -1, 1, 1) / SLOPES
    climbed = (grey - knots).clamp(0.0, 1 / SLOPES)
    grey_change = offset + (slope_changes * climbed).sum(1, keepdim=True)
    colors = chroma(raw, grey)
    places = torch.arange(KNOTS, device=raw.device, dtype=raw.dtype).view(1, -1, 1, 1)
    share = (1 - (grey * (KNOTS - 1) - places).abs()).clamp(min=0.0)
    red = matrix[:, 0:1] * colors[:, 0:1] + matrix[:, 1:2] * colors[:, 1:2]
    blue = matrix[:, 2:3] * colors[:, 0:1] + matrix[:, 3:4] * colors[:, 1:2]
    red = red + (shifts[:, :KNOTS] * share).sum(1, keepdim=True)
    blue = blue + (shifts[:, KNOTS:] * share).sum(1, keepdim=True)
    return raw + rgb_from(grey_change, torch.cat([red, blue], 1))


def bounded(grid: Tensor) -> Tensor:
    """Numbers in (−1, 1) → offset, slopes, changes of the chroma matrix, shifts of chroma."""
    offset, slopes, matrix, shifts = grid.split([1, SLOPES, 4, 2 * KNOTS], 1)
    slopes = torch.exp(math.log(GAIN) * slopes)
    return torch.cat([OFFSET * offset, slopes, CHROMA_GAIN * matrix, OFFSET * shifts], 1)


def sliced(grid: Tensor, window: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, C, 16, 16) over whole pictures → (B, C, h, w) at the window's pixels, linear between nodes.

    Products with two matrices of hat functions: the same number for a pixel in whatever window,
    exact on every device, and nothing but matrix products for ONNX.
    """
    rows = _hats(window[:, 0], window[:, 1], size[0])
    columns = _hats(window[:, 2], window[:, 3], size[1])
    return rows[:, None] @ grid @ columns[:, None].transpose(-1, -2)


def _hats(start: Tensor, stop: Tensor, count: int) -> Tensor:
    """(B, count, 16) weights of the nodes, which stand at the centres of the cells."""
    steps = (torch.arange(count, device=start.device, dtype=start.dtype) + 0.5) / count
    places = start[:, None] + (stop - start)[:, None] * steps
    places = (places * GRID - 0.5).clamp(0.0, GRID - 1.0)
    nodes = torch.arange(GRID, device=start.device, dtype=start.dtype)
    return (1 - (places[..., None] - nodes).abs()).clamp(min=0.0)


def falloff(vignette: Tensor, window: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, 1, h, w) gains 1 − vignette·r², r = 0 in the middle of the whole picture, 1 in its corners."""
    places, halves = [], []
    for start, stop, count in zip(window[:, 0::2].T, window[:, 1::2].T, size, strict=True):
        steps = (torch.arange(count, device=window.device) + 0.5) / count
        shares = start[:, None] + (stop - start)[:, None] * steps
        half = count / (stop - start)[:, None] / 2  # of the whole picture, in pixels
        places.append((2 * shares - 1) * half)
        halves.append(half)
    squares = places[0][:, :, None] ** 2 + places[1][:, None, :] ** 2
    whole = (halves[0] ** 2 + halves[1] ** 2)[:, :, None]
    return 1 - vignette.clamp(0.0, MOST_VIGNETTE) * (squares / whole)[:, None]


def shading(grid: Tensor, size: tuple[int, int]) -> float:
    """κ of these coefficients: the largest step of luma between neighbours where the raw is flat.

    size: height and width of the whole picture in pixels.
    """
    values = bounded(grid)
    steps = []
    for axis, count in ((2, size[0]), (3, size[1])):
        change = values.diff(dim=axis).abs() * GRID / count
        climbed = change[:, 1 : 1 + SLOPES].amax(1)  # Σ clip(·) ≤ 1
        steps.append((change[:, 0] + climbed).amax())
    return float(torch.stack(steps).amax())

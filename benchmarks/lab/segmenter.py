"""A small segmenter: what a picture's look costs the network that is trained on it."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
CROP = 128
BATCH = 8
RATE = 3e-3


class Block(nn.Sequential):
    """Two 3 × 3 convolutions with group norm; the first may halve the picture."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.GroupNorm(4, outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.GroupNorm(4, outputs),
            nn.ReLU(inplace=True),
        )


class Segmenter(nn.Module):
    """A U-Net of 120 585 weights for nine classes: (N, 3, H, W) in [0, 1] → (N, classes, H, W) scores."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            [Block(3, 16, 2), Block(16, 24, 2), Block(24, 32, 2), Block(32, 48, 2)]
        )
        self.up = nn.ModuleList([Block(48 + 32, 32), Block(32 + 24, 24), Block(24 + 16, 16)])
        self.head = nn.Conv2d(16, classes, 1)

    def forward(self, rgb: Tensor) -> Tensor:
        value = rgb * 4 - 2
        seen = []
        for block in self.down:
            value = block(value)
            seen.append(value)
        for block, skip in zip(self.up, seen[-2::-1], strict=True):
            value = F.interpolate(value, size=skip.shape[-2:], mode="bilinear")
            value = block(torch.cat([value, skip], dim=1))
        return F.interpolate(self.head(value), size=rgb.shape[-2:], mode="bilinear")


def train(
    pictures: Sequence[U8],
    labels: Sequence[U16],
    classes: int,
    *,
    steps: int,
    seed: int,
    augment: bool = False,
) -> Segmenter:
    """A segmenter after so many batches of crops; with `augment`, their look is varied strongly."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Segmenter(classes).train()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    for _ in range(steps):
        crops = [_crop(pictures, labels, rng=rng) for _ in range(BATCH)]
        looks = [_varied(rgb, rng=rng) if augment else rgb for rgb, _ in crops]
        target = torch.from_numpy(np.stack([label for _, label in crops]).astype(np.int64))
        loss = F.cross_entropy(network(_tensor(looks)), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.no_grad()
def mean_iou(
    network: Segmenter, pictures: Sequence[U8], labels: Sequence[U16], classes: int
) -> float:
    """Mean over the classes that are there of intersection over union, all pictures together."""
    confusion = np.zeros((classes, classes), np.int64)
    for rgb, label in zip(pictures, labels, strict=True):
        found = network(_tensor([rgb])).argmax(dim=1)[0].numpy()
        confusion += np.bincount(
            label.ravel() * classes + found.ravel(), minlength=classes**2
        ).reshape(classes, classes)
    both = np.diag(confusion)
    either = confusion.sum(axis=0) + confusion.sum(axis=1) - both
    there = confusion.sum(axis=1) > 0
    return float((both[there] / either[there]).mean())


def _tensor(pictures: Sequence[U8]) -> Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def _crop(
    pictures: Sequence[U8], labels: Sequence[U16], *, rng: np.random.Generator
) -> tuple[U8, U16]:
    """A square of a picture, mirrored or not, and its labels."""
    number = int(rng.integers(len(pictures)))
    rgb, label = pictures[number], labels[number]
    side = min(CROP, *label.shape)
    top, left = (int(rng.integers(size - side + 1)) for size in label.shape)
    window = np.s_[top : top + side, left : left + side]
    turn = np.s_[:, :: int(rng.choice([-1, 1]))]
    return rgb[window][turn], label[window][turn]


def _varied(rgb: U8, *, rng: np.random.Generator) -> U8:
    """Strong photometric augmentation: gains, gamma, saturation, hue, blur, noise and JPEG."""
    value = rgb.astype(np.float32) / 255
    value = np.power(value, np.float32(np.exp(rng.uniform(-0.5, 0.5))))
    value = value * np.exp(rng.uniform(-0.5, 0.5) + rng.normal(0, 0.2, 3)).astype(np.float32)
    grey = value.mean(axis=2, keepdims=True)
    value = grey + np.float32(rng.uniform(0.4, 1.5)) * (value - grey)
    middle = value.mean()
    value = middle + np.float32(rng.uniform(0.6, 1.5)) * (value - middle)
    value = cv2.GaussianBlur(value, (0, 0), rng.uniform(0.2, 1.2))
    value = value + rng.normal(0, rng.uniform(0, 0.06), value.shape).astype(np.float32)
    result = np.rint(255 * value.clip(0, 1)).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
        result = cv2.imdecode(cv2.imencode(".jpg", result, quality)[1], cv2.IMREAD_COLOR).astype(
            np.uint8
        )
    return result

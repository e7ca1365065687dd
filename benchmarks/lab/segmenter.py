"""A small segmenter: what a picture's look costs the network that is trained on it."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.lab.frames import Labelled
from benchmarks.lab.trunk import FINE


class Segmenter(nn.Module):
    """(N, 16, H/2, W/2) of the trunk → (N, classes, H, W) scores."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(FINE, classes, 1)

    def forward(self, value: Tensor) -> Tensor:
        return F.interpolate(self.head(value), scale_factor=2, mode="bilinear")


def loss(scores: Tensor, crops: Sequence[Labelled]) -> Tensor:
    """Cross entropy of every pixel."""
    target = torch.from_numpy(np.stack([crop.classes for crop in crops]).astype(np.int64))
    return F.cross_entropy(scores, target)


def mean_iou(found: Sequence[NDArray[np.int64]], frames: Sequence[Labelled], classes: int) -> float:
    """Mean over the classes that are there of intersection over union, all pictures together."""
    confusion = np.zeros((classes, classes), np.int64)
    for segments, frame in zip(found, frames, strict=True):
        pairs = frame.classes.ravel().astype(np.int64) * classes + segments.ravel()
        confusion += np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    both = np.diag(confusion)
    either = confusion.sum(axis=0) + confusion.sum(axis=1) - both
    there = confusion.sum(axis=1) > 0
    return float((both[there] / either[there]).mean())

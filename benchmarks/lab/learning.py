"""How the lab's network is trained and scored."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.lab import detector, segmenter
from benchmarks.lab.detector import Detector
from benchmarks.lab.frames import Labelled
from benchmarks.lab.segmenter import Segmenter
from benchmarks.lab.trunk import Trunk, tensor
from benchmarks.lab.variation import varied

CROP = 128
BATCH = 8
RATE = 3e-3


class Network(nn.Module):
    """A segmenter and a detector on one trunk: what either learns helps the other."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.segmenter = Segmenter(classes)
        self.detector = Detector(classes)

    def forward(self, rgb: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        fine, coarse = self.trunk(rgb)
        return self.segmenter(fine), self.detector(coarse)


def train(
    frames: Sequence[Labelled], classes: int, *, steps: int, seed: int, augment: bool = False
) -> Network:
    """A network after so many batches of crops; with `augment`, their look is varied strongly.

    classes: with `none`, the first. The same seed has the same crops, whatever they look like.
    """
    torch.manual_seed(seed)
    rng, looks = np.random.default_rng(seed).spawn(2)
    network = Network(classes).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    for _ in range(steps):
        crops = [_crop(frames, rng=rng) for _ in range(BATCH)]
        if augment:
            crops = [Labelled(varied(c.rgb, rng=looks), c.ids, c.classes) for c in crops]
        segments, (heat, sides) = network(tensor([crop.rgb for crop in crops]))
        loss = segmenter.loss(segments, crops) + detector.loss(heat, sides, crops)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


@torch.no_grad()
def score(network: Network, frames: Sequence[Labelled], classes: int) -> dict[str, float]:
    """`mean_iou` of its segments, `map` and `map_50` of its boxes."""
    segments, found = [], []
    for frame in frames:
        scores, (heat, sides) = network(tensor([frame.rgb]))
        segments.append(scores[0].argmax(dim=0).numpy())
        found.append(detector.peaks(heat[0], sides[0]))
    return {
        "mean_iou": segmenter.mean_iou(segments, frames, classes),
        **detector.average_precision(found, frames, classes),
    }


def _crop(frames: Sequence[Labelled], *, rng: np.random.Generator) -> Labelled:
    """A square of one of the pictures, mirrored or not."""
    frame = frames[int(rng.integers(len(frames)))]
    side = min(CROP, *frame.ids.shape)
    top, left = (int(rng.integers(size - side + 1)) for size in frame.ids.shape)
    window = np.s_[top : top + side, left : left + side]
    return frame.part(window, mirrored=bool(rng.integers(2)))

"""A small detector: centers of objects as a heat map, and how far each side of the box is from there.

After CenterNet (Zhou et al., Objects as Points, 2019) and UnitBox (Yu et al., 2016).
"""

import contextlib
import io
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.lab.frames import LEAST_PX, Labelled
from benchmarks.lab.trunk import COARSE, Block

CELL = 8
"""Pixels of a cell of the heat map."""
_SPREAD = 0.15
"""Sigma of a center's heat, in sides of the box."""
_NEAR = 0.4
"""From so much heat on a cell says where the sides are."""
_MOST = 50


class Detector(nn.Module):
    """(N, 32, H/8, W/8) of the trunk → heat (N, classes − 1, H/8, W/8), before the sigmoid, and sides.

    Sides: (N, 4, H/8, W/8) pixels from the middle of the cell to the box's left, top, right, bottom.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.neck = Block(COARSE, 64)
        self.heat = nn.Conv2d(64, classes - 1, 1)
        self.sides = nn.Conv2d(64, 4, 1)
        nn.init.constant_(self.heat.bias, -4.0)

    def forward(self, value: Tensor) -> tuple[Tensor, Tensor]:
        value = self.neck(value)
        return self.heat(value), 2 * CELL * F.softplus(self.sides(value))


def loss(heat: Tensor, sides: Tensor, crops: Sequence[Labelled]) -> Tensor:
    """Focal loss of the heat, and −log IoU of the boxes near each center."""
    wanted = [_wanted(crop, heat.shape[1]) for crop in crops]
    goal, box = (torch.from_numpy(np.stack(one)) for one in zip(*wanted, strict=True))
    found = heat.sigmoid().clamp(1e-4, 1 - 1e-4)
    at_center = goal == 1
    hit = torch.log(found) * (1 - found) ** 2 * at_center
    miss = torch.log(1 - found) * found**2 * (1 - goal) ** 4 * ~at_center
    near = goal.amax(dim=1) >= _NEAR
    overlap = _iou(sides.movedim(1, -1)[near], box.movedim(1, -1)[near]).clamp(min=1e-3)
    focal = -(hit + miss).sum() / max(1, int(at_center.sum()))
    return focal - torch.log(overlap).sum() / max(1, int(near.sum()))


def peaks(heat: Tensor, sides: Tensor) -> NDArray[np.float64]:
    """(n, 6) x0 y0 x1 y1, score and class of the best peaks of a picture's heat."""
    score = heat.sigmoid()
    peak = score * (score == F.max_pool2d(score[None], 3, 1, 1)[0])
    best = peak.flatten().topk(min(_MOST, peak.numel()))
    label, row, column = np.unravel_index(best.indices.numpy(), tuple(peak.shape))
    x, y = CELL * column + CELL / 2, CELL * row + CELL / 2
    left, top, right, bottom = sides.numpy()[:, row, column]
    found = (x - left, y - top, x + right, y + bottom, best.values.numpy(), label + 1)
    return np.stack(found, axis=1).astype(np.float64)


def average_precision(
    found: Sequence[NDArray[np.float64]], frames: Sequence[Labelled], classes: int
) -> dict[str, float]:
    """COCO's `map` of boxes, IoU 0.50 to 0.95, and `map_50`; less than 64 pixels do not count."""
    rows = []
    for number, peak in enumerate(found, 1):
        x0, y0, x1, y1, score, label = peak.T
        rows.append(np.stack([np.full_like(x0, number), x0, y0, x1 - x0, y1 - y0, score, label], 1))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = _coco(frames, classes)
        truth.createIndex()
        judged = COCOeval(truth, truth.loadRes(np.concatenate(rows)), "bbox")
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return {"map": float(judged.stats[0]), "map_50": float(judged.stats[1])}


def _wanted(crop: Labelled, classes: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Heat and sides as they should be; where boxes meet, the smaller has the sides."""
    high, wide = (-(-size // CELL) for size in crop.ids.shape)
    y, x = (np.mgrid[:high, :wide] * CELL + CELL / 2).astype(np.float32)
    heat = np.zeros((classes, high, wide), np.float32)
    sides = np.ones((4, high, wide), np.float32)
    for label, (x0, y0, x1, y1), seen in crop.boxes():
        if seen < LEAST_PX:
            continue
        # the middle of the cell that the center lies in, so that one cell has all the heat
        center_x = ((x0 + x1) / 2 // CELL + 0.5) * CELL
        center_y = ((y0 + y1) / 2 // CELL + 0.5) * CELL
        reach = ((x - center_x) / (x1 - x0)) ** 2 + ((y - center_y) / (y1 - y0)) ** 2
        own = np.exp(-reach / (2 * _SPREAD**2))
        near = own >= _NEAR
        sides[:, near] = np.stack([x - x0, y - y0, x1 - x, y1 - y])[:, near].clip(min=1)
        heat[label - 1] = np.maximum(heat[label - 1], own)
    return heat, sides


def _iou(one: Tensor, other: Tensor) -> Tensor:
    """Of boxes around the same points, each (n, 4) distances to its sides."""
    shared = torch.minimum(one, other)
    both = (shared[:, 0] + shared[:, 2]) * (shared[:, 1] + shared[:, 3])
    areas = [(of[:, 0] + of[:, 2]) * (of[:, 1] + of[:, 3]) for of in (one, other)]
    return both / (areas[0] + areas[1] - both)


def _coco(frames: Sequence[Labelled], classes: int) -> dict[str, object]:
    """The truth as COCO's evaluation reads it; what is too small is a crowd, which is never asked for."""
    annotations = [
        {
            "image_id": number,
            "category_id": label,
            "bbox": [float(x0), float(y0), float(x1 - x0), float(y1 - y0)],
            "area": float((x1 - x0) * (y1 - y0)),
            "iscrowd": int(seen < LEAST_PX),
        }
        for number, frame in enumerate(frames, 1)
        for label, (x0, y0, x1, y1), seen in frame.boxes()
    ]
    return {
        "info": {},
        "images": [{"id": number} for number in range(1, len(frames) + 1)],
        "categories": [{"id": label, "name": str(label)} for label in range(1, classes)],
        "annotations": [{**one, "id": number} for number, one in enumerate(annotations, 1)],
    }

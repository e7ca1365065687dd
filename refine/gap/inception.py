"""FID and Inception score, where one has Inception's weights."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from refine.gap.windows import U8
from scenegen.errors import RefineError

_SIDE = 299
_BATCH = 8


def open_inception(weights: Path) -> tuple[Any, Any]:
    """The parts of Inception that FID and the Inception score take: (pool 2048, logits).

    Raises RefineError where torchmetrics with torch-fidelity, or the weights, are missing.
    """
    if not weights.is_file():
        raise RefineError(
            f"{weights}: there is no such file; --inception takes the weights "
            f"pt_inception-2015-12-05-6726825d.pth of torch-fidelity, which nothing here fetches"
        )
    try:
        from torchmetrics.image.fid import NoTrainInceptionV3

        return tuple(
            NoTrainInceptionV3("inception-v3-compat", [layer], str(weights)).eval()
            for layer in ("2048", "logits_unbiased")
        )
    except ModuleNotFoundError as error:
        raise RefineError(
            "FID and Inception score need: pip install 'torchmetrics[image]'; "
            "without --inception they are left out"
        ) from error
    except Exception as error:  # whatever loading foreign weights may raise
        raise RefineError(f"{weights}: not Inception's weights: {error}") from error


def inception_scores(
    network: tuple[Any, Any], raw: Sequence[U8], refined: Sequence[U8], photographs: Sequence[U8]
) -> dict[str, float]:
    """FID to the photographs and Inception score, of raw and of refined pictures (torchmetrics)."""
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.inception import InceptionScore

    pool, logits = network
    fid = FrechetInceptionDistance(feature=pool, reset_real_features=False)
    _feed(photographs, lambda batch: fid.update(batch, real=True))
    scores = {}
    for name, pictures in (("raw", raw), ("refined", refined)):
        fid.reset()
        _feed(pictures, lambda batch: fid.update(batch, real=False))
        scores[f"fid_{name}"] = float(fid.compute())
        with warnings.catch_warnings():  # it stores all features, and has no spread of one split
            warnings.simplefilter("ignore", UserWarning)
            score = InceptionScore(feature=logits, splits=1)
            _feed(pictures, score.update)
            scores[f"inception_score_{name}"] = float(score.compute()[0])
    return scores


def _feed(pictures: Sequence[U8], take: Any) -> None:
    for at in range(0, len(pictures), _BATCH):
        last = min(at + _BATCH, len(pictures))
        batch = np.stack(
            [
                cv2.resize(pictures[number], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
                for number in range(at, last)
            ]
        )
        take(torch.from_numpy(batch).permute(0, 3, 1, 2))

"""What it is worth: a segmenter trained on each arm, tested on held-out twin frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.lab.arms import Bench, Size, classes, pictures
from benchmarks.lab.segmenter import Segmenter, mean_iou, train
from scenegen.dataset import Dataset


@dataclass(frozen=True)
class Worth:
    """Mean IoU on held-out twin frames, a seed each; `recovered` of what separates raw from oracle.

    recovered = (arm − raw)/(oracle − raw), seed by seed, so that each has its like to compare with.
    """

    mean_iou: tuple[float, ...]
    recovered: tuple[float, ...]


def measure_worth(bench: Bench, arms: Mapping[str, Dataset], size: Size) -> dict[str, Worth]:
    """Every arm's worth; `arms` has `raw` and `oracle`. Steps, seeds and crops are the same for all.

    `augmented` is `raw` with strong photometric augmentation.
    """
    scores = {name: _scores(bench, dataset, size) for name, dataset in arms.items()}
    scores["augmented"] = _scores(bench, arms["raw"], size, augment=True)
    raw, oracle = np.array(scores["raw"]), np.array(scores["oracle"])
    return {
        name: Worth(tuple(score), tuple(((np.array(score) - raw) / (oracle - raw)).tolist()))
        for name, score in scores.items()
    }


def judge_labels(bench: Bench, arms: Mapping[str, Dataset], size: Size) -> dict[str, float]:
    """Mean IoU of one segmenter, trained on raw renders of strongly varied look, on each arm's pairs.

    Its training has seen neither those scenes nor any refined picture: where a refiner breaks a
    label, it falls below what it reaches on the raw pairs.
    """
    count = len(bench.renders.categories) + 1
    judge = train(
        pictures(bench.renders),
        classes(bench.renders),
        count,
        steps=size.steps,
        seed=0,
        augment=True,
    )
    return {
        name: mean_iou(judge, pictures(dataset), classes(dataset), count)
        for name, dataset in arms.items()
    }


def _scores(bench: Bench, dataset: Dataset, size: Size, *, augment: bool = False) -> list[float]:
    count = len(bench.renders.categories) + 1
    rgb, labels = pictures(dataset), classes(dataset)
    truth = pictures(bench.held_out), classes(bench.held_out)
    networks: Sequence[Segmenter] = [
        train(rgb, labels, count, steps=size.steps, seed=seed, augment=augment)
        for seed in range(size.seeds)
    ]
    return [mean_iou(network, *truth, count) for network in networks]

"""What it is worth: networks trained on each arm, tested on held-out twin frames."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.lab.arms import Bench, Size
from benchmarks.lab.frames import contents, labelled
from benchmarks.lab.learning import score, train
from benchmarks.lab.memory import remembered
from refine.processes import run, use_threads
from scenegen.dataset import Dataset

METRICS = ("mean_iou", "map", "map_50")
AUGMENTED = {"augmented": "raw", "augmented_network": "network"}
"""Arms with strong photometric augmentation, and the arm whose pictures are augmented."""

Scores = dict[str, dict[str, float]]
"""By test and metric."""


@dataclass(frozen=True)
class Job:
    """A network to train once, on datasets together, and the datasets to test it on, by name."""

    name: str
    training: tuple[Path, ...]
    tests: Mapping[str, Path]
    steps: int
    seed: int
    augment: bool = False

    def scores(self, folder: Path) -> Scores:
        """Trained only where `folder` has not the scores of the same pictures."""
        training, tests = [Dataset.open(root) for root in self.training], _opened(self.tests)
        of = {
            "steps": self.steps,
            "seed": self.seed,
            "augment": self.augment,
            "training": [contents(dataset) for dataset in training],
            "tests": {name: contents(dataset) for name, dataset in tests.items()},
        }
        file = folder / f"{self.name}.json"
        return remembered(file, of, lambda: self._measured(training, tests))

    def _measured(self, training: Sequence[Dataset], tests: Mapping[str, Dataset]) -> Scores:
        use_threads(1)  # the same sums in the same order, however many jobs run beside it
        frames = [frame for dataset in training for frame in labelled(dataset)]
        classes = len(training[0].categories) + 1
        network = train(frames, classes, steps=self.steps, seed=self.seed, augment=self.augment)
        return {name: score(network, labelled(test), classes) for name, test in tests.items()}


@dataclass(frozen=True)
class Worth:
    """An arm's score on held-out twin frames, a seed each; `recovered` of what separates raw from oracle.

    recovered = (arm − raw)/(oracle − raw), seed by seed, so that each has its like to compare with.
    None unless the oracle beats raw for every seed: else too little was learned to tell.
    """

    score: tuple[float, ...]
    recovered: tuple[float, ...] | None


def judge_labels(
    bench: Bench, pairs: Mapping[str, Dataset], size: Size, workers: int
) -> dict[str, float]:
    """Mean IoU of one segmenter, trained on raw renders of strongly varied look, on each arm's pairs.

    Its training has seen neither those scenes nor any refined picture: where a refiner breaks a
    label, it falls below what it reaches on the raw pairs.
    """
    tests = {name: dataset.root for name, dataset in pairs.items()}
    job = Job("labels", (bench.renders.root,), tests, size.steps, 0, augment=True)
    found = _done([job], bench.root / "scores", workers)[0]
    return {name: metrics["mean_iou"] for name, metrics in found.items()}


def measure_worth(
    bench: Bench, arms: Mapping[str, Sequence[Dataset]], size: Size, workers: int
) -> dict[str, dict[str, Worth]]:
    """By metric and arm, of the same steps, seeds and test frames; `arms` has `raw` and `oracle`."""
    names = (*arms, *(name for name, source in AUGMENTED.items() if source in arms))
    jobs = [
        Job(
            name=f"{name}_{seed}",
            training=tuple(dataset.root for dataset in arms[AUGMENTED.get(name, name)]),
            tests={"held_out": bench.held_out.root},
            steps=size.steps,
            seed=seed,
            augment=name in AUGMENTED,
        )
        for seed in range(size.seeds)
        for name in names
    ]
    found = _done(jobs, bench.root / "scores", workers)
    result = {}
    for metric in METRICS:
        values = [scores["held_out"][metric] for scores in found]
        by_arm = {name: values[at :: len(names)] for at, name in enumerate(names)}
        result[metric] = worth(by_arm)
    return result


def worth(scores: Mapping[str, Sequence[float]]) -> dict[str, Worth]:
    """Of each arm's scores, a seed each."""
    raw, oracle = np.array(scores["raw"]), np.array(scores["oracle"])
    if not (oracle > raw).all():
        return {name: Worth(tuple(score), None) for name, score in scores.items()}
    return {
        name: Worth(tuple(score), tuple(((np.array(score) - raw) / (oracle - raw)).tolist()))
        for name, score in scores.items()
    }


def _done(jobs: Sequence[Job], folder: Path, workers: int) -> list[Scores]:
    """Every job's scores, in their order; each is said when it is there."""
    found: dict[int, Scores] = {}
    with closing(run(partial(_numbered, jobs, folder), range(len(jobs)), workers)) as ends:
        for number, scores in ends:
            found[number] = scores
            told = "; ".join(f"{test} {_said(metrics)}" for test, metrics in scores.items())
            print(f"{jobs[number].name}: {told} ({len(found)} of {len(jobs)})", flush=True)
    return [found[number] for number in range(len(jobs))]


def _said(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in metrics.items())


def _numbered(jobs: Sequence[Job], folder: Path, number: int) -> tuple[int, Scores]:
    return number, jobs[number].scores(folder)


def _opened(folders: Mapping[str, Path]) -> dict[str, Dataset]:
    return {name: Dataset.open(folder) for name, folder in folders.items()}

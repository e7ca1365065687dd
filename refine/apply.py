"""A model and a dataset → the same dataset with refined pictures, every frame judged by the gate.

A frame that the gate rejects falls back to the model's next, safer refiner, at last to the raw
picture. refine.json at the root says what made the pictures; refine.json in each scene says of each
shot which refiner made it and how it was judged. Nothing changes but the pictures of color.

Chance is a function of the seed and the picture's name alone, so the two eyes of a stereo pair and
the pictures of a sequence have noise that is independent of each other, as a camera's is.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from refine.frames import U8, Refiner, Render, Renders, read_render
from refine.gate import Verdict, judge
from refine.model import Model
from refine.processes import run
from scenegen.dataset import Dataset, open_rewriting, rewrite_scene
from scenegen.dataset.files import json_bytes, read_bytes, read_json
from scenegen.dataset.folder import CARD, scene_folder
from scenegen.dataset.png import encode_png
from scenegen.errors import RefineError

RECORD = "refine.json"
RAW = "raw"
_SHOWN = 5
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Judged:
    """The name of the refiner that made a picture (`raw`: none did), and how it was judged.

    `rejected` holds the verdicts on the pictures of better refiners, by refiner.
    """

    refiner: str
    verdict: Verdict | None
    rejected: Mapping[str, Verdict]

    def as_dict(self) -> dict[str, Any]:
        """What scenes/NNNNNN/refine.json says of a shot."""
        return {
            "refiner": self.refiner,
            "verdict": None if self.verdict is None else self.verdict.as_dict(),
            "rejected": {name: verdict.as_dict() for name, verdict in self.rejected.items()},
        }


@dataclass(frozen=True)
class Chain:
    """A model's refiners, best first, and the terms on which a picture of theirs is accepted."""

    refiners: tuple[Refiner, ...]
    strength: float
    seed: int
    color_labels: frozenset[str]

    def refine(self, render: Render) -> tuple[U8, Judged]:
        """The first picture that the gate accepts, the raw one where it accepts none."""
        rejected: dict[str, Verdict] = {}
        for refiner in self.refiners:
            rgb = refiner.refine(render, strength=self.strength, seed=self.seed)
            verdict = judge(render.rgb, rgb, render, color_labels=self.color_labels)
            if verdict.accepted:
                return rgb, Judged(refiner.name, verdict, rejected)
            rejected[refiner.name] = verdict
        return render.rgb, Judged(RAW, None, rejected)


@dataclass
class Applied:
    """What was done: frames by the refiner that made them, and by those that were rejected.

    `reasons` names the first frames that were rejected, and why.
    """

    out: Path
    scenes_made: int = 0
    scenes_found: int = 0
    refiners: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def frames(self) -> int:
        return self.refiners.total()

    def add(self, shots: Mapping[str, Judged]) -> None:
        """Count a scene; `shots` by name."""
        self.scenes_made += 1
        for name, judged in shots.items():
            self.refiners[judged.refiner] += 1
            self.rejected.update(judged.rejected.keys())
            for refiner, verdict in judged.rejected.items():
                if len(self.reasons) < _SHOWN:
                    self.reasons.append(f"{name}, {refiner}: {verdict.reasons[0]}")

    def as_dict(self) -> dict[str, Any]:
        return {
            "out": str(self.out),
            "scenes_made": self.scenes_made,
            "scenes_found": self.scenes_found,
            "frames": self.frames,
            "refiners": dict(self.refiners),
            "rejected": dict(self.rejected),
            "reasons": self.reasons,
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
        }


def apply(
    model: Model,
    dataset: Dataset,
    out: Path,
    *,
    strength: float = 1.0,
    seed: int = 0,
    workers: int = 1,
    color_labels: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Applied:
    """Refine every scene that `out` has not; the same files for any number of workers.

    `color_labels` are categories that are told by their color, which must then stay. Ctrl-C ends
    after the scenes at hand: run again to continue. RefineError: what was asked makes no sense;
    DatasetError: the dataset is damaged, or `out` cannot be what it must be.
    """
    _check(dataset, strength, color_labels)
    chain = Chain(model.refiners, strength, seed, color_labels)
    record = _record(model, dataset, strength, seed, color_labels)
    target = open_rewriting(dataset, out, RECORD, record)
    here = set(target.scene_indices())
    missing = [index for index in dataset.scene_indices() if index not in here]
    done = Applied(out, scenes_found=len(dataset) - len(missing))
    start = perf_counter()
    work = partial(refine_scene, chain, dataset, out, model.digest)
    try:
        with closing(run(work, missing, workers)) as ends:
            for number, shots in enumerate(ends, 1):
                done.add(shots)
                if progress is not None:
                    progress(number, len(missing))
    except KeyboardInterrupt:
        done.interrupted = True
    done.seconds = perf_counter() - start
    return done


def refine_scene(
    chain: Chain, dataset: Dataset, out: Path, digest: str, index: int
) -> dict[str, Judged]:
    """Write a scene with refined pictures; how each of its shots was made, by name."""
    pictures: dict[str, bytes] = {}
    shots: dict[str, Judged] = {}
    for shot in dataset.shots(index):
        render = read_render(shot)
        rgb, shots[shot.stem] = chain.refine(render)
        if not np.array_equal(rgb, render.rgb):  # else the file stays, byte for byte
            pictures[shot.path("rgb").name] = encode_png(rgb)
    provenance = {
        "model": digest,
        "strength": chain.strength,
        "seed": chain.seed,
        "shots": {stem: judged.as_dict() for stem, judged in shots.items()},
    }
    rewrite_scene(dataset, index, out, pictures.items(), {RECORD: json_bytes(provenance)})
    return {f"{index:06d}/{stem}": judged for stem, judged in shots.items()}


def refiners_used(dataset: Dataset) -> Counter[str]:
    """How many frames of a refined dataset each refiner made."""
    return Counter(
        shot["refiner"]
        for index in dataset
        for shot in read_json(scene_folder(dataset.root, index) / RECORD)["shots"].values()
    )


def refined_share(dataset: Dataset) -> float:
    """Of the frames of a refined dataset, whenever they were made, those that are not raw."""
    used = refiners_used(dataset)
    return 1 - used[RAW] / used.total()


def _check(dataset: Dataset, strength: float, color_labels: frozenset[str]) -> None:
    if not 0.0 <= strength <= 1.0:
        raise RefineError(f"strength is {strength}: choose one from 0 (raw) to 1 (as fitted)")
    if (dataset.root / RECORD).exists():
        raise RefineError(
            f"{dataset.root}: its pictures are refined already, {RECORD} says by what; "
            "refine the dataset that they were made from"
        )
    unknown = sorted(color_labels - dataset.categories.keys())
    if unknown:
        there = ", ".join(dataset.categories)
        raise RefineError(f"{dataset.root}: no category {unknown[0]!r}; there are {there}")
    Renders.open(dataset)


def _record(
    model: Model, dataset: Dataset, strength: float, seed: int, color_labels: frozenset[str]
) -> dict[str, Any]:
    """refine.json of the root: everything that decides the pictures."""
    card = read_bytes(dataset.root / CARD)
    return {
        "model": model.digest,
        "photographs": model.card.photographs.digest,
        "refiners": [refiner.name for refiner in model.refiners],
        "strength": strength,
        "seed": seed,
        "color_labels": sorted(color_labels),
        "source": {"name": dataset.card.name, "card_sha256": hashlib.sha256(card).hexdigest()},
    }

"""The lab's data: renders, photographs and held-out twin frames, and a dataset for every arm."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lab.twin import write_labelled, write_photographs
from refine.apply import apply
from refine.features import FEATURES
from refine.fit import fit
from refine.frames import U8, U16, Renders
from refine.photographs import Photographs
from refine.recipe import read_recipe
from scenegen.dataset import Dataset

HERE = Path(__file__).parent
REFINERS = ("stats", "network")
"""Arms that a refiner makes."""


@dataclass(frozen=True)
class Size:
    """How much of everything: scenes of each kind, the network's recipe, the gap's features."""

    renders: int = 40
    photographs: int = 16
    held_out: int = 30
    network: str = "default"
    features: tuple[str, ...] = tuple(FEATURES)
    steps: int = 600
    seeds: int = 3
    pixels: str = "320, 240"


TINY = Size(8, 2, 8, str(HERE / "tiny.yaml"), ("randnet",), steps=2, seeds=2, pixels="160, 120")


@dataclass(frozen=True)
class Bench:
    """What there is before any refiner; three sets of scenes that share none.

    `renders` train, `oracle` are labelled photographs of the same scenes: what a perfect refiner would
    make of them. `photographs` are what refiners are fitted to. `held_out` are labelled photographs to
    test on, `pairs` renders of the same scenes.
    """

    root: Path
    renders: Dataset
    oracle: Dataset
    photographs: Photographs
    held_out: Dataset
    pairs: Dataset


def prepare(root: Path, size: Size, workers: int) -> Bench:
    """Make all pictures, or find them made."""
    first, second = size.renders, size.renders + size.photographs
    last = second + size.held_out
    renders = _generate(root / "renders", "source", size, (0, first), workers)
    pairs = _generate(root / "pairs", "source", size, (second, last), workers)
    same = _generate(root / "twin_renders", "twin", size, (0, first), workers)
    others = _generate(root / "twin_photos", "twin", size, (first, second), workers)
    test = _generate(root / "twin_held_out", "twin", size, (second, last), workers)
    write_photographs(others, root / "photos")
    return Bench(
        root=root,
        renders=renders,
        oracle=write_labelled(same, root / "oracle"),
        photographs=Photographs.open(root / "photos"),
        held_out=write_labelled(test, root / "held_out"),
        pairs=pairs,
    )


def refined(bench: Bench, arm: str, size: Size, workers: int) -> tuple[Dataset, Dataset]:
    """Fit an arm's refiner, apply it: the refined renders, and the refined pairs."""
    recipe = read_recipe({"stats": "stats", "network": size.network}[arm])
    model = fit(Renders.open(bench.renders), bench.photographs, recipe, bench.root / f"model_{arm}")
    outs = {name: bench.root / name for name in (arm, f"pairs_{arm}")}
    for dataset, out in zip((bench.renders, bench.pairs), outs.values(), strict=True):
        apply(model, dataset, out, workers=workers)
    first, second = map(Dataset.open, outs.values())
    return first, second


def pictures(dataset: Dataset) -> list[U8]:
    """All of a dataset, decoded."""
    return [shot.rgb for shot in dataset.all_shots()]


def classes(dataset: Dataset) -> list[U16]:
    """The class of each pixel, 0 = none."""
    return [shot.semantic for shot in dataset.all_shots()]


def _generate(out: Path, name: str, size: Size, only: tuple[int, int], workers: int) -> Dataset:
    """Scenes of a recipe of the lab, in its size."""
    recipe = out.with_name(f"{name}.yaml")
    recipe.parent.mkdir(parents=True, exist_ok=True)
    text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
    recipe.write_text(text.replace("size: [320, 240]", f"size: [{size.pixels}]"), encoding="utf-8")
    command = [sys.executable, "-m", "scenegen", "generate", str(recipe), "--out", str(out)]
    command += ["--only", f"{only[0]}:{only[1]}", "--workers", str(workers), "--quiet"]
    subprocess.run(command, check=True)
    return Dataset.open(out)

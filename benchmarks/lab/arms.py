"""The lab's data: renders, photographs and held-out twin frames, and a dataset for every arm."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.lab.twin import write_labelled, write_photographs
from refine.apply import apply
from refine.features import FEATURES
from refine.fit import fit
from refine.frames import Renders
from refine.photographs import Photographs
from refine.recipe import read_recipe
from scenegen.dataset import Dataset

HERE = Path(__file__).parent
RECIPES = {"stats": "stats", "network": "default"}
"""Arms that a refiner makes, and its recipe."""
TINY_RECIPES = {**RECIPES, "network": str(HERE / "tiny.yaml")}


@dataclass(frozen=True)
class Size:
    """How much of everything: scenes of each kind, recipes of the arms, the gap's features.

    draws: how often each refiner refines all renders, with another seed each time.
    """

    renders: int = 40
    photographs: int = 16
    held_out: int = 30
    recipes: Mapping[str, str] = field(default_factory=RECIPES.copy)
    features: tuple[str, ...] = tuple(FEATURES)
    draws: int = 4
    steps: int = 1200
    seeds: int = 3
    pixels: str = "320, 240"


TINY = Size(8, 2, 8, TINY_RECIPES, ("randnet",), draws=2, steps=2, seeds=2, pixels="160, 120")


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
    renders = _scenes(root / "renders", "source", size, (0, first), workers)
    pairs = _scenes(root / "pairs", "source", size, (second, last), workers)
    same = _scenes(root / "twin_renders", "twin", size, (0, first), workers)
    others = _scenes(root / "twin_photos", "twin", size, (first, second), workers)
    test = _scenes(root / "twin_held_out", "twin", size, (second, last), workers)
    write_photographs(others, root / "photos")
    return Bench(
        root=root,
        renders=renders,
        oracle=write_labelled(same, root / "oracle"),
        photographs=Photographs.open(root / "photos"),
        held_out=write_labelled(test, root / "held_out"),
        pairs=pairs,
    )


def refined(
    recipe: str,
    model: Path,
    renders: Dataset,
    photographs: Photographs,
    outs: Mapping[Path, tuple[Dataset, int]],
    workers: int,
) -> list[Dataset]:
    """Fit a refiner to renders and photographs; what it makes of datasets and seeds, by folder."""
    fitted = fit(Renders.open(renders), photographs, read_recipe(recipe), model)
    for out, (dataset, seed) in outs.items():
        apply(fitted, dataset, out, workers=workers, seed=seed)
    return [Dataset.open(out) for out in outs]


def generate(recipe: Path, out: Path, workers: int, options: Sequence[str] = ()) -> Dataset:
    """Scenes of a recipe, made or found made."""
    command = [sys.executable, "-m", "scenegen", "generate", str(recipe), "--out", str(out)]
    subprocess.run([*command, "--workers", str(workers), "--quiet", *options], check=True)
    return Dataset.open(out)


def _scenes(out: Path, name: str, size: Size, only: tuple[int, int], workers: int) -> Dataset:
    """Scenes of a recipe of the lab, in its size."""
    recipe = out.with_name(f"{name}.yaml")
    recipe.parent.mkdir(parents=True, exist_ok=True)
    text = (HERE / f"{name}.yaml").read_text(encoding="utf-8")
    recipe.write_text(text.replace("size: [320, 240]", f"size: [{size.pixels}]"), encoding="utf-8")
    return generate(recipe, out, workers, ["--only", f"{only[0]}:{only[1]}"])

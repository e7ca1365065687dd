"""Every arm, every seed, one table: how much of the gap closes, at what cost to labels, and its worth.

    python -m benchmarks.lab.lab --out out/lab [--tiny]

The target domain is the twin: the same scenes in other rooms and lights, through a camera that no
refiner sees. Refiners are fitted to photographs of some scenes; everything is measured on others.
Broken off, run it again: what is there already, down to a single network's score, stays; so remove
the folder when the code has changed.
"""

import os
import platform
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.lab.arms import TINY, Bench, Size, prepare, refined
from benchmarks.lab.downstream import judge_labels, measure_worth
from benchmarks.lab.frames import contents
from benchmarks.lab.memory import remembered
from benchmarks.lab.table import table
from refine.apply import refiners_used
from refine.compare import compare
from refine.processes import cores, use_threads
from scenegen.dataset import Dataset
from scenegen.dataset.files import json_bytes


def main(
    out: Annotated[Path, typer.Option(help="Folder for everything.")] = Path("out/lab"),
    tiny: Annotated[bool, typer.Option("--tiny", help="To see that it runs.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Run the lab; writes lab.json and lab.md."""
    use_threads(cores())
    size = TINY if tiny else Size()
    result = run(prepare(out, size, workers), size, workers)
    (out / "lab.json").write_bytes(json_bytes(result))
    (out / "lab.md").write_text(table(result), encoding="utf-8")
    print(table(result))


def run(bench: Bench, size: Size, workers: int) -> dict[str, Any]:
    """Everything the lab measures, as plain data."""
    datasets, pairs = {"raw": [bench.renders]}, {"raw": bench.pairs}
    arms: dict[str, dict[str, Any]] = {"raw": {}, "oracle": {}}
    for arm, recipe in size.recipes.items():
        pairs[arm], *datasets[arm] = _refined(bench, arm, recipe, size.draws, workers)
        arms[arm] = {
            "gap": _gap(bench, arm, datasets[arm][0], size),
            "frames": dict(sum(map(refiners_used, datasets[arm]), Counter())),
        }
        print(f"{arm}: {arms[arm]['gap']['verdict']}", flush=True)
    for arm, score in judge_labels(bench, pairs, size, workers).items():
        arms[arm]["labels_mean_iou"] = score
    everything = {**datasets, "oracle": [bench.oracle]}
    for metric, by_arm in measure_worth(bench, everything, size, workers).items():
        for arm, worth in by_arm.items():
            arms.setdefault(arm, {})[metric] = asdict(worth)
    return {"size": asdict(size), "machine": machine(), "arms": arms}


def machine() -> str:
    """What it ran on."""
    return f"{platform.machine()}, {cores()} of {os.cpu_count()} cores, {platform.system()}"


def _refined(bench: Bench, arm: str, recipe: str, draws: int, workers: int) -> list[Dataset]:
    """An arm's pairs, and its renders as often as they are drawn."""
    outs = {bench.root / f"pairs_{arm}": (bench.pairs, 0)}
    outs |= {bench.root / f"{arm}_{seed}": (bench.renders, seed) for seed in range(draws)}
    model = bench.root / f"model_{arm}"
    return refined(recipe, model, bench.renders, bench.photographs, outs, workers)


def _gap(bench: Bench, arm: str, dataset: Dataset, size: Size) -> dict[str, Any]:
    """Renders against photographs of other scenes, which no refiner was fitted to; class by class.

    As pairs, the photographs of the renders' own scenes. report_ARM/index.html shows it.
    """
    sides = bench.renders, dataset, bench.held_out
    report = bench.root / f"report_{arm}"
    return remembered(
        bench.root / "scores" / f"gap_{arm}.json",
        {"sides": [contents(side) for side in sides], "features": size.features},
        lambda: compare(*sides, report, features=size.features, pairs=bench.oracle).as_dict(),
    )


if __name__ == "__main__":
    typer.run(main)

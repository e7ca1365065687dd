"""Every arm, every seed, one table: how much of the gap closes, at what cost to labels, and its worth.

    python -m benchmarks.lab.lab --out out/lab [--tiny]

The target domain is the twin: the same scenes in other rooms and lights, through a camera that no
refiner sees. Refiners are fitted to photographs of some scenes; everything is measured on others.
"""

import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.lab.arms import (
    REFINERS,
    TINY,
    Bench,
    Size,
    prepare,
    refined,
)
from benchmarks.lab.downstream import judge_labels, measure_worth
from benchmarks.lab.table import table
from refine.apply import refiners_used
from refine.compare import compare
from refine.gap import GapReport
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
    datasets, pairs = {"raw": bench.renders}, {"raw": bench.pairs}
    arms: dict[str, dict[str, Any]] = {"raw": {}, "augmented": {}, "oracle": {}}
    for arm in REFINERS:
        datasets[arm], pairs[arm] = refined(bench, arm, size, workers)
        arms[arm] = {
            "gap": _gap(bench, arm, datasets[arm], size).as_dict(),
            "frames": dict(refiners_used(datasets[arm])),
        }
    for arm, score in judge_labels(bench, pairs, size).items():
        arms[arm]["labels_mean_iou"] = score
    for arm, worth in measure_worth(bench, {**datasets, "oracle": bench.oracle}, size).items():
        arms[arm]["downstream"] = asdict(worth)
    return {"size": asdict(size), "machine": machine(), "arms": arms}


def machine() -> str:
    """What it ran on."""
    return f"{platform.machine()}, {cores()} of {os.cpu_count()} cores, {platform.system()}"


def _gap(bench: Bench, arm: str, dataset: Dataset, size: Size) -> GapReport:
    """Renders against photographs of other scenes, which no refiner was fitted to; class by class.

    As pairs, the photographs of the renders' own scenes. report_ARM/index.html shows it.
    """
    report = bench.root / f"report_{arm}"
    return compare(
        bench.renders,
        dataset,
        bench.held_out,
        report,
        features=size.features,
        pairs=bench.oracle,
    )


if __name__ == "__main__":
    typer.run(main)

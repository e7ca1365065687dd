"""What a coordinator does with very many scenes: processor time and calls of the file system.

python -m benchmarks.million --scenes 25000 50000 100000

Every scene is a folder with the files of one small scene, so that nothing is measured but the
bookkeeping: beginning, listing, resuming, ending a shard, and reporting. `scene.json` is read for
every scene only by `index`.
"""

import argparse
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from tracemalloc import get_traced_memory, start, stop
from typing import Any
from unittest.mock import patch

from scenegen.batch import run_batch, shard_of
from scenegen.dataset import Dataset
from scenegen.dataset.folder import scene_folder
from scenegen.project import Project, open_project
from scenegen.report import write_report
from scenegen.workers import run_tasks

RECIPE = """\
name: million
objects: [{count: 1, categories: [mug]}]
lights: [{sun: {}}]
backdrop: {floor: {material: oak_planks}}
outputs: [rgb]
cameras:
  - {size: [64, 48], pose: {fixed: {position: [0.4, 0, 0.4]}}}
"""
LINKS = 50_000
"""Names that one file may have; ext4 allows 65 000."""

SHARDS = 1000


@dataclass(frozen=True)
class Figure:
    """What a step took; `megabytes` at most at once, measured in a run apart."""

    step: str
    scenes: int
    seconds: float
    calls: int
    megabytes: float


class Silent:
    """A watcher whom nothing is told."""

    def begin(self, total: int, done: int) -> None: ...

    def scene_ended(self, made: bool, rejected: int) -> None: ...

    def remark(self, text: str) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    sizes = parser.parse_args().scenes
    with TemporaryDirectory(prefix="million-") as folder:
        print(
            "| step | scenes | processor seconds | file system calls | MB |\n|---|--:|--:|--:|--:|"
        )
        for figure in figures(Path(folder), sorted(sizes)):
            print(
                f"| {figure.step} | {figure.scenes} | {figure.seconds:.2f} | {figure.calls} | "
                f"{figure.megabytes:.0f} |",
                flush=True,
            )


def figures(folder: Path, sizes: list[int]) -> Iterator[Figure]:
    """Every step at every number of scenes, in ascending order."""
    recipe = folder / "million.yaml"
    recipe.write_text(RECIPE)
    project, out = open_project(recipe, []), folder / "out"
    run(project, out, range(1), 2)
    for size in sizes:
        fill(out, size)
        for name, step in steps(project, out, size).items():
            seconds, calls = measured(step)
            yield Figure(name, size, seconds, calls, peak(step))


def measured(step: Callable[[], Any]) -> tuple[float, int]:
    """Seconds of the processor, and how often the file system was asked."""
    with counted() as calls:
        begin = process_time()
        step()
        return process_time() - begin, sum(calls.values())


def steps(project: Project, out: Path, size: int) -> dict[str, Callable[[], Any]]:
    """By name, what is done with `size` scenes of which all are there."""
    dataset = Dataset.open(out)
    whole, shard = range(size), shard_of(range(size), f"0/{SHARDS}")
    return {
        "list all": dataset.scene_indices,
        "resume all, one more asked for": lambda: run(project, out, whole, size + 1),
        f"resume 1 shard of {SHARDS}": lambda: run(project, out, shard, size + 1),
        "end, with the report": lambda: write_report(dataset),
        "index: read every scene.json": lambda: sum(1 for _ in dataset.all_shots()),
    }


def run(project: Project, out: Path, indices: range, total: int) -> None:
    """`generate`, as the command line runs it."""

    def pool(tasks: Any, start: Any) -> Any:
        return run_tasks(tasks, start, workers=1)

    run_batch(project, str(out), indices, total, pool, "", Silent())


def fill(out: Path, size: int) -> None:
    """Give a dataset `size` scenes; each has the files of its first, under other names."""
    source = scene_folder(out, 0)
    for index in range(1, size):
        if index % LINKS == 0:
            source = out / f".source{index}"
            if not source.exists():
                shutil.copytree(scene_folder(out, 0), source)
        target = scene_folder(out, index)
        if target.exists():
            continue
        target.mkdir()
        for name in os.listdir(source):
            os.link(source / name, target / name)


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """How often the file system is asked, by the kind of question."""
    calls: dict[str, int] = {}

    def counting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            calls[name] = calls.get(name, 0) + 1
            return real(*arguments, **more)

        return call

    asked = [f"os.{name}" for name in ("stat", "lstat", "listdir", "scandir", "open", "unlink")]
    patches = [
        patch(name, counting(name, getattr(__import__(name.split(".")[0]), name.split(".")[1])))
        for name in (*asked, "io.open")
    ]
    for one in patches:
        one.start()
    try:
        yield calls
    finally:
        for one in patches:
            one.stop()


def peak(step: Callable[[], Any]) -> float:
    """Megabytes that a step holds at most."""
    start()
    step()
    held = get_traced_memory()[1]
    stop()
    return held / 1e6


if __name__ == "__main__":
    main()

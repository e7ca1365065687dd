"""Many scenes: which are still to do, workers to do them, and an account of how it went."""

import re
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from scenegen.assets.library import Library
from scenegen.dataset import (
    Dataset,
    clear_leftovers,
    make_card,
    open_or_create,
    write_failure,
    write_scene,
)
from scenegen.errors import ScenegenError, SceneRejected
from scenegen.generate import Studio, category_ids
from scenegen.project import Project
from scenegen.recipe import Recipe
from scenegen.report import write_report
from scenegen.sample import pool
from scenegen.workers import run_tasks


@dataclass(frozen=True)
class Job:
    """All that a worker needs to know, as plain data that can be sent to another process."""

    recipe: Mapping[str, Any]
    roots: tuple[Path, ...]
    out: Path
    command: str


@dataclass(frozen=True)
class Outcome:
    """How one scene ended. `rejections`: why each attempt that failed did; `seconds` by stage."""

    made: bool
    shots: int = 0
    rejections: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


class Watcher(Protocol):
    """Who is told of progress."""

    def begin(self, total: int, done: int) -> None: ...

    def scene_ended(self, made: bool, rejected: int) -> None: ...

    def remark(self, text: str) -> None: ...


@dataclass
class Summary:
    """What a run did; seconds are added up over workers, `wall_seconds` is by the clock."""

    out: Path
    scenes_made: int = 0
    scenes_found: int = 0
    shots: int = 0
    failed: list[int] = field(default_factory=list)
    rejections: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall_seconds: float = 0.0
    interrupted: bool = False
    contact_sheet: Path | None = None

    @property
    def rejection_rate(self) -> float:
        """Share of all attempts that were rejected."""
        rejected = sum(self.rejections.values())
        return rejected / max(rejected + self.scenes_made, 1)

    def add(self, index: int, outcome: Outcome) -> None:
        self.scenes_made += outcome.made
        self.shots += outcome.shots
        self.rejections.update(_kind(reason) for reason in outcome.rejections)
        for stage, seconds in outcome.seconds.items():
            self.seconds[stage] += seconds
        if not outcome.made:
            self.failed.append(index)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "out": str(self.out),
            "scenes_made": self.scenes_made,
            "scenes_found": self.scenes_found,
            "scenes_failed": sorted(self.failed),
            "shots": self.shots,
            "rejection_rate": round(self.rejection_rate, 4),
            "rejections": dict(self.rejections),
            "wall_seconds": round(self.wall_seconds, 3),
            "scenes_per_second": round(self.scenes_made / max(self.wall_seconds, 1e-9), 4),
            "seconds_by_stage": {k: round(v, 3) for k, v in self.seconds.items()},
            "interrupted": self.interrupted,
            "contact_sheet": str(self.contact_sheet) if self.contact_sheet else None,
        }


def scene_range(text: str) -> range:
    """`40:60` is the scenes 40 to 59, `17` is scene 17 alone; raises RecipeError."""
    match = re.fullmatch(r"(\d{1,9})(?::(\d{1,9}))?", text)
    if match:
        first = int(match[1])
        last = int(match[2]) if match[2] else first + 1
        if first < last:
            return range(first, last)
    raise ScenegenError(f"--only {text}: expected A:B with A below B (scenes A to B-1), or A alone")


def run_batch(
    project: Project,
    out: Path,
    indices: Sequence[int],
    total: int,
    workers: int,
    command: str,
    watcher: Watcher,
) -> Summary:
    """Make the scenes of `indices` that are not there yet; `total` is how many the whole has.

    Ctrl-C ends it cleanly with `Summary.interrupted`. Raises what makes going on pointless: a
    DatasetError (disk full), an AssetError, a RenderError.
    """
    start = perf_counter()
    for remark in _open(project, out):
        watcher.remark(remark)
    dataset = Dataset.open(out)
    todo = [index for index in indices if index not in dataset]
    summary = Summary(out, scenes_found=len(indices) - len(todo))
    job = Job(project.data, project.roots, out, command)
    watcher.begin(len(indices), summary.scenes_found)
    try:
        for done in run_tasks(todo, partial(_open_maker, job), min(workers, max(len(todo), 1))):
            outcome = done.result or _died(job, done.task, done.died)
            summary.add(done.task, outcome)
            watcher.scene_ended(outcome.made, len(outcome.rejections))
    except KeyboardInterrupt:
        summary.interrupted = True
    finally:
        clear_leftovers(out)
    if not summary.interrupted and _complete(dataset, total):
        summary.contact_sheet = write_report(dataset)
    summary.wall_seconds = perf_counter() - start
    return summary


def _open(project: Project, out: Path) -> Iterable[str]:
    recipe, library = project.recipe, project.library
    used = {id for group in recipe.objects for id in pool(group, library)}
    card = make_card(
        recipe,
        project.source,
        category_ids(recipe, library),
        [library.info(id) for id in used],
    )
    return open_or_create(out, project.source, project.data, card)


def _complete(dataset: Dataset, total: int) -> bool:
    """Every scene was made or given up, one at least made: there is something to report on."""
    made = dataset.scene_indices()
    return bool(made) and {*made, *dataset.failed()}.issuperset(range(total))


def _open_maker(job: Job) -> Callable[[int], Outcome]:
    recipe = Recipe.model_validate(job.recipe)
    return partial(_make, job, Studio.open(recipe, Library.open(recipe.assets, job.roots)))


def _make(job: Job, studio: Studio, index: int) -> Outcome:
    """Try a scene until an attempt succeeds or all are used up; a failure goes to `failed/`."""
    rejections: list[str] = []
    studio.clock.seconds.clear()
    start = perf_counter()
    try:
        for attempt in range(studio.recipe.physics.attempts):
            try:
                captures = studio.captures(index, attempt)
                shots = _write(job, studio, captures)
            except SceneRejected as rejection:
                rejections.append(str(rejection))
                continue
            stages = dict(studio.clock.seconds)
            stages["write"] = perf_counter() - start - sum(stages.values())
            return Outcome(True, shots, tuple(rejections), stages)
        error: Exception = SceneRejected(f"all {len(rejections)} attempts were rejected")
    except ScenegenError:
        raise
    except Exception as unexpected:
        rejections.append(traceback.format_exc())
        error = unexpected
    write_failure(job.out, index, error, rejections, _reproduction(job, index))
    return Outcome(False, 0, tuple(rejections), dict(studio.clock.seconds))


def _write(job: Job, studio: Studio, captures: Sequence[Any]) -> int:
    count = 0

    def counted() -> Any:
        nonlocal count
        for shot in studio.shots(captures):
            count += 1
            yield shot

    recipe = studio.recipe
    write_scene(job.out, captures, counted(), recipe.outputs, recipe.depth_scale)
    return count


def _died(job: Job, index: int, code: int | None) -> Outcome:
    reason = f"the process that made it died twice (exit code {code})"
    write_failure(job.out, index, RuntimeError(reason), [reason], _reproduction(job, index))
    return Outcome(False, rejections=(reason,))


def _reproduction(job: Job, index: int) -> str:
    return f"{job.command} --only {index}"


def _kind(reason: str) -> str:
    """A reason without the names in it, so that equal ones can be counted."""
    last_line = reason.strip().splitlines()[-1]
    return re.sub(r"\s+", " ", re.sub(r"'[^']*' ?(\(#\d+\))?|[-\d.]+", "…", last_line)).strip()

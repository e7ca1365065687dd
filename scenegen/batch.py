"""Many scenes: which are still to do, workers to do them, and an account of how it went."""

import re
import socket
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

from scenegen import __version__
from scenegen.assets.library import Library
from scenegen.dataset import (
    Card,
    Dataset,
    clear_leftovers,
    make_card,
    open_or_create,
    write_failure,
    write_scene,
)
from scenegen.dataset.folder import CARD, FAILED, SCENES, numbered, scene_folder
from scenegen.errors import DatasetError, ScenegenError, SceneRejected
from scenegen.generate import Studio, category_ids
from scenegen.project import Project
from scenegen.recipe import Recipe
from scenegen.report import write_report
from scenegen.sample import pool
from scenegen.summary import Outcome, Summary, Watcher
from scenegen.workers import Done

if TYPE_CHECKING:  # fsspec is optional
    from scenegen.cluster.store import Store

Maker = Callable[[int], Outcome]
Pool = Callable[[Iterable[int], Callable[[], Maker]], Iterator[Done[int]]]
"""Calls the second once in each of its processes, and what that gives for every task."""


@dataclass(frozen=True)
class Job:
    """All that a worker needs to know, as plain data that can be sent to another machine.

    Scenes are written into `out`; with a `store`, a URL, into a folder of the worker's own, and
    moved there. `versions` of the libraries must be the same in every worker.
    """

    recipe: Mapping[str, Any]
    roots: tuple[Path, ...]
    out: Path
    store: str | None
    command: str
    versions: Mapping[str, str]


def scene_range(text: str) -> range:
    """`40:60` is the scenes 40 to 59, `17` is scene 17 alone; raises RecipeError."""
    match = re.fullmatch(r"(\d{1,9})(?::(\d{1,9}))?", text)
    if match:
        first = int(match[1])
        last = int(match[2]) if match[2] else first + 1
        if first < last:
            return range(first, last)
    raise ScenegenError(f"--only {text}: expected A:B with A below B (scenes A to B-1), or A alone")


def shard_of(indices: range, text: str) -> range:
    """Every n-th of some consecutive scenes, those with `index % n == i`; `text` is `i/n`."""
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if match and int(match[1]) < int(match[2]):
        part, parts = int(match[1]), int(match[2])
        return indices[(part - indices.start) % parts :: parts]
    raise ScenegenError(
        f"--shard {text}: expected I/N with I from 0 to N-1: part I of N, as SLURM_ARRAY_TASK_ID "
        "and JOB_COMPLETION_INDEX count them"
    )


def run_batch(
    project: Project,
    out: str,
    indices: Sequence[int],
    total: int,
    run: Pool,
    command: str,
    watcher: Watcher,
) -> Summary:
    """Make the scenes of `indices` that are not there yet; `total` is how many the whole has.

    `out` is a folder or a URL. Others may work on the same dataset at the same time. Ctrl-C ends it
    cleanly with `Summary.interrupted`. Raises what makes going on pointless: a DatasetError (disk
    full), an AssetError, a RenderError.
    """
    start = perf_counter()
    if "://" in out:
        from scenegen.cluster.store import Store

        with TemporaryDirectory(prefix="scenegen-") as scratch:
            summary = _run(project, Path(scratch), Store(out), indices, run, command, watcher)
    else:
        summary = _run(project, Path(out), None, indices, run, command, watcher)
        if not summary.interrupted and _complete(Path(out), total):
            summary.contact_sheet = write_report(Dataset.open(out))
    summary.wall_seconds = perf_counter() - start
    return summary


def _run(
    project: Project,
    folder: Path,
    store: "Store | None",
    indices: Sequence[int],
    run: Pool,
    command: str,
    watcher: Watcher,
) -> Summary:
    card = _card(project)
    beginning = (project.source, project.data, card)
    remarks = (
        store.open_or_create(folder, *beginning) if store else open_or_create(folder, *beginning)
    )
    for remark in remarks:
        watcher.remark(remark)
    made = frozenset(store.scene_indices() if store else numbered(folder / SCENES))
    todo = [index for index in indices if index not in made]
    summary = Summary(store.url if store else str(folder), scenes_found=len(indices) - len(todo))
    versions = {"scenegen": card.scenegen, **card.versions}
    url = store.url if store else None
    job = Job(project.data, project.roots, folder.absolute(), url, command, versions)
    watcher.begin(len(indices), summary.scenes_found)
    try:
        for done in run(todo, partial(_open_maker, job)):
            outcome = done.result or _died(job, store, done.task, done.died)
            summary.add(done.task, outcome)
            watcher.scene_ended(outcome.made, len(outcome.rejections))
    except KeyboardInterrupt:
        summary.interrupted = True
    finally:
        clear_leftovers(folder)
    return summary


def _card(project: Project) -> Card:
    recipe, library = project.recipe, project.library
    used = {id for group in recipe.objects for id in pool(group, library)}
    return make_card(
        recipe,
        project.source,
        category_ids(recipe, library),
        [library.info(id) for id in used],
    )


def _complete(root: Path, total: int) -> bool:
    """Every scene was made or given up, one at least made: there is something to report on."""
    made = numbered(root / SCENES)
    return bool(made) and {*made, *numbered(root / FAILED)}.issuperset(range(total))


def _open_maker(job: Job) -> Maker:
    """What makes scenes in this process; DatasetError where it could not make the same ones."""
    _check_versions(job.versions)
    if not job.store and not (job.out / CARD).is_file():
        raise DatasetError(
            f"{job.out}: not there on {socket.gethostname()}. The output of a cluster is a folder "
            "that all its machines share, at the same path, or a URL."
        )
    recipe = Recipe.model_validate(job.recipe)
    studio = Studio.open(recipe, Library.open(recipe.assets, job.roots))
    if not job.store:
        return partial(_make, job, studio)
    from scenegen.cluster.store import Store

    return partial(_make_and_send, job, studio, Store(job.store))


def _check_versions(expected: Mapping[str, str]) -> None:
    """Another version of a library may make other bytes."""
    for name, wanted in expected.items():
        try:
            here = __version__ if name == "scenegen" else version(name)
        except PackageNotFoundError:
            here = "not installed"
        if here != wanted:
            raise DatasetError(
                f"{socket.gethostname()} has {name} {here}, but the run began with {wanted}: "
                "install the same versions on every machine"
            )


def _make_and_send(job: Job, studio: Studio, store: "Store", index: int) -> Outcome:
    """Make a scene in a folder of its own and move it to the store."""
    if index in store:
        return Outcome(found=True)
    with TemporaryDirectory(prefix="scenegen-") as scratch:
        for name in (SCENES, FAILED):
            (Path(scratch) / name).mkdir()
        outcome = _make(replace(job, out=Path(scratch)), studio, index)
        if outcome.made:
            store.take_scene(Path(scratch), index)
        else:
            store.take_failure(Path(scratch), index)
    return outcome


def _make(job: Job, studio: Studio, index: int) -> Outcome:
    """Try a scene until an attempt succeeds or all are used up; a failure goes to `failed/`."""
    if scene_folder(job.out, index).exists():
        return Outcome(found=True)
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
            return Outcome(shots > 0, shots == 0, shots, tuple(rejections), stages)
        error: Exception = SceneRejected(f"all {len(rejections)} attempts were rejected")
    except ScenegenError:
        raise
    except Exception as unexpected:
        rejections.append(traceback.format_exc())
        error = unexpected
    _give_up(job, index, error, rejections)
    return Outcome(rejections=tuple(rejections), seconds=dict(studio.clock.seconds))


def _write(job: Job, studio: Studio, captures: Sequence[Any]) -> int:
    """How many shots were written; 0 if another run had the scene first."""
    count = 0

    def counted() -> Any:
        nonlocal count
        for shot in studio.shots(captures):
            count += 1
            yield shot

    recipe = studio.recipe
    first = write_scene(job.out, captures, counted(), recipe.outputs, recipe.depth_scale)
    return count if first else 0


def _died(job: Job, store: "Store | None", index: int, code: int | None) -> Outcome:
    told = f" (exit code {code})" if code else ""
    reason = f"the process that made it died whenever it was tried{told}"
    _give_up(job, index, RuntimeError(reason), [reason])
    if store:
        store.take_failure(job.out, index)
    return Outcome(rejections=(reason,))


def _give_up(job: Job, index: int, error: Exception, reasons: Sequence[str]) -> None:
    if not scene_folder(job.out, index).exists():  # another run may have had more luck
        write_failure(job.out, index, error, reasons, f"{job.command} --only {index}")

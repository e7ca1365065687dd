"""A whole dataset, scene by scene, in one process or several."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.errors import DatasetError
from scenegen.project import Project, open_project
from scenegen.verify.card import check_card, check_root
from scenegen.verify.case import Case, Flags, Info, Takes
from scenegen.verify.color import check_color
from scenegen.verify.consistency import check_scene, is_rigid
from scenegen.verify.findings import Report, Result, Worst
from scenegen.verify.folder import Folder, Json, read_folder, read_pictures
from scenegen.verify.meshes import Meshes
from scenegen.verify.motion import check_motion
from scenegen.verify.objects import check_objects
from scenegen.verify.optics import Optics
from scenegen.verify.pictures import check_pictures
from scenegen.workers import run_tasks

Panels = dict[str, tuple[NDArray[Any], NDArray[Any], Flags]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Task:
    """A scene, and which of its shots are looked at (None: all)."""

    index: int
    stems: tuple[str, ...] | None = None


@dataclass
class SceneResult:
    """What one scene gave; `badness` by check and stem orders the pictures of the report."""

    result: Result = field(default_factory=Result)
    shots: int = 0
    badness: dict[tuple[str, str], float] = field(default_factory=dict)
    panels: dict[str, Panels] = field(default_factory=dict)


class Verifier:
    """Verifies scenes of one dataset; meshes are kept from scene to scene."""

    def __init__(
        self, root: Path, library: Library, data: Mapping[str, Any], card: Json, quick: bool
    ) -> None:
        """`data` is the recipe as plain data: it crosses to other processes, a Recipe cannot."""
        self.root = root
        self.card = card
        self.quick = quick
        self.data = data
        chosen = data.get("keypoints", "box")
        rule = int(chosen["farthest"]) if isinstance(chosen, dict) else "box"
        self.info = Info(library, rule)
        self.meshes = Meshes(library)

    def __call__(self, task: Task, draw: bool = False) -> SceneResult:
        """Every check of a scene and of its chosen shots."""
        done = SceneResult()
        path = self.root / "scenes" / f"{task.index:06d}"
        outputs = self.card["outputs"]
        folder = read_folder(task.index, path, outputs, done.result)
        if folder is None:
            return done
        stems = [stem for stem in folder.links if task.stems is None or stem in task.stems]
        done.shots = len(stems)
        check_scene(folder, self.card, self.data, stems, done.result)
        lost = _impossible_things(folder, self.info)
        for message in lost:
            done.result.fail("objects", f"scene.json: {message}", task.index)
        if lost:
            return done
        takes = Takes(folder, self.meshes)
        pictures: dict[str, dict[str, NDArray[Any]]] = {}
        for stem in stems:
            partner = folder.links[stem].partner
            for wanted in (stem, partner):
                if wanted is not None and wanted not in pictures:
                    noted = done.result if wanted in stems else Result()
                    pictures[wanted] = read_pictures(folder, wanted, outputs, noted)
            flaws = [
                _impossible_camera(folder.camera(near), self.card) for near in _near(folder, stem)
            ]
            if any(flaws):
                told = f"it cannot be verified further: {next(filter(None, flaws))}"
                done.result.fail("camera", told, task.index, stem)
            elif stem in folder.shots:
                theirs = pictures[partner].get("ids") if partner is not None else None
                self._shot(folder, stem, pictures[stem], theirs, takes, done, draw)
            pictures = {key: pictures[key] for key in (stem, partner) if key in pictures}
        return done

    def _shot(
        self,
        folder: Folder,
        stem: str,
        pictures: dict[str, NDArray[Any]],
        theirs: NDArray[Any] | None,
        takes: Takes,
        done: SceneResult,
        draw: bool,
    ) -> None:
        result = Result()
        take = takes.take(stem)
        case = Case(
            folder,
            stem,
            folder.shots[stem],
            self.card,
            pictures,
            take,
            result,
            self.quick,
            takes,
            self.info,
            theirs,
            draw=draw,
        )
        check_pictures(case)
        check_motion(case)
        check_color(case)
        check_objects(case)
        for check, figure in result.figures.items():
            failed = any(finding.check == check for finding in result.findings)
            part = figure.differing / max(figure.compared, 1)
            done.badness[check, stem] = failed + part
        if draw:
            done.panels[stem] = case.panels
        done.result.add(result)


def _near(folder: Folder, stem: str) -> list[str]:
    """A shot and those that it is compared with."""
    link = folder.links[stem]
    return [stem, *(near for near in (link.partner, link.successor) if near is not None)]


def _impossible_things(folder: Folder, info: Info) -> list[str]:
    """What of the objects leaves nothing to cast rays at."""
    things = [
        thing
        for capture in folder.scene["captures"]
        for thing in (*capture["objects"], *capture["fixtures"])
    ]
    names = sorted({thing["asset_id"] for thing in things} - set(info.library.ids()))
    wrong = [f"an object '{name}', which the recipe's library has not" for name in names]
    wrong += [
        f"{thing['asset_id']} has the scale {thing['scale']}"
        for thing in things
        if thing["scale"] <= 0
    ]
    return wrong


def _impossible_camera(camera: Json, card: Json) -> str:
    """Why a camera cannot be looked through; empty if it can."""
    said = next((entry for entry in card["cameras"] if entry["name"] == camera["name"]), None)
    size = (camera["width"], camera["height"])
    if said is None or size != (said["width"], said["height"]):
        return f"no camera of dataset.json is called {camera['name']} and has {size} pixels"
    if not is_rigid(np.array(camera["world_from_camera"])):
        return "world_from_camera is not rigid"
    return Optics.of(camera).flaw


# ---------------------------------------------------------------------------- the dataset


def verify_dataset(
    root: Path,
    project: Project | None = None,
    *,
    assets: Sequence[Path] = (),
    sample: int | None = None,
    quick: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Derive every label of a dataset again by ray casting and compare.

    `project` is the dataset's recipe with its library, opened here if it is not given; `assets` are
    folders in which the recipe's paths are looked for. With `sample`, so many shots, evenly spread,
    are looked at. `quick` leaves out the enlarged canvas. DatasetError: this is no dataset.
    """
    start = perf_counter()
    for name in ("dataset.json", "recipe.yaml", "scenes"):
        if not (root / name).exists():
            raise DatasetError(f"{root}: this is no dataset: there is no {name} in it")
    project = project or open_project(root / "recipe.yaml", assets)
    whole = Result()
    card = check_card(root, project, whole)
    indices = check_root(root, whole)
    if card is None:
        return Report(root, len(indices), 0, perf_counter() - start, quick, whole)
    tasks = [Task(index) for index in indices]
    if sample is not None:
        tasks = _sampled(root, indices, sample)
    shots, badness = 0, []
    if progress is not None:
        progress(0, len(tasks))
    for number, (task, done) in enumerate(_done(root, project, card, quick, tasks, workers), 1):
        whole.add(done.result)
        shots += done.shots
        badness += [
            (check, task.index, stem, value) for (check, stem), value in done.badness.items()
        ]
        if progress is not None:
            progress(number, len(tasks))
    whole.findings.sort(key=lambda f: (-1 if f.scene is None else f.scene, f.stem or ""))
    return Report(root, len(tasks), shots, perf_counter() - start, quick, whole, _worst(badness))


def _sampled(root: Path, indices: Sequence[int], sample: int) -> list[Task]:
    """So many shots, evenly spread over all scenes; a scene's shots are its NNNN.json files."""
    everything = [
        (index, path.stem)
        for index in indices
        for path in sorted((root / "scenes" / f"{index:06d}").glob("[0-9]*.json"))
    ]
    places = np.linspace(0, len(everything) - 1, min(sample, len(everything))).round().astype(int)
    chosen: dict[int, list[str]] = {}
    for place in places.tolist():
        index, stem = everything[place]
        chosen.setdefault(index, []).append(stem)
    return [Task(index, tuple(stems)) for index, stems in chosen.items()]


def _done(
    root: Path, project: Project, card: Json, quick: bool, tasks: Sequence[Task], workers: int
) -> Iterator[tuple[Task, SceneResult]]:
    """Every task with its result, in any order."""
    if workers == 1:
        verifier = Verifier(root, project.library, project.data, card, quick)
        for task in tasks:
            yield task, verifier(task)
        return
    start = partial(Verifier, root, project.library, project.data, card, quick)
    for done in run_tasks(tasks, start, workers):
        if done.died is not None:
            died = Result()
            message = f"the process that verified it died twice (exit code {done.died})"
            died.fail("files", message, done.task.index)
            yield done.task, SceneResult(died)
        else:
            yield done.task, done.result


def _worst(badness: Iterable[tuple[str, int, str, float]]) -> tuple[Worst, ...]:
    """For every check the shot that differs most, if one differs at all."""
    found: dict[str, Worst] = {}
    for check, index, stem, value in sorted(badness):
        if value > 0 and (check not in found or value > found[check].badness):
            found[check] = Worst(check, index, stem, value)
    return tuple(found.values())

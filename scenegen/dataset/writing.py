"""Scenes and failures to disk. No file says when, where or by whom it was written."""

import errno
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from scenegen.annotate import semantic_map
from scenegen.dataset import pictures
from scenegen.dataset.files import (
    aside,
    explained,
    json_bytes,
    replace_file,
    sync_folder,
    write_file,
)
from scenegen.dataset.folder import failure_file, scene_folder
from scenegen.dataset.records import Failure, SceneRecord, ShotEntry, ShotRecord
from scenegen.recipe import Output
from scenegen.scene import Scene, Shot


def write_scene(
    root: Path,
    captures: Sequence[Scene],
    shots: Iterable[Shot],
    outputs: Sequence[Output],
    depth_scale: float,
) -> bool:
    """Write a scene as a whole, or leave no trace; False if it is there already.

    `captures` are the settled scene's moments; every shot's `scene` is one of them. `shots` may be
    drawn as they are asked for: one at a time is in memory. What they raise passes through.
    DatasetError: the disk is full, gone or not writable.
    """
    target = scene_folder(root, captures[0].index)
    with explained("read", target):
        if target.exists():
            return False
    with aside(target, Path.mkdir) as folder:
        records = []
        for number, shot in enumerate(shots):
            files, overflow = _write_pictures(folder, _stem(number), shot, outputs, depth_scale)
            records.append(_record(shot, captures, files, overflow))
        for number, record in enumerate(records):
            paired = record.model_copy(update={"stereo_partner": _partner(number, records)})
            _write_record(folder / f"{_stem(number)}.json", paired)
        _write_record(folder / "scene.json", _scene_record(captures, records))
        sync_folder(folder)
        first = _rename(folder, target)
    clear_failure(root, captures[0].index)
    return first


def write_failure(
    root: Path, index: int, error: Exception, attempts: Sequence[str], command: str
) -> None:
    """Record why a scene was given up: one reason for each attempt, and how to see it again."""
    failure = Failure(
        scene=index,
        error=type(error).__name__,
        message=str(error),
        attempts=tuple(attempts),
        command=command,
    )
    replace_file(failure_file(root, index), _bytes(failure))


def clear_failure(root: Path, index: int) -> None:
    """Forget a failure, if there is one."""
    path = failure_file(root, index)
    with explained("remove", path):
        path.unlink(missing_ok=True)


def _rename(folder: Path, target: Path) -> bool:
    """Give a complete folder its name; False if another run was faster."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        with explained("write", target):
            raise
    return True


def _stem(number: int) -> str:
    return f"{number:04d}"


def _write_pictures(
    folder: Path, stem: str, shot: Shot, outputs: Sequence[Output], depth_scale: float
) -> tuple[dict[str, str], int]:
    """File names by output, and how many depths did not fit."""
    files: dict[str, str] = {}
    overflow = 0
    for output, png, missed in _pictures(shot, outputs, depth_scale):
        files[output] = f"{stem}.{output}.png"
        overflow += missed
        write_file(folder / files[output], png)
    return files, overflow


def _pictures(
    shot: Shot, outputs: Sequence[Output], depth_scale: float
) -> Iterator[tuple[Output, bytes, int]]:
    """Each wanted picture as PNG, and how many depths did not fit into it."""
    frame = shot.frame
    if "rgb" in outputs:
        yield "rgb", pictures.encode_rgb(frame.color), 0
    if "ids" in outputs:
        yield "ids", pictures.encode_grey(frame.ids), 0
    if "semantic" in outputs:
        yield "semantic", pictures.encode_grey(semantic_map(frame.ids, shot.annotations)), 0
    if "depth" in outputs:
        steps, overflow = pictures.steps_from_depth(frame.depth, depth_scale)
        yield "depth", pictures.encode_grey(steps), overflow
    if "normals" in outputs:
        yield "normals", pictures.encode_rgb(pictures.rgb_from_normals(frame.normals)), 0


def _record(
    shot: Shot, captures: Sequence[Scene], files: dict[str, str], overflow: int
) -> ShotRecord:
    """All of a shot that is not in its pictures, before its stereo partner is known."""
    return ShotRecord(
        camera=shot.camera,
        capture=next(k for k, scene in enumerate(captures) if scene is shot.scene),
        time=shot.scene.time,
        at_rest=shot.scene.at_rest,
        stereo_partner=None,
        files=files,
        depth_overflow_px=overflow,
        objects=shot.annotations,
    )


def _partner(number: int, records: Sequence[ShotRecord]) -> str | None:
    """Stem of the other half of a stereo pair."""

    def pair(record: ShotRecord) -> tuple[int, str, int]:
        return record.capture, record.camera.name, record.camera.view

    mine = records[number]
    opposite = {"left": "right", "right": "left"}.get(mine.camera.eye)
    for other, record in enumerate(records):
        if record.camera.eye == opposite and pair(record) == pair(mine):
            return _stem(other)
    return None


def _scene_record(captures: Sequence[Scene], records: Sequence[ShotRecord]) -> SceneRecord:
    return SceneRecord(
        scene=captures[0].index,
        attempt=captures[0].attempt,
        captures=tuple(captures),
        shots=tuple(
            ShotEntry(stem=_stem(number), capture=record.capture, camera=record.camera)
            for number, record in enumerate(records)
        ),
    )


def _write_record(path: Path, record: BaseModel) -> None:
    write_file(path, _bytes(record))


def _bytes(record: BaseModel) -> bytes:
    return json_bytes(record.model_dump(mode="json"))

"""Scenes and failures to disk. No file says when, where or by whom it was written."""

import errno
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

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
from scenegen.dataset.png import encode_png
from scenegen.dataset.records import (
    Failure,
    SceneRecord,
    ShotEntry,
    ShotRecord,
    Track,
    TrackPoint,
    Tracks,
)
from scenegen.links import links
from scenegen.recipe import Output
from scenegen.scene import ObjectAnnotation, Scene, Shot

CHECKSUMS = "SHA256SUMS"


def write_scene(
    root: Path,
    captures: Sequence[Scene],
    shots: Iterable[Shot],
    outputs: Sequence[Output],
    depth_scale: float,
) -> bool:
    """Write a scene as a whole, or leave no trace; False if it is there already.

    `captures` are the settled scene's moments; every shot's `scene` is one of them. `shots` may be
    drawn as they are asked for: while one is drawn, the one before is written. What they raise passes
    through.
    DatasetError: the disk is full, gone or not writable.
    """
    target = scene_folder(root, captures[0].index)
    with explained("read", target):
        if target.exists():
            return False
    with aside(target, Path.mkdir) as folder:
        written = _Folder(folder)
        records = _written(written, captures, shots, outputs, depth_scale)
        for number, record in enumerate(_linked(records)):
            written.add(f"{_stem(number)}.json", _bytes(record))
        written.add("scene.json", _bytes(_scene_record(captures, records)))
        if "tracks" in outputs:
            written.add("tracks.json", _bytes(_tracks(records)))
        written.add(CHECKSUMS, written.checksums())
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


class _Folder:
    """A folder that is being filled; it knows the checksum of each of its files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digests: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        write_file(self._path / name, data)
        self._digests[name] = hashlib.sha256(data).hexdigest()

    def checksums(self) -> bytes:
        """A line a file, as `sha256sum --check` reads them."""
        lines = [f"{digest}  {name}\n" for name, digest in sorted(self._digests.items())]
        return "".join(lines).encode()


def _stem(number: int) -> str:
    return f"{number:04d}"


def _written(
    folder: _Folder,
    captures: Sequence[Scene],
    shots: Iterable[Shot],
    outputs: Sequence[Output],
    depth_scale: float,
) -> list[ShotRecord]:
    """Write the pictures of each shot in a thread of their own; the records of all shots."""

    def write(number: int, shot: Shot) -> ShotRecord:
        files, overflow = _write_pictures(folder, _stem(number), shot, outputs, depth_scale)
        return _record(shot, captures, files, overflow)

    records: list[ShotRecord] = []
    with ThreadPoolExecutor(1) as writer:
        writing: Future[ShotRecord] | None = None
        for number, shot in enumerate(shots):
            if writing is not None:
                records.append(writing.result())
            writing = writer.submit(write, number, shot)
        if writing is not None:
            records.append(writing.result())
    return records


def _write_pictures(
    folder: _Folder, stem: str, shot: Shot, outputs: Sequence[Output], depth_scale: float
) -> tuple[dict[str, str], dict[str, int]]:
    """File names by output; and, where a range is limited, how many pixels did not fit."""
    files: dict[str, str] = {}
    overflow: dict[str, int] = {}
    for output, png, missed in _pictures(shot, outputs, depth_scale):
        files[output] = f"{stem}.{output}.png"
        if missed is not None:
            overflow[output] = missed
        folder.add(files[output], png)
    return files, overflow


def _pictures(
    shot: Shot, outputs: Sequence[Output], depth_scale: float
) -> Iterator[tuple[str, bytes, int | None]]:
    """Each wanted picture that there is as PNG, and how many pixels did not fit into it."""
    frame = shot.frame
    if "rgb" in outputs:
        yield "rgb", encode_png(frame.color), None
    if "ids" in outputs:
        yield "ids", encode_png(frame.ids), None
    if "semantic" in outputs:
        yield "semantic", encode_png(semantic_map(frame.ids, shot.annotations)), None
    if "depth" in outputs:
        steps, overflow = pictures.steps_from_depth(frame.depth, depth_scale)
        yield "depth", encode_png(steps), overflow
    if "normals" in outputs:
        yield "normals", encode_png(pictures.rgb_from_normals(frame.normals)), None
    for output, values in frame.maps.items():
        yield output, *_map_png(output, values, depth_scale)


def _map_png(output: str, values: Any, depth_scale: float) -> tuple[bytes, int | None]:
    """An optional picture as PNG, and how many pixels did not fit into it."""
    if output == "flow":
        color, overflow = pictures.rgb16_from_flow(values)
        return encode_png(color), overflow
    if output == "scene_flow":
        color, overflow = pictures.rgb16_from_scene_flow(values, depth_scale)
        return encode_png(color), overflow
    if output == "disparity":
        steps, overflow = pictures.steps_from_disparity(values)
        return encode_png(steps), overflow
    if output == "nocs":
        return encode_png(pictures.rgb16_from_nocs(values)), None
    if output in ("albedo", "roughness_metallic"):
        return encode_png(values), None
    return encode_png(values), None


def _record(
    shot: Shot, captures: Sequence[Scene], files: dict[str, str], overflow: dict[str, int]
) -> ShotRecord:
    """All of a shot that is not in its pictures, before it is linked to others."""
    return ShotRecord(
        camera=shot.camera,
        capture=next(k for k, scene in enumerate(captures) if scene is shot.scene),
        time=shot.scene.time,
        at_rest=shot.scene.at_rest,
        stereo_partner=None,
        successor=None,
        files=files,
        overflow_px=overflow,
        objects=shot.annotations,
    )


def _linked(records: Sequence[ShotRecord]) -> Iterator[ShotRecord]:
    """The records with the stems of their stereo partners and successors."""
    found = links([(record.capture, record.camera) for record in records])
    for record, link in zip(records, found, strict=True):
        stems = {
            "stereo_partner": None if link.partner is None else _stem(link.partner),
            "successor": None if link.successor is None else _stem(link.successor),
        }
        yield record.model_copy(update=stems)


def _tracks(records: Sequence[ShotRecord]) -> Tracks:
    """Every object through all shots; `records` list the same objects in the same order."""
    return Tracks(
        tracks=tuple(
            Track(
                instance_id=seen[0].instance_id,
                asset_id=seen[0].asset_id,
                category=seen[0].category,
                category_id=seen[0].category_id,
                role=seen[0].role,
                shots=tuple(
                    _track_point(_stem(number), record, label)
                    for number, (record, label) in enumerate(zip(records, seen, strict=True))
                ),
            )
            for seen in zip(*(record.objects for record in records), strict=True)
        )
    )


def _track_point(stem: str, record: ShotRecord, label: ObjectAnnotation) -> TrackPoint:
    return TrackPoint(
        stem=stem,
        capture=record.capture,
        time=record.time,
        camera=record.camera.name,
        view=record.camera.view,
        eye=record.camera.eye,
        px_visible=label.px_visible,
        box_visible=label.box_visible,
    )


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


def _bytes(record: BaseModel) -> bytes:
    return json_bytes(record.model_dump(mode="json"))

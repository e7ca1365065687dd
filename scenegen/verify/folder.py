"""A scene's folder as a stranger reads it: names, checksums, JSON and PNG files."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from scenegen.verify import schema
from scenegen.verify.findings import Figure, Result
from scenegen.verify.png import FORMS, read_png

Json = dict[str, Any]
SUMS = "SHA256SUMS"
_SHOWN = 6


@dataclass(frozen=True)
class Link:
    """Stems of the stereo partner and of the next picture of the same camera, or None."""

    partner: str | None
    successor: str | None


@dataclass
class Folder:
    """What could be read of a scene: `shots` are those whose JSON is sound, by stem."""

    index: int
    path: Path
    scene: Json
    links: dict[str, Link]
    shots: dict[str, Json] = field(default_factory=dict)
    tracks: Json | None = None

    def camera(self, stem: str) -> Json:
        """The shot's own camera if its JSON is sound, else that of scene.json."""
        if stem in self.shots:
            return self.shots[stem]["camera"]
        return self.entry(stem)["camera"]

    def entry(self, stem: str) -> Json:
        """What scene.json says of a shot."""
        return next(entry for entry in self.scene["shots"] if entry["stem"] == stem)

    def capture(self, stem: str) -> Json:
        return self.scene["captures"][self.entry(stem)["capture"]]


def read_folder(index: int, path: Path, outputs: Sequence[str], result: Result) -> Folder | None:
    """Read a scene and report what is wrong with its files; None if scene.json is of no use."""
    scene = read_json(path / "scene.json", schema.SCENE, result, index)
    if scene is None or not _sound(scene, index, result):
        _check_sums(index, path, result)
        return None
    folder = Folder(index, path, scene, links_of(scene["shots"]))
    expected = {"scene.json", SUMS}
    for stem in folder.links:
        expected |= {f"{stem}.json", *expected_files(folder, stem, outputs).values()}
        shot = read_json(path / f"{stem}.json", schema.SHOT, result, index, stem)
        if shot is not None:
            folder.shots[stem] = shot
    if "tracks" in outputs:
        expected.add("tracks.json")
        folder.tracks = read_json(path / "tracks.json", schema.TRACKS, result, index)
    found = {entry.name for entry in path.iterdir()}
    expected |= found & {"refine.json"}  # who made the pictures of a refined dataset
    for name in sorted(expected - found):
        result.fail("files", f"{name} is missing", index, _stem(name, folder))
    for name in sorted(found - expected):
        result.fail("files", f"{name} is there, and nobody knows it", index, _stem(name, folder))
    result.measure("files", Figure(len(expected), len(expected ^ found)))
    _check_sums(index, path, result)
    return folder


def _sound(scene: Json, index: int, result: Result) -> bool:
    """Whether what scene.json says of its shots and captures can be true."""
    stems = [entry["stem"] for entry in scene["shots"]]
    good = True
    for number, entry in enumerate(scene["shots"]):
        if entry["stem"] != f"{number:04d}":
            result.fail("json", f"scene.json: shot {number} is called '{entry['stem']}'", index)
            good = False
        if not 0 <= entry["capture"] < len(scene["captures"]):
            message = f"scene.json: shot {entry['stem']} is of capture {entry['capture']}"
            result.fail("json", f"{message}, which is not there", index, entry["stem"])
            good = False
    return good and bool(stems)


def _stem(name: str, folder: Folder) -> str | None:
    stem = name.split(".")[0]
    return stem if stem in folder.links else None


def read_json(
    path: Path, kind: schema.Kind, result: Result, scene: int | None = None, stem: str | None = None
) -> Json | None:
    """A file's content if it is there and as it must be; else findings, and None."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if path.name in ("scene.json", "dataset.json"):
            result.fail("files", f"{path.name} is missing", scene, stem)
        return None  # the others are missed among the folder's files
    try:
        value = schema.parse(data)
    except ValueError as error:
        result.measure("json", Figure(1, 1))
        result.fail("json", f"{path.name} is no valid JSON: {error}", scene, stem)
        return None
    wrong = list(islice(schema.mistakes(value, kind), _SHOWN + 1))
    result.measure("json", Figure(1, bool(wrong)))
    if wrong:
        more = ", and more" if len(wrong) > _SHOWN else ""
        result.fail("json", f"{path.name}: {'; '.join(wrong[:_SHOWN])}{more}", scene, stem)
        return None
    return dict(value)


def _check_sums(index: int, path: Path, result: Result) -> None:
    """SHA256SUMS names every other file, in order, with the hash of its bytes."""
    if not (path / SUMS).is_file():
        return
    lines = (path / SUMS).read_text("utf-8", errors="replace").splitlines(keepends=True)
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = re.fullmatch(r"([0-9a-f]{64})  ([^/\n]+)\n", line)
        if match is None or match[2] in listed:
            result.fail("checksums", f"{SUMS}:{number}: not a line of sha256sum", index)
            continue
        listed[match[2]] = match[1]
    if list(listed) != sorted(listed):
        result.fail("checksums", f"{SUMS} is not sorted by name", index)
    files = {entry.name: entry for entry in path.iterdir() if entry.is_file()}
    wrong = 0
    for name in sorted((files.keys() - {SUMS}) | listed.keys()):
        message = ""
        if name not in files:
            message = f"{name} is listed, but not there"
        elif name not in listed:
            message = f"{name} is not listed"
        elif hashlib.sha256(files[name].read_bytes()).hexdigest() != listed[name]:
            message = f"{name} was changed after it was written: its SHA-256 is another"
        if message:
            wrong += 1
            result.fail("checksums", message, index)
    result.measure("checksums", Figure(len(listed), wrong))


def links_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Link]:
    """Partners and successors as the cameras in scene.json imply them."""
    rows: dict[tuple[str, str, int], list[tuple[int, int, str]]] = {}
    eyes: dict[tuple[int, str, int, str], str] = {}
    for entry in entries:
        camera, stem = entry["camera"], entry["stem"]
        row = rows.setdefault((camera["name"], camera["eye"], camera["sequence"]), [])
        row.append((entry["capture"], camera["view"], stem))
        eyes[entry["capture"], camera["name"], camera["view"], camera["eye"]] = stem
    after = {a[2]: b[2] for row in rows.values() for a, b in pairwise(sorted(row))}
    other = {"left": "right", "right": "left", "": None}
    links = {}
    for entry in entries:
        camera = entry["camera"]
        eye = other[camera["eye"]]
        key = (entry["capture"], camera["name"], camera["view"], eye or "")
        links[entry["stem"]] = Link(eyes.get(key) if eye else None, after.get(entry["stem"]))
    return links


def expected_files(folder: Folder, stem: str, outputs: Sequence[str]) -> dict[str, str]:
    """The pictures a shot must have: file name by output."""
    link, camera = folder.links[stem], folder.entry(stem)["camera"]
    have = []
    for output in FORMS:
        if output not in outputs:
            continue
        if output in ("flow", "scene_flow", "flow_occlusion") and link.successor is None:
            continue
        if output in ("disparity", "stereo_occlusion") and link.partner is None:
            continue
        if output == "disparity" and camera["distortion"] is not None:
            continue
        have.append(output)
    return {output: f"{stem}.{output}.png" for output in have}


def read_pictures(
    folder: Folder, stem: str, outputs: Sequence[str], result: Result
) -> dict[str, NDArray[Any]]:
    """Every picture of a shot that is whole, by output; findings for the others."""
    camera, pictures = folder.camera(stem), {}
    names = expected_files(folder, stem, outputs)
    shot = folder.shots.get(stem)
    if shot is not None and shot["files"] != names:
        message = f"{stem}.json: `files` should be {names}, but is {shot['files']}"
        result.fail("files", message, folder.index, stem)
    for output, name in names.items():
        path = folder.path / name
        if not path.is_file():
            continue  # missed among the folder's files
        try:
            pictures[output] = read_png(
                path.read_bytes(), FORMS[output], camera["width"], camera["height"]
            )
        except ValueError as error:
            result.fail("png", f"{name}: {error}", folder.index, stem)
        result.measure("png", Figure(1, output not in pictures))
    return pictures

"""The instance map and the categories against what the rays meet."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scenegen.verify import suspects
from scenegen.verify.case import ON_EDGES, Case, Index
from scenegen.verify.findings import Figure
from scenegen.verify.folder import Json
from scenegen.verify.judging import judge

_MOST = 65535


def check_ids(case: Case) -> None:
    found, right = case.flat("ids").astype(np.int32), case.take.ids
    differing = np.flatnonzero(found != right)
    excused = case.edges(
        differing, lambda index, _, hits: case.take.sight.ids(hits) == found[index]
    )
    case.agree = found == right
    explain = ""
    if (~excused).any():
        known = [thing.number for thing in case.take.world.things]
        picture, truth = found.reshape(case.shape), right.reshape(case.shape)
        explain = suspects.first(
            lambda: suspects.of_ids(picture, truth, known),
            lambda: _another_camera(case, found),
            lambda: _single(differing[~excused], found, right),
        )
    judge(case, "ids", differing, excused, explain, Figure(case.size, unit="px"), ON_EDGES)
    if case.draw:
        case.panels["ids"] = (
            found.reshape(case.shape),
            right.reshape(case.shape),
            ~case.agree.reshape(case.shape),
        )


def _single(index: Index, found: NDArray[np.int32], right: NDArray[np.int32]) -> str:
    pairs = sorted({(int(right[i]), int(found[i])) for i in index[:1000]})
    shown = ", ".join(f"{b} where {a} is" for a, b in pairs[:4])
    return f"stray pixels: {shown}"


def _another_camera(case: Case, found: NDArray[np.int32]) -> str:
    """Whether the instance map is right for a camera that is a usual mistake away."""
    best, told = 0.0, ""
    base = float(np.mean(found == case.take.ids))
    for name, camera in _mistaken(case):
        ids = case.takes.seen_by(case.stem, camera).ids
        labelled = (ids > 0) | (found > 0)
        score = float(np.mean((found == ids)[labelled])) if labelled.any() else 0.0
        if score > best:
            best, told = score, name
    return f"the map fits {told}" if best > max(0.98, base) else ""


def _mistaken(case: Case) -> Iterable[tuple[str, Json]]:
    """Cameras that somebody may have meant, each with what it is."""
    camera = case.shot["camera"]
    pose, k = np.array(camera["world_from_camera"]), np.array(camera["K"])
    size = {key: camera[key] for key in ("width", "height")}
    yield (
        "the inverse of world_from_camera",
        {
            **camera,
            "world_from_camera": np.linalg.inv(pose).tolist(),
        },
    )
    for dx, dy in ((0.5, 0.5), (-0.5, -0.5), (0.5, 0), (0, 0.5), (-0.5, 0), (0, -0.5)):
        moved = k.copy()
        moved[0, 2] += dx
        moved[1, 2] += dy
        name = f"a principal point ({dx}, {dy}) px away: K is off by half a pixel"
        yield name, {**camera, "K": moved.tolist()}
    entry = case.folder.entry(case.stem)["camera"]
    if entry != camera:
        yield "the camera of scene.json, so the shot's JSON is stale", {**entry, **size}
    link = case.folder.links[case.stem]
    seen = [camera["K"]]
    for stem, shot in case.folder.shots.items():
        other = shot["camera"]
        if other["K"] not in seen:
            seen.append(other["K"])
            yield f"the K of camera '{other['name']}'", {**camera, "K": other["K"]}
        if stem == link.partner:
            yield "the partner's camera: left and right are swapped", {**other, **size}


def check_semantic(case: Case) -> None:
    found = case.flat("semantic")
    ids = case.flat("ids") if "ids" in case.pictures else case.take.ids
    categories = {entry["name"]: entry["id"] for entry in case.card["categories"]}
    table = np.zeros(_MOST + 1, np.int64)
    distractors = set()
    for thing in case.folder.capture(case.stem)["objects"]:
        if thing["role"] == "target":
            table[thing["instance_id"]] = categories.get(thing["category"], 0)
        else:
            distractors.add(thing["instance_id"])
    differing = np.flatnonzero(found != table[ids])
    explain = ""
    if len(differing):
        at = differing[0]
        who = int(ids[at])
        named = f"distractor {who}" if who in distractors else f"object {who}"
        explain = f"{named} has {int(found[at])} where {int(table[who])} belongs"
    excused = np.zeros(len(differing), bool)
    if "ids" not in case.pictures:
        sight = case.take.sight
        excused = case.edges(
            differing, lambda index, _, hits: table[sight.ids(hits)] == found[index]
        )
    judge(case, "semantic", differing, excused, explain, Figure(case.size), ON_EDGES)

"""What the files of a scene say of each other and of the recipe: cameras, links, objects, tracks."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from scenegen.verify.findings import Figure, Result
from scenegen.verify.folder import Folder, Json
from scenegen.verify.suspects import camera_change
from scenegen.verify.world import rigid_inverse

_EXACT = 1e-9


def check_scene(
    folder: Folder, card: Json, data: Mapping[str, Any], stems: list[str], result: Result
) -> None:
    """Everything that follows from JSON files alone; `data` is the recipe as plain data."""
    _check_takes(folder, data, result)
    _check_captures(folder, card, result)
    sections = {section.get("name", "camera"): section for section in data["cameras"]}
    for stem in stems:
        shot = folder.shots.get(stem)
        if shot is None:
            continue
        before = len(result.findings)
        _check_against_scene(folder, stem, shot, result)
        _check_camera(folder, stem, shot["camera"], sections, card, result)
        result.measure("camera", Figure(1, len(result.findings) > before))
        _check_links(folder, stem, shot, result)
        _check_objects(folder, stem, shot, card, result)
    if folder.tracks is not None:
        _check_tracks(folder, folder.tracks, result)


def _check_takes(folder: Folder, data: Mapping[str, Any], result: Result) -> None:
    """Every camera of the recipe has taken all its views at every capture, in order."""
    moments = data.get("captures") or {}
    count = len(moments.get("falling", ())) + bool(moments.get("at_rest", True))
    if len(folder.scene["captures"]) != count:
        found = len(folder.scene["captures"])
        message = f"scene.json has {found} captures, but the recipe asks for {count}"
        result.fail("json", message, folder.index)
    expected = [
        (capture, section.get("name", "camera"), view, eye)
        for capture in range(len(folder.scene["captures"]))
        for section in data["cameras"]
        for view in range(section.get("views", 1))
        for eye in (("left", "right") if section.get("stereo") else ("",))
    ]
    found_takes = [
        (entry["capture"], *(entry["camera"][key] for key in ("name", "view", "eye")))
        for entry in folder.scene["shots"]
    ]
    if found_takes != expected:
        lost = [take for take in expected if take not in found_takes]
        new = [take for take in found_takes if take not in expected]
        message = f"not the shots that the recipe asks for: missing {lost}, too many {new}"
        result.fail("files", message, folder.index)


def _check_captures(folder: Folder, card: Json, result: Result) -> None:
    """Objects are numbered from 1 without gap, the same in all captures, and known to the card."""
    assets = {asset["id"]: asset["category"] for asset in card["assets"]}
    captures = folder.scene["captures"]
    if folder.scene["scene"] != folder.index:
        message = f"scene.json calls itself scene {folder.scene['scene']}"
        result.fail("json", message, folder.index)
    who = ("instance_id", "asset_id", "category", "role", "scale", "material", "group")
    for number, capture in enumerate(captures):
        things = capture["objects"]
        ids = [thing["instance_id"] for thing in things]
        if ids != list(range(1, len(ids) + 1)):
            result.fail("objects", f"capture {number}: instance ids are {ids}", folder.index)
        for thing, first in zip(things, captures[0]["objects"], strict=False):
            if any(thing[key] != first[key] for key in who):
                message = (
                    f"capture {number}: object {thing['instance_id']} is another than at first"
                )
                result.fail("objects", message, folder.index, None, thing["instance_id"])
            if assets.get(thing["asset_id"]) != thing["category"]:
                message = f"{thing['asset_id']} is no {thing['category']} in dataset.json"
                result.fail("categories", message, folder.index, None, thing["instance_id"])
        if len(things) != len(captures[0]["objects"]):
            result.fail("objects", f"capture {number} has {len(things)} objects", folder.index)
        for thing in (*things, *capture["fixtures"]):
            if not is_rigid(np.array(thing["world_from_object"])):
                name = thing["name"] or thing["instance_id"]
                message = f"scene.json: world_from_object of '{name}' is not rigid"
                result.fail("pose", message, folder.index)


def is_rigid(matrix: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Whether a 4×4 matrix is a rotation and a translation."""
    rotation = matrix[:3, :3]
    return bool(
        np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-6
        and np.linalg.det(rotation) > 0
        and np.array_equal(matrix[3], [0, 0, 0, 1])
    )


def _check_against_scene(folder: Folder, stem: str, shot: Json, result: Result) -> None:
    entry, capture = folder.entry(stem), folder.capture(stem)
    if shot["capture"] != entry["capture"]:
        message = f"of capture {shot['capture']}, but scene.json says {entry['capture']}: stale?"
        result.fail("camera", message, folder.index, stem)
    for key in ("time", "at_rest"):
        if shot[key] != capture[key]:
            message = f"{key} is {shot[key]}, but {capture[key]} in scene.json: stale?"
            result.fail("camera", message, folder.index, stem)
    for key, value in entry["camera"].items():
        if shot["camera"][key] != value:
            told = camera_change(key, shot["camera"][key], value)
            message = f"camera.{key} is not that of scene.json, one of them is stale: {told}"
            result.fail("camera", message, folder.index, stem)


def _check_camera(
    folder: Folder, stem: str, camera: Json, sections: Mapping[str, Any], card: Json, result: Result
) -> None:
    """The camera is one that the recipe allows, and stands where its pair lets it."""

    def fail(message: str) -> None:
        result.fail("camera", message, folder.index, stem)

    said = {entry["name"]: entry for entry in card["cameras"]}.get(camera["name"])
    section = sections.get(camera["name"])
    if said is None or section is None:
        fail(f"there is no camera '{camera['name']}' in the recipe or in dataset.json")
        return
    if (camera["width"], camera["height"]) != (said["width"], said["height"]):
        fail(
            f"{camera['width']} × {camera['height']} pixels, but dataset.json says "
            f"{said['width']} × {said['height']}"
        )
    if not is_rigid(np.array(camera["world_from_camera"])):
        fail("world_from_camera is not rigid")
    if not camera["exposure"] > 0:
        fail(f"the exposure is {camera['exposure']}")
    _check_lens(camera, section, fail)
    if camera["eye"]:
        _check_pair(folder, stem, camera, said["stereo_baseline"], fail)


def _check_lens(camera: Json, section: Mapping[str, Any], fail: Any) -> None:
    width, height = camera["width"], camera["height"]
    lens = section.get("distortion")
    asked = None
    if lens:
        (model, numbers), *_ = lens.items()
        asked = {"model": model, "coefficients": [float(number) for number in numbers]}
    if camera["distortion"] != asked:
        fail(f"distortion is {camera['distortion']}, but the recipe says {asked}")
    k = np.array(camera["K"])
    measured = section.get("intrinsics")
    middle = ((width - 1) / 2, (height - 1) / 2)
    expected = k.copy()
    expected[1:, 0] = expected[2, 1] = 0
    expected[2, 2] = 1
    if measured:
        expected[0] = measured["fx"], measured.get("skew", 0.0), measured.get("cx", middle[0])
        expected[1, 1:] = measured["fy"], measured.get("cy", middle[1])
    else:
        expected[0, 1:] = 0, middle[0]
        expected[1, 1:] = k[0, 0], middle[1]
        fov = section.get("fov_deg", 60.0)
        if isinstance(fov, int | float) and not (lens and "kannala_brandt" in lens):
            expected[0, 0] = expected[1, 1] = width / 2 / np.tan(np.radians(fov) / 2)
    if np.abs(k - expected).max() > _EXACT * np.abs(expected).max():
        told = camera_change("K", camera["K"], expected.tolist())
        fail(f"K is not what the recipe asks for: {told}")


def _check_pair(folder: Folder, stem: str, camera: Json, baseline: float | None, fail: Any) -> None:
    partner = folder.links[stem].partner
    if partner is None:
        fail(f"the {camera['eye']} eye has no partner")
        return
    other = folder.camera(partner)
    for key in ("K", "width", "height", "distortion", "exposure"):
        if camera[key] != other[key]:
            fail(f"the two eyes' {key} differ: {camera[key]} here, {other[key]} in shot {partner}")
    own_from_other = rigid_inverse(np.array(camera["world_from_camera"])) @ np.array(
        other["world_from_camera"]
    )
    if np.abs(own_from_other[:3, :3] - np.eye(3)).max() > 1e-9:
        fail(f"the pair with shot {partner} is not rectified: its rotations differ")
        return
    step = own_from_other[:3, 3] * (1 if camera["eye"] == "left" else -1)
    if baseline is None or np.abs(step - [baseline, 0, 0]).max() > 1e-9:
        told = f"the right eye stands at {_row(step)} m from the left one"
        if baseline is not None and np.abs(step + [baseline, 0, 0]).max() < 1e-6:
            told = f"left and right are swapped: {told}"
        fail(f"{told}, but dataset.json says {_row((baseline or 0.0, 0.0, 0.0))}")


def _row(values: Any) -> str:
    return "(" + ", ".join(f"{value:.6g}" for value in values) + ")"


def _check_links(folder: Folder, stem: str, shot: Json, result: Result) -> None:
    link = folder.links[stem]
    wrong = 0
    for key, found, right, what in (
        ("stereo_partner", shot["stereo_partner"], link.partner, "the other eye's picture"),
        ("successor", shot["successor"], link.successor, "the next picture of this camera"),
    ):
        if found != right:
            wrong += 1
            result.fail("links", f"{key} is {found}, but {what} is {right}", folder.index, stem)
    result.measure("links", Figure(2, wrong))


def _check_objects(folder: Folder, stem: str, shot: Json, card: Json, result: Result) -> None:
    """Every object of the scene has its entry, in order, with the right name and category."""
    things = folder.capture(stem)["objects"]
    numbers = [thing["instance_id"] for thing in things]
    found = [label["instance_id"] for label in shot["objects"]]
    for number in numbers:
        if number not in found:
            name = things[numbers.index(number)]["asset_id"]
            message = f"{name} is in the scene, but not among the shot's objects"
            result.fail("objects", message, folder.index, stem, number)
    for number in found:
        if number not in numbers or found.count(number) > 1:
            message = "is listed, but is not in the scene, or it is listed twice"
            result.fail("objects", message, folder.index, stem, number)
    if sorted(found) == numbers and found != numbers:
        result.fail("objects", f"the objects are in another order: {found}", folder.index, stem)
    categories = {entry["name"]: entry["id"] for entry in card["categories"]}
    for label in shot["objects"]:
        if label["instance_id"] not in numbers:
            continue
        thing = things[numbers.index(label["instance_id"])]
        for key in ("asset_id", "category", "role"):
            if label[key] != thing[key]:
                message = f"{key} is '{label[key]}', but '{thing[key]}' in scene.json"
                check = "objects" if key == "asset_id" else "categories"
                result.fail(check, message, folder.index, stem, label["instance_id"])
        right = categories.get(label["category"], 0)
        if label["category_id"] != right:
            names = {entry["id"]: entry["name"] for entry in card["categories"]}
            other = names.get(label["category_id"], "no category")
            message = (
                f"category_id is {label['category_id']} ({other}), but a {label['category']} "
                f"is {right} in dataset.json"
            )
            result.fail("categories", message, folder.index, stem, label["instance_id"])
    result.measure("objects", Figure(len(numbers), len(set(numbers) ^ set(found))))
    result.measure("categories", Figure(len(found)))


def _check_tracks(folder: Folder, tracks: Json, result: Result) -> None:
    """tracks.json repeats what the shots say of every object."""
    things = folder.scene["captures"][0]["objects"]
    numbers = [thing["instance_id"] for thing in things]
    found = [track["instance_id"] for track in tracks["tracks"]]
    if found != numbers:
        message = f"tracks.json is of objects {found}, but the scene has {numbers}"
        result.fail("tracks", message, folder.index)
    for track in tracks["tracks"]:
        stems = [point["stem"] for point in track["shots"]]
        wrong = [] if stems == list(folder.links) else [f"its shots are {stems}"]
        wrong += [told for point in track["shots"] for told in _wrong_point(folder, track, point)]
        if wrong:
            more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            message = f"tracks.json: {wrong[0]}{more}"
            result.fail("tracks", message, folder.index, None, track["instance_id"])
        result.measure("tracks", Figure(len(stems), bool(wrong)))


def _wrong_point(folder: Folder, track: Json, point: Json) -> list[str]:
    """In what one shot of a track is not what the shot's own JSON says."""
    shot = folder.shots.get(point["stem"])
    if shot is None:
        return []
    camera = shot["camera"]
    labels = {label["instance_id"]: label for label in shot["objects"]}
    label = labels.get(track["instance_id"], {})
    right = {
        **{key: shot[key] for key in ("capture", "time")},
        "camera": camera["name"],
        **{key: camera[key] for key in ("view", "eye")},
        **{key: label.get(key) for key in ("px_visible", "box_visible")},
    }
    wrong = [
        f"{key} in shot {point['stem']} is {point[key]}, but {value} in its JSON"
        for key, value in right.items()
        if point[key] != value
    ]
    return wrong + [
        f"{key} is {track[key]}, but {label.get(key)} in shot {point['stem']}"
        for key in ("asset_id", "category", "category_id", "role")
        if track[key] != label.get(key)
    ]

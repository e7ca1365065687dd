"""A strict reader of Falling Things, written from its readme, and ways to spoil an export."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from scenegen import geometry
from scenegen.dataset import Dataset, StoredShot

Json = dict[str, Any]


# x right, y down, z forward: front top right, top left, bottom left, bottom right; then the rear
CUBOID = [(1, -1, 1), (-1, -1, 1), (-1, 1, 1), (1, 1, 1),
          (1, -1, -1), (-1, -1, -1), (-1, 1, -1), (1, 1, -1)]  # fmt: skip


Frames = dict[str, StoredShot]
Folders = dict[str, Frames]


def folders(dataset: Path) -> Folders:
    """What an export must hold: by folder below `FallingThings`, the shot of every frame.

    A folder is a scene seen by one camera with one K; the two eyes of a moment share a number.
    """
    found: Folders = {}
    opened = Dataset.open(dataset)
    for index in opened:
        things = opened.scene(index)[0].objects
        alone = len(things) == 1 and things[0].role == "target"
        above = f"single/{things[0].asset_id}" if alone else "mixed"
        cameras: dict[Any, list[StoredShot]] = {}
        for shot in opened.shots(index):
            if shot.camera.distortion is None:
                cameras.setdefault((shot.camera.name, *shot.camera.K.flat), []).append(shot)
        for number, shots in enumerate(cameras.values()):
            moments = [*dict.fromkeys((shot.capture, shot.camera.view) for shot in shots)]
            found[f"{above}/{index:06d}_{number}"] = {
                f"{moments.index((shot.capture, shot.camera.view)):06d}"
                + (f".{shot.camera.eye}" if shot.camera.eye else ""): shot
                for shot in shots
            }
    return found


def read(path: Path) -> Json:
    def refuse(text: str) -> None:
        raise AssertionError(f"{path}: {text} is no JSON")

    data: Json = json.loads(path.read_text(), parse_constant=refuse)
    return data


def told(folder: Path) -> Iterator[tuple[str, Json]]:
    """Every object of a folder's frames, with the frame's name."""
    for path in sorted(folder.glob("[0-9]*.json")):
        for entry in read(path)["objects"]:
            yield path.stem, entry


def spoil(folder: Path, pattern: str, change: Callable[[Json], None]) -> None:
    for path in folder.glob(pattern):
        data = read(path)
        change(data)
        path.unlink()
        path.write_text(json.dumps(data))


def every(change: Callable[[Json], None]) -> Callable[[Json], None]:
    """The change, made to every object of a frame."""

    def changed(frame: Json) -> None:
        for entry in frame["objects"]:
            change(entry)

    return changed


def swapped(entry: Json) -> None:
    cuboid = entry["projected_cuboid"]
    entry["projected_cuboid"] = [*cuboid[4:], *cuboid[:4]]


def w_first(entry: Json) -> None:
    x, y, z, w = entry["quaternion_xyzw"]
    entry["quaternion_xyzw"] = [w, x, y, z]


def in_mm(entry: Json) -> None:
    for key in ("location", "cuboid_centroid"):
        entry[key] = [10 * value for value in entry[key]]


def half_a_pixel(settings: Json) -> None:
    for camera in settings["camera_settings"]:
        camera["intrinsic_settings"]["cx"] += 0.5
        camera["intrinsic_settings"]["cy"] += 0.5


MUTANTS = {
    "corner order": ("0*.json", every(swapped)),
    "quaternion wxyz": ("0*.json", every(w_first)),
    "mm for cm": ("0*.json", every(in_mm)),
    "half a pixel in K": ("_camera_settings.json", half_a_pixel),
}


def camera_matrix(folder: Path) -> np.ndarray:
    inner = read(folder / "_camera_settings.json")["camera_settings"][0]["intrinsic_settings"]
    return np.array([[inner["fx"], 0, inner["cx"]], [0, inner["fy"], inner["cy"]], [0, 0, 1]])


def sizes(folder: Path) -> dict[str, np.ndarray]:
    """Width, height, depth in cm of the classes that come in one size; readers know one a class."""
    settings = read(folder / "_object_settings.json")["exported_objects"]
    counts = Counter(entry["class"] for entry in settings)
    return {
        entry["class"]: np.array(entry["cuboid_dimensions"])
        for entry in settings
        if counts[entry["class"]] == 1
    }


def solved(folder: Path) -> tuple[float, float]:
    """Largest difference of OpenCV's pose to the one told: rotation matrix, location in cm."""
    k = camera_matrix(folder)
    known, worst = sizes(folder), [0.0, 0.0]
    for _, entry in told(folder):
        if entry["class"] not in known:
            continue
        corners = CUBOID * known[entry["class"]] / 2
        seen = np.array(entry["projected_cuboid"])
        _, turn, place = cv2.solvePnP(corners, seen, k, None, flags=cv2.SOLVEPNP_SQPNP)
        turn, place = cv2.solvePnPRefineLM(corners, seen, k, None, turn, place)
        rotation = geometry.rotation_from_quaternion_xyzw(entry["quaternion_xyzw"])
        worst[0] = max(worst[0], float(np.abs(cv2.Rodrigues(turn)[0] - rotation).max()))
        worst[1] = max(worst[1], float(np.abs(place.ravel() - entry["location"]).max()))
    return worst[0], worst[1]


def agrees(folder: Path) -> bool:
    rotation, location = solved(folder)
    return rotation < 1e-5 and location < 1e-3


def reprojected(data: Any, camera: Any, folder: Path) -> Iterator[float]:
    """By object: largest distance in px of nvdu's projected cuboid to the one told."""
    dataset = data.NVDUDataset(str(folder), in_img_name_filters=["*.jpg"])
    assert dataset.scan() == len([*folder.glob("*.jpg")])
    settings = data.DatasetSettings.parse_from_dataset(str(folder))
    k = camera.CameraIntrinsicSettings.from_json_file(str(folder / "_camera_settings.json"))
    for number in range(dataset.frame_count):
        picture, annotation = dataset.get_frame_file_path_from_index(number)
        scene = data.AnnotatedSceneInfo.create_from_file(settings, annotation, picture)
        for thing in (thing for thing in scene.objects if thing.obj_class in sizes(folder)):
            corners = np.array([list(corner) for corner in thing.cuboid3d.get_vertices()][:8])
            pose = np.array(thing.cuboid3d.get_world_transform_matrix())
            moved = np.c_[corners, np.ones(8)] @ pose
            pixels = geometry.project(k.get_intrinsic_matrix(), moved[:, :3])
            yield float(np.abs(pixels - thing.cuboid2d.get_vertices()).max())

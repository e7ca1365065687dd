"""Faults that datasets of other makers have had, each put into a good scene folder.

`Folder` reads and writes a scene's files; checksums are made good again afterwards, so that a fault
has to be found by what it does to the labels.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from scenegen.dataset import Dataset
from scenegen.project import open_project
from scenegen.render.raster import Raster
from scenegen.scene import Backdrop, Camera, Scene, SceneObject

Shot = dict[str, Any]


@dataclass(frozen=True)
class Folder:
    """The folder of one scene."""

    path: Path

    def read(self, name: str) -> Any:
        return json.loads((self.path / name).read_bytes())

    def write(self, name: str, data: Any) -> None:
        (self.path / name).write_text(json.dumps(data))

    def stems(self) -> list[str]:
        return [shot["stem"] for shot in self.read("scene.json")["shots"]]

    def each(self, change: Callable[[Shot], None]) -> None:
        """Change the JSON of every shot."""
        for stem in self.stems():
            shot = self.read(f"{stem}.json")
            change(shot)
            self.write(f"{stem}.json", shot)

    def objects(self, change: Callable[[Shot, Shot], None]) -> None:
        """Change every object of every shot; the shot comes first."""
        self.each(lambda shot: [change(shot, label) for label in shot["objects"]])

    def cameras(self, change: Callable[[Shot], None]) -> None:
        """Change every camera, in the shots and in scene.json alike."""
        self.each(lambda shot: change(shot["camera"]))
        scene = self.read("scene.json")
        for shot in scene["shots"]:
            change(shot["camera"])
        self.write("scene.json", scene)

    def picture(self, stem: str, output: str) -> NDArray[Any]:
        """As OpenCV reads it (BGR)."""
        return cv2.imread(str(self.path / f"{stem}.{output}.png"), cv2.IMREAD_UNCHANGED)

    def paint(self, output: str, change: Callable[[NDArray[Any], Shot], NDArray[Any]]) -> None:
        """Change every picture of one kind, channels as OpenCV has them."""
        for stem in self.stems():
            path = self.path / f"{stem}.{output}.png"
            if path.exists():
                changed = change(self.picture(stem, output), self.read(f"{stem}.json"))
                cv2.imwrite(str(path), np.ascontiguousarray(changed))

    def sign(self) -> None:
        """Make the checksums good."""
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
            for path in sorted(self.path.iterdir())
            if path.name != "SHA256SUMS"
        ]
        (self.path / "SHA256SUMS").write_text("".join(lines))


@dataclass(frozen=True)
class Mutant:
    """A fault, the check that must find it, and words that its message must hold."""

    name: str
    apply: Callable[[Folder], None]
    check: str
    words: tuple[str, ...]
    signed: bool = True


# ---------------------------------------------------------------------------- cameras


def half_pixel(folder: Folder) -> None:
    def change(camera: Shot) -> None:
        camera["K"][0][2] += 0.5
        camera["K"][1][2] += 0.5

    folder.cameras(change)


def other_k(folder: Folder) -> None:
    scene = folder.read("scene.json")
    kinds = {shot["camera"]["name"]: shot["camera"]["K"] for shot in scene["shots"]}
    other = {"eyes": kinds["lens"], "lens": kinds["eyes"]}
    folder.cameras(lambda camera: camera.update(K=other[camera["name"]]))


def eyes_swapped(folder: Folder) -> None:
    """The left camera stands where the right one is."""
    scene = folder.read("scene.json")
    poses = {
        (shot["capture"], shot["camera"]["view"], shot["camera"]["eye"]): shot["camera"][
            "world_from_camera"
        ]
        for shot in scene["shots"]
        if shot["camera"]["eye"]
    }
    opposite = {"left": "right", "right": "left"}

    def change(camera: Shot, capture: int) -> None:
        if camera["eye"]:
            camera["world_from_camera"] = poses[capture, camera["view"], opposite[camera["eye"]]]

    for shot in scene["shots"]:
        change(shot["camera"], shot["capture"])
    folder.each(lambda shot: change(shot["camera"], shot["capture"]))
    folder.write("scene.json", scene)


def camera_inverted(folder: Folder) -> None:
    def change(camera: Shot) -> None:
        camera["world_from_camera"] = np.linalg.inv(camera["world_from_camera"]).tolist()

    folder.cameras(change)


def lens_forgotten(folder: Folder) -> None:
    folder.cameras(lambda camera: camera.update(distortion=None))


def stale_camera(folder: Folder) -> None:
    """The shot's file is from an older run, scene.json is not."""

    def change(shot: Shot) -> None:
        shot["camera"]["world_from_camera"][0][3] += 0.02

    folder.each(change)


# ---------------------------------------------------------------------------- pictures


def ids_shifted(folder: Folder) -> None:
    folder.paint("ids", lambda ids, _: np.roll(ids, 1, axis=1))


def ids_swapped(folder: Folder) -> None:
    def change(ids: NDArray[Any], shot: Shot) -> NDArray[Any]:
        seen = sorted(shot["objects"], key=lambda label: -label["px_visible"])
        first, second = (label["instance_id"] for label in seen[:2])
        table = np.arange(65536, dtype=np.uint16)
        table[[first, second]] = second, first
        return table[ids]

    folder.paint("ids", change)


def object_erased(folder: Folder) -> None:
    def change(ids: NDArray[Any], shot: Shot) -> NDArray[Any]:
        largest = max(shot["objects"], key=lambda label: label["px_visible"])
        return np.where(ids == largest["instance_id"], 0, ids)

    folder.paint("ids", change)


def stray_pixel(folder: Folder) -> None:
    def change(ids: NDArray[Any], _: Shot) -> NDArray[Any]:
        row, column = np.argwhere(ids == 0)[0]
        ids[row, column] = 77
        return ids

    folder.paint("ids", change)


def distractor_in_semantic(folder: Folder) -> None:
    def change(semantic: NDArray[Any], shot: Shot) -> NDArray[Any]:
        ids = folder.picture(shot["files"]["ids"][:4], "ids")
        for label in shot["objects"]:
            if label["role"] == "distractor":
                semantic[ids == label["instance_id"]] = 1
        return semantic

    folder.paint("semantic", change)


def ray_distance(folder: Folder) -> None:
    def change(depth: NDArray[Any], shot: Shot) -> NDArray[Any]:
        v, u = np.mgrid[: depth.shape[0], : depth.shape[1]]
        rays = np.dstack([u, v, np.ones_like(u)]) @ np.linalg.inv(shot["camera"]["K"]).T
        return np.clip(depth * np.linalg.norm(rays, axis=-1), 0, 65535).round().astype(np.uint16)

    folder.paint("depth", change)


def depth_in_millimetres(folder: Folder) -> None:
    folder.paint("depth", lambda depth, _: (depth // 10).astype(np.uint16))


def depth_in_8_bits(folder: Folder) -> None:
    folder.paint("depth", lambda depth, _: (depth // 256).astype(np.uint8))


def rgb_mirrored(folder: Folder) -> None:
    folder.paint("rgb", lambda rgb, _: rgb[:, ::-1])


def albedo_in_bgr(folder: Folder) -> None:
    folder.paint("albedo", lambda albedo, _: albedo[..., ::-1])


def normals_in_world(folder: Folder) -> None:
    def change(bgr: NDArray[Any], shot: Shot) -> NDArray[Any]:
        rotation = np.array(shot["camera"]["world_from_camera"])[:3, :3]
        normals = (bgr[..., ::-1] / 127.5 - 1) @ rotation.T
        color = np.rint((normals + 1) * 127.5).clip(0, 255).astype(np.uint8)
        color[~bgr.any(axis=-1)] = 0
        return color[..., ::-1]

    folder.paint("normals", change)


def normals_of_opengl(folder: Folder) -> None:
    def change(bgr: NDArray[Any], _: Shot) -> NDArray[Any]:
        there = bgr.any(axis=-1)
        bgr[there, :2] = 255 - bgr[there, :2]  # y and z
        return bgr

    folder.paint("normals", change)


def nocs_stretched(folder: Folder) -> None:
    """Every axis of the box from 0 to 1, as if it were a cube."""

    def change(bgr: NDArray[Any], shot: Shot) -> NDArray[Any]:
        ids = folder.picture(shot["files"]["ids"][:4], "ids")
        values = (bgr.astype(float) - 1) / 65534
        for label in shot["objects"]:
            size = np.array(label["cuboid_size"][::-1])
            mask = ids == label["instance_id"]
            values[mask] = (values[mask] - 0.5) * np.linalg.norm(size) / size + 0.5
        out = 1 + np.rint(values.clip(0, 1) * 65534)
        return np.where(ids[..., None] > 0, out, 0).astype(np.uint16)

    folder.paint("nocs", change)


def flow_swapped(folder: Folder) -> None:
    folder.paint("flow", lambda bgr, _: bgr[..., [0, 2, 1]])


def flow_backwards(folder: Folder) -> None:
    def change(bgr: NDArray[Any], _: Shot) -> NDArray[Any]:
        there = bgr.any(axis=-1)
        bgr[there, 1:] = 65536 - bgr[there, 1:].astype(np.int64)
        return bgr

    folder.paint("flow", change)


def scene_flow_in_world(folder: Folder) -> None:
    def change(bgr: NDArray[Any], shot: Shot) -> NDArray[Any]:
        rotation = np.array(shot["camera"]["world_from_camera"])[:3, :3]
        turned = (bgr[..., ::-1].astype(float) - 32768) @ rotation.T + 32768
        turned[~bgr.any(axis=-1)] = 0
        return np.rint(turned[..., ::-1]).astype(np.uint16)

    folder.paint("scene_flow", change)


def hidden_is_outside(folder: Folder) -> None:
    folder.paint(
        "flow_occlusion", lambda codes, _: np.array([0, 1, 3, 2], np.uint8)[codes.clip(0, 3)]
    )


def one_eye_is_both(folder: Folder) -> None:
    folder.paint("stereo_occlusion", lambda codes, _: np.where(codes == 2, 1, codes))


def disparity_halved(folder: Folder) -> None:
    folder.paint("disparity", lambda steps, _: steps // 2)


def truncated_png(folder: Folder) -> None:
    path = folder.path / "0000.normals.png"
    path.write_bytes(path.read_bytes()[:-200])


def damaged_file(folder: Folder) -> None:
    """One bit of a picture's pixels turned over on the disk."""
    path = folder.path / "0001.depth.png"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def picture_missing(folder: Folder) -> None:
    (folder.path / "0001.semantic.png").unlink()


def stranger(folder: Folder) -> None:
    (folder.path / "0000.rgb copy.png").write_bytes((folder.path / "0000.rgb.png").read_bytes())


# ---------------------------------------------------------------------------- annotations


def object_unlisted(folder: Folder) -> None:
    folder.each(lambda shot: shot["objects"].pop(1))


def stale_objects(folder: Folder) -> None:
    """The annotations are those of the capture before."""
    shots = {stem: folder.read(f"{stem}.json") for stem in folder.stems()}
    old = {
        (s["capture"], s["camera"]["name"], s["camera"]["eye"], s["camera"]["view"]): s["objects"]
        for s in shots.values()
    }
    for stem, shot in shots.items():
        camera = shot["camera"]
        key = (shot["capture"] - 1, camera["name"], camera["eye"], camera["view"])
        folder.write(f"{stem}.json", {**shot, "objects": old.get(key, shot["objects"])})


def truncated_json(folder: Folder) -> None:
    path = folder.path / "0000.json"
    path.write_bytes(path.read_bytes()[:-30])


def not_a_number(folder: Folder) -> None:
    folder.objects(lambda _, label: label.update(occlusion=float("nan")))


def field_left_out(folder: Folder) -> None:
    folder.objects(lambda _, label: label.pop("truncation"))


def box_inclusive(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        if label["box_visible"]:
            x0, y0, x1, y1 = label["box_visible"]
            label["box_visible"] = [x0, y0, x1 - 1, y1 - 1]

    folder.objects(change)


def box_row_column(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        if label["box_amodal"]:
            x0, y0, x1, y1 = label["box_amodal"]
            label["box_amodal"] = [y0, x0, y1, x1]

    folder.objects(change)


def cuboid_box_in_opencv_frame(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        if label["box_cuboid"]:
            label["box_cuboid"] = [value - 0.5 for value in label["box_cuboid"]]

    folder.objects(change)


def pose_transposed(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        pose = np.array(label["camera_from_object"])
        pose[:3, :3] = pose[:3, :3].T.copy()
        label["camera_from_object"] = pose.tolist()

    folder.objects(change)


def pose_of_the_middle(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        pose = np.array(label["camera_from_object"])
        pose[:3, 3] += pose[:3, :3] @ label["cuboid_center"]
        label["camera_from_object"] = pose.tolist()

    folder.objects(change)


def depth_tolerance(folder: Folder) -> None:
    """Seen is what lies less than 15 mm behind what is seen."""
    root = folder.path.parents[1]
    dataset = Dataset.open(root)
    raster = Raster(open_project(root / "recipe.yaml", []).library)

    def seen(thing: SceneObject, scene: Scene, camera: Camera) -> int:
        alone = replace(scene, objects=(thing,), fixtures=(), backdrop=Backdrop())
        its, all_depth = raster.geometry(alone, camera).depth, raster.geometry(scene, camera).depth
        return int(((its > 0) & (its <= all_depth + 0.015)).sum())

    for shot in dataset.shots(int(folder.path.name)):
        scene = dataset.scene(int(folder.path.name))[shot.capture]
        data = folder.read(f"{shot.stem}.json")
        for thing, label in zip(scene.objects, data["objects"], strict=True):
            label["px_visible"] = seen(thing, scene, shot.camera)
            if label["px_in_frame"]:
                label["occlusion"] = 1 - label["px_visible"] / label["px_in_frame"]
            if label["px_full"]:
                label["visible_fraction"] = label["px_visible"] / label["px_full"]
        folder.write(f"{shot.stem}.json", data)
    raster.close()


def occlusion_of_the_whole(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        if label["px_full"]:
            label["occlusion"] = 1 - label["px_visible"] / label["px_full"]

    folder.objects(change)


def corners_reordered(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        for key in ("corners_camera", "corners_image"):
            label[key] = [label[key][i] for i in (5, 1, 3, 7, 4, 0, 2, 6)]

    folder.objects(change)


def modal_mask(folder: Folder) -> None:
    def change(shot: Shot, label: Shot) -> None:
        ids = folder.picture(shot["files"]["ids"][:4], "ids")
        mask = np.asfortranarray(ids == label["instance_id"]).astype(np.uint8)
        label["amodal_mask"]["counts"] = coco.encode(mask)["counts"].decode()

    folder.objects(change)


def order_reversed(folder: Folder) -> None:
    """The one in front is said to be behind."""

    def change(shot: Shot) -> None:
        found: dict[int, list[Shot]] = {label["instance_id"]: [] for label in shot["objects"]}
        for label in shot["objects"]:
            for entry in label["hidden_by"]:
                if entry["by"]:
                    found[entry["by"]].append({"by": label["instance_id"], "px": entry["px"]})
        for label in shot["objects"]:
            label["hidden_by"] = sorted(
                found[label["instance_id"]], key=lambda entry: int(entry["by"])
            )

    folder.each(change)


def keypoints_all_visible(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        for point in label["keypoints"]:
            if point["state"] in ("self_occluded", "occluded"):
                point["state"] = "visible"

    folder.objects(change)


def keypoints_renamed(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        names = [point["name"] for point in label["keypoints"]]
        for point, name in zip(label["keypoints"], [*names[1:], names[0]], strict=True):
            point["name"] = name

    folder.objects(change)


def keypoints_in_corner_frame(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        for point in label["keypoints"]:
            if point["image"]:
                point["image"] = [value + 0.5 for value in point["image"]]

    folder.objects(change)


def never_canonical(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        pose = np.array(label["camera_from_object"]) @ np.diag([-1.0, -1.0, 1.0, 1.0])
        label["camera_from_object_canonical"] = pose.tolist()

    folder.objects(change)


def category_of_another(folder: Folder) -> None:
    def change(_: Shot, label: Shot) -> None:
        if label["role"] == "target":
            label["category_id"] = 3 - label["category_id"] if label["category_id"] < 3 else 1

    folder.objects(change)


def tracks_mixed_up(folder: Folder) -> None:
    tracks = folder.read("tracks.json")
    first, second = tracks["tracks"][:2]
    first["shots"], second["shots"] = second["shots"], first["shots"]
    folder.write("tracks.json", tracks)


def wrong_successor(folder: Folder) -> None:
    def change(shot: Shot) -> None:
        if shot["successor"]:
            shot["successor"] = shot["stereo_partner"] or "0000"

    folder.each(change)


MUTANTS = [
    Mutant("K off by half a pixel", half_pixel, "", ("half a pixel",)),
    Mutant("K of another camera", other_k, "", ("camera 'lens'",)),
    Mutant("left and right camera swapped", eyes_swapped, "", ("left and right",)),
    Mutant("the inverse of the camera's pose", camera_inverted, "", ("inverse",)),
    Mutant("the lens forgotten", lens_forgotten, "", ("distortion",)),
    Mutant("a stale JSON", stale_camera, "", ("scene.json",)),
    Mutant("mask shifted by one pixel", ids_shifted, "ids", ("shifted by (1, 0)",)),
    Mutant("two ids swapped", ids_swapped, "ids", ("swapped",)),
    Mutant("one object missing in the map", object_erased, "ids", ("missing",)),
    Mutant("a stray pixel", stray_pixel, "ids", ("77",)),
    Mutant("distractor in the semantic map", distractor_in_semantic, "semantic", ("distractor",)),
    Mutant("the ray's length instead of z", ray_distance, "depth", ("ray",)),
    Mutant("depth in the wrong unit", depth_in_millimetres, "depth", ("0.1",)),
    Mutant("depth in 8 bits", depth_in_8_bits, "png", ("16-bit",)),
    Mutant("RGB mirrored against labels", rgb_mirrored, "rgb", ("mirrored",)),
    Mutant("albedo in BGR", albedo_in_bgr, "albedo", ()),
    Mutant("normals in the world frame", normals_in_world, "normals", ("world",)),
    Mutant("normals in OpenGL's axes", normals_of_opengl, "normals", ("OpenGL",)),
    Mutant("NOCS stretched to a cube", nocs_stretched, "nocs", ()),
    Mutant("flow (Δy, Δx)", flow_swapped, "flow", ("swapped",)),
    Mutant("flow backwards", flow_backwards, "flow", ("revers",)),
    Mutant("scene flow in the world frame", scene_flow_in_world, "scene_flow", ()),
    Mutant("hidden and outside swapped", hidden_is_outside, "flow_occlusion", ()),
    Mutant("seen by one eye called both", one_eye_is_both, "stereo_occlusion", ()),
    Mutant("disparity halved", disparity_halved, "disparity", ("0.5",)),
    Mutant("a truncated PNG", truncated_png, "png", ("0000.normals.png",)),
    Mutant("a damaged file", damaged_file, "", ("0001.depth.png",), signed=False),
    Mutant("a picture missing", picture_missing, "files", ("0001.semantic.png",)),
    Mutant("a stranger's file", stranger, "files", ("0000.rgb copy.png",)),
    Mutant("one object missing in the list", object_unlisted, "", ("not",)),
    Mutant("annotations of another moment", stale_objects, "pose", ()),
    Mutant("a truncated JSON", truncated_json, "json", ("0000.json",)),
    Mutant("not a number", not_a_number, "json", ("NaN",)),
    Mutant("a field left out", field_left_out, "json", ("truncation",)),
    Mutant("box off by one", box_inclusive, "boxes", ("inclusive",)),
    Mutant("box with y and x swapped", box_row_column, "boxes", ("swapped",)),
    Mutant("box in the OpenCV frame", cuboid_box_in_opencv_frame, "boxes", ("half a pixel",)),
    Mutant("pose transposed", pose_transposed, "pose", ("transposed",)),
    Mutant("pose of the object's centre", pose_of_the_middle, "pose", ("cent",)),
    Mutant("visibility by depth tolerance", depth_tolerance, "counts", ("tolerance",)),
    Mutant("occlusion of the whole object", occlusion_of_the_whole, "counts", ("occlusion",)),
    Mutant("corners in another order", corners_reordered, "cuboid", ("order",)),
    Mutant("the modal mask for the amodal", modal_mask, "amodal_mask", ()),
    Mutant("who hides whom reversed", order_reversed, "hidden_by", ()),
    Mutant("hidden keypoints called visible", keypoints_all_visible, "keypoints", ("visible",)),
    Mutant("keypoints under other names", keypoints_renamed, "keypoints", ()),
    Mutant("keypoints in the corner frame", keypoints_in_corner_frame, "keypoints", ("half",)),
    Mutant("a pose that is not canonical", never_canonical, "canonical", ()),
    Mutant("category of another", category_of_another, "categories", ()),
    Mutant("tracks mixed up", tracks_mixed_up, "tracks", ()),
    Mutant("a wrong successor", wrong_successor, "links", ("successor",)),
]

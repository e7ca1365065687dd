"""A strict reader of BOP, written from its specification alone: it shares no code with the exporter.

It draws every model again at its pose by casting rays, and compares masks, depth, counts and boxes.
"""

import contextlib
import io
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray
from pycocotools import mask as runs
from pycocotools.coco import COCO
from scipy.spatial import distance
from trimesh.ray.ray_pyembree import RayMeshIntersector

Array = NDArray[np.float64]
Json = dict[str, Any]

CAMERA = {"cam_K": 9, "depth_scale": 0, "cam_R_w2c": 9, "cam_t_w2c": 3}
POSE = {"cam_R_m2c": 9, "cam_t_m2c": 3, "obj_id": 0}
FACTS = {
    "px_count_all",
    "px_count_valid",
    "px_count_visib",
    "visib_fract",
    "bbox_obj",
    "bbox_visib",
}
IGNORED = 0.1  # of what less is seen, BOP does not ask for it
TYPES = {"float": "f", "uchar": "B"}


@dataclass(frozen=True, eq=False)
class Model:
    """Vertices (N, 3) mm, faces (M, 3), and all properties of the vertices by name."""

    points: Array
    faces: NDArray[np.int64]
    columns: dict[str, Array]
    texture: str | None


def load_ply(path: Path) -> Model:
    """Vertices, then triangles; binary little-endian; float and uchar properties only."""
    head, _, body = path.read_bytes().partition(b"end_header\n")
    lines = head.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    texture = next((line.split()[2] for line in lines if line.startswith("comment Texture")), None)
    counts = {line.split()[1]: int(line.split()[2]) for line in lines if line.startswith("element")}
    assert list(counts) == ["vertex", "face"]
    kinds = [line.split()[1:] for line in lines if line.startswith("property")]
    assert kinds.pop() == ["list", "uchar", "int", "vertex_indices"]
    row = struct.Struct("<" + "".join(TYPES[kind] for kind, _ in kinds))
    vertices = np.array([row.unpack_from(body, row.size * k) for k in range(counts["vertex"])])
    rest, triangle = body[row.size * counts["vertex"] :], struct.Struct("<Biii")
    assert len(rest) == triangle.size * counts["face"]
    faces = np.array([triangle.unpack_from(rest, triangle.size * k) for k in range(counts["face"])])
    assert (faces[:, 0] == 3).all()
    assert faces[:, 1:].max() < len(vertices)
    columns = {name: vertices[:, k] for k, (_, name) in enumerate(kinds)}
    points = np.column_stack([columns[axis] for axis in "xyz"])
    return Model(points, faces[:, 1:], columns, texture)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="ascii"))


class Bop:
    """A dataset folder; everything asserts what the specification says."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.info = read(root / "models" / "models_info.json")
        self.models = {
            int(number): load_ply(root / "models" / f"obj_{int(number):06d}.ply")
            for number in self.info
        }
        self.casters = {
            number: RayMeshIntersector(trimesh.Trimesh(m.points, m.faces, process=False))
            for number, m in self.models.items()
        }

    def check_models(self) -> None:
        for number, model in self.models.items():
            info = self.info[str(number)]
            low, high = model.points.min(axis=0), model.points.max(axis=0)
            assert np.allclose([info[f"min_{a}"] for a in "xyz"], low, atol=1e-3), "box"
            assert np.allclose([info[f"size_{a}"] for a in "xyz"], high - low, atol=1e-3), "box"
            assert np.allclose(low, -high, atol=1e-3), "the origin is not the box's middle"
            some = model.points[:: 1 + len(model.points) // 1000]
            assert distance.pdist(some).max() <= info["diameter"] + 1e-3, "diameter"
            assert 20 < info["diameter"] < 2000, "these are no millimetres of a thing on a table"
            for symmetry in info.get("symmetries_discrete", []):
                assert len(symmetry) == 16, "symmetry"
            for symmetry in info.get("symmetries_continuous", []):
                assert set(symmetry) == {"axis", "offset"}, "symmetry"
            if model.texture:
                assert cv2.imread(str(self.root / "models" / model.texture)) is not None

    def scenes(self, split: str, end: str) -> Iterator["Scene"]:
        for folder in sorted((self.root / split).iterdir()):
            assert re.fullmatch(r"\d{6}", folder.name), "a stranger in the split's folder"
            yield Scene(self, folder, end)


def checked(root: Path, split: str = "train_pbr", end: str = "jpg") -> int:
    """Number of the masks' pixels; at most one in a thousand differs from the drawn models."""
    reader = Bop(root)
    reader.check_models()
    counts = np.array([scene.check() for scene in reader.scenes(split, end)])
    wrong, total = counts.sum(axis=0).tolist()
    assert wrong <= 1 + 0.001 * total, f"{wrong} of {total} pixels of the masks differ"
    return total


class Scene:
    def __init__(self, bop: Bop, folder: Path, end: str) -> None:
        self.bop, self.folder, self.end = bop, folder, end
        self.cameras = read(folder / "scene_camera.json")
        self.poses = read(folder / "scene_gt.json")
        self.facts = read(folder / "scene_gt_info.json")

    def check(self) -> tuple[int, int]:
        """(pixels of masks that differ from the drawn models', pixels of all masks)."""
        assert self.cameras.keys() == self.poses.keys() == self.facts.keys(), "lists of images"
        images = {f"{int(key):06d}" for key in self.cameras}
        assert {p.name for p in (self.folder / "rgb").iterdir()} == {
            f"{i}.{self.end}" for i in images
        }
        assert {p.name for p in (self.folder / "depth").iterdir()} == {f"{i}.png" for i in images}
        masks = {
            f"{int(k):06d}_{n:06d}.png" for k, gts in self.poses.items() for n in range(len(gts))
        }
        for kind in ("mask", "mask_visib"):
            assert {p.name for p in (self.folder / kind).iterdir()} == masks, kind
        self.check_coco()
        checked = [self.check_image(key) for key in self.cameras]
        return sum(wrong for wrong, _ in checked), sum(all_ for _, all_ in checked)

    def check_coco(self) -> None:
        """pycocotools reads scene_gt_coco.json: the masks that are seen, boxes of the whole ones."""
        with contextlib.redirect_stdout(io.StringIO()):
            coco = COCO(self.folder / "scene_gt_coco.json")
        assert [str(number) for number in coco.imgs] == list(self.poses)
        assert min(coco.anns, default=1) == 1
        for key, facts in self.facts.items():
            image, rows = coco.imgs[int(key)], iter(coco.imgToAnns[int(key)])
            assert (self.folder / image["file_name"]).exists()
            for number, (pose, fact) in enumerate(zip(self.poses[key], facts, strict=True)):
                if fact["px_count_visib"]:
                    row, name = next(rows), f"{int(key):06d}_{number:06d}.png"
                    size = image["height"], image["width"]
                    assert coco.cats[row["category_id"]]["id"] == pose["obj_id"]
                    assert np.array_equal(coco.annToMask(row), self.bits("mask_visib", name, size))
                    x, y, w, h = box(self.bits("mask", name, size))
                    assert row["bbox"] == [x, y, w + 1, h + 1]
                    assert row["area"] == fact["px_count_visib"]
                    assert row["ignore"] == (fact["visib_fract"] < IGNORED)
            assert next(rows, None) is None, "more rows than objects"

    def check_image(self, key: str) -> tuple[int, int]:
        assert key == str(int(key)), "keys are not padded"
        camera, name = self.cameras[key], f"{int(key):06d}"
        shaped(camera, CAMERA)
        rgb = cv2.imread(str(self.folder / "rgb" / f"{name}.{self.end}"), cv2.IMREAD_UNCHANGED)
        raw = cv2.imread(str(self.folder / "depth" / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        assert rgb.dtype == np.uint8, "rgb"
        assert raw.dtype == np.uint16, "depth"
        assert rgb.shape == (*raw.shape, 3), "rgb and depth"
        depth = raw * camera["depth_scale"]
        wrong, total, claimed = 0, 0, np.zeros(raw.shape, int)
        for number, (pose, facts) in enumerate(zip(self.poses[key], self.facts[key], strict=True)):
            shaped(pose, POSE)
            assert set(facts) == FACTS, "scene_gt_info"
            mask, seen = (
                self.bits(kind, f"{name}_{number:06d}.png", raw.shape)
                for kind in ("mask", "mask_visib")
            )
            drawn = self.drawn(pose, camera, raw.shape)
            inside = drawn[raw.shape[0] : -raw.shape[0], raw.shape[1] : -raw.shape[1]]
            wrong += int(np.count_nonzero(mask != (inside > 0)))
            total += int(mask.sum())
            claimed += seen
            check_facts(facts, mask, seen, depth, drawn, raw.shape)
            both = seen & (inside > 0)
            off = np.abs(inside - depth)[both]
            assert np.percentile(off, 98) <= camera["depth_scale"] if off.size else True, "depth"
        assert claimed.max() <= 1, "a pixel shows two objects"
        return wrong, total

    def bits(self, kind: str, name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        mask = cv2.imread(str(self.folder / kind / name), cv2.IMREAD_UNCHANGED)
        assert mask.dtype == np.uint8, kind
        assert mask.shape == shape, kind
        assert set(np.unique(mask)) <= {0, 255}, kind
        return mask > 0

    def drawn(self, pose: Json, camera: Json, shape: tuple[int, ...]) -> Array:
        """(3H, 3W) mm along the optical axis; the picture lies in the middle."""
        k = np.reshape(camera["cam_K"], (3, 3))
        rotation = np.reshape(pose["cam_R_m2c"], (3, 3))
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6), "no rotation"
        assert np.linalg.det(rotation) > 0, "no rotation"
        model, caster = self.bop.models[pose["obj_id"]], self.bop.casters[pose["obj_id"]]
        origin = -rotation.T @ pose["cam_t_m2c"]
        height, width = shape
        points = (model.points @ rotation.T + pose["cam_t_m2c"]) @ k.T
        assert points[:, 2].min() > 0, "behind the camera"
        pixels = points[:, :2] / points[:, 2:]
        low = np.clip(np.floor(pixels.min(axis=0)) - 1, [-width, -height], [2 * width, 2 * height])
        high = np.clip(np.ceil(pixels.max(axis=0)) + 2, [-width, -height], [2 * width, 2 * height])
        u, v = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
        rays = np.stack([u, v, np.ones_like(u)], axis=-1).reshape(-1, 3) @ np.linalg.inv(k).T
        turned = rays @ rotation
        hit = caster.intersects_first(np.broadcast_to(origin, turned.shape), turned)
        met = np.flatnonzero(hit >= 0)
        a, b, c = np.moveaxis(model.points[model.faces[hit[met]]], 1, 0)
        normal = np.cross(b - a, c - a)
        along = ((a - origin) * normal).sum(axis=1) / (turned[met] * normal).sum(axis=1)
        depth = np.zeros((3 * height, 3 * width))
        rows, columns = np.divmod(met, u.shape[1])
        depth[rows + int(low[1]) + height, columns + int(low[0]) + width] = along
        return depth


def check_facts(
    facts: Json, mask: Array, seen: Array, depth: Array, drawn: Array, shape: tuple[int, ...]
) -> None:
    assert facts["px_count_visib"] == seen.sum(), "px_count_visib"
    assert facts["px_count_valid"] == (mask & (depth > 0)).sum(), "px_count_valid"
    assert not (seen & ~mask).any(), "seen outside of the whole"
    assert abs(facts["px_count_all"] - (drawn > 0).sum()) <= 3 + 0.01 * facts["px_count_all"], (
        "count"
    )
    if not seen.any():
        assert facts["bbox_obj"] == facts["bbox_visib"] == [-1, -1, -1, -1]
        assert facts["visib_fract"] == 0
        return
    assert np.isclose(facts["visib_fract"], facts["px_count_visib"] / facts["px_count_all"])
    assert facts["bbox_visib"] == box(seen), "bbox_visib"
    x, y, w, h = box(drawn > 0)
    whole = np.array([x - shape[1], y - shape[0], w, h])
    assert np.abs(facts["bbox_obj"] - whole).max() <= (
        1 if mask.sum() == facts["px_count_all"] else 2
    )
    if mask.sum() == facts["px_count_all"]:  # nothing of it is outside the picture
        assert facts["bbox_obj"] == box(mask), "bbox_obj"


def decoded(mask: Json) -> NDArray[np.bool_]:
    """(H, W) as pycocotools decodes uncompressed run lengths."""
    return runs.decode(runs.frPyObjects(mask, *mask["size"])).astype(bool)


def box(mask: Array) -> list[int]:
    """As bop_toolkit's calc_2d_bbox has it: the width is the last column less the first."""
    rows, columns = np.nonzero(mask)
    x, y = int(columns.min()), int(rows.min())
    return [x, y, int(columns.max()) - x, int(rows.max()) - y]


def shaped(entry: Json, fields: dict[str, int]) -> None:
    assert set(entry) == set(fields), f"{sorted(entry)} for {sorted(fields)}"
    for name, length in fields.items():
        assert not length or (isinstance(entry[name], list) and len(entry[name]) == length), name

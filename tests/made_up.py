"""A small made-up dataset for the tests: two captures, a stereo pair and two single views."""

import hashlib
from types import SimpleNamespace

import numpy as np
import yaml

from scenegen import geometry
from scenegen.annotate import annotate
from scenegen.assets.model import AssetInfo
from scenegen.dataset import make_card, open_or_create, write_scene
from scenegen.recipe import Recipe
from scenegen.scene import (
    Backdrop,
    Camera,
    Frame,
    Light,
    Material,
    Scene,
    SceneObject,
    Shot,
    Silhouette,
)

ALL = ("rgb", "ids", "semantic", "depth", "normals")
RECIPE = """\
name: tiny   # a comment
seed: 7
scenes: 3
outputs: [rgb, ids, semantic, depth, normals]
objects: [{count: 2, scale: 1.5}]
lights: [{sun: {}}]
cameras:
  - {name: stereo, size: [24, 16], stereo: {baseline: 0.1}, pose: {fixed: {position: [0, 0, 2]}}}
  - {name: top, size: [10, 12], views: 2, pose: {fixed: {position: [0, 0, 2]}}}
"""
ASSETS = [AssetInfo(name, name[0], f"/secret/{name}", "N", "", "CC0") for name in ("b1", "a1")]


def card_of(text=RECIPE, categories=None, assets=ASSETS):
    recipe = Recipe.model_validate(yaml.safe_load(text))
    return make_card(recipe, text.encode(), categories or {"a": 1, "b": 2}, assets)


def begin(root, text=RECIPE, **changes):
    return open_or_create(root, text.encode(), yaml.safe_load(text), card_of(text, **changes))


def captures_of(index=5):
    pose = geometry.transform(geometry.rotation_about([1, 2, 3], 0.7), [0.1, -0.2, 1 / 3])
    objects = tuple(
        SceneObject(n, f"{c}1", c, role, pose, 1.1, Material("oak", (0.1, 0.2, 0.3)), "é")
        for n, c, role in [(1, "a", "target"), (2, "b", "target"), (7, "a", "distractor")]
    )
    light = Light("environment", texture="sky", yaw=0.1 + 0.2)
    return tuple(
        Scene(index, 4, objects, (), (light,), Backdrop(Material("floor")), seconds, rest)
        for seconds, rest in [(0.25, False), (1.75, True)]
    )


def cameras():
    pose = geometry.look_at([0, 0, 3], [0.1, 0, 0])
    for name, view, eye, size in [
        ("stereo", 0, "left", (24, 16)),
        ("stereo", 0, "right", (24, 16)),
        ("top", 0, "", (10, 12)),
        ("top", 1, "", (10, 12)),
    ]:
        k = geometry.intrinsics(*size, 1.0)
        yield Camera(
            name, view, *size, K=k, world_from_camera=pose, exposure=1.25, eye=eye, sequence=view
        )


def frame_of(camera, seed):
    rng = np.random.default_rng(seed)
    shape = (camera.height, camera.width)
    ids = np.zeros(shape, np.uint16)
    for number in (1, 2, 7):
        y, x = rng.integers(0, 8, 2)
        ids[y : y + 6, x : x + 5] = number
    normals = rng.normal(size=(*shape, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    hit = ids > 0
    return Frame(
        color=rng.integers(0, 256, (*shape, 3), dtype=np.uint8),
        ids=ids,
        depth=np.where(hit, rng.uniform(0.5, 6, shape), 0).astype(np.float32),
        normals=np.where(hit[..., None], normals, 0).astype(np.float32),
        silhouettes={n: Silhouette(0, 0, np.ones(shape, bool)) for n in (1, 2, 7)},
    )


def shots_of(captures):
    library = SimpleNamespace(
        load=lambda _: SimpleNamespace(bounds=np.array([[-0.1] * 3, [0.2] * 3]))
    )
    for number, scene in enumerate(captures):
        for place, camera in enumerate(cameras()):
            frame = frame_of(camera, 10 * number + place)
            labels = annotate(scene, library, camera, frame, {"a": 1, "b": 2})
            yield Shot(camera, scene, frame, labels)


def maps_of(camera, seed):
    """Optional pictures with something, nothing, and what does not fit."""
    rng = np.random.default_rng(seed)
    height, width = camera.height, camera.width
    flow = rng.uniform(-500, 500, (height, width, 2)).astype(np.float32)
    flow[0, 0], flow[0, 1] = np.nan, (600, 0)
    scene_flow = rng.uniform(-3, 3, (height, width, 3)).astype(np.float32)
    scene_flow[0, 0], scene_flow[0, 1] = np.nan, (0, 0, -3.4)
    nocs = rng.uniform(0, 1, (height, width, 3)).astype(np.float32)
    nocs[0, 0], nocs[0, 1] = np.nan, (0, 0, 0)
    disparity = rng.uniform(1, 255, (height, width)).astype(np.float32)
    disparity[0, 0], disparity[0, 1] = 0, 256
    codes = rng.integers(0, 4, (height, width), dtype=np.uint8)
    stuff = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    stuff[1, ..., 0] = 0
    return {
        "nocs": nocs,
        "albedo": stuff[0],
        "roughness_metallic": stuff[1],
        "flow": flow,
        "scene_flow": scene_flow,
        "flow_occlusion": codes,
        "disparity": disparity,
        "stereo_occlusion": codes[::-1].copy(),
    }


def write(root, index=5, outputs=ALL, scale=0.0001, shots=None):
    captures = captures_of(index)
    return write_scene(root, captures, shots or shots_of(captures), outputs, scale)


def hashes(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def everything_in(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))

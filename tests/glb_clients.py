"""What trimesh and Khronos' validator find in exported scenes, compared with the dataset."""

import json
import os
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from clients import last_shots
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from scenegen import geometry
from scenegen.dataset import Dataset, StoredShot

Tree = dict[str, Any]


def tree_of(data: bytes) -> tuple[Tree, bytes]:
    """The JSON and what follows it."""
    (size,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + size]), data[20 + size :]


def camera_pose(tree: Tree, name: str) -> np.ndarray:
    """World from camera by glTF's text; trimesh's graph forgets the parent of the last camera."""
    (node,) = [node for node in tree["nodes"] if node["name"] == name]
    world = placed(tree["nodes"][0])
    assert tree["nodes"].index(node) in tree["nodes"][0]["children"]
    return world @ placed(node)


def placed(node: Tree) -> np.ndarray:
    rotation = geometry.rotation_from_quaternion_xyzw(node["rotation"])
    return geometry.transform(rotation, node.get("translation", [0, 0, 0]))


def pixels(pose: np.ndarray, lens: Tree, world: np.ndarray, height: int) -> np.ndarray:
    """(N, 2) by glTF's projection matrix, OpenCV pixel frame."""
    points = geometry.apply(np.linalg.inv(pose), world)
    scale = np.tan(lens["yfov"] / 2)
    ndc_x = points[:, 0] / (-points[:, 2] * scale * lens["aspectRatio"])
    ndc_y = points[:, 1] / (-points[:, 2] * scale)
    width = height * lens["aspectRatio"]
    return np.stack([(ndc_x + 1) / 2 * width, (1 - ndc_y) / 2 * height], axis=1) - 0.5


def farthest(place: Path, shots: list[StoredShot]) -> float:
    """Largest distance in pixels between a box corner's place by glTF and the label's."""
    scene, (tree, _) = trimesh.load_scene(place), tree_of(place.read_bytes())
    apart = []
    for shot in shots:
        if shot.camera.distortion is not None:
            continue
        name = "_".join(filter(None, (shot.camera.name, shot.camera.eye, shot.stem)))
        lens = next(c["perspective"] for c in tree["cameras"] if c["name"] == name)
        for label in shot.annotations:
            titles = [t for t in scene.graph.nodes_geometry if t[:3] == f"{label.instance_id:03d}"]
            placed = [scene.graph[title] for title in titles]
            points = np.concatenate([scene.geometry[mesh].vertices for _, mesh in placed])
            low, high = points.min(axis=0), points.max(axis=0)
            boxed = geometry.box_corners((low + high) / 2, high - low)
            world = geometry.apply(placed[0][0], boxed)
            found = pixels(camera_pose(tree, name), lens, world, shot.camera.height)
            apart.append(np.abs(found - np.array(label.corners_image, dtype=np.float64)).max())
    return float(max(apart))


def rays_meet_our_depth(place: Path, shots: list[StoredShot]) -> None:
    """Rays through the file's cameras, at its meshes, give the depth of the last capture."""
    scene, (tree, _) = trimesh.load_scene(place), tree_of(place.read_bytes())
    mesh, embree = scene.to_mesh(), EmbreeScene(robust=True)
    triangles = np.ascontiguousarray(mesh.vertices[mesh.faces], np.float32)
    TriangleMesh(embree, triangles)
    for shot, camera in zip(shots, tree["cameras"], strict=True):
        if shot.camera.distortion is not None:
            continue
        lens, pose = camera["perspective"], camera_pose(tree, camera["name"])
        height, width = shot.depth.shape
        x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        up = np.tan(lens["yfov"] / 2)
        right = up * lens["aspectRatio"]
        ways = np.stack([(2 * x - 1) * right, (1 - 2 * y) * up, -np.ones_like(x)], axis=-1)
        ways = (ways.reshape(-1, 3) @ pose[:3, :3].T).astype(np.float32)
        origins = np.repeat(pose[None, :3, 3], len(ways), axis=0).astype(np.float32)
        depth = embree.run(origins, ways, query="DISTANCE").reshape(height, width)
        there = (shot.depth > 0) | (depth < 65535 * shot.depth_scale)  # beyond, ours is 0
        assert (np.abs(depth - shot.depth)[there] > shot.depth_scale).mean() < 1e-3


def trimesh_agrees(out: Path, dataset: Path) -> None:
    """trimesh: corners of objects and rays through the cameras meet our labels and our depth."""
    for index in Dataset.open(dataset):
        place, shots = out / f"{index:06d}.glb", last_shots(dataset, index)
        assert farthest(place, shots) < 1e-3
        rays_meet_our_depth(place, shots)


def faults(place: Path) -> int:
    """Errors that Khronos' glTF validator counts; GLTF_VALIDATOR names its node_modules."""
    modules = os.environ.get("GLTF_VALIDATOR")
    if not modules:
        pytest.skip("GLTF_VALIDATOR names no node_modules folder with gltf-validator")
    code = (
        "require('gltf-validator').validateBytes(new Uint8Array(require('fs').readFileSync("
        "process.argv[1]))).then(r => console.log(r.issues.numErrors))"
    )
    environment = {**os.environ, "NODE_PATH": modules}
    command = ["node", "-e", code, str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return int(done.stdout)


def validator_agrees(out: Path, dataset: Path) -> None:
    """Khronos' validator: no error in any file."""
    assert [faults(out / f"{index:06d}.glb") for index in Dataset.open(dataset)] == [0] * len(
        Dataset.open(dataset)
    )


AGREE = (trimesh_agrees, validator_agrees)

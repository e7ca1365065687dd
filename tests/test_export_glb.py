"""trimesh reads our scenes, and a camera as glTF defines it sees objects where our labels are."""

import json
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from clients import exported
from conftest import checksums
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from scenegen import geometry
from scenegen.dataset import Dataset, StoredShot
from scenegen.project import open_project

Tree = dict[str, Any]


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glb") / "out"
    exported(rich, "glb", folder)
    return folder


def tree_of(data: bytes) -> tuple[Tree, bytes]:
    """The JSON and what follows it."""
    (size,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + size]), data[20 + size :]


def altered(source: Path, out: Path, alter: Callable[[Tree], None]) -> Path:
    tree, rest = tree_of(source.read_bytes())
    alter(tree)
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    out.write_bytes(head + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    return out


def last_shots(root: Path) -> list[StoredShot]:
    dataset = Dataset.open(root)
    last = len(dataset.scene(0)) - 1
    return [shot for shot in dataset.shots(0) if shot.capture == last]


def pixels(scene: Any, node: str, lens: Tree, world: np.ndarray, height: int) -> np.ndarray:
    """(N, 2) by glTF's projection matrix, OpenCV pixel frame."""
    view = np.linalg.inv(scene.graph[node][0])
    points = geometry.apply(view, world)
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
        name = f"{shot.camera.name}_{shot.camera.eye}_{shot.stem}"
        lens = next(c["perspective"] for c in tree["cameras"] if c["name"] == name)
        for label in shot.annotations:
            titles = [t for t in scene.graph.nodes_geometry if t[:3] == f"{label.instance_id:03d}"]
            placed = [scene.graph[title] for title in titles]
            points = np.concatenate([scene.geometry[mesh].vertices for _, mesh in placed])
            low, high = points.min(axis=0), points.max(axis=0)
            boxed = geometry.box_corners((low + high) / 2, high - low)
            world = geometry.apply(placed[0][0], boxed)
            found = pixels(scene, name, lens, world, shot.camera.height)
            apart.append(np.abs(found - np.array(label.corners_image, dtype=np.float64)).max())
    return float(max(apart))


def test_trimesh_sees_what_our_labels_say(written: Path, rich: Path) -> None:
    """Mutants: see below."""
    assert farthest(written / "000000.glb", last_shots(rich)) < 1e-3


def test_rays_through_its_cameras_meet_our_depth(written: Path, rich: Path) -> None:
    """Mutants: half-pixel K; a part, the floor or a piece of furniture missing or moved."""
    place = written / "000000.glb"
    scene, (tree, _) = trimesh.load_scene(place), tree_of(place.read_bytes())
    mesh, embree = scene.to_mesh(), EmbreeScene(robust=True)
    TriangleMesh(embree, np.ascontiguousarray(mesh.vertices[mesh.faces], np.float32))
    for shot, camera in zip(last_shots(rich), tree["cameras"], strict=True):
        if shot.camera.distortion is not None:
            continue
        lens, pose = camera["perspective"], scene.graph[camera["name"]][0]
        height, width = shot.depth.shape
        x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        up = np.tan(lens["yfov"] / 2)
        right = up * lens["aspectRatio"]
        ways = np.stack([(2 * x - 1) * right, (1 - 2 * y) * up, -np.ones_like(x)], axis=-1)
        ways = (ways.reshape(-1, 3) @ pose[:3, :3].T).astype(np.float32)
        origins = np.repeat(pose[None, :3, 3], len(ways), axis=0).astype(np.float32)
        depth = embree.run(origins, ways, query="DISTANCE").reshape(height, width)
        assert (np.abs(depth - shot.depth) > shot.depth_scale).mean() < 1e-3


def test_trimesh_reads_the_meshes(written: Path, rich: Path) -> None:
    """Mutants: z up; a texture upside down or of another part."""
    scene = trimesh.load_scene(written / "000000.glb")
    tree, _ = tree_of((written / "000000.glb").read_bytes())
    at_rest = Dataset.open(rich).scene(0)[-1]
    assert scene.bounds[0][1] == pytest.approx(0, abs=1e-6)  # the floor lies at y = 0
    extras = [node["extras"] for node in tree["nodes"] if "mesh" in node and "extras" in node]
    named = {entry["instance_id"]: entry["category"] for entry in extras}
    assert {o.instance_id: o.category for o in at_rest.objects}.items() <= named.items()
    library = open_project(rich / "recipe.yaml", []).library
    box = next(o for o in at_rest.objects if o.asset_id == "box_tea")
    (part,) = library.load("box_tea").parts
    (title,) = [t for t in scene.graph.nodes_geometry if t[:3] == f"{box.instance_id:03d}"]
    mesh = scene.geometry[scene.graph[title][1]]
    assert np.array_equal(mesh.faces, part.faces)
    assert np.allclose(mesh.visual.uv, part.uv, atol=1e-6)
    picture = np.asarray(mesh.visual.material.baseColorTexture)
    assert np.array_equal(picture, part.material.base_color_texture[..., :3])


def turned(tree: Tree, key: str) -> None:
    """Rotations of objects or cameras as their inverse."""
    for node in tree["nodes"]:
        if key in node:
            x, y, z, w = node["rotation"]
            node["rotation"] = [-x, -y, -z, w]


def opencv_axes(tree: Tree) -> None:
    for node in tree["nodes"]:
        if "camera" in node:
            x, y, z, w = node["rotation"]
            node["rotation"] = [w, z, -y, -x]  # half a turn about x first


def wide(tree: Tree) -> None:
    for camera in tree["cameras"]:
        camera["perspective"]["yfov"] *= camera["perspective"]["aspectRatio"]


def centimetres(tree: Tree) -> None:
    for node in tree["nodes"]:
        if "mesh" in node:
            node["scale"] = [value * 100 for value in node["scale"]]


@pytest.mark.parametrize(
    "mutant",
    [lambda t: turned(t, "camera"), lambda t: turned(t, "mesh"), opencv_axes, wide, centimetres],
    ids=[
        "camera inverted",
        "objects inverted",
        "camera looks along +z",
        "xfov as yfov",
        "cm for m",
    ],
)
def test_mutants_are_noticed(
    written: Path, rich: Path, tmp_path: Path, mutant: Callable[[Tree], None]
) -> None:
    """Each alteration moves corners by more than a tenth of a pixel."""
    place = altered(written / "000000.glb", tmp_path / "mutant.glb", mutant)
    assert farthest(place, last_shots(rich)) > 0.1


def test_same_bytes_again(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutant: a clock or a path in the file."""
    exported(rich, "glb", tmp_path / "again")
    assert checksums(tmp_path / "again") == checksums(written)


def test_khronos_validator(written: Path, tmp_path: Path) -> None:
    """Mutants: an accessor's bounds missing; a buffer view past the end."""
    modules = os.environ.get("GLTF_VALIDATOR")
    if not modules:
        pytest.skip("GLTF_VALIDATOR names no node_modules folder with gltf-validator")

    def faults(place: Path) -> int:
        code = (
            "require('gltf-validator').validateBytes(new Uint8Array(require('fs').readFileSync("
            "process.argv[1]))).then(r => console.log(r.issues.numErrors))"
        )
        environment = {**os.environ, "NODE_PATH": modules}
        done = subprocess.run(
            ["node", "-e", code, str(place)],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        return int(done.stdout)

    assert faults(written / "000000.glb") == 0
    cut = altered(
        written / "000000.glb", tmp_path / "cut.glb", lambda tree: tree["accessors"][0].pop("min")
    )
    assert faults(cut) > 0

"""trimesh reads our scenes, and a camera as glTF defines it sees objects where our labels are."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from clients import exported, last_shots
from glb_clients import AGREE, Tree, farthest, faults, tree_of
from running import checksums

from scenegen.dataset import Dataset
from scenegen.project import open_project


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glb") / "out"
    exported(rich, "glb", folder)
    return folder


def altered(source: Path, out: Path, alter: Callable[[Tree], None]) -> Path:
    tree, rest = tree_of(source.read_bytes())
    alter(tree)
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    out.write_bytes(head + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    return out


@pytest.mark.parametrize("check", AGREE)
def test_clients_agree(check: Callable[[Path, Path], None], written: Path, rich: Path) -> None:
    """Mutants: see below; half-pixel K; a part, the floor or a piece of furniture missing or moved;
    an accessor's bounds missing; a buffer view past the end."""
    check(written, rich)


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
    """Mutant: an accessor's bounds missing."""
    cut = altered(
        written / "000000.glb", tmp_path / "cut.glb", lambda tree: tree["accessors"][0].pop("min")
    )
    assert faults(cut) > 0

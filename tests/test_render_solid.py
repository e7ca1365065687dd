"""Triangles whose back is never seen are told from the others, and leaving them out changes nothing."""

import numpy as np
import pytest
import trimesh
from render_scenes import RADIUS, Shapes, camera, scene, thing

from scenegen.assets.model import Part, PartMaterial
from scenegen.render.meshes import octahedral, parted, solid
from scenegen.render.raster import Raster


def part(mesh: trimesh.Trimesh) -> Part:
    return Part(
        mesh.vertices.astype(np.float32),
        mesh.vertex_normals.astype(np.float32),
        mesh.faces.astype(np.uint32),
        PartMaterial(),
    )


def box(**options: object) -> trimesh.Trimesh:
    return trimesh.creation.box(**options)  # type: ignore[no-any-return]


def unmerged(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    mesh.unmerge_vertices()
    return mesh


def opened(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    mesh.update_faces(np.arange(len(mesh.faces)) > 0)
    return mesh


def inverted(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    mesh.invert()
    return mesh


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        (box(), True),
        (unmerged(trimesh.creation.icosphere()), True),
        (opened(box()), False),
        (inverted(box()), False),
    ],
)
def test_a_mesh_is_solid(mesh: trimesh.Trimesh, expected: bool) -> None:
    """Mutants: vertices not merged; no check of edges; no check of the volume's sign."""
    (flags,) = solid([part(mesh)])
    assert flags.shape == (len(mesh.faces),)
    assert (flags == expected).all()


def test_connected_pieces_are_told_apart() -> None:
    """A box open at the top beside a closed one. Mutant: one verdict for the whole object."""
    closed, open_ = box(), opened(box())
    open_.apply_translation([3, 0, 0])
    (flags,) = solid([part(trimesh.util.concatenate([closed, open_]))])
    assert flags.tolist() == [True] * 12 + [False] * 11
    assert [(len(some.faces), flag) for some, flag in parted(part(closed), flags[:12])] == [
        (12, True)
    ]


def test_parts_close_each_other() -> None:
    """Two halves of a box, a part each. Mutant: parts looked at one by one."""
    mesh = box()
    halves = [mesh.submesh([chosen], append=True) for chosen in (range(6), range(6, 12))]
    assert all(flags.all() for flags in solid([part(half) for half in halves]))


def test_an_edge_of_two_pieces_with_one_way_round_is_open() -> None:
    """A triangle turned over has its edges twice in one direction. Mutant: edges without direction."""
    mesh = box()
    mesh.faces[0] = mesh.faces[0][::-1]
    assert not solid([part(mesh)])[0].any()


def test_octahedral_normals() -> None:
    """Within 0.005° of what was packed. Mutants: no turning over below; a swapped half."""
    normals = np.random.default_rng(0).normal(size=(2000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    packed = octahedral(normals.astype(np.float32))
    x, y = (part.astype(np.int16) / 32767 for part in (packed & 0xFFFF, packed >> 16))
    z = 1 - np.abs(x) - np.abs(y)
    turned = (1 - np.abs([y, x])) * np.where(np.array([x, y]) >= 0, 1, -1)
    x, y = np.where(z < 0, turned, [x, y])
    unpacked = np.stack([x, y, z], axis=1)
    unpacked /= np.linalg.norm(unpacked, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((normals * unpacked).sum(axis=1), -1, 1))).max() < 0.005


@pytest.mark.parametrize("eye", [(0.0, 0.0, 0.0), (0.0, -RADIUS - 0.004, 0.0)])
def test_a_camera_in_a_solid_sees_its_inside(eye: tuple[float, float, float]) -> None:
    """Its inside, too, where the near limit cuts the front away. Mutant: backs are never drawn."""
    view = camera(eye=eye, target=(0.0, 0.3, 0.0), fov=0.9)
    raster = Raster(Shapes())  # type: ignore[arg-type]
    found = raster.geometry(scene([thing(1, "sphere", (0, 0, 0))]), view)
    raster.close()
    middle = found.ids.shape[0] // 2, found.ids.shape[1] // 2
    assert found.ids[middle] == 1
    assert found.depth[middle] == pytest.approx(RADIUS - eye[1], abs=1e-3)
    assert found.normals[middle][2] == pytest.approx(-1, abs=1e-2)  # toward the camera

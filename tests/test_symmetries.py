"""Symmetries and keypoints of assets: as files say them, as they are, and what a pose becomes."""

import json
from itertools import combinations
from pathlib import Path

import asset_files as made
import made_up
import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from scenegen import geometry
from scenegen.annotate.symmetry import canonical
from scenegen.assets.library import Library
from scenegen.assets.model import AssetInfo
from scenegen.assets.sources import Bop, Folder
from scenegen.errors import AssetError, RecipeError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "meshes"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/meshes is missing")
BUILTIN = Library.open(["builtin"])
LOOSE = [i for i in BUILTIN.ids() if BUILTIN.info(i).category != "furniture"]
ALIKE = [i for i in LOOSE if BUILTIN.info(i).symmetries_discrete
         or BUILTIN.info(i).symmetries_continuous]  # fmt: skip


def opened(folder, text, **source):
    """The library of one cube of 0.1 m, from 0 to 0.1, and what its file says."""
    made.obj(folder / "cube.obj")
    (folder / "cube.yaml").write_text(text + "\n", encoding="utf-8")
    return Library.open([Folder(folder=".", **source)], [folder])


def matrices(info):
    return [np.reshape(numbers, (4, 4)) for numbers in info.symmetries_discrete]


def about(axis, angle, offset=(0, 0, 0)):
    rotation = geometry.rotation_about(axis, angle)
    return geometry.transform(rotation, offset - rotation @ offset)


# ---------------------------------------------------------------------------- what files say

TURN = "{axis: [0, 0, 2], angle_deg: 90, offset: [0.05, 0.05, 0]}"
FLIP = "[1, 0, 0, 0,  0, -1, 0, 0.1,  0, 0, -1, 0.1,  0, 0, 0, 1]"


def test_generators_make_a_group(tmp_path):
    """Mutants: generators are not composed; the identity stays; columns for rows; the offset is a
    translation; a product is there twice."""
    library = opened(tmp_path, f"symmetries: {{discrete: [{TURN}, {FLIP}]}}")
    found = matrices(library.info("cube"))
    assert len(found) == 7
    corners = geometry.apply(np.eye(4), made.box())
    for matrix in found:
        assert not np.allclose(matrix, np.eye(4))
        moved = geometry.apply(matrix, corners)
        assert np.allclose(cKDTree(corners).query(moved)[0], 0, atol=1e-9)
        for other in found:
            product = matrix @ other
            assert any(np.allclose(product, known) for known in [np.eye(4), *found])
    assert library.load("cube").info == library.info("cube")


def test_units_and_up_leave_them_alone(tmp_path):
    """Mutants: keypoints taken through `units`; an axis without its offset; order lost."""
    text = (
        "keypoints: {b: [0, 0, 0.1], a: [0.1, 0, 0]}\nsymmetries: {continuous: [{axis: [0, 2, 0]}]}"
    )
    info = opened(tmp_path, text, units="mm", up="y").info("cube")
    assert info.keypoints == (("b", (0, 0, 0.1)), ("a", (0.1, 0, 0)))
    assert info.symmetries_continuous == (((0, 1, 0), (0, 0, 0)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keypoints: {tip: [0, 1]}", r"1:18: expected at least 3 items"),
        ("keypoints: {tip: [0, 1, .nan]}", "not a finite number"),
        ("keypoints: [tip]", "expected a mapping"),
        ("symmetries: {discret: []}", "did you mean 'discrete'"),
        ("symmetries: {discrete: [[1, 2, 3]]}", "at least 16 items"),
        ("symmetries: {discrete: [{axis: [0, 0, 1]}]}", "missing key 'angle_deg'"),
        ("symmetries: {continuous: [{axis: [0, 0, 0]}]}", "an axis needs a direction"),
        ("symmetries: {discrete: [{axis: [0, 0, 1], angle_deg: 5}]}", "more than 64 different"),
        (f"symmetries: {{discrete: [{FLIP.replace('-1, 0.1', '1, 0.1')}]}}", "a mirror"),
        (f"symmetries: {{discrete: [{FLIP.replace('[1', '[2')}]}}", "not a rigid transform"),
        (f"symmetries: {{discrete: [{FLIP.replace('0, 1]', '0.1, 1]')}]}}", "last row"),
    ],
)
def test_mistakes_are_told_where_they_stand(text, said, tmp_path):
    """Mutants: a mirror passes; a group without end; a 4×4 column by column."""
    with pytest.raises(RecipeError, match=said):
        opened(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keypoints: {tip: [50, 0, 100]}", "keypoint 'tip' lies 112 m away .* in metres"),
        (
            "symmetries: {discrete: [{axis: [0, 0, 1], angle_deg: 180}]}",
            "moves its middle by 0.141",
        ),
        ("symmetries: {continuous: [{axis: [0, 0, 1], offset: [50, 50, 0]}]}", "`offset`"),
    ],
)
def test_millimetres_are_noticed(text, said, tmp_path):
    """Mutant: a keypoint in millimetres, or an axis beside the object, is believed."""
    with pytest.raises(AssetError, match=said):
        opened(tmp_path, text).load("cube")


def test_bop_says_millimetres(tmp_path):
    """Mutants: models_info.json not read; offsets left in millimetres; read by position."""
    for number in (1, 3):
        made.ply(tmp_path / f"obj_00000{number}.ply", made.box((80, 80, 40), (-40, -40, 0)))
    flip = [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 40, 0, 0, 0, 1]
    axis = {"axis": [0, 0, 1], "offset": [10, 0, 5]}
    said = {"3": {"diameter": 9, "symmetries_discrete": [flip], "symmetries_continuous": [axis]}}
    (tmp_path / "models_info.json").write_text(json.dumps(said))
    library = Library.open([Bop(bop=".")], [tmp_path])
    assert library.info("obj_000001").symmetries_discrete == ()
    info = library.info("obj_000003")
    assert np.array(info.symmetries_discrete[0]) == pytest.approx(
        np.array(flip) / ([1] * 11 + [1000] + [1] * 4)
    )
    assert info.symmetries_continuous == (((0, 0, 1), (0.01, 0, 0.005)),)
    said["3"]["symmetries_discrete"] = [flip[:15]]
    (tmp_path / "models_info.json").write_text(json.dumps(said))
    with pytest.raises(AssetError, match=r"models_info\.json: 3\.symmetries_discrete"):
        Library.open([Bop(bop=".")], [tmp_path])


def test_a_measured_half_turn_is_one(tmp_path):
    """Mutant: a half turn of 178.5° multiplies without end."""
    turn = "{axis: [0, 0, 1], angle_deg: 178.5, offset: [0.05, 0.05, 0]}"
    info = opened(tmp_path, f"symmetries: {{discrete: [{turn}]}}").info("cube")
    assert len(info.symmetries_discrete) == 1


@needs_data
def test_the_measured_ones_of_real_objects():
    """Mutant: LM-O cannot be opened."""
    library = Library.open([Bop(bop="lmo")], [DATA])
    counts = [len(library.info(i).symmetries_discrete) for i in library.ids()]
    assert sorted(counts)[-3:] == [0, 1, 1]


def test_the_card_tells_them():
    """Mutants: pairs without names; 4×4 as nested lists."""
    info = AssetInfo("a", "a", "", symmetries_discrete=((1.0,) * 16,),
                     symmetries_continuous=(((0, 0, 1), (0, 0.1, 0)),))  # fmt: skip
    (told,) = json.loads(made_up.card_of(assets=[info]).model_dump_json())["assets"]
    assert told["symmetries_discrete"] == [[1.0] * 16]
    assert told["symmetries_continuous"] == [{"axis": [0, 0, 1], "offset": [0, 0.1, 0]}]


# ---------------------------------------------------------------------------- as they are


def triangles_of(asset):
    return np.concatenate([part.positions[part.faces] for part in asset.parts]).astype(float)


def spread(triangles, count=60_000):
    """Points all over the surface, and all corners."""
    rng = np.random.default_rng(3)
    a, b, c = np.moveaxis(triangles, 1, 0)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    chosen = rng.choice(len(triangles), count, p=areas / areas.sum())
    weights = rng.dirichlet([1, 1, 1], count)
    inside = np.einsum("ij,ijk->ik", weights, triangles[chosen])
    return np.vstack([inside, triangles.reshape(-1, 3)])


@pytest.mark.parametrize("name", ALIKE)
def test_builtin_symmetries_bring_the_surface_back(name):
    """Mutants: another axis, offset or angle; a symmetry that the mesh does not have."""
    asset = BUILTIN.load(name)
    turns = [about(axis, angle, np.array(offset))
             for axis, offset in asset.info.symmetries_continuous for angle in (0.5, 1.6, 2.9)]  # fmt: skip
    triangles = triangles_of(asset)
    surface = cKDTree(spread(triangles))
    corners = np.unique(triangles.reshape(-1, 3), axis=0)
    corners = corners[:: max(1, len(corners) // 400)]
    diagonal = np.linalg.norm(np.ptp(asset.bounds, axis=0))
    for matrix in [*matrices(asset.info), *turns]:
        assert surface.query(geometry.apply(matrix, corners))[0].max() < 0.012 * diagonal


@pytest.mark.parametrize("name", LOOSE)
def test_builtin_keypoints_lie_on_the_surface(name):
    """Mutants: an object without points; points of another object; two names for one place."""
    asset = BUILTIN.load(name)
    points = np.array([place for _, place in asset.info.keypoints])
    triangles = triangles_of(asset)
    mesh = trimesh.Trimesh(triangles.reshape(-1, 3), np.arange(3 * len(triangles)).reshape(-1, 3))
    assert 4 <= len(points) <= 20
    assert trimesh.proximity.closest_point_naive(mesh, points)[1].max() < 0.001
    assert min(np.linalg.norm(a - b) for a, b in combinations(points, 2)) > 0.0005


# ---------------------------------------------------------------------------- what a pose becomes

Z = ((0.0, 0.0, 1.0), (0.01, 0.02, 0.0))
GROUPS = {
    "none": ((), ()),
    "half turn": ((about([0, 1, 1], np.pi, np.array([0, 0.1, 0])),), ()),
    "football": (matrices(BUILTIN.info("football")), ()),
    "revolution": ((), (Z,)),
    "spool": ((about([1, 0, 0], np.pi, np.array([0.01, 0.02, 0.03])),), (Z,)),
    "ball": ((), (Z, ((1.0, 0.0, 0.0), (0.0, 0.02, 0.05)))),
    "ball by a turn": ((about([1, 0, 0], np.pi / 2, np.array([0.01, 0.02, 0.0])),), (Z,)),
}


def group(name):
    discrete, continuous = GROUPS[name]
    numbers = tuple(tuple(matrix.ravel()) for matrix in discrete)
    return AssetInfo("a", "a", "", symmetries_discrete=numbers, symmetries_continuous=continuous)


def some_symmetry(info, rng):
    """A product of symmetries, in metres at scale 1."""
    found = np.eye(4)
    for _ in range(6):
        choices = matrices(info)
        choices += [about(axis, rng.uniform(0, 6.28), np.array(offset))
                    for axis, offset in info.symmetries_continuous]  # fmt: skip
        if choices:
            found = found @ choices[rng.integers(len(choices))]
    return found


def scaled(symmetry, scale):
    return geometry.transform(symmetry[:3, :3], symmetry[:3, 3] * scale)


def some_pose(rng):
    turn = geometry.rotation_about(rng.normal(size=3), rng.uniform(0, np.pi))
    return geometry.transform(turn, rng.uniform(-1, 1, 3))


@pytest.mark.parametrize("name", GROUPS)
def test_poses_that_look_the_same_become_one(name):
    """Mutants: discrete without continuous; S on the wrong side; offsets not scaled; the angle's
    sign; two axes taken for one."""
    info = group(name)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        pose, scale = some_pose(rng), rng.uniform(0.5, 2)
        same = pose @ scaled(some_symmetry(info, rng), scale)
        found = canonical(pose, info, scale)
        assert canonical(same, info, scale) == pytest.approx(found, abs=1e-6)
        assert geometry.inverse(found) @ found == pytest.approx(np.eye(4), abs=1e-9)


@pytest.mark.parametrize("name", GROUPS)
def test_no_symmetry_beats_it(name):
    """Mutants: the smallest trace; the identity left out; a local extremum."""
    info = group(name)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        pose = some_pose(rng)
        best = np.trace(canonical(pose, info, 1.0)[:3, :3])
        tried = [np.trace((pose @ some_symmetry(info, rng))[:3, :3]) for _ in range(60)]
        assert max([*tried, np.trace(pose[:3, :3])]) <= best + 1e-6


def test_a_point_on_the_axis_stays():
    """Mutants: offsets not scaled, or forgotten for the ball."""
    pose = some_pose(np.random.default_rng(0))
    for name, point in (("revolution", (0.01, 0.02, 0.3)), ("ball", (0.01, 0.02, 0.05))):
        moved = canonical(pose, group(name), 3.0)
        place = 3 * np.array(point)
        assert geometry.apply(moved, place) == pytest.approx(geometry.apply(pose, place))
    assert moved[:3, :3] == pytest.approx(np.eye(3))


def test_ties_go_to_the_first():
    """Mutants: the last of equals; rounding decides."""
    for seed in range(30):
        axis = np.random.default_rng(seed).normal(size=3)
        quarters = tuple(tuple(about(axis, k * np.pi / 2).ravel()) for k in (1, 2, 3))
        info = AssetInfo("a", "a", "", symmetries_discrete=quarters)
        for eighths, first in ((1, 1), (3, -1), (5, -1), (7, -1)):
            found = canonical(about(axis, eighths * np.pi / 4), info, 1.0)
            assert found == pytest.approx(about(axis, first * np.pi / 4))

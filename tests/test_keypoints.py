"""Keypoints against a slow oracle that tries every triangle, and where the answer is plain."""

from types import SimpleNamespace

import numpy as np
import pytest
import trimesh

from scenegen import geometry, lens
from scenegen.annotate import annotate
from scenegen.annotate.keypoints import keypoints_of
from scenegen.annotate.symmetry import canonical
from scenegen.assets.model import Asset, AssetInfo, Body, Part, PartMaterial
from scenegen.recipe.outputs import Farthest
from scenegen.scene import (
    Backdrop,
    Camera,
    Distortion,
    Frame,
    Material,
    Scene,
    SceneObject,
    Silhouette,
)

BROWN = Distortion("brown_conrady", (-0.25, 0.08, 0.002, -0.001, 0.0))
FISHEYE = Distortion("kannala_brandt", (-0.02, 0.005, -0.003, 0.001))
SPREAD = Farthest(farthest=9)


def asset_of(mesh, **points):
    """An asset of two parts, so that vertices are shared across parts as in real files."""
    faces = np.asarray(mesh.faces, np.uint32)
    positions = np.asarray(mesh.vertices, np.float32)
    halves = [faces[: len(faces) // 2], faces[len(faces) // 2 :]]
    parts = tuple(
        Part(positions, np.zeros_like(positions), half, PartMaterial())
        for half in halves
        if len(half)
    )
    used = positions[np.unique(faces)].astype(float)
    bounds = np.array([used.min(axis=0), used.max(axis=0)])
    info = AssetInfo("a", "a", "a.obj", keypoints=tuple(points.items()))
    return Asset(info, parts, bounds, lambda: Body((), 1.0, np.zeros(3), np.eye(3)))


def sheet(side=0.2):
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * side / 2
    return trimesh.Trimesh(corners, [[0, 1, 2], [0, 2, 3]], process=False)


def cup():
    """An open cup whose wall is 2 mm thick."""
    profile = [(0, 0), (0.04, 0), (0.04, 0.1), (0.038, 0.1), (0.038, 0.002), (0, 0.002)]
    return trimesh.creation.revolve(profile, sections=24)


ASSETS = {
    "box": asset_of(trimesh.creation.box((0.1, 0.06, 0.04))),
    "ball": asset_of(trimesh.creation.icosphere(2, 0.05), top=(0, 0, 0.05), bottom=(0, 0, -0.05)),
    "ring": asset_of(trimesh.creation.torus(0.06, 0.015, 16, 8).apply_translation([0.1, 0, 0.05])),
    "cup": asset_of(cup(), inside=(0.038, 0, 0.05), outside=(0.04, 0, 0.05), floor=(0, 0, 0.002)),
    "sheet": asset_of(sheet()),
    "needle": asset_of(trimesh.creation.cone(0.0002, 0.1, sections=6), tip=(0, 0, 0.1)),
    "dot": asset_of(trimesh.creation.icosphere(0, 0.001), middle=(0, 0, 0.00099)),
}
LIBRARY = SimpleNamespace(load=ASSETS.__getitem__)


def thing(number, asset, place=(0, 0, 0), turn=None, scale=1.0, role="target"):
    pose = geometry.transform(np.eye(3) if turn is None else turn, place)
    return SceneObject(number, asset, "c", role, pose, scale)


def scene_of(*objects, fixtures=(), backdrop=None):
    return Scene(0, 0, objects, fixtures, (), backdrop or Backdrop())


def camera_at(eye, target=(0, 0, 0), size=(160, 120), fov=1.0, distortion=None):
    k = geometry.intrinsics(*size, fov)
    pose = geometry.look_at(eye, target)
    return Camera("c", 0, *size, K=k, world_from_camera=pose, distortion=distortion)


def states(scene, camera, rule="box"):
    found = keypoints_of(scene, LIBRARY, camera, rule)
    return {n: {point.name: point.state for point in points} for n, points in found.items()}


# ---------------------------------------------------------------------------- the oracle


def triangles_of(scene):
    """(owner, world triangles (M, 3, 3), one_sided) of all that is drawn."""
    for item in (*scene.objects, *scene.fixtures):
        for part in ASSETS[item.asset_id].parts:
            corners = part.positions[part.faces].astype(float) * item.scale
            yield item.instance_id, geometry.apply(item.world_from_object, corners), False
    half, height = scene.backdrop.floor_size / 2, scene.backdrop.wall_height
    square = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
    if scene.backdrop.floor:
        yield 0, square[[[0, 1, 2], [0, 2, 3]]], False
    if scene.backdrop.walls and height > 0:
        for a, b in zip(square, np.roll(square, -1, axis=0), strict=True):
            up = np.array([0, 0, height])
            yield 0, np.array([[b, a, a + up], [b, a + up, b + up]]), True


def crossed(eye, ahead, point, triangles, one_sided):
    """Möller and Trumbore 1997, in the world, every triangle."""
    way = point - eye
    e1, e2 = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(way, e2)
    det = np.einsum("ij,ij->i", e1, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = eye - triangles[:, 0]
        u = np.einsum("ij,ij->i", s, p) / det
        q = np.cross(s, e1)
        v = q @ way / det
        t = np.einsum("ij,ij->i", e2, q) / det
    met = (u >= 0) & (v >= 0) & (u + v <= 1) & (t * (way @ ahead) > 0.01)
    met &= (1 - t) * np.linalg.norm(way) > 1e-4
    return bool((met & ((det > 0) | (not one_sided))).any())


def expected(scene, camera, point, number):
    """The state of a keypoint by its place in the camera's frame."""
    place = np.array(point.camera)
    x, y = lens.project(camera, place)
    if not (place[2] > 0.01 and -0.5 <= x < camera.width - 0.5 and -0.5 <= y < camera.height - 0.5):
        return "outside"
    eye, ahead = camera.world_from_camera[:3, 3], camera.world_from_camera[:3, 2]
    place = geometry.apply(camera.world_from_camera, place)
    by = {
        owner == number
        for owner, triangles, one_sided in triangles_of(scene)
        if crossed(eye, ahead, place, triangles, one_sided)
    }
    return "self_occluded" if True in by else "occluded" if by else "visible"


def random_scene(rng):
    """Things of all kinds in a heap in a small room; the camera may be inside one or outside it."""
    objects = [
        thing(
            number,
            str(rng.choice(list(ASSETS))),
            rng.uniform((-0.15, -0.15, 0), (0.15, 0.15, 0.15)),
            geometry.rotation_about(rng.normal(size=3), rng.uniform(0, np.pi)),
            float(rng.uniform(0.7, 1.8)),
        )
        for number in range(1, 8)
    ]
    shelf = thing(0, "box", (0, 0, 0.05), geometry.rotation_about([0, 0, 1], 0.5), 2.0, "fixture")
    room = Backdrop(Material("f"), 0.8, Material("w"), 0.3) if rng.random() < 0.8 else Backdrop()
    eye = rng.normal(size=3) * rng.choice([0.1, 0.3, 0.7])
    return scene_of(*objects, fixtures=(shelf,), backdrop=room), eye


@pytest.mark.parametrize("distortion", [None, BROWN, FISHEYE])
@pytest.mark.parametrize("rule", ["box", SPREAD])
def test_states_against_the_oracle(rule, distortion):
    """Mutants: a box of x/z too small; triangles astride the camera's plane dropped; float32; the
    floor one-sided or the walls two-sided; scale forgotten; a surface behind the point counted."""
    seen = set()
    for seed in range(14):
        rng = np.random.default_rng([seed, len(str(rule))])
        scene, eye = random_scene(rng)
        camera = camera_at(eye, rng.uniform(-0.1, 0.1, 3), fov=1.4, distortion=distortion)
        for number, points in keypoints_of(scene, LIBRARY, camera, rule).items():
            for point in points:
                assert point.state == expected(scene, camera, point, number), (seed, number, point)
                seen.add(point.state)
    assert seen == {"visible", "self_occluded", "occluded", "outside"}


# ---------------------------------------------------------------------------- plain answers


def test_a_wall_of_two_millimetres_hides():
    """Mutants: a tolerance of millimetres; the point's own surface hides it."""
    scene = scene_of(thing(1, "cup"))
    assert states(scene, camera_at((0.4, 0, 0.05), (0, 0, 0.05)))[1] == {
        "inside": "self_occluded", "outside": "visible", "floor": "self_occluded"
    }  # fmt: skip
    assert states(scene, camera_at((0, 0, 0.5), (0, 0, 0.05)))[1]["floor"] == "visible"


@pytest.mark.parametrize(("gap", "state"), [(0.002, "occluded"), (0.00005, "visible")])
def test_a_sheet_before_a_point(gap, state):
    """Mutants: 0.1 mm taken as 10 mm, or as nothing."""
    scene = scene_of(thing(1, "ball"), thing(2, "sheet", (0, 0, 0.05 + gap)))
    assert states(scene, camera_at((0, 0, 0.6)))[1]["top"] == state


def test_a_needle_thinner_than_a_pixel_is_seen_and_hides():
    """Mutant: the state is read from the instance map or the depth picture."""
    scene = scene_of(thing(1, "needle", turn=geometry.rotation_about([0, 1, 0], 0.4)))
    assert states(scene, camera_at((0.1, 1.5, 0.1), size=(64, 48)))[1] == {"tip": "visible"}
    behind = thing(2, "dot", (0, -0.1, 0.05))
    camera = camera_at((0, 0.9, 0.05), (0, 0, 0.05), size=(64, 48))
    assert states(scene_of(thing(1, "needle"), behind), camera)[2] == {"middle": "occluded"}


def test_own_back_comes_before_others():
    """Mutants: `occluded` wins over `self_occluded`; a fixture hides nothing."""
    table = thing(0, "box", (0, 0, 0.2), role="fixture")
    camera = camera_at((0, 0, 0.8))
    assert states(scene_of(thing(1, "ball")), camera)[1] == {
        "top": "visible", "bottom": "self_occluded"
    }  # fmt: skip
    assert states(scene_of(thing(1, "ball"), fixtures=(table,)), camera)[1] == {
        "top": "occluded", "bottom": "self_occluded"
    }  # fmt: skip


def test_beside_and_behind_the_camera():
    """Mutants: a point behind the camera, or nearer than a centimetre, is projected; the last column
    ends a pixel too late."""
    camera = camera_at((0, 0, 0.5), size=(100, 100), fov=2 * np.arctan(0.5))
    behind, beside = thing(1, "ball", (0, 0, 0.6)), thing(2, "ball", (0.5, 0, 0))
    found = keypoints_of(scene_of(behind, beside), LIBRARY, camera, "box")
    assert [point.state for point in (*found[1], *found[2])] == ["outside"] * 4
    assert [point.image for point in found[1]] == [None] * 2
    close = keypoints_of(scene_of(thing(1, "ball", (0, 0, 0.442))), LIBRARY, camera, "box")[1]
    assert [point.image is None for point in close] == [True, False]
    assert all(point.image is not None and point.image[0] > 100 for point in found[2])
    for shift, state in ((-1e-6, "visible"), (1e-6, "outside")):
        edge = thing(1, "dot", (0.25 * (0.5 - 0.00099) / 0.5 + shift, 0, 0))
        assert states(scene_of(edge), camera)[1]["middle"] == state


def test_nothing_before_the_near_plane_hides():
    """Mutant: a sheet 5 mm before the camera, which no picture shows, hides."""
    scene = scene_of(thing(1, "ball"), thing(2, "sheet", (0, 0, 0.495)))
    assert states(scene, camera_at((0, 0, 0.5)))[1]["top"] == "visible"


def test_floor_from_below_and_walls_from_outside():
    """Mutants: a floor of one side; a wall of two."""
    room = Backdrop(Material("f"), 2.0, Material("w"), 1.0)
    scene = scene_of(thing(1, "ball", (0, 0, 0.3)), backdrop=room)
    assert states(scene, camera_at((0, 0, -0.5)))[1]["bottom"] == "occluded"
    outside = scene_of(thing(1, "ball", (0, 1.2, 0.3)), backdrop=room)
    assert states(scene, camera_at((0, -1.5, 0.8)))[1]["top"] == "visible"
    assert states(outside, camera_at((0, 0, 0.8), (0, 1.2, 0.3)))[1]["top"] == "occluded"


def test_no_line_slips_through_an_edge():
    """Mutants: triangles without their edges; equal vertices that differ after a transform."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        turn = geometry.rotation_about(rng.normal(size=3), 1.0)
        pose = geometry.transform(turn, rng.uniform(-0.05, 0.05, 3))
        camera = camera_at(tuple(rng.uniform(-0.05, 0.05, 2)) + (0.6,))
        eye = geometry.apply(geometry.inverse(pose), camera.world_from_camera[:3, 3])
        points = {}
        ball = ASSETS["ball"].parts
        corners = np.concatenate([part.positions[part.faces] for part in ball]).astype(float)
        for number, (a, b, c) in enumerate(corners):
            normal = np.cross(b - a, c - a)
            slope = normal @ (eye - a) / np.linalg.norm(normal) / np.linalg.norm(eye - a)
            if slope > 0.5:  # not on the outline
                through = (a, (a + b) / 2)[number % 2]
                points[f"p{number}"] = tuple(eye + (through - eye) * 1.4)
        mesh = trimesh.Trimesh(corners.reshape(-1, 3), np.arange(len(corners) * 3).reshape(-1, 3))
        library = SimpleNamespace(load=lambda _, m=mesh, p=points: asset_of(m, **p))
        scene = scene_of(SceneObject(1, "x", "c", "target", pose))
        found = keypoints_of(scene, library, camera, "box")[1]
        assert {point.state for point in found} == {"self_occluded"}


def test_which_points():
    """Mutants: the rule beats the asset's own points; scale forgotten; corners in another order."""
    turn = geometry.rotation_about([1, 2, 3], 0.4)
    camera = camera_at((0, 0, 0.8))
    scene = scene_of(thing(1, "ball", scale=2.0), thing(2, "box", (0.1, 0, 0), turn, 0.5))
    ball, box = keypoints_of(scene, LIBRARY, camera, "box").values()
    assert [(point.name, point.object) for point in ball] == [
        ("top", (0, 0, 0.1)), ("bottom", (0, 0, -0.1))
    ]  # fmt: skip
    assert [point.name for point in box] == [*(f"corner_{n}" for n in range(8)), "center"]
    assert box[6].object == pytest.approx((0.025, 0.015, -0.01))
    assert box[8].object == pytest.approx((0, 0, 0))
    pose = geometry.inverse(camera.world_from_camera) @ scene.objects[1].world_from_object
    for point in box:
        assert point.camera == pytest.approx(geometry.apply(pose, point.object))
        assert point.image == pytest.approx(geometry.project(camera.K, point.camera))


def test_farthest_points_against_a_greedy_search():
    """Mutants: starts elsewhere than at the farthest from the middle; doubled vertices are chosen
    twice; more points than vertices."""
    camera, scene = camera_at((0, 0, 0.8)), scene_of(thing(1, "ring", scale=2.0))
    chosen = [point.object for point in keypoints_of(scene, LIBRARY, camera, SPREAD)[1]]
    asset = ASSETS["ring"]
    vertices = sorted({tuple(v) for part in asset.parts for v in part.positions.astype(float)})
    distance = [np.linalg.norm(v - asset.bounds.mean(axis=0)) for v in vertices]
    greedy = [vertices[int(np.argmax(distance))]]
    while len(greedy) < 9:
        apart = [min(np.linalg.norm(np.subtract(v, g)) for g in greedy) for v in vertices]
        greedy.append(vertices[int(np.argmax(apart))])
    assert np.array(chosen) == pytest.approx(np.array(greedy) * 2)
    few = keypoints_of(scene_of(thing(1, "sheet")), LIBRARY, camera, SPREAD)[1]
    assert [point.name for point in few] == [f"point_{number}" for number in range(4)]


def test_annotate_writes_what_is_wanted():
    """Mutants: labels without being asked; the recipe's rule or the object's scale does not arrive."""
    scene = scene_of(thing(1, "box", scale=2.0), thing(4, "ball", (0.1, 0, 0)))
    camera = camera_at((0, 0, 1))
    shape = (camera.height, camera.width)
    empty = Silhouette(0, 0, np.zeros((0, 0), bool))
    frame = Frame(
        color=np.zeros((*shape, 3), np.uint8),
        ids=np.zeros(shape, np.uint16),
        depth=np.zeros(shape, np.float32),
        normals=np.zeros((*shape, 3), np.float32),
        silhouettes={1: empty, 4: empty},
    )
    info = AssetInfo("a", "a", "", symmetries_continuous=(((1, 0, 0), (0, 0.1, 0)),))
    library = SimpleNamespace(load=ASSETS.__getitem__, info=lambda _: info)
    for label in annotate(scene, library, camera, frame, {}):
        assert label.keypoints is label.camera_from_object_canonical is None
    wanted = ["keypoints", "canonical_poses"]
    boxed = annotate(scene, library, camera, frame, {}, wanted)
    spread = annotate(scene, library, camera, frame, {}, wanted, Farthest(farthest=3))
    assert [len(label.keypoints) for label in (*boxed, *spread)] == [9, 2, 3, 2]
    for label, scale in zip(boxed, (2.0, 1.0), strict=True):
        pose = canonical(label.camera_from_object, info, scale)
        assert np.array_equal(label.camera_from_object_canonical, pose)
    assert keypoints_of(scene_of(), library, camera, "box") == {}

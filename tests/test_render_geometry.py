"""Labels against a ray-caster that shares no code with the renderer."""

from collections.abc import Iterator

import numpy as np
import pytest
from raycaster import Shape, cast, sure
from render_scenes import RADIUS, SIZES, Shapes, camera, scene, thing

from scenegen import geometry
from scenegen.render.raster import Raster
from scenegen.scene import Backdrop, Camera, Material, Scene

BOX = (0.2, 0.1, 0.06)
FLOOR = Backdrop(floor=Material(color=(1.0, 1.0, 1.0)), floor_size=6.0)
TILT = geometry.rotation_about([1, 2, 3], 0.7)


@pytest.fixture(scope="module")
def raster() -> Iterator[Raster]:
    renderer = Raster(Shapes())  # type: ignore[arg-type]
    yield renderer
    renderer.close()


def _world() -> tuple[Scene, list[Shape]]:
    """A sphere behind a tilted box, a fixture, and the floor: nothing is symmetric."""
    sphere = thing(3, "sphere", (-0.12, 0.1, 0.1))
    box = thing(7, "box", (0.1, -0.08, 0.12), rotation=TILT, scale=1.3)
    post = thing(0, "post", (-0.3, -0.1, 0.15), role="fixture")
    shapes = [
        Shape("sphere", 3, sphere.world_from_object, (RADIUS, 0, 0)),
        Shape("box", 7, box.world_from_object, tuple(1.3 * np.array(BOX))),
        Shape("box", 0, post.world_from_object, SIZES["post"]),
        Shape("square", 0, np.eye(4), (6.0, 0, 0)),
    ]
    return scene([sphere, box], backdrop=FLOOR, fixtures=[post]), shapes


CAMERAS = {
    "centred": camera(),
    "skewed and off-centre": camera(fx=190.0, fy=170.0, skew=9.0, cx=60.3, cy=80.9),
    "odd size": camera(size=(157, 93)),
    "far": camera(eye=(3.2, -3.0, 2.6), fov=0.15),
}


@pytest.mark.parametrize("name", CAMERAS)
def test_labels_equal_the_ray_caster(raster: Raster, name: str) -> None:
    """Mutants: K without + ½, skew dropped, y up, ids and depth of two passes, normals unturned."""
    view = CAMERAS[name]
    world, shapes = _world()
    found, truth = raster.geometry(world, view), cast(view, shapes)
    clear = sure(view, shapes, 0.05)
    assert clear.mean() > 0.97
    assert found.ids.dtype == np.uint16
    assert found.depth.dtype == np.float32
    np.testing.assert_array_equal(found.ids[clear], truth.ids[clear])
    error = np.abs(found.depth - truth.depth)[clear]
    assert np.quantile(error, 0.995) < 1e-4  # the rest: creases between faces of one shape
    cosine = (found.normals * truth.normals).sum(axis=-1)[clear & (truth.depth > 0)]
    assert np.quantile(cosine, 0.005) > np.cos(np.deg2rad(1.0))
    length = np.linalg.norm(found.normals[found.depth > 0], axis=-1)
    np.testing.assert_allclose(length, 1, atol=1e-5)


def test_half_a_pixel_would_be_seen(raster: Raster) -> None:
    """The comparison itself has teeth: a camera moved by half a pixel fails it."""
    world, shapes = _world()
    moved = camera(cx=80.0)
    found, truth = raster.geometry(world, moved), cast(camera(), shapes)
    clear = sure(camera(), shapes, 0.05)
    assert (found.ids != truth.ids)[clear].sum() > 20


def test_x_is_right_and_y_is_down(raster: Raster) -> None:
    """Mutant: the framebuffer read upside down or mirrored."""
    view = Camera("c", 0, 60, 40, geometry.intrinsics(60, 40, 0.9), np.eye(4))
    right, low = thing(1, "sphere", (0.3, 0.0, 1.0)), thing(2, "sphere", (0.0, 0.2, 1.0))
    ids = raster.geometry(scene([right, low]), view).ids
    assert np.argwhere(ids == 1)[:, 1].min() > 35
    assert np.argwhere(ids == 2)[:, 0].min() > 21


def test_background_is_zero_everywhere(raster: Raster) -> None:
    """Mutant: targets not cleared between pictures."""
    world, _ = _world()
    raster.geometry(world, camera())
    empty = raster.geometry(scene([]), camera())
    assert not empty.ids.any()
    assert not empty.depth.any()
    assert not empty.normals.any()
    assert empty.silhouettes == {}


def test_both_sides_of_an_open_sheet(raster: Raster) -> None:
    """Mutants: faces culled; normals of back faces not turned toward the camera."""
    world = scene([thing(1, "sheet", (0.0, 0.0, 0.0))])
    for height in (0.8, -0.8):
        found = raster.geometry(world, camera(eye=(0.1, 0.0, height), target=(0, 0, 0)))
        assert (found.ids == 1).sum() > 500
        assert (found.normals[found.ids == 1] @ [0, 0, -1.0] > 0.9).all()


def test_a_millimetre_in_front_wins_at_two_metres(raster: Raster) -> None:
    """Mutant: depth not reversed, or 16 bits of it."""
    plates = [thing(1, "slab", (0, 0, 0.003)), thing(2, "slab", (0, 0, 0.0031))]
    ids = raster.geometry(scene(plates), camera(eye=(0.1, 0, 2.0), target=(0, 0, 0), fov=0.2)).ids
    inner = ids[40:80, 60:100]
    assert (inner == 2).all()


def test_walls_are_seen_from_inside_only(raster: Raster) -> None:
    """Mutants: walls culled the wrong way round, or not at all."""
    room = Backdrop(floor=Material(), floor_size=4.0, walls=Material(), wall_height=2.5)
    world = scene([thing(1, "sphere", (0, 0, 0.1))], backdrop=room)
    inside = raster.geometry(world, camera(eye=(0.5, 0.5, 1.0), target=(-2, 0.0, 1.0)))
    assert (inside.depth > 0).all()
    np.testing.assert_allclose(inside.depth[60, 80], 2.5 * np.hypot(1, 0.2) / 1, atol=0.08)
    outside = raster.geometry(world, camera(eye=(6.0, 0.3, 2.0), target=(0, 0, 0.1), fov=0.3))
    assert (outside.ids == 1).sum() > 50


def test_the_same_bytes_again_and_after_another_scene(raster: Raster) -> None:
    """Mutant: state that leaks from one picture into the next."""
    world, _ = _world()
    view = camera()
    first = raster.geometry(world, view)
    other = raster.geometry(scene([thing(1, "post", (0, 0, 0.2))]), view)
    assert set(np.unique(other.ids)) == {0, 1}
    raster.geometry(world, camera(size=(64, 64)))
    again = raster.geometry(world, view)
    for a, b in zip(first[:3], again[:3], strict=True):
        assert a.tobytes() == b.tobytes()


def test_triangles_two_metres_long_and_a_millimetre_wide(raster: Raster) -> None:
    """Depth and normals are those of the triangle that is hit, by brute force, in double precision.

    Mutants: depth or normals as the driver interpolates them (llvmpipe: off by parts in a thousand);
    the side that is seen by the winding of rounded corners; a plane seen edge-on followed anywhere.
    """
    turned = geometry.rotation_about([0.3, 1, 0.2], 1.4)
    view = camera(eye=(1.1, 0.02, 0.12), target=(0, 0, 0.05), size=(320, 160), fov=0.9)
    rod = thing(1, "rod", (0, 0, 0.05), rotation=turned)
    found = raster.geometry(scene([rod]), view)
    (part,) = Shapes().load("rod").parts
    pose = geometry.inverse(view.world_from_camera) @ rod.world_from_object
    corners = geometry.apply(pose, part.positions[part.faces])
    normals = part.normals[part.faces].astype(np.float64) @ pose[:3, :3].T
    rows, columns = np.nonzero(found.ids)
    assert len(rows) > 500
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=1)
    depth, normal, margin = first_hits(pixels @ np.linalg.inv(view.K).T, corners, normals)
    clear = margin > 0.01 / view.K[0, 0]
    assert clear.mean() > 0.7
    assert np.abs(found.depth[rows, columns] / depth - 1)[clear].max() < 2e-5
    cosine = np.einsum("ij,ij->i", found.normals[rows, columns], normal)
    assert cosine[clear].min() > np.cos(np.radians(0.2))


def first_hits(
    rays: np.ndarray, corners: np.ndarray, normals: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth, normal and distance (on the plane z = 1) to the nearest edge of the triangle hit first."""
    best = np.full(len(rays), np.inf)
    blended, margin = np.zeros((len(rays), 3)), np.zeros(len(rays))
    for triangle, of_corners in zip(corners, normals, strict=True):
        weights = rays @ np.linalg.inv(triangle)  # rays = weights · corners
        inside = (weights >= 0).all(axis=1)
        depth = 1 / weights.sum(axis=1)
        nearer = inside & (depth < best)
        plane = triangle[:, :2] / triangle[:, 2:]
        sides = np.roll(plane, -1, axis=0) - plane
        away = rays[:, None, :2] - plane
        apart = np.abs(sides[:, 0] * away[..., 1] - sides[:, 1] * away[..., 0])
        apart /= np.linalg.norm(sides, axis=1)
        share = weights * depth[:, None]
        value = share @ of_corners
        value /= np.linalg.norm(value, axis=1, keepdims=True)
        face = np.cross(triangle[1] - triangle[0], triangle[2] - triangle[0])
        value *= np.where(face @ triangle[0] > 0, -1, 1)
        best[nearer], blended[nearer] = depth[nearer], value[nearer]
        margin[nearer] = apart.min(axis=1)[nearer]
    return best, blended, margin

"""Pictures through bending lenses, against a ray-caster that takes its rays from OpenCV."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from raycaster import Shape, cast, sure
from render_scenes import RADIUS, SIZES, Shapes, camera, scene, thing

from scenegen import geometry, lens
from scenegen.render.raster import Raster
from scenegen.scene import Backdrop, Camera, Distortion, Light, Material, Scene, Silhouette

BARREL = Distortion("brown_conrady", (-0.28, 0.09, 0.0007, -0.0005, -0.01))
RATIONAL = Distortion("brown_conrady", (0.4, 0.1, 7e-4, -5e-4, 0.02, 0.7, 0.2, 0.03))
FISHEYE = Distortion("kannala_brandt", (0.02, -0.01, 0.003, -0.001))
WIDE = {"fx": 55.0, "fy": 57.0, "distortion": FISHEYE}  # 164° from left to right
CAMERAS = {
    "barrel": camera(distortion=BARREL),
    "barrel, skewed and off-centre": camera(
        distortion=BARREL, fx=190.0, fy=170.0, skew=9.0, cx=60.3, cy=80.9
    ),
    "barrel that folds in the picture": camera(distortion=BARREL, fov=1.9),
    "rational": camera(distortion=RATIONAL, fov=1.4, size=(157, 93)),
    "fisheye": camera(eye=(0.2, -0.3, 0.25), **WIDE),
    "fisheye close above the floor": camera(eye=(0.1, -0.05, 0.33), **WIDE),
    "fisheye whose axis comes from the floor": camera(
        eye=(0.2, -0.2, 0.13), target=(0.1, 0.1, 0.2), **WIDE
    ),
}
BOX = (0.2, 0.1, 0.06)
FLOOR = Backdrop(floor=Material(color=(1.0, 1.0, 1.0)), floor_size=6.0)
TILT = geometry.rotation_about([1, 2, 3], 0.7)


@pytest.fixture(scope="module")
def raster() -> Iterator[Raster]:
    renderer = Raster(Shapes())  # type: ignore[arg-type]
    yield renderer
    renderer.close()


def _world() -> tuple[Scene, list[Shape]]:
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


def canvas_of(view: Camera) -> Camera:
    """The camera whose picture is the canvas of silhouettes."""
    k = view.K + np.array([[0, 0, view.width], [0, 0, view.height], [0, 0, 0]])
    return replace(view, width=3 * view.width, height=3 * view.height, K=k)


def on_canvas(silhouette: Silhouette, view: Camera) -> NDArray[np.bool_]:
    canvas = np.zeros((3 * view.height, 3 * view.width), bool)
    height, width = silhouette.mask.shape
    y, x = silhouette.y0 + view.height, silhouette.x0 + view.width
    canvas[y : y + height, x : x + width] = silhouette.mask
    return canvas


@pytest.mark.parametrize("name", CAMERAS)
def test_labels_equal_the_ray_caster(raster: Raster, name: str) -> None:
    """Mutants: rays half a pixel off; rectangles around the triangles without room for bent edges,
    or around triangles that hold the axis behind the camera; p1 and p2 exchanged; z as distance.
    """
    view = CAMERAS[name]
    world, shapes = _world()
    found, truth = raster.geometry(world, view), cast(view, shapes)
    clear = sure(view, shapes, 0.02)
    blind = np.isnan(lens.rays(view)[..., 0])
    assert clear.mean() > 0.99
    np.testing.assert_array_equal(found.ids[clear], truth.ids[clear])
    assert not found.ids[blind].any()
    assert not found.depth[blind].any()
    there = clear & (truth.depth > 0) & ~blind
    assert ((found.depth > 0) != (truth.depth > 0))[clear & ~blind].sum() == 0
    error = np.abs(found.depth / np.where(there, truth.depth, 1) - 1)
    assert error[there & (truth.shapes != 1)].max() < 1e-4
    assert np.quantile(error[there], 0.98) < 2e-4  # the sphere has facets
    cosine = (found.normals * truth.normals).sum(axis=-1)[there]
    assert np.quantile(cosine, 0.005) > np.cos(np.deg2rad(1.0))
    length = np.linalg.norm(found.normals[found.depth > 0], axis=-1)
    np.testing.assert_allclose(length, 1, atol=1e-5)


def test_a_tenth_of_a_pixel_would_be_seen(raster: Raster) -> None:
    """The comparison itself has teeth: a lens a little off fails it."""
    world, shapes = _world()
    view = camera(distortion=BARREL, size=(320, 240))
    off = replace(view, K=view.K + np.array([[0, 0, 0.1], [0, 0, 0], [0, 0, 0]]))
    found, truth = raster.geometry(world, off), cast(view, shapes)
    assert (found.ids != truth.ids)[sure(view, shapes, 0.02)].sum() >= 8


SMALL = {
    "barrel": camera(distortion=BARREL, size=(80, 60)),
    "fisheye": camera(
        eye=(0.2, -0.2, 0.13),
        target=(0.1, 0.1, 0.2),
        size=(80, 60),
        fx=28,
        fy=28,
        distortion=FISHEYE,
    ),
}


@pytest.mark.parametrize("view", SMALL.values(), ids=list(SMALL))
def test_silhouettes_equal_each_object_alone(raster: Raster, view: Camera) -> None:
    """Mutants: the canvas' rays in the image; the image in a corner of the canvas; an object's
    rectangle that is too small; silhouettes that end at the image.
    """
    world, shapes = _world()
    found = raster.geometry(world, view)
    wide = canvas_of(view)
    for one, shape in zip(world.objects, shapes, strict=False):
        truth = cast(wide, [shape]).ids > 0
        mask = on_canvas(found.silhouettes[one.instance_id], view)
        clear = sure(wide, [shape], 0.05 if shape.kind == "box" else 0.3)  # the sphere has facets
        np.testing.assert_array_equal(mask[clear], truth[clear])
        inside = mask[view.height : 2 * view.height, view.width : 2 * view.width]
        alone = raster.geometry(scene([one]), view)
        np.testing.assert_array_equal(inside, alone.ids > 0)
        assert not ((found.ids == one.instance_id) & ~inside).any()


@pytest.mark.parametrize("distortion", [BARREL, FISHEYE])
def test_outside_the_image_it_goes_on(raster: Raster, distortion: Distortion) -> None:
    """Mutants: rays of the canvas outside the image wrong; `clipped` unset at the canvas' border."""
    view = camera(distortion=distortion, size=(80, 60), fov=0.7)
    for x, y in ((-0.45, 0.0), (0.1, 0.33), (0.42, -0.3)):
        place = view.world_from_camera @ [x, y, 1.0, 1.0]
        box = thing(4, "box", place[:3], rotation=TILT)
        shape = Shape("box", 4, box.world_from_object, BOX)
        silhouette = raster.geometry(scene([box]), view).silhouettes[4]
        clear = sure(canvas_of(view), [shape], 0.02)
        truth = cast(canvas_of(view), [shape]).ids == 4
        assert truth.sum() > 100
        mask = on_canvas(silhouette, view)
        np.testing.assert_array_equal(mask[clear], truth[clear])
        border = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
        assert silhouette.clipped == border


def test_fine_meshes_have_no_holes(raster: Raster) -> None:
    """Mutants: an edge's two sides rounded apart; a margin smaller than a pixel."""
    view = camera(eye=(0.0, -0.12, 0.08), target=(0, 0, 0.0), **WIDE)
    found = raster.geometry(
        scene([thing(1, "sphere", (0, 0, 0)), thing(2, "coarse_sphere", (0, 0, 0.2))]), view
    )
    for number in (1, 2):
        mask = found.silhouettes[number].mask.astype(int)
        turns = np.abs(np.diff(np.pad(mask, ((0, 0), (1, 1))), axis=1)).sum(axis=1)
        assert mask.sum() > 300
        assert (turns <= 2).all()


def test_walls_are_seen_from_inside_only(raster: Raster) -> None:
    """Mutants: walls drawn from both sides, or from outside."""
    room = Backdrop(floor=Material(), floor_size=4.0, walls=Material(), wall_height=2.5)
    world = scene([thing(1, "sphere", (0, 0, 0.1))], backdrop=room)
    inside = raster.geometry(world, camera(eye=(0.5, 0.5, 1.0), target=(-2, 0.0, 1.0), **WIDE))
    rays = lens.rays(camera(**WIDE))
    seen = np.isfinite(rays[..., 0]) & (np.hypot(*np.moveaxis(rays, -1, 0)) < 2)
    assert (inside.depth[seen] > 0).mean() > 0.7
    assert inside.depth[60, 80] == pytest.approx(2.5 * np.hypot(1, 0.2), abs=0.08)
    view = camera(eye=(6.0, 0.3, 2.0), target=(0, 0, 0.1), fov=0.3, distortion=BARREL)
    assert (raster.geometry(world, view).ids == 1).sum() > 50


def test_the_same_bytes_first_and_again(raster: Raster) -> None:
    """Mutants: textures uploaded onto the rays; state left over from a pinhole camera."""
    board = Material(texture="a board not uploaded yet")
    lit = [Light("environment", texture="white")]
    world = scene([thing(1, "box", (0, 0, 0.1), material=board)], lit, Backdrop(floor=board))
    view = camera(**WIDE)
    first = [*raster.geometry(world, view)[:3], raster.color(world, view)]
    for other in (camera(), camera(distortion=BARREL), camera(size=(64, 64))):
        raster.geometry(world, other)
        raster.color(world, other)
    again = [*raster.geometry(world, view)[:3], raster.color(world, view)]
    assert set(np.unique(first[0])) == {0, 1}
    for a, b in zip(first, again, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", ["barrel", "fisheye", "barrel that folds in the picture"])
def test_color_lies_on_the_labels(raster: Raster, name: str) -> None:
    """Mutants: samples a quarter of a pixel off; averaged in sRGB; views turned the wrong way."""
    view = CAMERAS[name]
    white = [thing(1, "sphere", (0.05, 0.02, 0.1)), thing(2, "sphere", (-0.35, 0.2, 0.1))]
    lit = [Light("environment", texture="white", visible=False)]
    world = scene(white, lit, Backdrop(color=(0.0, 0.0, 0.0)))
    ids, color = raster.geometry(world, view).ids, raster.color(world, view)
    value = (color[..., 0] / 255.0) ** 2.2
    bright = value > np.median(value[ids > 0]) / 2
    assert (ids > 0).sum() > 150
    assert (bright & (ids > 0)).sum() / (bright | (ids > 0)).sum() > 0.97
    rows, columns = np.indices(ids.shape)
    for values in (rows, columns):
        assert values[bright].mean() == pytest.approx(values[ids > 0].mean(), abs=0.1)


@pytest.mark.parametrize("name", ["barrel", "fisheye", "barrel that folds in the picture"])
def test_what_the_lens_sees_is_there_and_nothing_else(raster: Raster, name: str) -> None:
    """Mutants: a view missing or too small; its border smeared over blind pixels."""
    view = CAMERAS[name]
    color = raster.color(scene([], backdrop=Backdrop(color=(0.5, 0.5, 0.5))), view)
    blind = np.isnan(lens.rays(view)[..., 0])
    assert not color[blind].any()
    assert np.ptp(color[~blind].astype(int)) <= 1
    assert color[~blind].min() > 100


def test_color_of_no_distortion_is_the_pinholes(raster: Raster) -> None:
    """Mutants: averaged in sRGB; samples moved; the tone curve applied twice."""
    world, _ = _world()
    lit = replace(world, lights=(Light("sun", direction=(0.4, 0.3, 0.8), size=0.01),))
    plain = camera(fov=1.2)
    straight = replace(plain, distortion=Distortion("brown_conrady", (0.0, 0.0, 0.0, 0.0)))
    one, other = raster.color(lit, plain).astype(int), raster.color(lit, straight).astype(int)
    assert np.abs(one - other).mean() < 2
    assert np.abs((one - other).mean()) < 0.3
    assert np.abs(raster.radiance(lit, plain) - raster.radiance(lit, straight)).mean() < 0.02


def test_no_seams_between_the_views(raster: Raster) -> None:
    """Mutants: side views without overlap, turned, or missing; their edges not blended."""
    world = scene([], [Light("environment", texture="white")], FLOOR)
    view = camera(
        eye=(0.0, 0.0, 0.8),
        target=(0.3, 0.2, 0.0),
        size=(200, 160),
        fx=66.0,
        fy=66.0,
        distortion=FISHEYE,
    )
    color = raster.color(world, view).astype(int)
    rays = lens.rays(view)
    inner = np.hypot(*np.moveaxis(rays, -1, 0)) < np.tan(np.deg2rad(80))
    floor = inner & (raster.geometry(world, view).depth > 0)
    assert floor.sum() > 10_000
    for axis in (0, 1):
        step = np.abs(np.diff(color, axis=axis)).max(axis=-1)
        both = np.minimum(np.delete(floor, 0, axis), np.delete(floor, -1, axis))
        assert step[both].max() <= 6


def test_large_triangles_anywhere(raster: Raster) -> None:
    """Mutants: no room for bent edges around a triangle; a silhouette's rectangle too small where its
    box meets the axis behind the camera.
    """
    rng = np.random.default_rng(1)
    for number in range(10):
        bend = (FISHEYE, RATIONAL)[number % 2]
        width, height = (96, 72) if number % 3 else (400, 300)
        focal = width / 96 * (33.0 if bend is FISHEYE else rng.uniform(20, 80))
        k = np.array(
            [[focal, 0, width / 2 + rng.uniform(-9, 9)], [0, focal, height / 2], [0, 0, 1]]
        )
        view = Camera("c", 0, width, height, k, np.eye(4), distortion=bend)
        scale, turn = 10 ** rng.uniform(-0.5, 1.5), rng.uniform(0, 6.28)
        rotation = geometry.rotation_about(rng.normal(size=3), turn)
        place = rng.normal(size=3) * 0.1 * scale * rng.uniform(0.1, 1.5)
        sheet = thing(1, "sheet", place, rotation=rotation, scale=scale)
        shape = Shape("square", 1, sheet.world_from_object, (0.2 * scale, 0, 0))
        found, clear = raster.geometry(scene([sheet]), view), sure(view, [shape], 0.02)
        np.testing.assert_array_equal(found.ids[clear], cast(view, [shape]).ids[clear])
        mask = on_canvas(found.silhouettes[1], view)[height : 2 * height, width : 2 * width]
        np.testing.assert_array_equal(mask, found.ids == 1)

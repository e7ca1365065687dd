"""Flow, disparity, NOCS and what is hidden, against a ray-caster that shares no code.

The oracle finds the surface point at each pixel's centre, carries it along with its shape, projects
it, and casts a ray back to it to see whether it is hidden.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from raycaster import HITS, Shape, cast, sure
from render_scenes import SIZES, Shapes, camera, scene, thing

from scenegen import geometry
from scenegen.annotate import maps
from scenegen.render.raster import Raster
from scenegen.scene import Backdrop, Camera, Material, Scene

TURN = geometry.rotation_about([1, 2, 3], 0.5)
FLOOR = Backdrop(Material("checks"), 3.0)


@pytest.fixture(scope="module")
def raster() -> Iterator[Raster]:
    renderer = Raster(Shapes())  # type: ignore[arg-type]
    yield renderer
    renderer.close()


def moment(shift: float, angle: float) -> Scene:
    """A slab that moves over a box and a post on a floor."""
    turned = geometry.rotation_about([0.3, 0.2, 1], angle)
    return scene(
        [
            thing(1, "box", (0.0, 0.05, 0.03)),
            thing(2, "slab", (-0.1 + shift, -0.1, 0.2), rotation=turned, scale=0.8),
            thing(4, "post", (0.2, 0.1, 0.15)),
        ],
        backdrop=FLOOR,
    )


def shapes(world: Scene) -> list[Shape]:
    boxes = [
        Shape(
            "box",
            o.instance_id,
            o.world_from_object,
            tuple(o.scale * s for s in SIZES.get(o.asset_id, (0.2, 0.1, 0.06))),  # type: ignore[arg-type]
        )
        for o in world.objects
    ]
    return [*boxes, Shape("square", 0, np.eye(4), (3.0, 0, 0))]


def view(raster: Raster, world: Scene, look: Camera) -> maps.View:
    return maps.View(world, look, raster.geometry(world, look))


BEFORE, AFTER = moment(0.0, 0.1), moment(0.06, 0.4)


def clear_of_edges() -> np.ndarray:
    """Pixels of the first picture that surely show one surface."""
    return sure(FIRST, shapes(BEFORE), 0.05) & (cast(FIRST, shapes(BEFORE)).depth > 0)


FIRST = camera(size=(120, 90))
SECOND = camera(eye=(0.56, -0.66, 0.58), target=(0.02, 0.01, 0.05), size=(120, 90))


def true_motion(world: Scene, look: Camera, later: Scene, other: Camera) -> tuple[np.ndarray, ...]:
    """Points here and there (H, W, 3), pixels there (H, W, 2), by the oracle."""
    seen = cast(look, shapes(world))
    u, v = np.meshgrid(np.arange(look.width), np.arange(look.height))
    here = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(look.K).T * seen.depth[..., None]
    homogeneous = np.concatenate([here, np.ones((*u.shape, 1))], -1)
    there = np.zeros_like(here)
    for number, (old, new) in enumerate(zip(shapes(world), shapes(later), strict=True), start=1):
        matrix = (
            np.linalg.inv(other.world_from_camera)
            @ new.world_from_shape
            @ np.linalg.inv(old.world_from_shape)
            @ look.world_from_camera
        )
        mask = seen.shapes == number
        there[mask] = (homogeneous[mask] @ matrix.T)[:, :3]
    pixels = (there @ other.K.T)[..., :2] / np.where(there[..., 2:] > 0, there[..., 2:], 1)
    return here, there, pixels


def test_flow_follows_what_moves_and_who_looks(raster: Raster) -> None:
    """Mutants: (Δy, Δx); backwards in time; the camera's motion or the objects' left out; the
    object's turn about its origin left out; half a pixel; the ray's length for z."""
    moved = maps.motion(view(raster, BEFORE, FIRST), AFTER, SECOND)
    here, there, pixels = true_motion(BEFORE, FIRST, AFTER, SECOND)
    clear = clear_of_edges()
    assert clear.mean() > 0.8
    x, y = np.meshgrid(np.arange(120), np.arange(90))
    assert np.abs(moved.flow - (pixels - np.stack([x, y], -1)))[clear].max() < 0.01
    assert np.abs(moved.scene_flow - (there - here))[clear].max() < 1e-4
    for number in (1, 2, 4, 0):
        assert (cast(FIRST, shapes(BEFORE)).ids[clear] == number).any()


@pytest.mark.parametrize("stereo", [False, True])
def test_what_is_hidden_there(raster: Raster, stereo: bool) -> None:
    """Mutants: a nearest-depth test without the object; `outside` and `hidden` swapped; the
    picture's border half a pixel off; the other way round (here for there)."""
    other = FIRST
    if stereo:
        other = replace(FIRST, world_from_camera=FIRST.world_from_camera @ shifted(0.07))
    later, other = (BEFORE, other) if stereo else (AFTER, SECOND)
    seen = view(raster, BEFORE, FIRST)
    found = maps.occlusion(seen, maps.motion(seen, later, other), view(raster, later, other))
    _, there, pixels = true_motion(BEFORE, FIRST, later, other)
    truth, clear = hidden_truth(there, pixels, shapes(later), other)
    clear &= clear_of_edges()
    assert clear.mean() > 0.6
    for code in (maps.SEEN, maps.HIDDEN, maps.OUTSIDE):
        assert (truth[clear] == code).sum() > 20
    assert (found[clear] == truth[clear]).mean() > 0.9995


def hidden_truth(
    there: np.ndarray, pixels: np.ndarray, around: list[Shape], other: Camera
) -> tuple[np.ndarray, np.ndarray]:
    """Codes by casting a ray to each point, and where a ray 1.5 pixels aside sees no other."""

    def first(shift: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        rays = np.dstack([pixels + shift, np.ones(pixels.shape[:2])]) @ np.linalg.inv(other.K).T
        return nearest(other, around, rays)

    depth, which = first((0, 0))
    hidden = depth < there[..., 2] - 0.004
    aside = [first((dx, dy))[1] for dx in (-1.5, 1.5) for dy in (-1.5, 1.5)]
    x, y = np.moveaxis(pixels, -1, 0)
    outside = (x < -0.5) | (x > other.width - 0.5) | (y < -0.5) | (y > other.height - 0.5)
    truth = np.where(outside, maps.OUTSIDE, np.where(hidden, maps.HIDDEN, maps.SEEN))
    clear = np.all([shape == which for shape in aside], axis=0)
    return truth, clear


def nearest(look: Camera, around: list[Shape], rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth of the first hit along camera-frame rays with z = 1, and the shape it is on."""
    found = []
    for shape in around:
        matrix = np.linalg.inv(look.world_from_camera) @ shape.world_from_shape
        origin = -matrix[:3, :3].T @ matrix[:3, 3]
        depth, _ = HITS[shape.kind](origin, rays @ matrix[:3, :3], np.array(shape.size))
        found.append(depth)
    return np.min(found, axis=0), np.argmin(found, axis=0)


def shifted(x: float) -> np.ndarray:
    return geometry.transform(np.eye(3), [x, 0, 0])


def test_disparity_brings_the_right_eye_to_the_left(raster: Raster) -> None:
    """Mutants: fy for fx; the baseline in another unit; disparity of the ray's length."""
    right = replace(FIRST, world_from_camera=FIRST.world_from_camera @ shifted(0.05))
    left = view(raster, BEFORE, FIRST)
    apart = maps.disparity(left, 0.05)
    _, _, pixels = true_motion(BEFORE, FIRST, BEFORE, right)
    clear = clear_of_edges()
    x = np.arange(120)[None]
    assert np.abs((x - apart) - pixels[..., 0])[clear].max() < 0.01


def test_nocs_are_coordinates_in_the_box(raster: Raster) -> None:
    """Mutants: each axis stretched to 1; the middle at the origin; the scale left out; axes of the
    camera; something where there is no object."""
    seen = view(raster, BEFORE, FIRST)
    found = maps.nocs(seen, Shapes())  # type: ignore[arg-type]
    truth = cast(FIRST, shapes(BEFORE))
    here = true_motion(BEFORE, FIRST, BEFORE, FIRST)[0]
    clear = sure(FIRST, shapes(BEFORE), 0.05)
    assert np.isnan(found[clear & (truth.ids == 0)]).all()
    for o, shape in zip(BEFORE.objects, shapes(BEFORE), strict=False):
        mask = clear & (truth.ids == o.instance_id)
        matrix = np.linalg.inv(shape.world_from_shape) @ FIRST.world_from_camera
        inside = here[mask] @ matrix[:3, :3].T + matrix[:3, 3]
        expected = inside / np.linalg.norm(shape.size) + 0.5
        assert mask.sum() > 20
        assert np.abs(found[mask] - expected).max() < 1e-3

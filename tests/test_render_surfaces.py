"""Albedo, roughness and metallic: the numbers that the materials were given, where the labels are."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from raycaster import Shape, cast, sure, undistorted
from render_scenes import RADIUS, Shapes, camera, scene, thing

from scenegen import geometry
from scenegen.assets.model import Asset
from scenegen.render.raster import Raster
from scenegen.scene import Backdrop, Camera, Distortion, Light, Material, Scene

BARREL = Distortion("brown_conrady", (-0.28, 0.09, 0.0007, -0.0005, -0.01))
FISHEYE = Distortion("kannala_brandt", (0.02, -0.01, 0.003, -0.001))
CAMERAS = {
    "pinhole": camera(),
    "barrel": camera(distortion=BARREL),
    "fisheye": camera(eye=(0.2, -0.3, 0.25), fx=55.0, fy=57.0, distortion=FISHEYE),
}
TILT = geometry.rotation_about([1, 2, 3], 0.7)


class Painted(Shapes):
    """`painted`: a sheet whose vertices are red, green, blue and white."""

    def load(self, asset_id: str) -> Asset:
        if asset_id != "painted":
            return super().load(asset_id)
        asset = super().load("sheet")
        colors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], np.float32)
        return replace(asset, parts=(replace(asset.parts[0], colors=colors),))


@pytest.fixture(scope="module")
def raster() -> Iterator[Raster]:
    renderer = Raster(Painted())  # type: ignore[arg-type]
    yield renderer
    renderer.close()


def srgb(linear: float) -> float:
    """0 to 255."""
    return 255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055)


def _world(lights: list[Light] | None = None) -> Scene:
    matt = Material(color=(0.9, 0.2, 0.05), roughness=0.3, metallic=0.6)
    ball = thing(3, "sphere", (-0.12, 0.1, 0.1), material=matt)
    box = thing(7, "box", (0.1, -0.08, 0.12), rotation=TILT, scale=1.3)
    floor = Material(color=(0.4, 0.5, 0.6), roughness=0.8)
    return scene([ball, box], lights or [], Backdrop(floor=floor, floor_size=6.0))


@pytest.mark.parametrize("name", CAMERAS)
def test_the_numbers_of_the_materials(raster: Raster, name: str) -> None:
    """Mutants: linear instead of sRGB; red and blue exchanged; roughness in red; its square written;
    another surface's numbers left over; a surface in the background.
    """
    view, world = CAMERAS[name], _world()
    labels, found = raster.geometry(world, view), raster.surfaces(world, view)
    wanted = {
        3: ([srgb(x) for x in (0.9, 0.2, 0.05)], [0, 0.3 * 255, 0.6 * 255]),
        7: ([255, 255, 255], [0, 255, 0]),
        0: ([srgb(x) for x in (0.4, 0.5, 0.6)], [0, 0.8 * 255, 0]),
    }
    assert found.albedo.dtype == found.roughness_metallic.dtype == np.uint8
    for number, (albedo, rest) in wanted.items():
        mask = (labels.ids == number) & (labels.depth > 0)
        assert mask.sum() > 50
        assert np.abs(found.albedo[mask] - np.array(albedo)).max() <= 0.51
        assert np.abs(found.roughness_metallic[mask] - np.array(rest)).max() <= 0.51
    nothing = labels.depth == 0
    assert not found.albedo[nothing].any()
    assert not found.roughness_metallic[nothing].any()


def test_no_light_is_in_it(raster: Raster) -> None:
    """Mutants: the lit picture returned; the exposure applied."""
    view = camera()
    dark = raster.surfaces(_world(), view)
    lit = _world([Light("sun", direction=(0.4, 0.3, 0.8)), Light("environment", texture="white")])
    bright = raster.surfaces(lit, replace(view, exposure=7.0))
    for one, other in zip(dark, bright, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", CAMERAS)
def test_textures_lie_where_the_rays_hit(raster: Raster, name: str) -> None:
    """Mutants: uv bent along with the picture; uv interpolated in the picture's plane; mirrored."""
    view = CAMERAS[name]
    world = scene([], backdrop=Backdrop(floor=Material(texture="board"), floor_size=6.0))
    floor = [Shape("square", 0, np.eye(4), (6.0, 0, 0))]
    truth = cast(view, floor)
    points = _points(view, truth.depth)
    found = raster.surfaces(world, view).albedo[..., 0]
    far = np.linalg.norm(points - view.world_from_camera[:3, 3], axis=-1)
    near = (truth.depth > 0) & (far < (0.4 if name == "fisheye" else 1.0)) & sure(view, floor, 1.0)
    share = points[..., 0] / 0.1 % 1.0  # left half black, right half white
    inner = near & (np.abs(share - 0.5) > 0.1) & (np.abs(share - 0.5) < 0.4)
    assert inner.sum() > 500
    right = (found > 128) == (share > 0.5)
    assert right[inner].mean() > 0.995


def _points(view: Camera, depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """(H, W, 3) in the world."""
    u, v = np.meshgrid(np.arange(view.width), np.arange(view.height))
    rays = undistorted(view, np.stack([u, v], axis=-1).astype(float))
    points = np.concatenate([rays, np.ones((*depth.shape, 1))], axis=-1) * depth[..., None]
    return geometry.apply(view.world_from_camera, np.nan_to_num(points))


@pytest.mark.parametrize("distortion", [None, BARREL])
def test_textures_are_filtered_over_the_pixel(
    raster: Raster, distortion: Distortion | None
) -> None:
    """Mutants: one texel a pixel; averaged in sRGB, which gives 128; derivatives of zero."""
    world = scene([], backdrop=Backdrop(floor=Material(texture="board"), floor_size=200.0))
    view = camera(eye=(0, -1.0, 90.0), target=(0, 0, 0), distortion=distortion)
    found = raster.surfaces(world, view).albedo[30:90, 40:120].astype(float)
    assert np.abs(found - srgb(0.5)).max() < 12


@pytest.mark.parametrize("name", ["pinhole", "barrel"])
def test_vertex_colors(raster: Raster, name: str) -> None:
    """Mutants: vertex colors left out; the wrong vertex's share."""
    view = replace(CAMERAS[name], world_from_camera=geometry.look_at((0, 0, 0.5), (0, 0, 0)))
    world = scene([thing(1, "painted", (0, 0, 0))])
    found = raster.surfaces(world, view).albedo
    mask = raster.geometry(world, view).ids == 1
    rows, columns = np.nonzero(mask)
    low_left = found[rows.max() - 2, columns.min() + 2]
    low_right = found[rows.max() - 2, columns.max() - 2]
    assert low_left[0] > 240
    assert low_left[1] < 90
    assert low_right[1] > 240
    assert low_right[0] < 90
    assert found[mask].any(axis=-1).all()


@pytest.mark.parametrize("name", CAMERAS)
def test_the_nearest_surface_is_the_labels_one(raster: Raster, name: str) -> None:
    """Mutants: another depth test or transform than the labels'; walls seen from outside."""
    red = Material(color=(1.0, 0.0, 0.0))
    green = Material(color=(0.0, 1.0, 0.0))
    plates = [
        thing(1, "slab", (0, 0, 0.003), rotation=TILT, material=red),
        thing(2, "slab", (0, 0, 0.0031), rotation=TILT.T, material=green),
        thing(3, "coarse_sphere", (0.1, 0, 0.0), scale=RADIUS * 8, material=red),
    ]
    room = Backdrop(floor=None, floor_size=0.5, walls=Material(color=(0, 0, 1.0)), wall_height=0.3)
    world, view = scene(plates, backdrop=room), CAMERAS[name]
    labels, found = raster.geometry(world, view), raster.surfaces(world, view).albedo
    for channel, wanted in enumerate(
        [np.isin(labels.ids, [1, 3]), labels.ids == 2, (labels.ids == 0) & (labels.depth > 0)]
    ):
        np.testing.assert_array_equal(found[..., channel] > 128, wanted)
        assert wanted.sum() > 50

"""Light: levels that can be computed by hand, shadows that must be there, bytes that must repeat."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from render_scenes import Shapes, camera, scene, thing

from scenegen import geometry
from scenegen.errors import RenderError
from scenegen.render.raster import Raster
from scenegen.render.shadows import lamp_views
from scenegen.scene import Backdrop, Light, Material, Scene, SceneObject

WHITE_FLOOR = Backdrop(floor=Material(color=(1.0, 1.0, 1.0), roughness=1.0), floor_size=8.0)
PANORAMA = Light("environment", texture="white")
OVERHEAD = camera(eye=(0.0, -0.01, 1.5), target=(0, 0, 0))


@pytest.fixture(scope="module")
def raster() -> Iterator[Raster]:
    renderer = Raster(Shapes())  # type: ignore[arg-type]
    yield renderer
    renderer.close()


def _level(raster: Raster, *lights: Light) -> float:
    """Radiance of an empty white floor seen from above, in its middle."""
    return float(raster.radiance(scene([], lights, WHITE_FLOOR), OVERHEAD)[50:70, 70:90].mean())


def test_strength_of_a_panorama(raster: Raster) -> None:
    """Mutants: irradiance not divided by π; panorama not normalised; strength squared."""
    assert _level(raster, PANORAMA) == pytest.approx(1.0, rel=0.02)
    assert _level(raster, Light("environment", texture="white", strength=2.5)) == pytest.approx(
        2.5, rel=0.02
    )


def test_glows_taken_out_of_a_panorama_keep_its_strength(raster: Raster) -> None:
    """Mutants: a glow left in the smooth light as well; its energy times π; yaw of one of them."""
    for yaw in (0.0, 2.0):
        lamp = Light("environment", texture="lamp", yaw=yaw)
        assert _level(raster, lamp) == pytest.approx(1.0, rel=0.04)


def test_strength_of_sun_and_lamp(raster: Raster) -> None:
    """Mutants: a Lambert's π too many; fall-off with 1/d; cosine missing."""
    assert _level(raster, Light("sun", strength=0.8)) == pytest.approx(0.8, rel=0.03)
    slanted = Light("sun", direction=(0.0, 3.0, 4.0))
    assert _level(raster, slanted) == pytest.approx(0.8, rel=0.04)
    for height in (1.0, 2.0):
        lamp = Light("point", position=(0.0, 0.0, height), size=0.02)
        assert _level(raster, lamp) == pytest.approx(1 / height**2, rel=0.05)


def test_a_spot_shines_inside_its_cone_only(raster: Raster) -> None:
    """Mutants: direction reversed; full angle taken for half."""
    spot = Light("spot", position=(0.5, 0.0, 1.0), direction=(0.0, 0.0, 1.0), cone=0.3, size=0.01)
    picture = raster.radiance(scene([], [spot], WHITE_FLOOR), OVERHEAD)[..., 1]
    focal = OVERHEAD.K[0, 0] / 1.5
    center = picture[60, int(80 + 0.5 * focal)]
    assert center == pytest.approx(1.0, rel=0.06)
    assert picture[60, int(80 + 0.1 * focal)] < 1e-3


def test_white_stays_white_all_around(raster: Raster) -> None:
    """Furnace: a white rough sphere in white light is nowhere brighter than the light.

    Mutants: diffuse not reduced by what is mirrored; harmonics of one band wrong.
    """
    view = camera(eye=(0, -0.6, 0.0), target=(0, 0, 0))
    for roughness in (0.2, 1.0):
        world = scene([thing(1, "sphere", (0, 0, 0), material=Material(roughness=roughness))])
        lit = scene(world.objects, [PANORAMA])
        sphere = raster.radiance(lit, view)[raster.geometry(world, view).ids == 1]
        assert sphere.max() < 1.02
        assert sphere.mean() > 0.93


def test_a_ball_in_the_sun_has_no_stripes(raster: Raster) -> None:
    """Acne where smooth normals hide flat faces. Mutant: no offset along the normal."""
    sun = Light("sun", direction=(1.0, -1.0, 1.0), size=0.005)
    ball = thing(1, "coarse_sphere", (0, 0, 0.1), material=Material(roughness=1.0))
    far = thing(2, "post", (0.3, 0.3, 0.15))
    view = camera(eye=(0, -0.6, 0.3), target=(0, 0, 0.1))
    labels = raster.geometry(scene([ball, far]), view)
    picture = raster.radiance(scene([ball, far], [sun]), view)[..., 1]
    toward = view.world_from_camera[:3, :3].T @ (np.array([1.0, -1.0, 1.0]) / np.sqrt(3))
    facing = labels.normals @ toward
    lit = (labels.ids == 1) & (facing > 0.05)
    assert lit.sum() > 800
    assert (picture < 0.7 * facing)[lit].mean() < 0.005


def _shadowed(raster: Raster, light: Light) -> tuple[float, float]:
    """Radiance of the floor where the light's shadow of a post must fall, and on the other side."""
    post = thing(1, "post", (0.0, 0.0, 0.15))
    view = camera(eye=(0.0, -0.9, 1.2), target=(0, 0, 0))
    picture = raster.radiance(scene([post], [light], WHITE_FLOOR), view)[..., 1]
    ids = raster.geometry(scene([post], backdrop=WHITE_FLOOR), view).ids
    row = int(np.argwhere(ids == 1)[:, 0].max()) - 2
    column = int(np.argwhere(ids[row] == 1).max())
    left = int(np.argwhere(ids[row] == 1).min())
    return float(picture[row, left - 8]), float(picture[row, column + 8])


@pytest.mark.parametrize("position", [(0.0, 0.0, 0.4), (0.3, 0.1, 2.0), (3.0, 0.0, 0.5)])
def test_a_lamp_sees_all_that_casts_shadows(position: tuple[float, float, float]) -> None:
    """Mutants: one face of the cube missing; a single view too narrow; nearer counted as farther."""
    low, high = np.array([-0.5, -0.4, 0.0]), np.array([0.5, 0.4, 0.8])
    corners = geometry.box_corners((low + high) / 2, high - low)
    views = lamp_views(np.array(position), corners)
    assert len(views) == (6 if position[0] == 0 else 1)
    for point in np.random.default_rng(0).uniform(low, high, (300, 3)):
        clips = np.array([view.clip_from_world @ [*point, 1.0] for view in views])
        seen = (np.abs(clips[:, :2]) <= clips[:, 3:] + 1e-9).all(axis=1) & (clips[:, 3] > 0)
        assert seen.any()
        distance = clips[seen][0, 3]
        assert clips[seen][0, 2] / distance == pytest.approx(views[0].reach / distance)


@pytest.mark.parametrize(
    "light",
    [
        Light("sun", direction=(1.0, 0.0, 1.0), size=0.005),
        Light("point", position=(1.2, 0.0, 1.2), size=0.02),
        Light("point", position=(0.3, 0.0, 0.25), size=0.01),
        Light("spot", position=(1.2, 0.0, 1.2), direction=(1.0, 0.0, 1.0), cone=0.5, size=0.02),
    ],
    ids=["sun", "lamp", "lamp amid", "spot"],
)
def test_shadows_fall_away_from_the_light(raster: Raster, light: Light) -> None:
    """Mutants: shadow maps mirrored; never compared; one face of the cube missing."""
    shadow, lit = _shadowed(raster, light)
    assert shadow < 0.05 * lit
    assert lit > 0.1


def test_a_panorama_casts_shadows_too(raster: Raster) -> None:
    """Mutants: glows without shadow; turned the wrong way by `yaw`."""
    shadow, lit = _shadowed(raster, Light("environment", texture="lamp"))
    assert shadow < 0.75 * lit
    lit, shadow = _shadowed(raster, Light("environment", texture="lamp", yaw=np.pi))
    assert shadow < 0.75 * lit


def test_contact_is_dark_under_an_overcast_sky(raster: Raster) -> None:
    """Mutant: no view of the sky, so that things seem to float."""
    shade = _floor_beside(raster, thing(1, "box", (0.0, 0.0, 0.03)))
    assert shade[:2].mean() < 0.85
    assert shade[-2:].mean() > 0.9
    floating = _floor_beside(raster, thing(1, "box", (0.0, 0.0, 0.3)))
    assert floating[:2].mean() > shade[:2].mean() + 0.05


def _floor_beside(raster: Raster, box: SceneObject) -> NDArray[np.float32]:
    """A row of a grey floor's brightness, going away from the box's side; 1 = nothing near."""
    view = camera(eye=(0.0, -0.005, 2.0), target=(0, 0, 0), fov=0.5)
    grey = Backdrop(floor=Material(color=(0.3, 0.3, 0.3), roughness=1.0), floor_size=8.0)
    picture = raster.radiance(scene([box], [PANORAMA], grey), view)[..., 1] / 0.33
    start = 80 + int(0.1 * view.K[0, 0] / 2.0) + 3
    return picture[60, start : start + 25]


def test_no_shadow_of_a_flat_thing_on_itself(raster: Raster) -> None:
    """Acne: mutants are no bias, and filters wider than the bias allows for."""
    for light in (
        Light("sun", direction=(1.0, 0.5, 0.3), size=0.005),
        Light("sun", direction=(1.0, 0.5, 1.0), size=0.2),
        Light("point", position=(0.6, 0.4, 1.5), size=0.05),
    ):
        slab = thing(1, "slab", (0.0, 0.0, 0.05))
        view = camera(eye=(0.0, -0.3, 0.8), target=(0, 0, 0.05))
        ids = raster.geometry(scene([slab]), view).ids
        picture = raster.radiance(scene([slab], [light], WHITE_FLOOR), view)[..., 1]
        normals = raster.geometry(scene([slab]), view).normals
        top = (ids == 1) & (normals @ view.world_from_camera[2, :3] > 0.99)
        facing = np.array(light.direction)[2] / np.linalg.norm(light.direction)
        if light.kind == "sun":
            assert np.quantile(picture[top], 0.02) > 0.9 * facing
        assert np.quantile(picture[top], 0.02) > 0.5 * np.quantile(picture[top], 0.98)


def test_colors_and_the_tone_curve(raster: Raster) -> None:
    """Mutants: red and blue swapped; picture not encoded in sRGB; exposure ignored."""
    world = scene([thing(1, "red_sphere", (0, 0, 0.1))], [PANORAMA], WHITE_FLOOR)
    view = camera(target=(0, 0, 0.1))
    picture, ids = raster.color(world, view), raster.geometry(world, view).ids
    assert picture.dtype == np.uint8
    assert picture.shape == (120, 160, 3)
    red, green, blue = picture[ids == 1].mean(axis=0)
    assert red > 2.5 * green
    assert red > 2.5 * blue
    paper = picture[5:15, 5:15].mean()  # white at radiance 1: the curve's shoulder
    assert 212 < paper < 232
    dark = raster.color(world, camera(target=(0, 0, 0.1), exposure=0.25))[5:15, 5:15].mean()
    assert 125 < dark < 145  # 0.25 passes the curve nearly unchanged: sRGB 137


@pytest.mark.parametrize(("name", "toward"), [("tilted_u", (3, 0)), ("tilted_v", (0, 3))])
def test_a_normal_map_leans_the_surface(
    raster: Raster, name: str, toward: tuple[float, float]
) -> None:
    """n = (0.6, 0, 0.8) under suns along (±3, 0, 4)/5: n·l is 1 and 0.28. A leaning surface sees

    floor with (1 − 0.8)/2 of its half space, which shines 0.8 as if it were level.

    Mutants: the third part taken for 1 or 0; u and v swapped; one of them turned round.
    """
    floor = Backdrop(floor=Material(texture=name), floor_size=8.0)
    x, y = toward
    lit, grazed = (
        raster.radiance(scene([], [Light("sun", direction=(s * x, s * y, 4.0))], floor), OVERHEAD)
        for s in (1, -1)
    )
    middle = np.s_[50:70, 70:90]
    assert lit[middle].mean() == pytest.approx(1 + 0.08, rel=0.02)
    assert grazed[middle].mean() == pytest.approx(0.28 + 0.08, rel=0.02)


def test_a_library_material_has_its_true_size(raster: Raster) -> None:
    """Box projection. Mutants: scale forgotten; tile_size multiplied instead of divided."""
    for scale in (1.0, 2.0):
        sheet = thing(1, "sheet", (0, 0, 0), scale=scale, material=Material(texture="stripes"))
        view = camera(eye=(0, -0.001, 1.0), target=(0, 0, 0), size=(320, 240), fov=0.6)
        row = raster.radiance(scene([sheet], [PANORAMA]), view)[120, :, 1]
        ids = raster.geometry(scene([sheet]), view).ids[120]
        edges = np.abs(np.diff(row[ids == 1] > 0.4)).sum()
        assert abs(edges - (4 * scale - 1)) <= 1  # 0.2 m · scale wide, an edge every 0.05 m


def test_backdrop_color_where_nothing_is(raster: Raster) -> None:
    """Mutants: panorama drawn though not visible; plain color multiplied by light."""
    plain = Backdrop(color=(0.2, 0.4, 0.1))
    for lights in ([], [Light("environment", texture="white", visible=False)]):
        picture = raster.radiance(scene([], lights, plain), camera())
        np.testing.assert_allclose(picture[60, 80], [0.2, 0.4, 0.1], rtol=2e-3)
    seen = raster.radiance(scene([], [PANORAMA], plain), camera())
    np.testing.assert_allclose(seen, 1.0, rtol=5e-3)


def test_edges_are_smooth(raster: Raster) -> None:
    """Mutant: one sample a pixel."""
    world = scene([thing(1, "sphere", (0, 0, 0))], [], Backdrop(color=(1.0, 1.0, 1.0)))
    picture = raster.color(world, camera(target=(0, 0, 0)))[..., 1].astype(int)
    between = (picture > 20) & (picture < 200)
    assert between.sum() > 40


def test_pictures_are_finite_without_and_with_everything(raster: Raster) -> None:
    """Mutants: division by a distance of 0; roots of negative numbers."""
    room = Backdrop(
        floor=Material(), walls=Material(texture="stripes"), floor_size=3, wall_height=2
    )
    lights = [PANORAMA, Light("sun", size=0.1), Light("point", position=(0, 0, 0.1), size=0.0)]
    things = [thing(1, "sphere", (0, 0, 0.1)), thing(2, "slab", (0.1, 0, 0), scale=0.01)]
    for world in (scene([]), scene(things, lights, room), scene(things, [])):
        assert np.isfinite(raster.radiance(world, camera())).all()


def test_what_cannot_be_lit_is_said(raster: Raster) -> None:
    """Mutant: the ninth lamp silently dropped."""
    with pytest.raises(RenderError, match="8 suns and lamps, this one has 9"):
        raster.color(scene([], [Light("sun")] * 9), camera())
    with pytest.raises(RenderError, match="one environment"):
        raster.color(scene([], [PANORAMA, PANORAMA]), camera())


def _world() -> Scene:
    things = [thing(1, "sphere", (0.1, 0, 0.1)), thing(2, "box", (-0.15, 0.05, 0.03))]
    lights = [Light("environment", texture="lamp"), Light("point", position=(1, 1, 1), size=0.1)]
    floor = Backdrop(floor=Material(texture="stripes"))
    return scene(things, lights, floor)


def _digest(raster: Raster) -> str:
    return hashlib.sha256(raster.color(_world(), camera()).tobytes()).hexdigest()


def test_the_same_bytes_again_after_others_and_elsewhere(raster: Raster) -> None:
    """Mutants: noise from a clock or a counter; maps of the last scene kept; state that leaks."""
    first = _digest(raster)
    raster.color(scene([thing(1, "post", (0, 0, 0.2))], [PANORAMA]), camera(size=(64, 48)))
    assert _digest(raster) == first
    code = "import test_render_color as t; r = t.Raster(t.Shapes()); print(t._digest(r))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=Path(__file__).parent,
        env={
            **os.environ,
            "PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parent}",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == first

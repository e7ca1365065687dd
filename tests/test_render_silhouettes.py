"""What an object covers alone: against itself drawn alone, against the ray-caster, at the borders."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from raycaster import Shape, cast
from render_scenes import RADIUS, SIZES, Shapes, camera, frame, scene, thing

from scenegen import geometry
from scenegen.annotate import annotate
from scenegen.render.raster import Raster
from scenegen.scene import Camera, Silhouette


@pytest.fixture(scope="module")
def raster() -> Iterator[Raster]:
    renderer = Raster(Shapes())  # type: ignore[arg-type]
    yield renderer
    renderer.close()


def in_image(silhouette: Silhouette, view: Camera) -> NDArray[np.bool_]:
    """The part of a silhouette within the image, at the image's size."""
    height, width = silhouette.mask.shape
    canvas = np.zeros((3 * view.height + 2, 3 * view.width + 2), bool)
    y, x = silhouette.y0 + view.height, silhouette.x0 + view.width
    canvas[y : y + height, x : x + width] = silhouette.mask
    return canvas[view.height : 2 * view.height, view.width : 2 * view.width]


def test_equal_to_each_object_alone_bit_for_bit(raster: Raster) -> None:
    """Mutants: depth test left on; another transform than the id pass; bits that clash."""
    rng = np.random.default_rng(5)
    view = camera()
    kinds = ("sphere", "box", "post", "slab")
    things = [
        thing(i + 1, kinds[i % 4], rng.uniform(-0.25, 0.25, 3), rotation=_turn(rng))
        for i in range(14)
    ]
    found = raster.geometry(scene(things), view)
    assert sorted(found.silhouettes) == list(range(1, 15))
    for one in things:
        alone = raster.geometry(scene([one]), view)
        mask = in_image(found.silhouettes[one.instance_id], view)
        np.testing.assert_array_equal(mask, alone.ids == one.instance_id)
        assert not ((found.ids == one.instance_id) & ~mask).any()


def _turn(rng: np.random.Generator) -> NDArray[np.float64]:
    return geometry.rotation_about(rng.normal(size=3), rng.uniform(0, 6))


def test_two_stacked_plates(raster: Raster) -> None:
    """The label's visible fraction is the ray-caster's.

    Mutant: visibility by a depth tolerance of a centimetre, which says the lower is all visible.
    """
    low, high = thing(1, "slab", (0, 0, 0.003)), thing(2, "slab", (0.1, 0.05, 0.009))
    world, view = scene([low, high]), camera(size=(640, 480))
    shapes = [
        Shape("box", o.instance_id, o.world_from_object, SIZES["slab"]) for o in world.objects
    ]
    truth = (cast(view, shapes).ids == 1).sum() / (cast(view, shapes[:1]).ids == 1).sum()
    seen = frame(raster, world, view)
    lower, upper = annotate(world, Shapes(), view, seen, {})  # type: ignore[arg-type]
    assert 0.3 < truth < 0.7
    assert lower.visible_fraction == pytest.approx(truth, abs=5e-4)
    assert upper.visible_fraction == 1.0


@pytest.mark.parametrize(("x", "y"), [(-0.42, 0.0), (0.0, -0.31), (0.42, 0.3), (0.9, 0.0)])
def test_outside_the_image_it_goes_on(raster: Raster, x: float, y: float) -> None:
    """Mutants: canvas shifted; only the image's part kept; x0 and y0 counted from the canvas."""
    view = Camera("c", 0, 80, 60, geometry.intrinsics(80, 60, 0.8), np.eye(4))
    silhouette = raster.geometry(scene([thing(4, "sphere", (x, y, 1.0))]), view).silhouettes[4]
    wide = Camera(
        "c", 0, 240, 180, view.K + np.array([[0, 0, 80], [0, 0, 60], [0, 0, 0]]), np.eye(4)
    )
    pose = geometry.transform(np.eye(3), [x, y, 1.0])
    truth = cast(wide, [Shape("sphere", 4, pose, (RADIUS, 0, 0))]).ids == 4
    rows, columns = np.nonzero(truth)
    drawn = np.zeros((180, 240), bool)
    height, width = silhouette.mask.shape
    drawn[silhouette.y0 + 60 :, silhouette.x0 + 80 :][:height, :width] = silhouette.mask
    assert (drawn != truth).sum() <= 0.02 * truth.sum()
    assert (silhouette.x0, silhouette.y0) == (columns.min() - 80, rows.min() - 60)
    assert silhouette.mask[0].any()
    assert silhouette.mask[:, 0].any()
    assert not silhouette.clipped


def test_inside_the_image_the_canvas_changes_nothing(raster: Raster) -> None:
    """Mutant: masks of objects that leave the image taken from the canvas alone."""
    view = camera(target=(0.25, 0.1, 0.0))
    for position in np.random.default_rng(3).uniform(-0.3, 0.3, (12, 3)):
        box = thing(1, "box", position, rotation=_turn(np.random.default_rng(1)))
        found = raster.geometry(scene([box]), view)
        np.testing.assert_array_equal(in_image(found.silhouettes[1], view), found.ids == 1)


def test_nothing_to_see_behind_the_camera(raster: Raster) -> None:
    """Mutant: boxes behind the camera projected as if they were in front."""
    behind = thing(1, "sphere", (0.9, -1.4, 1.2))
    silhouette = raster.geometry(scene([behind]), camera()).silhouettes[1]
    assert silhouette.mask.shape == (0, 0)
    assert not silhouette.clipped


def test_an_object_around_the_camera_reaches_the_border(raster: Raster) -> None:
    """Mutant: `clipped` never set, or corners behind the camera trusted."""
    view = camera(eye=(0.0, 0.0, 0.12), target=(0.3, 0.2, 0.0))
    slab = thing(1, "slab", (0, 0, 0.0), scale=4.0)
    silhouette = raster.geometry(scene([slab]), view).silhouettes[1]
    assert silhouette.clipped
    assert silhouette.y0 + silhouette.mask.shape[0] == 2 * view.height


def test_more_objects_than_bits(raster: Raster) -> None:
    """Mutant: chunks of 128 that overwrite each other or lose their offset."""
    spots = np.stack(np.meshgrid(np.arange(15), np.arange(10)), axis=-1).reshape(-1, 2)
    things = [
        thing(i + 1, "sphere", (*(spot - [7, 4.5]) * 0.05, 0.0), scale=0.2)
        for i, spot in enumerate(spots)
    ]
    view = camera(eye=(0.0, -0.01, 1.2), target=(0, 0, 0), size=(320, 240))
    found = raster.geometry(scene(things), view)
    assert len(found.silhouettes) == 150
    for number in (1, 32, 33, 128, 129, 150):
        mask = in_image(found.silhouettes[number], view)
        np.testing.assert_array_equal(mask, found.ids == number)
        assert found.silhouettes[number].mask.sum() > 20

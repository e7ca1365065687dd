"""The rays of `verify` against a ray-caster in plain numpy: the oracle of the oracle."""

import numpy as np
import pytest
from plain import to_json
from raycaster import Shape, cast, sure
from render_scenes import RADIUS, SIZES, Shapes, camera, scene, thing

from scenegen import geometry
from scenegen.scene import Backdrop, Camera, Distortion, Material
from scenegen.verify.case import Take
from scenegen.verify.meshes import Meshes
from scenegen.verify.optics import Optics
from scenegen.verify.world import World

TURN = geometry.rotation_about([1, 2, 3], 0.6)
LENSES = {
    "pinhole": None,
    "brown_conrady": Distortion("brown_conrady", (-0.28, 0.09, 0.0007, -0.0005, -0.01)),
    "kannala_brandt": Distortion("kannala_brandt", (0.02, -0.004, 0.001, -0.0002)),
}


@pytest.mark.parametrize("lens", LENSES)
def test_rays_meet_what_they_should(lens: str) -> None:
    """Mutants: embree's hits taken for z; the scale left out; a normal by the wrong corner's weight;
    the far side of the floor; rays of pixel corners; a lens that is not undone."""
    objects = [
        thing(1, "box", (0.0, 0.05, 0.03), rotation=TURN),
        thing(2, "slab", (-0.1, -0.1, 0.2), rotation=TURN.T, scale=0.7),
        thing(5, "sphere", (0.2, 0.1, 0.1), scale=0.6),
    ]
    world = scene(objects, backdrop=Backdrop(Material("checks"), 3.0))
    plain = camera(size=(160, 120))
    look = Camera("c", 0, 160, 120, plain.K, plain.world_from_camera, distortion=LENSES[lens])
    shapes = [
        Shape("box", 1, objects[0].world_from_object, (0.2, 0.1, 0.06)),
        Shape("box", 2, objects[1].world_from_object, tuple(0.7 * s for s in SIZES["slab"])),
        Shape("sphere", 5, objects[2].world_from_object, (0.6 * RADIUS, 0, 0)),
        Shape("square", 0, np.eye(4), (3.0, 0, 0)),
    ]
    data = to_json(look)
    take = Take(World.of(to_json(world), Meshes(Shapes())), data, Optics.of(data))
    truth = cast(look, shapes)
    clear = sure(look, shapes, 0.05)
    assert clear.mean() > 0.9
    ids = take.ids.reshape(120, 160)
    flat = clear & (truth.shapes > 0) & (truth.ids != 5)
    assert (ids == truth.ids)[flat].all()
    assert (ids == truth.ids)[clear].mean() > 0.999  # a sphere of triangles is a little smaller
    depth = take.hits.depth.reshape(120, 160)
    assert np.abs(depth / np.where(truth.depth > 0, truth.depth, 1) - 1)[flat].max() < 1e-6
    normals = take.normals.reshape(120, 160, 3)
    assert np.einsum("rci,rci->rc", normals, truth.normals)[flat].min() > np.cos(1e-4)
    round_ = clear & (truth.ids == 5) & (ids == 5)
    assert round_.sum() > 100
    assert np.quantile(np.abs(depth - truth.depth)[round_], 0.99) < 5e-4
    assert np.isinf(depth[clear & (truth.shapes == 0)]).all()

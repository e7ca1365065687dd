"""Everything there is to draw of a scene, in the order in which it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.render.store import Drawable, Store
from scenegen.render.view import Placed
from scenegen.scene import Backdrop, Camera


@dataclass(frozen=True, eq=False)
class Piece:
    """Meshes that stand together; `one_sided`: seen only from the side their triangles face."""

    drawables: tuple[Drawable, ...]
    camera_from_mesh: NDArray[np.float64]
    number: int = 0
    scale: float = 1.0
    one_sided: bool = False


def pieces(
    store: Store, camera: Camera, things: Sequence[Placed], backdrop: Backdrop
) -> list[Piece]:
    """`things` (nearest first is fastest), then the floor, then the walls."""
    camera_from_world = geometry.inverse(camera.world_from_camera)
    placed = [
        Piece(
            tuple(drawable for drawable in store.object(thing.thing) if drawable.solid is solid),
            thing.camera_from_mesh,
            thing.instance_id,
            thing.thing.scale,
            one_sided=solid and thing.outside,
        )
        for thing in things
        for solid in (True, False)
    ]
    floor = Piece(store.floor(backdrop), camera_from_world)
    walls = Piece(store.walls(backdrop), camera_from_world, one_sided=True)
    return [piece for piece in (*placed, floor, walls) if piece.drawables]

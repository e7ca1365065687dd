"""A settled scene as what a 3D program opens: meshes with their surfaces, lights, cameras.

It is the last capture; the cameras are those that saw it. World: metres, z up.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.assets.model import Image, Part, PartMaterial
from scenegen.export.selection import Selection
from scenegen.geometry import Array, transform
from scenegen.render.meshes import box_mapped, floor_part, wall_part
from scenegen.scene import Backdrop, Camera, Light, Material, Scene, SceneObject

NEAR = 0.01
"""No camera sees anything nearer, metres."""


@dataclass(frozen=True, eq=False)
class Look:
    """A metallic-roughness surface, glTF's terms: what a texture says times the number beside it.

    color linear RGB · textures (H, W, 3 or 4) uint8, row 0 on top: base sRGB; orm linear with
    roughness in green and metallic in blue, and where `occluded` occlusion in red; normal +y up.
    """

    color: tuple[float, float, float]
    roughness: float
    metallic: float
    base: Image | None = None
    orm: Image | None = None
    normal: Image | None = None
    occluded: bool = False

    @property
    def textured(self) -> bool:
        return any(image is not None for image in (self.base, self.orm, self.normal))


@dataclass(frozen=True, eq=False)
class Solid:
    """Parts that stand together; `thing` is None for the floor and the walls."""

    name: str
    world_from_object: Array
    scale: float
    parts: tuple[tuple[Part, Look], ...]
    thing: SceneObject | None = None
    one_sided: bool = False


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything there is; `cameras` by a name that says who took which shot."""

    solids: tuple[Solid, ...]
    lights: tuple[Light, ...]
    cameras: dict[str, Camera]


def staged(selection: Selection, index: int, library: Library) -> Stage:
    """The scene as its last capture found it."""
    captures, shots = selection.dataset.scene(index), selection.dataset.shots(index)
    scene, last = captures[-1], len(captures) - 1
    cameras = {
        "_".join(filter(None, (shot.camera.name or "camera", shot.camera.eye, shot.stem))): (
            shot.camera
        )
        for shot in shots
        if shot.capture == last
    }
    return Stage(tuple(_solids(scene, library)), scene.lights, cameras)


def facing(direction: NDArray[np.float64]) -> Array:
    """(3, 3) rotation that turns +z into `direction`."""
    z = np.asarray(direction, np.float64) / np.linalg.norm(direction)
    x = np.cross([0.0, 1.0, 0.0] if abs(z[1]) < 0.9 else [1.0, 0.0, 0.0], z)
    x /= np.linalg.norm(x)
    return np.column_stack([x, np.cross(z, x), z])


def light_pose(light: Light) -> Array:
    """`world_from_light`; it shines along its own −z."""
    direction = np.array(light.direction if light.kind in ("sun", "spot") else (0.0, 0.0, 1.0))
    position = light.position if light.kind in ("point", "spot") else (0.0, 0.0, 0.0)
    return transform(facing(direction), position)


# ---------------------------------------------------------------------------- meshes


def _solids(scene: Scene, library: Library) -> Iterator[Solid]:
    for number, thing in enumerate((*scene.objects, *scene.fixtures)):
        title = f"{thing.instance_id:03d}" if thing.instance_id else f"fixture_{number:03d}"
        yield Solid(
            f"{title}_{thing.name or thing.asset_id}",
            thing.world_from_object,
            thing.scale,
            _dressed(library, library.load(thing.asset_id).parts, thing.material, thing.scale),
            thing,
        )
    yield from _backdrop(scene.backdrop, library)


def _backdrop(backdrop: Backdrop, library: Library) -> Iterator[Solid]:
    side, height = backdrop.floor_size, backdrop.wall_height
    if backdrop.floor is not None:
        parts = _dressed(library, (box_mapped(floor_part(side)),), backdrop.floor, 1.0)
        yield Solid("floor", np.eye(4), 1.0, parts)
    if backdrop.walls is not None and height > 0:
        parts = _dressed(library, (box_mapped(wall_part(side, height)),), backdrop.walls, 1.0)
        yield Solid("walls", np.eye(4), 1.0, parts, one_sided=True)


def _dressed(
    library: Library, parts: tuple[Part, ...], material: Material | None, scale: float
) -> tuple[tuple[Part, Look], ...]:
    """Parts with what the scene changes of their surface; a laid-on texture has its true size."""
    if material is None or material.texture is None:
        return tuple((part, _overridden(own_look(part.material), material)) for part in parts)
    sheet = library.material(material.texture)
    look = Look((1.0, 1.0, 1.0), 1.0, 1.0, sheet.base_color, sheet.orm, sheet.normal, occluded=True)
    repeats = np.float32(scale / sheet.tile_size)
    return tuple(
        (dataclasses.replace(boxed, uv=boxed.uv * repeats), _overridden(look, material))
        for boxed in map(box_mapped, parts)
        if boxed.uv is not None
    )


def own_look(own: PartMaterial) -> Look:
    """The surface that a mesh brings along."""
    return Look(
        own.base_color,
        own.roughness,
        own.metallic,
        own.base_color_texture,
        own.metallic_roughness_texture,
        own.normal_texture,
    )


def _overridden(look: Look, material: Material | None) -> Look:
    """Color multiplies, roughness and metallic replace, textures of them too."""
    if material is None:
        return look
    red, green, blue = np.multiply(look.color, material.color or (1.0, 1.0, 1.0)).tolist()
    look = dataclasses.replace(look, color=(red, green, blue))
    for name, channel in (("roughness", 1), ("metallic", 2)):
        value = getattr(material, name)
        if value is None:
            continue
        look = dataclasses.replace(look, **{name: value})
        if look.orm is not None:
            orm = look.orm.copy()
            orm[..., channel] = 255
            look = dataclasses.replace(look, orm=orm)
    return look

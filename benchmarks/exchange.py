"""A scene of a dataset as files that any program reads: OBJ in world coordinates, PNG, JSON."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen import geometry
from scenegen.assets.library import Library
from scenegen.assets.model import Image, Part, PartMaterial
from scenegen.assets.surfaces import environment_path
from scenegen.dataset import Dataset, StoredShot
from scenegen.project import open_project
from scenegen.render.meshes import box_mapped, floor_part
from scenegen.scene import Camera, Light, Material, Scene

Array = NDArray[np.float64]


def write(root: Path, index: int, folder: Path) -> None:
    """Write scene `index`, as it lies at last, and its pinhole cameras into `folder`."""
    dataset = Dataset.open(root)
    library = open_project(root / "recipe.yaml", []).library
    scene = dataset.scene(index)[-1]
    shots = last_pinholes(dataset, index)
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        _written(folder, f"{number:03d}", *piece)
        for number, piece in enumerate(_pieces(scene, library))
    ]
    sky = next((light for light in scene.lights if light.kind == "environment"), None)
    data = {
        "parts": parts,
        "views": [_view(shot.camera) for shot in shots],
        "environment": str(_panorama(sky, library)) if sky else None,
        "yaw": sky.yaw if sky else 0.0,
    }
    (folder / "scene.json").write_text(json.dumps(data), encoding="utf-8")


def last_pinholes(dataset: Dataset, index: int) -> list[StoredShot]:
    """The shots of a scene that peers can draw, in the order in which they are told of them."""
    last = len(dataset.scene(index)) - 1
    return [
        shot
        for shot in dataset.shots(index)
        if shot.capture == last and shot.camera.distortion is None
    ]


def _pieces(scene: Scene, library: Library) -> Iterator[tuple[int, Part]]:
    """Every mesh in world coordinates, as it looks, with its instance number."""
    for thing in (*scene.objects, *scene.fixtures):
        number = 0 if thing.role == "fixture" else thing.instance_id
        world_from_mesh = thing.world_from_object @ np.diag([*[thing.scale] * 3, 1.0])
        for part in library.load(thing.asset_id).parts:
            dressed = _dressed(part, thing.material, library, thing.scale)
            yield number, _moved(dressed, world_from_mesh)
    if scene.backdrop.floor is not None:
        floor = floor_part(scene.backdrop.floor_size)
        yield 0, _dressed(floor, scene.backdrop.floor, library, 1.0)


def _dressed(part: Part, override: Material | None, library: Library, scale: float) -> Part:
    """The part with its override laid on: color and texture, roughness, metallic."""
    if override is None:
        return part
    own = part.material
    if override.texture is not None:
        sheet = library.material(override.texture)
        own = PartMaterial(base_color=(1.0, 1.0, 1.0), base_color_texture=sheet.base_color)
        part = box_mapped(part)
        assert part.uv is not None
        part = dataclasses.replace(part, uv=part.uv * np.float32(scale / sheet.tile_size))
    red, green, blue = np.array(own.base_color) * (override.color or (1.0, 1.0, 1.0))
    material = dataclasses.replace(
        own,
        base_color=(float(red), float(green), float(blue)),
        roughness=own.roughness if override.roughness is None else override.roughness,
        metallic=own.metallic if override.metallic is None else override.metallic,
    )
    return dataclasses.replace(part, material=material)


def _moved(part: Part, world_from_mesh: Array) -> Part:
    rotation = world_from_mesh[:3, :3] / np.cbrt(np.linalg.det(world_from_mesh[:3, :3]))
    return dataclasses.replace(
        part,
        positions=geometry.apply(world_from_mesh, part.positions).astype(np.float32),
        normals=(part.normals @ rotation.T).astype(np.float32),
    )


def _written(folder: Path, stem: str, instance: int, part: Part) -> dict[str, Any]:
    """Write a mesh and its texture; what scene.json says of it."""
    picture = part.material.base_color_texture
    (folder / f"{stem}.obj").write_text(_obj(part), encoding="utf-8")
    if picture is not None:
        _write_png(folder / f"{stem}.png", picture)
    return {
        "instance": instance,
        "mesh": f"{stem}.obj",
        "texture": None if picture is None else f"{stem}.png",
        "color": part.material.base_color,
        "roughness": part.material.roughness,
        "metallic": part.material.metallic,
    }


def _obj(part: Part) -> str:
    uv = np.zeros((len(part.positions), 2)) if part.uv is None else part.uv
    rows = [("v", part.positions), ("vt", uv), ("vn", part.normals)]
    lines = [
        f"{key} {' '.join(f'{value:.7g}' for value in row)}"
        for key, table in rows
        for row in table.tolist()
    ]
    lines += [
        "f " + " ".join(f"{corner}/{corner}/{corner}" for corner in face)
        for face in (part.faces + 1).tolist()
    ]
    return "\n".join(lines) + "\n"


def _write_png(path: Path, picture: Image) -> None:
    cv2.imwrite(str(path), np.ascontiguousarray(picture[..., 2::-1]))


def _view(camera: Camera) -> dict[str, Any]:
    return {
        "width": camera.width,
        "height": camera.height,
        "K": camera.K.tolist(),
        "world_from_camera": camera.world_from_camera.tolist(),
    }


def _panorama(light: Light, library: Library) -> Path:
    return environment_path(light.texture, library.environments(), []).resolve()

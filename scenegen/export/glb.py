"""glTF 2.0 in one binary file a scene: y up as glTF says, so the scene hangs in a turned node."""

import json
import struct
from collections.abc import Iterable
from math import atan, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.model import Image, Part
from scenegen.dataset.png import encode_png
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.models import open_library
from scenegen.export.models3d import NEAR, Look, Solid, Stage, light_pose, staged
from scenegen.export.selection import Selection
from scenegen.geometry import OPENGL_FROM_OPENCV, Array, quaternion_xyzw_from_rotation
from scenegen.scene import Camera, Light

_FLOAT, _UINT = 5126, 5125
_Y_UP = [-(0.5**0.5), 0.0, 0.0, 0.5**0.5]
Node = dict[str, Any]


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write 000012.glb for each scene."""
    library = open_library(selection, options)
    indices = selection.indices
    environments = 0
    for done, index in enumerate(indices, start=1):
        name = f"{index:06d}.glb"
        stage = staged(selection, index, library)
        environments += any(light.kind == "environment" for light in stage.lights)
        if not folder.has(name):
            folder.write(name, glb_bytes(stage))
        folder.progress(done, len(indices))
    return [f"{environments} scenes without their panorama: glTF has none"] if environments else []


def glb_bytes(stage: Stage) -> bytes:
    """The whole scene as a .glb file."""
    return _Writer().file(stage)


class _Writer:
    """A glTF tree that grows with its binary chunk; a texture is stored once."""

    def __init__(self) -> None:
        self._binary = bytearray()
        self._views: list[Node] = []
        self._accessors: list[Node] = []
        self._meshes: list[Node] = []
        self._materials: list[Node] = []
        self._images: dict[int, tuple[int, Image]] = {}
        self._cameras: list[Node] = []
        self._lights: list[Node] = []
        self._nodes: list[Node] = [{"name": "world", "rotation": _Y_UP}]

    def file(self, stage: Stage) -> bytes:
        self._nodes += [self._solid(solid) for solid in stage.solids]
        self._nodes += [self._light(light) for light in stage.lights if light.kind != "environment"]
        self._nodes += [self._camera(name, camera) for name, camera in stage.cameras.items()]
        self._nodes[0]["children"] = list(range(1, len(self._nodes)))
        text = json.dumps(self._tree(), separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self._binary)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def _tree(self) -> Node:
        images = [
            {"bufferView": view, "mimeType": "image/png"} for view, _ in self._images.values()
        ]
        tree: Node = {
            "asset": {"version": "2.0", "generator": "scenegen"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "materials": self._materials,
            "textures": [{"source": k, "sampler": 0} for k in range(len(images))],
            "images": images,
            "samplers": [{"magFilter": 9729, "minFilter": 9987}] if images else [],
            "cameras": self._cameras,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        tree = {name: value for name, value in tree.items() if value != []}
        if self._lights:
            tree["extensionsUsed"] = ["KHR_lights_punctual"]
            tree["extensions"] = {"KHR_lights_punctual": {"lights": self._lights}}
        return tree

    # ------------------------------------------------------------------------ meshes

    def _solid(self, solid: Solid) -> Node:
        primitives = [self._primitive(part, look, solid) for part, look in solid.parts]
        self._meshes.append({"primitives": primitives})
        node = _placed(solid.name, solid.world_from_object)
        node |= {"scale": [solid.scale] * 3, "mesh": len(self._meshes) - 1}
        if solid.thing is not None:
            names = ("instance_id", "asset_id", "category", "role")
            node["extras"] = {name: getattr(solid.thing, name) for name in names}
        return node

    def _primitive(self, part: Part, look: Look, solid: Solid) -> Node:
        attributes = {
            "POSITION": self._accessor(part.positions, "VEC3", bounds=True),
            "NORMAL": self._accessor(_unit(part.normals), "VEC3"),
        }
        if part.uv is not None and look.textured:
            uv = np.column_stack([part.uv[:, 0], 1 - part.uv[:, 1]])  # glTF's v points down
            attributes["TEXCOORD_0"] = self._accessor(uv, "VEC2")
        if part.colors is not None:
            attributes["COLOR_0"] = self._accessor(part.colors, "VEC3")
        return {
            "attributes": attributes,
            "indices": self._accessor(part.faces.reshape(-1), "SCALAR"),
            "material": self._material(look, "TEXCOORD_0" in attributes, not solid.one_sided),
        }

    def _material(self, look: Look, textured: bool, double_sided: bool) -> int:
        surface: Node = {
            "baseColorFactor": [*np.clip(look.color, 0, 1).tolist(), 1.0],
            "metallicFactor": look.metallic,
            "roughnessFactor": look.roughness,
        }
        material: Node = {"pbrMetallicRoughness": surface, "doubleSided": double_sided}
        if textured and look.base is not None:
            surface["baseColorTexture"] = self._texture(look.base)
        if textured and look.orm is not None:
            surface["metallicRoughnessTexture"] = self._texture(look.orm)
            if look.occluded:
                material["occlusionTexture"] = self._texture(look.orm)
        if textured and look.normal is not None:
            material["normalTexture"] = self._texture(look.normal)
        self._materials.append(material)
        return len(self._materials) - 1

    def _texture(self, image: Image) -> Node:
        if id(image) not in self._images:
            view = self._view(encode_png(np.ascontiguousarray(image[..., :3])))
            self._images[id(image)] = view, image
        return {"index": list(self._images).index(id(image))}

    def _accessor(self, values: NDArray[Any], kind: str, *, bounds: bool = False) -> int:
        dtype, code = ("<u4", _UINT) if values.dtype.kind == "u" else ("<f4", _FLOAT)
        data = np.ascontiguousarray(values, dtype)
        view = self._view(data.tobytes(), target=34963 if kind == "SCALAR" else 34962)
        entry = {"bufferView": view, "componentType": code, "count": len(data), "type": kind}
        if bounds:
            entry |= {"min": data.min(axis=0).tolist(), "max": data.max(axis=0).tolist()}
        self._accessors.append(entry)
        return len(self._accessors) - 1

    def _view(self, data: bytes, **more: int) -> int:
        self._views.append(
            {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(data), **more}
        )
        self._binary += data + bytes(-len(data) % 4)
        return len(self._views) - 1

    # ------------------------------------------------------------------------ lights, cameras

    def _light(self, light: Light) -> Node:
        """In lux and candela as if a watt were a lumen: a white matt surface has our radiance."""
        kind = {"sun": "directional"}.get(light.kind, light.kind)
        entry: Node = {"type": kind, "color": _tint(light), "intensity": _power(light)}
        if kind == "spot":
            entry["spot"] = {"outerConeAngle": light.cone}
        self._lights.append(entry)
        node = _placed(f"{light.kind}_{len(self._lights)}", light_pose(light))
        node["extensions"] = {"KHR_lights_punctual": {"light": len(self._lights) - 1}}
        return node

    def _camera(self, name: str, camera: Camera) -> Node:
        fx, fy = camera.K[0, 0], camera.K[1, 1]
        lens = {
            "yfov": 2 * atan(camera.height / 2 / fy),
            "aspectRatio": (camera.width / fx) / (camera.height / fy),
            "znear": NEAR,
        }
        self._cameras.append({"name": name, "type": "perspective", "perspective": lens})
        node = _placed(name, camera.world_from_camera @ OPENGL_FROM_OPENCV)
        extras: Node = {"width": camera.width, "height": camera.height, "K": camera.K.tolist()}
        if camera.distortion:
            coefficients = list(camera.distortion.coefficients)
            extras |= {"distortion_model": camera.distortion.model, "distortion": coefficients}
        return {**node, "camera": len(self._cameras) - 1, "extras": extras}


def _placed(name: str, world_from_node: Array) -> Node:
    rotation = quaternion_xyzw_from_rotation(world_from_node[:3, :3]).tolist()
    return {"name": name, "translation": world_from_node[:3, 3].tolist(), "rotation": rotation}


def _unit(normals: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of length 1 also where a mesh has none, which glTF forbids."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0])
    return np.where(length > 0, normals / np.where(length > 0, length, 1), up)


def _tint(light: Light) -> list[float]:
    """glTF's colors end at 1; the brightest channel carries the strength."""
    return (np.array(light.color) / max(*light.color, 1e-9)).tolist()


def _power(light: Light) -> float:
    return pi * light.strength * max(light.color)

"""Writing an object: two binary glTF files and a YAML file, the same bytes every time."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from objects_model import Asset, Material, Part
from objects_points import POINTS, Point
from objects_symmetries import SYMMETRIES
from PIL import Image
from shapes import Array, join

JPEG_QUALITY = 82
ASTRAY = 0.01  # metres: a named point farther than this from the surface is a mistake
FLOAT, SHORT, INT = 5126, 5123, 5125
ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963


class GlbWriter:
    """A binary glTF file in the making."""

    def __init__(self) -> None:
        """Start an empty scene."""
        self._blob = bytearray()
        self._tree: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
            "meshes": [],
            "accessors": [],
            "bufferViews": [],
        }

    def add_mesh(
        self, name: str, faces: NDArray[Any], attributes: dict[str, Array], material: int | None
    ) -> None:
        """Add a node with a mesh of one primitive; positions and normals are turned to y up."""
        primitive: dict[str, Any] = {
            "attributes": {
                key: self._accessor(_y_up(v) if v.shape[1] == 3 else v, key == "POSITION")
                for key, v in attributes.items()
            },
            "indices": self._indices(faces),
        }
        if material is not None:
            primitive["material"] = material
        self._tree["scenes"][0]["nodes"].append(len(self._tree["nodes"]))
        self._tree["nodes"].append({"name": name, "mesh": len(self._tree["meshes"])})
        self._tree["meshes"].append({"name": name, "primitives": [primitive]})

    def add_material(self, material: Material) -> int:
        """Add a material with its pictures; the result is its index."""
        pbr: dict[str, Any] = {
            "baseColorFactor": [*_linear(material.color), 1.0],
            "metallicFactor": material.metallic,
            "roughnessFactor": material.roughness,
        }
        entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": pbr}
        if material.picture:
            pbr["baseColorTexture"] = self._texture(material.picture, material.lossless)
        if material.rough_picture:
            pbr["metallicRoughnessTexture"] = self._texture(material.rough_picture, False)
        if material.normal_picture:
            entry["normalTexture"] = self._texture(material.normal_picture, False)
        self._tree.setdefault("materials", []).append(entry)
        return len(self._tree["materials"]) - 1

    def finished(self) -> bytes:
        """The finished file."""
        tree = self._tree | {"buffers": [{"byteLength": len(self._blob)}]}
        text = json.dumps(tree, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        size = 12 + 8 + len(text) + 8 + len(self._blob)
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, size),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(self._blob), b"BIN\0"),
                bytes(self._blob),
            ]
        )

    def _view(self, data: bytes, target: int | None = None) -> int:
        """Append data; the result is the index of its buffer view."""
        view = {"buffer": 0, "byteOffset": len(self._blob), "byteLength": len(data)}
        self._tree["bufferViews"].append(view | ({"target": target} if target else {}))
        self._blob += data + b"\0" * (-len(data) % 4)
        return len(self._tree["bufferViews"]) - 1

    def _accessor(self, values: Array, bounds: bool) -> int:
        """Append vertex data; the result is the index of its accessor."""
        data = np.ascontiguousarray(values, "<f4")
        entry: dict[str, Any] = {
            "bufferView": self._view(data.tobytes(), ARRAY_BUFFER),
            "componentType": FLOAT,
            "count": len(data),
            "type": f"VEC{data.shape[1]}",
        }
        if bounds:
            entry |= {"min": data.min(axis=0).tolist(), "max": data.max(axis=0).tolist()}
        self._tree["accessors"].append(entry)
        return len(self._tree["accessors"]) - 1

    def _indices(self, faces: NDArray[Any]) -> int:
        """Append triangles; the result is the index of their accessor."""
        short = faces.max() < 65535
        data = np.ascontiguousarray(faces.reshape(-1), "<u2" if short else "<u4")
        entry = {
            "bufferView": self._view(data.tobytes(), ELEMENT_BUFFER),
            "componentType": SHORT if short else INT,
            "count": len(data),
            "type": "SCALAR",
        }
        self._tree["accessors"].append(entry)
        return len(self._tree["accessors"]) - 1

    def _texture(self, picture: Image.Image, lossless: bool) -> dict[str, int]:
        """Append a picture as PNG or JPEG; the result refers to its texture."""
        kind = "png" if lossless else "jpeg"
        buffer = io.BytesIO()
        options: dict[str, Any] = (
            {"optimize": True} if lossless else {"quality": JPEG_QUALITY, "subsampling": 1}
        )
        picture.convert("RGB").save(buffer, kind, **options)
        image = {"bufferView": self._view(buffer.getvalue()), "mimeType": f"image/{kind}"}
        self._tree.setdefault("images", []).append(image)
        source = len(self._tree["images"]) - 1
        self._tree["samplers"] = [{"magFilter": 9729, "minFilter": 9987}]
        self._tree.setdefault("textures", []).append({"source": source, "sampler": 0})
        return {"index": source}


def write_asset(asset_id: str, asset: Asset, folder: Path) -> None:
    """Write `model.glb`, `collision.glb` and `asset.yaml` into the object's own folder."""
    target = folder / asset_id
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.glb").write_bytes(_model(asset.parts))
    (target / "collision.glb").write_bytes(_collision(asset.collision))
    lines = [
        f"name: {asset.name}",
        f"category: {asset.category}",
        f"description: {asset.description}",
        "licence: CC0-1.0",
        f"mass: {asset.mass}",
        *_keypoints(POINTS.get(asset_id, {}), asset.parts),
        *_symmetries(asset_id),
    ]
    (target / "asset.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _keypoints(points: dict[str, Point], parts: Sequence[Part]) -> list[str]:
    """The lines that name points, each put on the surface where that is nearest."""
    if not points:
        return []
    surface = join(part.surface for part in parts)
    mesh = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    wanted = np.array(list(points.values())) / 1000
    found, apart, _ = trimesh.proximity.closest_point_naive(mesh, wanted)
    if apart.max() > ASTRAY:
        raise ValueError(f"{list(points)[apart.argmax()]} is {apart.max():.3f} m off the surface")
    places = (np.round(found, 5) + 0.0).tolist()
    return [
        "keypoints:",
        *(f"  {name}: {place}" for name, place in zip(points, places, strict=True)),
    ]


def _symmetries(asset_id: str) -> list[str]:
    """The lines that say what leaves the object as it is."""
    lines = []
    for kind, entries in SYMMETRIES.get(asset_id, {}).items():
        lines.append(f"  {kind}:")
        for entry in entries:
            said = ", ".join(f"{key}: {value}" for key, value in entry.items())
            lines.append(f"    - {{{said}}}")
    return ["symmetries:", *lines] if lines else []


def _model(parts: Sequence[Part]) -> bytes:
    """The visible parts, one mesh per part."""
    writer = GlbWriter()
    numbers: dict[str, int] = {}
    for i, part in enumerate(parts):
        material = part.material
        if material.name not in numbers:
            numbers[material.name] = writer.add_material(material)
        writer.add_mesh(
            f"{i:02d}_{material.name}",
            part.surface.faces,
            {
                "POSITION": part.surface.vertices,
                "NORMAL": part.surface.normals,
                "TEXCOORD_0": part.surface.uv,
            },
            numbers[material.name],
        )
    return writer.finished()


def _collision(parts: Sequence[Array]) -> bytes:
    """The convex hulls, one mesh per part."""
    writer = GlbWriter()
    for i, points in enumerate(parts):
        hull = trimesh.convex.convex_hull(np.round(points, 7))
        writer.add_mesh(f"part_{i:02d}", hull.faces, {"POSITION": hull.vertices}, None)
    return writer.finished()


def _y_up(vectors: Array) -> Array:
    """Vectors with z up as glTF wants them, with y up."""
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)


def _linear(color: str) -> list[float]:
    """The linear light of an sRGB color such as '#c03010'."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return [round(float(x), 5) for x in linear]

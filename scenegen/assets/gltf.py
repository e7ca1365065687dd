"""glTF 2.0, text and binary: triangles, metallic-roughness materials, the scene's transforms.

Ignored: animation, skins, morph targets, emission, occlusion, alpha, second uv sets other than
the base color's. What a file *requires* beyond that is refused.
"""

import base64
import json
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.images import rgb, texture
from scenegen.assets.model import Image, PartMaterial
from scenegen.assets.places import Files, read_bytes
from scenegen.assets.raw import Array, RawPart
from scenegen.errors import AssetError
from scenegen.geometry import rotation_from_quaternion_xyzw, transform

MAX_DEPTH = 200
_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_UNDERSTOOD = {
    "KHR_mesh_quantization", "KHR_texture_transform", "KHR_materials_unlit", "EXT_texture_webp",
    "KHR_materials_ior", "KHR_materials_specular", "KHR_materials_clearcoat",
    "KHR_materials_emissive_strength", "KHR_materials_sheen", "KHR_materials_transmission",
}  # fmt: skip


def read_gltf(files: Files) -> list[RawPart]:
    """The parts of a .gltf or .glb file, y up as glTF says, one for each drawn primitive."""
    try:
        document = _Document(files, *_chunks(read_bytes(files.mesh)))
        document.refuse_unknown()
        return document.parts()
    except AssetError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error) as error:
        raise AssetError(
            f"{files.mesh}: not a complete glTF 2.0 file ({type(error).__name__}: {error}); "
            f"export it again"
        ) from None


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON tree and the binary chunk (empty for a text file)."""
    if data[:4] != b"glTF":
        return json.loads(data.decode("utf-8-sig")), b""
    version, length = struct.unpack("<II", data[4:12])
    if version != 2:
        raise ValueError(f"version {version}")
    if length > len(data):
        raise ValueError(f"{length} bytes were written, {len(data)} are there")
    chunks: dict[bytes, bytes] = {}
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack("<I4s", data[offset : offset + 8])
        chunks.setdefault(kind, data[offset + 8 : offset + 8 + size])
        offset += 8 + size
    return json.loads(chunks[b"JSON"].decode("utf-8")), chunks.get(b"BIN\0", b"")


@dataclass(frozen=True, eq=False)
class _Document:
    """A glTF tree with its buffers."""

    files: Files
    tree: dict[str, Any]
    binary: bytes

    def refuse_unknown(self) -> None:
        """Raise where the file cannot be drawn right without something not supported here."""
        unknown = sorted(set(self.tree.get("extensionsRequired", ())) - _UNDERSTOOD)
        if unknown:
            raise AssetError(
                f"{self.files.mesh}: needs {', '.join(unknown)}, which is not supported; "
                f"export it again without compression"
            )

    def parts(self) -> list[RawPart]:
        """All primitives of the default scene, where its nodes put them."""
        scenes = self.tree.get("scenes")
        nodes = self.tree.get("nodes", [])
        roots = (
            scenes[self.tree.get("scene", 0)].get("nodes", [])
            if scenes
            else sorted(set(range(len(nodes))) - {c for n in nodes for c in n.get("children", ())})
        )
        found: list[RawPart] = []
        stack = [(root, np.eye(4), 0) for root in reversed(roots)]
        while stack:
            index, parent, depth = stack.pop()
            if depth > MAX_DEPTH:
                raise ValueError("nodes contain themselves")
            node = nodes[index]
            matrix = parent @ _local(node)
            if "mesh" in node:
                for primitive in self.tree["meshes"][node["mesh"]]["primitives"]:
                    part = self._primitive(primitive)
                    found += [part.moved(matrix)] if part else []
            stack += [(child, matrix, depth + 1) for child in reversed(node.get("children", ()))]
        return found

    def _primitive(self, primitive: dict[str, Any]) -> RawPart | None:
        attributes = primitive["attributes"]
        if primitive.get("mode", 4) not in (4, 5, 6) or "POSITION" not in attributes:
            return None
        positions = self._accessor(attributes["POSITION"])
        indices = (
            self._accessor(primitive["indices"])[:, 0].astype(np.int64)
            if "indices" in primitive
            else np.arange(len(positions))
        )
        faces = _triangles(indices, primitive.get("mode", 4))
        if faces.size and faces.max() >= len(positions):
            raise ValueError("a face refers to a vertex that is not there")
        number = primitive.get("material")
        entry = {} if number is None else self.tree["materials"][number]
        colors = attributes.get("COLOR_0")
        normals = attributes.get("NORMAL")
        return RawPart(
            positions=positions,
            faces=faces,
            material=None if number is None else self._material(number),
            normals=None if normals is None else self._accessor(normals),
            uv=self._uv(attributes, entry),
            colors=None if colors is None else np.clip(self._accessor(colors)[:, :3], 0.0, 1.0),
        )

    def _uv(self, attributes: dict[str, Any], material: dict[str, Any]) -> Array | None:
        """(N, 2) with v up; those of the base color's texture, moved as it says."""
        info = material.get("pbrMetallicRoughness", {}).get("baseColorTexture", {})
        name = f"TEXCOORD_{info.get('texCoord', 0)}"
        name = name if name in attributes else "TEXCOORD_0"
        if name not in attributes:
            return None
        uv = self._accessor(attributes[name])
        change = info.get("extensions", {}).get("KHR_texture_transform")
        if change:
            angle = change.get("rotation", 0.0)
            turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            uv = (uv * change.get("scale", [1, 1])) @ turn.T + change.get("offset", [0, 0])
        return np.column_stack([uv[:, 0], 1.0 - uv[:, 1]])

    def _accessor(self, index: int) -> Array:
        """(count, columns) float64 values; normalised integers lie in [−1, 1]."""
        accessor = self.tree["accessors"][index]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise AssetError(f"{self.files.mesh}: sparse accessors are not supported; "
                             f"export it again without them")  # fmt: skip
        dtype = np.dtype(_TYPES[accessor["componentType"]])
        columns, count = _COLUMNS[accessor["type"]], int(accessor["count"])
        view = self.tree["bufferViews"][accessor["bufferView"]]
        data = self._view(accessor["bufferView"])
        stride = int(view.get("byteStride") or columns * dtype.itemsize)
        offset = int(accessor.get("byteOffset", 0))
        if count < 0 or offset < 0 or stride < columns * dtype.itemsize:
            raise ValueError("an accessor makes no sense")
        values = np.ndarray((count, columns), dtype, data, offset, (stride, dtype.itemsize))
        result = values.astype(np.float64)
        if accessor.get("normalized") and dtype.kind in "iu":
            result = np.maximum(result / np.iinfo(dtype).max, -1.0)
        return result

    def _view(self, index: int) -> bytes:
        view = self.tree["bufferViews"][index]
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        data: bytes = self._buffers[view["buffer"]][start : start + length]
        if len(data) != length or start < 0:
            raise ValueError("the file is cut short")
        return data

    @cached_property
    def _buffers(self) -> list[bytes]:
        return [
            self._resource(entry["uri"], "buffer") if "uri" in entry else self.binary
            for entry in self.tree.get("buffers", ())
        ]

    def _resource(self, uri: str, what: str) -> bytes:
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        return self.files.read(unquote(uri), what)

    @cached_property
    def _materials(self) -> dict[int, PartMaterial]:
        return {}

    def _material(self, index: int) -> PartMaterial:
        if index not in self._materials:
            entry = self.tree["materials"][index]
            pbr = entry.get("pbrMetallicRoughness", {})
            red, green, blue = (float(v) for v in pbr.get("baseColorFactor", [1, 1, 1, 1])[:3])
            self._materials[index] = PartMaterial(
                base_color=(red, green, blue),
                roughness=float(pbr.get("roughnessFactor", 1.0)),
                metallic=float(pbr.get("metallicFactor", 1.0)),
                base_color_texture=self._image(pbr.get("baseColorTexture"), alpha=True),
                metallic_roughness_texture=self._image(pbr.get("metallicRoughnessTexture")),
                normal_texture=self._image(entry.get("normalTexture")),
            )
        return self._materials[index]

    def _image(self, info: dict[str, Any] | None, *, alpha: bool = False) -> Image | None:
        if info is None:
            return None
        entry = self.tree["textures"][info["index"]]
        webp = entry.get("extensions", {}).get("EXT_texture_webp", {})
        source = webp.get("source", entry.get("source"))
        if source is None:
            raise AssetError(f"{self.files.mesh}: a texture is in a format that is not supported; "
                             f"export it with PNG or JPEG textures")  # fmt: skip
        picture = self.tree["images"][source]
        uri = picture.get("uri", "")
        data = self._resource(uri, "image") if uri else self._view(picture["bufferView"])
        name = f"'{uri}'" if uri and not uri.startswith("data:") else f"number {source}"
        return (texture if alpha else rgb)(data, f"{self.files.mesh}: image {name}")


def _local(node: dict[str, Any]) -> Array:
    """(4, 4) `parent_from_node`."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    rotation = rotation_from_quaternion_xyzw(node.get("rotation", [0.0, 0.0, 0.0, 1.0]))
    scale = np.array(node.get("scale", [1.0, 1.0, 1.0]), dtype=np.float64)
    return transform(rotation * scale, node.get("translation", [0.0, 0.0, 0.0]))


def _triangles(indices: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    """(M, 3) faces of a list (4), a strip (5) or a fan (6)."""
    if mode == 4:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    n = max(len(indices) - 2, 0)
    if mode == 6:
        return np.column_stack([np.repeat(indices[:1], n), indices[1 : n + 1], indices[2 : n + 2]])
    strip = np.column_stack([indices[:n], indices[1 : n + 1], indices[2 : n + 2]])
    strip[1::2] = strip[1::2, ::-1]
    return strip

"""Tiny mesh files of every format, written by hand so that each byte of them is known."""

import base64
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
"""Corners of the unit cube, numbered 4·x + 2·y + z."""
CUBE_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6],
     [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip
"""Its twelve triangles, counter-clockwise from outside."""


def box(size: Any = (0.1, 0.1, 0.1), low: Any = (0.0, 0.0, 0.0)) -> np.ndarray:
    """(8, 3) corners of a box."""
    return CUBE * np.asarray(size, dtype=float) + np.asarray(low, dtype=float)


def obj(path: Path, corners: np.ndarray | None = None, faces: Any = None, head: str = "") -> Path:
    """An OBJ of plain triangles."""
    corners = box() if corners is None else corners
    faces = CUBE_FACES if faces is None else faces
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [head, *(f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in corners)]
    lines += ["f " + " ".join(str(i + 1) for i in face) for face in faces]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def picture(width: int = 2, height: int = 2) -> Image.Image:
    """Red in the top row, blue below."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, :, 0] = 255
    pixels[height // 2 :, :, 2] = 255
    return Image.fromarray(pixels)


def png(image: Image.Image | None = None) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, "PNG")
    return buffer.getvalue()


def textured_obj(folder: Path, name: str = "thing", texture: str = "skin.png") -> Path:
    """A square of 0.1 m in the x-y plane whose texture's top edge is at y = 0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.obj").write_text(
        f"mtllib {name}.mtl\n"
        "v 0 0 0\nv .1 0 0\nv .1 .1 0\nv 0 .1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nvn 0 0 1\n"
        "usemtl skin\nf 1/1/1 2/2/1 3/3/1 4/4/1\n",
        encoding="utf-8",
    )
    (folder / f"{name}.mtl").write_text(f"newmtl skin\nKd 0.5 0.5 0.5\nmap_Kd {texture}\n")
    if not Path(texture).is_absolute() and ".." not in texture:
        (folder / texture).write_bytes(png())
    return folder / f"{name}.obj"


def ply(path: Path, corners: np.ndarray, colors: Any = None, extra: str = "") -> Path:
    """A text PLY of the cube's triangles."""
    lines = ["ply", "format ascii 1.0", *([extra] if extra else [])]
    lines += [f"element vertex {len(corners)}", *(f"property float {a}" for a in "xyz")]
    if colors is not None:
        lines += [f"property uchar {c}" for c in ("red", "green", "blue")]
    lines += [f"element face {len(CUBE_FACES)}", "property list uchar int vertex_indices"]
    lines += ["end_header"]
    for i, point in enumerate(corners):
        tail = "" if colors is None else " " + " ".join(str(c) for c in colors[i])
        lines.append(" ".join(f"{v:.9g}" for v in point) + tail)
    lines += ["3 " + " ".join(map(str, face)) for face in CUBE_FACES]
    path.write_text("\n".join(lines) + "\n")
    return path


def stl(path: Path, corners: np.ndarray) -> Path:
    """A binary STL of the cube's triangles."""
    triangles = corners[CUBE_FACES].astype("<f4")
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *t.reshape(-1), 0) for t in triangles)
    path.write_bytes(b"\0" * 80 + struct.pack("<I", len(triangles)) + body)
    return path


def gltf_tree(corners: np.ndarray, **material: Any) -> tuple[dict[str, Any], bytes]:
    """A glTF with the cube in one node, and its buffer."""
    data = corners.astype("<f4").tobytes() + CUBE_FACES.astype("<u2").tobytes()
    first = corners.size * 4
    tree: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(corners), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": CUBE_FACES.size, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": first},
            {"buffer": 0, "byteOffset": first, "byteLength": len(data) - first},
        ],
        "buffers": [{"byteLength": len(data)}],
    }
    if material:
        tree["materials"] = [material]
        tree["meshes"][0]["primitives"][0]["material"] = 0
    return tree, data


def glb(path: Path, tree: dict[str, Any], data: bytes) -> Path:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    data += b"\0" * (-len(data) % 4)
    size = 12 + 8 + len(text) + 8 + len(data)
    path.write_bytes(
        struct.pack("<4sII", b"glTF", 2, size)
        + struct.pack("<I4s", len(text), b"JSON") + text
        + struct.pack("<I4s", len(data), b"BIN\0") + data
    )  # fmt: skip
    return path


def gltf(path: Path, tree: dict[str, Any], data: bytes) -> Path:
    """The text form with its buffer inside."""
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    path.write_text(json.dumps(tree | {"buffers": [{"byteLength": len(data), "uri": uri}]}))
    return path


DAE = """<?xml version="1.0" encoding="utf-8"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset>{asset}</asset>
<library_effects><effect id="e"><profile_COMMON><technique sid="t"><lambert>
<diffuse><color>1 0.5 0 1</color></diffuse></lambert></technique></profile_COMMON></effect>
</library_effects>
<library_materials><material id="m"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="24">{points}</float_array><technique_common>
<accessor source="#pa" count="8" stride="3"><param name="X" type="float"/>
<param name="Y" type="float"/><param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="12" material="s"><input semantic="VERTEX" source="#v" offset="0"/>
<p>{faces}</p></triangles></mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="vs"><node><translate>1 0 0</translate>
<instance_geometry url="#g"><bind_material><technique_common>
<instance_material symbol="s" target="#m"/></technique_common></bind_material>
</instance_geometry></node></visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#vs"/></scene></COLLADA>
"""


def dae(path: Path, corners: np.ndarray, asset: str) -> Path:
    """COLLADA with the cube moved by 1 along its own x."""
    points = " ".join(f"{v:.9g}" for v in corners.ravel())
    faces = " ".join(map(str, CUBE_FACES.ravel()))
    path.write_text(DAE.format(asset=asset, points=points, faces=faces))
    return path

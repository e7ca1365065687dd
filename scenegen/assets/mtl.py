"""Wavefront MTL, as Blender writes and reads it: a base color or its map, roughness, metal."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from scenegen.assets.images import rgb, texture
from scenegen.assets.model import PartMaterial
from scenegen.assets.places import Files, read_bytes
from scenegen.errors import AssetError

_ARGUMENTS = {"-o": 3, "-s": 3, "-t": 3, "-mm": 2}


def read_mtl(files: Files, library: str, used: Sequence[str]) -> dict[str, PartMaterial]:
    """The materials of a library; only those in `used` load their textures.

    `Kd` is linear RGB; a `map_Kd` replaces it. `Pr` is the roughness, else `Ns` gives it the way
    Blender does; `norm` is a normal map. Transparency, bump and other maps are ignored.
    """
    path = files.locate(library, "mtllib")
    texts: dict[str, list[str]] = {}
    name = ""
    for line in read_bytes(path).decode("utf-8", "replace").splitlines():
        key, _, rest = line.strip().partition(" ")
        if key == "newmtl":
            name = rest.strip()
            texts[name] = []
        elif name in texts and key and not key.startswith("#"):
            texts[name].append(line.strip())
    beside = files.beside(path)
    wanted = set(used)
    return {name: _material(beside, lines) for name, lines in texts.items() if name in wanted}


def _material(files: Files, lines: Sequence[str]) -> PartMaterial:
    material = PartMaterial()
    for line in sorted(lines, key=lambda line: not line.lower().startswith("ns")):
        key, _, rest = line.replace("\t", " ").partition(" ")
        reader = _READERS.get(key.lower())
        if reader is not None and rest.strip():
            try:
                material = replace(material, **reader(files, rest.strip()))
            except ValueError:
                raise AssetError(f"{files.mesh}: '{line[:60]}' cannot be read") from None
    if material.base_color_texture is not None:
        material = replace(material, base_color=(1.0, 1.0, 1.0))
    return material


def _color(files: Files, rest: str) -> dict[str, Any]:
    values = [float(text) for text in rest.split()[:3]]
    values = values * 3 if len(values) == 1 else values
    if len(values) != 3:
        raise ValueError(rest)
    red, green, blue = (float(value) for value in np.clip(values, 0.0, 1.0))
    return {"base_color": (red, green, blue)}


def _shininess(files: Files, rest: str) -> dict[str, Any]:
    exponent = max(float(rest.split()[0]), 0.0)
    return {"roughness": float(np.clip(1.0 - np.sqrt(exponent) / 30.0, 0.05, 1.0))}


def _number(field: str) -> Callable[[Files, str], dict[str, Any]]:
    return lambda files, rest: {field: float(np.clip(float(rest.split()[0]), 0.0, 1.0))}


def _base_map(files: Files, rest: str) -> dict[str, Any]:
    name = _file_name(rest)
    what = f"{files.mesh}: map_Kd '{name}'"
    return {"base_color_texture": texture(files.read(name, "map_Kd"), what)}


def _normal_map(files: Files, rest: str) -> dict[str, Any]:
    name = _file_name(rest)
    return {"normal_texture": rgb(files.read(name, "norm"), f"{files.mesh}: norm '{name}'")}


def _file_name(rest: str) -> str:
    """The file of a map statement, which may hold spaces, without the options before it."""
    words = rest.split(" ")
    while words and words[0].startswith("-") and len(words) > 2:
        words = words[1 + _ARGUMENTS.get(words[0], 1) :]
    return " ".join(words).strip().strip('"')


_READERS: dict[str, Callable[[Files, str], dict[str, Any]]] = {
    "kd": _color,
    "ns": _shininess,
    "pr": _number("roughness"),
    "pm": _number("metallic"),
    "map_kd": _base_map,
    "norm": _normal_map,
}

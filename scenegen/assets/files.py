"""Where the builtin assets are, which files are meshes, and how one is to be read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Up = Literal["auto", "y", "z"]
MESH_SUFFIXES = (".glb", ".gltf", ".obj", ".dae", ".ply", ".stl")
"""Richest first: of `mug.glb` and `mug.stl` in one folder the first is the object."""

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED = _PACKAGE / "_data" / "assets"
ASSETS = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "assets"


@dataclass(frozen=True)
class MeshFile:
    """A mesh on disk and how to read it; `root` is the folder that its textures must not leave."""

    path: str
    root: str
    units: str = "auto"
    up: Up = "auto"

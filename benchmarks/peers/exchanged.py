"""A scene of ours as peers read it: written by `benchmarks.exchange`, read with json and numpy."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
OPENGL_FROM_OPENCV: Array = np.diag([1.0, -1.0, -1.0, 1.0])
NEAR, FAR = 0.05, 40.0


@dataclass(frozen=True)
class Part:
    """A mesh in world coordinates: OBJ with uv and normals; `instance` 0 is background.

    `color` is linear and multiplies `texture` (PNG, sRGB), where there is one.
    """

    instance: int
    mesh: Path
    texture: Path | None
    color: tuple[float, float, float]
    roughness: float
    metallic: float


@dataclass(frozen=True, eq=False)
class View:
    """A pinhole camera in the OpenCV convention."""

    width: int
    height: int
    K: Array
    world_from_camera: Array

    @property
    def pose_opengl(self) -> Array:
        """The camera's pose with OpenGL's axes (y up, looking along −z)."""
        return self.world_from_camera @ OPENGL_FROM_OPENCV

    @property
    def fov_y(self) -> float:
        """Vertical field of view, radians."""
        return float(2 * np.arctan(self.height / 2 / self.K[1, 1]))

    def clip_from_camera(self, sample: tuple[float, float]) -> Array:
        """OpenGL's projection matrix for a peer that samples a pixel here, from its top left."""
        matrix = np.zeros((4, 4))
        matrix[0, 0] = 2 * self.K[0, 0] / self.width
        matrix[1, 1] = 2 * self.K[1, 1] / self.height
        matrix[0, 2] = 1 - 2 * (self.K[0, 2] + sample[0]) / self.width
        matrix[1, 2] = 2 * (self.K[1, 2] + sample[1]) / self.height - 1
        matrix[2, 2:] = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
        matrix[3, 2] = -1
        return matrix


@dataclass(frozen=True)
class Exchanged:
    """What there is to draw; `environment` is an equirectangular .hdr turned by `yaw`, radians."""

    parts: tuple[Part, ...]
    views: tuple[View, ...]
    environment: Path | None
    yaw: float

    @property
    def instances(self) -> tuple[int, ...]:
        """The numbers of the objects, without the background's."""
        return tuple(sorted({part.instance for part in self.parts} - {0}))


def read(folder: Path) -> Exchanged:
    """Read what `benchmarks.exchange.write` wrote."""
    data: dict[str, Any] = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    return Exchanged(
        parts=tuple(_part(folder, entry) for entry in data["parts"]),
        views=tuple(_view(entry) for entry in data["views"]),
        environment=Path(data["environment"]) if data["environment"] else None,
        yaw=data["yaw"],
    )


def srgb(linear: tuple[float, float, float]) -> tuple[float, float, float]:
    """Linear color for peers that do not manage color."""
    red, green, blue = (
        12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
        for value in linear
    )
    return red, green, blue


def _part(folder: Path, entry: dict[str, Any]) -> Part:
    texture = entry["texture"]
    return Part(
        instance=entry["instance"],
        mesh=folder / entry["mesh"],
        texture=folder / texture if texture else None,
        color=tuple(entry["color"]),
        roughness=entry["roughness"],
        metallic=entry["metallic"],
    )


def _view(entry: dict[str, Any]) -> View:
    pose = np.array(entry["world_from_camera"])
    return View(entry["width"], entry["height"], np.array(entry["K"]), pose)

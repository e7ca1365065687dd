"""Makes the project's lighting environments: python assets/make/environments.py [id …]

Each environment becomes a folder assets/environments/<id>/ with

    environment.hdr    equirectangular Radiance picture, linear, twice as wide as high
    environment.yaml   name, description, licence, use

World z is up. The center of the pixel at (u, v), both in [0, 1) from the top left, looks along
phi = 2 pi (0.5 - u), theta = pi v from the zenith,
d = (sin theta cos phi, sin theta sin phi, cos theta):
the middle of the image looks along +x and phi grows to the left, toward +y.

Radiance has no unit: each picture is scaled to a mean luminance over the sphere, as given in the
registry, so that one exposure suits them all. The sun is drawn at its true size or a few pixels
wide, with its true energy. Rooms take their wall and floor textures from assets/materials, so
materials.py runs first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import cv2
import environments_outdoor as outdoor
import environments_rooms as rooms
import numpy as np
from environments_light import World, light_map
from environments_view import mean_luminance, panorama
from noise import Array

FOLDER = Path(__file__).resolve().parents[1] / "environments"


@dataclass(frozen=True)
class Environment:
    """One line of the registry; build gives the world, finish adds what blur must not touch."""

    name: str
    description: str
    use: tuple[str, ...]
    build: Callable[[np.random.Generator], World]
    mean: float = 0.5  # luminance over the sphere
    height: int = 512
    blur_px: float = 1.3
    finish: Callable[[Array], Array] | None = None


ENVIRONMENTS: dict[str, Environment] = {
    "studio_dark": Environment(
        "Dark studio",
        "A black photo studio with two large soft boxes, a strip and a top light.",
        ("studio", "indoor"),
        rooms.studio_dark,
        height=384,
        blur_px=1.0,
    ),
    "studio_white": Environment(
        "White studio",
        "A bright photo studio with a wide overhead scrim, a soft box and a side window.",
        ("studio", "indoor"),
        rooms.studio_white,
        0.8,
        height=384,
        blur_px=1.0,
    ),
    "window_room": Environment(
        "Window room",
        "A living room with three tall windows and a little sun on the floor.",
        ("indoor",),
        rooms.window_room,
    ),
    "office": Environment(
        "Office",
        "An open office with ceiling panels, desks and a strip of windows.",
        ("indoor",),
        rooms.office,
        0.6,
    ),
    "warehouse": Environment(
        "Warehouse",
        "A dark hall with strip lights, pallet racks and a bright gate.",
        ("indoor",),
        rooms.warehouse,
    ),
    "night_lamp": Environment(
        "Night lamp",
        "A dark living room at night, lit by one warm floor lamp.",
        ("indoor",),
        rooms.night_lamp,
        0.25,
        height=384,
        blur_px=1.0,
    ),
    "overcast_square": Environment(
        "Overcast square",
        "A paved square between houses and trees under a closed cloud cover.",
        ("outdoor",),
        outdoor.overcast_square,
        0.7,
    ),
    "sunny_meadow": Environment(
        "Sunny meadow",
        "Grass and distant trees under a clear sky with a high sun.",
        ("outdoor",),
        outdoor.sunny_meadow,
        0.8,
        finish=outdoor.high_sun,
    ),
    "sunset_terrace": Environment(
        "Sunset terrace",
        "A wooden terrace facing hills and a low sun behind thin clouds.",
        ("outdoor",),
        outdoor.sunset_terrace,
        0.45,
        height=384,
        blur_px=1.0,
        finish=outdoor.low_sun,
    ),
}


def describe(environment: Environment) -> str:
    """The text of environment.yaml."""
    return (
        f"name: {environment.name}\n"
        f"description: {environment.description}\n"
        "licence: CC0-1.0\n"
        f"use: [{', '.join(environment.use)}]\n"
    )


def render(environment: Environment, rng: np.random.Generator) -> Array:
    """Linear radiance (height, 2 height, 3)."""
    world = environment.build(rng)
    book = light_map(world, rng=rng)
    image = panorama(world, book, environment.height, blur_px=environment.blur_px, rng=rng)
    if environment.finish is not None:
        image = environment.finish(image)
    return np.asarray(image * (environment.mean / mean_luminance(image)))


def make(environment_id: str) -> None:
    """Write the folder of one environment."""
    environment = ENVIRONMENTS[environment_id]
    rng = np.random.default_rng(crc32(environment_id.encode()))
    image = render(environment, rng)
    folder = FOLDER / environment_id
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.ascontiguousarray(image[..., ::-1], dtype=np.float32)
    cv2.imwrite(str(folder / "environment.hdr"), pixels)
    (folder / "environment.yaml").write_text(describe(environment), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Make the named environments, or all of them."""
    unknown = [name for name in arguments if name not in ENVIRONMENTS]
    if unknown:
        print(f"unknown environment: {', '.join(unknown)}; known: {', '.join(ENVIRONMENTS)}")
        return 2
    for environment_id in arguments or ENVIRONMENTS:
        make(environment_id)
        print(f"environments/{environment_id}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

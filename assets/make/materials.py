"""Makes the project's surface materials: python assets/make/materials.py [id …]

Each material becomes a folder assets/materials/<id>/ with

    basecolor.jpg   sRGB
    normal.jpg      linear, tangent space, OpenGL convention (green = up the image)
    orm.jpg         linear; R ambient occlusion, G roughness, B metallic (the glTF packing)
    material.yaml   name, description, licence, tile_size (metres per repetition), use

All maps tile. Each material draws from its own generator, seeded with its id, so making one
alone gives the same bytes as making all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import materials_cloth as cloth
import materials_masonry as masonry
import materials_plain as plain
import materials_wood as wood
import numpy as np
from materials_surface import Surface, write_surface

FOLDER = Path(__file__).resolve().parents[1] / "materials"


@dataclass(frozen=True)
class Material:
    """One line of the registry; make takes a generator and the tile size in metres."""

    name: str
    description: str
    tile_size: float
    use: tuple[str, ...]
    make: Callable[[np.random.Generator, float], Surface]
    maps: tuple[int, int] = (1024, 512)  # pixels of the normal map and of the ORM map


def _planks(
    species: wood.Species, courses: int, pieces: int, groove: float
) -> Callable[[np.random.Generator, float], Surface]:
    return lambda rng, tile: wood.planks(rng, species, tile, courses, pieces, groove)


def _staves(
    species: wood.Species, count: int, matched: bool
) -> Callable[[np.random.Generator, float], Surface]:
    return lambda rng, tile: wood.staves(rng, species, tile, count, matched=matched)


MATERIALS: dict[str, Material] = {
    "oak_planks": Material(
        "Oak planks",
        "Oiled oak floor boards of mixed lengths with fine bevels.",
        1.6,
        ("floor", "table"),
        _planks(wood.OAK, 12, 2, 0.0007),
    ),
    "oak_herringbone": Material(
        "Oak herringbone",
        "Oak parquet blocks laid in a herringbone pattern.",
        1.12,
        ("floor",),
        lambda rng, tile: wood.herringbone(rng, wood.OAK, tile, 4, 2),
    ),
    "laminate_grey": Material(
        "Grey laminate",
        "Laminate floor with the print of weathered grey oak.",
        1.6,
        ("floor", "wall"),
        _planks(wood.GREY_OAK, 8, 1, 0.0008),
    ),
    "pine_table": Material(
        "Pine table top",
        "Edge-glued pine staves with knots, lightly lacquered.",
        1.0,
        ("table", "floor"),
        _staves(wood.PINE, 8, False),
    ),
    "walnut_table": Material(
        "Walnut table top",
        "Dark walnut veneer in book-matched sheets.",
        1.0,
        ("table",),
        _staves(wood.WALNUT, 4, True),
    ),
    "concrete_floor": Material(
        "Concrete floor",
        "Trowelled concrete with stains, pores and hairline cracks.",
        2.0,
        ("floor", "wall"),
        plain.concrete,
    ),
    "white_tiles": Material(
        "White ceramic tiles",
        "Glossy white tiles of 16 cm with grey grout.",
        0.8,
        ("wall", "floor", "table"),
        masonry.white_tiles,
    ),
    "terracotta_tiles": Material(
        "Terracotta tiles",
        "Hand-made terracotta squares with wide sandy joints.",
        1.2,
        ("floor",),
        masonry.terracotta_tiles,
    ),
    "brick_wall": Material(
        "Brick wall",
        "Red bricks in running bond with recessed mortar.",
        0.9,
        ("wall",),
        masonry.brick_wall,
        (768, 512),
    ),
    "marble": Material(
        "White marble",
        "Polished white marble with grey veins.",
        1.2,
        ("table", "floor", "wall"),
        masonry.marble,
        (256, 512),
    ),
    "linoleum": Material(
        "Speckled linoleum",
        "Grey-green resilient flooring with colored chips.",
        0.8,
        ("floor",),
        plain.linoleum,
        (512, 256),
    ),
    "carpet_grey": Material(
        "Grey carpet",
        "Short looped office carpet in mottled grey.",
        0.5,
        ("floor",),
        cloth.carpet,
        (512, 256),
    ),
    "linen": Material(
        "Linen cloth",
        "Natural linen table cloth with uneven threads.",
        0.4,
        ("table",),
        cloth.linen,
        (512, 256),
    ),
    "gingham": Material(
        "Checked cloth",
        "Red and white checked cotton table cloth.",
        0.4,
        ("table",),
        cloth.gingham,
        (512, 256),
    ),
    "brushed_steel": Material(
        "Brushed steel",
        "Stainless steel sheet with a fine grain along u.",
        0.5,
        ("table", "wall"),
        plain.brushed_steel,
    ),
    "plaster_wall": Material(
        "Painted plaster",
        "Warm white wall paint with the texture of a roller.",
        1.2,
        ("wall",),
        plain.plaster_wall,
    ),
    "wallpaper_stripes": Material(
        "Striped wallpaper",
        "Cream wallpaper with sage stripes and fine gilt lines.",
        0.6,
        ("wall",),
        cloth.wallpaper,
    ),
    "painted_boards": Material(
        "Painted boards",
        "Beaded wall boards painted pale blue grey.",
        0.8,
        ("wall",),
        plain.painted_line_wall,
    ),
    "cardboard": Material(
        "Cardboard",
        "Brown corrugated board with fibers and flecks.",
        0.4,
        ("table", "floor"),
        plain.cardboard,
    ),
    "rubber_mat": Material(
        "Rubber mat",
        "Dark studded rubber flooring, a little dusty.",
        0.5,
        ("floor", "table"),
        plain.rubber_mat,
    ),
    "tote_plastic": Material(
        "Blue tote plastic",
        "Blue moulded polypropylene with a pebbled skin and scratches.",
        0.3,
        ("table", "floor"),
        plain.tote_plastic,
    ),
}


def describe(material: Material) -> str:
    """The text of material.yaml."""
    return (
        f"name: {material.name}\n"
        f"description: {material.description}\n"
        "licence: CC0-1.0\n"
        f"tile_size: {material.tile_size}  # metres covered by one repetition along u and v\n"
        f"use: [{', '.join(material.use)}]\n"
    )


def make(material_id: str) -> None:
    """Write the folder of one material."""
    material = MATERIALS[material_id]
    rng = np.random.default_rng(crc32(material_id.encode()))
    surface = material.make(rng, material.tile_size)
    folder = FOLDER / material_id
    write_surface(surface, folder, material.tile_size, material.maps)
    (folder / "material.yaml").write_text(describe(material), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Make the named materials, or all of them."""
    unknown = [name for name in arguments if name not in MATERIALS]
    if unknown:
        print(f"unknown material: {', '.join(unknown)}; known: {', '.join(MATERIALS)}")
        return 2
    for material_id in arguments or MATERIALS:
        make(material_id)
        print(f"materials/{material_id}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Makes the project's own objects: `python assets/make/objects.py [id ...]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import objects_bottles
import objects_cans
import objects_carton
import objects_clamp
import objects_containers
import objects_crockery
import objects_cutlery
import objects_electronics
import objects_food
import objects_furniture
import objects_household
import objects_packages
import objects_stationery
import objects_tools
import objects_toy_car
import objects_toys
import objects_workshop
from objects_model import Asset
from objects_write import write_asset

OBJECTS: dict[str, Callable[[], Asset]] = {
    **objects_crockery.OBJECTS,
    **objects_cutlery.OBJECTS,
    **objects_packages.OBJECTS,
    **objects_carton.OBJECTS,
    **objects_cans.OBJECTS,
    **objects_bottles.OBJECTS,
    **objects_food.OBJECTS,
    **objects_toys.OBJECTS,
    **objects_toy_car.OBJECTS,
    **objects_tools.OBJECTS,
    **objects_clamp.OBJECTS,
    **objects_workshop.OBJECTS,
    **objects_stationery.OBJECTS,
    **objects_household.OBJECTS,
    **objects_electronics.OBJECTS,
    **objects_furniture.OBJECTS,
    **objects_containers.OBJECTS,
}

FOLDER = Path(__file__).resolve().parent.parent / "objects"


def main(names: list[str]) -> int:
    """Write the named objects, or all of them."""
    unknown = [name for name in names if name not in OBJECTS]
    if unknown:
        print(f"unknown objects: {', '.join(unknown)}; known: {', '.join(OBJECTS)}")
        return 2
    for name in names or OBJECTS:
        write_asset(name, OBJECTS[name](), FOLDER)
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

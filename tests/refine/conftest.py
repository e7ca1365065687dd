"""A dataset large enough for what is measured in pixels."""

from pathlib import Path

import pytest
from running import run, small_recipe

from refine.frames import Render, Renders
from scenegen.dataset import Dataset

TABLES = """\
name: tables
seed: 12
scenes: 4
objects:
  - {count: {integers: [4, 6]}, categories: [can, mug, apple, tea_box, bowl, rubber_duck]}
furniture:
  - name: table
    asset: table_round
    surface: {material: {choice: [oak_planks, laminate_grey, linen]}}
drop: {onto: table, size: [0.4, 0.4, 0.2]}
lights:
  - environment: {map: {choice: [studio_white, office]}}
backdrop:
  floor: {material: oak_herringbone}
cameras:
  - size: [320, 240]
    fov_deg: 45
    views: 3
    pose: {shell: {radius: 0.7, azimuth_deg: {uniform: [0, 360]}, elevation_deg: {uniform: [25, 60]}}}
    look_at: objects
outputs: [rgb, ids, semantic]
"""


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures of 320 × 240 of things on tables; not to be written to."""
    folder = tmp_path_factory.mktemp("tables")
    run(folder, "generate", small_recipe(folder, TABLES), "--out", folder / "tables", "--quiet")
    return folder / "tables"


@pytest.fixture(scope="session")
def table_renders(tables: Path) -> list[Render]:
    """Its pictures, decoded once."""
    return list(Renders.open(Dataset.open(tables)))

"""What the end-to-end tests share: a small recipe, a way to run the command line, checksums."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

SMALL = """\
name: small
seed: 5
scenes: 3
objects:
  - {count: {integers: [2, 4]}, categories: [can, mug, apple, tea_box]}
  - {count: 1, role: distractor, categories: [die], scale: 2}
furniture:
  - {name: table, asset: table_round}
drop: {onto: table, size: [0.3, 0.3, 0.2]}
lights:
  - environment: {map: studio_white}
backdrop:
  floor: {material: oak_planks}
cameras:
  - size: [160, 120]
    views: 2
    pose: {shell: {radius: 0.8, azimuth_deg: {uniform: [0, 360]}, elevation_deg: 40}}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


def small_recipe(folder: Path) -> Path:
    """A recipe whose scenes take a second."""
    path = folder / "recipes" / "small.yaml"
    path.parent.mkdir()
    path.write_text(SMALL)
    return path


def run(folder: Path, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, in a process of its own; it must end with `code`."""
    result = subprocess.run(
        [sys.executable, "-m", "scenegen", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert result.returncode == code, f"{result.stdout}\n{result.stderr}"
    assert "Traceback" not in result.stdout + result.stderr
    return result


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return small_recipe(tmp_path)


@pytest.fixture
def scenegen(tmp_path: Path) -> Run:
    return partial(run, tmp_path)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small recipe's dataset, made by one worker in one go; not to be written to."""
    folder = tmp_path_factory.mktemp("made")
    run(folder, "generate", small_recipe(folder), "--out", folder / "small", "--quiet")
    return folder / "small"


def checksums(folder: Path) -> dict[str, str]:
    """sha256 of every file by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

"""Small recipes, a way to run the command line, checksums: what the end-to-end tests share."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

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
captures: {falling: [0.1], at_rest: true}
outputs: all
keypoints: {farthest: 5}
cameras:
  - size: [160, 120]
    stereo: {baseline: 0.05}
    pose: {shell: {radius: 0.8, azimuth_deg: {uniform: [0, 360]}, elevation_deg: 40}}
"""

RICH = """\
name: rich
seed: 3
scenes: 1
objects:
  - {count: 3, unique: true, ids: [mug_blue, box_tea, scissors, clamp]}
  - {count: 2, categories: [can, bowl]}
  - {count: 1, role: distractor, ids: [brick_red]}
furniture:
  - {name: table, asset: table_round}
drop: {onto: table, size: [0.24, 0.24, 0.6], spin_deg: 90}
captures: {falling: [0.25], at_rest: true}
outputs: all
lights:
  - environment: {map: studio_white}
backdrop:
  floor: {material: oak_planks}
cameras:
  - name: eyes
    size: [160, 120]
    fov_deg: 40
    stereo: {baseline: 0.06}
    pose: {orbit: {radius: 0.8, elevation_deg: 35, sweep_deg: 20}}
  - name: lens
    size: [144, 112]
    fov_deg: 60
    distortion: {brown_conrady: [-0.25, 0.08, 0.001, -0.0006, -0.01]}
    pose: {fixed: {position: [0.5, -0.4, 1.2]}}
    look_at: [0.14, 0.1, 0.5]
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


def small_recipe(folder: Path, text: str = SMALL) -> Path:
    """A recipe whose scenes take a second."""
    path = folder / "recipes" / "small.yaml"
    path.parent.mkdir()
    path.write_text(text)
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


def checksums(folder: Path) -> dict[str, str]:
    """sha256 of every file by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def assert_same_files(found: Path, expected: Path) -> None:
    """The folders hold the same files; of pictures that differ, the pixels are told."""
    here, there = checksums(found), checksums(expected)
    assert here.keys() == there.keys()
    differing = [name for name in here if here[name] != there[name]]
    assert not differing, [_difference(found / name, expected / name) for name in differing]


def _difference(found: Path, expected: Path) -> str:
    if found.suffix != ".png":
        return found.name
    a, b = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (found, expected))
    if a is None or b is None or a.shape != b.shape:
        return f"{found.name}: of another size, or damaged"
    places = np.argwhere(a != b)
    values = [(place.tolist(), int(a[tuple(place)]), int(b[tuple(place)])) for place in places[:8]]
    return f"{found.name}: {len(places)} of {a.size} values differ (0: other bytes only), {values}"

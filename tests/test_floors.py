"""The law of the house: a module imports only from lower floors, and the package stays light.

Mutants caught: `annotate` importing `settle`; `scenegen/__init__` importing the renderer.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "scenegen"
FLOORS = [
    {"errors", "__init__"},
    {"clock", "config", "geometry", "streams", "summary", "terminal", "workers"},
    {"distributions", "scene"},
    {"assets", "lens", "links"},
    {"recipe"},
    {"sample", "settle", "render", "annotate"},
    {"dataset"},
    {"project", "views", "drawing", "cluster"},
    {"generate"},
    {"report", "panels", "replay", "thumbnails", "export", "verify"},
    {"preview", "torch"},
    {"batch"},
    {"console"},
    {"cli", "reference"},
    {"__main__"},
]

REFINE_FLOORS = [
    {"__init__", "evening", "frames", "recipe", "card", "checkpoint", "progress", "processes"},
    {"networks", "features", "photographs", "matching", "device", "training_page"},
    {"views"},
    {"pool", "stats", "gate", "gap"},
    {"crops", "camera", "network_refiner"},
    {"model"},
    {"objectives", "run_folder", "onnx"},
    {"training"},
    {"fit"},
    {"apply", "audit", "charts"},
    {"page"},
    {"compare"},
    {"console"},
    {"cli"},
]

FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
REFINE_FLOOR = {name: number for number, names in enumerate(REFINE_FLOORS) for name in names}
FILES = sorted(ROOT.rglob("*.py"))
REFINE = ROOT.parent / "refine"
REFINE_FILES = sorted(REFINE.rglob("*.py"))


def part_of(path: Path, root: Path = ROOT) -> str:
    return path.relative_to(root).with_suffix("").parts[0]


def imported_parts(path: Path, package: str = "scenegen") -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            parts = (node.module or "").split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name.split(".")[1] for a in node.names if a.name.startswith(f"{package}.")}
    return names - {"__version__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_downstairs(path: Path) -> None:
    here = part_of(path)
    assert here in FLOOR, f"{here} has no floor yet: give it one in FLOORS"
    for other in imported_parts(path) - {here}:
        assert FLOOR[other] < FLOOR[here], (
            f"{path.name} imports {other} from its own floor or above"
        )


@pytest.mark.parametrize(
    ("package", "owner"),
    [
        ("pybullet", "settle"),
        ("pyrender", "render"),
        ("ray\n", "cluster"),
        ("fsspec\n", "cluster"),
    ],
)
def test_back_ends_are_leaves(package: str, owner: str) -> None:
    for path in FILES:
        if part_of(path) != owner:
            assert f"import {package}" not in path.read_text(encoding="utf-8")
            assert f"from {package}" not in path.read_text(encoding="utf-8")


def test_verify_takes_a_road_of_its_own() -> None:
    """Mutant: `verify` projecting with `lens`: it would make the same mistake and find none."""
    allowed = {"assets", "recipe", "config", "project", "errors", "workers", "verify"}
    files = [path for path in FILES if part_of(path) == "verify"]
    assert files
    for path in files:
        assert imported_parts(path) <= allowed, path.name


@pytest.mark.parametrize("path", REFINE_FILES, ids=lambda path: path.relative_to(REFINE).as_posix())
def test_refine_stands_beside(path: Path) -> None:
    """Mutants: the gate importing `scenegen.annotate`: it would judge labels by what made them; the
    gap importing `objectives`: it would measure what was trained on.
    """
    assert imported_parts(path) <= {"dataset", "scene", "config", "errors"}
    here = part_of(path, REFINE)
    assert here in REFINE_FLOOR, f"{here} has no floor yet: give it one in REFINE_FLOORS"
    for other in imported_parts(path, "refine") - {here}:
        assert REFINE_FLOOR[other] < REFINE_FLOOR[here], (
            f"{path.name} imports {other} from its own floor or above"
        )


def test_scenegen_knows_no_refiner() -> None:
    for path in FILES:
        assert not imported_parts(path, "refine"), path.name


@pytest.mark.parametrize(
    "module", ["scenegen", "scenegen.recipe", "scenegen.cli", "refine", "refine.cli"]
)
def test_import_is_light(module: str) -> None:
    heavy = "{'pybullet', 'pyrender', 'torch', 'trimesh', 'coacd', 'OpenGL', 'cv2'}"
    code = f"import {module}, sys; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"

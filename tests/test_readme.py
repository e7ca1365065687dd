"""README is the manual: what it shows is run as it stands."""

import re
import shlex
from pathlib import Path

import pytest
import trimesh
from running import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MESHES = ROOT.parent / "shared" / "data" / "meshes"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_own_recipe_and_own_meshes(scenegen: Run, tmp_path: Path) -> None:
    """Mutant: a key in README that the schema no longer has."""
    recipe, sources = blocks("yaml")
    smaller = recipe.replace("[640, 480]", "[64, 48]").replace("views: 5", "views: 1")
    (tmp_path / "mine.yaml").write_text(f"{sources}{smaller}")
    (tmp_path / "meshes").mkdir()
    trimesh.creation.box((50, 50, 50)).export(tmp_path / "meshes" / "cube.stl")
    scenegen("preview", "mine.yaml")
    assert (tmp_path / "preview.png").exists()


def test_the_python_example(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mutant: an attribute of a stored shot renamed."""
    (example,) = [code for code in blocks("python") if "all_shots" in code]
    exec(example.replace("out/tabletop", str(made)), {})
    assert "mug" in capsys.readouterr().out


def test_every_command_exists(scenegen: Run) -> None:
    """Mutant: a command or option in README that the command line no longer has."""
    lines = [line for block in blocks("") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("scenegen")]
    assert len(commands) >= 7
    for words in commands:
        name = words[1:3] if words[1] == "assets" else words[1:2]
        known = scenegen(*name, "--help").stdout
        for option in (word for word in words if word.startswith("--")):
            assert option in known, f"{' '.join(name)} has no {option}"


def test_every_recipe_is_all_right(scenegen: Run) -> None:
    """Mutant: a recipe in scenes/ names an object that was renamed."""
    for path in sorted((ROOT / "scenes").glob("*.yaml")):
        assert path.name in README
        if path.name != "falling_things.yaml":
            assert "all right" in scenegen("check", path).stdout


@pytest.mark.skipif(not MESHES.exists(), reason="needs the YCB scans in ../shared/data/meshes")
def test_falling_things_with_the_real_scans(scenegen: Run, tmp_path: Path) -> None:
    """Mutants: the right camera is not 6 cm to the right; falling captures are missing."""
    import numpy as np

    from scenegen.dataset import Dataset

    recipe = ROOT / "scenes" / "falling_things.yaml"
    assert "--assets" in scenegen("check", recipe, code=2).stderr
    scenegen("generate", recipe, "--assets", MESHES, "--out", "fat", "--only", "0", "--quiet")
    shots = Dataset.open(tmp_path / "fat").shots(0)
    assert [shot.camera.eye for shot in shots] == ["left", "right"] * 4
    assert [shot.record.at_rest for shot in shots] == [False] * 6 + [True] * 2
    left, right = (shot.camera for shot in shots[:2])
    left_from_right = np.linalg.inv(left.world_from_camera) @ right.world_from_camera
    np.testing.assert_allclose(left_from_right[:3, 3], [0.06, 0, 0], atol=1e-12)
    np.testing.assert_allclose(left.K, [[768.16058, 0, 479.5], [0, 768.16058, 269.5], [0, 0, 1]])


def test_what_comes_with_scenegen(scenegen: Run) -> None:
    """The issue's floor: 24 objects in 10 categories, 12 surfaces, 6 environments; all licensed."""
    from scenegen.assets.library import Library
    from scenegen.assets.sources import Builtin

    library = Library.open((Builtin(),))
    things = [library.info(id) for id in library.ids()]
    household = {i.category for i in things} - {"furniture", "container"}
    assert len(things) >= 30
    assert len(household) >= 10
    assert len(library.materials()) >= 12
    assert len(library.environments()) >= 6
    assert all(all(kind.values()) for kind in library.licences().values())
    assert all(info.description for info in things)
    listed = scenegen("assets", "list").stdout
    assert all(id in listed for id in library.ids())

"""`assets check` tells what is odd of every mesh in a folder and stops at none."""

from pathlib import Path

import asset_files as made
import numpy as np
import pytest

from scenegen.assets.check import Row, check_folder, guess_source
from scenegen.assets.sources import Bop, Folder, Urdf, Ycb
from scenegen.errors import AssetError


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENEGEN_CACHE", str(tmp_path / "cache"))


def rows(folder: Path) -> dict[str, Row]:
    return {row.id: row for row in check_folder(folder)}


def test_a_bad_mesh_stops_nothing(tmp_path: Path) -> None:
    """Mutants: the first bad mesh ends the table; a good one without its numbers."""
    made.obj(tmp_path / "a" / "bad.obj", faces=[])
    made.textured_obj(tmp_path / "a" / "plate")
    made.obj(tmp_path / "a" / "zcube.obj", made.box((0.1, 0.2, 0.3)))
    found = rows(tmp_path / "a")
    assert list(found) == ["bad", "zcube", "plate"]
    assert not found["bad"].usable
    assert "no face" in found["bad"].problems[0]
    cube = found["zcube"]
    assert cube.usable
    assert cube.size_cm == pytest.approx((10, 20, 30))
    assert (cube.faces, cube.textures, cube.parts) == (12, 0, 1)
    assert cube.mass == pytest.approx(3.0)
    assert cube.problems == ("no material and no colors: it is drawn grey",)
    assert found["plate"].textures == 1
    assert any("not watertight" in problem for problem in found["plate"].problems)


def test_suspicious_sizes_guess_the_unit(tmp_path: Path) -> None:
    """Mutants: a size beyond all reason without its numbers; a doubtful one passed in silence."""
    made.obj(tmp_path / "a" / "huge.obj", made.box((200, 100, 100)))
    made.obj(tmp_path / "a" / "large.obj", made.box((4, 2, 2)))
    found = rows(tmp_path / "a")
    assert found["huge"].size_cm == pytest.approx((20000, 10000, 10000))
    assert any("set `units: mm`" in problem for problem in found["huge"].problems)
    assert found["large"].usable
    assert any("in cm it would be 0.04 m" in problem for problem in found["large"].problems)


def test_what_is_put_right_is_told(tmp_path: Path) -> None:
    """Mutants: inside-out meshes, repeated faces and stray vertices pass unseen."""
    folder = tmp_path / "a"
    made.obj(folder / "inside.obj", faces=made.CUBE_FACES[:, ::-1])
    made.obj(
        folder / "twice.obj", faces=np.vstack([made.CUBE_FACES, made.CUBE_FACES[:2, [1, 2, 0]]])
    )
    made.ply(folder / "stray.ply", np.vstack([made.box(), [[9, 9, 9]]]))
    found = rows(folder)
    expected = {"inside": "inside out", "twice": "2 faces are there twice", "stray": "1 vertices"}
    for name, words in expected.items():
        assert any(problem.startswith(words) for problem in found[name].problems)
        assert found[name].usable


def test_a_missing_texture_is_a_problem_of_its_row(tmp_path: Path) -> None:
    """Mutant: a missing texture raises out of the table."""
    made.textured_obj(tmp_path / "a").with_name("skin.png").unlink()
    (row,) = check_folder(tmp_path / "a")
    assert not row.usable
    assert "map_Kd 'skin.png' is missing" in row.problems[0]


def test_the_layout_is_guessed(tmp_path: Path) -> None:
    """Mutant: BOP's millimetres read as metres because the folder looks like any other."""
    for name in ("bop", "ycb", "urdf"):
        (tmp_path / name).mkdir()
    made.ply(tmp_path / "bop" / "obj_000001.ply", made.box((80, 60, 40)))
    made.textured_obj(tmp_path / "ycb" / "mug", name="textured")
    (tmp_path / "urdf" / "a.urdf").write_text("<robot/>")
    kinds = [type(guess_source(tmp_path / name)) for name in ("bop", "ycb", "urdf", ".")]
    assert kinds == [Bop, Ycb, Urdf, Folder]
    (row,) = check_folder(tmp_path / "bop")
    assert row.size_cm == pytest.approx((8, 6, 4))
    (row,) = check_folder(tmp_path / "urdf")
    assert "no root link" in row.problems[0]
    with pytest.raises(AssetError, match="no such folder"):
        guess_source(tmp_path / "none")

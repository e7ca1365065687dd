"""What a user can get wrong, from the command line: where, what, what to do; exit code 2."""

import os
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
import trimesh
from running import SMALL, Run

OWN = SMALL.replace("categories: [can, mug, apple, tea_box]", "ids: ['*']").replace(
    "objects:", "assets: [{folder: FOLDER}, builtin]\nobjects:"
)


def with_folder(recipe: Path, folder: str) -> None:
    recipe.write_text(OWN.replace("FOLDER", folder))


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("../../etc", "--assets"),
        ("/etc", "--assets"),
        ("meshs", "did you mean 'meshes'"),
    ],
)
def test_folders_stay_inside(recipe: Path, scenegen: Run, folder: str, said: str) -> None:
    """Mutant: a recipe may read any file of the machine."""
    (recipe.parent / "meshes").mkdir()
    with_folder(recipe, folder)
    errors = scenegen("check", recipe, code=2).stderr
    assert said in errors
    assert folder in errors


def test_a_link_out_of_the_folder_is_refused(recipe: Path, scenegen: Run, tmp_path: Path) -> None:
    """Mutant: only the text of a path is looked at, not where it leads."""
    outside = tmp_path / "outside"
    outside.mkdir()
    trimesh.creation.box((0.1, 0.1, 0.1)).export(outside / "box.stl")
    (recipe.parent / "meshes").symlink_to(outside)
    with_folder(recipe, "meshes")
    assert "--assets" in scenegen("check", recipe, code=2).stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cut.glb", b"glTF\x02\x00\x00\x00\xff\xff\x00\x00", "cut.glb"),
        ("empty.obj", b"", "empty.obj"),
        ("flat.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "flat.obj"),
        ("noise.ply", bytes(range(256)) * 4, "noise.ply"),
        ("huge.obj", b"v 0 0 0\nv 200 0 0\nv 0 200 0\nv 0 0 200\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n",
         "units: mm"),
    ],
)  # fmt: skip
def test_broken_meshes(
    recipe: Path, scenegen: Run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """Mutant: a broken mesh ends in a traceback, or leaves a half-written scene."""
    folder = recipe.parent / "méshes with spaces"
    folder.mkdir()
    (folder / name).write_bytes(content)
    recipe.write_text(
        OWN.replace("FOLDER", "'méshes with spaces'").replace("ids: ['*']", f"ids: [{name[:-4]}]")
    )
    out = tmp_path / "out"
    assert said in scenegen("generate", recipe, "--out", out, "--quiet", code=2).stderr
    assert not list(out.glob("scenes/*"))
    checked = scenegen("assets", "check", folder, "--sheet", tmp_path / "s.png", code=1)
    assert name[:-4] in checked.stdout


def test_own_meshes_work_the_first_time(recipe: Path, scenegen: Run, tmp_path: Path) -> None:
    """README's road: a folder of meshes in millimetres beside the recipe."""
    folder = recipe.parent / "meshes"
    folder.mkdir()
    trimesh.creation.box((60, 40, 30)).export(folder / "brick.stl")
    trimesh.creation.cylinder(25, 80).export(folder / "rod.ply")
    recipe.write_text(
        OWN.replace("{folder: FOLDER}", "{folder: meshes, units: mm}").replace(
            "ids: ['*']", "ids: [brick, rod]"
        )
    )
    scenegen("generate", recipe, "--out", tmp_path / "out", "--scenes", 1, "--quiet")
    card = (tmp_path / "out" / "dataset.json").read_text()
    assert '"brick"' in card
    assert '"rod"' in card
    checked = scenegen("assets", "check", folder, "--sheet", tmp_path / "s.png", code=1).stdout
    assert "units: mm" in checked  # the same files read as metres are too large for a table


@pytest.mark.skipif(bool(find_library("OSMesa")), reason="OSMesa would step in for EGL")
def test_without_opengl_one_line_says_what_to_install(
    recipe: Path, scenegen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: a missing driver ends in a traceback from deep inside."""
    monkeypatch.setitem(os.environ, "__EGL_VENDOR_LIBRARY_DIRS", str(tmp_path))
    errors = scenegen("preview", recipe, "--out", tmp_path / "p.png", code=2).stderr
    assert "apt-get install" in errors
    assert len(errors.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("generate", "RECIPE", "--out", "RECIPE"), "cannot create"),
        (("generate", "RECIPE", "--out", "FULL"), "is no dataset"),
        (("generate", "RECIPE", "--out", "x", "--only", "5:2"), "--only 5:2"),
        (("generate", "RECIPE", "--out", "x", "--assets", "nowhere"), "no such folder"),
        (("stats", "FULL"), "no dataset"),
        (("replay", "FULL", "0"), "no dataset"),
        (("check", "FULL"), "folder"),
        (("check", "missing.yaml"), "no such file"),
        (("assets", "check", "nowhere"), "no such folder"),
        (("preview", "RECIPE", "--out", "p.jpg"), ".png"),
    ],
)
def test_wrong_arguments(
    recipe: Path, scenegen: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("dear reader")
    places = {"RECIPE": str(recipe), "FULL": str(full)}
    result = scenegen(*(places.get(word, word) for word in arguments), code=2)
    assert said in result.stderr
    assert (full / "letter.txt").read_text() == "dear reader"


@pytest.mark.skipif(not find_library("OSMesa"), reason="needs libOSMesa (libosmesa6)")
def test_osmesa_steps_in_for_egl(
    recipe: Path, scenegen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: where EGL has no device, OSMesa is not tried."""
    monkeypatch.setitem(os.environ, "__EGL_VENDOR_LIBRARY_DIRS", str(tmp_path))
    scenegen("preview", recipe, "--out", tmp_path / "p.png")
    assert (tmp_path / "p.png").exists()


@pytest.mark.parametrize(
    ("change", "unused"),
    [
        (("views:", "veiws:"), {"scenegen.assets.library", "scenegen.workers"}),
        (("[can, mug", "[cna, mug"), {"scenegen.dataset"}),
    ],
)
def test_a_bad_recipe_is_refused_before_anything_heavy_is_imported(
    recipe: Path, tmp_path: Path, change: tuple[str, str], unused: set[str]
) -> None:
    """Mutants: `generate` imports what makes scenes, or begins a worker, before it reads."""
    recipe.write_text(recipe.read_text().replace("    pose:", "    views: 1\n    pose:"))
    recipe.write_text(recipe.read_text().replace(*change))
    heavy = {*unused, "scenegen.generate", "scipy", "cv2", "PIL", "pybullet", "rich", "OpenGL"}
    code = (
        "import atexit, sys; from scenegen.cli import main; "
        f"atexit.register(lambda: print(sorted({heavy} & set(sys.modules)))); "
        f"main(['generate', {str(recipe)!r}, '--out', {str(tmp_path / 'out')!r}])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (2, "[]")
    assert change[1].strip("[:").split(",")[0] in run.stderr

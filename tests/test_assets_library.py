"""The library finds what a recipe names, in every layout, and nothing outside its folders."""

import pickle
import subprocess
import sys
from pathlib import Path

import asset_files as made
import numpy as np
import pytest
from pydantic import TypeAdapter

from scenegen.assets.library import MATERIALS_KEPT, Library
from scenegen.assets.sources import Bop, Builtin, Folder, Source, Urdf, Ycb
from scenegen.errors import AssetError, ScenegenError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "meshes"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/meshes is missing")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENEGEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder of meshes in many ways of putting them."""
    folder = tmp_path / "mein Laden"
    made.obj(folder / "soap.obj")
    (folder / "soap.yaml").write_text("category: bar\nmass: 0.1\nlicence: CC0-1.0\n")
    made.stl(folder / "soap.stl", made.box())
    made.textured_obj(folder / "tasse ü")
    made.obj(folder / "set" / "cup.obj")
    made.obj(folder / "set" / "saucer.obj")
    made.obj(folder / "jar" / "jar.obj")
    made.stl(folder / "jar" / "jar_coacd_0.stl", made.box((0.1, 0.1, 0.05)))
    made.stl(folder / "jar" / "jar_coacd_1.stl", made.box((0.1, 0.1, 0.05), (0, 0, 0.05)))
    (folder / "textures").mkdir()
    (folder / "notes.txt").write_text("not a mesh")
    return folder


def test_a_folder_of_meshes(shop: Path) -> None:
    """Mutants: collision pieces listed as objects; two formats of a mesh listed as two objects."""
    library = Library.open([Folder(folder="mein Laden")], [shop.parent])
    assert library.ids() == ("jar", "set_cup", "set_saucer", "soap", "tasse ü")
    assert library.info("soap").category == "bar"
    assert library.info("jar").category == "jar"
    assert library.info("soap").path.endswith("soap.obj")
    assert library.licences()["objects"]["soap"] == "CC0-1.0"
    assert library.load("soap").body.mass == pytest.approx(0.1)
    assert library.load("soap") is library.load("soap")
    assert len(library.load("jar").body.collision) == 2
    assert library.load("tasse ü").parts[0].material.base_color_texture is not None


def test_density_and_mass(shop: Path) -> None:
    """Mutants: density ignored; `mass` of the file beside the mesh loses to the density."""
    library = Library.open([Folder(folder=".", density=1000.0)], [shop])
    assert library.load("set_cup").body.mass == pytest.approx(1.0, rel=1e-3)
    assert library.load("jar").body.mass == pytest.approx(1.0, rel=1e-3)
    assert library.load("soap").body.mass == pytest.approx(0.1)


def test_category_of_a_source_and_prefix(shop: Path) -> None:
    """Mutants: the prefix left out of the id; a file's own category overruled by the source's."""
    library = Library.open([Folder(folder=".", category="ware", prefix="x_")], [shop])
    assert "x_jar" in library.ids()
    assert {library.info(i).category for i in library.ids()} == {"ware", "bar"}


def test_roots_are_tried_in_order(tmp_path: Path) -> None:
    """Mutant: an --assets folder wins over the recipe's own."""
    made.obj(tmp_path / "one" / "meshes" / "first.obj")
    made.obj(tmp_path / "two" / "meshes" / "second.obj")
    roots = [tmp_path / "none", tmp_path / "one", tmp_path / "two"]
    assert Library.open([Folder(folder="meshes")], roots).ids() == ("first",)


def test_links_that_leave_are_refused(tmp_path: Path) -> None:
    """Mutants: a linked folder, subfolder or mesh read from anywhere on the disk."""
    made.obj(tmp_path / "secret" / "a.obj")
    root = tmp_path / "root"
    (root / "meshes").mkdir(parents=True)
    made.obj(root / "meshes" / "fine.obj")
    (root / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(AssetError, match=r"leads out of.*--assets"):
        Library.open([Folder(folder="out")], [root])
    (root / "meshes" / "sub").symlink_to(tmp_path / "secret")
    with pytest.raises(AssetError, match="leads out of"):
        Library.open([Folder(folder="meshes")], [root])
    (root / "meshes" / "sub").unlink()
    (root / "meshes" / "b.obj").symlink_to(tmp_path / "secret" / "a.obj")
    with pytest.raises(AssetError, match="leads out of"):
        Library.open([Folder(folder="meshes")], [root])


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("../secret", "leads out of"),
        ("/etc", "absolute path is not allowed.*--assets DIR"),
        ("~/meshes", "absolute path"),
        ("mesches", "did you mean 'meshes'"),
        ("nowhere", "none of: .*root; pass its parent folder with `--assets DIR`"),
        ("meshes/empty", "nothing to load"),
    ],
)
def test_folders_that_are_not_there(folder: str, message: str, tmp_path: Path) -> None:
    """Mutants: `..` followed; a missing folder gives an empty library."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "root" / "meshes" / "empty").mkdir(parents=True)
    with pytest.raises(AssetError, match=message):
        Library.open([Folder(folder=folder)], [tmp_path / "root"])


def test_duplicate_ids_are_refused(shop: Path) -> None:
    """Mutant: the second source silently replaces objects of the first."""
    with pytest.raises(AssetError, match=r"'jar'.*`folder: \.`.*`folder: jar`.*`prefix:`"):
        Library.open([Folder(folder="."), Folder(folder="jar")], [shop])
    both = [Folder(folder="."), Folder(folder="jar", prefix="other_")]
    assert "other_jar" in Library.open(both, [shop]).ids()


def test_unknown_names_are_told(shop: Path) -> None:
    """Mutant: a KeyError without what was meant."""
    library = Library.open([Folder(folder=".")], [shop])
    with pytest.raises(AssetError, match="no object 'sope'; did you mean 'soap'"):
        library.load("sope")
    with pytest.raises(AssetError, match="no material 'linnen'; did you mean 'linen'"):
        library.material("linnen")
    with pytest.raises(AssetError, match="no environment 'nothing'"):
        library.environment("nothing")


def test_a_wrong_yaml_is_told_with_its_place(shop: Path) -> None:
    """Mutant: an unknown key beside a mesh is ignored."""
    (shop / "soap.yaml").write_text("category: bar\nmas: 0.1\n")
    with pytest.raises(ScenegenError, match=r"soap.yaml:2:1.*mas"):
        Library.open([Folder(folder=".")], [shop])


def test_it_travels_to_a_worker(shop: Path) -> None:
    """Mutants: loaded meshes pickled along; the index lost."""
    library = Library.open([Folder(folder=".")], [shop])
    fresh = len(pickle.dumps(library))
    library.load("jar")
    data = pickle.dumps(library)
    assert len(data) == fresh
    other = pickle.loads(data)
    assert other.ids() == library.ids()
    again = other.load("jar")
    assert all(map(np.array_equal, again.body.collision, library.load("jar").body.collision))


def test_opening_is_light() -> None:
    """Mutant: an import of trimesh, coacd or scipy makes `scenegen check` slow."""
    code = (
        "import sys; from scenegen.assets.library import Library; "
        "Library.open(['builtin']).materials(); "
        "print(sorted({'trimesh', 'coacd', 'scipy', 'pybullet', 'cv2', 'PIL'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_known_body_is_light() -> None:
    """Mutants: scipy or trimesh imported for what the cache knows; the cache answers otherwise."""
    code = (
        "import sys; from scenegen.assets.library import Library; "
        "body = Library.open(['builtin']).load('mug_blue').body; "
        "print(body.mass, *body.inertia.ravel(), *[part.tobytes().hex() for part in body.collision]); "
        "print(sorted({'trimesh', 'coacd', 'scipy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)]
    (first, heavy), (second, light) = (run.stdout.splitlines() for run in runs)
    assert first == second
    assert "scipy" in heavy
    assert light == "[]"


def test_bop_layout(tmp_path: Path) -> None:
    """Mutants: metres instead of millimetres; names matched to the wrong object."""
    folder = tmp_path / "models"
    folder.mkdir()
    for number in (1, 5):
        made.ply(folder / f"obj_{number:06d}.ply", made.box((80, 60, 40)))
    (folder / "models_info.json").write_text("{}")
    library = Library.open([Bop(bop="models", names={"5": "can"})], [tmp_path])
    assert library.ids() == ("obj_000001", "obj_000005")
    assert library.info("obj_000005").category == "can"
    assert library.info("obj_000001").category == "obj_000001"
    assert np.ptp(library.load("obj_000001").bounds, axis=0) == pytest.approx([0.08, 0.06, 0.04])
    with pytest.raises(AssetError, match=r"no object '50'.*did you mean '5'"):
        Library.open([Bop(bop="models", names={"50": "can"})], [tmp_path])


def test_ycb_layouts(tmp_path: Path) -> None:
    """Mutants: the number kept in the category, or cut from the id."""
    made.obj(tmp_path / "ycb" / "005_tomato_soup_can" / "google_16k" / "textured.obj")
    made.obj(tmp_path / "ycb" / "065-a_cups" / "textured.obj")
    made.obj(tmp_path / "ycb" / "mug" / "textured.obj")
    library = Library.open([Ycb(ycb="ycb")], [tmp_path])
    categories = {i: library.info(i).category for i in library.ids()}
    assert categories == {
        "005_tomato_soup_can": "tomato_soup_can", "065-a_cups": "cups", "mug": "mug"
    }  # fmt: skip


URDF = """<?xml version="1.0"?>
<robot name="lamp">
  <material name="warm"><color rgba="1 0.5 0 1"/></material>
  <link name="base">
    <visual><origin xyz="1 0 0" rpy="0 0 1.5707963267948966"/>
      <geometry><mesh filename="{mesh}" scale="0.1 0.2 0.1"/></geometry>
      <material name="warm"/></visual>
    <collision><geometry><box size="0.2 0.2 0.2"/></geometry></collision>
    <inertial><mass value="2.5"/></inertial>
  </link>
  <link name="head"><visual><geometry><cylinder radius="0.05" length="0.1"/></geometry></visual>
    <inertial><mass value="0.5"/></inertial></link>
  <link name="wheel"><visual><geometry><sphere radius="1"/></geometry></visual></link>
  <joint name="a" type="fixed"><parent link="base"/><child link="head"/>
    <origin xyz="1 0 0.5"/></joint>
  <joint name="b" type="continuous"><parent link="base"/><child link="wheel"/></joint>
</robot>
"""


@pytest.mark.parametrize("mesh", ["../meshes/cube.obj", "package://lamps/meshes/cube.obj"])
def test_urdf(mesh: str, tmp_path: Path) -> None:
    """Mutants: origin or scale ignored; yaw turned backwards; a moving link drawn; mass lost."""
    package = tmp_path / "lamps"
    made.obj(package / "meshes" / "cube.obj", made.box((1, 1, 1)))
    (package / "urdf").mkdir()
    (package / "urdf" / "lamp.urdf").write_text(URDF.format(mesh=mesh))
    library = Library.open([Urdf(urdf="lamps/urdf")], [tmp_path])
    assert library.ids() == ("lamp",)
    asset = library.load("lamp")
    cube, head = asset.parts
    assert cube.positions.min(axis=0) == pytest.approx([0.8, 0, 0], abs=1e-6)
    assert cube.positions.max(axis=0) == pytest.approx([1.0, 0.1, 0.1], abs=1e-6)
    assert cube.material.base_color == pytest.approx((1.0, 0.2140, 0.0), abs=1e-3)
    assert head.positions[:, 2].max() == pytest.approx(0.55)
    assert asset.body.mass == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<robot><link", "not well-formed"),
        ("<!DOCTYPE r [<!ENTITY a 'aa'>]><robot/>", "a DOCTYPE is not allowed"),
        ("<robot><link name='a'/></robot>", "no <visual>"),
        ("<robot/>", "no root link"),
        (URDF.format(mesh="../../../etc/passwd"), "leads out of|is missing"),
        (URDF.format(mesh="package://other/cube.obj"), "no folder 'other'"),
        (URDF.format(mesh="cube.obj").replace('"1 0 0"', '"1 0"'), "should be 3 number"),
        (URDF.format(mesh="cube.obj").replace("cylinder", "capsule"), "not one of mesh, box"),
    ],
)
def test_bad_urdf(text: str, message: str, tmp_path: Path) -> None:
    """Mutants: an entity bomb expanded; a mesh read from outside; a half-read origin."""
    made.obj(tmp_path / "cube.obj", made.box((1, 1, 1)))
    (tmp_path / "a.urdf").write_text(text)
    with pytest.raises(AssetError, match=message):
        Library.open([Urdf(urdf="a.urdf")], [tmp_path]).load("a")


def test_recipe_forms_of_sources() -> None:
    """Mutant: the union tells a source by the wrong key."""
    forms = [
        "builtin",
        {"builtin": True},
        {"folder": "a"},
        {"ycb": "b"},
        {"bop": "c"},
        {"urdf": "d"},
    ]
    kinds = [type(TypeAdapter(Source).validate_python(form)) for form in forms]
    assert kinds == [str, Builtin, Folder, Ycb, Bop, Urdf]


def test_environment_files(tmp_path: Path) -> None:
    """Mutants: blue and red swapped; a picture that is no panorama accepted."""
    import cv2

    light = np.zeros((8, 16, 3), np.float32)
    light[:4] = (0.5, 1.0, 4.0)
    cv2.imwrite(str(tmp_path / "sky.hdr"), light[..., ::-1])
    cv2.imwrite(str(tmp_path / "square.hdr"), light[:, :8])
    (tmp_path / "cut.hdr").write_bytes((tmp_path / "sky.hdr").read_bytes()[:40])
    (tmp_path / "other.hdr").write_bytes(made.png())
    library = Library.open([], [tmp_path])
    assert library.environment("sky.hdr").shape == (8, 16, 3)
    assert library.environment("sky.hdr")[0, 0] == pytest.approx([0.5, 1, 4], rel=0.01)
    for name in ("square.hdr", "cut.hdr", "other.hdr", "none.hdr", "../sky.hdr"):
        with pytest.raises(AssetError):
            library.environment(name)


def test_builtin_materials_and_environments_are_complete() -> None:
    """Mutant: a picture of a material is missing or of another kind."""
    library = Library.open([])
    assert len(library.materials()) >= 5
    for name in library.materials():
        surface = library.material(name)
        assert {picture.ndim for picture in (surface.base_color, surface.normal, surface.orm)} == {
            3
        }
        assert surface.normal[..., 2].mean() > 180
        assert 0 < surface.tile_size < 10
    for name in library.environments():
        assert library.environment(name).max() > 0


def test_only_a_few_materials_are_kept() -> None:
    """Mutants: all are kept, 9 MB each; none is; the one just used is the first to go."""
    library = Library.open(["builtin"])
    first, *others = library.materials()[: MATERIALS_KEPT + 1]
    kept = library.material(first)
    for name in others[:-1]:
        library.material(name)
    assert library.material(first) is kept
    library.material(others[-1])
    assert library.material(first) is kept
    for name in others:
        library.material(name)
    assert library.material(first) is not kept


def test_builtin_objects_have_a_category_mass_and_licence() -> None:
    """Mutant: an object without a licence slips in."""
    library = Library.open(["builtin"])
    assert len(library.ids()) >= 10
    assert all(library.licences()["objects"].values())
    asset = library.load("mug_blue")
    assert (asset.info.category, asset.body.mass) == ("mug", pytest.approx(0.34))
    assert asset.bounds[0, 2] == pytest.approx(0.0, abs=1e-4)


@needs_data
def test_real_layouts() -> None:
    """Mutant: a layout that the real folders do not have."""
    library = Library.open([Ycb(ycb="ycb_google16k"), Bop(bop="lmo")], [DATA])
    assert len(library.ids()) == 29
    assert len(Library.open([Ycb(ycb="ycbvideo_frame")], [DATA]).ids()) == 21
    assert len(Library.open([Urdf(urdf="ycb_google16k")], [DATA]).ids()) == 21
    urdf = Library.open([Urdf(urdf="ycb_google16k/mug.urdf")], [DATA]).load("mug")
    assert urdf.body.mass == pytest.approx(0.118, abs=0.05)

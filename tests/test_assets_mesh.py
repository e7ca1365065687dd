"""Mesh files become parts in metres, z up, with all that the file says of their surface."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import asset_files as made
import numpy as np
import pytest
from PIL import Image

from scenegen.assets.files import MeshFile
from scenegen.assets.mesh import bounds, load_parts, load_raw
from scenegen.assets.model import Part
from scenegen.errors import AssetError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "meshes"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/meshes is missing")
Write = Callable[[Path], Path]
Z_UP = "<unit meter='0.01'/><up_axis>Z_UP</up_axis>"


def load(path: Path, root: Path | None = None, **how: str) -> tuple[Part, ...]:
    return load_parts(MeshFile(str(path), str(root or path.parent), **how))  # type: ignore[arg-type]


def box_of(parts: tuple[Part, ...]) -> np.ndarray:
    points = np.concatenate([part.positions for part in parts])
    return np.array([points.min(axis=0), points.max(axis=0)])


def signed_volume(parts: tuple[Part, ...]) -> float:
    triangles = np.concatenate([p.positions[p.faces] for p in parts]).astype(float)
    a, b, c = np.moveaxis(triangles, 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def cube_glb(path: Path) -> Path:
    return made.glb(path, *made.gltf_tree(made.box((0.1, 0.2, 0.3))))


def cube_gltf(path: Path) -> Path:
    return made.gltf(path, *made.gltf_tree(made.box((0.1, 0.2, 0.3))))


FORMATS: dict[str, tuple[Write, list[float], list[float]]] = {
    "obj": (lambda p: made.obj(p, made.box((0.1, 0.2, 0.3))), [0, 0, 0], [0.1, 0.2, 0.3]),
    "ply": (lambda p: made.ply(p, made.box((0.1, 0.2, 0.3))), [0, 0, 0], [0.1, 0.2, 0.3]),
    "stl": (lambda p: made.stl(p, made.box((0.1, 0.2, 0.3))), [0, 0, 0], [0.1, 0.2, 0.3]),
    "glb": (cube_glb, [0, -0.3, 0], [0.1, 0, 0.2]),
    "gltf": (cube_gltf, [0, -0.3, 0], [0.1, 0, 0.2]),
    "dae": (
        lambda p: made.dae(p, made.box((10, 20, 30)), Z_UP),
        [0.01, 0, 0],
        [0.11, 0.2, 0.3],
    ),
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_stands_where_it_should(suffix: str, tmp_path: Path) -> None:
    """Mutants: glTF's y-up ignored or mirrored; a DAE's unit, axis or node transform ignored."""
    write, low, high = FORMATS[suffix]
    folder = tmp_path / "Möbel und Tassen"
    folder.mkdir()
    parts = load(write(folder / f"tasse ß.{suffix}"))
    assert box_of(parts) == pytest.approx(np.array([low, high]), abs=1e-6)
    assert signed_volume(parts) == pytest.approx(0.006, rel=1e-4)


@pytest.mark.parametrize("suffix", FORMATS)
def test_flat_sides_get_flat_normals(suffix: str, tmp_path: Path) -> None:
    """Mutants: normals smoothed over the cube's edges; faces wound the wrong way."""
    for part in load(FORMATS[suffix][0](tmp_path / f"cube.{suffix}")):
        a, b, c = np.moveaxis(part.positions[part.faces], 1, 0)
        flat = np.cross(b - a, c - a)
        flat /= np.linalg.norm(flat, axis=1, keepdims=True)
        assert np.einsum("ij,ikj->ik", flat, part.normals[part.faces]).min() > 0.999


def test_a_ball_is_smooth(tmp_path: Path) -> None:
    """Mutant: every face keeps its own normal, so curved things look faceted."""
    from trimesh.creation import icosphere

    ball = icosphere(3, 0.05)
    path = made.obj(tmp_path / "ball.obj", ball.vertices, ball.faces)
    (part,) = load(path)
    assert len(part.positions) == len(ball.vertices)
    outward = part.positions / np.linalg.norm(part.positions, axis=1, keepdims=True)
    assert (part.normals * outward).sum(axis=1).min() > 0.999


@pytest.mark.parametrize(
    ("units", "scale"), [("m", 1), ("cm", 0.01), ("mm", 0.001), ("inch", 0.0254)]
)
def test_units(units: str, scale: float, tmp_path: Path) -> None:
    """Mutant: units swapped or applied twice."""
    path = made.obj(tmp_path / "a.obj", made.box(np.array([0.1, 0.05, 0.02]) / scale))
    assert np.ptp(box_of(load(path, units=units)), axis=0) == pytest.approx([0.1, 0.05, 0.02])


def test_y_up_can_be_declared(tmp_path: Path) -> None:
    """Mutant: `up` ignored for formats that do not say it."""
    path = made.obj(tmp_path / "a.obj", made.box((0.1, 0.2, 0.3)))
    assert box_of(load(path, up="y"))[1] == pytest.approx([0.1, 0, 0.2])


def test_texture_keeps_its_way_up(tmp_path: Path) -> None:
    """Mutants: the picture or v flipped; `Kd` multiplied into a map."""
    (part,) = load(made.textured_obj(tmp_path))
    material = part.material
    assert material.base_color == (1.0, 1.0, 1.0)
    assert material.base_color_texture is not None
    assert part.uv is not None
    top = int(part.positions[:, 1].argmax())
    row = round((1 - float(part.uv[top, 1])) * (len(material.base_color_texture) - 1))
    assert material.base_color_texture[row, 0].tolist() == [255, 0, 0]


def test_gltf_texture_keeps_its_way_up(tmp_path: Path) -> None:
    """Mutant: glTF's v, which counts from the top, left as it is."""
    tree, data = made.gltf_tree(
        made.box(), pbrMetallicRoughness={"baseColorTexture": {"index": 0}, "roughnessFactor": 0.3}
    )
    uv = np.column_stack([made.CUBE[:, 0], made.CUBE[:, 1]]).astype("<f4").tobytes()
    for blob in (uv, made.png()):
        tree["bufferViews"].append({"buffer": 0, "byteOffset": len(data), "byteLength": len(blob)})
        data += blob + b"\0" * (-len(blob) % 4)
    tree["buffers"][0]["byteLength"] = len(data)
    tree["accessors"].append({"bufferView": 2, "componentType": 5126, "count": 8, "type": "VEC2"})
    tree["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = 2
    tree["images"] = [{"bufferView": 3, "mimeType": "image/png"}]
    tree["textures"] = [{"source": 0}]
    (part,) = load(made.glb(tmp_path / "a.glb", tree, data))
    assert part.uv is not None
    assert part.material.roughness == pytest.approx(0.3)
    assert part.material.base_color_texture is not None
    low = int(part.positions[:, 2].argmin())  # glTF y = 0, so v = 0 there: the picture's top
    assert part.uv[low, 1] == pytest.approx(1.0)
    assert part.material.base_color_texture[0, 0].tolist() == [255, 0, 0]


def test_dark_colors_survive(tmp_path: Path) -> None:
    """Mutant: color factors stored as 8 bits, which makes dark blue black."""
    color = [0.0012, 0.0031, 0.0102, 1.0]
    tree, data = made.gltf_tree(made.box(), pbrMetallicRoughness={"baseColorFactor": color})
    (part,) = load(made.glb(tmp_path / "a.glb", tree, data))
    assert part.material.base_color == pytest.approx(color[:3])
    assert part.material.metallic == 1.0


def test_scene_graph_is_applied_and_mirrors_stay_outside_out(tmp_path: Path) -> None:
    """Mutants: child transforms dropped; a mirrored node's faces left inside out."""
    tree, data = made.gltf_tree(made.box())
    tree["nodes"] = [
        {"children": [1], "translation": [1, 0, 0], "scale": [2, 1, 1]},
        {"mesh": 0, "scale": [-1, 1, 1], "translation": [0.05, 0, 0]},
    ]
    parts = load(made.glb(tmp_path / "a.glb", tree, data))
    assert box_of(parts)[:, 0] == pytest.approx([0.9, 1.1])
    assert signed_volume(parts) == pytest.approx(0.002, rel=1e-4)


def test_a_mirrored_open_mesh_keeps_its_outside(tmp_path: Path) -> None:
    """Mutant: winding left as it is under a mirror, where no closed volume puts it right."""
    tree, data = made.gltf_tree(made.box())
    tree["accessors"][1]["count"] = 30  # without the two triangles at z = 1
    tree["nodes"] = [{"mesh": 0, "scale": [-1, 1, 1]}]
    (part,) = load(made.glb(tmp_path / "a.glb", tree, data))
    right = part.positions[part.faces][:, :, 0].min(axis=1) > -1e-6
    assert part.normals[part.faces[right]][..., 0].min() > 0.99


def test_materials_and_relative_indices(tmp_path: Path) -> None:
    """Mutants: one material for all; negative indices read from the end of the file."""
    (tmp_path / "m.mtl").write_text(
        "newmtl red\nKd 1 0 0\nPr 0.2\nNs 900\nnewmtl green\nKd 0 1 0\n"
    )
    (tmp_path / "a.obj").write_text(
        "mtllib m.mtl\nusemtl red\nv 0 0 0\nv .1 0 0\nv 0 .1 0\nf -3 -2 -1\n"
        "usemtl green\nv 0 0 1\nv .1 0 1\nv 0 .1 1\nv .1 .1 1\nf -4 -3 -1 -2\n"
    )
    red, green = load(tmp_path / "a.obj")
    assert red.material.base_color == (1, 0, 0)
    assert red.material.roughness == pytest.approx(0.2)
    assert green.material.base_color == (0, 1, 0)
    assert red.positions[:, 2].max() == 0
    assert green.positions[:, 2].min() == 1
    assert (len(red.faces), len(green.faces)) == (1, 2)


@pytest.mark.parametrize("suffix", ["ply", "obj"])
def test_vertex_colors_become_linear(suffix: str, tmp_path: Path) -> None:
    """Mutant: sRGB vertex colors taken for linear light."""
    path = tmp_path / f"a.{suffix}"
    if suffix == "ply":
        made.ply(path, made.box(), [[188, 255, 0]] * 8)
    else:
        rows = "\n".join(f"v {x} {y} {z} {188 / 255} 1 0" for x, y, z in made.box())
        faces = "\n".join("f " + " ".join(str(i + 1) for i in face) for face in made.CUBE_FACES)
        path.write_text(f"{rows}\n{faces}\n")
    (part,) = load(path)
    assert part.colors is not None
    assert part.colors == pytest.approx(np.tile([0.5029, 1, 0], (len(part.colors), 1)), abs=1e-3)
    assert part.material.base_color == (1, 1, 1)


def test_inside_out_is_turned_round(tmp_path: Path) -> None:
    """Mutant: a closed mesh of negative volume drawn from its inside."""
    path = made.obj(tmp_path / "a.obj", faces=made.CUBE_FACES[:, ::-1])
    assert signed_volume(load(path)) > 0


def test_slivers_go_and_unused_vertices_do_not_count(tmp_path: Path) -> None:
    """Mutants: a face without area gives NaN normals; stray vertices widen the box."""
    corners = np.vstack([made.box(), [[3.0, 3.0, 3.0]]])
    faces = np.vstack([made.CUBE_FACES, [[0, 1, 1], [2, 2, 2]]])
    (part,) = load(made.obj(tmp_path / "a.obj", corners, faces))
    assert len(part.faces) == 12
    assert np.isfinite(part.normals).all()
    assert box_of((part,))[1] == pytest.approx([0.1, 0.1, 0.1])


def test_arrays_are_read_only(tmp_path: Path) -> None:
    """Mutant: a stage that scales a shared asset in place."""
    (part,) = load(made.textured_obj(tmp_path))
    arrays = [part.positions, part.normals, part.faces, part.uv, part.material.base_color_texture]
    assert not any(array is None or array.flags.writeable for array in arrays)


def _bytes(name: str, data: bytes) -> Write:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return write


def _cut(name: str, share: float) -> Write:
    def write(folder: Path) -> Path:
        path = FORMATS[name.rpartition(".")[2]][0](folder / name)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return write


def _textured(texture: str, data: bytes | None = None) -> Write:
    def write(folder: Path) -> Path:
        path = made.textured_obj(folder, texture=texture)
        if data is None:
            (folder / texture).unlink(missing_ok=True)
        else:
            (folder / texture).write_bytes(data)
        return path

    return write


def _required(folder: Path) -> Path:
    tree, data = made.gltf_tree(made.box())
    tree["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return made.glb(folder / "a.glb", tree, data)


def _loop(folder: Path) -> Path:
    tree, data = made.gltf_tree(made.box())
    tree["nodes"] = [{"children": [0], "mesh": 0}]
    return made.glb(folder / "a.glb", tree, data)


def _bomb(side: int) -> bytes:
    """A picture of 100 bytes that claims to have side × side pixels."""
    data = made.png()
    header = b"IHDR" + struct.pack(">II", side, side) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


NAN = "v 0 0 0\nv nan 0 0\nv 0 1 0\nf 1 2 3\n"
BAD: dict[str, tuple[Write, str]] = {
    "empty obj": (_bytes("a.obj", b""), "no face"),
    "empty stl": (_bytes("a.stl", b""), "cut short|no face"),
    "empty ply": (_bytes("a.ply", b""), "cut short"),
    "empty glb": (_bytes("a.glb", b""), "not a complete glTF"),
    "empty dae": (_bytes("a.dae", b""), "cut short"),
    "noise glb": (_bytes("a.glb", b"\x00\xffglTF" * 50), "not a complete glTF"),
    "noise obj": (_bytes("a.obj", bytes(range(256)) * 20), "no face|cannot be read"),
    "points only": (_bytes("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"), "no face"),
    "nan": (_bytes("a.obj", NAN.encode()), "not finite"),
    "no area": (_bytes("a.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n"), "no area"),
    "index too high": (_bytes("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"), "not there"),
    "index too low": (_bytes("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -9\n"), "not there"),
    "words": (_bytes("a.obj", b"v a b c\nf 1 2 3\n"), "no list of numbers"),
    "cut obj": (_cut("a.obj", 0.3), "no face|no list of numbers"),
    "cut ply": (_cut("a.ply", 0.9), "cut short"),
    "cut stl": (_cut("a.stl", 0.7), "cut short"),
    "cut glb": (_cut("a.glb", 0.8), "not a complete glTF"),
    "cut dae": (_cut("a.dae", 0.5), "cut short"),
    "draco": (_required, "KHR_draco.*without compression"),
    "endless nodes": (_loop, "contain themselves"),
    "no texture": (_textured("skin.png"), "thing.mtl: map_Kd 'skin.png' is missing"),
    "no picture": (_textured("skin.png", b"not a picture"), "skin.png' is not a picture"),
    "cut picture": (_textured("skin.png", made.png(made.picture(64, 64))[:90]), "not a picture"),
    "postscript": (_textured("skin.png", b"%!PS-Adobe-3.0 EPSF-3.0\n"), "not a picture"),
    "bomb": (_textured("skin.png", _bomb(60000)), "more than 150 million"),
    "large": (_textured("skin.png", _bomb(13000)), "more than 150 million"),
    "escape": (_textured("../../../../../../../../etc/passwd"), "leads out of"),
    "absolute": (_textured("/etc/passwd"), "absolute path"),
    "windows": (_textured("C:\\skins\\skin.png"), "absolute path"),
    "entity": (_bytes("a.dae", b"<!DOCTYPE x [<!ENTITY a 'b'>]><COLLADA/>"), "DOCTYPE"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_told(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Mutants: a traceback of a parser, a silent default, or a log line instead of an error."""
    write, message = BAD[case]
    with pytest.raises(AssetError, match=message) as caught:
        load(write(tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.__cause__ is None
    assert capfd.readouterr() == ("", "")


def test_missing_mtl_is_told(tmp_path: Path) -> None:
    """Mutant: an object silently grey because its material file was not copied."""
    path = made.textured_obj(tmp_path)
    (tmp_path / "thing.mtl").rename(tmp_path / "thng.mtl")
    with pytest.raises(AssetError, match=r"mtllib 'thing.mtl' is missing \(there is 'thng.mtl'\)"):
        load(path)


def test_texture_behind_a_link_is_refused(tmp_path: Path) -> None:
    """Mutant: only `..` is looked at, not where links lead."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(made.png())
    path = made.textured_obj(tmp_path / "in")
    (tmp_path / "in" / "skin.png").unlink()
    (tmp_path / "in" / "skin.png").symlink_to(secret)
    with pytest.raises(AssetError, match="leads out of"):
        load(path)


def test_textures_of_the_same_source_may_be_shared(tmp_path: Path) -> None:
    """Mutant: textures confined to the mesh's own folder instead of the source's."""
    path = made.textured_obj(tmp_path / "mug")
    (tmp_path / "shared.png").write_bytes(made.png())
    (tmp_path / "mug" / "thing.mtl").write_text("newmtl skin\nmap_Kd ../shared.png\n")
    (part,) = load(path, tmp_path)
    assert part.material.base_color_texture is not None


@pytest.mark.parametrize(
    ("size", "units", "message"),
    [
        (200.0, "auto", "200 m; in mm it would be 0.2 m: set `units: mm`"),
        (20.0, "m", "20 m; in cm it would be 0.2 m: set `units: cm`"),
        (0.15, "mm", "0.15 mm; in m it would be 0.15 m: set `units: m`"),
        (1e9, "m", "set `units`"),
    ],
)
def test_sizes_nobody_drops(size: float, units: str, message: str, tmp_path: Path) -> None:
    """Mutant: a mug of 200 m is loaded, and the recipe's author sees black pictures."""
    path = made.obj(tmp_path / "a.obj", made.box((size, size / 2, size / 2)))
    with pytest.raises(AssetError, match=message.replace("(", r"\(")):
        load(path, units=units)


def test_a_huge_texture_is_scaled_down(tmp_path: Path) -> None:
    """Mutant: textures that no driver takes."""
    path = made.textured_obj(tmp_path)
    (tmp_path / "skin.png").write_bytes(made.png(Image.new("RGB", (8192, 16), (10, 20, 30))))
    (part,) = load(path)
    assert part.material.base_color_texture is not None
    assert part.material.base_color_texture.shape == (8, 4096, 3)


def test_quads_ngons_comments_and_continued_lines(tmp_path: Path) -> None:
    """Mutants: only triangles read; a `#` at the end of a line; a `\\` that continues it."""
    (tmp_path / "a.obj").write_text(
        "# made by hand\nv 0 0 0 # one\nv .1 0 0\nv .2 .1 0\nv .1 .2 0\nv 0 .1 0\nv .1 .1 \\\n .1\n"
        "f 1 2 3 4 5\nf 1 2 6 # up\nf\t2 3 6\n"
    )
    (part,) = load(tmp_path / "a.obj")
    assert len(part.faces) == 5


def test_missing_uv_is_fine(tmp_path: Path) -> None:
    """Mutant: a texture without coordinates ends in an index error."""
    path = made.textured_obj(tmp_path)
    path.write_text("mtllib thing.mtl\nusemtl skin\nv 0 0 0\nv .1 0 0\nv 0 .1 0\nf 1 2 3\n")
    (part,) = load(path)
    assert part.uv is None


@needs_data
@pytest.mark.parametrize(
    ("folder", "file", "units", "size"),
    [
        ("ycb_google16k/mug", "textured.obj", "m", (0.117, 0.093, 0.081)),
        ("ycbvideo_frame/025_mug", "textured.obj", "m", (0.117, 0.093, 0.081)),
        ("lmo", "obj_000001.ply", "mm", (0.0759, 0.0776, 0.0918)),
    ],
)
def test_real_scans(folder: str, file: str, units: str, size: tuple[float, ...]) -> None:
    """Mutants: faces lost in welding; millimetres taken for metres; vertex colors dropped."""
    how = MeshFile(str(DATA / folder / file), str(DATA / folder), units)
    raw, (part,) = load_raw(how), load_parts(how)
    assert np.ptp(bounds(raw), axis=0) == pytest.approx(size, abs=2e-3)
    assert part.colors is not None or part.material.base_color_texture is not None
    assert np.linalg.norm(part.normals, axis=1) == pytest.approx(1.0, abs=1e-4)
    assert len(part.faces) > 5000

"""PLY, STL and COLLADA through trimesh's parsers, as raw arrays: nothing merged, nothing logged."""

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from scenegen.assets.images import texture
from scenegen.assets.model import PartMaterial
from scenegen.assets.places import Files, read_bytes
from scenegen.assets.raw import Array, RawPart, linear_from_srgb, quiet
from scenegen.errors import AssetError

Parsed = dict[str, Any]


def read_ply(files: Files) -> list[RawPart]:
    """The one part of a PLY file; colors are sRGB, `comment TextureFile` names its texture."""
    from trimesh.exchange.ply import load_ply

    data = read_bytes(files.mesh)
    found = _parsed(files, lambda: load_ply(io.BytesIO(data), skip_materials=True))
    _refuse_short(files, found)
    if found.get("faces") is None:
        return []
    header = data[: data.find(b"end_header")].decode("utf-8", "replace")
    named = re.search(r"^comment\s+TextureFile\s+(.+?)\s*$", header, re.MULTILINE)
    material = None
    if named:
        picture = files.read(named[1], "TextureFile")
        pixels = texture(picture, f"{files.mesh}: TextureFile '{named[1]}'")
        material = PartMaterial(base_color=(1.0, 1.0, 1.0), base_color_texture=pixels)
    return [_part(files, found, material)]


def read_stl(files: Files) -> list[RawPart]:
    """The solids of an STL file, binary or text."""
    from trimesh.exchange.stl import load_stl

    data = read_bytes(files.mesh)
    found = _parsed(files, lambda: load_stl(io.BytesIO(data)))
    solids = list(found["geometry"].values()) if "geometry" in found else [found]
    return [_part(files, {**solid, "vertex_normals": None}, None) for solid in solids]


def read_dae(files: Files) -> list[RawPart]:
    """The meshes of a COLLADA scene, in the file's unit and axes (see `dae_claims`)."""
    _dae_text(files)
    try:
        import collada  # noqa: F401
    except ImportError:
        raise AssetError(
            f"{files.mesh}: COLLADA needs one more package: pip install pycollada"
        ) from None
    from trimesh.exchange.dae import load_collada

    data = read_bytes(files.mesh)
    resolver = _Resolver(files)
    found = _parsed(files, lambda: load_collada(io.BytesIO(data), resolver=resolver))
    if resolver.problem is not None:
        raise resolver.problem
    parts = []
    for edge in found["graph"]:
        mesh = found["geometry"][edge["geometry"]]
        material = _dae_material(getattr(mesh["visual"], "material", None))
        parts.append(_part(files, mesh, material).moved(np.asarray(edge["matrix"])))
    return parts


def dae_claims(files: Files) -> tuple[float, str]:
    """The unit (metres) and the axis pointing up (x, y or z) that a COLLADA file states."""
    text = _dae_text(files)
    meter = re.search(r"<unit\b[^>]*\bmeter\s*=\s*[\"']([^\"']+)[\"']", text)
    axis = re.search(r"<up_axis>\s*([XYZ])_UP\s*</up_axis>", text)
    try:
        metres = float(meter[1]) if meter else 1.0
    except ValueError:
        metres = 1.0
    return metres if 0 < metres < 1e6 else 1.0, axis[1].lower() if axis else "y"


def safe_xml(data: bytes, what: str) -> str:
    """The text of an XML file that declares no entities (they can grow without bound)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AssetError(f"{what}: not UTF-8 text; save it as UTF-8") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise AssetError(f"{what}: a DOCTYPE is not allowed here; remove it")
    return text


class _Resolver:
    """Gives a parser the files it asks for and remembers the first complaint."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.problem: AssetError | None = None

    def get(self, name: str) -> bytes:
        try:
            return self.files.read(name.removeprefix("file://"), "texture")
        except AssetError as error:
            self.problem = self.problem or error
            raise


def _dae_text(files: Files) -> str:
    return safe_xml(read_bytes(files.mesh), str(files.mesh))


def _parsed(files: Files, parse: Callable[[], Parsed]) -> Parsed:
    """What the parser returns; whatever it raises becomes an AssetError."""
    try:
        with quiet():
            return parse()
    except AssetError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise AssetError(
            f"{files.mesh}: cannot be read, it is cut short or damaged ({reason}); export it again"
        ) from None


def _refuse_short(files: Files, found: Parsed) -> None:
    """Raise where a text PLY holds fewer lines than its header says."""
    for name, element in found["metadata"]["_ply_raw"].items():
        data = element.get("data")
        columns = list(data.values()) if isinstance(data, dict) else [data]
        if element["length"] and any(c is None or len(c) != element["length"] for c in columns):
            raise AssetError(f"{files.mesh}: cut short: not every {name} that its header counts "
                             f"is there; export it again")  # fmt: skip


def _part(files: Files, mesh: Parsed, material: PartMaterial | None) -> RawPart:
    positions = np.asarray(mesh["vertices"], dtype=np.float64).reshape(-1, 3)
    faces = np.asarray(mesh["faces"], dtype=np.int64).reshape(-1, 3)
    if faces.size and (faces.min() < 0 or faces.max() >= len(positions)):
        raise AssetError(f"{files.mesh}: a face refers to a vertex that is not there; export it "
                         f"again")  # fmt: skip
    normals, colors = mesh.get("vertex_normals"), mesh.get("vertex_colors")
    uv = getattr(mesh.get("visual"), "uv", None)
    return RawPart(
        positions=positions,
        faces=faces,
        material=material,
        normals=_rows(normals, positions, 3),
        uv=_rows(uv, positions, 2),
        colors=None if colors is None else _linear(_rows(colors, positions, 3), np.asarray(colors)),
    )


def _rows(values: Any, positions: Array, columns: int) -> Array | None:
    """The first columns of per-vertex values, or None where there are not as many."""
    if values is None or len(values) != len(positions):
        return None
    return np.asarray(values, dtype=np.float64)[:, :columns]


def _linear(colors: Array | None, stored: Any) -> Array | None:
    if colors is None:
        return None
    whole = stored.dtype.kind in "iu"
    return linear_from_srgb(colors / (np.iinfo(stored.dtype).max if whole else 1.0))


def _dae_material(material: Any) -> PartMaterial | None:
    """A Phong-like effect as a metallic-roughness surface; its color is sRGB."""
    if material is None:
        return None
    red, green, blue = linear_from_srgb(np.asarray(material.baseColorFactor)[:3] / 255.0).tolist()
    picture = material.baseColorTexture
    pixels = None
    if picture is not None:
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        pixels = texture(buffer.getvalue(), "texture")
        red = green = blue = 1.0
    return PartMaterial((red, green, blue), base_color_texture=pixels)

"""Which objects a source holds: ids, categories and paths, without reading any mesh."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from scenegen.assets.files import ASSETS, MESH_SUFFIXES, MeshFile
from scenegen.assets.model import AssetInfo
from scenegen.assets.places import Place, confined, find
from scenegen.assets.sources import METRES, Bop, Builtin, Folder, Source, Urdf, Ycb
from scenegen.assets.symmetries import Axis, Matrix, Symmetries, Vector
from scenegen.config import closest, load
from scenegen.errors import AssetError

_PIECE = re.compile(r"^(?P<mesh>.*?)[_.\-]?(coacd|vhacd|collision)s?([_.\-]?\d+)?$", re.IGNORECASE)

PointName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class AssetFile(BaseModel):
    """What an `asset.yaml` or `<stem>.yaml` beside a mesh may say.

    Keypoints and symmetries are in metres, in the frame of the loaded object: z up, after `units`
    and `up`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    category: str = ""
    description: str = ""
    licence: str = ""
    mass: Annotated[float, Field(strict=True, gt=0, le=1000)] | None = None
    density: Annotated[float, Field(strict=True, gt=0, le=25000)] | None = None
    keypoints: dict[PointName, Vector] = {}
    symmetries: Symmetries = Symmetries()


class BopModel(BaseModel):
    """What a models_info.json says of an object's symmetries, in millimetres."""

    model_config = ConfigDict(frozen=True)

    symmetries_discrete: tuple[Matrix, ...] = ()
    symmetries_continuous: tuple[Axis, ...] = ()

    @property
    def symmetries(self) -> Symmetries:
        return Symmetries(discrete=self.symmetries_discrete, continuous=self.symmetries_continuous)


@dataclass(frozen=True)
class Entry:
    """An object that can be loaded; plain data.

    `mesh` is a mesh file or a URDF file. `collision` are files whose connected pieces are convex
    parts; `rough`: a program cut them, so they may stand off the surface.
    """

    info: AssetInfo
    mesh: MeshFile
    collision: tuple[MeshFile, ...] = ()
    mass: float | None = None
    density: float = 500.0

    @property
    def rough(self) -> bool:
        return any("collision" not in Path(file.path).stem.lower() for file in self.collision)


def index(source: Source, roots: Sequence[Path]) -> list[Entry]:
    """The objects of one source, in the order of their names."""
    if isinstance(source, str):
        source = Builtin()
    return _INDEXERS[type(source)](source, roots)


def describe(source: Source) -> str:
    """How the recipe names a source."""
    if isinstance(source, str | Builtin):
        return "builtin"
    key = type(source).__name__.lower()
    return f"{key}: {getattr(source, key)}"


def _builtin(source: Builtin, roots: Sequence[Path]) -> list[Entry]:
    folder = ASSETS / "objects"
    if not folder.is_dir():
        raise AssetError(f"the builtin objects are missing at {folder}; install scenegen again")
    place = Place(folder, folder)
    return [
        entry
        for child in sorted(folder.iterdir())
        if child.is_dir()
        for entry in _subfolder(Folder(folder=".", prefix=source.prefix), place, child)
    ]


def _folder(source: Folder, roots: Sequence[Path]) -> list[Entry]:
    place = _existing(source.folder, roots)
    meshes = _meshes(place, place.path)
    entries = [
        _entry(source, place, path, path.stem, path.with_suffix(".yaml"), _pieces(place, path))
        for path in meshes
    ]
    for child in sorted(place.path.iterdir()):
        if child.is_dir() and not child.name.startswith("."):
            entries += _subfolder(source, place, child)
    return entries or _nothing(
        place, f"a mesh ({', '.join(MESH_SUFFIXES)}) or a subfolder with one"
    )


def _subfolder(source: Folder, place: Place, folder: Path) -> Iterator[Entry]:
    """The objects of a folder inside a source's folder."""
    confined(folder, place.path, f"folder '{folder}'")
    meshes = _meshes(place, folder)
    for path in meshes:
        name = folder.name if len(meshes) == 1 else f"{folder.name}_{path.stem}"
        own = path.with_suffix(".yaml")
        about = own if own.exists() else folder / "asset.yaml"
        pieces = _pieces(place, path, alone=len(meshes) == 1)
        yield _entry(source, place, path, name, about, pieces)


def _entry(
    source: Folder, place: Place, path: Path, name: str, about: Path, pieces: list[Path]
) -> Entry:
    said = load(about, AssetFile) if about.is_file() else AssetFile()
    files = [MeshFile(str(p), str(place.path), source.units, source.up) for p in [path, *pieces]]
    return Entry(
        info=AssetInfo(
            id=source.prefix + name,
            category=said.category or source.category or source.prefix + name,
            path=str(path),
            name=said.name or name,
            description=said.description,
            licence=said.licence,
            keypoints=tuple(said.keypoints.items()),
            symmetries_discrete=said.symmetries.transforms(),
            symmetries_continuous=said.symmetries.axes(),
        ),
        mesh=files[0],
        collision=tuple(files[1:]),
        mass=said.mass,
        density=said.density or source.density,
    )


def _meshes(place: Place, folder: Path) -> list[Path]:
    """The meshes directly in a folder; of several formats of one name the richest."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in MESH_SUFFIXES and not _PIECE.match(path.stem) and path.is_file():
            confined(path, place.path, f"mesh '{path}'")
            known = found.get(path.stem)
            if known is None or _rank(path) < _rank(known):
                found[path.stem] = path
    return list(found.values())


def _pieces(place: Place, mesh: Path, *, alone: bool = False) -> list[Path]:
    """The files beside a mesh that hold its collision parts, those of one kind."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(mesh.parent.iterdir(), key=_natural):
        match = _PIECE.match(path.stem)
        if match is None or path.suffix.lower() not in MESH_SUFFIXES:
            continue
        if match["mesh"] == mesh.stem or (alone and match["mesh"] == ""):
            confined(path, place.path, f"mesh '{path}'")
            kind = f"{match[2].lower()}{path.suffix.lower()}"
            kinds.setdefault(kind, []).append(path)
    order = sorted(kinds, key=lambda kind: (not kind.startswith("collision"), _suffix_rank(kind)))
    return kinds[order[0]] if order else []


def _urdf(source: Urdf, roots: Sequence[Path]) -> list[Entry]:
    place = _existing(source.urdf, roots)
    paths = [place.path] if place.path.is_file() else sorted(place.path.glob("*.urdf"))
    if not paths:
        _nothing(place, "a .urdf file")
    entries = []
    for path in paths:
        confined(path, place.root, f"'{path}'")
        name = source.prefix + path.stem
        info = AssetInfo(name, source.category or name, str(path), path.stem)
        entries.append(Entry(info, MeshFile(str(path), str(place.root)), density=source.density))
    return entries


def _bop(source: Bop, roots: Sequence[Path]) -> list[Entry]:
    place = _existing(source.bop, roots)
    paths = {int(p.stem[4:]): p for p in sorted(place.path.glob("obj_[0-9]*.ply"))}
    if not paths:
        _nothing(place, "obj_000001.ply …")
    for key in source.names:
        if not key.isdecimal() or int(key) not in paths:
            near = closest(key, [str(n) for n in paths])
            hint = f"; did you mean '{near}'?" if near else ""
            raise AssetError(f"bop: {source.bop} has no object '{key}' (in `names`){hint}")
    names = {int(key): name for key, name in source.names.items()}
    known = _models_info(place)
    entries = []
    for number, path in paths.items():
        confined(path, place.path, f"mesh '{path}'")
        name = source.prefix + path.stem
        said = known.get(str(number), Symmetries())
        info = AssetInfo(
            name,
            names.get(number, name),
            str(path),
            names.get(number, path.stem),
            symmetries_discrete=said.transforms(METRES["mm"]),
            symmetries_continuous=said.axes(METRES["mm"]),
        )
        file = MeshFile(str(path), str(place.path), "mm", "z")
        entries.append(Entry(info, file, density=source.density))
    return entries


def _models_info(place: Place) -> dict[str, Symmetries]:
    """The symmetries of each object number; none where the file is missing."""
    path = place.path / "models_info.json"
    if not path.is_file():
        return {}
    confined(path, place.path, f"'{path}'")
    try:
        models = TypeAdapter(dict[str, BopModel]).validate_json(path.read_bytes())
        return {number: model.symmetries for number, model in models.items()}
    except ValidationError as error:
        mistake = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in mistake["loc"])
        raise AssetError(f"{path}: {where}: {mistake['msg']}") from None


def _ycb(source: Ycb, roots: Sequence[Path]) -> list[Entry]:
    place = _existing(source.ycb, roots)
    entries = []
    for folder in sorted(place.path.iterdir()):
        path = next((p for name in YCB_MESHES if (p := folder / name).is_file()), None)
        if path is None:
            continue
        confined(path, place.path, f"mesh '{path}'")
        category = re.sub(r"^\d+(-[a-z])?_", "", folder.name)
        info = AssetInfo(
            source.prefix + folder.name, category, str(path), category.replace("_", " ")
        )
        files = [MeshFile(str(p), str(place.path), "m", "z") for p in [path, *_pieces(place, path)]]
        entries.append(Entry(info, files[0], tuple(files[1:]), density=source.density))
    return entries or _nothing(place, "<name>/textured.obj or <name>/google_16k/textured.obj")


YCB_MESHES = ("textured.obj", "google_16k/textured.obj", "textured_simple.obj")
_INDEXERS: Mapping[type, Callable[[Any, Sequence[Path]], list[Entry]]] = {
    Builtin: _builtin,
    Folder: _folder,
    Urdf: _urdf,
    Bop: _bop,
    Ycb: _ycb,
}


def _existing(name: str, roots: Sequence[Path]) -> Place:
    return find(name, roots, "asset folder")


def _nothing(place: Place, wanted: str) -> list[Entry]:
    raise AssetError(f"{place.path}: nothing to load there; expected {wanted}")


def _rank(path: Path) -> int:
    return MESH_SUFFIXES.index(path.suffix.lower())


def _suffix_rank(kind: str) -> int:
    return MESH_SUFFIXES.index(kind[kind.index(".") :])


def _natural(path: Path) -> list[Any]:
    """Sorts part_2 before part_10."""
    return [(int(t), "") if t.isdecimal() else (-1, t) for t in re.split(r"(\d+)", path.name)]

"""Which files may be read: nothing outside the folders that the person named."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from scenegen.config import closest
from scenegen.errors import AssetError

MAX_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Place:
    """A file or folder that was found, and the root it must not leave (both resolved)."""

    path: Path
    root: Path


def find(name: str, roots: Sequence[Path], what: str) -> Place:
    """The first `name` under one of the roots; AssetError if none has it or it lies outside."""
    if _absolute(name):
        raise AssetError(
            f"{what} '{name}': an absolute path is not allowed here; write it relative to the "
            f"recipe, or pass its folder with `--assets DIR`"
        )
    for root in roots:
        if (Path(root) / name).exists():
            base = Path(root).resolve()
            return Place(confined(Path(root) / name, base, f"{what} '{name}'"), base)
    tried = ", ".join(str(root) for root in roots)
    near = _near(name, roots)
    hint = f"; did you mean '{near}'?" if near else "; pass its parent folder with `--assets DIR`"
    raise AssetError(f"{what} '{name}' was found in none of: {tried}{hint}")


def confined(path: Path, root: Path, what: str) -> Path:
    """`path` with all links followed; AssetError if that leads out of `root`."""
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise AssetError(
            f"{what} leads out of {root}; move it inside, or pass the folder that holds it with "
            f"`--assets DIR`"
        )
    return real


@dataclass(frozen=True)
class Files:
    """Reads what a mesh file refers to: textures, material libraries, buffers."""

    mesh: Path
    root: Path

    def beside(self, path: Path) -> "Files":
        """The same, for what another file refers to."""
        return Files(path, self.root)

    def locate(self, name: str, what: str) -> Path:
        """The file `name`, relative to the mesh's folder; AssetError says what refers to it."""
        wanted = name.strip().replace("\\", "/")
        where = f"{self.mesh}: {what} '{name.strip()}'"
        if _absolute(wanted):
            raise AssetError(f"{where} is an absolute path; put the file beside the mesh")
        path = confined(self.mesh.parent / wanted, self.root, where)
        if path.is_file():
            return path
        near = closest(path.name, _listing(path.parent))
        hint = f" (there is '{near}')" if near else ""
        raise AssetError(f"{where} is missing{hint}; put it there or correct the name")

    def read(self, name: str, what: str) -> bytes:
        """The bytes of `locate(name, what)`."""
        return read_bytes(self.locate(name, what))


def read_bytes(path: Path) -> bytes:
    """A file's content; AssetError if it cannot be read or is beyond any reason."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"{path}: larger than {MAX_BYTES / 1e9:g} GB")
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path}: cannot be read: {error.strerror}") from None


def _absolute(name: str) -> bool:
    if name.startswith("~"):
        return True
    return PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive != ""


def _listing(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _near(name: str, roots: Sequence[Path]) -> str | None:
    """What the last part of the path was probably meant to be."""
    parent, last = Path(name).parent, Path(name).name
    options = [other for root in roots for other in _listing(Path(root) / parent)]
    near = closest(last, options)
    return str(parent / near) if near else None

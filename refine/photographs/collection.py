"""All photographs below a folder, each looked at once, those that cannot serve left out aloud."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

import numpy as np

from refine.frames import U8
from refine.photographs.decoding import Jpeg, Unusable, decode
from refine.photographs.likeness import bursts, fingerprint, is_grey
from scenegen.errors import RefineError

NEEDED = 2  # one photograph is one content: nothing tells its camera from its subject
ENOUGH = 20  # with fewer, what they show weighs as much as how they show it
NAMED = 5  # files that a remark names before it only counts


@dataclass(frozen=True)
class Photograph:
    """What is remembered of a file. sha256: of the decoded pixels · likeness: its fingerprint.

    longer_side: pixels of it as decoded.
    """

    path: Path
    name: str
    sha256: str
    likeness: int
    grey: bool
    longer_side: int
    jpeg: Jpeg | None


class Photographs(Sequence[U8]):
    """Photographs in the order of their names, each (H, W, 3) uint8 sRGB, decoded when asked for.

    Folders below are searched too, hidden ones not. A link to a file is followed wherever it leads,
    for a choice of photographs is often made of links; a linked folder is not entered, for it may
    contain itself. Of equal pictures one is kept; of grey and colored ones the more numerous kind.
    """

    def __init__(
        self, entries: Sequence[Photograph], longest: int, remarks: Sequence[str] = ()
    ) -> None:
        self.entries = tuple(entries)
        self.longest = longest
        self.remarks = tuple(remarks)

    @classmethod
    def open(cls, folder: Path, *, longest: int = 1280) -> "Photographs":
        """Look at every file below `folder`; a longer side than `longest` pixels is scaled down.

        Raises RefineError where there is no such folder, or fewer than two usable photographs.
        """
        if not folder.is_dir():
            what = "is a file" if folder.exists() else "does not exist"
            raise RefineError(f"{folder}: {what}; give a folder of photographs")
        notes = _Notes()
        entries = _one_kind(_different(_readable(folder, longest, notes), notes), notes)
        if len(entries) < NEEDED:
            found = "only one usable photograph" if entries else "no usable photograph"
            raise RefineError(
                "\n  ".join(
                    [f"{folder}: {found}, at least {NEEDED} are needed (50 make a good fit)"]
                    + notes.remarks()
                )
            )
        remarks = notes.remarks()
        if len(entries) < ENOUGH:
            remarks.append(
                f"only {len(entries)} photographs: what they show weighs as much as how they show "
                f"it; {ENOUGH} are the least for a fit to trust, 50 make a good one"
            )
        photographs = cls(entries, longest, remarks)
        alike = len(photographs) - len(set(photographs.groups))
        if alike:
            photographs.remarks += (
                f"{alike} of {len(photographs)} photographs are nearly the same as another one "
                f"(bursts): they count as one where independence matters",
            )
        return photographs

    @property
    def names(self) -> list[str]:
        """The path of each below the folder, with forward slashes."""
        return [entry.name for entry in self.entries]

    @property
    def groups(self) -> list[int]:
        """The number of the burst of each: photographs of one burst are not independent."""
        return bursts([entry.likeness for entry in self.entries])

    @property
    def jpegs(self) -> list[Jpeg | None]:
        """How each file was compressed; None where it was not, or scaling wiped out the traces."""
        return [entry.jpeg for entry in self.entries]

    @property
    def digest(self) -> str:
        """sha256 over the pixels of all: the same for the same pictures in the same order."""
        return hashlib.sha256("".join(e.sha256 for e in self.entries).encode()).hexdigest()

    def at_most(self, longest: int) -> "Photographs":
        """The same, those with a longer side scaled down: as a camera of fewer pixels sees.

        Noise and sharpness are of a pixel; those of renders can be compared at one size only.
        """
        entries = [
            replace(entry, longer_side=longest, jpeg=None) if entry.longer_side > longest else entry
            for entry in self.entries
        ]
        return Photographs(entries, min(longest, self.longest), self.remarks)

    def split(self, share: float, seed: int) -> tuple["Photographs", "Photographs"]:
        """About `share` of them and the rest, neither empty, whole bursts on one side or the other.

        Where all are one burst they are split one by one, and a remark says so. The same seed gives
        the same halves. Raises RefineError where there are fewer than two.
        """
        if len(self) < NEEDED:
            raise RefineError(f"{len(self)} photograph(s) cannot be split; {NEEDED} are needed")
        groups, remarks = np.array(self.groups), self.remarks
        if not groups.any():
            groups = np.arange(len(self))
            remarks += ("all photographs are one burst: what is held out is not independent",)
        order = np.random.default_rng(seed).permutation(groups.max() + 1)
        sizes = np.cumsum(np.bincount(groups)[order])[:-1]
        count = int(np.argmin(np.abs(sizes - share * len(self)))) + 1
        first = np.isin(groups, order[:count])
        return self._where(first, remarks), self._where(~first, remarks)

    def _where(self, chosen: np.ndarray, remarks: Sequence[str]) -> "Photographs":
        kept = [entry for entry, take in zip(self.entries, chosen, strict=True) if take]
        return Photographs(kept, self.longest, remarks)

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, at: int) -> U8: ...
    @overload
    def __getitem__(self, at: slice) -> "Photographs": ...
    def __getitem__(self, at: int | slice) -> "U8 | Photographs":
        if isinstance(at, slice):
            return Photographs(self.entries[at], self.longest, self.remarks)
        path = self.entries[at].path
        try:
            return decode(path, self.longest).pixels
        except Unusable as error:
            raise RefineError(f"{path}: {error}; it was a photograph a moment ago") from error


class _Notes:
    """Names of files under what is to be said about them."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}

    def add(self, note: str, name: str) -> None:
        self.names.setdefault(note, []).append(name)

    def remarks(self) -> list[str]:
        return [f"{note}: {_listed(names)}" for note, names in self.names.items()]


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _files(folder: Path, notes: _Notes) -> Iterator[tuple[Path, str]]:
    for here, folders, files in os.walk(folder):
        for name in [f for f in folders if (Path(here) / f).is_symlink()]:
            notes.add("left out, a linked folder", _name(Path(here) / name, folder))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(here) / name, _name(Path(here) / name, folder)


def _name(path: Path, folder: Path) -> str:
    """Below the folder, fit to be printed whatever bytes the file system holds."""
    return path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()


def _readable(folder: Path, longest: int, notes: _Notes) -> list[Photograph]:
    entries = []
    for path, name in _files(folder, notes):
        try:
            if not path.is_file():
                raise Unusable("a link to nothing" if path.is_symlink() else "not a regular file")
            decoded = decode(path, longest)
        except Unusable as reason:
            notes.add(f"left out, {reason}", name)
            continue
        for note in decoded.notes:
            notes.add(note, name)
        pixels = decoded.pixels
        sha256 = hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).hexdigest()
        likeness, grey = fingerprint(pixels), is_grey(pixels)
        side = max(pixels.shape)
        entries.append(Photograph(path, name, sha256, likeness, grey, side, decoded.jpeg))
    return sorted(entries, key=lambda entry: entry.name)


def _different(entries: Sequence[Photograph], notes: _Notes) -> list[Photograph]:
    """Without those whose every pixel is that of an earlier one."""
    kept: dict[str, Photograph] = {}
    for entry in entries:
        if entry.sha256 in kept:
            notes.add(f"left out, the same picture as {kept[entry.sha256].name}", entry.name)
        else:
            kept[entry.sha256] = entry
    return list(kept.values())


def _one_kind(entries: Sequence[Photograph], notes: _Notes) -> list[Photograph]:
    """All grey or all colored: a few grey ones would bleach every color of a render."""
    grey = [entry for entry in entries if entry.grey]
    colored = [entry for entry in entries if not entry.grey]
    if not grey or not colored:
        return list(entries)
    most, rest = (colored, grey) if len(colored) >= len(grey) else (grey, colored)
    for entry in rest:
        kind = "grey" if entry.grey else "colored"
        notes.add(f"left out, {kind} where most are not", entry.name)
    return most

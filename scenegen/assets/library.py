"""The `Library`: ids become objects, materials and environments. It reads a mesh when asked for it.

    library = Library.open(recipe.assets, [recipe_folder, *asset_folders])
    asset = library.load("mug_blue")

It can be pickled: what was loaded stays behind, what was indexed goes along.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.assets.index import Entry, describe, index
from scenegen.assets.model import Asset, AssetInfo, SurfaceTexture
from scenegen.assets.sources import Source
from scenegen.assets.surfaces import (
    about,
    environment_path,
    listed,
    load_environment,
    load_material,
)
from scenegen.config import closest
from scenegen.errors import AssetError

MATERIALS_KEPT = 4
"""Tileable surfaces that stay decoded (9 MB each at 1024 × 1024): who draws uploads each once."""


class Library:
    """All objects of a recipe's sources, and the builtin materials and environments."""

    def __init__(
        self,
        sources: tuple[Source, ...],
        roots: tuple[str, ...],
        entries: Mapping[str, Entry],
    ) -> None:
        self.sources = sources
        self.roots = roots
        self._entries = dict(entries)
        self._objects: dict[str, Asset] = {}
        self._materials: OrderedDict[str, SurfaceTexture] = OrderedDict()

    @classmethod
    def open(cls, sources: Sequence[Source], roots: Sequence[Path] = ()) -> "Library":
        """Index every source; paths are looked up in each root in turn. No mesh is read."""
        entries: dict[str, Entry] = {}
        origin: dict[str, Source] = {}
        for source in sources:
            for entry in index(source, roots):
                name = entry.info.id
                if name in entries:
                    _refuse_duplicate(name, origin[name], source)
                entries[name], origin[name] = entry, source
        places = tuple(str(Path(root).resolve()) for root in roots)
        return cls(tuple(sources), places, dict(sorted(entries.items())))

    def ids(self) -> tuple[str, ...]:
        """The ids of all objects, sorted."""
        return tuple(self._entries)

    def info(self, asset_id: str) -> AssetInfo:
        """What is known of an object without reading its mesh."""
        return self._entry(asset_id).info

    def load(self, asset_id: str) -> Asset:
        """The object; read once. AssetError where its files cannot be used."""
        entry = self._entry(asset_id)
        if asset_id not in self._objects:
            from scenegen.assets.load import load_asset

            self._objects[asset_id] = load_asset(entry)
        return self._objects[asset_id]

    def materials(self) -> tuple[str, ...]:
        """The ids of all tileable surfaces, sorted."""
        return listed("materials")

    def material(self, material_id: str) -> SurfaceTexture:
        """A tileable surface; the last few that were asked for are kept."""
        if material_id not in self._materials:
            known = self.materials()
            if material_id not in known:
                raise _unknown("material", material_id, known)
            self._materials[material_id] = load_material(material_id)
            if len(self._materials) > MATERIALS_KEPT:
                self._materials.popitem(last=False)
        self._materials.move_to_end(material_id)
        return self._materials[material_id]

    def environments(self) -> tuple[str, ...]:
        """The ids of the builtin panoramas, sorted."""
        return listed("environments")

    def environment(self, name: str) -> NDArray[np.float32]:
        """(H, W, 3) linear RGB of a builtin panorama, or of an .hdr file under a root; not kept."""
        known = self.environments()
        if name not in known and not name.lower().endswith(".hdr"):
            raise _unknown("environment", name, known)
        return load_environment(environment_path(name, known, [Path(root) for root in self.roots]))

    def licences(self) -> dict[str, dict[str, str]]:
        """The licence of every object, material and environment by id; empty where unknown."""
        objects = {name: entry.info.licence for name, entry in self._entries.items()}
        others = {
            kind: {name: about(kind, name).licence for name in listed(kind)}
            for kind in ("materials", "environments")
        }
        return {"objects": objects, **others}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_objects": {}, "_materials": OrderedDict()}

    def _entry(self, asset_id: str) -> Entry:
        if asset_id not in self._entries:
            raise _unknown("object", asset_id, self._entries)
        return self._entries[asset_id]


def _unknown(what: str, name: str, known: Iterable[str]) -> AssetError:
    near = closest(name, known)
    some = ", ".join(sorted(known)[:20]) or "none"
    hint = f"did you mean '{near}'?" if near else f"there is: {some}"
    return AssetError(f"there is no {what} '{name}'; {hint}")


def _refuse_duplicate(name: str, first: Source, second: Source) -> None:
    raise AssetError(
        f"two objects are called '{name}': one from `{describe(first)}`, one from "
        f"`{describe(second)}`; give one of these sources a `prefix:`"
    )

"""A finished dataset in the formats of other tools. Exporters read it and write elsewhere.

Each format is a module with a function `export(selection, folder, options)`; list it in `EXPORTERS`.
docs/formats.md tells what each writes and what it cannot say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from scenegen.errors import DatasetError
from scenegen.export.folder import ExportFolder
from scenegen.export.selection import Selection


@dataclass(frozen=True)
class Format:
    """Where an exporter lives, which of `Options` it knows, and what its format cannot say."""

    module: str
    summary: str
    options: frozenset[str] = frozenset()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """Choices that only some formats know; a format that does not know one refuses it."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    asset_roots: tuple[Path, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.chosen.get(name, default)


EXPORTERS: dict[str, Format] = {}


def export_dataset(
    selection: Selection,
    name: str,
    out: Path,
    options: Options,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[str, ...]:
    """Write a selection in a format; returns remarks for the person: what the format cannot say.

    Run again it continues or adds what the dataset has gained. DatasetError: no such format, an
    option that it does not know, a folder with other things in it, a disk that is full.
    """
    if name not in EXPORTERS:
        raise DatasetError(f"there is no format '{name}'; there is: {', '.join(EXPORTERS)}")
    form = EXPORTERS[name]
    unknown = sorted(set(options.chosen) - form.options)
    if unknown:
        known = ", ".join(sorted(form.options)) or "none"
        raise DatasetError(f"{name} does not know --set {unknown[0]}=…; it knows: {known}")
    with ExportFolder(out, name, selection, options.chosen) as folder:
        folder.progress = progress
        remarks = import_module(form.module).export(selection, folder, options)
        folder.finish()
    return (*form.lost, *remarks)

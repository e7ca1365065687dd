"""The gap to real photographs: renders of the objects of Linemod-Occluded against its pictures.

    python -m benchmarks.lab.linemod --data ../shared/data --out out/linemod

DATA/meshes/lmo holds the models of the BOP edition, DATA/real_photos/lmo_table photographs of them.
Refiners are fitted to 60 photographs and compared on the other 29. All show one table, in one video:
what is measured is another view of it, not another table. Broken off, run it again.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer

from benchmarks.lab.arms import HERE, RECIPES, TINY_RECIPES, generate, refined
from benchmarks.lab.board import write_board
from benchmarks.lab.frames import U8, contents
from benchmarks.lab.lab import machine
from benchmarks.lab.memory import remembered
from benchmarks.lab.table import gap_table
from benchmarks.lab.video import split
from refine.apply import refiners_used
from refine.compare import compare
from refine.features import FEATURES
from refine.photographs import Photographs
from refine.processes import cores, use_threads
from scenegen.dataset import Dataset
from scenegen.dataset.files import json_bytes

SEED = 0
FITTED = 60
_SHOWN = 5
_TALL = 240


@dataclass(frozen=True)
class Size:
    """How much of it: scenes (three renders each), recipes of the arms, the gap's features."""

    scenes: int
    recipes: dict[str, str]
    features: tuple[str, ...]


FULL = Size(32, RECIPES, tuple(FEATURES))
TINY = Size(4, TINY_RECIPES, ("color",))


def main(
    data: Annotated[Path, typer.Option(help="Folder of meshes/ and real_photos/.")] = Path(
        "../shared/data"
    ),
    out: Annotated[Path, typer.Option(help="Folder for everything.")] = Path("out/linemod"),
    tiny: Annotated[bool, typer.Option("--tiny", help="To see that it runs.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Render, fit, compare; writes linemod.json, linemod.md and linemod.jpg."""
    photos = data / "real_photos" / "lmo_table"
    missing = [folder for folder in (data / "meshes" / "lmo", photos) if not folder.is_dir()]
    if missing:
        print(f"skipped: there is no {missing[0]}; --data names the folder that holds it")
        return
    use_threads(cores())
    result = run(data / "meshes", photos, out, TINY if tiny else FULL, workers)
    (out / "linemod.json").write_bytes(json_bytes(result))
    (out / "linemod.md").write_text(gap_table(result), encoding="utf-8")
    print(gap_table(result))


def run(meshes: Path, photos: Path, out: Path, size: Size, workers: int) -> dict[str, Any]:
    """Every arm's gap, as plain data; linemod.jpg shows renders beside photographs."""
    renders = _render(meshes, out, size, workers)
    fitted, held_out = (Photographs.open(folder) for folder in _chosen(photos, out / "photos"))
    arms, rows = {}, {"raw": renders}
    for arm, recipe in size.recipes.items():
        model, made = out / f"model_{arm}", {out / arm: (renders, 0)}
        rows[arm] = refined(recipe, model, renders, fitted, made, workers)[0]
        arms[arm] = {
            "gap": _gap(out, arm, renders, rows[arm], held_out, size),
            "frames": dict(refiners_used(rows[arm])),
        }
        print(f"{arm}: {arms[arm]['gap']['verdict']}", flush=True)
    _write_sheet(out / "linemod.jpg", rows, held_out)
    return {
        "renders": len(list(renders.all_shots())),
        "fitted": fitted.names,
        "held_out": held_out.names,
        "machine": machine(),
        "arms": arms,
    }


def _render(meshes: Path, out: Path, size: Size, workers: int) -> Dataset:
    write_board(out / "assets", rng=np.random.default_rng(SEED))
    options = ["--assets", str(out / "assets"), "--assets", str(meshes)]
    options += ["--scenes", str(size.scenes)]
    return generate(HERE / "linemod.yaml", out / "renders", workers, options)


def _chosen(photos: Path, out: Path) -> list[Path]:
    """Folders of links to the photographs to fit to and to those held out."""
    every = Photographs.open(photos)
    numbers = [int(Path(name).stem) for name in every.names]
    first = split(numbers, every.groups, FITTED, rng=np.random.default_rng(SEED))
    folders = [out / "fitted", out / "held_out"]
    for entry, chosen in zip(every.entries, first, strict=True):
        folder = folders[0 if chosen else 1]
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / entry.path.name
        if not link.exists():
            link.symlink_to(entry.path.resolve())
    return folders


def _gap(
    out: Path, arm: str, raw: Dataset, made: Dataset, photographs: Photographs, size: Size
) -> dict[str, Any]:
    """report_ARM/index.html shows it."""
    of = {
        "renders": [contents(raw), contents(made)],
        "photographs": photographs.digest,
        "features": size.features,
    }
    report = out / f"report_{arm}"
    return remembered(
        out / "scores" / f"gap_{arm}.json",
        of,
        lambda: compare(raw, made, photographs, report, features=size.features).as_dict(),
    )


def _write_sheet(file: Path, rows: dict[str, Dataset], photographs: Photographs) -> None:
    """A row an arm, the same renders in each; the last row are photographs held out."""
    shots = {name: list(dataset.all_shots()) for name, dataset in rows.items()}
    columns = np.linspace(0, len(shots["raw"]) - 1, _SHOWN).round().astype(int)
    pictures = {name: [of[at].rgb for at in columns] for name, of in shots.items()}
    last = np.linspace(0, len(photographs) - 1, _SHOWN).round().astype(int)
    pictures["photographs"] = [photographs[int(at)] for at in last]
    sheet = np.vstack([_row(name, row) for name, row in pictures.items()])
    cv2.imwrite(str(file), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])


def _row(name: str, pictures: list[U8]) -> U8:
    small = [_small(picture) for picture in pictures]
    cv2.putText(small[0], name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1)
    return np.hstack(small)


def _small(picture: U8) -> U8:
    size = round(_TALL * picture.shape[1] / picture.shape[0]), _TALL
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


if __name__ == "__main__":
    typer.run(main)

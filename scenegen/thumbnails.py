"""Objects on a turntable: what a library holds and what is wrong with a folder of meshes."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.table import Table
from rich.text import Text

from scenegen import geometry
from scenegen.assets import check
from scenegen.assets.library import Library
from scenegen.assets.sources import Builtin
from scenegen.dataset.files import replace_file
from scenegen.dataset.png import encode_png
from scenegen.drawing import Image, captioned, grid
from scenegen.render import RENDERERS, Renderer
from scenegen.scene import Backdrop, Camera, Light, Material, Scene, SceneObject
from scenegen.terminal import plain_console

_SIZE = 260


def thumbnail_sheet(library: Library, ids: Sequence[str], out: Path) -> None:
    """Draw every object standing upright on grey ground, seen from the front and above."""
    renderer = RENDERERS["raster"](library)
    tiles = [captioned(_thumbnail(renderer, library, id), id) for id in ids]
    renderer.close()
    sheet = grid(tiles, columns=min(6, len(tiles)))
    replace_file(out, encode_png(np.ascontiguousarray(sheet)))


def _thumbnail(renderer: Renderer, library: Library, id: str) -> Image:
    bounds = library.load(id).bounds
    center, radius = bounds.mean(axis=0), float(np.linalg.norm(np.ptp(bounds, axis=0))) / 2
    ground = geometry.transform(np.eye(3), [0.0, 0.0, -bounds[0, 2]])
    target = geometry.apply(ground, center)
    eye = target + radius * 3.4 * np.array([0.62, -0.62, 0.48])
    thing = SceneObject(1, id, library.info(id).category, "target", ground)
    scene = Scene(
        0,
        0,
        (thing,),
        (),
        (
            Light("sun", direction=(0.3, -0.6, 0.8), strength=0.55, size=0.08),
            Light("environment", texture="studio_white", strength=0.6, visible=False),
        ),
        Backdrop(floor=Material(color=(0.35, 0.35, 0.36), roughness=0.9), color=(0.35, 0.35, 0.36)),
    )
    k = geometry.intrinsics(_SIZE, _SIZE, np.radians(36.0))
    camera = Camera("thumbnail", 0, _SIZE, _SIZE, k, geometry.look_at(eye, target), 0.85)
    return renderer.color(scene, camera)


def check_folder(folder: Path, sheet: Path, as_json: bool) -> bool:
    """Print a line a mesh and draw the good ones into `sheet`; True if no mesh is unusable."""
    rows = []
    with plain_console(stderr=True, quiet=as_json).status("reading meshes") as status:
        for row in check.check_folder(folder):
            rows.append(row)
            status.update(f"{len(rows)} meshes read, last: {row.id}")
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _print_rows(rows)
    usable = [row.id for row in rows if row.usable]
    if usable:
        thumbnail_sheet(Library.open((check.guess_source(folder),), (folder,)), usable, sheet)
        if not as_json:
            print(f"Thumbnails: {sheet}")
    return len(usable) == len(rows)


def _print_rows(rows: Sequence[check.Row]) -> None:
    """A line a mesh, its problems indented below it."""
    console = plain_console(soft_wrap=True)
    width = max(len(row.id) for row in rows)
    for row in rows:
        size = " × ".join(f"{side:.1f}" for side in row.size_cm) if row.size_cm else "?"
        mass = f"{row.mass:.3g}" if row.mass is not None else "?"
        line = (
            f"{row.id:{width}}  {size:>20} cm  {row.faces:>9,} faces  {row.textures:>2} textures  "
            f"{row.parts:>2} parts  {mass:>6} kg"
        )
        console.print(Text(line, style="" if row.usable else "red"))
        for problem in row.problems:
            console.print(Text(f"    {problem}", style="yellow"))
    unusable = sum(not row.usable for row in rows)
    console.print(f"{len(rows)} meshes, {unusable} cannot be used")


def list_builtin(sheet: Path | None) -> None:
    """Print what comes with scenegen; draw the objects into `sheet` if one is named."""
    library = Library.open((Builtin(),), ())
    console = plain_console()
    table = Table("object", "category", "description")
    for id in library.ids():
        info = library.info(id)
        table.add_row(id, info.category, info.description)
    console.print(table)
    console.print("materials:    " + ", ".join(library.materials()))
    console.print("environments: " + ", ".join(library.environments()))
    if sheet:
        thumbnail_sheet(library, library.ids(), sheet)
        console.print(f"Thumbnails: {sheet}")

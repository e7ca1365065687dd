"""dataset.json against the recipe and its library, and the dataset's own folder."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scenegen.assets.library import Library
from scenegen.project import Project
from scenegen.verify import schema
from scenegen.verify.findings import Figure, Result
from scenegen.verify.folder import Json, read_json

FORMAT = 1
_KNOWN = {"dataset.json", "recipe.yaml", "refine.json", "scenes", "failed", "report"}


def check_card(root: Path, project: Project, result: Result) -> Json | None:
    """Read dataset.json and compare it with what it was made from; None if it is of no use."""
    card = read_json(root / "dataset.json", schema.CARD, result)
    if card is None:
        return None
    before = len(result.findings)
    recipe, library = project.recipe, project.library

    def same(key: str, found: Any, right: Any) -> None:
        if found != right:
            result.fail("card", f"dataset.json: {key} is {found}, but {right} is right")

    same("format", card["format"], FORMAT)
    source = (root / "recipe.yaml").read_bytes()
    same("recipe_sha256", card["recipe_sha256"], hashlib.sha256(source).hexdigest())
    for key in ("name", "description", "seed", "depth_scale"):
        same(key, card[key], getattr(recipe, key))
    same("outputs", card["outputs"], list(recipe.outputs))
    cameras = [
        {
            "name": camera.name,
            "width": camera.size[0],
            "height": camera.size[1],
            "views": camera.views,
            "stereo_baseline": camera.stereo.baseline if camera.stereo else None,
        }
        for camera in recipe.cameras
    ]
    same("cameras", card["cameras"], cameras)
    names = [entry["name"] for entry in card["categories"]]
    same("categories, by name", names, sorted(set(names)))
    same(
        "categories' ids",
        [entry["id"] for entry in card["categories"]],
        [*range(1, len(names) + 1)],
    )
    _check_assets(card["assets"], library, same, result)
    result.measure("card", Figure(1, len(result.findings) - before))
    return card


def _check_assets(
    assets: list[Json], library: Library, same: Callable[[str, Any, Any], None], result: Result
) -> None:
    """What the card says of every asset is what the library says."""
    names = [asset["id"] for asset in assets]
    same("assets, by id", names, sorted(set(names)))
    for asset in assets:
        if asset["id"] not in library.ids():
            message = f"dataset.json: asset '{asset['id']}' is not in the recipe's library"
            result.fail("card", message)
            continue
        info = library.info(asset["id"])
        where = f"asset '{asset['id']}'"
        for key in ("category", "name", "licence"):
            same(f"{key} of {where}", asset[key], getattr(info, key))
        discrete = [list(matrix) for matrix in info.symmetries_discrete]
        same(f"symmetries of {where}", asset["symmetries_discrete"], discrete)
        axes = [
            {"axis": list(axis), "offset": list(offset)}
            for axis, offset in info.symmetries_continuous
        ]
        same(f"axes of symmetry of {where}", asset["symmetries_continuous"], axes)


def check_root(root: Path, result: Result) -> list[int]:
    """The numbers of all scenes; findings for what does not belong beside them."""
    for entry in sorted(root.iterdir()):
        if entry.name not in _KNOWN and not entry.name.startswith("."):
            result.fail("files", f"{entry.name} is there, and nobody knows it")
    numbers = []
    for entry in sorted((root / "scenes").iterdir()):
        if entry.name.isdecimal() and len(entry.name) >= 6 and entry.is_dir():
            numbers.append(int(entry.name))
        elif not entry.name.startswith("."):
            result.fail("files", f"scenes/{entry.name} is there, and is no scene")
    return numbers

"""A recipe on disk, read, checked and joined with its library: where every command starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenegen import config
from scenegen.assets.library import Library
from scenegen.errors import AssetError, RecipeError
from scenegen.recipe import Recipe
from scenegen.sample import validate_recipe


@dataclass(frozen=True)
class Project:
    """`source` is the file as read, `data` the same as plain data; `roots` are searched for its paths."""

    source: bytes
    data: Mapping[str, Any]
    recipe: Recipe
    library: Library
    roots: tuple[Path, ...]


def open_project(path: Path, asset_roots: Sequence[Path]) -> Project:
    """Read a recipe and its library; raises RecipeError with every mistake in it.

    Paths in the recipe are relative to its folder, then to `asset_roots`, in that order.
    """
    document = config.read(path)
    recipe = config.validate(document, Recipe)
    missing = [root for root in asset_roots if not root.is_dir()]
    if missing:
        raise AssetError(f"--assets {missing[0]}: no such folder")
    roots = (path.parent.resolve(), *(root.resolve() for root in asset_roots))
    library = Library.open(recipe.assets, roots)
    problems = validate_recipe(recipe, library)
    if problems:
        raise RecipeError([document.problem(loc, text, hint) for loc, text, hint in problems])
    return Project(path.read_bytes(), document.data, recipe, library, roots)

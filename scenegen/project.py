"""A recipe on disk, read, checked and joined with its library: where every command starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenegen import config
from scenegen.errors import AssetError, RecipeError
from scenegen.recipe import Recipe

if TYPE_CHECKING:  # loaded once the recipe itself makes sense
    from scenegen.assets.library import Library


@dataclass(frozen=True)
class Project:
    """`source` is the file as read, `data` the same as plain data; `roots` are searched for its paths."""

    source: bytes
    data: Mapping[str, Any]
    recipe: Recipe
    library: "Library"
    roots: tuple[Path, ...]


@dataclass(frozen=True)
class Draft:
    """A recipe that makes sense by itself; its library has not been looked at."""

    document: config.Document
    recipe: Recipe


def open_project(path: Path, asset_roots: Sequence[Path]) -> Project:
    """Read a recipe and its library; raises RecipeError with every mistake in it."""
    return join_library(read_recipe(path), asset_roots)


def read_recipe(path: Path) -> Draft:
    """Read a recipe; raises RecipeError with every mistake that shows without its library."""
    document = config.read(path)
    return Draft(document, config.validate(document, Recipe))


def join_library(draft: Draft, asset_roots: Sequence[Path]) -> Project:
    """Open a recipe's library; raises RecipeError with what it names and is not there.

    Paths in the recipe are relative to its folder, then to `asset_roots`, in that order.
    """
    from scenegen.assets.library import Library
    from scenegen.sample import validate_recipe

    document, recipe, path = draft.document, draft.recipe, draft.document.path
    missing = [root for root in asset_roots if not root.is_dir()]
    if missing:
        raise AssetError(f"--assets {missing[0]}: no such folder")
    roots = (path.parent.resolve(), *(root.resolve() for root in asset_roots))
    library = Library.open(recipe.assets, roots)
    problems = validate_recipe(recipe, library)
    if problems:
        raise RecipeError([document.problem(loc, text, hint) for loc, text, hint in problems])
    return Project(path.read_bytes(), document.data, recipe, library, roots)

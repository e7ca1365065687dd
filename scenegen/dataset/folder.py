"""Where everything of a dataset stands, and the decision to begin, continue or refuse one."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenegen import config
from scenegen.dataset.card import FORMAT, Card, differences
from scenegen.dataset.files import (
    aside,
    explained,
    json_bytes,
    locked,
    read_json,
    replace_file,
    sweep,
)
from scenegen.errors import DatasetError, RecipeError

CARD = "dataset.json"
RECIPE = "recipe.yaml"
SCENES = "scenes"
FAILED = "failed"

_NUMBER = re.compile(r"(\d{6,})(\.json)?")
_HARMLESS = {"lost+found", RECIPE}
_MAX_SHOWN = 12
_OF_ONE_MACHINE = frozenset("bcachefs btrfs ext2 ext3 ext4 f2fs jfs overlay tmpfs xfs zfs".split())
_MOUNTS = Path("/proc/self/mountinfo")


def scene_folder(root: Path, index: int) -> Path:
    """The folder of a scene; it exists if and only if the scene is complete."""
    return root / SCENES / f"{index:06d}"


def failure_file(root: Path, index: int) -> Path:
    return root / FAILED / f"{index:06d}.json"


def numbered(folder: Path) -> list[int]:
    """The scene numbers that entries of a folder are named after, sorted."""
    with explained("read", folder):
        names = os.listdir(folder) if folder.exists() else []
    return sorted(int(match[1]) for name in names if (match := _NUMBER.fullmatch(name)))


def open_or_create(
    root: Path, recipe_bytes: bytes, recipe_data: Mapping[str, Any], card: Card
) -> tuple[str, ...]:
    """Make `root` a dataset of this recipe, or check that it is one; what the dead left is swept.

    `recipe_data` is the recipe as plain data (`config.read(path).data`). Returns remarks for the
    person: library versions that are no longer those of the first scenes. DatasetError: the path
    cannot be a dataset, or it is one of another recipe, other assets or another format. `scenes`
    and comments may differ; the folder keeps the copy it was begun with. Machines that begin the
    same dataset at once, with no lock between them, write the same bytes.
    """
    with explained("create", root):
        root.mkdir(parents=True, exist_ok=True)
    with locked(root):
        with aside(root / CARD, Path.touch):  # a folder that cannot be written says so now
            pass
        remarks: tuple[str, ...] = ()
        begun = (root / CARD).exists() or not _may_begin(root)
        if begun:
            remarks = _check(root, recipe_data, card)
        else:
            replace_file(root / RECIPE, recipe_bytes)
        for folder in (root / SCENES, root / FAILED):
            with explained("create", folder):
                folder.mkdir(exist_ok=True)
        if not begun:
            replace_file(root / CARD, json_bytes(card.model_dump(mode="json")))
    clear_leftovers(root)
    return remarks


def clear_leftovers(root: Path) -> None:
    """Remove the half-written scenes and files of writers that no longer live.

    Where other machines may write too, none are removed: their locks may be invisible from here,
    as on NFS with `local_lock` or Lustre with `localflock`, and they live.
    """
    if not _of_one_machine(root):
        return
    for folder in (root, root / SCENES, root / FAILED):
        sweep(folder)


def read_card(root: Path) -> Card:
    """The card of a dataset; DatasetError if there is none, or none that can be read."""
    path = root / CARD
    if not path.is_file():
        raise DatasetError(f"{root}: this is no dataset: there is no {CARD} in it")
    data = read_json(path)
    if data.get("format") != FORMAT:
        raise DatasetError(
            f"{path}: layout format {data.get('format')}, but this scenegen reads {FORMAT}; "
            f"use the version that made it ({data.get('scenegen')})"
        )
    try:
        return Card.model_validate(data)
    except ValidationError as error:
        raise DatasetError(f"{path}: damaged: {first_mistake(error)}") from error


def first_mistake(error: ValidationError) -> str:
    mistake = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}"


def _of_one_machine(folder: Path) -> bool:
    """Whether a folder lies on a file system that no other machine writes to."""
    place = folder.resolve()
    found = (0, "")
    try:
        mounts = _MOUNTS.read_text().splitlines()
    except OSError:
        return False
    for mount in mounts:  # man 5 proc: … mount point, options, [tags …] - type …
        before, _, after = mount.partition(" - ")
        point = Path(re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), before.split()[4]))
        if place.is_relative_to(point):
            found = max((len(point.parts), after.split()[0]), found, key=lambda one: one[0])
    return found[1] in _OF_ONE_MACHINE


def _may_begin(root: Path) -> bool:
    """Whether a folder is empty, or holds no more than an interrupted beginning.

    False if another machine began it meanwhile; DatasetError if it is something else.
    """
    with explained("read", root):
        entries = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
        strangers = [
            entry.name
            for entry in entries
            if entry.name not in _HARMLESS
            and not (entry.name in (SCENES, FAILED) and not any(entry.iterdir()))
        ]
    if (root / CARD).exists():
        return False
    if strangers:
        shown = ", ".join(sorted(strangers)[:5]) + (", …" if len(strangers) > 5 else "")
        raise DatasetError(
            f"{root}: the folder is not empty and is no dataset: it has no {CARD}, but {shown}. "
            "Choose another output folder, or empty this one."
        )
    return True


def _check(root: Path, recipe_data: Mapping[str, Any], card: Card) -> tuple[str, ...]:
    """Refuse to mix two recipes, assets or formats in one folder; remark on other versions."""
    stored = read_card(root)
    try:
        before = dict(config.read(root / RECIPE).data)
    except RecipeError as error:
        message = f"{root}: its copy of the recipe is damaged, so it cannot be continued\n{error}"
        raise DatasetError(message) from error
    after = dict(recipe_data)
    before.pop("scenes", None)
    after.pop("scenes", None)
    _refuse_changes(
        root,
        "was made with another recipe",
        list(differences(before, after)),
        f"Choose another output folder, or go on with {root / RECIPE}.",
    )
    _refuse_changes(
        root,
        "was made from other assets or by other rules, though its recipe is the same",
        list(differences(_lasting(stored), _lasting(card))),
        "Choose another output folder, or restore what it was made from.",
    )
    versions = differences(
        {"scenegen": stored.scenegen, **stored.versions},
        {"scenegen": card.scenegen, **card.versions},
    )
    return tuple(f"{root}: begun with another version of {change}" for change in versions)


def _lasting(card: Card) -> dict[str, Any]:
    """What may not change while a dataset grows and does not follow from the recipe's text."""
    return card.model_dump(
        mode="json", exclude={"recipe_sha256", "scenegen", "versions", "conventions"}
    )


def _refuse_changes(root: Path, what: str, changes: list[str], remedy: str) -> None:
    if not changes:
        return
    shown = [f"  {change}" for change in changes[:_MAX_SHOWN]]
    if len(changes) > _MAX_SHOWN:
        shown.append(f"  and {len(changes) - _MAX_SHOWN} more")
    lines = [f"{root}: this dataset {what} (there → here):", *shown, remedy]
    raise DatasetError("\n".join(lines))

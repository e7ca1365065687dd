"""The folder of a fit that is under way: whose it is, where it stands, and when it is finished."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from refine import checkpoint
from refine.frames import Renders
from refine.model import CARD, RECIPE
from refine.photographs import Photographs
from refine.recipe import RefineRecipe
from scenegen.dataset.files import (
    explained,
    json_bytes,
    read_bytes,
    read_json,
    replace_file,
    sweep,
)
from scenegen.errors import RefineError

RUN, CHECKPOINT, LOG = "run.json", "checkpoint.pt", "log.jsonl"


class RunFolder:
    """A folder that is given to one fit; another fit is refused it."""

    def __init__(self, root: Path, fitted: Mapping[str, Any]) -> None:
        self.root, self.fitted = root, fitted

    @classmethod
    def open(
        cls, root: Path, recipe: RefineRecipe, renders: Renders, photographs: Photographs
    ) -> "RunFolder":
        """A new folder, or one of the same fit; RefineError names what differs otherwise."""
        run = cls(root, describe(recipe, renders, photographs))
        begun = any((root / name).exists() for name in (LOG, CHECKPOINT, CARD))
        if (root / RUN).exists():
            found = read_json(root / RUN)
            sweep(root)
            if begun or not run._differences(found):
                run._check(found)
                return run
        elif root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise RefineError(
                f"{root}: holds something else already; choose a folder that is empty or not there"
            )
        with explained("write", root):
            root.mkdir(parents=True, exist_ok=True)
        run.write(RUN, json_bytes(run.fitted))
        run.write(RECIPE, yaml.safe_dump(recipe.model_dump(), sort_keys=False).encode())
        return run

    def _differences(self, found: Mapping[str, Any]) -> list[str]:
        return [
            f"{key}: {_short(found.get(key))} there, {_short(value)} now"
            for key, value in self.fitted.items()
            if found.get(key) != value
        ]

    def _check(self, found: Mapping[str, Any]) -> None:
        differ = self._differences(found)
        if differ:
            raise RefineError(
                f"{self.root}: made by another fit ({'; '.join(differ[:4])}); "
                f"choose another folder, or remove this one"
            )

    @property
    def is_finished(self) -> bool:
        return (self.root / CARD).exists()

    def write(self, name: str, data: bytes) -> None:
        """The old file or the new one is there at every moment."""
        with explained("write", self.root / name):
            (self.root / name).parent.mkdir(exist_ok=True)
        replace_file(self.root / name, data)

    def save(self, state: dict[str, Any]) -> None:
        checkpoint.save(self.root / CHECKPOINT, state)

    def saved(self) -> dict[str, Any] | None:
        """Where training stands; None before the first checkpoint."""
        path = self.root / CHECKPOINT
        return checkpoint.read(path) if path.exists() else None

    def log(self, entry: Mapping[str, Any]) -> None:
        """Add a line to the log."""
        with explained("write", self.root / LOG), (self.root / LOG).open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def logged(self) -> list[dict[str, Any]]:
        """The lines of the log; a line that a killed process left unfinished is left out."""
        lines = []
        if (self.root / LOG).exists():
            for line in read_bytes(self.root / LOG).decode("utf-8", "replace").splitlines():
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    continue
        return lines

    def forget_after(self, step: int) -> None:
        """Take out of the log what is done again."""
        kept = [json.dumps(entry) for entry in self.logged() if entry["step"] <= step]
        self.write(LOG, "".join(f"{line}\n" for line in kept).encode())

    def finish(self, card: bytes) -> None:
        """From here on the folder is a model."""
        self.write(CARD, card)
        with explained("write", self.root):
            (self.root / CHECKPOINT).unlink(missing_ok=True)


def describe(
    recipe: RefineRecipe, renders: Renders, photographs: Photographs
) -> dict[str, str | int]:
    """What a fit depends on; equal descriptions, equal models."""
    flat = {f"recipe {key}": str(value) for key, value in _leaves(recipe.model_dump())}
    return {
        **flat,
        "renders": len(renders),
        "renders' files": digest_of(renders),
        "photographs": len(photographs),
        "photographs' pixels": photographs.digest,
    }


def digest_of(renders: Renders) -> str:
    """sha256 of the names of the pictures and of the checksums beside them."""
    digest = hashlib.sha256()
    seen: set[Path] = set()
    for shot in renders.shots:
        digest.update(f"{shot.scene_index:06d}/{shot.stem}\n".encode())
        if shot.folder not in seen:
            seen.add(shot.folder)
            digest.update(read_bytes(shot.folder / "SHA256SUMS"))
    return digest.hexdigest()


def _leaves(values: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found = []
    for key, value in values.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{above}{key}.")
        else:
            found.append((above + key, value))
    return found


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:12] + "…"

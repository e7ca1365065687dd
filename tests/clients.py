"""Foreign readers that tests may use: each skips the test, saying so, where it is not installed."""

import hashlib
import importlib.util
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from scenegen.dataset import Dataset, StoredShot
from scenegen.export import Options, export_dataset
from scenegen.export.selection import Selection, select

LEAKY = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::DeprecationWarning",
    "ignore::UserWarning",
)
"""What clients warn of that is not ours: files they leave open, names they still use."""


@cache
def torchvision_operators() -> Any:
    """What torchvision asks for on import; none of its readers calls them.

    Where its compiled operators do not load (a wheel for CUDA beside a torch without), they are
    declared, and the library of declarations is returned: it lives as long as somebody holds it.
    """
    import torch

    spec = importlib.util.find_spec("torchvision")
    assert spec is not None
    assert spec.origin is not None
    try:
        torch.ops.load_library(Path(spec.origin).with_name("_C.so"))
        return None
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return library


def torchvision_datasets() -> ModuleType:
    """torchvision.datasets, whatever became of its compiled operators."""
    for name in ("torch", "torchvision"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    torchvision_operators()
    return importlib.import_module("torchvision.datasets")


def datumaro(script: str, *arguments: object) -> Any:
    """What a script prints last, as JSON, when Datumaro's own Python runs it.

    Datumaro asks for versions of libraries that scenegen does not: it has an environment of its own.
    """
    python = os.environ.get("DATUMARO_PYTHON")
    if not python:
        pytest.skip("DATUMARO_PYTHON names no Python that has Datumaro")
    command = [python, "-c", script, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-1000:]
    return json.loads(result.stdout.splitlines()[-1])


def fingerprint(mask: np.ndarray) -> str:
    """A mask in few letters, as the scripts for Datumaro tell them too."""
    return hashlib.sha256(np.packbits(mask > 0)).hexdigest()


def exported(
    dataset: Path, form: str, out: Path, *, roots: tuple[Path, ...] = (), **chosen: str
) -> tuple[str, ...]:
    """Export a whole dataset in one go; returns the remarks."""
    return export_dataset(selected(dataset), form, out, Options(chosen, roots))


def selected(dataset: Path) -> Selection:
    return select(Dataset.open(dataset))


def last_shots(root: Path, index: int = 0) -> list[StoredShot]:
    """The shots of a scene's last capture."""
    dataset = Dataset.open(root)
    last = len(dataset.scene(index)) - 1
    return [shot for shot in dataset.shots(index) if shot.capture == last]

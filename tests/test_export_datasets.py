"""Every client agrees on whole datasets, made of the recipes in scenes/: `make test-clients`.

CLIENT_DATASETS names them, separated by spaces; CLIENT_ASSETS the folder of their meshes, if they
are not those of scenegen. That the checks find what is wrong is shown in the formats' own tests.
"""

import os
from collections.abc import Callable
from pathlib import Path

import bop_clients
import coco_clients
import croissant_clients
import fat_clients
import glb_clients
import huggingface_clients
import kitti_clients
import pytest
import rerun_clients
import semantic_clients
import shards_clients
import usd_clients
import yolo_clients
from clients import LEAKY, exported

from scenegen.dataset import Dataset
from scenegen.export import EXPORTERS, Options, export_dataset
from scenegen.export.selection import select

Check = Callable[[Path, Path], None]

DATASETS = [Path(name) for name in os.environ.get("CLIENT_DATASETS", "").split()]
ASSETS = tuple(Path(name) for name in [os.environ.get("CLIENT_ASSETS", "")] if name)

EXPORTS: dict[str, tuple[Check, ...]] = {
    "coco": coco_clients.AGREE,
    "yolo task=detect": yolo_clients.AGREE,
    "yolo task=segment": yolo_clients.AGREE,
    "yolo task=pose": yolo_clients.AGREE,
    "yolo task=obb": yolo_clients.AGREE,
    "semantic": semantic_clients.AGREE,
    "bop": bop_clients.AGREE,
    "shards": shards_clients.AGREE,
    "fat": fat_clients.AGREE,
    "kitti": kitti_clients.AGREE,
    "huggingface layout=folder": huggingface_clients.AGREE,
    "huggingface layout=parquet": huggingface_clients.AGREE,
    "croissant": croissant_clients.AGREE,
    "rerun": rerun_clients.AGREE,
    "usd": usd_clients.AGREE,
    "glb": glb_clients.AGREE,
}
"""Format and choices as on the command line, and who must agree."""


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], Path]:
    """Exports a dataset, once for all clients of a format."""
    written: dict[tuple[Path, str], Path] = {}

    def once(dataset: Path, what: str) -> Path:
        form, _, chosen = what.partition(" ")
        name = chosen.partition("=")[2]
        if (dataset, what) not in written:
            out = tmp_path_factory.mktemp(dataset.name) / "-".join(filter(None, (form, name)))
            choices = dict([chosen.split("=")]) if chosen else {}
            if form == "coco":
                selection = select(Dataset.open(dataset), min_visible=coco_clients.LITTLE)
                export_dataset(selection, form, out, Options(choices, ASSETS))
            elif form == "semantic":
                export_dataset(semantic_clients.choice(dataset), form, out, Options(choices))
            else:
                exported(dataset, form, out, roots=ASSETS, **choices)
            written[dataset, what] = out
        return written[dataset, what]

    return once


def test_no_format_is_forgotten() -> None:
    """Mutant: a format that no client reads."""
    assert {what.partition(" ")[0] for what in EXPORTS} == set(EXPORTERS)


@pytest.mark.skipif(not DATASETS, reason="CLIENT_DATASETS names no dataset: make test-clients")
@pytest.mark.filterwarnings(*LEAKY, "ignore::RuntimeWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("dataset", DATASETS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    ("what", "check"),
    [
        pytest.param(what, check, id=f"{what}-{check.__name__}")
        for what, checks in EXPORTS.items()
        for check in checks
    ],
)
def test_clients_agree(
    dataset: Path, what: str, check: Check, export: Callable[[Path, str], Path]
) -> None:
    """Mutants: those of tests/test_export_*.py."""
    check(export(dataset, what), dataset)

"""What Hugging Face's `datasets` finds in an export, compared with the dataset it was made from."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pytest

from scenegen.dataset import Dataset, StoredShot

Row = dict[str, Any]


@contextmanager
def hugging_face() -> Iterator[Any]:
    """The library, cut off from the network and with a cache of its own."""
    with TemporaryDirectory() as cache, pytest.MonkeyPatch.context() as patch:
        os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=cache)  # read on import
        library = pytest.importorskip("datasets")
        patch.setattr(library.config, "HF_DATASETS_CACHE", Path(cache))
        library.disable_progress_bars()
        yield library
        library.enable_progress_bars()


def same_shot(row: Row, shot: StoredShot, names: list[str]) -> None:
    """Pictures pixel by pixel, labels number by number."""
    assert np.array_equal(np.asarray(row["image"]), shot.rgb)
    assert row["depth"].mode == "I;16"
    depth = np.asarray(row["depth"]) * row["depth_scale"]
    assert np.array_equal(depth.astype(np.float32), shot.depth)
    ids = shot.ids
    assert np.array_equal(np.asarray(row["ids"]), ids)
    assert (row.get("disparity") is None) == ("disparity" not in shot.outputs)
    assert (row["width"], row["height"]) == row["image"].size
    objects = row["objects"]
    seen = [o for o in shot.annotations if o.role == "target" and o.px_visible]
    assert [names[number] for number in objects["category"]] == [o.category for o in seen]
    for number, (x, y, width, height), area in zip(
        objects["instance_id"], objects["bbox"], objects["area"], strict=True
    ):
        rows, columns = np.nonzero(ids == number)
        assert (x, y) == (columns.min(), rows.min())
        assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
        assert area == len(rows)
    assert json.loads(row["labels"]) == json.loads(shot.json_path.read_text())


def same_flow(row: Row, shot: StoredShot) -> None:
    """OpenCV: the bytes of the flow picture are a 16-bit one with our numbers."""
    flow = cv2.imdecode(np.frombuffer(row["flow"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert flow.dtype == np.uint16
    there = flow[..., 0] > 0
    assert np.array_equal((flow[..., 2] - 32768.0)[there] / 64, shot.flow[..., 0][there])


def datasets_agrees(out: Path, dataset: Path) -> None:
    """datasets: every shot is there, with our pictures and labels."""
    opened = Dataset.open(dataset)
    names = sorted(opened.categories)
    with hugging_face() as datasets:
        rows = datasets.load_dataset(str(out))["train"]
        found = {(row["scene"], row["shot"]): row for row in rows}
        assert len(rows) == len(found) == sum(1 for _ in opened.all_shots())
        for shot in opened.all_shots():
            row = found[shot.scene_index, shot.stem]
            same_shot(row, shot, names)
            if "flow" in row and row["flow"] is not None:
                same_flow(row, shot)


AGREE = (datasets_agrees,)
"""What must hold of either layout."""

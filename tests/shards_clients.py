"""What webdataset, Hugging Face and sha256sum find in tar shards, compared with the dataset."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from bop_clients import bop_toolkit_reads_shards
from huggingface_clients import hugging_face
from shards_reader import BOP, check, straight

from scenegen.dataset import StoredShot


def tar_of(out: Path) -> Path:
    return out / "train" / "shard-000000.tar"


def strict_reader_agrees(out: Path, dataset: Path) -> None:
    check(tar_of(out), dataset)


def sha256sum(folder: Path) -> int:
    command = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def checksums_agree(out: Path, dataset: Path) -> None:
    assert sha256sum(out) == 0


def streamed(tar: Path, form: str | None = None) -> Iterator[dict[str, Any]]:
    webdataset = pytest.importorskip("webdataset")
    data = webdataset.WebDataset(str(tar), shardshuffle=False)
    yield from data.decode(form) if form else data


def depths_agree(sample: dict[str, Any], shot: StoredShot) -> bool:
    """Whether what a reader made of depth.png are our steps of depth."""
    picture = sample["depth.png"]
    if isinstance(picture, bytes):
        picture = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    array = np.asarray(picture)
    return array.ndim == 2 and np.allclose(array * shot.depth_scale, shot.depth, atol=1e-6)


def webdataset_streams(out: Path, dataset: Path) -> None:
    """webdataset: keys, members, depth."""
    truth = straight(dataset)
    found = {sample["__key__"]: sample for sample in streamed(tar_of(out))}
    assert list(found) == list(truth)
    for key, sample in found.items():
        assert depths_agree(sample, truth[key])
        assert {*BOP, "ann.json", "ids.png"} <= set(sample)


def hugging_face_streams(out: Path, dataset: Path) -> None:
    """datasets: 16-bit depth and ids, colors, labels."""
    truth = straight(dataset)
    with hugging_face() as datasets:
        files = {"train": str(tar_of(out))}
        rows = datasets.load_dataset("webdataset", data_files=files, split="train", streaming=True)
        found = {sample["__key__"]: sample for sample in rows}
    assert list(found) == list(truth)
    for key, sample in found.items():
        assert depths_agree(sample, truth[key])
        assert np.array_equal(np.asarray(sample["rgb.png"]), truth[key].rgb)
        assert np.array_equal(np.asarray(sample["ids.png"]), truth[key].ids)
        seen = [entry["px_visible"] for entry in sample["ann.json"]["objects"]]
        assert seen == [label.px_visible for label in truth[key].annotations]


AGREE = (
    strict_reader_agrees,
    checksums_agree,
    webdataset_streams,
    hugging_face_streams,
    bop_toolkit_reads_shards,
)

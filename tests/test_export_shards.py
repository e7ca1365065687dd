"""Shards: tarfile, sha256sum, webdataset and Hugging Face read them; they grow and do not change.

Each check is shown to fail on a shard that is wrong in the way it is there to find.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clients import LEAKY, exported
from conftest import checksums
from shards_reader import BOP, MUTANTS, check, rewritten, samples, straight

from scenegen.dataset import StoredShot
from scenegen.export import shards as module

pytest.importorskip("pyarrow", reason="shards needs pyarrow")


@pytest.fixture(scope="module")
def shards(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shards") / "out"
    exported(rich, "shards", out)
    return out


@pytest.fixture
def copy(shards: Path, tmp_path: Path) -> Path:
    shutil.copytree(shards, tmp_path / "shards")
    return tmp_path / "shards"


def test_strict_reader_agrees(shards: Path, rich: Path) -> None:
    """Mutants: those of `MUTANTS`, below."""
    check(shards / "train" / "shard-000000.tar", rich)
    keys = json.loads((shards / "train" / "key_to_shard.json").read_text())
    assert keys == dict.fromkeys(straight(rich), 0)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_strict_reader_finds_a_mutant(copy: Path, rich: Path, mutant: str) -> None:
    """Mutant: a reader that believes what it reads."""
    tar = copy / "train" / "shard-000000.tar"
    rewritten(tar, MUTANTS[mutant])
    with pytest.raises(AssertionError):
        check(tar, rich)


def test_as_bop_scenewise(shards: Path, rich: Path, tmp_path: Path) -> None:
    """Mutants: poses in metres; objects numbered otherwise than in `bop`."""
    exported(rich, "bop", tmp_path / "bop")
    scene = tmp_path / "bop" / "train_pbr" / "000000"
    for file, member in (("gt", "gt"), ("gt_info", "gt_info"), ("camera", "camera")):
        whole = json.loads((scene / f"scene_{file}.json").read_text())
        for key, sample in samples(shards / "train" / "shard-000000.tar").items():
            assert json.loads(sample[f"{member}.json"]) == whole[str(int(key[7:]))]
    models, ours = checksums(tmp_path / "bop" / "models"), checksums(shards / "models")
    assert ours == models


def test_every_sample_has_the_same_members(shards: Path, rich: Path) -> None:
    """Mutant: no flow in the samples that have no successor, at which readers give up."""
    found = samples(shards / "train" / "shard-000000.tar")
    assert len({tuple(sorted(sample)) for sample in found.values()}) == 1
    (last, *_) = [key for key, shot in straight(rich).items() if shot.successor is None]
    flow = cv2.imdecode(np.frombuffer(found[last]["flow.png"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert flow.dtype == np.uint16
    assert flow.shape[2] == 3
    assert not flow.any()


# ---------------------------------------------------------------------------- index and checksums


def test_index(shards: Path, rich: Path) -> None:
    """Mutants: offsets of the headers; distractors among the objects; keys of other scenes."""
    from pyarrow import parquet

    table = parquet.read_table(shards / "index" / "train" / "shard-000000.parquet").to_pylist()
    truth = straight(rich)
    assert [row["key"] for row in table] == list(truth)
    whole = samples(shards / table[0]["shard"])
    with (shards / table[0]["shard"]).open("rb") as tar:
        for row in table:
            for member in row["members"]:
                tar.seek(member["offset"])
                assert tar.read(member["bytes"]) == whole[row["key"]][member["name"]]
            shot = truth[row["key"]]
            assert row["stereo_partner"] == f"000000_{int(shot.stereo_partner):06d}"
            targets = [label for label in shot.annotations if label.role == "target"]
            poses = json.loads(whole[row["key"]]["gt.json"])
            for thing, label, pose in zip(row["objects"], targets, poses, strict=True):
                assert thing["instance_id"] == label.instance_id
                assert thing["obj_id"] == pose["obj_id"]
                assert thing["category_id"] == label.category_id
                assert thing["visible_fraction"] == label.visible_fraction
                assert thing["counts"] == (label.px_visible > 0)


def sha256sum(folder: Path) -> int:
    command = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_sha256sum(copy: Path) -> None:
    """Mutants: files that are not listed; a flipped bit that nobody finds."""
    assert sha256sum(copy) == 0
    listed = {line[66:] for line in (copy / "SHA256SUMS").read_text().splitlines()}
    files = {p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()}
    assert files - listed == {"SHA256SUMS", ".scenegen-export.json"}
    tar = copy / "train" / "shard-000000.tar"
    data = bytearray(tar.read_bytes())
    data[5000] ^= 1
    tar.write_bytes(data)
    assert sha256sum(copy) != 0


def test_commit(shards: Path) -> None:
    """Mutant: checksums of something else than the files."""
    commit = json.loads((shards / "commit" / "train" / "shard-000000.json").read_text())
    assert commit["samples"] == 4
    real = checksums(shards)
    assert {name: about["sha256"] for name, about in commit["files"].items()} == {
        name: real[name] for name in ("train/shard-000000.tar", "index/train/shard-000000.parquet")
    }
    for name, about in commit["files"].items():
        assert (shards / name).stat().st_size == about["bytes"]


# ---------------------------------------------------------------------------- again, and more of it


def test_again_is_the_same(rich: Path, shards: Path, tmp_path: Path) -> None:
    """Mutants: a clock in a header; what an interrupted run left taken for finished."""
    exported(rich, "shards", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(shards)
    tar = tmp_path / "out" / "train" / "shard-000000.tar"
    tar.write_bytes(tar.read_bytes()[:-3000])
    exported(rich, "shards", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(shards)
    (tmp_path / "out" / "commit" / "train" / "shard-000000.json").unlink()
    tar.write_bytes(b"")
    exported(rich, "shards", tmp_path / "out")
    assert checksums(tmp_path / "out") == checksums(shards)


def test_interrupted_before_the_commit(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the commit written before the shard is whole."""

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_tar", fail)
    with pytest.raises(KeyboardInterrupt):
        exported(rich, "shards", tmp_path / "out")
    assert not list((tmp_path / "out").glob("commit/*/*.json"))
    assert not list((tmp_path / "out").glob("train/*.tar"))


def test_growing(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants: full shards written again; a grown export unlike one made in one go."""
    monkeypatch.setattr(module, "SHOTS", 3)  # 12 shots: scenes lie across shards
    exported(made, "shards", tmp_path / "at_once")
    part = tmp_path / "part"
    shutil.copytree(made, part)
    shutil.move(part / "scenes" / "000002", tmp_path / "later")
    exported(part, "shards", tmp_path / "out")
    kept = [tmp_path / "out" / "train" / f"shard-00000{n}.tar" for n in range(2)]
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in kept]
    short = tmp_path / "out" / "train" / "shard-000002.tar"
    assert len(samples(short)) == 2
    shutil.move(tmp_path / "later", part / "scenes" / "000002")
    exported(part, "shards", tmp_path / "out")
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in kept] == before
    assert checksums(tmp_path / "out") == checksums(tmp_path / "at_once")
    assert len(samples(short)) == 3
    assert sha256sum(tmp_path / "out") == 0


def test_interrupted_while_growing(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the old commit left beside a new tar."""
    part = tmp_path / "part"
    shutil.copytree(made, part)
    shutil.move(part / "scenes" / "000002", tmp_path / "later")
    exported(part, "shards", tmp_path / "out")
    shutil.move(tmp_path / "later", part / "scenes" / "000002")
    real = module.write_tar

    def fail(*arguments: Any) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_tar", fail)
    with pytest.raises(KeyboardInterrupt):
        exported(part, "shards", tmp_path / "out")
    assert len(samples(tmp_path / "out" / "train" / "shard-000000.tar")) == 12
    assert not list((tmp_path / "out").glob("commit/*/*.json"))


# ---------------------------------------------------------------------------- clients


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


@pytest.mark.filterwarnings(*LEAKY)
def test_webdataset(shards: Path, rich: Path) -> None:
    """Mutants: a sample without its key; depth decoded to 8 bits, as webdataset itself does."""
    tar, truth = shards / "train" / "shard-000000.tar", straight(rich)
    found = {sample["__key__"]: sample for sample in streamed(tar)}
    assert list(found) == list(truth)
    assert all(depths_agree(sample, truth[key]) for key, sample in found.items())
    assert {*BOP, "ann.json", "ids.png"} <= set(found["000000_000000"])
    spoilt = {sample["__key__"]: sample for sample in streamed(tar, "pil")}
    assert not any(depths_agree(sample, truth[key]) for key, sample in spoilt.items())


@pytest.mark.filterwarnings(*LEAKY)
def test_webdataset_finds_a_truncated_shard(copy: Path) -> None:
    """Mutant: half a shard that reads as a whole, shorter one."""
    tar = copy / "train" / "shard-000000.tar"
    tar.write_bytes(tar.read_bytes()[: tar.stat().st_size // 2])
    with pytest.raises(Exception, match=r"unexpected end of data"):
        list(streamed(tar))
    assert sha256sum(copy) != 0


@pytest.mark.filterwarnings(*LEAKY)
def test_webdataset_joins_keys_with_dots(copy: Path, rich: Path) -> None:
    """Mutant: keys with a dot, whose samples fall into one without a word."""
    tar = copy / "train" / "shard-000000.tar"
    rewritten(tar, MUTANTS["dot in the key"])
    assert len(list(streamed(tar))) == 1
    assert len(straight(rich)) == 4


@pytest.mark.filterwarnings(*LEAKY, "ignore::FutureWarning")
@pytest.mark.parametrize("mutant", [None, "depth of 8 bits"])
def test_hugging_face_streams(copy: Path, rich: Path, mutant: str | None, tmp_path: Path) -> None:
    """Mutant: a depth of 8 bits."""
    datasets = pytest.importorskip("datasets")
    tar, truth = copy / "train" / "shard-000000.tar", straight(rich)
    if mutant:
        rewritten(tar, MUTANTS[mutant])
    stream = datasets.load_dataset("webdataset", data_files={"train": str(tar)}, split="train",
                                   streaming=True, cache_dir=str(tmp_path / "cache"))  # fmt: skip
    found = {sample["__key__"]: sample for sample in stream}
    assert list(found) == list(truth)
    agree = [depths_agree(sample, truth[key]) for key, sample in found.items()]
    assert all(agree) if mutant is None else not any(agree)
    for key, sample in found.items():
        assert np.array_equal(np.asarray(sample["rgb.png"]), truth[key].rgb)
        assert np.array_equal(np.asarray(sample["ids.png"]), truth[key].ids)
        seen = [entry["px_visible"] for entry in sample["ann.json"]["objects"]]
        assert seen == [label.px_visible for label in truth[key].annotations]


def test_bop_toolkit_reads_it(shards: Path, rich: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants: names of members that bop_toolkit does not look for; masks by rows."""
    checkout = os.environ.get("BOP_TOOLKIT_DIR")
    if not checkout:
        pytest.skip("BOP_TOOLKIT_DIR names no checkout of bop_toolkit")
    monkeypatch.setattr(sys, "path", [checkout, *sys.path])
    reader = pytest.importorskip("bop_toolkit_lib.dataset.bop_webdataset")
    for key, shot in straight(rich).items():
        image = reader.load_image_data(shards / "train" / "shard-000000.tar", key, load_gt=True,
                                       rgb_suffix=".png")  # fmt: skip
        targets = [label for label in shot.annotations if label.role == "target"]
        masks = np.array([shot.ids == label.instance_id for label in targets])
        assert np.array_equal(image["mask_visib"], masks)
        assert np.allclose(image["im_depth"], shot.depth * 1000, atol=1e-2)

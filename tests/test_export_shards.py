"""Shards: tarfile, sha256sum, webdataset and Hugging Face read them; they grow and do not change.

Each check is shown to fail on a shard that is wrong in the way it is there to find.
"""

import gc
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from clients import LEAKY, exported
from running import checksums
from shards_clients import (
    AGREE,
    depths_agree,
    hugging_face_streams,
    sha256sum,
    streamed,
    strict_reader_agrees,
    tar_of,
    webdataset_streams,
)
from shards_reader import MUTANTS, rewritten, samples, straight

from scenegen.export import shards as module

Check = Callable[[Path, Path], None]

pytest.importorskip("pyarrow", reason="shards needs pyarrow")
pytestmark = [pytest.mark.filterwarnings(text) for text in (*LEAKY, "ignore::FutureWarning")]


@pytest.fixture(scope="module")
def shards(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shards") / "out"
    exported(rich, "shards", out)
    return out


@pytest.fixture
def copy(shards: Path, tmp_path: Path) -> Path:
    shutil.copytree(shards, tmp_path / "shards")
    return tmp_path / "shards"


# ---------------------------------------------------------------------------- clients


@pytest.mark.parametrize("check", AGREE)
def test_clients_agree(check: Check, shards: Path, rich: Path) -> None:
    """Mutants: those of `MUTANTS`, and those below."""
    check(shards, rich)
    keys = json.loads((shards / "train" / "key_to_shard.json").read_text())
    assert keys == dict.fromkeys(straight(rich), 0)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_strict_reader_finds_a_mutant(copy: Path, rich: Path, mutant: str) -> None:
    """Mutant: a reader that believes what it reads."""
    rewritten(tar_of(copy), MUTANTS[mutant])
    with pytest.raises(AssertionError):
        strict_reader_agrees(copy, rich)


@pytest.mark.parametrize("check", [webdataset_streams, hugging_face_streams])
@pytest.mark.parametrize("mutant", ["depth of 8 bits", "dot in the key"])
def test_clients_find_a_mutant(check: Check, mutant: str, copy: Path, rich: Path) -> None:
    """Mutants: a depth of 8 bits; keys with a dot, whose samples fall into one without a word."""
    rewritten(tar_of(copy), MUTANTS[mutant])
    with pytest.raises(AssertionError):
        check(copy, rich)


def test_webdataset_cuts_depth(shards: Path, rich: Path) -> None:
    """Why docs/formats/shards.md warns of `.decode("pil")`: it makes 8 bits of our 16."""
    truth = straight(rich)
    spoilt = {sample["__key__"]: sample for sample in streamed(tar_of(shards), "pil")}
    assert not any(depths_agree(sample, truth[key]) for key, sample in spoilt.items())


def test_webdataset_finds_a_truncated_shard(copy: Path) -> None:
    """Mutant: half a shard that reads as a whole, shorter one."""
    tar = tar_of(copy)
    tar.write_bytes(tar.read_bytes()[: tar.stat().st_size // 2])
    with pytest.raises(Exception, match=r"unexpected end of data"):
        list(streamed(tar))
    gc.collect()  # it leaves the file open
    assert sha256sum(copy) != 0


# ---------------------------------------------------------------------------- content


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

"""A dataset refined: labels byte for byte, frames judged one by one, the same for any workers.

Mutants caught: a rejected picture is written; the chain stops at its first refiner; the raw picture
is encoded again; another strength goes on in the same folder; scenes are made twice; the record
forgets the seed; a refined dataset is refined again.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from running import checksums

from refine import apply as applying
from refine.apply import Chain, apply, refined_share
from refine.frames import U8, Render
from refine.gate import Verdict
from scenegen.dataset import Dataset
from scenegen.errors import DatasetError, RefineError
from scenegen.verify import verify_dataset


@dataclass(frozen=True)
class Darker:
    """Takes so many steps of 255 off; as harmless as it gets."""

    name: str
    steps: int

    def refine(self, render: Render, *, strength: float, seed: int) -> U8:
        steps = round(strength * self.steps) + seed
        return np.maximum(render.rgb, steps).astype(np.uint8) - np.uint8(steps)


def a_model(*refiners: Darker) -> Any:
    card = SimpleNamespace(photographs=SimpleNamespace(digest="f" * 64))
    return SimpleNamespace(refiners=refiners, digest="d" * 64, card=card)


MODEL = a_model(Darker("dark", 20), Darker("dim", 5))


def judge_by(limits: dict[int, int]) -> Any:
    """A gate that lets a shot's picture be darker by so much as its stem's number allows."""

    def judge(raw: U8, refined: U8, render: Render, **_: object) -> Verdict:
        lost = int((raw.astype(int) - refined).max())
        good = lost <= limits[int(render.name[-4:])]
        return Verdict(good, () if good else (f"darker by {lost}",), {"lost": float(lost)})

    return judge


@pytest.fixture
def source(made: Path) -> Dataset:
    return Dataset.open(made)


def test_falls_back_frame_by_frame(
    source: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "judge", judge_by({0: 255, 1: 10, 2: 0, 3: 255}))
    done = apply(MODEL, source, tmp_path / "new")
    assert done.refiners == {"dark": 6, "dim": 3, "raw": 3}
    assert done.rejected == {"dark": 6, "dim": 3}
    assert done.reasons[0] == "000000/0001, dark: darker by 20"
    new = Dataset.open(tmp_path / "new")
    for before, after, steps in zip(source.shots(0), new.shots(0), (20, 5, 0, 20), strict=True):
        expected = np.maximum(before.rgb, steps) - np.uint8(steps)
        np.testing.assert_array_equal(after.rgb, expected)
    assert refined_share(new) == 9 / 12
    assert json.loads((new.root / "refine.json").read_bytes())["photographs"] == "f" * 64
    told = json.loads((new.root / "scenes/000000/refine.json").read_bytes())
    assert (told["model"], told["strength"], told["seed"]) == ("d" * 64, 1.0, 0)
    assert told["shots"]["0000"] == {
        "refiner": "dark",
        "verdict": Verdict(True, (), {"lost": 20.0}).as_dict(),
        "rejected": {},
    }
    assert told["shots"]["0002"]["refiner"] == "raw"
    assert told["shots"]["0002"]["verdict"] is None
    assert list(told["shots"]["0002"]["rejected"]) == ["dark", "dim"]


def test_every_label_is_the_same(source: Dataset, tmp_path: Path) -> None:
    """Only pictures of color and checksums differ; verify finds what it did not know, no more."""
    out = tmp_path / "new"
    apply(a_model(Darker("dark", 9)), source, out)
    before, after = checksums(source.root), checksums(out)
    report = {name for name in before if name.startswith("report/")}
    differ = {name for name in before.keys() - report if after.get(name) != before[name]}
    assert differ
    assert all(name.endswith((".rgb.png", "SHA256SUMS")) for name in differ)
    assert {Path(name).name for name in after.keys() - before.keys()} == {"refine.json"}
    found = verify_dataset(out, quick=True, sample=2)
    strange = [str(finding) for finding in found.failures if "refine.json" not in str(finding)]
    assert strange == []


def test_strength_0_is_the_dataset(source: Dataset, tmp_path: Path) -> None:
    """Not even the pictures take more of the disk."""
    apply(MODEL, source, tmp_path / "new", strength=0.0)
    for index in source:
        old, new = (root / f"scenes/{index:06d}" for root in (source.root, tmp_path / "new"))
        apart = {path.name for path in old.iterdir() if not path.samefile(new / path.name)}
        assert apart == {"SHA256SUMS"}


def test_the_same_files_for_any_workers_and_after_a_stop(source: Dataset, tmp_path: Path) -> None:
    apply(MODEL, source, tmp_path / "one", seed=3)
    half = Dataset.open(shutil.copytree(source.root, tmp_path / "source" / "small"))
    shutil.rmtree(half.root / "scenes/000001")
    first = apply(MODEL, half, tmp_path / "two", seed=3, workers=2)
    again = apply(MODEL, source, tmp_path / "two", seed=3, workers=2)
    assert (first.scenes_made, again.scenes_made, again.scenes_found) == (2, 1, 2)
    assert checksums(tmp_path / "one") == checksums(tmp_path / "two")


def test_ctrl_c_keeps_what_is_whole(
    source: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refine = Chain.refine

    def stop(chain: Chain, render: Render) -> Any:
        if render.name == "000001/0002":
            raise KeyboardInterrupt
        return refine(chain, render)

    monkeypatch.setattr(Chain, "refine", stop)
    done = apply(MODEL, source, tmp_path / "new")
    assert done.interrupted
    assert [p.name for p in (tmp_path / "new/scenes").iterdir()] == ["000000"]


def test_what_is_refused(source: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "new"
    apply(MODEL, source, out)
    with pytest.raises(DatasetError, match=r"strength: 1\.0 → 0\.5"):
        apply(MODEL, source, out, strength=0.5)
    with pytest.raises(DatasetError, match="seed: 0 → 1"):
        apply(MODEL, source, out, seed=1)
    with pytest.raises(DatasetError, match="model"):
        apply(SimpleNamespace(**(vars(MODEL) | {"digest": "e" * 64})), source, out)
    with pytest.raises(RefineError, match="refined already"):
        apply(MODEL, Dataset.open(out), tmp_path / "newer")
    with pytest.raises(DatasetError, match="the dataset itself"):
        apply(MODEL, source, source.root)
    with pytest.raises(RefineError, match=r"strength is 1\.5"):
        apply(MODEL, source, tmp_path / "x", strength=1.5)
    with pytest.raises(RefineError, match="no category 'mugg'"):
        apply(MODEL, source, tmp_path / "x", color_labels=frozenset({"mugg"}))
    assert not (tmp_path / "x").exists()


def test_a_damaged_picture_is_named(source: Dataset, tmp_path: Path) -> None:
    copy = Dataset.open(shutil.copytree(source.root, tmp_path / "small"))
    (copy.root / "scenes/000001/0003.rgb.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"000001/0003\.rgb\.png"):
        apply(MODEL, copy, tmp_path / "new")
    assert [p.name for p in (tmp_path / "new/scenes").iterdir()] == ["000000"]

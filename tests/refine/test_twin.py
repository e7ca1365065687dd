"""The pseudo-real twin: the same scenes seen elsewhere by another camera, and the lab on top of it.

Mutants caught: the twin draws another table; the camera moves a pixel; noise that is not a function
of the shot; the labelled twin's labels differ; `recovered` compares with another seed's oracle.
"""

import dataclasses
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from running import checksums

from benchmarks.lab import downstream, lab
from benchmarks.lab.arms import TINY, Bench
from benchmarks.lab.camera import HiddenCamera, decode
from benchmarks.lab.downstream import measure_worth
from benchmarks.lab.segmenter import Segmenter, mean_iou, train
from benchmarks.lab.table import table
from benchmarks.lab.twin import CAMERA_SEED, photograph, write_labelled, write_photographs
from refine.gap import Drawn, GapReport, PairError
from refine.photographs import Photographs
from scenegen.dataset import Dataset
from scenegen.dataset.files import json_bytes
from scenegen.project import open_project
from scenegen.sample import sample_cameras, sample_scene

LAB = Path(__file__).parents[2] / "benchmarks" / "lab"


def test_the_twin_has_the_same_things_in_the_same_places() -> None:
    ours, theirs = (open_project(LAB / f"{name}.yaml", []) for name in ("source", "twin"))
    for index in range(4):
        first = sample_scene(ours.recipe, ours.library, index)
        second = sample_scene(theirs.recipe, theirs.library, index)
        for a, b in zip(
            (*first.objects, *first.fixtures), (*second.objects, *second.fixtures), strict=True
        ):
            assert (a.asset_id, a.scale, a.instance_id) == (b.asset_id, b.scale, b.instance_id)
            np.testing.assert_array_equal(a.world_from_object, b.world_from_object)
        views = [
            sample_cameras(project.recipe, scene, project.library, 0, 1)
            for project, scene in ((ours, first), (theirs, second))
        ]
        for a_camera, b_camera in zip(*views, strict=True):
            np.testing.assert_array_equal(a_camera.world_from_camera, b_camera.world_from_camera)
            np.testing.assert_array_equal(a_camera.K, b_camera.K)
        assert first.lights != second.lights


def test_the_camera_moves_nothing() -> None:
    """Phase correlation of a picture with its photograph finds no shift."""
    rng = np.random.default_rng(0)
    blobs = cv2.GaussianBlur(rng.random((120, 160, 3)).astype(np.float32), (0, 0), 3)
    clean = np.rint(255 * (blobs - blobs.min()) / np.ptp(blobs)).astype(np.uint8)
    seen = decode(HiddenCamera.draw(CAMERA_SEED).photograph(clean, rng=rng))
    grey = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64) for p in (clean, seen)]
    (dx, dy), _ = cv2.phaseCorrelate(*(g - g.mean() for g in grey))
    assert np.hypot(dx, dy) < 0.05
    assert np.abs(clean.astype(int) - seen).mean() > 20


def test_cameras_differ_and_a_shot_does_not(made: Path) -> None:
    shot = next(Dataset.open(made).all_shots())
    first, second = HiddenCamera.draw(1), HiddenCamera.draw(2)
    assert first != second
    assert photograph(shot, first) == photograph(shot, first)
    other = dataclasses.replace(shot, stem="0001")
    assert photograph(other, first) != photograph(shot, second)


def test_more_light_is_more_everywhere() -> None:
    """The developing curve rises, so nothing is inverted."""
    camera = dataclasses.replace(
        HiddenCamera.draw(3), shot_noise=0.0, read_noise=0.0, vignette=0.0, jpeg_quality=100
    )
    means = [
        decode(camera.photograph(np.full((16, 16, 3), v, np.uint8), rng=np.random.default_rng(0)))
        for v in range(0, 256, 15)
    ]
    greens = [float(picture[..., 1].mean()) for picture in means]
    assert all(a <= b + 1e-9 for a, b in pairwise(greens))


def test_the_labelled_twin(made: Path, tmp_path: Path) -> None:
    dataset = Dataset.open(made)
    twin = write_labelled(dataset, tmp_path / "twin")
    again = write_labelled(dataset, tmp_path / "twin")
    assert len(twin) == len(again) == len(dataset)
    before, after = checksums(made / "scenes"), checksums(twin.root / "scenes")
    assert before.keys() == after.keys()
    differ = {name for name in before if before[name] != after[name]}
    assert {name.split(".", 1)[-1].rsplit("/")[-1] for name in differ} <= {
        "rgb.png",
        *(name for name in differ if name.endswith("SHA256SUMS")),
        "SHA256SUMS",
    }


def test_the_segmenter_learns() -> None:
    """Mutant: labels that are not mirrored along with the pictures."""
    rng = np.random.default_rng(0)
    labels = [np.zeros((32, 32), np.uint16) for _ in range(8)]
    pictures = []
    for label in labels:
        top, left = rng.integers(2, 14, 2)
        label[top : top + 16, left : left + 16] = 1 + int(rng.integers(2))
        colors = np.array([[90, 90, 90], [200, 60, 60], [60, 60, 200]], np.uint8)
        pictures.append(colors[label])
    network = train(pictures, labels, 3, steps=40, seed=0)
    untrained = Segmenter(3).eval()
    assert mean_iou(network, pictures, labels, 3) > 0.6
    assert mean_iou(untrained, pictures, labels, 3) < 0.4


def test_recovered_is_the_share_of_the_way_to_the_oracle(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {"raw": [0.2, 0.4], "oracle": [0.6, 0.6], "mine": [0.4, 0.6], "augmented": [0.2, 0.5]}
    found = iter(scores.values())
    monkeypatch.setattr(downstream, "_scores", lambda *_, **__: next(found))
    worth = measure_worth(None, dict.fromkeys(("raw", "oracle", "mine")), TINY)  # type: ignore[arg-type]
    assert worth["mine"].recovered == pytest.approx((0.5, 1.0))
    assert worth["augmented"].recovered == pytest.approx((0.0, 0.5))
    assert worth["raw"].recovered == (0.0, 0.0)


def test_the_lab_runs(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every arm, tiny, on a dataset that is there; `compare` has tests of its own."""
    closed = Drawn(0.5, np.linspace(0.3, 0.7, 101))
    pair = PairError("L1", closed, closed)
    report = GapReport((), closed, None, (), (pair,), None, {}, (), (), {}, 0)
    asked: list[tuple[Path, ...]] = []

    def compare(*words: Dataset, pairs: Dataset, **_: object) -> GapReport:
        asked.append((*(dataset.root for dataset in words[:3]), pairs.root))
        return report

    monkeypatch.setattr(lab, "compare", compare)
    renders = Dataset.open(made)
    write_photographs(renders, tmp_path / "photos")
    oracle = write_labelled(renders, tmp_path / "oracle")
    photographs = Photographs.open(tmp_path / "photos")
    bench = Bench(tmp_path, renders, oracle, photographs, oracle, renders)
    result = lab.run(bench, TINY, 1)
    json_bytes(result)
    assert list(result["arms"]) == ["raw", "augmented", "oracle", "stats", "network"]
    assert [words[1].name for words in asked] == ["stats", "network"]
    assert {(words[0], *words[2:]) for words in asked} == {(made, oracle.root, oracle.root)}
    rows = [line.split(" | ") for line in table(result).splitlines() if line.startswith("| r")]
    assert [len(row) for row in rows] == [7] * 4
    assert [row[1] for row in rows[2:]] == ["50% (31% to 69%)"] * 2
    assert rows[2][4] == "L1 0.5 → 0.5"

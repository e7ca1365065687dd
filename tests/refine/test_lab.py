"""The lab on top of the twin: what it trains, how it scores, what it does again and what not.

Mutants caught: labels that are not mirrored along with the pictures; a box that is not half-open; boxes
of what is hidden but for a corner; sides read in another order; the middle of a cell at its corner;
`recovered` of another seed's oracle; a score kept when the pictures are others; a job that depends on
the jobs beside it; another arm's pictures under an arm's name.
"""

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.lab import detector, lab
from benchmarks.lab.arms import TINY, Bench
from benchmarks.lab.downstream import Job, Scores, measure_worth, worth
from benchmarks.lab.frames import LEAST_PX, Labelled, contents, labelled
from benchmarks.lab.learning import Network, score, train
from benchmarks.lab.memory import remembered
from benchmarks.lab.table import table
from benchmarks.lab.twin import write_labelled, write_photographs
from refine.gap import Drawn, GapReport, PairError
from refine.photographs import Photographs
from scenegen.dataset import Dataset
from scenegen.dataset.files import json_bytes

COLORS = np.array([[90, 90, 90], [200, 60, 60], [60, 60, 200]], np.uint8)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made_up_frames(count: int) -> list[Labelled]:
    """A red or a blue thing, always in the left half."""
    rng = np.random.default_rng(0)
    frames = []
    for _ in range(count):
        classes = np.zeros((48, 64), np.uint16)
        top, left, label = rng.integers(2, 20), rng.integers(2, 8), rng.integers(1, 3)
        classes[top : top + 24, left : left + 20] = label
        frames.append(Labelled(COLORS[classes], (classes > 0).astype(np.uint16), classes))
    return frames


def test_the_network_learns() -> None:
    frames = made_up_frames(8)
    learned = score(train(frames, 3, steps=60, seed=0), frames, 3)
    assert learned["mean_iou"] > 0.6
    assert learned["map"] > 0.4
    blank = score(Network(3).eval(), frames, 3)
    assert blank["mean_iou"] < 0.4
    assert blank["map"] < 0.1


def test_boxes_are_of_what_is_visible() -> None:
    ids, classes = np.zeros((2, 20, 30), np.uint16)
    ids[2:5, 4:10], classes[2:5, 4:10] = 3, 2
    ids[10:20, 20:30], classes[10:20, 20:30] = 5, 1
    ids[0:2, 20:25] = 4  # of no class
    (first, whole, most), (second, box, seen) = Labelled(
        np.zeros((20, 30, 3), np.uint8), ids, classes
    ).boxes()
    assert (first, most, second, seen) == (1, 100, 2, 18)
    np.testing.assert_array_equal([whole, box], [[20, 10, 30, 20], [4, 2, 10, 5]])


def test_a_mirrored_part_keeps_its_labels() -> None:
    frame = made_up_frames(1)[0]
    part = frame.part(np.s_[:48, :48], mirrored=True)
    np.testing.assert_array_equal(COLORS[part.classes], part.rgb)
    np.testing.assert_array_equal(part.ids > 0, part.classes > 0)
    assert not np.array_equal(part.rgb, frame.rgb[:48, :48])


def test_perfect_heat_is_perfect_precision() -> None:
    """What training asks for, read as what was found, are the boxes; those too small do not count."""
    frames = made_up_frames(6)
    small = frames[0]
    small.ids[40:42, 50:60], small.classes[40:42, 50:60] = 2, 1
    assert small.boxes()[1][2] < LEAST_PX
    wanted = [map(torch.from_numpy, detector._wanted(frame, 2)) for frame in frames]
    found = [detector.peaks(torch.logit(heat, 1e-6), sides) for heat, sides in wanted]
    assert detector.average_precision(found, frames, 3)["map"] == pytest.approx(1.0)
    found[1] = found[1] + np.array([9, 0, 9, 0, 0, 0])
    assert detector.average_precision(found, frames, 3)["map"] < 0.95


def test_recovered_is_the_share_of_the_way_to_the_oracle() -> None:
    scores = {"raw": [0.2, 0.4], "oracle": [0.6, 0.6], "mine": [0.4, 0.6], "augmented": [0.2, 0.5]}
    found = worth(scores)
    assert found["mine"].recovered == pytest.approx((0.5, 1.0))
    assert found["augmented"].recovered == pytest.approx((0.0, 0.5))
    assert found["raw"].recovered == (0.0, 0.0)
    assert found["oracle"].score == (0.6, 0.6)
    assert worth({**scores, "oracle": [0.6, 0.4]})["mine"].recovered is None


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    measured: list[int] = []

    def measure() -> int:
        measured.append(1)
        return len(measured)

    file = tmp_path / "scores" / "one.json"
    found = [remembered(file, {"of": pictures}, measure) for pictures in ("a", "a", "b", "b", "a")]
    assert found == [1, 1, 2, 2, 3]


@pytest.fixture(scope="module")
def oracle(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return write_labelled(Dataset.open(made), tmp_path_factory.mktemp("lab") / "oracle")


def test_other_pictures_are_other_contents(made: Path, oracle: Dataset) -> None:
    assert contents(Dataset.open(made)) == contents(Dataset.open(made)) != contents(oracle)


def test_a_job_is_a_function_of_its_seed(made: Path, oracle: Dataset, tmp_path: Path) -> None:
    tests = {"raw": made, "oracle": oracle.root}
    job = Job("one", (made,), tests, steps=2, seed=3)
    found = [job.scores(tmp_path / name) for name in ("a", "b")]
    other = dataclasses.replace(job, seed=4).scores(tmp_path / "a")
    assert found[0] == found[1] != other
    assert found[0].keys() == tests.keys()
    assert job.scores(tmp_path / "a") == found[0]  # the file was of the other seed


def test_the_lab_runs(
    made: Path, oracle: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    photographs = Photographs.open(tmp_path / "photos")
    bench = Bench(tmp_path, renders, oracle, photographs, oracle, renders)
    result = lab.run(bench, dataclasses.replace(TINY, steps=1), 1)
    json_bytes(result)
    arms = ["raw", "oracle", "stats", "network", "augmented", "augmented_network"]
    assert list(result["arms"]) == arms
    assert [words[1].name for words in asked] == ["stats_0", "network_0"]
    assert {(words[0], *words[2:]) for words in asked} == {(made, oracle.root, oracle.root)}
    rows = [line.split(" | ") for line in table(result).splitlines() if line.startswith("| r")]
    assert [len(row) for row in rows] == [9] * 5
    assert [row[1] for row in rows[2:]] == ["50% (31% to 69%)"] * 2 + [""]
    assert rows[2][4] == "L1 0.5 → 0.5"
    assert rows[2][8] == "cannot be told |"  # two steps make no detector


def test_every_arm_is_trained_on_its_own_pictures(
    made: Path, oracle: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Job] = {}

    def scores(job: Job, folder: Path) -> Scores:
        asked[job.name] = job
        value = job.seed + 2 * (job.training == (oracle.root,)) + job.augment
        return {"held_out": {"mean_iou": value, "map": value / 2, "map_50": value / 4}}

    monkeypatch.setattr(Job, "scores", scores)
    renders = Dataset.open(made)
    bench = Bench(tmp_path, renders, oracle, [], oracle, renders)  # type: ignore[arg-type]
    refined = [Dataset.open(shutil.copytree(made, tmp_path / name)) for name in "ab"]
    arms = {"raw": [renders], "oracle": [oracle], "network": refined}
    found = measure_worth(bench, arms, TINY, 1)
    segments, boxes = found["mean_iou"], found["map_50"]
    assert {name: of.score for name, of in segments.items()} == {
        "raw": (0, 1),
        "oracle": (2, 3),
        "network": (0, 1),
        "augmented": (1, 2),
        "augmented_network": (1, 2),
    }
    places = {name: job.training for name, job in asked.items()}
    assert places["augmented_0"] == places["raw_1"] == (made,)
    assert places["augmented_network_0"] == places["network_1"] == (tmp_path / "a", tmp_path / "b")
    assert boxes["oracle"].score == (0.5, 0.75)
    assert segments["augmented"].recovered == boxes["augmented"].recovered == (0.5, 0.5)
    assert {job.steps for job in asked.values()} == {TINY.steps}
    assert {tuple(job.tests.values()) for job in asked.values()} == {(oracle.root,)}
    assert len(asked) == 10


def test_frames_are_the_datasets(made: Path) -> None:
    dataset = Dataset.open(made)
    frames, shots = labelled(dataset), list(dataset.all_shots())
    assert len(frames) == len(shots)
    np.testing.assert_array_equal(frames[1].classes, shots[1].semantic)
    for label, box, _ in frames[0].boxes():
        same = [one for one in shots[0].annotations if tuple(one.box_visible or ()) == tuple(box)]
        assert [dataset.categories[one.category] for one in same] == [label]

"""The benchmarks' arithmetic on made-up timings, what peers are told, and a tiny run of it all."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from benchmarks import contenders, exchange, ours, throughput
from benchmarks.figures import LIMIT, OURS, Results, Series, fastest, ratio
from benchmarks.peers import exchanged
from benchmarks.tables import markdown
from scenegen import geometry
from scenegen.dataset import Dataset

TINY = """\
name: tiny
scenes: 2
objects: [{count: 2, scale: 1.5, ids: [box_tea, apple], unique: true}]
drop: {onto: floor, size: [0.5, 0.5, 0.3]}
lights: [{environment: {map: studio_white}}]
backdrop: {floor: {material: oak_planks}}
cameras:
  - {size: [64, 48], views: 2, pose: {shell: {radius: 1.0, azimuth_deg: 0, elevation_deg: 40}}}
"""


def made_up() -> Results:
    rates = {
        OURS: {1: Series((4.0, 10.0, 6.0)), 2: Series((8.0, 19.0, 12.0))},
        LIMIT: {1: Series((8.0, 20.0, 12.0)), 2: Series((10.0, 20.0, 16.0))},
        "pyrender": {1: Series((1.0, 2.0, 1.0)), 2: Series((1.5, 3.0, 2.0))},
        "TinyRenderer": {1: Series((5.0, 12.0)), 2: Series((9.0, 20.0))},
    }
    return Results(
        {"cores": "2"},
        rates=rates,
        stages={"tabletop_640": {"draw": Series((50.0, 70.0))}},
        seconds={"refusal": Series((0.4, 0.6, 0.7))},
        resident=(500.0, 510.0),
        overlap={"pyrender": 0.9996},
        skipped={"Cycles": "not installed"},
    )


def test_a_series_is_its_median_with_its_extremes() -> None:
    """Mutant: the mean instead of the median; digits cut off a small figure."""
    assert str(Series((3.0, 100.0, 1.0))) == "3.00 (1.00–100)"
    with pytest.raises(ValueError, match="at least one"):
        Series(())


def test_ratios_are_taken_round_by_round() -> None:
    """Mutants: median over median (2.5); a peer of fewer rounds is paired from the end."""
    assert ratio(Series((2.0, 10.0, 30.0)), Series((1.0, 4.0))).values == (2.0, 2.5)
    assert ratio(Series((2.0, 10.0, 6.0)), Series((1.0, 2.0, 4.0))).median == 2.0


def test_the_whole_machine_is_the_better_number_of_processes() -> None:
    """Mutant: always the most processes."""
    assert fastest({1: Series((5.0,)), 2: Series((4.0,))}).median == 5.0


def test_verdicts() -> None:
    """Mutants: a target met from the wrong side; one process of theirs against two of ours."""
    found = {target.name: (target.met(s.median), s.median) for target, s in made_up().verdicts()}
    assert found["frames/s against pyrender"] == (True, 6.0)
    assert found["frames/s against TinyRenderer"] == (False, pytest.approx(0.919, abs=1e-3))
    assert found["frames/s against our own drawing alone"] == (True, 0.8)
    assert found["frames/s, two workers against one"] == (True, 2.0)
    assert found["seconds to refuse a misspelled recipe"] == (False, 0.6)
    assert found["growth of a worker's memory over ten times as many scenes, %"] == (
        True,
        pytest.approx(2.0),
    )
    assert len(found) == 7


def test_the_tables_say_it() -> None:
    """Mutants: × upside down; a peer that was left out goes unmentioned."""
    text = markdown(made_up())
    rows = {line.split(" | ")[0]: line for line in text.splitlines() if line.startswith("| ")}
    assert "| 5.00 (4.00–6.00) | 6.00 (5.33–6.33) | 1.000 |" in rows["| pyrender"]
    assert "not installed" in rows["| Cycles"]
    assert rows["| draw"] == "| draw | 60.0 (50.0–70.0) |"
    assert "**no**" in rows["| frames/s against TinyRenderer"]


def test_the_steady_rate_leaves_out_warming_up_and_the_idle_end() -> None:
    """Mutants: frames of the first scenes counted; the end measured by the last worker alone."""
    frames = [*np.arange(10.5, 14.1, 0.5), 1.0, 30.0]
    assert ours.rate(frames, [10.0, 12.0, 14.0], 1) == 2.0
    assert ours.rate(frames, [10.0, 8.0, 14.0, 14.0, 40.0], 2) == 2.0
    with pytest.raises(ValueError, match="too few"):
        ours.rate(frames, [10.0, 12.0, 14.0], 2)


def test_stages_are_what_the_longer_run_did_beyond_the_shorter() -> None:
    """Mutant: warming up is spread over the frames."""
    runs = [
        ours.Run(Path(), 0.0, {"shots": shots, "seconds_by_stage": {"draw": seconds}})
        for shots, seconds in ((40, 5.0), (10, 3.5))
    ]
    assert ours.stage_ms(*runs) == {"draw": pytest.approx(50.0)}


def test_mean_iou() -> None:
    """Mutant: the background counts as an object; an object that only they see is forgotten."""
    truth = np.array([[0, 0, 1, 1]], np.uint16)
    assert throughput.mean_iou(np.array([[0, 1, 1, 1]]), truth) == pytest.approx(2 / 3)
    assert throughput.mean_iou(np.array([[2, 0, 1, 1]]), truth) == pytest.approx(1 / 2)


def test_who_cannot_run_is_told_from_who_can(capsys: pytest.CaptureFixture[str]) -> None:
    """Mutant: a peer that crashes is waited for."""
    broken = contenders.Contender("broken", "benchmarks.nothing", "")
    with pytest.raises(contenders.CannotRun, match=r"No module named benchmarks\.nothing"):
        contenders.frames_per_second(broken, Path(), 1)
    elsewhere = contenders.Contender("elsewhere", "", "", environment="nowhere")
    assert "make bench-peers" in contenders.missing(elsewhere)
    with pytest.raises(SystemExit, match="there is no such peer"):
        throughput.chosen("mujoko")
    assert all(not peer.environment for peer in throughput.chosen("here")[0])


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a whole run with tiny recipes has left its results and its work."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tabletop_640.yaml").write_text(TINY)
    sizes = ["--rounds", "1", "--scenes", "1", "--workers", "1", "--peers", "none"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ours, "RECIPES", folder)
        patch.setattr(throughput, "LONG_ROUNDS", 0)
        throughput.main([*sizes, "--out", str(folder), "--work", str(folder / "work")])
    return folder


def test_a_tiny_run(tiny_run: Path) -> None:
    """Mutant: a figure that is measured but not reported."""
    found = json.loads((tiny_run / "results.json").read_text())
    rates = found["frames_per_second_640x480"]
    assert set(rates) == {OURS, LIMIT}
    assert all(entry["1"]["median"] > 0 for entry in rates.values())
    assert {"physics", "draw", "write"} <= set(found["stage_ms_a_frame"]["tabletop_640"])
    assert set(found["seconds"]) == {"first frame", "refusal"}
    assert [target["name"] for target in found["targets"]] == [
        "frames/s against our own drawing alone",
        "seconds to the first frame, caches warm",
        "seconds to refuse a misspelled recipe",
    ]
    assert "## From end to end" in (tiny_run / "results.md").read_text()


def test_peers_are_told_the_same_scene(tiny_run: Path, tmp_path: Path) -> None:
    """Mutants: scale or pose forgotten, instances mixed up, the projection's y upside down."""
    root = tiny_run / "work" / "tabletop_640" / "1"
    exchange.write(root, 1, tmp_path)
    told, shots = exchanged.read(tmp_path), exchange.last_pinholes(Dataset.open(root), 1)
    assert len(told.views) == len(shots) == 2
    for view, shot in zip(told.views, shots, strict=True):
        window_from_view = view.clip_from_camera((0.5, 0.5))
        for label in shot.annotations:
            camera = geometry.apply(
                geometry.inverse(view.world_from_camera), vertices(told, label.instance_id)
            )
            pixels = geometry.project(view.K, camera)
            clip = np.c_[camera * (1, -1, -1), np.ones(len(camera))] @ window_from_view.T
            window = (clip[:, :2] / clip[:, 3:] * (0.5, -0.5) + 0.5) * (view.width, view.height)
            np.testing.assert_allclose(window - 0.5, pixels, atol=1e-6)
            outline = [*(pixels.min(axis=0) + 0.5), *(pixels.max(axis=0) + 0.5)]
            np.testing.assert_allclose(outline, label.box_amodal, atol=1.01)


def vertices(told: exchanged.Exchanged, instance: int) -> NDArray[np.float64]:
    """(N, 3) all vertices of an object, in world coordinates."""
    meshes = [part.mesh for part in told.parts if part.instance == instance]
    return np.concatenate(
        [trimesh.load(path, process=False, force="mesh").vertices for path in meshes]
    )

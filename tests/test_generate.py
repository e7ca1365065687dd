"""The main job from the command line: the same bytes however they are made, nothing lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from running import SMALL, Run, assert_same_files, checksums

from scenegen.batch import scene_range
from scenegen.console import print_summary
from scenegen.dataset import Dataset
from scenegen.errors import ScenegenError
from scenegen.summary import Summary


def start(recipe: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scenegen", "generate", str(recipe), "--out", str(out), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def children(pid: int) -> list[int]:
    """The spawned workers of a process (spawn's resource tracker is left alone)."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            with suppress(OSError):  # it may have ended just now
                if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


def until(condition: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_same_bytes_for_any_workers_subset_or_interruption(
    recipe: Path, scenegen: Run, tmp_path: Path, made: Path
) -> None:
    """Mutants: a generator shared between scenes; state left in the renderer; a half-written scene
    taken for a whole one; a clock or a path in a file."""
    scenegen("generate", recipe, "--out", tmp_path / "part", "--only", "1:3", "--quiet")
    assert_same_files(tmp_path / "part/scenes/000002", made / "scenes/000002")
    assert checksums(tmp_path / "part").items() <= checksums(made).items()
    scenegen("generate", recipe, "--out", tmp_path / "part", "--workers", 2, "--quiet")
    assert_same_files(tmp_path / "part", made)

    killed = tmp_path / "killed"
    for wanted in (0, 1, 2):
        process = start(recipe, killed, "--quiet")
        until(lambda wanted=wanted: len(list(killed.glob("scenes/0*"))) >= wanted)
        until(lambda p=process: list(killed.glob("scenes/.*")) or p.poll() is not None)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    scenegen("generate", recipe, "--out", killed, "--quiet")
    assert_same_files(killed, made)


def test_a_killed_worker_loses_nothing(recipe: Path, tmp_path: Path, made: Path) -> None:
    """Mutant: the scene of a dead worker is skipped."""
    out = tmp_path / "killed_worker"
    process = start(recipe, out, "--workers", "2", "--quiet")
    until(lambda: len(children(process.pid)) == 2 and list(out.glob("scenes/.*")))
    os.kill(children(process.pid)[0], signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert_same_files(out, made)


def test_ctrl_c_stops_cleanly_and_resumes(
    recipe: Path, scenegen: Run, tmp_path: Path, made: Path
) -> None:
    """Mutant: Ctrl-C shows a traceback, leaves a temporary folder or a running worker."""
    out = tmp_path / "stopped"
    process = start(recipe, out, "--workers", "2")
    until(lambda: list(out.glob("scenes/0*")))
    workers = children(process.pid)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Run the same command again" in errors
    assert "Traceback" not in errors
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert not list(out.glob("scenes/.*"))
    scenegen("generate", recipe, "--out", out, "--quiet")
    assert_same_files(out, made)


def test_growing_replaying_and_counting(recipe: Path, scenegen: Run, copy: Path) -> None:
    """Mutants: --scenes cannot grow; replay runs physics or another camera; stats miscount."""
    before = checksums(copy / "scenes")
    summary = json.loads(
        scenegen("generate", recipe, "--out", copy, "--scenes", 4, "--json").stdout
    )
    assert (summary["scenes_made"], summary["scenes_found"]) == (1, 3)
    assert set(summary["seconds_by_stage"]) == {"sample", "physics", "draw", "annotate", "write"}
    assert Path(summary["contact_sheet"]).exists()
    assert before.items() < checksums(copy / "scenes").items()

    files = len(list((copy / "scenes" / "000002").iterdir()))
    assert f"{files} of {files} files identical" in scenegen("replay", copy, 2).stdout

    numbers = json.loads(scenegen("stats", copy, "--json").stdout)
    assert (numbers["scenes"], numbers["shots"]) == (4, 16)
    shots = Dataset.open(copy).all_shots()
    targets = sum(o.role == "target" for shot in shots for o in shot.annotations)
    assert sum(row["objects"] for row in numbers["categories"]) == targets


def test_labels_of_every_shot_agree_with_its_pictures(made: Path) -> None:
    """Done-criterion: masks partition the labelled pixels, boxes touch on four sides."""
    for shot in Dataset.open(made).all_shots():
        ids, labels = shot.ids, shot.annotations
        assert set(np.unique(ids)) - {0} == {o.instance_id for o in labels if o.px_visible}
        assert sum(o.px_visible for o in labels) == np.count_nonzero(ids)
        for label in labels:
            rows, columns = np.nonzero(ids == label.instance_id)
            assert label.px_visible == len(rows) <= label.px_in_frame <= label.px_full
            if len(rows):
                box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                assert label.box_visible == box
        assert (shot.semantic > 0).sum() == sum(o.px_visible for o in labels if o.role == "target")


def test_a_scene_that_cannot_be_made_is_recorded(
    recipe: Path, scenegen: Run, tmp_path: Path
) -> None:
    """Mutant: a failed scene ends the run, or leaves no word."""
    recipe.write_text(
        SMALL.replace("drop: {onto: table, size: [0.3, 0.3, 0.2]}", "drop: {onto: table, "
        "center: [5, 0, 1], size: [0, 0, 0]}") + "physics: {attempts: 2}\n"
    )  # fmt: skip
    result = scenegen("generate", recipe, "--out", tmp_path / "bad", "--scenes", 2, code=1)
    assert "2 scenes failed" in result.stdout
    failure = json.loads((tmp_path / "bad/failed/000001.json").read_text())
    assert len(failure["attempts"]) == 2
    assert failure["command"].endswith("--only 1")


def test_another_recipe_is_refused_by_name(recipe: Path, scenegen: Run, copy: Path) -> None:
    """Mutant: two recipes mixed in one folder."""
    recipe.write_text(SMALL.replace("seed: 5", "seed: 6"))
    before = checksums(copy)
    result = scenegen("generate", recipe, "--out", copy, code=2)
    assert "seed: 5 → 6" in result.stderr
    assert checksums(copy) == before


def test_preview_shows_every_label(recipe: Path, scenegen: Run, tmp_path: Path) -> None:
    """Mutant: preview draws fewer panels."""
    import cv2

    scenegen("preview", recipe, "--scene", 1, "--out", tmp_path / "p.png")
    picture = cv2.imread(str(tmp_path / "p.png"))
    assert picture.shape[1] > 3 * 160
    assert picture.shape[0] > 5 * 120
    assert "has shots 0 to 3" in scenegen("preview", recipe, "--shot", 9, code=2).stderr


@pytest.mark.parametrize(
    ("text", "expected"), [("40:60", range(40, 60)), ("17", range(17, 18)), ("0:1", range(1))]
)
def test_scene_range(text: str, expected: range) -> None:
    assert scene_range(text) == expected


@pytest.mark.parametrize("text", ["", "5:5", "7:3", "-1", "a:b", "1:2:3", ":"])
def test_scene_range_refuses(text: str) -> None:
    with pytest.raises(ScenegenError, match="--only"):
        scene_range(text)


def test_paths_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Not taken for markup of a terminal, as which [/b] would even be a mistake."""
    out = "runs[/b]/a:cat:b[v2]"
    print_summary(Summary(out, failed=[3], contact_sheet=Path(out) / "contact_sheet.jpg"))
    assert capsys.readouterr().out.replace("\n", "").count(out) == 3

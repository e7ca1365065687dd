"""Several runs on one folder: each has its part, none harms another, the bytes stay the same."""

import json
import signal
import subprocess
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest
from made_up import begin, write
from running import assert_same_files

from scenegen.batch import scene_range, shard_of
from scenegen.dataset import Dataset, clear_leftovers, folder
from scenegen.errors import ScenegenError
from tests.test_generate import until


@pytest.mark.parametrize(("first", "count", "parts"), [(0, 12, 3), (5, 4, 3), (40, 7, 10)])
def test_shards_are_fair_and_disjoint(first: int, count: int, parts: int) -> None:
    """Mutants: parts from 1; blocks in place of every n-th; counting from the first of --only."""
    whole = range(first, first + count)
    shards = [shard_of(whole, f"{part}/{parts}") for part in range(parts)]
    assert Counter(index for shard in shards for index in shard) == Counter(whole)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
    assert all(index % parts == part for part, shard in enumerate(shards) for index in shard)


@pytest.mark.parametrize("text", ["", "3/3", "1", "-1/3", "0/0", "1/2/3", "a/b"])
def test_shards_that_are_none(text: str) -> None:
    with pytest.raises(ScenegenError, match="from 0 to N-1"):
        shard_of(scene_range("0:9"), text)


def test_runs_side_by_side(recipe: Path, tmp_path: Path, made: Path) -> None:
    """Two have the same shard. Mutants: a run that sweeps what another is writing, or stops where
    another was faster; the folder begun twice; no report by the last."""
    command = [sys.executable, "-m", "scenegen", "generate", recipe, "--out", tmp_path / "shared"]
    runs = [
        subprocess.Popen([*command, "--json", "--shard", shard], stdout=subprocess.PIPE)
        for shard in ("0/2", "1/2", "0/2")
    ]
    told = [json.loads(run.communicate(timeout=120)[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(one["scenes_made"] for one in told) == 3
    assert sum(one["scenes_made"] + one["scenes_found"] for one in told) == 2 + 1 + 2
    assert (tmp_path / "shared/report/contact_sheet.jpg").exists()
    assert_same_files(tmp_path / "shared", made)


def test_a_scheduler_stops_a_run(recipe: Path, tmp_path: Path) -> None:
    """Mutant: SIGTERM leaves half a scene, or tells nobody how to go on."""
    out = tmp_path / "stopped"
    command = [sys.executable, "-m", "scenegen", "generate", recipe, "--out", out]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until(lambda: list(out.glob("scenes/.0*")))
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Run the same command again" in errors
    assert not list(out.glob("scenes/.*"))


# ---------------------------------------------------------------------------- file systems


def mounted(monkeypatch: pytest.MonkeyPatch, table: Path, *rows: str) -> None:
    """Pretend that file systems are mounted: rows of `mount point, type`."""
    lines = [f"36 35 98:0 / {row.split()[0]} rw shared:1 - {row.split()[1]} dev rw" for row in rows]
    table.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(folder, "_MOUNTS", table)


@pytest.mark.parametrize(
    ("rows", "swept"),
    [
        (("/ ext4",), True),
        (("/ ext4", "{root} nfs4"), False),
        (("{root} nfs4", "/ ext4"), False),
        (("/ lustre", "{root} xfs"), True),
        (("/ overlay", "{root}/scenes lustre"), True),
        (("/ fuse.something",), False),
    ],
)
def test_what_other_machines_may_be_writing_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: tuple[str, ...], swept: bool
) -> None:
    """Their locks may be invisible here. Mutants: sweeping on a network's file system; the first
    mount point that fits instead of the nearest; nothing swept on a disk of one's own."""
    root = tmp_path / "a data set"
    begin(root)
    shown = str(root).replace(" ", "\\040")
    mounted(monkeypatch, tmp_path / "mounts", *(row.format(root=shown) for row in rows))
    left = root / "scenes/.000001.0a0b0c0d"
    left.mkdir()
    clear_leftovers(root)
    assert left.exists() is not swept


def test_without_locks_a_folder_may_be_begun_twice_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine begins and makes a scene between our look for a card and the next.
    Mutant: its scene is taken for a stranger's."""
    root = tmp_path / "data"
    real, looks = Path.exists, []

    def exists(path: Path, **more: bool) -> bool:
        if path == root / "dataset.json":
            looks.append(path)
            if len(looks) == 1:
                begin(root)
                write(root)
                return False
        return real(path, **more)

    monkeypatch.setattr(folder, "locked", nullcontext)
    monkeypatch.setattr(Path, "exists", exists)
    assert begin(root) == ()
    monkeypatch.undo()
    assert Dataset.open(root).scene_indices() == [5]

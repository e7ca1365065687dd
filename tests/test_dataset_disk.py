"""Whole or nothing, and the same bytes: full disks, killed writers, two runs at once."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from made_up import ALL, begin, captures_of, everything_in, hashes, shots_of, write

from scenegen.dataset import Dataset, clear_leftovers, write_failure, write_scene
from scenegen.dataset.files import aside, json_bytes
from scenegen.errors import DatasetError, SceneRejected


@pytest.fixture
def root(tmp_path):
    begin(tmp_path / "data")
    return tmp_path / "data"


ELSEWHERE = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import made_up as t
from scenegen.dataset import write_failure
root = Path(sys.argv[1])
t.begin(root)
for index in (9, 5):
    t.write(root, index)
write_failure(root, 8, ValueError("x"), ["y"], "z")
"""


def test_the_same_bytes_anywhere_any_time(tmp_path):
    """Mutants: a path, pid, clock or host in a file; a set's order; the order of writing."""
    here = tmp_path / "here"
    begin(here)
    write(here, 5)
    write(here, 9)
    write_failure(here, 8, ValueError("x"), ["y"], "z")
    there = tmp_path / "elsewhere" / "deeper"
    code = ELSEWHERE.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    subprocess.run([sys.executable, "-c", code, there], check=True, env=environment, cwd=tmp_path)
    assert hashes(here) == hashes(there)
    assert len(hashes(here)) == 2 + 1 + 2 * (2 + 8 * 6)
    for path in filter(Path.is_file, here.rglob("*")):
        assert str(tmp_path).encode() not in path.read_bytes()
        assert b"/secret" not in path.read_bytes()


def test_json_is_exact_and_readable():
    """Mutants: rounded floats; NaN written as JSON; a list of numbers over many lines."""
    data = {"a": [0.1 + 0.2, 1e-300, -0.0], "b": [{"c": [[1, 2], [3, 4]]}], "d": {}, "é": "\udc80"}
    text = json_bytes(data)
    assert json.loads(text) == data
    assert text.endswith(b"\n")
    assert b'"c": [[1, 2], [3, 4]]\n' in text
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes({"a": float("nan")})


# ---------------------------------------------------------------------------- whole or nothing


class FullDisk:
    """Fails from the `fatal`-th write or sync on; a write still gets half of its bytes out."""

    def __init__(self, monkeypatch, fatal=("", 0)):
        self.left = {"write": count(1), "sync": count(1)}
        self.fatal = fatal
        real_open, real_fsync = Path.open, os.fsync

        def fsync(handle):
            self.count("sync")
            real_fsync(handle)

        def open(path, mode):
            return self.half(real_open(path, mode))

        monkeypatch.setattr(Path, "open", open)
        monkeypatch.setattr(os, "fsync", fsync)

    def count(self, kind):
        done = next(self.left[kind])
        if self.fatal[0] == kind and done > self.fatal[1]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def half(self, file):
        def write(data):
            file.write(data[: len(data) // 2])
            self.count("write")
            file.write(data[len(data) // 2 :])

        with file:
            yield SimpleNamespace(write=write)


def test_a_full_disk_leaves_no_half_scene(root, monkeypatch):
    """Mutants: a write whose error is ignored; a temporary folder that stays; a bare OSError;
    a rename that does not wait for the disk."""
    captures = captures_of()[:1]
    shots = list(shots_of(captures))
    before = everything_in(root)
    files = 4 * 6 + 2
    for fatal in [("write", n) for n in range(files)] + [("sync", n) for n in range(files + 1)]:
        with monkeypatch.context() as patch:
            FullDisk(patch, fatal)
            with pytest.raises(DatasetError, match=r"no space left on device\. Free some space"):
                write_scene(root, captures, iter(shots), ALL, 0.0001)
        assert everything_in(root) == before
    with monkeypatch.context() as patch:
        FullDisk(patch, ("sync", files + 1))
        assert write_scene(root, captures, iter(shots), ALL, 0.0001)


@pytest.mark.parametrize(
    ("method", "number", "words"),
    [
        ("mkdir", errno.EROFS, "read-only: choose another"),
        ("mkdir", errno.EACCES, "Change the permissions"),
        ("rename", errno.EIO, "input/output error"),
        ("open", errno.EDQUOT, "your quota"),
        ("open", errno.EMFILE, "fewer workers"),
    ],
)
def test_other_refusals_of_the_disk_are_explained(root, monkeypatch, method, number, words):
    """Mutants: a refusal that is taken for 'another run was faster'; a missing remedy."""
    before = everything_in(root)

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(Path, method, refuse)
        with pytest.raises(DatasetError, match=words) as caught:
            write(root)
    assert str(root) in str(caught.value)
    assert everything_in(root) == before


def test_what_the_drawing_raises_passes_through(root):
    """Mutants: a rejected scene kept; an OSError of the drawing blamed on the output folder."""
    captures = captures_of()

    def shots(error):
        yield next(shots_of(captures))
        raise error

    before = everything_in(root)
    for error in (SceneRejected("fell off"), FileNotFoundError("a texture"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            write_scene(root, captures, shots(error), ALL, 0.0001)
        assert everything_in(root) == before


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import made_up as t
root = Path(sys.argv[1])
captures = t.captures_of()
def shots():
    for number, shot in enumerate(t.shots_of(captures)):
        if number == 5:
            print("now", flush=True)
            time.sleep(60)
        yield shot
t.write_scene(root, captures, shots(), t.ALL, 0.0001)
"""


def test_a_killed_writer_leaves_nothing_that_counts(root):
    """Mutants: writing under the final name; sweeping what a living process is working on."""
    code = KILLED.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", code, root], stdout=subprocess.PIPE, env=environment
    ) as writer:
        assert writer.stdout.readline() == b"now\n"
        begin(root)
        (hidden,) = (root / "scenes").iterdir()
        assert hidden.name.startswith(".000005.")
        assert len(list(hidden.iterdir())) == 5 * 5
        writer.send_signal(signal.SIGKILL)
    assert Dataset.open(root).scene_indices() == []
    assert hidden.exists()
    begin(root)
    assert list((root / "scenes").iterdir()) == []
    assert write(root)


def test_only_the_dead_are_swept(root):
    """Mutants: sweeping by name alone; sweeping a scene; leaving hidden files in place."""
    write(root)
    (root / ".recipe.yaml.00000000").write_text("half")
    (root / "failed/.000001.json.0a0b0c0d").write_text("half")
    (root / ".gitignore").write_text("*")
    with aside(root / "scenes/000006", Path.mkdir) as alive:
        clear_leftovers(root)
        assert alive.exists()
    assert not alive.exists()
    assert sorted(os.listdir(root)) == [
        ".gitignore",
        "dataset.json",
        "failed",
        "recipe.yaml",
        "scenes",
    ]
    assert os.listdir(root / "scenes") == ["000005"]
    assert os.listdir(root / "failed") == []


def test_a_sweep_before_the_lock_is_taken_does_no_harm(root, monkeypatch):
    """Mutants: going on in a folder that was swept between its creation and its lock, before or
    after it was opened."""
    swept = []
    real = fcntl.flock

    def sweep():
        swept.extend((root / "scenes").iterdir())
        clear_leftovers(root)

    def create(path):
        path.mkdir()
        if len(swept) < 1:
            sweep()

    def flock(handle, how):
        if how == fcntl.LOCK_EX and len(swept) < 2:
            sweep()
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with aside(root / "scenes/000006", create) as folder:
        assert folder.exists()
        assert folder not in swept
    assert len(swept) == 2


def test_of_two_writers_the_first_wins(root):
    """Mutants: overwriting a complete scene; an error for the slower; its leftovers."""
    captures = captures_of()

    def overtaken():
        yield from shots_of(captures)
        assert write(root)

    assert not write_scene(root, captures, overtaken(), ALL, 0.0001)
    assert os.listdir(root / "scenes") == ["000005"]
    before = hashes(root)

    def never():
        raise AssertionError("drawn again")
        yield

    assert not write_scene(root, captures, never(), ALL, 0.0001)
    assert hashes(root) == before

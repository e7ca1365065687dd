"""The pool: results come home, the dead are replaced, errors reach the caller, nobody is left."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from scenegen.workers import CRASHES_ALLOWED, hire, run_tasks


def start(folder: Path) -> Callable[[int], int]:
    return partial(work, folder)


def work(folder: Path, task: int) -> int:
    """Task 3 kills its worker on the first try, 4 on every try, 5 raises."""
    tries = folder / f"{task}.tries"
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    if task == 4 or (task == 3 and tries.read_text() == "x"):
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 5:
        raise ValueError("five")
    return task * 10


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_ends_once(tmp_path: Path, workers: int) -> None:
    """Mutant: a worker's second task is lost."""
    ends = list(run_tasks([0, 1, 2, 6, 7], partial(start, tmp_path), workers))
    assert sorted((done.task, done.result) for done in ends) == [
        (0, 0), (1, 10), (2, 20), (6, 60), (7, 70),
    ]  # fmt: skip
    assert not multiprocessing.active_children()


def test_a_dead_worker_is_replaced_and_its_task_tried_again(tmp_path: Path) -> None:
    """Mutant: the task of a dead worker is dropped, or tried for ever."""
    ends = {done.task: done for done in run_tasks([3, 4, 1], partial(start, tmp_path), 2)}
    assert ends[3].result == 30
    assert ends[3].died is None
    assert ends[4].died == -signal.SIGKILL
    assert ends[1].result == 10
    assert (tmp_path / "4.tries").read_text() == "x" * CRASHES_ALLOWED


def test_what_a_worker_raises_is_raised_and_nobody_is_left(tmp_path: Path) -> None:
    """Mutant: an error in a worker hangs the parent or leaves processes behind."""
    with pytest.raises(ValueError, match="five"):
        list(run_tasks([5, 0, 1, 2], partial(start, tmp_path), 2))
    assert not multiprocessing.active_children()


def grown_by(mebibytes: int) -> int:
    """MiB that stay resident of an array that was freed below one that was not (Linux)."""
    before = _resident_mib()
    first = np.ones(mebibytes << 20, np.uint8)
    last = np.ones(1 << 20, np.uint8)
    del first
    return _resident_mib() - before - len(last) // 2**20


def _resident_mib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _grower() -> Callable[[int], int]:
    np.ones(30 << 20, np.uint8)  # freed: by itself glibc now keeps what is smaller
    return grown_by


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_a_worker_gives_large_arrays_back() -> None:
    """Mutant: glibc left to keep them on its heap."""
    (done,) = run_tasks([20], _grower, 1)
    assert done.result < 10


def test_abandoning_the_generator_ends_the_workers(tmp_path: Path) -> None:
    """Mutant: Ctrl-C leaves workers running."""
    ends = run_tasks(range(50, 70), partial(start, tmp_path), 2)
    next(ends)
    ends.close()
    assert not multiprocessing.active_children()


def start_telling() -> Callable[[int], tuple[int, str]]:
    return tell


def tell(task: int) -> tuple[int, str]:
    """Who worked, and on which GPU; task 9 kills its worker."""
    if task == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid(), os.environ["EGL_DEVICE_ID"]


def test_a_worker_is_replaced_after_its_lifetime() -> None:
    """Mutants: workers that live for ever; one for every task; a task lost at the change."""
    ends = list(run_tasks(range(5), start_telling, 1, lifetime=2))
    assert sorted(done.task for done in ends) == list(range(5))
    assert sorted(Counter(done.result[0] for done in ends).values()) == [1, 2, 2]


def test_neighbours_draw_on_different_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants: all on one; a successor on another than its predecessor; the user overruled."""
    ends = [done for done in run_tasks([0, 9, 1, 2, 3, 4], start_telling, 2) if done.died is None]
    assert {done.result[1] for done in ends} <= {"0", "1"}
    assert len({done.result for done in ends}) == len({done.result[0] for done in ends})
    ends = list(run_tasks(range(3), start_telling, 3))
    assert {done.result[1] for done in ends} == {"0", "1", "2"}
    monkeypatch.setenv("EGL_DEVICE_ID", "4")
    assert [done.result[1] for done in run_tasks([0, 1], start_telling, 2)] == ["4", "4"]


def look_for(module: str, task: int) -> tuple[int, bool]:
    return os.getpid(), module in sys.modules


def start_looking(module: str) -> Callable[[int], tuple[int, bool]]:
    return partial(look_for, module)


def test_a_worker_hired_early_gets_ready_and_is_the_first() -> None:
    """Mutants: another is spawned in its stead; it imports nothing while it waits."""
    early = hire(module="colorsys")
    ends = list(run_tasks([0, 1], partial(start_looking, "colorsys"), 1, first=early))
    assert [done.result for done in ends] == [(early.process.pid, True)] * 2
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("tasks", [[], [0, 1]])
def test_one_hired_in_vain_is_let_go(tasks: list[int]) -> None:
    """Mutants: it waits for ever where there is nothing to do; its death loses a task."""
    dead = hire()
    dead.process.kill()
    dead.process.join()
    for first in (hire(), dead):
        ends = list(run_tasks(tasks, start_telling, 2, first=first))
        assert sorted(done.task for done in ends if done.died is None) == tasks
        assert not multiprocessing.active_children()


def test_a_worker_does_not_load_the_command_line() -> None:
    """Mutant: `__main__`, which spawned processes run again, imports it at its top: 0.06 s."""
    code = (
        "import runpy, sys; runpy.run_module('scenegen.__main__', run_name='__mp_main__'); "
        "print('scenegen.cli' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

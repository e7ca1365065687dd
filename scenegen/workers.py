"""A pool of spawned processes that survives the death of any of them.

Processes are spawned, never forked: an OpenGL context does not outlive a fork. Each worker has a
pipe of its own, so one that is killed cannot leave a shared lock behind; when the parent dies its
pipes close and the workers end. Each has a place, from 0, that it leaves to its successor.
"""

import ctypes
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
CRASHES_ALLOWED = 2
"""How often a task may kill its worker before it is given up."""

LIFETIME = 200
"""After so many tasks a worker is replaced: what its libraries lose of memory is given back."""

LARGE = {"MALLOC_MMAP_THRESHOLD_": str(8 << 20)}
"""glibc gives arrays of 8 MiB and more back to the system as soon as they are freed."""

GPU = "EGL_DEVICE_ID"
"""The variable that says on which GPU a process draws; it counts round."""


@dataclass(frozen=True)
class Done(Generic[Task]):
    """The end of one task: its result, or `died` with the exit code of the last worker it killed.

    0 where the code is not known.
    """

    task: Task
    result: Any = None
    died: int | None = None


@dataclass
class Worker:
    """A process, our end of its pipe, and what it was told to do."""

    process: BaseProcess
    pipe: Connection
    place: int
    task: Any = None
    tasks_given: int = 0


def run_tasks(
    tasks: Iterable[Task],
    start: Callable[[], Callable[[Task], Any]],
    workers: int,
    lifetime: int = LIFETIME,
    first: Worker | None = None,
) -> Iterator[Done[Task]]:
    """Yield every task's end as it comes; `start` is called once in each worker, gives the function.

    `first` is a worker of place 0 that was hired before its tasks were known. One that dies is
    replaced and its task tried again, `CRASHES_ALLOWED` times in all. What the function raises is
    raised here. However this ends, no process is left.
    """
    queue = deque(tasks)
    crashes: dict[Any, int] = {}
    pool: list[Worker] = []
    waiting = [first] if first else []
    try:
        while queue or pool:
            while queue and len(pool) < workers:
                place = min(set(range(workers)) - {worker.place for worker in pool})
                worker = waiting.pop() if waiting else hire(place)
                pool.append(worker)
                _send(worker, start)
                _assign(worker, queue.popleft())
            ready = wait([worker.pipe for worker in pool])
            for worker in [worker for worker in pool if worker.pipe in ready]:
                done = _collect(worker)
                if done.died is not None:
                    pool.remove(worker)
                    crashes[done.task] = crashes.get(done.task, 0) + 1
                    if crashes[done.task] < CRASHES_ALLOWED:
                        queue.appendleft(done.task)
                        continue
                elif queue and worker.tasks_given < lifetime:
                    _assign(worker, queue.popleft())
                else:
                    pool.remove(worker)
                    _stop(worker)
                yield done
    finally:
        for worker in pool + waiting:
            worker.process.terminate()
            _stop(worker)


def hire(place: int = 0, module: str = "") -> Worker:
    """A worker that imports `module` while it waits for what it is to do; ends with its parent."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(place, theirs, module), daemon=True)
    os.environ.update({**LARGE, **os.environ})  # read when a process starts
    process.start()
    theirs.close()
    return Worker(process, ours, place)


def _assign(worker: Worker, task: Any) -> None:
    worker.task = task
    worker.tasks_given += 1
    _send(worker, task)


def _send(worker: Worker, what: Any) -> None:
    with suppress(OSError):  # it may just have died: reading its pipe will say so
        worker.pipe.send(what)


def _collect(worker: Worker) -> Done[Any]:
    try:
        ok, result = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        return Done(worker.task, died=worker.process.exitcode or 0)
    if not ok:
        raise result
    return Done(worker.task, result)


def _stop(worker: Worker) -> None:
    worker.pipe.close()
    worker.process.join(timeout=10)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _work(place: int, pipe: Connection, module: str) -> None:
    """The life of a worker: what to do, then tasks in, results out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    os.environ.setdefault(GPU, str(place))  # neighbours draw on different GPUs
    if module:
        import_module(module)
    start: Callable[[], Callable[[Any], Any]] | None = None
    function: Callable[[Any], Any] | None = None
    while True:
        try:
            start = start or pipe.recv()
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            function = function or start()
            answer = (True, function(task))
        except Exception as error:
            answer = (False, error)
        try:
            pipe.send(answer)
        except (BrokenPipeError, OSError):
            return
        give_back()


def give_back() -> None:
    """Hand freed memory back to the system, where the C library (glibc) would keep it."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)

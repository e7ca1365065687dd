"""Work spread over processes: spawned, never forked, the cores shared out among them."""

import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import Any, TypeVar

import cv2
import torch
from threadpoolctl import threadpool_limits

from scenegen.errors import RefineError

R = TypeVar("R")
_work: Callable[[int], Any]


def use_threads(count: int) -> None:
    """From here on torch and OpenCV compute with so many threads, and torch the same each time.

    numpy's linear algebra has one: its matrices are small here, and more would only wait for each
    other.
    """
    threadpool_limits(1, user_api="blas")
    torch.set_num_threads(count)
    torch.use_deterministic_algorithms(True)
    cv2.setNumThreads(count)


def cores() -> int:
    """How many this process may use, and OMP_NUM_THREADS at most, which others go by."""
    free, wanted = len(os.sched_getaffinity(0)), os.environ.get("OMP_NUM_THREADS", "")
    return min(free, int(wanted)) if wanted.isdecimal() and int(wanted) else free


def run(work: Callable[[int], R], items: Sequence[int], workers: int) -> Generator[R, None, None]:
    """Every item's result, as it comes; `work` and the results cross between processes.

    What `work` raises is raised here. However this ends, no process is left. RefineError: a process
    died.
    """
    if min(workers, len(items)) <= 1:
        yield from map(work, items)
        return
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), _begin, (work, max(1, cores() // workers))
    )
    try:
        for future in as_completed([pool.submit(_call, item) for item in items]):
            yield future.result()
    except BrokenProcessPool as error:
        raise RefineError(
            "a process died, perhaps for want of memory: use fewer workers, and run the same "
            "command again to continue"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[int], Any], threads: int) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    use_threads(threads)


def _call(item: int) -> Any:
    return _work(item)


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)

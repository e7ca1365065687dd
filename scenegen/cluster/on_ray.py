"""The pool of `workers`, on a Ray cluster: a scene is a task, and a lost node's run elsewhere."""

import os
import pickle
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from scenegen.errors import ScenegenError
from scenegen.workers import GPU, LIFETIME, Done

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # read when Ray is imported

try:
    import ray
except ImportError as error:
    raise ScenegenError("--on ray: Ray is not installed; `pip install 'scenegen[ray]'`") from error

Task = TypeVar("Task")
RETRIES = 3
"""How often Ray runs a task again whose process or node was lost."""

AHEAD = 2
"""Tasks handed to Ray for every core it has: one runs, one waits. The others cost nothing."""


def run_on_ray(
    tasks: Iterable[Task], start: Callable[[], Callable[[Task], Any]], address: str | None
) -> Iterator[Done[Task]]:
    """Yield every task's end as it comes, as `run_tasks` does; a task takes one core.

    `address` None: the cluster of $RAY_ADDRESS or of this machine, else one that is started here
    and ends with the run. A task whose process or node is lost is run again, `RETRIES` times. What
    the function raises is raised here. ScenegenError: there is no such cluster.
    """
    _connect(address)
    try:
        yield from _run(tasks, pickle.dumps(start))
    finally:
        ray.shutdown()


def _connect(address: str | None) -> None:
    named = address or os.environ.get("RAY_ADDRESS", "")
    try:
        if match := re.fullmatch(r"([^/]+):(\d+)", named):  # Ray itself tries for minutes
            socket.create_connection((match[1], int(match[2])), timeout=10).close()
        ray.init(
            address=address, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
        )
    except Exception as error:  # Ray raises many kinds
        reason = " ".join(str(error).split())[:300]
        raise ScenegenError(
            f"--on ray: no cluster at {named or 'hand'} ({reason}). Expected --on ray:HOST:PORT of "
            "one begun with `ray start --head`, or --on ray alone for this machine's own."
        ) from error


def _run(tasks: Iterable[Task], start: bytes) -> Iterator[Done[Task]]:
    call = ray.remote(num_cpus=1, max_calls=LIFETIME, max_retries=RETRIES)(_call)
    queue = iter(tasks)
    running: dict[Any, Task] = {}
    while True:
        room = AHEAD * _cores() - len(running)
        for task in islice(queue, max(room, 0)):
            running[call.remote(start, task)] = task
        if not running:
            return
        (ready, *_), _ = ray.wait(list(running))
        yield _collect(ready, running.pop(ready))


def _cores() -> int:
    """How many the cluster has now; it may grow and shrink."""
    return max(int(ray.cluster_resources().get("CPU", 1)), 1)


def _collect(ready: Any, task: Task) -> Done[Task]:
    try:
        ok, result = ray.get(ready)
    except ray.exceptions.RayTaskError as error:  # raised before `_call` began: its import
        raise ScenegenError(
            f"--on ray: a node cannot run scenegen ({error.cause}); install the same version of "
            "it, and of all it needs, on every node"
        ) from error
    except ray.exceptions.RayError:
        return Done(task, died=0)
    if not ok:
        raise result
    return Done(task, result)


def _call(start: bytes, task: Any) -> tuple[bool, Any]:
    """In a process of the cluster: what the function gives, or what it raises."""
    try:
        return True, _function(start)(task)
    except Exception as error:
        return False, error


@lru_cache(maxsize=1)
def _function(start: bytes) -> Callable[[Any], Any]:
    """Made once in each process."""
    os.environ.setdefault(GPU, str(os.getpid()))
    function: Callable[[Any], Any] = pickle.loads(start)()
    return function

"""What happens beside the steps: who is told, and how a run is broken off between two of them."""

import importlib.util
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol


class Watcher(Protocol):
    """Who is told how training goes."""

    def begin(self, total: int, done: int) -> None:
        """Training is about to begin, or to go on after `done` steps."""
        ...

    def step_ended(self, step: int, losses: Mapping[str, float], seconds: float) -> None:
        """`step` steps are done; the last one took so long."""
        ...

    def remark(self, text: str) -> None:
        """Something that people should know."""
        ...


class Silence:
    """Tells nobody."""

    def begin(self, total: int, done: int) -> None: ...
    def step_ended(self, step: int, losses: Mapping[str, float], seconds: float) -> None: ...
    def remark(self, text: str) -> None: ...


@dataclass
class Stop:
    """Whether somebody has asked for the end."""

    asked: bool = False


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Within it Ctrl-C and SIGTERM only ask for the end; a second Ctrl-C does not wait for it."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def events(folder: Path, *, after: int, wanted: bool) -> Iterator[Any]:
    """A writer of TensorBoard events, None where they are not wanted or it is not installed.

    What is in the folder of steps later than `after` counts no longer.
    """
    if not wanted or importlib.util.find_spec("tensorboard") is None:
        yield None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        from torch.utils.tensorboard import SummaryWriter
    with SummaryWriter(str(folder), purge_step=after + 1) as writer:
        yield writer

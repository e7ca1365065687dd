"""Whoever draws against us, each in processes of its own that start drawing together."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / "build" / "peers"


class CannotRun(Exception):
    """A contender that ended before it was done, with the end of what it said."""


@dataclass(frozen=True)
class Contender:
    """A module to be run: `environment` is its folder in build/peers, empty where ours serves.

    `shots` are drawn in a measurement (0: each once); `wide`: one process uses the whole machine.
    It takes part in the first `rounds` rounds.
    """

    name: str
    module: str
    draws: str
    environment: str = ""
    shots: int = 0
    wide: bool = False
    rounds: int = 1000

    @property
    def python(self) -> Path:
        if not self.environment:
            return Path(sys.executable)
        return ENVIRONMENTS / self.environment / "bin" / "python"


DRAWING = Contender("drawing alone", "benchmarks.drawing", "RGB, ids, depth, normals, silhouettes")
PEERS = (
    Contender(
        "pyrender",
        "benchmarks.peers.stock_pyrender",
        "RGB without shadows, depth, ids, amodal masks",
    ),
    Contender(
        "TinyRenderer",
        "benchmarks.peers.tinyrenderer",
        "RGB with its shadow pass, depth, segmentation",
    ),
    Contender(
        "MuJoCo",
        "benchmarks.peers.mujoco_egl",
        "RGB with shadows, depth, segmentation",
        environment="mujoco",
    ),
    Contender(
        "Cycles",
        "benchmarks.peers.cycles",
        "RGB, 16 samples, denoised",
        environment="blender",
        shots=2,
        wide=True,
        rounds=3,
    ),
    Contender(
        "BlenderProc",
        "benchmarks.peers.blenderproc_cycles",
        "RGB, 16 samples, denoised, depth, segmentation",
        environment="blenderproc",
        shots=2,
        wide=True,
        rounds=3,
    ),
)


def missing(contender: Contender) -> str:
    """Why a contender cannot take part, empty if it can."""
    if contender.python.exists():
        return ""
    note = ENVIRONMENTS / f"{contender.environment}.skipped"
    if note.exists():
        return note.read_text(encoding="utf-8").strip()
    return "not installed; `make bench-peers` does it"


def frames_per_second(contender: Contender, folder: Path, copies: int) -> float:
    """Pictures a second of all copies together; raises CannotRun."""
    with _started(contender, folder, copies) as children:
        for child, log in children:
            if _line(child, log) != "ready\n":
                raise CannotRun(f"{contender.name}: not ready: {_end(log)}")
        for child, _ in children:
            _say_go(child)
        results = [json.loads(_line(child, log)) for child, log in children]
    return float(sum(result["shots"] / result["seconds"] for result in results))


def picture(contender: Contender, folder: Path) -> dict[str, NDArray[np.generic]]:
    """`rgb` and, where there is one, the instance map `ids` of the first shot; raises CannotRun."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "picture.npz"
        with _started(contender, folder, 1, ["--picture", str(path)]) as children:
            child, log = children[0]
            if _line(child, log) != "ready\n":
                raise CannotRun(f"{contender.name}: no picture: {_end(log)}")
        with np.load(path) as arrays:
            return dict(arrays)


@contextmanager
def _started(
    contender: Contender, folder: Path, copies: int, more: Sequence[str] = ()
) -> Iterator[list[tuple[subprocess.Popen[str], Path]]]:
    """So many processes of a contender, each with the file that its complaints go to."""
    command = [str(contender.python), "-m", contender.module, str(folder)]
    command += ["--shots", str(contender.shots), *more]
    environment = dict(os.environ)
    if copies > 1:  # each its share of Mesa's threads
        environment["LP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // copies))
    children: list[tuple[subprocess.Popen[str], Path]] = []
    with tempfile.TemporaryDirectory() as place:
        try:
            for number in range(copies):
                log = Path(place) / f"{number}.log"
                with log.open("w") as stream:
                    child = subprocess.Popen(
                        command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=stream,
                        text=True,
                        cwd=ROOT,
                        env=environment,
                    )
                children.append((child, log))
            yield children
        finally:
            for child, _ in children:
                child.kill()
                child.communicate()


def _say_go(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def _line(child: subprocess.Popen[str], log: Path) -> str:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise CannotRun(_end(log))
    return line


def _end(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"

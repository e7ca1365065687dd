"""scenegen from end to end, measured from outside: its command line and the files it leaves.

A frame's time is that of its rgb.png, a scene's end that of its SHA256SUMS, its last file.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders import ROOT

RECIPES = Path(__file__).parent / "recipes"


class Failed(Exception):
    """A command of scenegen that did not end as it should, with what it said."""


@dataclass(frozen=True)
class Run:
    """What `generate --json` said, and when it was started, seconds since the epoch."""

    out: Path
    started: float
    summary: dict[str, Any]

    @property
    def first_frame_seconds(self) -> float:
        """From the start of the process to the first picture on disk."""
        return min(_written(self.out, "*.rgb.png")) - self.started


def generate(recipe: Path, out: Path, scenes: int, workers: int) -> Run:
    """Make a dataset; raises Failed unless every scene was made."""
    started = time.time()
    done = _scenegen("generate", recipe, "--out", out, "--scenes", scenes, "--workers", workers)
    if done.returncode != 0:
        raise Failed(done.stderr or done.stdout)
    return Run(out, started, json.loads(done.stdout))


def steady_rate(out: Path, workers: int) -> float:
    """Frames a second while all workers were at work and warm.

    That is from the end of each one's first scene until the first of them finds no more to do.
    """
    return rate(_written(out, "*.rgb.png"), _written(out, "SHA256SUMS"), workers)


def rate(frames: list[float], ends: list[float], workers: int) -> float:
    """`steady_rate` of the times at which frames and scenes were done."""
    if len(ends) < 2 * workers:
        raise ValueError(f"{len(ends)} scenes are too few for {workers} workers")
    start, end = sorted(ends)[workers - 1], sorted(ends)[len(ends) - workers]
    return sum(start < frame <= end for frame in frames) / (end - start)


def stage_ms(longer: Run, shorter: Run) -> dict[str, float]:
    """Milliseconds a frame by stage of what one run did beyond another of the same recipe."""
    frames = longer.summary["shots"] - shorter.summary["shots"]
    before: dict[str, float] = shorter.summary["seconds_by_stage"]
    return {
        stage: 1000 * (seconds - before.get(stage, 0.0)) / frames
        for stage, seconds in longer.summary["seconds_by_stage"].items()
    }


def rejection_seconds() -> float:
    """How long a recipe with a misspelled key takes to be refused."""
    good = (RECIPES / "tabletop_640.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as place:
        bad = Path(place) / "bad.yaml"
        bad.write_text(good.replace("views:", "veiws:"), encoding="utf-8")
        start = time.perf_counter()
        done = _scenegen("generate", bad, "--out", Path(place) / "out")
        seconds = time.perf_counter() - start
    if done.returncode != 2 or "veiws" not in done.stderr:
        raise Failed(f"a misspelled recipe was not refused: {done.stderr or done.stdout}")
    return seconds


def resident_mib(out: Path, scenes: int) -> tuple[float, float]:
    """Resident size of a worker at scene `scenes` and at ten times as many, MiB (Linux).

    Each is the largest seen over the last fifth of the scenes before it.
    """
    samples: list[tuple[int, float]] = []
    command = _command("generate", RECIPES / "memory.yaml", "--out", out)
    with subprocess.Popen(
        [*command, "--scenes", str(10 * scenes)], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            done = len(list((out / "scenes").glob("[0-9]*")))
            samples.append((done, max(map(_resident_mib, _children(process.pid)), default=0.0)))
            time.sleep(0.5)
    if process.returncode != 0:
        raise Failed(f"generate ended with {process.returncode}")
    return _largest_before(samples, scenes), _largest_before(samples, 10 * scenes)


def _largest_before(samples: list[tuple[int, float]], scenes: int) -> float:
    seen = [size for done, size in samples if 0.8 * scenes <= done <= scenes]
    if not seen:
        raise Failed(f"scene {scenes} came and went between two looks at the memory; ask for more")
    return max(seen)


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == parent:
            found.append(int(path.parent.name))
    return found


def _resident_mib(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _written(out: Path, pattern: str) -> list[float]:
    return [path.stat().st_mtime for path in (out / "scenes").glob(f"*/{pattern}")]


def _scenegen(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_command(*words), "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )


def _command(*words: object) -> list[str]:
    return [sys.executable, "-m", "scenegen", *map(str, words)]

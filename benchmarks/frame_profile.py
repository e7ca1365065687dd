"""Where a frame's milliseconds go: `python -m benchmarks.frame_profile [RECIPE]`.

Every stage of `Studio.clock` has a profile of its own; what is outside of them is `write`. Profiled
code is slower than code at work: read shares, not milliseconds.
"""

import argparse
import cProfile
import dataclasses
import pstats
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ours import RECIPES
from scenegen.clock import Clock
from scenegen.dataset import write_scene
from scenegen.errors import SceneRejected
from scenegen.generate import Studio
from scenegen.project import open_project

REST = "write"
FUNCTIONS = 12


class ProfilingClock(Clock):
    """A clock that profiles each stage, and what is done between stages as `REST`."""

    def __init__(self) -> None:
        super().__init__()
        self.profiles: defaultdict[str, cProfile.Profile] = defaultdict(cProfile.Profile)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        self.profiles[REST].disable()
        self.profiles[stage].enable()
        try:
            with super().__call__(stage):
                yield
        finally:
            self.profiles[stage].disable()
            self.profiles[REST].enable()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Profile all that happens until it ends."""
        self.profiles[REST].enable()
        try:
            yield
        finally:
            self.profiles[REST].disable()


def make(studio: Studio, index: int, out: Path) -> int:
    """Make a scene as `generate` does; the number of its pictures."""
    for attempt in range(studio.recipe.physics.attempts):
        try:
            captures = studio.captures(index, attempt)
            shots = studio.shots(captures)
            recipe = studio.recipe
            write_scene(out, captures, shots, recipe.outputs, recipe.depth_scale)
        except SceneRejected:
            continue
        return len(list((out / "scenes" / f"{index:06d}").glob("*.rgb.png")))
    raise SceneRejected(f"scene {index}: all attempts were rejected")


def profile(recipe: Path, scenes: int) -> tuple[ProfilingClock, int]:
    """Profiles of the scenes from 1 on, and how many pictures they have; scene 0 warms up."""
    project = open_project(recipe, [])
    studio = Studio.open(project.recipe, project.library)
    clock, shots = ProfilingClock(), 0
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        (out / "scenes").mkdir()
        make(studio, 0, out)
        watched = dataclasses.replace(studio, clock=clock)
        with clock.running():
            for index in range(1, 1 + scenes):
                shots += make(watched, index, out)
    studio.renderer.close()
    return clock, shots


def rows(clock: ProfilingClock, shots: int) -> Iterator[str]:
    """A stage's milliseconds a frame, and below it its functions with most time of their own."""
    for stage, watched in clock.profiles.items():
        functions = pstats.Stats(watched).stats  # type: ignore[attr-defined]  # not in typeshed
        total = sum(own for _, _, own, _, _ in functions.values())
        yield f"{stage}: {1000 * total / shots:.1f} ms a frame"
        longest = sorted(functions.items(), key=lambda item: -item[1][2])
        for (file, line, name), (_, calls, own, whole, _) in longest[:FUNCTIONS]:
            times = f"{1000 * own / shots:8.2f} own {1000 * whole / shots:8.2f} in all"
            yield f"  {times} {calls / shots:8.1f} × {name}  {Path(file).name}:{line}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path, nargs="?", default=RECIPES / "tabletop_640.yaml")
    parser.add_argument("--scenes", type=int, default=2)
    options = parser.parse_args(arguments)
    for row in rows(*profile(options.recipe, options.scenes)):
        print(row)


if __name__ == "__main__":
    main()

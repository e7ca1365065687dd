"""Chance, made explicit: one generator for each (seed, scene, attempt, stage)."""

from enum import IntEnum

from numpy.random import PCG64, Generator, SeedSequence


class Stage(IntEnum):
    """Who draws the numbers. Append only: a value never changes its meaning."""

    OBJECTS = 0
    PLACEMENT = 1
    FURNITURE = 2
    BACKDROP = 3
    LIGHTS = 4
    PHYSICS = 5
    CAMERAS = 6
    CAPTURES = 7


def stream(seed: int, scene: int, attempt: int, stage: Stage, *part: int) -> Generator:
    """Return the generator of one stage; equal arguments give equal numbers, in any order of calls.

    `part` splits a stage further where its pieces must not disturb each other (a camera, a light).
    """
    key = (scene, attempt, int(stage), *part)
    return Generator(PCG64(SeedSequence(seed, spawn_key=key)))

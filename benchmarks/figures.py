"""Repeated measurements, their medians and ratios, and what of it reaches its target."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Series:
    """One figure, measured once a round."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("a series needs at least one measurement")

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        """The median with the smallest and the largest value, three digits each."""
        return f"{digits(self.median)} ({digits(min(self.values))}–{digits(max(self.values))})"

    def as_dict(self) -> dict[str, Any]:
        return {"median": self.median, "values": list(self.values)}


def digits(value: float) -> str:
    """Three significant digits, never an exponent."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(above: Series, below: Series) -> Series:
    """Round by round, over the rounds in which both were measured (the first ones)."""
    return Series(tuple(a / b for a, b in zip(above.values, below.values, strict=False)))


Rates = dict[int, Series]
"""Frames a second by the number of processes."""


def fastest(rates: Rates) -> Series:
    """What the whole machine gives: the number of processes that is best."""
    return max(rates.values(), key=lambda series: series.median)


@dataclass(frozen=True)
class Target:
    """What is to be reached: `least` of a ratio, or `most` of seconds or size."""

    name: str
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        if self.least is not None:
            return value >= self.least
        return self.most is not None and value <= self.most

    @property
    def wanted(self) -> str:
        return f"≥ {self.least:g} ×" if self.least is not None else f"≤ {self.most:g}"


OURS, LIMIT = "scenegen", "drawing alone"
AGAINST = {
    "pyrender": Target("frames/s against pyrender", least=4),
    "TinyRenderer": Target("frames/s against TinyRenderer", least=2),
    "Cycles": Target("frames/s against Cycles", least=150),
    LIMIT: Target("frames/s against our own drawing alone", least=0.75),
}
WORKERS = Target("frames/s, two workers against one", least=1.8)
SECONDS = {
    "first frame": Target("seconds to the first frame, caches warm", most=3),
    "refusal": Target("seconds to refuse a misspelled recipe", most=0.5),
    "physics": Target("physics of 30 objects in a bin, seconds a scene", most=1),
}
GROWTH = Target("growth of a worker's memory over ten times as many scenes, %", most=5)
RESIDENT = Target("memory of a worker, MiB", most=700)


@dataclass
class Results:
    """All that was measured: `rates` at 640×480 by who drew, `large` ours at 960×540 stereo."""

    machine: Mapping[str, str]
    rates: dict[str, Rates] = field(default_factory=dict)
    large: Rates = field(default_factory=dict)
    stages: dict[str, dict[str, Series]] = field(default_factory=dict)
    seconds: dict[str, Series] = field(default_factory=dict)
    resident: tuple[float, float] | None = None
    draws: dict[str, str] = field(default_factory=dict)
    overlap: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def verdicts(self) -> list[tuple[Target, Series]]:
        """Every target that something was measured for, with what was."""
        return [*self._ratios(), *self._sizes()]

    def _ratios(self) -> Iterable[tuple[Target, Series]]:
        if OURS not in self.rates:
            return
        ours = self.rates[OURS]
        for name, target in AGAINST.items():
            if name in self.rates:
                yield target, ratio(fastest(ours), fastest(self.rates[name]))
        if {1, 2} <= ours.keys():
            yield WORKERS, ratio(ours[2], ours[1])

    def _sizes(self) -> Iterable[tuple[Target, Series]]:
        for name, target in SECONDS.items():
            if name in self.seconds:
                yield target, self.seconds[name]
        if self.resident is not None:
            early, late = self.resident
            yield GROWTH, Series((100 * (late / early - 1),))
            yield RESIDENT, Series((late,))

    def as_dict(self) -> dict[str, Any]:
        """Plain data with every single measurement."""
        return {
            "machine": dict(self.machine),
            "frames_per_second_640x480": {k: _rates(v) for k, v in self.rates.items()},
            "frames_per_second_960x540_stereo": _rates(self.large),
            "stage_ms_a_frame": {recipe: _all(table) for recipe, table in self.stages.items()},
            "seconds": _all(self.seconds),
            "resident_mib": self.resident,
            "overlap_with_our_ids": self.overlap,
            "skipped": self.skipped,
            "targets": [
                {
                    "name": target.name,
                    "wanted": target.wanted,
                    "measured": measured.as_dict(),
                    "met": target.met(measured.median),
                }
                for target, measured in self.verdicts()
            ],
        }


def _rates(rates: Rates) -> dict[str, Any]:
    return _all({str(copies): series for copies, series in rates.items()})


def _all(table: Mapping[str, Series]) -> dict[str, Any]:
    return {name: series.as_dict() for name, series in table.items()}

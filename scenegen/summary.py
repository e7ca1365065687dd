"""What becomes of scenes, one by one and added up, and who is told of it."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Outcome:
    """How one scene ended: `made` here, `found` made by another run meanwhile, or given up.

    `rejections`: why each attempt that failed did; `seconds` by stage.
    """

    made: bool = False
    found: bool = False
    shots: int = 0
    rejections: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


class Watcher(Protocol):
    """Who is told of progress."""

    def begin(self, total: int, done: int) -> None: ...

    def scene_ended(self, made: bool, rejected: int) -> None: ...

    def remark(self, text: str) -> None: ...


@dataclass
class Summary:
    """What a run did; seconds are added up over workers, `wall_seconds` is by the clock."""

    out: str
    scenes_made: int = 0
    scenes_found: int = 0
    shots: int = 0
    failed: list[int] = field(default_factory=list)
    rejections: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall_seconds: float = 0.0
    interrupted: bool = False
    contact_sheet: Path | None = None

    @property
    def rejection_rate(self) -> float:
        """Share of all attempts that were rejected."""
        rejected = sum(self.rejections.values())
        return rejected / max(rejected + self.scenes_made, 1)

    def add(self, index: int, outcome: Outcome) -> None:
        self.scenes_made += outcome.made
        self.scenes_found += outcome.found
        self.shots += outcome.shots
        self.rejections.update(_kind(reason) for reason in outcome.rejections)
        for stage, seconds in outcome.seconds.items():
            self.seconds[stage] += seconds
        if not (outcome.made or outcome.found):
            self.failed.append(index)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "out": self.out,
            "scenes_made": self.scenes_made,
            "scenes_found": self.scenes_found,
            "scenes_failed": sorted(self.failed),
            "shots": self.shots,
            "rejection_rate": round(self.rejection_rate, 4),
            "rejections": dict(self.rejections),
            "wall_seconds": round(self.wall_seconds, 3),
            "scenes_per_second": round(self.scenes_made / max(self.wall_seconds, 1e-9), 4),
            "seconds_by_stage": {k: round(v, 3) for k, v in self.seconds.items()},
            "interrupted": self.interrupted,
            "contact_sheet": str(self.contact_sheet) if self.contact_sheet else None,
        }


def _kind(reason: str) -> str:
    """A reason without the names in it, so that equal ones can be counted."""
    last_line = reason.strip().splitlines()[-1]
    return re.sub(r"\s+", " ", re.sub(r"'[^']*' ?(\(#\d+\))?|[-\d.]+", "…", last_line)).strip()

"""What verify says: one finding a fault, figures for every check, and the report of a dataset."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CHECKS = {
    "files": "every file is there, none is a stranger",
    "checksums": "SHA256SUMS",
    "json": "valid and complete",
    "png": "whole, of the right size and depth",
    "card": "dataset.json and the recipe say the same",
    "camera": "K, pose, size, lens: recipe, scene.json and shot agree",
    "links": "stereo partners and successors",
    "tracks": "tracks.json",
    "objects": "every object of the scene is there, and is itself",
    "categories": "categories and roles",
    "ids": "instance map",
    "semantic": "categories in the picture",
    "depth": "metres along the optical axis",
    "normals": "camera frame",
    "nocs": "normalized object coordinates",
    "rgb": "the picture belongs to its labels",
    "albedo": "base color",
    "roughness_metallic": "roughness and metallic",
    "flow": "motion to the successor, as poses imply",
    "scene_flow": "motion in space, as poses imply",
    "flow_occlusion": "seen in the successor or not",
    "disparity": "fx b / z",
    "stereo_occlusion": "seen by both eyes or not; the partner's labels",
    "counts": "pixels visible, in frame and in full; occlusion, truncation",
    "boxes": "visible, amodal, clipped and cuboid boxes",
    "pose": "camera_from_object",
    "cuboid": "the 3D box and its corners",
    "amodal_mask": "the whole silhouette in the picture",
    "hidden_by": "who hides whom",
    "keypoints": "places and states",
    "canonical": "canonical poses",
}
"""Every check by its name, in the order of the report."""


@dataclass(frozen=True)
class Finding:
    """One fault: where, by which check, and what it looks like.

    `scene` and `stem` are None where the whole dataset or the whole scene is meant.
    """

    check: str
    message: str
    scene: int | None = None
    stem: str | None = None
    object: int | None = None

    def __str__(self) -> str:
        where = [] if self.scene is None else [f"scene {self.scene}"]
        where += [] if self.stem is None else [f"shot {self.stem}"]
        where += [] if self.object is None else [f"object {self.object}"]
        return f"[{self.check}] {', '.join(where) or 'dataset'}: {self.message}"


@dataclass
class Figure:
    """What one check measured: values compared, how many differ, how many of these lie on edges.

    `worst` is the largest deviation off edges, in `unit`.
    """

    compared: int = 0
    differing: int = 0
    excused: int = 0
    worst: float = 0.0
    unit: str = ""

    def add(self, other: "Figure") -> None:
        """Take in what was measured elsewhere."""
        self.compared += other.compared
        self.differing += other.differing
        self.excused += other.excused
        self.worst = max(self.worst, other.worst)
        self.unit = self.unit or other.unit


@dataclass
class Result:
    """Findings and figures of one shot, one scene, or all of them."""

    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)

    def fail(
        self,
        check: str,
        message: str,
        scene: int | None = None,
        stem: str | None = None,
        number: int | None = None,
    ) -> None:
        self.findings.append(Finding(check, message, scene, stem, number))

    def measure(self, check: str, figure: Figure) -> None:
        self.figures.setdefault(check, Figure()).add(figure)

    def add(self, other: "Result") -> None:
        self.findings += other.findings
        for check, figure in other.figures.items():
            self.measure(check, figure)


@dataclass(frozen=True)
class Worst:
    """The shot in which a picture differs most; `badness` orders shots."""

    check: str
    scene: int
    stem: str
    badness: float


@dataclass
class Report:
    """What verify found in a dataset."""

    root: Path
    scenes: int
    shots: int
    seconds: float
    quick: bool
    result: Result
    worst: tuple[Worst, ...] = ()

    @property
    def failures(self) -> list[Finding]:
        """All findings, those of the whole dataset first."""
        return self.result.findings

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON."""
        return {
            "dataset": str(self.root),
            "passed": self.passed,
            "scenes": self.scenes,
            "shots": self.shots,
            "seconds": round(self.seconds, 3),
            "shots_per_second": round(self.shots / max(self.seconds, 1e-9), 3),
            "quick": self.quick,
            "checks": {
                name: {"about": CHECKS[name], "findings": count, **asdict(figure)}
                for name, figure, count in self.rows()
            },
            "worst": [
                {"check": worst.check, "scene": worst.scene, "stem": worst.stem}
                for worst in self.worst
            ],
            "failures": [asdict(finding) for finding in self.failures],
        }

    def rows(self) -> Iterable[tuple[str, Figure, int]]:
        """Name, figure and number of findings of every check that was made or failed."""
        for name in CHECKS:
            count = sum(finding.check == name for finding in self.failures)
            if name in self.result.figures or count:
                yield name, self.result.figures.get(name, Figure()), count

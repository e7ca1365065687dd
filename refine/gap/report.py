"""What was measured, as data: figures with intervals, and the sentence that sums them up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from refine.gap.closing import Distances, Drawn


@dataclass(frozen=True, eq=False)
class FeatureGap:
    """The gap on one feature, by several measures; the verdict rests on `mmd`."""

    name: str
    about: str
    near_loss: bool
    digest: str
    mmd: Distances
    kid: Distances | None = None
    proxy: Distances | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, every figure with its 95 % interval."""
        return {
            "feature": self.name,
            "about": self.about,
            "near_loss": self.near_loss,
            "digest": self.digest,
            "mmd": _distances(self.mmd),
            "kid": None if self.kid is None else _distances(self.kid),
            "proxy_a_distance": None if self.proxy is None else _distances(self.proxy),
        }


@dataclass(frozen=True, eq=False)
class Region:
    """The gap on crops that show the same: one class, or content-matched; discrepancy only."""

    name: str
    crops: int
    photograph_crops: int
    features: tuple[FeatureGap, ...]
    closed: Drawn | None


@dataclass(frozen=True, eq=False)
class PairError:
    """Difference to the photographs that show the very same, in steps of 8 bit."""

    name: str
    raw: Drawn
    refined: Drawn


@dataclass(frozen=True, eq=False)
class GapReport:
    """How far renders are from photographs, before and after, and what of it was closed.

    `closed` is the mean over the independent features of what was closed of the discrepancy.
    `parts` are shares of the gap between raw renders and photographs: `closed`, and of what
    remains `color`, `noise`, `texture` and `content`; they add up to 1. `least_like`: numbers of
    the refined pictures, the one least like a photograph first. `map`: by kind, (groups, 2) places
    of scenes and photographs along the two main directions of the last independent feature.
    """

    features: tuple[FeatureGap, ...]
    closed: Drawn | None
    parts: Mapping[str, Drawn] | None
    regions: tuple[Region, ...]
    pairs: tuple[PairError, ...]
    inception: Mapping[str, float] | None
    sizes: Mapping[str, int]
    remarks: tuple[str, ...]
    least_like: tuple[int, ...]
    map: Mapping[str, list[tuple[float, float]]]
    seed: int

    def with_more(
        self,
        *,
        sizes: Mapping[str, int],
        least_like: tuple[int, ...],
        inception: Mapping[str, float] | None,
    ) -> "GapReport":
        """The same with further sizes, and pictures numbered as they were given."""
        together = {**self.sizes, **sizes}
        return replace(self, sizes=together, least_like=least_like, inception=inception)

    @property
    def closer(self) -> bool:
        """Whether the refined pictures are nearer to the photographs beyond doubt."""
        return self.reaches(0.0)

    def reaches(self, share: float) -> bool:
        """Whether more than this share of the gap was closed, with the whole interval above it,
        and none was opened where there was none.
        """
        closed = self.closed is not None and self.closed.estimate.low > share
        return closed and not self.opened

    @property
    def opened(self) -> list[str]:
        """The independent features on which only the refined pictures are off the photographs."""
        return [one.name for one in self.features if not one.near_loss and one.mmd.opened]

    @property
    def verdict(self) -> str:
        """A sentence for people, two where a gap was opened."""
        if not self.opened:
            return self._closed_or_not
        names = " and ".join(self.opened)
        return (
            f"{self._closed_or_not} But on {names} the refined pictures are off the photographs, "
            f"and the raw renders were not."
        )

    @property
    def _closed_or_not(self) -> str:
        trusted = [one for one in self.features if not one.near_loss]
        if not trusted:
            return (
                "No verdict: all these features are near to what refiners are fitted to; "
                "measure randnet or effnet-lite0 as well."
            )
        if self.closed is None:
            names = " and ".join(one.name for one in trusted)
            return (
                f"No verdict: on {names} the raw renders are not clearly further from the "
                f"photographs than photographs are from each other."
            )
        found = self.closed.estimate
        each = [f"{one.name} {_percent(one.mmd.closed.value)}" for one in trusted if one.mmd.closed]
        figures = f"({', '.join(each)}; 95 %: {_percent(found.low)} to {_percent(found.high)})"
        if found.low > 0:
            return f"{_percent(found.value)} of the gap to the photographs is closed {figures}."
        if found.high < 0:
            return f"The refined pictures are further from the photographs than the raw {figures}."
        return (
            f"It cannot be told whether the gap became smaller: {_percent(found.value)} {figures}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data for gap.json."""
        return {
            "verdict": self.verdict,
            "closer": self.closer,
            "opened": self.opened,
            "closed": _drawn(self.closed),
            "parts_of_raw_gap": self.parts
            and {name: _drawn(part) for name, part in self.parts.items()},
            "features": [one.as_dict() for one in self.features],
            "regions": [_region(one) for one in self.regions],
            "pairs": [
                {"name": one.name, "raw": _drawn(one.raw), "refined": _drawn(one.refined)}
                for one in self.pairs
            ],
            "inception": self.inception and dict(self.inception),
            "sizes": dict(self.sizes),
            "remarks": list(self.remarks),
            "seed": self.seed,
        }


def _region(region: Region) -> dict[str, Any]:
    return {
        "name": region.name,
        "crops": region.crops,
        "photograph_crops": region.photograph_crops,
        "closed": _drawn(region.closed),
        "features": [one.as_dict() for one in region.features],
    }


def _distances(found: Distances) -> dict[str, Any]:
    return {
        "raw": _drawn(found.raw),
        "refined": _drawn(found.refined),
        "floor": _drawn(found.floor),
        "real_against_real": asdict(found.chance),
        "p_raw": found.p_raw,
        "p_refined": found.p_refined,
        "closed": _drawn(found.closed),
    }


def _drawn(figure: Drawn | None) -> dict[str, float] | None:
    return None if figure is None else asdict(figure.estimate)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

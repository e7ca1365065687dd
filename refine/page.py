"""The report as one web page without outside files."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import jinja2
import numpy as np
from markupsafe import Markup

from refine import charts
from refine.frames import U8
from refine.gap import Distances, Drawn, FeatureGap, GapReport
from refine.gap.windows import spread
from scenegen.errors import RefineError

_PAIRS = 6
_WORST = 6
_PHOTOGRAPHS = 8
_WIDE = 340
_SMALL = 160
_EDGE_SLACK = 5
"""Edges within two pixels of each other are the same edge (a square of 5 × 5)."""


@dataclass(frozen=True)
class Marked:
    """Which refiner made a picture, and what the gate had against it or against better ones."""

    refiner: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page may show: names, raw[i] and refined[i] belong together; marks go by name."""

    names: Sequence[str]
    raw: Sequence[U8]
    refined: Sequence[U8]
    photographs: Sequence[U8]
    marks: Mapping[str, Marked]


def render_page(report: GapReport, shown: Shown) -> str:
    """The whole page; everything that comes from outside is escaped."""
    loader = jinja2.PackageLoader("refine", "templates")
    # strict: a name that the template asks for and nobody gives is a mistake of ours
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template("compare.html").render(
        report=report,
        sizes=report.sizes,
        rows=[row for gap in report.features for row in _rows(gap)],
        parts=[
            {"name": name, "share": _share(part)} for name, part in (report.parts or {}).items()
        ],
        regions=[
            {
                "name": one.name,
                "crops": one.crops,
                "photograph_crops": one.photograph_crops,
                "closed": _share(one.closed),
            }
            for one in report.regions
        ],
        errors=[
            {"name": one.name, "raw": _figure(one.raw), "refined": _figure(one.refined)}
            for one in report.pairs
        ],
        charts=_charts(report),
        pairs=[_pair(shown, at) for at in spread(len(shown.names), _PAIRS)],
        photographs=[
            _image(shown.photographs[at], _SMALL)
            for at in spread(len(shown.photographs), _PHOTOGRAPHS)
        ],
        refiners=Counter(mark.refiner for mark in shown.marks.values()).most_common(),
        worst=[_worst(shown, at) for at in worst_frames(report.least_like, shown)],
    )


def worst_frames(least_like: Sequence[int], shown: Shown) -> list[int]:
    """At most six pictures: those with most against them first, then those least like photographs."""
    against = [
        (-len(shown.marks[name].reasons), at)
        for at, name in enumerate(shown.names)
        if name in shown.marks and shown.marks[name].reasons
    ]
    order = [at for _, at in sorted(against)] + list(least_like)
    return list(dict.fromkeys(order))[:_WORST]


def edges_compared(raw: U8, refined: U8) -> tuple[U8, int, int]:
    """The refined picture in grey with lost edges red and new ones blue; how many pixels of each."""
    before, after = _edges(raw), _edges(refined)
    slack = np.ones((_EDGE_SLACK, _EDGE_SLACK), np.uint8)
    lost = (before > 0) & (cv2.dilate(after, slack) == 0)
    new = (after > 0) & (cv2.dilate(before, slack) == 0)
    grey = cv2.cvtColor(refined, cv2.COLOR_RGB2GRAY)
    canvas = np.repeat((grey // 2 + 110)[..., None], 3, axis=2).astype(np.uint8)
    canvas[after > 0] = 60
    canvas[lost], canvas[new] = (196, 34, 34), (23, 132, 196)
    return canvas, int(lost.sum()), int(new.sum())


def _edges(picture: U8) -> U8:
    smooth = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1.2)
    return cv2.Canny(smooth, 40, 100).astype(np.uint8)


def _worst(shown: Shown, at: int) -> dict[str, Any]:
    name = shown.names[at]
    mark = shown.marks.get(name, Marked("", ()))
    raw, refined = shown.raw[at], shown.refined[at]
    edges, lost, new = edges_compared(raw, refined)
    return {
        "name": name,
        "raw": _image(raw, _WIDE),
        "refined": _image(refined, _WIDE),
        "edges": _image(edges, _WIDE),
        "lost": lost,
        "invented": new,
        "refiner": mark.refiner,
        "reasons": mark.reasons,
    }


def _pair(shown: Shown, at: int) -> dict[str, str]:
    wide = 3 * _WIDE // 2
    return {
        "name": shown.names[at],
        "raw": _image(shown.raw[at], wide),
        "refined": _image(shown.refined[at], wide),
    }


def _image(picture: U8, wide: int) -> str:
    """A JPEG as a data URI, at most `wide` pixels wide."""
    scale = min(1.0, wide / picture.shape[1])
    size = (round(picture.shape[1] * scale), max(1, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise RefineError(f"a picture of {picture.shape} {picture.dtype} cannot be shown")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def _rows(gap: FeatureGap) -> list[dict[str, Any]]:
    named = (("MMD", gap.mmd), ("KID", gap.kid), ("PAD", gap.proxy))
    return [_row(gap, name, found) for name, found in named if found is not None]


def _row(gap: FeatureGap, measure: str, found: Distances) -> dict[str, Any]:
    return {
        "feature": gap.name,
        "near": gap.near_loss,
        "measure": measure,
        "raw": _figure(found.raw),
        "refined": _figure(found.refined),
        "real": f"{found.chance.value:.3f} ({found.chance.low:.3f} to {found.chance.high:.3f})",
        "p_raw": "" if found.p_raw is None else f"{found.p_raw:.3f}",
        "p_refined": "" if found.p_refined is None else f"{found.p_refined:.3f}",
        "closed": _share(found.closed),
    }


def _charts(report: GapReport) -> dict[str, Markup]:
    """SVG made here, from numbers and escaped names alone."""
    closed = [
        (f"{gap.name} {measure}", "closed", found.closed.estimate)
        for gap in report.features
        for measure, found in (("MMD", gap.mmd), ("KID", gap.kid), ("PAD", gap.proxy))
        if found is not None and found.closed is not None
    ]
    distances = [
        (f"{gap.name}, {kind}", kind, drawn.estimate)
        for gap in report.features
        for kind, drawn in (("raw", gap.mmd.raw), ("refined", gap.mmd.refined))
    ]
    parts = {name: part.value for name, part in (report.parts or {}).items()}
    drawn = {
        "closed": charts.intervals(closed) if closed else "",
        "distances": charts.intervals(distances),
        "parts": charts.stacked(parts) if parts else "",
        "map": charts.scatter(report.map) if report.map else "",
    }
    return {name: Markup(svg) for name, svg in drawn.items()}


def _figure(drawn: Drawn) -> str:
    found = drawn.estimate
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _share(drawn: Drawn | None) -> str:
    if drawn is None:
        return "no gap to close"
    found = drawn.estimate
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"

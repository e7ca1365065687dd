"""The report as JSON and as a web page that needs nothing else: what failed, and the worst pictures."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.project import Project, open_project
from scenegen.verify import schema
from scenegen.verify.findings import CHECKS, Report, Result, Worst
from scenegen.verify.folder import read_json
from scenegen.verify.run import Panels, Task, Verifier

_SHOWN = 500
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; color: #222 }
table { border-collapse: collapse } td, th { padding: .15em .8em; text-align: left }
td.number { text-align: right; font-variant-numeric: tabular-nums }
tr.bad td { background: #fde3e0 } img { width: 32%; image-rendering: pixelated }
.good { color: #176b2c } .bad { color: #a3200f } li { margin: .2em 0 }
"""


def write_report(
    report: Report,
    folder: Path,
    assets: Sequence[Path] = (),
    project: Project | None = None,
) -> Path:
    """Write report.json, index.html and the worst pictures into `folder`; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.as_dict(), indent=2, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n", "utf-8")
    for old in folder.glob("worst.*.png"):
        old.unlink()
    shown = _worst_pictures(report, folder, assets, project)
    page = folder / "index.html"
    page.write_text(_page(report, shown), "utf-8")
    return page


def _worst_pictures(
    report: Report, folder: Path, assets: Sequence[Path], project: Project | None
) -> list[tuple[Worst, list[str]]]:
    """The worst frame of every check that compares pictures: the names of its three files."""
    card = read_json(report.root / "dataset.json", schema.CARD, Result())
    if card is None or not report.worst:
        return []
    project = project or open_project(report.root / "recipe.yaml", assets)
    verifier = Verifier(report.root, project.library, project.data, card, quick=True)
    drawn: dict[tuple[int, str], Panels] = {}
    shown = []
    for worst in report.worst:
        place = (worst.scene, worst.stem)
        if place not in drawn:
            done = verifier(Task(worst.scene, (worst.stem,)), draw=True)
            drawn[place] = done.panels.get(worst.stem, {})
        if worst.check in drawn[place]:
            names = []
            pictures = _colored(*drawn[place][worst.check])
            for kind, picture in zip(("ours", "rederived", "difference"), pictures, strict=True):
                names.append(f"worst.{worst.check}.{kind}.png")
                cv2.imwrite(str(folder / names[-1]), np.ascontiguousarray(picture[..., ::-1]))
            shown.append((worst, names))
    return shown


# ---------------------------------------------------------------------------- pictures


def _colored(
    ours: NDArray[Any], right: NDArray[Any], differ: NDArray[np.bool_]
) -> list[NDArray[np.uint8]]:
    """Three (H, W, 3) pictures: ours, re-derived, and in red where they differ."""
    if ours.dtype == np.uint8 and ours.ndim == 3:
        colors = [ours, right.astype(np.uint8)]
    elif ours.ndim == 3:
        scale = max(float(np.nanpercentile(np.abs(right), 99)) if right.size else 1.0, 1e-9)
        colors = [_wheel(values, scale) for values in (ours, right)]
    elif np.issubdtype(ours.dtype, np.integer):
        colors = [_labels(values) for values in (ours, right)]
    else:
        high = max(float(np.percentile(right, 99)), 1e-9)
        colors = [_ramp(values / high) for values in (ours, right)]
    dim = (colors[1].astype(np.float64) * 0.3).astype(np.uint8)
    grown = cv2.dilate(differ.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    dim[grown] = (90, 20, 20)
    dim[differ] = (255, 40, 40)
    return [*colors, dim]


def _labels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """A color an id, 0 black."""
    number = values.astype(np.int64)
    hues = (number * 67) % 180
    hsv = np.stack([hues, np.full_like(hues, 200), np.where(number > 0, 230, 0)], axis=-1)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.uint8)


def _ramp(values: NDArray[Any]) -> NDArray[np.uint8]:
    grey = (np.clip(values, 0, 1) * 255).astype(np.uint8)
    colored = cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return np.where(grey[..., None] > 0, colored, 0).astype(np.uint8)


def _wheel(vectors: NDArray[Any], scale: float) -> NDArray[np.uint8]:
    """The direction of (H, W, 2) vectors as hue, their length as brightness; none is black."""
    x, y = np.nan_to_num(vectors[..., 0]), np.nan_to_num(vectors[..., 1])
    hue = (np.degrees(np.arctan2(y, x)) % 360) / 2
    value = np.clip(np.hypot(x, y) / scale, 0, 1) * 255
    hsv = np.stack([hue, np.full_like(hue, 220), value], axis=-1).astype(np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.uint8)


# ---------------------------------------------------------------------------- page


def _page(report: Report, shown: list[tuple[Worst, list[str]]]) -> str:
    verdict = "all checks passed" if report.passed else f"{len(report.failures)} findings"
    kind = "good" if report.passed else "bad"
    quick = " The enlarged canvas was left out." if report.quick else ""
    parts = [
        f"<!doctype html><meta charset=utf-8><title>{html.escape(str(report.root))}</title>",
        f"<style>{_STYLE}</style><h1>{html.escape(str(report.root))}: "
        f"<span class={kind}>{verdict}</span></h1>",
        f"<p>{report.shots} shots of {report.scenes} scenes in {report.seconds:.1f} s.{quick}</p>",
        "<table><tr><th>check<th>about<th>findings<th>compared<th>differing<th>on edges<th>worst",
    ]
    for name, figure, count in report.rows():
        numbers = (count, figure.compared, figure.differing, figure.excused)
        cells = "".join(f"<td class=number>{number}" for number in numbers)
        worst = f"{figure.worst:.3g} {figure.unit}" if figure.unit or figure.worst else ""
        row = f"<td>{name}<td>{html.escape(CHECKS[name])}{cells}<td class=number>{worst}"
        parts.append(f"<tr{' class=bad' if count else ''}>{row}")
    parts.append("</table>")
    if report.failures:
        parts.append("<h2>Findings</h2><ul>")
        findings = [html.escape(str(finding)) for finding in report.failures[:_SHOWN]]
        parts += [f"<li>{finding}" for finding in findings]
        if len(report.failures) > _SHOWN:
            parts.append(f"<li>and {len(report.failures) - _SHOWN} more: see report.json")
        parts.append("</ul>")
    for worst_one, names in shown:
        parts.append(
            f"<h2>{worst_one.check}: worst is scene {worst_one.scene}, shot {worst_one.stem}</h2>"
            "<p>The dataset's, re-derived, and where they differ (on edges too).</p>"
        )
        parts += [f'<img src="{name}" alt="{name}">' for name in names]
    return "\n".join(parts) + "\n"

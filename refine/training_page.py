"""A page that shows how a fit went: one file, nothing outside it."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import cv2
import numpy as np

from refine.frames import U8

WIDTH, HEIGHT = 360, 120  # of a curve
SHOWN = 480  # pixels, longest side of a picture
POINTS = 200

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top }
figcaption { color: #555; font-size: 13px }
svg { background: #f6f6f6 } path { fill: none; stroke: #1565c0; stroke-width: 1.5 }
img { max-width: 100% } td { padding-right: 1.5rem }
"""


def page(
    title: str,
    log: Sequence[Mapping[str, Any]],
    pairs: Sequence[tuple[str, U8, U8]],
    remarks: Sequence[str],
) -> str:
    """HTML. log: lines of log.jsonl · pairs: name of a picture, raw, refined."""
    notes = "".join(f"<li>{escape(remark)}</li>" for remark in remarks)
    strips = "".join(_strip(*pair) for pair in pairs)
    curves = "".join(_curve(name, points) for name, points in _series(log).items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><ul>{notes}</ul>"
        f"<h2>Before and after</h2>{strips}<h2>Losses and distances</h2>{curves}</html>\n"
    )


def _strip(name: str, raw: U8, refined: U8) -> str:
    return (
        f'<figure><img src="{_data_uri(np.hstack([_small(raw), _small(refined)]))}" '
        f'alt="{escape(name)}"><figcaption>{escape(name)}: raw, refined</figcaption></figure>'
    )


def _small(picture: U8) -> U8:
    scale = min(1.0, SHOWN / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _data_uri(picture: U8) -> str:
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def _series(log: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """By name, what was logged at which step."""
    series: dict[str, list[tuple[float, float]]] = {}
    for entry in log:
        for kind in ("losses", "held_out"):
            for name, value in entry.get(kind, {}).items():
                label = f"{name}, held out" if kind == "held_out" else name
                series.setdefault(label, []).append((entry["step"], value))
    return series


def _curve(name: str, points: list[tuple[float, float]]) -> str:
    points = points[:: -(-len(points) // POINTS)]
    steps, values = (np.array(column, float) for column in zip(*points, strict=True))
    values = np.nan_to_num(values)
    low, high = min(0.0, float(values.min())), float(values.max())
    across = steps / max(steps.max(), 1) * WIDTH
    down = HEIGHT - (values - low) / max(high - low, 1e-12) * HEIGHT
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    return (
        f'<figure><svg width="{WIDTH}" height="{HEIGHT}"><path d="M {line}"/></svg>'
        f"<figcaption>{escape(name)}: {values[0]:.4g} to {values[-1]:.4g}, "
        f"steps {steps[0]:.0f} to {steps[-1]:.0f}</figcaption></figure>"
    )

"""Charts as SVG text that needs nothing else."""

import html
from collections.abc import Mapping, Sequence

from refine.gap import Estimate

COLORS = {
    "raw": "#b4552d",
    "refined": "#1f6f8b",
    "photographs": "#444444",
    "closed": "#2e7d4f",
    "color": "#d9a441",
    "noise": "#8a6fb0",
    "texture": "#4f8fc0",
    "content": "#999999",
}
_WIDE = 640
_LEFT = 190
_ROW = 26


def intervals(rows: Sequence[tuple[str, str, Estimate]]) -> str:
    """A dot and its interval a row: (label, kind, estimate); a line marks 0."""
    low = min([0.0, *(row[2].low for row in rows)])
    high = max([0.0, *(row[2].high for row in rows)])
    scale = (_WIDE - _LEFT - 20) / max(high - low, 1e-9)

    def x(value: float) -> float:
        return _LEFT + (value - low) * scale

    height = _ROW * len(rows) + 34
    parts = [f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="4" y2="{height - 24}" class="zero"/>']
    for number, (label, kind, figure) in enumerate(rows):
        y, color = 18 + number * _ROW, COLORS[kind]
        parts.append(
            f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{html.escape(label)}</text>'
            f'<line x1="{x(figure.low):.1f}" x2="{x(figure.high):.1f}" y1="{y}" y2="{y}" '
            f'stroke="{color}" stroke-width="3"/>'
            f'<circle cx="{x(figure.value):.1f}" cy="{y}" r="5" fill="{color}"/>'
        )
    parts += [
        f'<text x="{x(value):.1f}" y="{height - 6}" text-anchor="{anchor}">{value:.2f}</text>'
        for value, anchor in ((low, "start"), (high, "end"))
    ]
    return _svg(_WIDE, height, parts)


def stacked(parts: Mapping[str, float]) -> str:
    """One bar of shares that add up to 1; what is below 0 is told in words, not drawn."""
    drawn = {name: max(share, 0.0) for name, share in parts.items()}
    total = max(sum(drawn.values()), 1e-9)
    x, pieces = 10.0, []
    for name, share in drawn.items():
        wide = share / total * (_WIDE - 20)
        text = f"{name} {100 * parts[name]:.0f} %"
        pieces.append(
            f'<rect x="{x:.1f}" y="8" width="{wide:.1f}" height="30" fill="{COLORS[name]}">'
            f"<title>{html.escape(text)}</title></rect>"
        )
        if wide > 8 * len(text):
            pieces.append(f'<text x="{x + 6:.1f}" y="28" class="in">{html.escape(text)}</text>')
        x += wide
    return _svg(_WIDE, 46, pieces)


def scatter(kinds: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Points of each kind in a plane, one color a kind."""
    points = [point for of in kinds.values() for point in of]
    lows = [min(point[axis] for point in points) for axis in (0, 1)]
    spans = [max(max(p[axis] for p in points) - lows[axis], 1e-9) for axis in (0, 1)]
    size = 380
    pieces = []
    for number, (name, of) in enumerate(kinds.items()):
        color = COLORS[name]
        for point in of:
            x, y = (15 + (point[axis] - lows[axis]) / spans[axis] * (size - 30) for axis in (0, 1))
            pieces.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}" fill-opacity=".7"/>'
            )
        pieces.append(
            f'<circle cx="{size + 20}" cy="{24 + 22 * number}" r="5" fill="{color}"/>'
            f'<text x="{size + 32}" y="{28 + 22 * number}">{html.escape(name)}</text>'
        )
    return _svg(size + 140, size, pieces)


def _svg(wide: int, high: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" role="img">{"".join(parts)}</svg>'
    )

"""The lab's result as a Markdown table."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from refine.apply import RAW

_ORDER = ("raw", "augmented", "stats", "network", "oracle")
_MEANING = {
    "raw": "renders as they are",
    "augmented": "renders, strong photometric augmentation",
    "stats": "refined, statistics alone",
    "network": "refined, the default network",
    "oracle": "photographs with labels",
}


def table(result: Mapping[str, Any]) -> str:
    """A row an arm: gap closed, frames refined, labels kept, distance to the truth, worth."""
    size = result["size"]
    lines = [
        "| trained on | gap closed (95 %) | frames refined | labels kept: mIoU of one segmenter "
        "| steps of 255 to the true pixels | mIoU on held-out photographs | recovered |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(name, result["arms"][name]) for name in _ORDER if name in result["arms"]]
    lines += [
        "",
        f"{size['renders']} scenes of renders, photographs of {size['photographs']} others, tested on "
        f"{size['held_out']} others; {size['seeds']} seeds of {size['steps']} steps each; "
        f"{result['machine']}.",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, arm: Mapping[str, Any]) -> str:
    worth = arm["downstream"]
    cells = [
        _MEANING[name],
        _gap(arm.get("gap")),
        _frames(arm.get("frames")),
        f"{arm['labels_mean_iou']:.3f}" if "labels_mean_iou" in arm else "",
        _pairs(arm.get("gap")),
        _spread(worth["mean_iou"]),
        "" if name in ("raw", "oracle") else _spread(worth["recovered"], percent=True),
    ]
    return "| " + " | ".join(cells) + " |"


def _gap(gap: Mapping[str, Any] | None) -> str:
    if gap is None:
        return ""
    closed = gap["closed"]
    if closed is None:
        return "cannot be told"
    return f"{closed['value']:.0%} ({closed['low']:.0%} to {closed['high']:.0%})"


def _pairs(gap: Mapping[str, Any] | None) -> str:
    """Before and after."""
    if gap is None:
        return ""
    return ", ".join(
        f"{pair['name']} {pair['raw']['value']:.1f} → {pair['refined']['value']:.1f}"
        for pair in gap["pairs"]
    )


def _frames(frames: Mapping[str, int] | None) -> str:
    if frames is None:
        return ""
    whole = sum(frames.values())
    fallen = ", ".join(f"{count} {name}" for name, count in frames.items())
    return f"{whole - frames.get(RAW, 0)} of {whole} ({fallen})"


def _spread(values: Sequence[float], *, percent: bool = False) -> str:
    """Mean and, of several, the standard deviation."""
    middle, wide = mean(values), stdev(values) if len(values) > 1 else 0.0
    return f"{middle:.0%} ± {wide:.0%}" if percent else f"{middle:.3f} ± {wide:.3f}"

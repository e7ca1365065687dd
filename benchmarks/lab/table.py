"""Results as Markdown tables."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

from refine.apply import RAW

_ORDER = ("raw", "augmented", "stats", "network", "augmented_network", "oracle")
_MEANING = {
    "raw": "renders as they are",
    "augmented": "renders, strong photometric augmentation",
    "stats": "refined, statistics alone",
    "network": "refined, the default network",
    "augmented_network": "refined, the default network, the same augmentation",
    "oracle": "photographs with labels",
}
_MEASURES = {"mmd": "MMD", "kid": "KID", "proxy_a_distance": "PAD"}


def table(result: Mapping[str, Any]) -> str:
    """A row an arm: gap closed, frames refined, labels kept, distance to the truth, worth."""
    size = result["size"]
    lines = [
        "| trained on | gap closed (95 %) | frames refined | labels kept: mIoU of one segmenter "
        "| steps of 255 to the true pixels | mIoU on held-out photographs | recovered "
        "| mAP (IoU 0.5) on held-out photographs | recovered |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(name, result["arms"][name]) for name in _ORDER if name in result["arms"]]
    lines += [
        "",
        f"{size['renders']} scenes of renders, photographs of {size['photographs']} others, tested on "
        f"{size['held_out']} others; refiners applied with {size['draws']} seeds; {size['seeds']} seeds of "
        f"{size['steps']} steps of training each, ± their standard deviation; {result['machine']}.",
    ]
    return "\n".join(lines) + "\n"


def gap_table(result: Mapping[str, Any]) -> str:
    """A row an arm, feature and measure: distances before and after, and what was closed."""
    lines = [
        "| refiner | feature | measure | raw | refined | closed (95 %) |",
        "|---|---|---|---|---|---|",
    ]
    for arm, found in result["arms"].items():
        for feature in found["gap"]["features"]:
            name = feature["feature"] + (", near to the loss" if feature["near_loss"] else "")
            lines += [
                f"| {_MEANING[arm]} | {name} | {_MEASURES[key]} | {_interval(feature[key]['raw'])} "
                f"| {_interval(feature[key]['refined'])} | {_gap(feature[key])} |"
                for key in _MEASURES
                if feature.get(key) is not None
            ]
    lines.append("")
    lines += [
        f"{_MEANING[arm]}: {_frames(found['frames'])} frames refined. {found['gap']['verdict']}"
        f"{_parts(found['gap']['parts_of_raw_gap'])}  "
        for arm, found in result["arms"].items()
    ]
    lines += [
        "",
        f"{result['renders']} renders, fitted to {len(result['fitted'])} photographs, compared with "
        f"{len(result['held_out'])} others of the same table; {result['machine']}.",
    ]
    return "\n".join(lines) + "\n"


def _parts(parts: Mapping[str, Any] | None) -> str:
    """Of the gap of the raw renders."""
    if parts is None:
        return ""
    named = ", ".join(f"{name} {part['value']:.0%}" for name, part in parts.items())
    return f" The raw gap is: {named}."


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _row(name: str, arm: Mapping[str, Any]) -> str:
    cells = [
        _MEANING[name],
        _gap(arm.get("gap")),
        _frames(arm.get("frames")),
        f"{arm['labels_mean_iou']:.3f}" if "labels_mean_iou" in arm else "",
        _pairs(arm.get("gap")),
    ]
    for metric in ("mean_iou", "map_50"):
        middle, spread = _spread(arm[metric]["score"])
        cells.append(f"{middle:.3f} ± {spread:.3f}")
        cells.append("" if name in ("raw", "oracle") else _recovered(arm[metric]["recovered"]))
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


def _recovered(shares: Sequence[float] | None) -> str:
    if shares is None:
        return "cannot be told"
    middle, spread = _spread(shares)
    return f"{middle:.0%} ± {spread:.0%}"


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and, of several, the standard deviation."""
    return mean(values), stdev(values) if len(values) > 1 else 0.0

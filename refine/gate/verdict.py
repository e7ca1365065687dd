"""Accept or reject one refined picture, with reasons for people and figures for tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from refine.frames import U8, Render
from refine.gate.chroma import invented_color
from refine.gate.color import clipped_share, color_shifts
from refine.gate.contrast import contrasts
from refine.gate.drift import instance_drifts, local_drift
from refine.gate.edges import Trace, invented, lost, recalls
from refine.gate.limits import LIMITS, Limits
from refine.gate.pair import Pair, pair_of
from refine.gate.seams import seam
from refine.gate.segmentation import Segmenter, iou_changes
from scenegen.errors import RefineError

_MOST_NAMED = 3
_FEWEST_OUTLINE_PX = 20


@dataclass(frozen=True)
class Verdict:
    """`accepted` if and only if there is no reason against; `measures` has what was measurable."""

    accepted: bool
    reasons: tuple[str, ...]
    measures: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "accepted": self.accepted,
            "reasons": list(self.reasons),
            "measures": dict(self.measures),
        }


@dataclass
class _Notes:
    """What the checks have written down so far."""

    render: Render
    reasons: list[str] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)

    def value(self, name: str, value: float, *, bad: bool, reason: str) -> None:
        """One figure of the whole picture."""
        self.measures[name] = value
        if bad:
            self.reasons.append(reason)

    def trace(self, name: str, found: Trace, most: float, *, what: str) -> None:
        """The length of the longest edge of a kind, `what` in words."""
        self.value(
            name,
            found.px,
            bad=found.px > most,
            reason=f"{what} around ({found.x}, {found.y}): {found.px:.0f} px (limit {most:g})",
        )

    def worst(
        self,
        name: str,
        values: Mapping[int, float],
        *,
        bad: Callable[[float], bool],
        reason: Callable[[float], str],
        low: bool = False,
    ) -> None:
        """The worst figure of all instances, and a sentence for the worst ones that are bad."""
        if not values:
            return
        order = sorted(values, key=lambda i: values[i], reverse=not low)
        self.measures[name] = values[order[0]]
        guilty = [i for i in order if bad(values[i])]
        self.reasons += [f"{self.named(i)} {reason(values[i])}" for i in guilty[:_MOST_NAMED]]
        if len(guilty) > _MOST_NAMED:
            self.reasons.append(f"… and {len(guilty) - _MOST_NAMED} more instances like these")

    def named(self, instance: int) -> str:
        return f"{self.render.categories.get(instance, 'instance')} (#{instance})"


def judge(
    raw: U8,
    refined: U8,
    render: Render,
    *,
    limits: Limits = LIMITS,
    segmenter: Segmenter | None = None,
    color_labels: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge what became of `raw`, the picture that the labels of `render` belong to.

    `color_labels`: categories that are told by their color. RefineError: another size or kind of
    picture, or a segmenter for a dataset without `semantic`.
    """
    _refuse_other_sizes(raw, refined, render)
    pair, notes = pair_of(raw, refined), _Notes(render)
    _drift(notes, pair, limits)
    _edges(notes, pair, raw, refined, limits)
    _contrast(notes, raw, refined, limits)
    _surface(notes, pair, raw, refined, limits)
    _color(notes, raw, refined, limits, color_labels)
    if segmenter is not None:
        _segmentation(notes, segmenter, raw, refined, limits)
    return Verdict(not notes.reasons, tuple(notes.reasons), notes.measures)


def _refuse_other_sizes(raw: U8, refined: U8, render: Render) -> None:
    wanted = (*render.ids.shape, 3)
    for what, picture in (("raw", raw), ("refined", refined)):
        if picture.shape != wanted or picture.dtype != "uint8":
            found = f"{' × '.join(map(str, picture.shape))} {picture.dtype}"
            raise RefineError(
                f"{render.name}: the {what} picture is {found}, its labels are for "
                f"{wanted[0]} × {wanted[1]} × 3 uint8 (rows, columns, RGB)"
            )


def _drift(notes: _Notes, pair: Pair, limits: Limits) -> None:
    drifts = instance_drifts(pair, notes.render.ids)
    notes.worst(
        "drift_px",
        {i: drift.at_least_px for i, drift in drifts.items()},
        bad=lambda px: px > limits.drift_px,
        reason=lambda px: f"moved by {px:.2f} px or more (limit {limits.drift_px:g})",
    )
    local = local_drift(pair)
    notes.value(
        "drift_local_px",
        local.at_least_px,
        bad=local.at_least_px > limits.drift_local_px,
        reason=f"around ({local.x}, {local.y}) the picture moved by {local.at_least_px:.2f} px "
        f"or more (limit {limits.drift_local_px:g})",
    )


def _edges(notes: _Notes, pair: Pair, raw: U8, refined: U8, limits: Limits) -> None:
    new, gone, color = invented(pair), lost(pair), invented_color(raw, refined)
    notes.measures["edges_invented_share"] = new.share
    notes.measures["edges_lost_share"] = gone.share
    notes.trace("edge_invented_px", new, limits.edge_invented_px, what="an edge was invented")
    notes.trace("edge_lost_px", gone, limits.edge_lost_px, what="an edge was lost")
    notes.trace(
        "color_invented_px", color, limits.color_invented_px, what="an edge of color was invented"
    )
    found = recalls(pair, notes.render.ids)
    asked = sum(recall.px for recall in found.values())
    kept = sum(recall.share * recall.px for recall in found.values())
    share = kept / asked if asked else 1.0
    notes.value(
        "recall",
        share,
        bad=share < limits.recall,
        reason=f"{share:.0%} of the outlines are still edges (limit {limits.recall:.0%})",
    )
    notes.worst(
        "recall_instance",
        {i: recall.share for i, recall in found.items() if recall.px >= _FEWEST_OUTLINE_PX},
        bad=lambda share: share < limits.recall_instance,
        reason=lambda share: (
            f"has {share:.0%} of its outline left (limit {limits.recall_instance:.0%})"
        ),
        low=True,
    )


def _contrast(notes: _Notes, raw: U8, refined: U8, limits: Limits) -> None:
    found = contrasts(raw, refined, notes.render.ids)
    ratios = {
        i: [ratio for ratio in (one.each, one.mean) if ratio is not None]
        for i, one in found.items()
    }
    notes.worst(
        "contrast_least",
        {i: min(both) for i, both in ratios.items() if both},
        bad=lambda ratio: ratio < limits.contrast_least,
        reason=lambda ratio: (
            f"has {ratio:.0%} of its contrast left (limit {limits.contrast_least:.0%})"
        ),
        low=True,
    )
    notes.worst(
        "contrast_most",
        {i: max(both) for i, both in ratios.items() if both},
        bad=lambda ratio: ratio > limits.contrast_most,
        reason=lambda ratio: f"has {ratio:.1f} times its contrast (limit {limits.contrast_most:g})",
    )
    notes.worst(
        "contrast_lightness",
        {i: one.lightness for i, one in found.items() if one.lightness is not None},
        bad=lambda ratio: ratio < limits.contrast_lightness,
        reason=lambda ratio: (
            f"is dark where it was light against its surroundings, "
            f"or light where it was dark ({ratio:.0%}, limit {limits.contrast_lightness:.0%})"
        ),
        low=True,
    )


def _surface(notes: _Notes, pair: Pair, raw: U8, refined: U8, limits: Limits) -> None:
    step = seam(pair)
    notes.value(
        "noise_levels",
        pair.noise,
        bad=pair.noise > limits.noise_levels,
        reason=f"noise of {pair.noise:.0f} levels hides what else may have changed "
        f"(limit {limits.noise_levels:g})",
    )
    notes.value(
        "seam_levels",
        step.levels,
        bad=step.levels > limits.seam_levels,
        reason=f"a seam of {step.levels:.1f} levels runs along {step.along} {step.at} "
        f"(limit {limits.seam_levels:g})",
    )
    share = clipped_share(raw, refined)
    notes.value(
        "clipped_share",
        share,
        bad=share > limits.clipped_share,
        reason=f"{share:.1%} of the pixels became black or white "
        f"(limit {limits.clipped_share:.1%})",
    )


def _color(
    notes: _Notes, raw: U8, refined: U8, limits: Limits, color_labels: frozenset[str]
) -> None:
    told = [i for i, category in notes.render.categories.items() if category in color_labels]
    shifts = color_shifts(raw, refined, notes.render.ids, told)
    notes.worst(
        "color_delta_e00",
        {i: shift.delta_e00 for i, shift in shifts.items()},
        bad=lambda shift: shift > limits.color_delta_e00,
        reason=lambda shift: (
            f"is told by its color, which changed by ΔE00 {shift:.1f} "
            f"(limit {limits.color_delta_e00:g})"
        ),
    )
    notes.worst(
        "color_hue_deg",
        {i: shift.hue_deg for i, shift in shifts.items()},
        bad=lambda turn: turn > limits.color_hue_deg,
        reason=lambda turn: (
            f"is told by its color, whose hue turned by {turn:.0f}° "
            f"(limit {limits.color_hue_deg:g}°)"
        ),
    )


def _segmentation(
    notes: _Notes, segmenter: Segmenter, raw: U8, refined: U8, limits: Limits
) -> None:
    losses = {
        i: -change for i, change in iou_changes(segmenter, raw, refined, notes.render).items()
    }
    if not losses:
        return
    mean = sum(losses.values()) / len(losses)
    notes.value(
        "iou_loss_mean",
        mean,
        bad=mean > limits.iou_loss_mean,
        reason=f"the segmenter lost {mean:.3f} of IoU in the mean (limit {limits.iou_loss_mean:g})",
    )
    notes.worst(
        "iou_loss",
        losses,
        bad=lambda loss: loss > limits.iou_loss,
        reason=lambda loss: f"lost {loss:.2f} of the segmenter's IoU (limit {limits.iou_loss:g})",
    )

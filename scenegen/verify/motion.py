"""Flow and scene flow from poses and rays alone."""

import numpy as np

from scenegen.verify import suspects
from scenegen.verify.case import EDGE, Case, Flags, Index
from scenegen.verify.findings import Figure
from scenegen.verify.hidden import SEEN, check_codes
from scenegen.verify.judging import judge
from scenegen.verify.meshes import Array
from scenegen.verify.passage import Passage
from scenegen.verify.pictures import RELATIVE, slopes
from scenegen.verify.rows import every, largest, norm, some
from scenegen.verify.world import Hits

_BIAS = 2**15
FLOW_STEP = 1 / 64
FLOW_PX = 0.05


def check_motion(case: Case) -> None:
    """Everything that points from this picture to its successor or its partner."""
    link = case.folder.links[case.stem]
    if link.successor is not None:
        passage = Passage(case.take, case.takes.take(link.successor))
        if "flow" in case.pictures:
            _check_flow(case, passage)
        if "scene_flow" in case.pictures:
            _check_scene_flow(case, passage)
        if "flow_occlusion" in case.pictures:
            check_codes(case, passage, "flow_occlusion")
    if link.partner is not None and "stereo_occlusion" in case.pictures:
        check_codes(case, Passage(case.take, case.takes.take(link.partner)), "stereo_occlusion")


# ---------------------------------------------------------------------------- flow


def _check_flow(case: Case, passage: Passage) -> None:
    color = case.flat("flow")
    there = color[:, 2] > 0
    found = (color[:, :2].astype(np.float64) - _BIAS) * FLOW_STEP
    own = case.take.optics.pixels
    if (color[:, 2] > 1).any() or np.any(~there & some(color)):
        case.fail("flow", "the third channel must be 1 where there is flow, all 0 elsewhere")

    def written(flow: Array) -> Array:
        flow[~_fits(flow, FLOW_STEP)] = np.nan
        return flow

    def implied(places: Array, hits: Hits) -> Array:
        return written(passage.pixels(passage.points(hits)) - places)

    def wrong(index: Index, truth: Array, slack: float | Array = 0.0) -> Flags:
        off = norm(found[index] - truth)
        allowed = FLOW_PX + 1e-3 * norm(truth) + slack
        return np.where(np.isnan(truth[:, 0]), there[index], ~there[index] | ~(off <= allowed))

    def fits(index: Index, places: Array, hits: Hits) -> Flags:
        depth = hits.depth + EDGE * slopes(case, hits)
        further = Hits(hits.rays, hits.surface, depth, hits.triangle)
        truth = implied(places, hits)
        return ~wrong(index, truth, np.nan_to_num(norm(implied(places, further) - truth)))

    right = written(passage.own_pixels - own)
    differ = wrong(np.arange(case.size), right)
    differing = np.flatnonzero(differ & case.agree)
    excused = case.edges(differing, fits)
    both: Flags = there & case.agree & np.isfinite(right[:, 0])
    explain = suspects.of_flow(found[both], right[both]) if (~excused).any() else ""
    both[differing[excused]] = False
    if "flow_occlusion" in case.pictures:
        both &= case.flat("flow_occlusion") == SEEN
    worst = float(norm(found - right)[both].max(initial=0))
    judge(case, "flow", differing, excused, explain, Figure(case.size, worst=worst, unit="px"))
    _check_count(case, "flow", passage, FLOW_STEP)
    if case.draw:
        case.panels["flow"] = (
            np.where(there[:, None], found, np.nan).reshape(*case.shape, 2),
            right.reshape(*case.shape, 2),
            differ.reshape(case.shape),
        )


def _fits(vectors: Array, step: float) -> Flags:
    """Which (N, k) vectors can be written in steps around 2¹⁵."""
    with np.errstate(invalid="ignore"):
        steps = np.rint(vectors / step) + _BIAS
    return every((steps >= 1) & (steps <= 65535))


def _check_count(case: Case, output: str, passage: Passage, step: float) -> None:
    """overflow_px is how many vectors there are that cannot be written."""
    if output == "flow":
        vectors = passage.own_pixels - case.take.optics.pixels
    else:
        vectors = passage.own_points - case.take.hits.points
    exist = every(np.isfinite(vectors))
    right = int((exist & ~_fits(vectors, step)).sum())
    edge = np.where(exist, np.abs(largest(vectors) / step - _BIAS), np.inf)
    found = case.shot["overflow_px"].get(output)
    if found is None or abs(found - right) > (edge < 0.02 * _BIAS).sum() + 1e-4 * right:
        message = f"overflow_px.{output} is {found}, but {right} vectors do not fit into 16 bits"
        case.fail(output, message)


def _check_scene_flow(case: Case, passage: Passage) -> None:
    scale = case.card["depth_scale"]
    color = case.flat("scene_flow")
    there = some(color)
    found = (color.astype(np.float64) - _BIAS) * scale

    def written(flow: Array) -> Array:
        flow[~_fits(flow, scale)] = np.nan
        return flow

    def implied(hits: Hits) -> Array:
        return written(passage.points(hits) - hits.points)

    def wrong(index: Index, truth: Array, hits: Hits, shift: float = 0.0) -> Flags:
        off = largest(found[index] - truth)
        allowed = 0.5 * scale + RELATIVE * hits.depth
        if shift:  # a point so far aside on its plane may have moved otherwise
            allowed += 2 * shift * slopes(case, hits)
        with np.errstate(invalid="ignore"):
            return np.where(np.isnan(truth[:, 0]), there[index], ~there[index] | ~(off <= allowed))

    right = written(passage.own_points - case.take.hits.points)
    differ = wrong(np.arange(case.size), right, case.take.hits)
    differing = np.flatnonzero(differ & case.agree)
    excused = case.edges(differing, lambda index, _, hits: ~wrong(index, implied(hits), hits, EDGE))
    both: Flags = there & case.agree & np.isfinite(right[:, 0])
    explain = ""
    if (~excused).any():
        rotation = case.take.sight.world_from_camera[:3, :3]
        explain = suspects.of_scene_flow(found[both], right[both], rotation)
    both[differing[excused]] = False
    worst = float(np.abs(found - right)[both].max(initial=0))
    judge(case, "scene_flow", differing, excused, explain, Figure(case.size, worst=worst, unit="m"))
    _check_count(case, "scene_flow", passage, scale)

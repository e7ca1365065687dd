"""Depth, normals, NOCS and disparity against what the rays meet."""

import numpy as np

from scenegen.verify import suspects
from scenegen.verify.case import EDGE, ON_EDGES, Case, Flags, Index
from scenegen.verify.findings import Figure
from scenegen.verify.identity import check_ids, check_semantic
from scenegen.verify.judging import judge, marked
from scenegen.verify.meshes import Array
from scenegen.verify.rows import largest, norm, some
from scenegen.verify.world import NOTHING, Hits

RELATIVE = 1e-4
"""Of depth and what follows from it: what may be lost in single precision."""
NORMAL_DEG = 1.0
NOCS = 1e-3
DISPARITY_STEP = 1 / 256
_MOST = 65535


def check_pictures(case: Case) -> None:
    """All that one picture says by itself; ids first, the others leave out what they got wrong."""
    for check, function in (
        ("ids", check_ids),
        ("semantic", check_semantic),
        ("depth", _check_depth),
        ("normals", _check_normals),
        ("nocs", _check_nocs),
        ("disparity", _check_disparity),
    ):
        if check in case.pictures:
            function(case)


def slopes(case: Case, hits: Hits) -> Array:
    """(N,) metres of depth a pixel, at most, on the planes that are hit."""
    normal = case.take.sight.normals(hits, flat=True)
    focal = min(case.take.optics.k[0], case.take.optics.k[4])
    facing = np.abs(np.einsum("ij,ij->i", normal, hits.rays))
    with np.errstate(all="ignore"):
        slope = hits.depth * np.hypot(normal[:, 0], normal[:, 1]) / (facing * focal)
    return np.where(np.isfinite(slope), slope, 0.0)


def _check_depth(case: Case) -> None:
    scale = case.card["depth_scale"]
    found = case.flat("depth") * scale
    right = np.where(case.take.hits.surface == NOTHING, 0.0, case.take.hits.depth)

    def in_range(depth: Array) -> Flags:
        with np.errstate(invalid="ignore"):
            steps = np.rint(depth / scale)
        return (steps >= 1) & (steps <= _MOST)

    def allowed(depth: Array) -> Array:
        return 0.5 * scale * (1 + 1e-6) + RELATIVE * depth

    def fits(index: Index, _: Array, hits: Hits) -> Flags:
        reach = allowed(hits.depth) + EDGE * slopes(case, hits)
        near = np.abs(found[index] - hits.depth) <= reach
        return np.where(in_range(hits.depth), near, found[index] == 0)

    _check_overflow(case, "depth", (right > 0) & ~in_range(right), right, scale)
    written = np.where(in_range(right), right, 0.0)
    wrong = np.abs(found - written) > np.where(written > 0, allowed(written), 0.0)
    differing = np.flatnonzero(wrong & case.agree)
    excused = case.edges(differing, fits)
    left = differing[~excused]
    explain = ""
    if len(left):
        rays = case.take.optics.image_rays.reshape(*case.shape, 3)
        explain = suspects.of_depth(found.reshape(case.shape), written.reshape(case.shape), rays)
    worst = np.abs(found - written)[case.agree & ~marked(case, differing[excused])]
    figure = Figure(int(case.agree.sum()), worst=float(worst.max(initial=0)), unit="m")
    judge(case, "depth", differing, excused, explain, figure)
    if case.draw:
        shape = case.shape
        case.panels["depth"] = (found.reshape(shape), written.reshape(shape), wrong.reshape(shape))


def _check_overflow(case: Case, output: str, beyond: Flags, values: Array, step: float) -> None:
    """`overflow_px` is how many pixels hold a value that cannot be written, within rounding."""
    steps = values / step
    near = (np.abs(steps - _MOST - 0.5) < RELATIVE * _MOST + 1) | (np.abs(steps - 0.5) < 1e-3)
    slack = int((near & (values > 0)).sum()) + int(ON_EDGES * case.size)
    found, right = case.shot["overflow_px"].get(output), int(beyond.sum())
    if found is None or abs(found - right) > (slack if right else int(near.any()) * slack):
        message = f"overflow_px.{output} is {found}, but {right} values do not fit into 16 bits"
        case.fail(output, message)


def _check_normals(case: Case) -> None:
    color = case.flat("normals")
    there = some(color)
    vectors = color / 127.5 - 1
    vectors /= norm(vectors)[:, None]
    right = case.take.normals
    cosine = np.cos(np.radians(NORMAL_DEG))

    def fits(index: Index, _: Array, hits: Hits) -> Flags:
        normals = case.take.sight.normals(hits)
        near = np.einsum("ij,ij->i", vectors[index], normals) >= cosine
        return np.where(hits.surface == NOTHING, ~there[index], near & there[index])

    surface = case.take.hits.surface != NOTHING
    cosines = np.einsum("ij,ij->i", vectors, right)
    wrong = np.where(surface, ~there | (cosines < cosine), there)
    differing = np.flatnonzero(wrong & case.agree)
    excused = case.edges(differing, fits)
    explain = ""
    if (~excused).any():
        both = np.flatnonzero(there & surface & case.agree)
        rotation = case.take.sight.world_from_camera[:3, :3]
        explain = suspects.of_normals(vectors[both], right[both], rotation)
    measured = cosines[surface & there & case.agree & ~marked(case, differing[excused])]
    worst = float(np.degrees(np.arccos(np.clip(np.nanmin(measured, initial=1.0), -1, 1))))
    judge(
        case, "normals", differing, excused, explain, Figure(case.size, worst=worst, unit="degrees")
    )
    if case.draw:
        shown = np.nan_to_num(np.rint((right + 1) * 127.5)).astype(np.uint8)
        shape = case.shape
        case.panels["normals"] = (
            case.pictures["normals"],
            shown.reshape(*shape, 3),
            wrong.reshape(shape),
        )


def _check_nocs(case: Case) -> None:
    color = case.flat("nocs")
    there = some(color)
    found = (color - 1.0) / 65534
    right = _nocs(case, case.take.hits)

    def wrong(index: Index, truth: Array, reach: float | Array) -> Flags:
        off = largest(found[index] - truth)
        return np.where(np.isnan(truth[:, 0]), there[index], ~there[index] | ~(off <= reach))

    def fits(index: Index, _: Array, hits: Hits) -> Flags:
        reach = NOCS + EDGE * slopes(case, hits) * norm(hits.rays) / _diagonals(case, hits)
        return ~wrong(index, _nocs(case, hits), reach)

    differ = wrong(np.arange(case.size), right, NOCS)
    differing = np.flatnonzero(differ & case.agree)
    excused = case.edges(differing, fits)
    explain = ""
    both: Flags = there & case.agree & np.isfinite(right[:, 0])
    if (~excused).any():
        explain = suspects.of_axes(found[both], right[both])
    both[differing[excused]] = False
    worst = np.abs(found - right)[both].max(initial=0.0)
    judge(case, "nocs", differing, excused, explain, Figure(case.size, worst=float(worst)))
    if case.draw:
        shown = np.nan_to_num(np.rint(right * 255)).astype(np.uint8)
        shape = case.shape
        case.panels["nocs"] = (
            (case.pictures["nocs"] >> 8).astype(np.uint8),
            shown.reshape(*shape, 3),
            differ.reshape(shape),
        )


def _nocs(case: Case, hits: Hits) -> Array:
    """(N, 3) place in the object's box, whose diagonal is 1 and whose middle is ½; NaN: no object."""
    sight = case.take.sight
    out = np.full((len(hits.rays), 3), np.nan)
    for place, thing in enumerate(case.take.world.things):
        at = np.flatnonzero(hits.surface == place)
        if thing.number and len(at):
            low, high = thing.mesh.box
            inside = sight.in_mesh(place, hits.points[at])
            out[at] = (inside - (low + high) / 2) / np.linalg.norm(high - low) + 0.5
    return np.clip(out, 0, 1)


def _diagonals(case: Case, hits: Hits) -> Array:
    """(N,) metres across the box of the thing that is hit; infinite for floor, walls and nothing."""
    things = case.take.world.things
    across = [float(np.linalg.norm(np.diff(t.mesh.box, axis=0))) * t.scale for t in things]
    return np.array([*across, *[np.inf] * 6])[hits.surface]


def _check_disparity(case: Case) -> None:
    other = case.folder.links[case.stem].partner
    if other is None:
        return
    partner = np.array(case.folder.camera(other)["world_from_camera"])
    baseline = float(np.linalg.norm(partner[:3, 3] - case.take.sight.world_from_camera[:3, 3]))
    scale = case.take.optics.k[0] * baseline
    found = case.flat("disparity") * DISPARITY_STEP

    def implied(depth: Array) -> Array:
        steps = np.rint(scale / depth / DISPARITY_STEP)
        fit = np.isfinite(depth) & (steps >= 1) & (steps <= _MOST)
        return np.where(fit, scale / depth, 0.0)

    def fits(index: Index, _: Array, hits: Hits) -> Flags:
        right = implied(hits.depth)
        with np.errstate(invalid="ignore"):
            slack = np.where(right > 0, EDGE * slopes(case, hits) / hits.depth * right, 0.0)
        return np.abs(found[index] - right) <= allowed(right) + slack

    def allowed(right: Array) -> Array:
        return np.where(right > 0, DISPARITY_STEP / 2 * (1 + 1e-6) + RELATIVE * right, 0.0)

    right = implied(case.take.hits.depth)
    whole = np.where(np.isfinite(case.take.hits.depth), scale / case.take.hits.depth, 0.0)
    _check_overflow(case, "disparity", (whole > 0) & (right == 0), whole, DISPARITY_STEP)
    wrong = np.abs(found - right) > allowed(right)
    differing = np.flatnonzero(wrong & case.agree)
    excused = case.edges(differing, fits)
    explain = ""
    if (~excused).any():
        explain = suspects.of_factor(found[case.agree], right[case.agree], "disparity")
    worst = np.abs(found - right)[case.agree & ~marked(case, differing[excused])]
    figure = Figure(case.size, worst=float(worst.max(initial=0)), unit="px")
    judge(case, "disparity", differing, excused, explain, figure)
    if case.draw:
        shape = case.shape
        case.panels["disparity"] = tuple(  # type: ignore[assignment]
            values.reshape(shape) for values in (found, right, wrong)
        )

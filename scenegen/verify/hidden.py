"""What is hidden in another picture: every point is sought from there by a ray of its own."""

import numpy as np
from numpy.typing import NDArray

from scenegen.verify.case import Case, Flags, Index
from scenegen.verify.findings import Figure
from scenegen.verify.judging import marked
from scenegen.verify.meshes import Array, Integers
from scenegen.verify.passage import Passage
from scenegen.verify.pictures import RELATIVE
from scenegen.verify.world import NOTHING, Hits

NONE, SEEN, HIDDEN, OUTSIDE = 0, 1, 2, 3
_NAMES = ("no surface", "seen", "hidden", "outside")
OCCLUSION = 2e-3
"""Part of the codes that may differ off edges."""
_BREADTH = 1.5
_MOST_ASKED = 4000


def check_codes(case: Case, passage: Passage, check: str) -> None:
    """Every point is sought from the other camera by a ray of its own."""
    found = case.flat(check)
    hits = case.take.hits
    points, pixels = passage.own_points, passage.own_pixels
    right = np.where(hits.surface == NOTHING, NONE, OUTSIDE).astype(np.uint8)
    inside = np.flatnonzero(passage.inside(pixels))
    rays = points[inside] / points[inside, 2:]
    other = passage.there.sight
    seen = other.cast(rays)
    same = other.ids(seen) == case.take.ids[inside]
    unhidden = seen.depth >= points[inside, 2] * (1 - RELATIVE) - 1e-4
    right[inside] = np.where(same & unhidden, SEEN, HIDDEN)
    differing = np.flatnonzero((found != right) & case.agree)
    asked = differing[:: max(1, len(differing) // _MOST_ASKED)]
    excused = _unsure(case, passage, asked, points[asked], pixels[asked])
    left = round(int((~excused).sum()) * len(differing) / max(len(asked), 1))
    compared = int(case.agree.sum())
    part = left / max(compared, 1)
    case.measure(check, Figure(compared, len(differing), len(differing) - left, part))
    if part > OCCLUSION and left > 2:
        _fail_codes(case, check, found, right, asked[~excused], left)
    if check == "stereo_occlusion":
        _check_partner(case, passage)
    if case.draw:
        shape = case.shape
        case.panels[check] = (
            found.reshape(shape),
            right.reshape(shape),
            marked(case, asked[~excused]).reshape(shape),
        )


def _fail_codes(
    case: Case,
    check: str,
    found: NDArray[np.uint8],
    right: NDArray[np.uint8],
    wrong: Index,
    count: int,
) -> None:
    said, is_so = found[wrong].clip(0, 3), right[wrong]
    pairs, counts = np.unique(np.stack([said, is_so]), axis=1, return_counts=True)
    most = int(counts.argmax())
    says, truth = (_NAMES[code] for code in pairs[:, most])
    message = (
        f"about {count} of {case.size} codes are wrong, not within {_BREADTH} px of an edge "
        f"(first {case.at(wrong[0])}); mostly '{says}' where the point is {truth}"
    )
    table = {(HIDDEN, OUTSIDE), (OUTSIDE, HIDDEN)}
    if table <= {tuple(pair) for pair in pairs.T.tolist()}:
        message += ": hidden and outside are swapped"
    case.fail(check, message)


def _unsure(case: Case, passage: Passage, index: Index, points: Array, pixels: Array) -> Flags:
    """For which of these pixels rays within 1.5 px in the other picture disagree."""
    out = np.zeros(len(index), bool)
    if not len(index):
        return out
    # at the border of the other picture, or of what its lens sees
    for corner in ((-0.01, -0.01), (0.01, 0.01)):
        out |= passage.inside(pixels + corner) != passage.inside(pixels)
    ask = np.flatnonzero(passage.inside(pixels))
    hits = case.take.hits[index[ask]]
    normals = case.take.sight.normals(hits, flat=True)
    turned = np.empty_like(normals)
    for surface in np.unique(hits.surface).tolist():
        at = hits.surface == surface
        turned[at] = normals[at] @ passage.carrier(surface)[:3, :3].T
    numbers = case.take.sight.ids(hits)
    rings = [passage.there.sight.cast(points[ask] / points[ask, 2:])]
    for radius in (_BREADTH / 2, _BREADTH):
        rings += [hits for _, hits in passage.there.around(pixels[ask], radius)]
    answers = [_match(passage, ring, points[ask], turned, numbers) for ring in rings]
    votes = np.array(answers)
    out[ask] |= votes.any(axis=0) != votes.all(axis=0)
    return out


def _match(passage: Passage, seen: Hits, points: Array, normals: Array, ids: Integers) -> Flags:
    """Which hits lie on the same thing, on the same side, in a plane within a pixel of the point."""
    sight, optics = passage.there.sight, passage.there.optics
    flat = sight.normals(seen, flat=True)
    breadth = points[:, 2] / min(optics.k[0], optics.k[4])
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.einsum("ij,ij->i", points - seen.points, flat))
        facing = np.einsum("ij,ij->i", flat, normals) > 0
        return (sight.ids(seen) == ids) & facing & (apart <= breadth)


def _check_partner(case: Case, passage: Passage) -> None:
    """What both eyes see has the same id in the partner's picture, where the disparity says."""
    stem = case.folder.links[case.stem].partner
    if stem is None or "ids" not in case.pictures or "disparity" not in case.pictures:
        return
    theirs = case.partner_ids
    if theirs is None:
        return
    width = case.shape[1]
    sign = -1 if case.shot["camera"]["eye"] == "left" else 1
    codes, ids = case.flat("stereo_occlusion"), case.flat("ids")
    disparity = case.flat("disparity") / 256
    index = np.flatnonzero((codes == SEEN) & (disparity > 0))
    row, column = np.divmod(index, width)
    x = column + sign * disparity[index]
    found = np.zeros(len(index), bool)
    for step in (0, 1):
        at = np.clip(np.floor(x).astype(np.intp) + step, 0, width - 1)
        found |= theirs[row, at] == ids[index]
    wrong = index[~found]
    if len(wrong) > max(2, OCCLUSION * len(index)):
        message = (
            f"{len(wrong)} of {len(index)} pixels that both eyes see have another id in shot "
            f"{stem} at x {'−' if sign < 0 else '+'} disparity (first {case.at(wrong[0])})"
        )
        case.fail("stereo_occlusion", message)

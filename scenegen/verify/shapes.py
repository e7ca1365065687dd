"""Pixel counts, boxes, masks and who hides whom, object by object."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.verify import suspects
from scenegen.verify.alone import Alone, projected
from scenegen.verify.case import ON_EDGES
from scenegen.verify.findings import Figure
from scenegen.verify.folder import Json

# ---------------------------------------------------------------------------- counts


def check_counts(one: Alone) -> None:
    case, label = one.case, one.label
    wrong = []
    visible = label["px_visible"]
    seen = case.flat("ids") if "ids" in case.pictures else case.take.ids
    shown = int(np.count_nonzero(seen == one.number))
    slack = 0 if "ids" in case.pictures else 2 + int(ON_EDGES * case.size)
    if abs(visible - shown) > slack:
        told = _by_tolerance(one, visible)
        wrong.append(f"px_visible is {visible}, but {shown} pixels show it{told}")
    for key in ("px_in_frame", "px_full"):
        mask = one.inside if key == "px_in_frame" else one.whole[0]
        count = int(mask.sum())
        if label[key] == count:
            continue
        if key == "px_full" and case.quick and one.leaves and label[key] >= label["px_in_frame"]:
            continue
        fuzzy = one.unsure[one.window] if key == "px_in_frame" else one.unsure
        low, high = count - int((mask[fuzzy] > 0).sum()), count + int((mask[fuzzy] == 0).sum())
        if not low <= label[key] <= high:
            wrong.append(f"{key} is {label[key]}, but alone it covers {count} ({low} to {high})")
    wrong += _wrong_fractions(label)
    wrong += _wrong_clipped(one)
    case.measure("counts", Figure(1, bool(wrong)))
    if wrong:
        one.fail("counts", "; ".join(wrong))


def _by_tolerance(one: Alone, visible: int) -> str:
    """What the count looks like: right, or of pixels whose depth is nearly what is seen."""
    if visible == int(np.count_nonzero(one.case.take.ids == one.number)):
        return ", though rays find as many: ids.png is wrong, not the count"
    layer, depth = one.case.take.layers[one.place], one.case.take.hits.depth
    behind = layer.depth - depth[layer.index]
    for tolerance in (0.005, 0.01, 0.015, 0.02):
        if abs(int((behind <= tolerance).sum()) - visible) <= 2 + visible // 200:
            return f": counted with a depth tolerance of {tolerance * 1000:.0f} mm"
    return ""


def _wrong_fractions(label: Json) -> list[str]:
    visible, inside, full = (label[key] for key in ("px_visible", "px_in_frame", "px_full"))
    right = {
        "occlusion": 1 - visible / inside if inside else None,
        "truncation": 1 - inside / full if full else None,
        "visible_fraction": visible / full if full else None,
    }
    wrong = []
    for key, value in right.items():
        found = label[key]
        if (found is None) != (value is None) or (
            found is not None and value is not None and abs(found - value) > 1e-9
        ):
            shown = "null" if value is None else f"{value:.6g}"
            wrong.append(f"{key} is {found}, but its pixel counts make it {shown}")
    return wrong


def _wrong_clipped(one: Alone) -> list[str]:
    """full_canvas_clipped: whether the silhouette reaches the border of the canvas."""
    if one.case.quick and one.leaves:
        return []
    mask, x0, y0 = one.whole
    height, width = one.case.shape
    rows, columns = np.nonzero(mask)
    said = one.label["full_canvas_clipped"]

    def reaches(rows: Any, columns: Any) -> bool:
        return bool(
            len(rows)
            and (
                columns.min() + x0 == -width
                or rows.min() + y0 == -height
                or columns.max() + x0 == 2 * width - 1
                or rows.max() + y0 == 2 * height - 1
            )
        )

    if said == reaches(rows, columns) or said == reaches(*np.nonzero((mask > 0) | one.unsure)):
        return []
    return [f"full_canvas_clipped is {said}, but the silhouette says otherwise"]


# ---------------------------------------------------------------------------- boxes


def check_boxes(one: Alone) -> None:
    """Every box is tight around what it says it encloses."""
    case, label = one.case, one.label
    seen = case.pictures["ids"] if "ids" in case.pictures else case.take.ids.reshape(case.shape)
    mask, x0, y0 = one.whole
    wrong = _wrong_visible(label, _box((seen == one.number).astype(np.uint8), 0, 0), case.pictures)
    for key, picture, window, left, top in (
        ("box_amodal", mask, np.s_[:, :], x0, y0),
        ("box_amodal_clipped", one.inside, one.window, 0, 0),
    ):
        found, right = label[key], _box(picture, left, top)
        if found == right or (key == "box_amodal" and case.quick and one.leaves):
            continue
        unsure = one.unsure[window]
        least = _box((picture > 0) & ~unsure, left, top)
        most = _box((picture > 0) | unsure, left, top)
        if not _between(found, least, most):
            wrong.append(_box_message(key, found, right))
    wrong += _wrong_cuboid_box(one)
    case.measure("boxes", Figure(4, len(wrong)))
    if wrong:
        one.fail("boxes", "; ".join(wrong))


def _wrong_visible(label: Json, right: list[float] | None, pictures: Any) -> list[str]:
    found = label["box_visible"]
    near = (
        "ids" not in pictures and found and right and np.abs(np.subtract(found, right)).max() <= 1
    )
    return [] if found == right or near else [_box_message("box_visible", found, right)]


def _box(mask: NDArray[Any], x0: int, y0: int) -> list[float] | None:
    """Tight around the pixels of a mask, half-open, corner frame."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    edges = (x0 + columns[0], y0 + rows[0], x0 + columns[-1] + 1, y0 + rows[-1] + 1)
    return [float(edge) for edge in edges]


def _between(found: Any, least: list[float] | None, most: list[float] | None) -> bool:
    """Whether a box encloses all that is surely there and nothing that surely is not."""
    if found is None or most is None:
        return found is None and least is None
    inner = least or [most[2], most[3], most[0], most[1]]
    x0, y0, x1, y1 = found
    return bool(
        most[0] <= x0 <= inner[0]
        and most[1] <= y0 <= inner[1]
        and inner[2] <= x1 <= most[2]
        and inner[3] <= y1 <= most[3]
    )


def _box_message(key: str, found: Any, right: Any) -> str:
    if found is None or right is None:
        return f"{key} is {found}, but {right} is right"
    shown = [round(value, 4) for value in right]
    told = suspects.of_box(found, right)
    off = np.abs(np.subtract(found, right)).max()
    return f"{key} is {found}, but {shown} is right: {told or f'up to {off:.4g} px off'}"


def _wrong_cuboid_box(one: Alone) -> list[str]:
    pixels, exact = projected(one.case, one.case.take.sight.corners(one.place))
    found, right = one.label["box_cuboid"], None
    if np.isfinite(pixels).all():
        right = [*(pixels.min(axis=0) + 0.5).tolist(), *(pixels.max(axis=0) + 0.5).tolist()]
    if found is not None and right is not None:
        good = np.abs(np.subtract(found, right)).max() <= exact.max()
    else:
        good = found is right
    return [] if good else [_box_message("box_cuboid", found, right)]


# ---------------------------------------------------------------------------- masks and order


def check_mask(one: Alone) -> None:
    """The amodal mask is the silhouette in the image, pixel by pixel."""
    given = one.label["amodal_mask"]
    if asked(one, "amodal_mask", "amodal_masks", given):
        return
    height, width = one.case.shape
    mask = decoded(given, height, width)
    if mask is None:
        size = given["size"]
        one.fail("amodal_mask", f"no COCO mask of {height} × {width} pixels: its size is {size}")
        return
    differ = mask != one.inside
    count, off = int(differ.sum()), 0
    if count:
        off = int((differ & ~one.unsure[one.window]).sum())
    one.case.measure("amodal_mask", Figure(mask.size, count, count - off, unit="px"))
    if off or count > max(2.0, ON_EDGES * mask.size):
        told = ""
        if np.array_equal(mask, one.case.take.ids.reshape(one.case.shape) == one.number):
            told = ": it is the mask of what is visible"
        one.fail("amodal_mask", f"{count} pixels differ, {off} of them not on an edge{told}")
    if int(mask.sum()) != one.label["px_in_frame"]:
        message = f"{int(mask.sum())} pixels, but px_in_frame is {one.label['px_in_frame']}"
        one.fail("amodal_mask", message)


def decoded(given: Json, height: int, width: int) -> NDArray[np.uint8] | None:
    """(H, W) of COCO's compressed run lengths; None if they are none of a picture of that size."""
    runs = _runs(given["counts"])
    if given["size"] != [height, width] or runs is None or min(runs, default=-1) < 0:
        return None
    if sum(runs) != height * width:
        return None
    columns = np.repeat((np.arange(len(runs)) % 2).astype(np.uint8), runs)  # column by column
    return columns.reshape(width, height).T


def _runs(counts: str) -> list[int] | None:
    """Lengths of 0s, 1s, 0s, …; None if the text breaks off.

    Each is written in groups of five bits, least first, a sixth bit telling that more follow, the
    last group's highest bit being the sign; from the fourth on, less the one two places before.
    """
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        code = ord(character) - 48
        if not 0 <= code < 64:
            return None
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return runs if shift == 0 else None


def asked(one: Alone, key: str, output: str, given: Any) -> bool:
    """Whether there is nothing to check; fails if a label is there or not against the recipe."""
    wanted = output in one.case.card["outputs"]
    if wanted != (given is not None):
        told = "null, though it was asked for" if wanted else "there, though nobody asked for it"
        one.fail(key, f"it is {told}")
    return given is None


def check_hidden_by(one: Alone) -> None:
    """Whoever is seen where the object is hidden, with the right number of pixels."""
    given = one.label["hidden_by"]
    if asked(one, "hidden_by", "occlusion_order", given):
        return
    case, mask = one.case, one.label["amodal_mask"]
    inside = decoded(mask, *case.shape) if mask is not None else None
    exact = inside is not None and "ids" in case.pictures
    seen = case.pictures["ids"] if "ids" in case.pictures else case.take.ids.reshape(case.shape)
    silhouette = one.inside if inside is None else inside
    numbers, counts = np.unique(seen[silhouette > 0], return_counts=True)
    right = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    right.pop(one.number, None)
    found = {entry["by"]: entry["px"] for entry in given}
    slack = 0 if exact else 2 + int(ON_EDGES * case.size)
    wrong = [
        by for by in found.keys() | right.keys() if abs(found.get(by, 0) - right.get(by, 0)) > slack
    ]
    ordered = list(found) == sorted(found) and len(found) == len(given) and 0 not in found.values()
    whole = sum(found.values()) == one.label["px_in_frame"] - one.label["px_visible"]
    case.measure("hidden_by", Figure(len(right), len(wrong)))
    if wrong:
        one.fail("hidden_by", f"hidden by {found} (id: pixels), but {right} is right")
    elif not ordered or not whole:
        message = f"{found} is not sorted, or does not add up to px_in_frame − px_visible"
        one.fail("hidden_by", message)

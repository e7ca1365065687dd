"""Pictures for people: labels drawn over a picture, maps in color, captions, sheets."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scenegen.scene import ObjectAnnotation, Vec2

Image = NDArray[np.uint8]

CUBOID_EDGES = [(a, a | bit) for a in range(8) for bit in (4, 2, 1) if not a & bit]
"""Pairs of corner indices that differ in one axis: the 12 edges of a box."""

_CAPTION_PX = 22
_STATE_COLORS = {
    "visible": (90, 230, 90),
    "self_occluded": (255, 170, 40),
    "occluded": (240, 70, 60),
}
_CODE_COLORS = np.array([[24, 24, 24], [70, 150, 80], [200, 60, 50], [60, 80, 190]], np.uint8)


def palette(instance_id: int) -> tuple[int, int, int]:
    """A distinct sRGB color for every id (golden-angle steps around the hue circle)."""
    hue = (instance_id * 137.508) % 360.0
    value = (1.0, 0.8, 0.62)[instance_id % 3]
    hsv = np.array([[[hue, 0.75, value]]], dtype=np.float32)
    red, green, blue = (cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] * 255).astype(int)
    return int(red), int(green), int(blue)


def instances_in_color(ids: NDArray[np.uint16]) -> Image:
    """(H, W, 3): every id its color, background dark grey."""
    table = np.full((int(ids.max()) + 1, 3), 40, dtype=np.uint8)
    for instance_id in np.unique(ids[ids > 0]):
        table[instance_id] = palette(int(instance_id))
    return table[ids]


def depth_in_color(depth: NDArray[np.float32]) -> Image:
    """(H, W, 3): near is warm, far is cold, nothing is black; even steps of 1/depth."""
    there = depth > 0
    if not there.any():
        return np.zeros((*depth.shape, 3), dtype=np.uint8)
    nearness = 1 / np.where(there, depth, 1)
    far, near = np.percentile(nearness[there], (1, 99))
    scaled = np.clip((nearness - far) / max(near - far, 1e-6), 0, 1)
    bgr = cv2.applyColorMap((scaled * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    color = np.ascontiguousarray(bgr[..., ::-1])
    color[~there] = 0
    return color


def with_boxes(picture: Image, labels: Sequence[ObjectAnnotation]) -> Image:
    """The picture with visible (full line) and amodal (thin) boxes and category names."""
    canvas = picture.copy()
    for label in labels:
        if label.box_visible is None or label.box_amodal is None:
            continue
        color = palette(label.instance_id)
        _rectangle(canvas, label.box_amodal, color, 1)
        _rectangle(canvas, label.box_visible, color, 2)
        x0, y0 = int(label.box_visible[0]), int(label.box_visible[1])
        _text(canvas, label.category, (x0 + 2, max(y0 - 4, 10)), 0.4, color)
    return canvas


def with_cuboids(picture: Image, labels: Sequence[ObjectAnnotation]) -> Image:
    """The picture with the edges of every seen object's 3D box."""
    canvas = picture.copy()
    for label in labels:
        if label.px_visible == 0:
            continue
        for start, end in CUBOID_EDGES:
            _line(canvas, label.corners_image[start], label.corners_image[end], label.instance_id)
    return canvas


def captioned(picture: Image, caption: str) -> Image:
    """The picture with a line of text above it."""
    bar = np.full((_CAPTION_PX, picture.shape[1], 3), 24, dtype=np.uint8)
    _text(bar, caption, (6, _CAPTION_PX - 7), 0.45, (235, 235, 235))
    return np.vstack([bar, picture])


def grid(pictures: Sequence[Image], columns: int, gap: int = 4) -> Image:
    """Pictures of one size side by side, row by row, on dark ground."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    sheet = np.full(
        (rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 24, dtype=np.uint8
    )
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        y, x = gap + row * (height + gap), gap + column * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def fitted(picture: Image, width: int, height: int) -> Image:
    """The whole picture, scaled to fit into a frame of this size, on dark ground."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    w, h = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)
    framed = np.full((height, width, 3), 24, dtype=np.uint8)
    y, x = (height - h) // 2, (width - w) // 2
    framed[y : y + h, x : x + w] = small
    return framed


def with_keypoints(picture: Image, labels: Sequence[ObjectAnnotation]) -> Image:
    """The picture with every keypoint in it: seen green, hidden by itself orange, by others red."""
    canvas = picture.copy()
    for label in labels:
        for point in label.keypoints or ():
            if point.image is None or point.state == "outside":
                continue
            x, y = (round(value * 16) for value in point.image)
            for radius, color in ((52, (0, 0, 0)), (38, _STATE_COLORS[point.state])):
                cv2.circle(canvas, (x, y), radius, color, -1, cv2.LINE_AA, shift=4)
    return canvas


def flow_in_color(flow: NDArray[np.float32]) -> Image:
    """(H, W, 3): hue is the direction, saturation the length (up to the 99th percentile)."""
    there: NDArray[np.bool_] = np.all(np.isfinite(flow), axis=-1)
    x, y = np.moveaxis(np.where(there[..., None], flow[..., :2], 0), -1, 0)
    length, angle = np.hypot(x, y), np.arctan2(y, x)
    longest = max(float(np.percentile(length[there], 99)) if there.any() else 0.0, 1e-9)
    hsv = np.stack([angle * 180 / np.pi + 180, np.clip(length / longest, 0, 1), there], axis=-1)
    color: Image = np.rint(cv2.cvtColor(hsv.astype(np.float32), cv2.COLOR_HSV2RGB) * 255).astype(
        np.uint8
    )
    return color


def codes_in_color(codes: NDArray[np.uint8]) -> Image:
    """(H, W, 3): seen in both green, hidden in the other red, outside it blue."""
    return _CODE_COLORS[codes]


def _rectangle(
    canvas: Image, box: tuple[float, ...], color: tuple[int, int, int], width: int
) -> None:
    x0, y0, x1, y1 = (round(value) for value in box)
    cv2.rectangle(canvas, (x0, y0), (x1 - 1, y1 - 1), color, width, cv2.LINE_AA)


def _line(canvas: Image, start: Vec2 | None, end: Vec2 | None, instance_id: int) -> None:
    if start is None or end is None or max(map(abs, (*start, *end))) > 30000:
        return
    points = [(round(x * 16), round(y * 16)) for x, y in (start, end)]
    cv2.line(canvas, points[0], points[1], palette(instance_id), 1, cv2.LINE_AA, shift=4)


def _text(
    canvas: Image, text: str, at: tuple[int, int], size: float, color: tuple[int, int, int]
) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):  # a heavier stroke would be a wider font
        place = (at[0] + dx, at[1] + dy)
        cv2.putText(canvas, text, place, font, size, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.putText(canvas, text, at, font, size, color, 1, cv2.LINE_AA)

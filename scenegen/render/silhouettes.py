"""Who covers which pixel alone: one bit an object, all objects in one pass.

The bits are gathered by `glLogicOp(GL_OR)` in an integer target without depth test. Inside the
image they come from exactly the transforms of the id pass, so a visible pixel always belongs to
its silhouette; outside from a canvas three times as wide and high, the image in its middle.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenegen.errors import RenderError
from scenegen.lens import Rect
from scenegen.render.context import GL
from scenegen.render.gpu import Target
from scenegen.render.optics import MeshProgram, Rays
from scenegen.render.store import Store
from scenegen.render.view import Placed, pixel_rect
from scenegen.scene import Camera, Silhouette

Mask = NDArray[np.bool_]
_EMPTY: Rect = (0, 0, 0, 0)


class SilhouettePass:
    """Draws the silhouettes of one camera's objects."""

    def __init__(self, store: Store, rays: Rays, max_size: int) -> None:
        self._store = store
        self._max_size = max_size
        self._program = MeshProgram("silhouette.frag", rays)
        self._targets: dict[str, Target] = {}

    def run(self, camera: Camera, things: Sequence[Placed]) -> dict[int, Silhouette]:
        """Silhouettes by instance id of all `things`."""
        width, height = camera.width, camera.height
        image = (0, 0, width, height)
        canvas = (-width, -height, 2 * width, 2 * height)
        rects = [pixel_rect(camera, thing.corners, canvas) for thing in things]
        within = [_meet(rect, image) for rect in rects]
        inside = self._masks(camera, things, within, 1)
        leaving = [i for i, rect in enumerate(rects) if rect != within[i]]
        outside = self._masks(camera, [things[i] for i in leaving], [rects[i] for i in leaving], 3)
        masks = dict(enumerate(inside))
        for i, mask in zip(leaving, outside, strict=True):
            masks[i] = _merged(mask, rects[i], inside[i], within[i])
        boxes = {i: rects[i] if i in leaving else within[i] for i in masks}
        return {
            thing.instance_id: _cropped(masks[i], boxes[i], canvas)
            for i, thing in enumerate(things)
        }

    def _masks(
        self, camera: Camera, things: Sequence[Placed], rects: Sequence[Rect], times: int
    ) -> list[Mask]:
        """Each object's mask within its rectangle, on a canvas `times` the image's size."""
        masks: list[Mask] = [_nothing(rect) for rect in rects]
        todo = [i for i, rect in enumerate(rects) if rect != _EMPTY]
        size = 32 if len(todo) <= 32 else 128
        for start in range(0, len(todo), size):
            chunk = todo[start : start + size]
            target = self._draw(camera, [things[i] for i in chunk], times, size)
            area = _hull([rects[i] for i in chunk])
            margin_x, margin_y = (times - 1) // 2 * camera.width, (times - 1) // 2 * camera.height
            box = (area[0] + margin_x, area[1] + margin_y, area[2] - area[0], area[3] - area[1])
            words = target.read("bits", box).reshape(box[3], box[2], -1)
            for bit, i in enumerate(chunk):
                x0, y0, x1, y1 = rects[i]
                word = words[y0 - area[1] : y1 - area[1], x0 - area[0] : x1 - area[0], bit // 32]
                masks[i] = (word & np.uint32(1 << bit % 32)) != 0
        return masks

    def _draw(self, camera: Camera, things: Sequence[Placed], times: int, bits: int) -> Target:
        target = self._target(camera.width * times, camera.height * times, bits)
        target.begin()
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glEnable(GL.GL_COLOR_LOGIC_OP)
        GL.glLogicOp(GL.GL_OR)
        meshes = [self._store.object(thing.thing) for thing in things]  # uploads bind textures
        program = self._program.use(camera, times)
        for bit, (thing, drawables) in enumerate(zip(things, meshes, strict=True)):
            word = np.zeros(4, np.uint32)
            word[bit // 32] = np.uint32(1 << bit % 32)
            program.set("u_bits", word)
            program.set("u_camera_from_object", thing.camera_from_mesh)
            for drawable in drawables:
                self._program.front_only(thing.outside and drawable.solid)
                drawable.draw()
        self._program.front_only(False)
        GL.glDisable(GL.GL_COLOR_LOGIC_OP)
        return target

    def _target(self, width: int, height: int, bits: int) -> Target:
        if max(width, height) > self._max_size:
            raise RenderError(
                f"silhouettes need a canvas of {width}×{height} pixels, three times the image; "
                f"this OpenGL driver draws at most {self._max_size}: use a smaller camera size"
            )
        key = f"{width}x{height}x{bits}"
        if key not in self._targets:
            while len(self._targets) >= 4:
                self._targets.pop(next(iter(self._targets))).delete()
            form = "R32UI" if bits == 32 else "RGBA32UI"
            self._targets[key] = Target(width, height, {"bits": form}, depth=False)
        return self._targets[key]

    def close(self) -> None:
        for target in self._targets.values():
            target.delete()
        self._program.delete()


def _nothing(rect: Rect) -> Mask:
    return np.zeros((rect[3] - rect[1], rect[2] - rect[0]), bool)


def _meet(a: Rect, b: Rect) -> Rect:
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else _EMPTY


def _hull(rects: Sequence[Rect]) -> Rect:
    table = np.array(rects)
    x0, y0 = table[:, :2].min(axis=0).tolist()
    x1, y1 = table[:, 2:].max(axis=0).tolist()
    return x0, y0, x1, y1


def _merged(outer: Mask, outer_rect: Rect, inner: Mask, inner_rect: Rect) -> Mask:
    """The canvas outside the image, the in-image pass inside it."""
    x, y = inner_rect[0] - outer_rect[0], inner_rect[1] - outer_rect[1]
    height, width = inner.shape
    if inner.size:
        outer[y : y + height, x : x + width] = inner
    return outer


def _cropped(mask: Mask, rect: Rect, canvas: Rect) -> Silhouette:
    """The mask without its empty margin."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return Silhouette(0, 0, np.zeros((0, 0), bool))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    tight = mask[top:bottom, left:right].copy()
    tight.setflags(write=False)
    x0, y0 = rect[0] + int(left), rect[1] + int(top)
    x1, y1 = rect[0] + int(right), rect[1] + int(bottom)
    clipped = x0 == canvas[0] or y0 == canvas[1] or x1 == canvas[2] or y1 == canvas[3]
    return Silhouette(x0, y0, tight, clipped)

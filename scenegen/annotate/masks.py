"""Amodal masks as run lengths, and who hides whom."""

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from scenegen.scene import Camera, Hidden, Mask, Silhouette


def amodal_mask(inside: Silhouette, camera: Camera) -> Mask:
    """All pixels of the picture that the object would cover alone; `inside` lies in the picture."""
    picture = np.zeros((camera.height, camera.width), np.uint8, order="F")
    height, width = inside.mask.shape
    picture[inside.y0 : inside.y0 + height, inside.x0 : inside.x0 + width] = inside.mask
    counts = coco.encode(picture)["counts"].decode("ascii")
    return Mask((camera.height, camera.width), counts)


def hidden_by(instance_id: int, inside: Silhouette, ids: NDArray[np.uint16]) -> tuple[Hidden, ...]:
    """What is seen where the object is hidden, in the order of instance ids.

    The pixels add up to `px_in_frame − px_visible`.
    """
    height, width = inside.mask.shape
    shown = ids[inside.y0 : inside.y0 + height, inside.x0 : inside.x0 + width][inside.mask]
    numbers, counts = np.unique(shown, return_counts=True)
    return tuple(
        Hidden(by, px)
        for by, px in zip(numbers.tolist(), counts.tolist(), strict=True)
        if by != instance_id
    )

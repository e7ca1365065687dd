"""What a segmenter that was trained on renders makes of the refined picture."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from refine.frames import U8, Render
from scenegen.errors import RefineError

Classes = NDArray[np.integer]

_MARGIN_PX = 8
_FEWEST_PX = 50


class Segmenter(Protocol):
    """Tells the category of each pixel."""

    def predict(self, rgb: U8) -> Classes:
        """(H, W, 3) uint8 sRGB → (H, W) category numbers as in the `semantic` output, 0 = none."""
        ...


def iou_changes(segmenter: Segmenter, raw: U8, refined: U8, render: Render) -> dict[int, float]:
    """IoU on the refined picture less IoU on the raw one, of each instance that has a category.

    Judged within the instance's box and _MARGIN_PX around; other instances of its category do not
    count. RefineError where the dataset was made without `semantic`.
    """
    semantic = render.gbuffers.semantic
    if semantic is None:
        raise RefineError(
            f"{render.name}: a segmenter can be asked only where the dataset has `semantic`; "
            f"name it under `outputs:` in its recipe and generate again"
        )
    before, after = segmenter.predict(raw), segmenter.predict(refined)
    found = {}
    for instance, box in enumerate(ndimage.find_objects(render.ids), start=1):
        if box is None:
            continue
        window = tuple(slice(max(0, s.start - _MARGIN_PX), s.stop + _MARGIN_PX) for s in box)
        mine = render.ids[window] == instance
        category = int(semantic[window][mine][0])
        if category and np.count_nonzero(mine) >= _FEWEST_PX:
            judged = mine | (semantic[window] != category)
            found[instance] = _iou(after[window] == category, mine, judged) - _iou(
                before[window] == category, mine, judged
            )
    return found


def _iou(told: NDArray[np.bool_], mine: NDArray[np.bool_], judged: NDArray[np.bool_]) -> float:
    told = told & judged
    return float(np.count_nonzero(told & mine) / np.count_nonzero(told | mine))

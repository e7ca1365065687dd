"""What formats of pinhole cameras share: shots they can say, outputs they need, JPEG pictures."""

from collections import Counter
from collections.abc import Iterable, Mapping

import cv2

from scenegen.dataset import StoredShot
from scenegen.errors import DatasetError
from scenegen.export.selection import Picked, Selection

Tally = Counter[str]
"""How often something was met that the format cannot say; each becomes a remark."""

_BENT = "shots through a distorting lens were left out: the format knows pinhole cameras only"


def pinhole_shots(selection: Selection, scene_index: int, tally: Tally) -> list[Picked]:
    """The shots of a scene taken without lens distortion; the others are counted."""
    picks = selection.picked(scene_index)
    straight = [picked for picked in picks if picked.shot.camera.distortion is None]
    tally[_BENT] += len(picks) - len(straight)
    return straight


def remarks(tally: Tally) -> list[str]:
    """`12 shots through a …`, for all that was met at all."""
    return [f"{count} {what}" for what, count in tally.items() if count]


def require(selection: Selection, form: str, outputs: Iterable[str]) -> None:
    """DatasetError where the dataset was made without an output that the format needs."""
    card = selection.dataset.card
    missing = [output for output in outputs if output not in card.outputs]
    if missing:
        raise DatasetError(
            f"{card.name} was made without {' and '.join(missing)}; {form} needs "
            f"{'it' if len(missing) == 1 else 'them'}"
        )


def jpeg_quality(chosen: Mapping[str, str]) -> int:
    """The option `jpeg_quality`, 1 to 100; 95 where it is not given."""
    text = chosen.get("jpeg_quality", "95")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise DatasetError(f"--set jpeg_quality={text}: expected a number from 1 to 100")
    return int(text)


def flag(chosen: Mapping[str, str], name: str) -> bool:
    """An option that is `true` or `false`; false where it is not given."""
    text = chosen.get(name, "false")
    if text not in ("true", "false"):
        raise DatasetError(f"--set {name}={text}: expected true or false")
    return text == "true"


def jpeg(shot: StoredShot, quality: int) -> bytes:
    """The picture as JPEG; its colors are no longer exact."""
    color = cv2.cvtColor(shot.rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", color, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()

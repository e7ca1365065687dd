"""What JPEG left in the photographs: from their files where they tell, else nothing is assumed."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from refine.frames import F32, U8
from refine.photographs import Jpeg
from refine.stats.settings import Settings

LEAST_QUALITY = 70  # below, the borders of the 8×8 blocks become edges that no label knows
FACTORS = {
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


class Compression(Settings):
    """quality: as libjpeg counts, never below LEAST_QUALITY · subsampling: of the chroma."""

    quality: int = Field(ge=LEAST_QUALITY, le=100)
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"]


def fit_compression(jpegs: Sequence[Jpeg | None]) -> Compression | None:
    """The middle quality and the usual subsampling; None where most photographs show no trace."""
    known = [jpeg for jpeg in jpegs if jpeg is not None]
    if 2 * len(known) <= len(jpegs):
        return None
    quality = round(float(np.median([jpeg.quality for jpeg in known])))
    usual = Counter(jpeg.subsampling for jpeg in known).most_common(1)[0][0]
    return Compression.model_validate(
        {"quality": max(quality, LEAST_QUALITY), "subsampling": usual}
    )


def compress(rgb: U8, compression: Compression, strength: float) -> U8:
    """(H, W, 3) written as JPEG and read again; weaker at less strength."""
    quality = round(100 - strength * (100 - compression.quality))
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, FACTORS[compression.subsampling]]
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, options)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)


def to_bytes(rgb: F32) -> U8:
    """[0, 1] to uint8, rounded."""
    return np.round(rgb * 255).astype(np.uint8)

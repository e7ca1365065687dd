"""Pictures on disk become arrays; broken, huge and hostile ones become an AssetError."""

import io
import warnings
from typing import Any

import numpy as np

from scenegen.assets.model import Image
from scenegen.errors import AssetError

MAX_SIDE_PX = 4096
MAX_PIXELS = 150_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF")


def texture(data: bytes, what: str) -> Image:
    """(H, W, 3 or 4) uint8 as stored, top row first, at most `MAX_SIDE_PX` wide and high.

    Alpha is kept only where something is not opaque. `what` names the picture in errors.
    """
    from PIL import Image as pil

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pil.open(io.BytesIO(data), formats=FORMATS) as picture:
                _refuse_bomb(picture, what)
                return _pixels(_shrunk(picture))
    except AssetError:
        raise
    except pil.DecompressionBombError:
        raise _bomb(what) from None
    except Exception as error:
        kinds = ", ".join(FORMATS)
        raise AssetError(
            f"{what} is not a picture that can be read ({_reason(error)}); "
            f"save it again as one of: {kinds}"
        ) from None


def rgb(data: bytes, what: str) -> Image:
    """`texture` without alpha, (H, W, 3)."""
    pixels = texture(data, what)[..., :3]
    return np.ascontiguousarray(pixels)


def _refuse_bomb(picture: Any, what: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _bomb(what)


def _bomb(what: str) -> AssetError:
    return AssetError(
        f"{what} has more than {MAX_PIXELS / 1e6:g} million pixels; "
        f"scale it down to {MAX_SIDE_PX} × {MAX_SIDE_PX}"
    )


def _shrunk(picture: Any) -> Any:
    """The picture at most `MAX_SIDE_PX` wide and high."""
    picture.draft(None, (MAX_SIDE_PX, MAX_SIDE_PX))
    if picture.mode.startswith("I"):  # 16-bit grey: PIL would clip it instead of scaling
        from PIL import Image as pil

        wide = np.asarray(picture).astype(np.int64)
        picture = pil.fromarray((wide >> (8 if wide.max(initial=0) > 255 else 0)).astype(np.uint8))
    alpha = "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if alpha else "RGB")
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return picture


def _pixels(picture: Any) -> Image:
    pixels = np.asarray(picture, dtype=np.uint8)
    if pixels.shape[2] == 4 and bool((pixels[..., 3] == 255).all()):
        pixels = pixels[..., :3]
    pixels = np.array(pixels)
    pixels.setflags(write=False)
    return pixels


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0].split(" <")[0] if str(error) else type(error).__name__

"""One file becomes one photograph: upright, 8 bits, sRGB, no longer than asked; or a reason why not.

Only formats that Pillow decodes by itself are opened: a folder of photographs is read with no more
trust than a download deserves, and some of Pillow's formats start other programs.
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, JpegImagePlugin, UnidentifiedImageError

from refine.frames import U8

# An MPO (two pictures of a telephone) opens as the JPEG that it begins with.
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "PPM", "GIF", "AVIF", "JPEG2000")
SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .tif .tiff .webp .bmp .ppm .pgm .gif .avif .jp2 .j2k".split()
)
HEIC = frozenset({".heic", ".heif", ".hif"})
RAW = frozenset(".cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .dng .orf .rw2 .raf .pef .raw".split())
LONGEST_SHAPE = 4  # times as long as high: scaled to the size of renders, little of more is left
SHORTEST = 64  # pixels of the shorter side: less is a thumbnail, and no crop fits into it
LARGEST = 150_000_000  # pixels: half a gigabyte once decoded; Pillow itself refuses 179 million
STANDARD_LUMINANCE_SUM = 3691  # of the 64 steps of the table in ITU-T T.81, annex K.1
SUBSAMPLINGS = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}  # as Pillow numbers them


class Unusable(Exception):
    """Why a file is no photograph, in words that can follow its name."""


@dataclass(frozen=True)
class Jpeg:
    """How a file was compressed. quality: 1..100 as libjpeg counts · subsampling: of the chroma."""

    quality: int
    subsampling: str


@dataclass(frozen=True)
class Decoded:
    """pixels: (H, W, 3) uint8 sRGB · notes: what had to be done · jpeg: None where it left no trace."""

    pixels: U8
    notes: tuple[str, ...]
    jpeg: Jpeg | None


def decode(path: Path, longest: int) -> Decoded:
    """The photograph in `path`, its longer side at most `longest` pixels; raises Unusable."""
    suffix = path.suffix.lower()
    if suffix in HEIC:
        raise Unusable("HEIC cannot be read here: convert it to JPEG")
    if suffix in RAW:
        raise Unusable("camera raw cannot be read here: export it as JPEG or 8-bit PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the size is checked below
        try:
            with Image.open(path, formats=FORMATS) as image:
                return _photograph(image, longest)
        except Unusable:
            raise
        except Image.DecompressionBombError as error:
            raise Unusable(f"more pixels than the {LARGEST // 10**6} million read here") from error
        except UnidentifiedImageError as error:
            named_so = "damaged, or not the picture that its name promises"
            raise Unusable(named_so if suffix in SUFFIXES else "not a picture") from error
        except Exception as error:  # a damaged file may fail anywhere inside a decoder
            raise Unusable(f"damaged: {error or type(error).__name__}") from error


def _photograph(image: Image.Image, longest: int) -> Decoded:
    width, height = image.size
    if width * height > LARGEST:
        raise Unusable(
            f"{width}×{height}: more than the {LARGEST // 10**6} million pixels read here"
        )
    if min(width, height) < SHORTEST:
        raise Unusable(f"{width}×{height}: too small, the shorter side needs {SHORTEST} pixels")
    if max(width, height) > LONGEST_SHAPE * min(width, height):
        raise Unusable(f"{width}×{height}: a strip, {LONGEST_SHAPE} times as long as high at most")
    jpeg = jpeg_of(image) if max(width, height) <= longest else None
    image.draft(None, (longest, longest))  # a JPEG is decoded no larger than needed
    upright: Any = ImageOps.exif_transpose(image)
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
    notes = ["turned upright as its EXIF says"] if turned else []
    picture = _srgb(_opaque(_eight_bits(upright, notes), notes), notes)
    if max(picture.size) > longest:
        scale = longest / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    return Decoded(np.array(picture), tuple(notes), jpeg)


def _eight_bits(image: Image.Image, notes: list[str]) -> Image.Image:
    """Grey of 16 bits scaled to 8; Pillow reads color of 16 bits as 8 by itself."""
    if image.mode == "F":
        raise Unusable("holds floating-point numbers: save it as JPEG or 8-bit PNG")
    if not image.mode.startswith("I"):
        return image
    steps = np.asarray(image)
    if steps.min() < 0 or steps.max() > 65535:
        raise Unusable("holds more than 16 bits a pixel: save it as JPEG or 8-bit PNG")
    notes.append("16 bits a pixel, reduced to 8")
    return Image.fromarray(np.round(steps / 257).astype(np.uint8))


def _opaque(image: Image.Image, notes: list[str]) -> Image.Image:
    """Without alpha and palette; what is see-through was cut out by somebody and is no photograph."""
    if image.has_transparency_data:
        lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
        if lowest != 255:
            raise Unusable("has see-through parts: a cut-out is no photograph")
    if image.mode in ("P", "PA"):
        notes.append("has a palette: its colors are coarse")
    plain = {"LA": "L", "La": "L", "1": "L", "RGBA": "RGB", "RGBX": "RGB", "P": "RGB", "PA": "RGB"}
    if image.mode not in plain:
        return image
    opaque = image.convert(plain[image.mode])
    opaque.info = dict(image.info)
    return opaque


def _srgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """In sRGB: by the color profile where the file has one, else as if it were sRGB already."""
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK":
        notes.append("CMYK, converted to sRGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            title = ImageCms.getProfileDescription(source).strip()
            if image.mode != "CMYK" and "srgb" not in title.lower():
                notes.append(f"converted to sRGB from its color profile, {title or 'unnamed'}")
            target = ImageCms.createProfile("sRGB")
            turned: Any = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            return turned
        except (ImageCms.PyCMSError, OSError, ValueError):
            notes.append("has a color profile that cannot be used; taken as sRGB")
    return image.convert("RGB")


def jpeg_of(image: Image.Image) -> Jpeg | None:
    """How a JPEG was compressed, from its luminance table; None for any other format.

    libjpeg scales the standard table by s = 5000/q below quality 50 and 200 − 2q above, in percent.
    """
    tables = getattr(image, "quantization", None)
    if image.format not in ("JPEG", "MPO") or not tables:
        return None
    percent = 100 * sum(tables[min(tables)]) / STANDARD_LUMINANCE_SUM
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    subsampling = SUBSAMPLINGS.get(JpegImagePlugin.get_sampling(image), "4:2:0")
    return Jpeg(int(np.clip(round(quality), 1, 100)), subsampling)

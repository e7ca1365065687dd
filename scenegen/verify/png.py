"""PNG files read as strictly as the format allows, and what each picture must be."""

import struct
import zlib
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2


class Form(NamedTuple):
    """Bits a channel and channels."""

    bits: int
    channels: int

    def __str__(self) -> str:
        return f"{self.bits}-bit {'RGB' if self.channels == 3 else 'grey'}"


FORMS = {
    "rgb": Form(8, 3),
    "ids": Form(16, 1),
    "semantic": Form(16, 1),
    "depth": Form(16, 1),
    "normals": Form(8, 3),
    "nocs": Form(16, 3),
    "albedo": Form(8, 3),
    "roughness_metallic": Form(8, 3),
    "flow": Form(16, 3),
    "scene_flow": Form(16, 3),
    "flow_occlusion": Form(8, 1),
    "disparity": Form(16, 1),
    "stereo_occlusion": Form(8, 1),
}
"""By output: every picture there is."""


def read_png(data: bytes, form: Form, width: int, height: int) -> NDArray[Any]:
    """(H, W) or (H, W, 3), red first; ValueError unless it is whole, undamaged and of this form."""
    header, packed = _chunks(data)
    found_width, found_height, bits, color, _, _, interlace = struct.unpack(">IIBBBBB", header)
    names = {_GREY: "grey", _RGB: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}
    if (bits, color) != (form.bits, _RGB if form.channels == 3 else _GREY) or interlace:
        raise ValueError(f"expected a {form} PNG, found {bits}-bit {names.get(color, 'unknown')}")
    if (found_width, found_height) != (width, height):
        raise ValueError(
            f"{found_width} × {found_height} pixels, but the camera has {width} × {height}"
        )
    whole = height * (1 + width * form.channels * form.bits // 8)
    unpacker = zlib.decompressobj()
    try:
        there = len(unpacker.decompress(packed, whole + 1))
    except zlib.error as error:
        raise ValueError(f"damaged: its pixels cannot be unpacked ({error})") from error
    if there != whole or not unpacker.eof:
        raise ValueError(f"cut short: {there} of {whole} bytes of pixels are there")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise ValueError("damaged: OpenCV cannot decode it")
    return picture if form.channels == 1 else np.ascontiguousarray(picture[..., ::-1])


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """The header and the packed pixels; every chunk's checksum holds."""
    if data[:8] != _SIGNATURE:
        raise ValueError("this is no PNG")
    at, header, packed = 8, b"", []
    while True:
        if at + 12 > len(data):
            raise ValueError("cut short: the file ends before the last chunk")
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if at + 12 + length > len(data):
            raise ValueError(f"cut short: the file ends within the chunk {kind.decode('latin-1')}")
        (stored,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(body, zlib.crc32(kind)) != stored:
            raise ValueError(f"damaged: the checksum of chunk {kind.decode('latin-1')} is wrong")
        if at == 8 and (kind != b"IHDR" or length != 13):
            raise ValueError("damaged: it does not begin with a header")
        at += 12 + length
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND":
            break
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes follow the end of the picture")
    return header, b"".join(packed)

"""A tar of shots whose bytes depend on nothing but the shots."""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from scenegen.dataset import StoredShot
from scenegen.dataset.files import aside, explained, json_bytes, read_bytes
from scenegen.dataset.png import encode_png
from scenegen.export import bop_frames as bop
from scenegen.export.selection import Picked

Place = tuple[str, int, int]
"""Name of a member, where its data begin in the tar, and how many bytes they are."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A shot; `numbers` are the obj_ids of its scene by instance id, `pictures` the outputs that
    every sample has."""

    picked: Picked
    numbers: Mapping[int, int]
    pictures: frozenset[str]

    @property
    def key(self) -> str:
        """000012_000003: scene and image, without a dot, at which readers would cut it."""
        return f"{self.picked.shot.scene_index:06d}_{int(self.picked.shot.stem):06d}"


@dataclass(frozen=True)
class Stored:
    """A file that was written."""

    bytes: int
    sha256: str

    @property
    def json(self) -> dict[str, Any]:
        return {"bytes": self.bytes, "sha256": self.sha256}


class _Counted:
    """A file that is only written to; it knows the checksum of what it was given."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._sum, self._size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self._sum.update(data)
        self._size += len(data)
        return self._file.write(data)

    @property
    def stored(self) -> Stored:
        return Stored(self._size, self._sum.hexdigest())


def write_tar(place: Path, samples: Sequence[Sample]) -> tuple[Stored, list[list[Place]]]:
    """Write a tar, whole or not there; returns what it is and, by sample, where its members lie."""
    with aside(place, Path.touch) as hidden, explained("write", place):
        with hidden.open("wb") as file:
            counted = _Counted(file)
            stream = cast(BinaryIO, counted)
            with tarfile.open(fileobj=stream, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
                places = [
                    [_add(tar, sample.key, *member) for member in members(sample)]
                    for sample in samples
                ]
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(place)
    return counted.stored, places


def _add(tar: tarfile.TarFile, key: str, name: str, data: bytes) -> Place:
    entry = tarfile.TarInfo(f"{key}.{name}")  # a new entry has no owner and is of 1970
    entry.size = len(data)
    begin = tar.offset + tarfile.BLOCKSIZE
    tar.addfile(entry, BytesIO(data))
    return (name, begin, len(data))


def members(sample: Sample) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of all that is told of a shot: BOP's members, then ours."""
    shot, numbers = sample.picked.shot, sample.numbers
    labels = bop.listed(shot, numbers)
    ids, with_depth = shot.ids, shot.depth > 0
    yield "rgb.png", read_bytes(shot.path("rgb"))
    yield "depth.png", read_bytes(shot.path("depth"))
    yield "camera.json", json_bytes(bop.camera_json(shot))
    yield "gt.json", json_bytes([bop.gt_json(o, numbers[o.instance_id]) for o in labels])
    yield "gt_info.json", json_bytes([bop.gt_info_json(o, with_depth) for o in labels])
    whole = {k: bop.run_lengths(bop.whole_mask(o)) for k, o in enumerate(labels)}
    yield "mask.json", json_bytes(whole)
    visible = {k: bop.run_lengths(ids == o.instance_id) for k, o in enumerate(labels)}
    yield "mask_visib.json", json_bytes(visible)
    yield "ann.json", read_bytes(shot.json_path)
    for output in sorted(sample.pictures - {"rgb", "depth"}):
        there = output in shot.outputs
        yield f"{output}.png", read_bytes(shot.path(output)) if there else _nothing(shot, output)


def _nothing(shot: StoredShot, output: str) -> bytes:
    """A picture of a label that this shot has nowhere, such as the flow of the last shot.

    Readers want the same members in all samples, and 0 means nothing in all of these pictures.
    """
    size = (shot.camera.height, shot.camera.width)
    if output in ("flow", "scene_flow"):
        return encode_png(np.zeros((*size, 3), np.uint16))
    if output == "disparity":
        return encode_png(np.zeros(size, np.uint16))
    return encode_png(np.zeros(size, np.uint8))

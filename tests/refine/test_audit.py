"""Judging a folder of anybody's pictures."""

import struct
from pathlib import Path
from zlib import compress, crc32

import cv2
import numpy as np
import pytest

from refine.audit import audit
from refine.frames import Render
from scenegen.dataset import Dataset
from scenegen.errors import RefineError


def put(render: Render, folder: Path, layout: str, ending: str = ".png") -> Path:
    """The render's own picture under a name of somebody else's."""
    scene, shot = render.name.split("/")
    path = folder / (layout.format(scene=scene, shot=shot) + ending)
    path.parent.mkdir(parents=True, exist_ok=True)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95] if ending.endswith(("jpg", "jpeg")) else []
    cv2.imwrite(str(path), render.rgb[..., ::-1], quality)
    return path


@pytest.mark.parametrize("layout", ["scenes/{scene}/{shot}", "{scene}/{shot}", "{scene}_{shot}"])
@pytest.mark.parametrize("ending", [".rgb.png", ".rgb.jpeg", ".png", ".jpg"])
def test_pictures_are_found_by_name(
    layout: str, ending: str, tables: Path, table_renders: list[Render], tmp_path: Path
) -> None:
    file = put(table_renders[4], tmp_path, layout, ending)
    steps = []
    found = audit(
        Dataset.open(tables), tmp_path, progress=lambda done, of: steps.append((done, of))
    )
    (picture,) = found.pictures
    assert picture.name == table_renders[4].name
    assert picture.file == file.relative_to(tmp_path).as_posix()
    assert picture.verdict.accepted
    assert found.accepted_share == 1
    assert len(found.missing) == 11
    assert steps[-1] == (12, 12)


def test_a_dataset_is_a_folder_of_pictures(tables: Path) -> None:
    found = audit(Dataset.open(tables), tables)
    assert (len(found.pictures), found.accepted, found.missing) == (12, 12, ())
    assert all(picture.verdict.measures["clipped_share"] == 0 for picture in found.pictures)
    assert all(picture.verdict.measures["contrast_least"] == 1 for picture in found.pictures)


def test_what_cannot_be_judged_is_rejected_and_the_rest_goes_on(
    tables: Path, table_renders: list[Render], tmp_path: Path
) -> None:
    paths = [put(render, tmp_path, "{scene}_{shot}") for render in table_renders[:4]]
    paths[0].write_bytes(b"no picture")
    paths[1].write_bytes(b"")
    cv2.imwrite(str(paths[2]), np.zeros((64, 96, 3), np.uint8))
    found = audit(Dataset.open(tables), tmp_path)
    reasons = [picture.verdict.reasons for picture in found.pictures]
    assert reasons[0] == reasons[1] == ("the file is no picture that can be read",)
    assert reasons[2] == ("the picture is 96 × 64 pixels, its labels are for 320 × 240",)
    assert reasons[3] == ()
    data = found.as_dict()
    assert (data["judged"], data["accepted"], len(data["missing"])) == (4, 1, 8)
    assert (found.accepted_share, found.accepted_share_of_all) == (1 / 4, 1 / 12)


def bomb(side: int) -> bytes:
    """A PNG whose header tells of side × side pixels, and that holds next to none."""
    size = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", compress(bytes(1000))), (b"IEND", b""))
    framed = (
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", crc32(n + d)) for n, d in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def test_a_picture_that_is_too_large_to_decode_is_rejected(
    tables: Path, table_renders: list[Render], tmp_path: Path
) -> None:
    """Mutant: OpenCV's error ends the audit."""
    put(table_renders[0], tmp_path, "{scene}_{shot}").write_bytes(bomb(60_000))
    put(table_renders[1], tmp_path, "{scene}_{shot}")
    first, second = audit(Dataset.open(tables), tmp_path).pictures
    assert first.verdict.reasons == ("the file is no picture that can be read",)
    assert second.verdict.accepted


def test_a_folder_without_such_pictures_is_refused(tables: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(RefineError, match=r"000000_0000, each with one of the endings \.rgb\.png"):
        audit(Dataset.open(tables), tmp_path)
    with pytest.raises(RefineError, match="there is no such folder"):
        audit(Dataset.open(tables), tmp_path / "nowhere")


def test_an_unknown_category_is_refused(tables: Path) -> None:
    with pytest.raises(RefineError, match="no category 'aple'; did you mean 'apple'"):
        audit(Dataset.open(tables), tables, color_labels=frozenset(["aple"]))

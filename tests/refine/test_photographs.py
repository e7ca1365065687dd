"""A folder of photographs: what is read, what is converted, what is left out, and what is said.

Mutants caught: no exif_transpose; 16 bits cut to the low byte; the profile ignored; the alpha
ignored; a split by picture, not by burst; formats of Pillow unlimited.
"""

import io
import os
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from refine.photographs import Photographs
from refine.photographs.decoding import SHORTEST
from scenegen.errors import RefineError


def pixels(seed, size=(96, 80)):
    """Smooth blobs of color, so that compression and scaling keep them."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))


@pytest.fixture
def folder(tmp_path):
    """Two plain photographs, so that a third may be anything."""
    for seed in (1, 2):
        Image.fromarray(pixels(seed)).save(tmp_path / f"a{seed}.png")
    return tmp_path


def third(folder, name="third.png"):
    photographs = Photographs.open(folder)
    assert len(photographs) == 3, photographs.remarks
    return photographs[photographs.names.index(name)], "\n".join(photographs.remarks)


def left_out(folder, words, name):
    photographs = Photographs.open(folder)
    assert photographs.names == ["a1.png", "a2.png"]
    assert any(words in remark and name in remark for remark in photographs.remarks)


def test_pixels_come_back_in_the_order_of_the_names(folder):
    photographs = Photographs.open(folder)
    assert photographs.names == ["a1.png", "a2.png"]
    for at, seed in enumerate((1, 2)):
        np.testing.assert_array_equal(photographs[at], pixels(seed))
    assert [p.shape for p in photographs[1:]] == [(80, 96, 3)]
    assert any("only 2 photographs" in remark for remark in photographs.remarks)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_say_how_many_are_needed_and_what_was_wrong(tmp_path, count):
    for seed in range(count):
        Image.fromarray(pixels(seed)).save(tmp_path / f"{seed}.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nothing")
    with pytest.raises(RefineError, match=r"(?s)at least 2 are needed.*broken\.jpg"):
        Photographs.open(tmp_path)


@pytest.mark.parametrize(("name", "words"), [("gone", "does not exist"), ("a1.png", "is a file")])
def test_no_folder(folder, name, words):
    with pytest.raises(RefineError, match=words):
        Photographs.open(folder / name)


def test_exif_turns_it_upright(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels(3)).save(folder / "third.png", exif=exif)
    picture, remarks = third(folder)
    np.testing.assert_array_equal(picture, np.rot90(pixels(3), -1))
    assert "turned upright as its EXIF says: third.png" in remarks


def test_sixteen_bits_keep_their_scale(folder):
    steps = np.linspace(0, 65535, 96 * 80).reshape(80, 96).astype(np.uint16)
    for name in ("a1.png", "a2.png"):  # grey like the third, or it would be left out
        Image.open(folder / name).convert("L").save(folder / name)
    Image.fromarray(steps).save(folder / "third.png")
    picture, remarks = third(folder)
    assert np.abs(picture.astype(float) - steps[..., None] / 257).max() <= 0.5
    assert "16 bits" in remarks


def test_cmyk_becomes_what_it_looks_like(folder):
    Image.fromarray(pixels(3)).convert("CMYK").save(folder / "third.jpg", quality=100)
    picture, remarks = third(folder, "third.jpg")
    assert np.abs(picture.astype(float) - pixels(3)).mean() < 4
    assert "CMYK" in remarks


def test_a_color_profile_is_obeyed(folder):
    """One that says sRGB changes nothing and is not mentioned; one of another space is refused."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pixels(3)).save(folder / "third.png", icc_profile=profile)
    picture, remarks = third(folder)
    assert np.abs(picture.astype(float) - pixels(3)).max() <= 2
    assert "profile" not in remarks
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(pixels(3)).save(folder / "third.png", icc_profile=lab)
    picture, remarks = third(folder)
    assert "cannot be used; taken as sRGB" in remarks
    np.testing.assert_array_equal(picture, pixels(3))


def test_another_primary_changes_the_numbers(folder):
    """The red and blue columns of the sRGB profile swapped: red in the file is blue on a screen."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace(b"rXYZ", b"####").replace(b"bXYZ", b"rXYZ").replace(b"####", b"bXYZ")
    Image.fromarray(pixels(3)).save(folder / "third.png", icc_profile=bytes(profile))
    picture, _ = third(folder)
    assert np.abs(picture[..., ::-1].astype(float) - pixels(3)).max() <= 3


def test_opaque_alpha_is_dropped_and_a_cut_out_is_left_out(folder):
    alpha = np.full((80, 96, 1), 255, np.uint8)
    Image.fromarray(np.concatenate([pixels(3), alpha], 2)).save(folder / "third.png")
    np.testing.assert_array_equal(third(folder)[0], pixels(3))
    alpha[:40] = 0
    Image.fromarray(np.concatenate([pixels(3), alpha], 2)).save(folder / "third.png")
    left_out(folder, "cut-out", "third.png")


def test_a_palette_is_turned_into_colors(folder):
    Image.fromarray(pixels(3)).quantize(16).save(folder / "third.gif")
    picture, remarks = third(folder, "third.gif")
    assert np.abs(picture.astype(float) - pixels(3)).mean() < 30
    assert "palette" in remarks


def huge_png(width, height):
    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def jpeg(size=(96, 80), **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels(3, size)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("bomb.png", huge_png(60000, 60000), "150 million"),
        ("large.png", huge_png(16000, 10000), "150 million"),
        ("cut.jpg", jpeg()[:-900], "damaged"),
        ("cut.png", huge_png(640, 480), "damaged"),
        ("dot.jpg", jpeg((1, 1)), "too small"),
        ("strip.jpg", jpeg((300, SHORTEST - 1)), "too small"),
        ("phone.heic", b"\0\0\0\x18ftypheic", "convert it to JPEG"),
        ("camera.NEF", b"II*\0", "camera raw"),
        ("empty.jpg", b"", "damaged, or not the picture"),
        ("page.jpg", b"<html>", "damaged, or not the picture"),
        ("notes.txt", b"hello", "not a picture"),
        ("drawing.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "not a picture"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_serve_is_left_out_with_its_reason(folder, name, data, words):
    (folder / name).write_bytes(data)
    left_out(folder, words, name)


def test_floating_point_is_refused(folder):
    Image.fromarray(np.ones((80, 96), np.float32)).save(folder / "third.tiff")
    left_out(folder, "floating-point", "third.tiff")


def test_the_minority_of_grey_ones_is_left_out(folder):
    Image.fromarray(pixels(3)[..., 0]).save(folder / "third.png")
    left_out(folder, "grey where most are not", "third.png")


def test_equal_pictures_count_once(folder):
    Image.fromarray(pixels(1)).save(folder / "copy.bmp")
    photographs = Photographs.open(folder)
    assert photographs.names == ["a1.png", "a2.png"]
    assert any("the same picture as a1.png: copy.bmp" in remark for remark in photographs.remarks)


def test_nested_folders_links_and_hidden_files(folder):
    elsewhere = folder.parent / f"{folder.name}_elsewhere"
    for place in (folder / "june", elsewhere, folder / ".thumbnails"):
        place.mkdir()
    Image.fromarray(pixels(3)).save(folder / "june" / "b.png")
    Image.fromarray(pixels(4)).save(elsewhere / "c.png")
    Image.fromarray(pixels(5)).save(folder / ".thumbnails" / "d.png")
    os.symlink(elsewhere / "c.png", folder / "chosen.png")
    os.symlink(elsewhere / "gone.png", folder / "broken.png")
    os.symlink(folder, folder / "june" / "loop")
    os.mkfifo(folder / "pipe.jpg")
    photographs = Photographs.open(folder)
    assert photographs.names == ["a1.png", "a2.png", "chosen.png", "june/b.png"]
    said = "\n".join(photographs.remarks)
    assert "a link to nothing: broken.png" in said
    assert "a linked folder: june/loop" in said
    assert "not a regular file: pipe.jpg" in said


@pytest.mark.parametrize("size", [(2000, 70), (70, 300)])
def test_strips_are_left_out_aloud(folder, size):
    Image.fromarray(pixels(3, size)).save(folder / "strip.png")
    photographs = Photographs.open(folder)
    assert "strip.png" not in photographs.names
    assert any("strip.png" in remark and "a strip" in remark for remark in photographs.remarks)


@pytest.mark.parametrize(("name", "size"), [("third.jpg", (8000, 6250)), ("third.png", (800, 625))])
def test_large_ones_are_scaled_down_and_small_ones_left_alone(folder, name, size):
    Image.fromarray(pixels(3, size)).save(folder / name)  # the first: 50 megapixels
    photographs = Photographs.open(folder, longest=320)
    assert [p.shape for p in photographs] == [(80, 96, 3), (80, 96, 3), (250, 320, 3)]
    expected = pixels(3, (320, 250)).astype(float)
    assert np.abs(photographs[2] - expected).mean() < 2
    smaller = photographs.at_most(90)
    assert [p.shape for p in smaller] == [(75, 90, 3), (75, 90, 3), (70, 90, 3)]
    assert [p.shape for p in smaller.at_most(200)] == [p.shape for p in smaller]


def test_how_a_jpeg_was_compressed(folder):
    for name, options in [
        ("b.jpg", {"quality": 80, "subsampling": "4:2:0"}),
        ("c.jpg", {"quality": 35, "subsampling": "4:4:4"}),
    ]:
        (folder / name).write_bytes(jpeg(**options))
    photographs = Photographs.open(folder)
    found = dict(zip(photographs.names, photographs.jpegs, strict=True))
    assert found["a1.png"] is None
    assert (found["b.jpg"].subsampling, found["c.jpg"].subsampling) == ("4:2:0", "4:4:4")
    assert abs(found["b.jpg"].quality - 80) <= 1
    assert abs(found["c.jpg"].quality - 35) <= 1
    assert Photographs.open(folder, longest=90).jpegs == [None] * 4
    assert photographs.at_most(90).jpegs == [None] * 4
    assert photographs.at_most(96).jpegs == photographs.jpegs


def test_the_digest_is_of_the_pictures(folder):
    before = Photographs.open(folder).digest
    os.rename(folder / "a1.png", folder / "a0.png")
    assert Photographs.open(folder).digest == before
    Image.fromarray(pixels(9)).save(folder / "a2.png")
    assert Photographs.open(folder).digest != before


def test_a_file_that_goes_away_is_named(folder):
    photographs = Photographs.open(folder)
    (folder / "a2.png").unlink()
    with pytest.raises(RefineError, match=r"a2\.png.*a moment ago"):
        photographs[1]


@pytest.fixture
def in_bursts(tmp_path):
    """Six subjects of three pictures each, which differ in a little noise."""
    rng = np.random.default_rng(0)
    for subject in range(6):
        for shot in range(3):
            noisy = pixels(subject).astype(float) + rng.normal(0, 2, (80, 96, 3))
            picture = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
            picture.save(tmp_path / f"{shot}_{subject}.png")
    return Photographs.open(tmp_path)


def test_bursts_are_grouped_and_never_split(in_bursts):
    assert len(set(in_bursts.groups)) == 6
    assert any("12 of 18 photographs are nearly the same" in r for r in in_bursts.remarks)
    for seed in range(5):
        first, second = in_bursts.split(0.67, seed=seed)
        assert (len(first), len(second)) == (12, 6)
        assert not {n[-5] for n in first.names} & {n[-5] for n in second.names}
        assert sorted(first.names + second.names) == in_bursts.names
        assert first.names == in_bursts.split(0.67, seed=seed)[0].names
    assert in_bursts.split(0.67, seed=0)[0].names != in_bursts.split(0.67, seed=1)[0].names


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_no_half_is_empty(in_bursts, share):
    assert min(map(len, in_bursts.split(share, seed=0))) == 3


def test_one_burst_is_split_one_by_one(in_bursts):
    alike = in_bursts[::6]
    assert alike.names == ["0_0.png", "1_0.png", "2_0.png"]
    first, second = alike.split(0.67, seed=0)
    assert (len(first), len(second)) == (2, 1)
    assert any("not independent" in remark for remark in first.remarks)
    with pytest.raises(RefineError, match="cannot be split"):
        alike[:1].split(0.5, seed=0)

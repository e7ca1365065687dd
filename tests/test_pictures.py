"""Arrays to PNG and back, by our reader and by Pillow."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scenegen.dataset import pictures
from scenegen.dataset.png import encode_png


@pytest.mark.parametrize("scale", [1e-5, 0.0001, 0.001, 0.1, 0.00037])
def test_every_step_of_depth_survives(scale):
    """Mutants: truncation instead of rounding; a scale applied in float32."""
    steps = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    depth = pictures.depth_from_steps(steps, scale)
    assert depth.dtype == np.float32
    back, overflow = pictures.steps_from_depth(depth, scale)
    assert overflow == 0
    assert (back == steps).all()


def test_depth_that_does_not_fit_is_counted_not_clipped():
    """Mutants: clipping to 65535; wrapping around; a near surface that vanishes uncounted."""
    depth = np.array([[6.5535, 6.5536, 70, np.inf, np.nan, -1, 0.00004, 0.00006, 0]], np.float32)
    steps, overflow = pictures.steps_from_depth(depth, 0.0001)
    assert steps.tolist() == [[65535, 0, 0, 0, 0, 0, 0, 1, 0]]
    assert overflow == 6


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31))
def test_pictures_of_any_size_survive(width, height, seed):
    """Mutants: a stride taken for the width; width and height swapped; BGR; the low byte first."""
    rng = np.random.default_rng(seed)
    color = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    grey = rng.integers(0, 65536, (height, width), dtype=np.uint16)
    png = encode_png(color)
    assert png == encode_png(color.copy())
    assert encode_png(np.asfortranarray(color)) == png
    assert (pictures.decode_rgb(png) == color).all()
    assert (np.asarray(Image.open(io.BytesIO(png))) == color).all()
    png = encode_png(grey)
    assert (pictures.decode_grey(png) == grey).all()
    assert (np.asarray(Image.open(io.BytesIO(png))) == grey).all()


def test_no_unit_vector_is_taken_for_nothing():
    """Mutants: 'nothing' told by a color that a true normal has; the axes' signs lost."""
    axes = np.concatenate([np.eye(3), -np.eye(3), [[-(3**-0.5)] * 3]]).astype(np.float32)[None]
    color = pictures.rgb_from_normals(axes)
    assert color[0, :6].tolist() == [
        [255, 128, 128],
        [128, 255, 128],
        [128, 128, 255],
        [0, 128, 128],
        [128, 0, 128],
        [128, 128, 0],
    ]
    back = pictures.normals_from_rgb(color)
    assert back.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(back, axis=-1), 1, atol=1e-6)
    np.testing.assert_allclose(back, axes, atol=0.006)
    nothing = np.zeros((2, 2, 3), np.float32)
    assert (pictures.rgb_from_normals(nothing) == 0).all()
    assert (pictures.normals_from_rgb(nothing.astype(np.uint8)) == 0).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pngs_of_another_kind_are_refused(channels, kind):
    """Mutants: 8 bits taken for 16, or the reverse; an alpha channel dropped or kept."""
    array = np.zeros((4, 5, channels), kind)
    png = cv2.imencode(".png", array)[1].tobytes()
    for decode, wanted in [
        (pictures.decode_rgb, (3, "uint8")),
        (pictures.decode_grey, (1, "uint16")),
    ]:
        if wanted == (channels, np.dtype(kind).name):
            assert decode(png).shape[:2] == (4, 5)
        else:
            with pytest.raises(
                ValueError, match=rf"found {channels} channel\(s\) of {kind.__name__}"
            ):
                decode(png)

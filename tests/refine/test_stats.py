"""The refiner without training finds a camera that is known, and changes nothing where none is.

The photographs are made-up pictures of *other* scenes than the renders, taken by a known camera.

Mutants caught: no jackknife; the vignette left in the photographs when colors are fitted; the shift
of a and b left out; no χ² correction; the renders' own sharpness, their own noise not taken off; Cb
and Cr mixed up; the name left out of the noise's seed.
"""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from refine.frames import GBuffers, Render
from refine.photographs import Photographs
from refine.stats import StatsRefiner
from refine.stats.color import IDENTITY, KNOTS, SLOPES, fit_color, recolor
from refine.stats.fourier import amplitudes, fit_fourier, relight
from refine.stats.lens import fit_blur, soften
from refine.stats.noise import MOST_NOISE, Noise, add_noise, fit_noise, merged, patches
from scenegen.errors import RefineError

HEIGHT, WIDTH = 192, 256
BLUR, CONSTANT, LINEAR, VIGNETTE = 0.7, 2e-5, 2e-4, 0.3


def picture(seed):
    """Ellipses of many colors over a shaded ground, smooth-edged as a renderer draws them."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: 2 * HEIGHT, : 2 * WIDTH] / (2 * WIDTH)
    slope = rng.normal(0, 0.1, 2)
    ground = rng.uniform(0.4, 0.5, 3) * (1 + slope[0] * (x - 0.5) + slope[1] * (y - 0.4))[..., None]
    image = np.ascontiguousarray(ground, np.float32)
    for _ in range(120):
        center, axes = rng.integers(0, 2 * WIDTH, 2), rng.integers(20, 50, 2)
        color = tuple(map(float, rng.uniform(0.05, 0.9, 3)))
        cv2.ellipse(image, tuple(map(int, center)), tuple(map(int, axes)), 30.0, 0, 360, color, -1)
    small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.round(np.clip(small, 0, 1) * 255).astype(np.uint8)


def photograph(rgb, seed):
    """Through a soft, vignetting lens onto a warm, noisy, bright sensor."""
    light = cv2.GaussianBlur(rgb.astype(np.float32) / 255, (0, 0), BLUR)
    light = np.clip(light**2.2 * [1.1, 1.0, 0.75], 0, 1) ** (0.8 / 2.2)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    radius2 = (y**2 * HEIGHT**2 + x**2 * WIDTH**2) / (HEIGHT**2 + WIDTH**2)
    light *= 1 - VIGNETTE * radius2[..., None]
    noise = np.random.default_rng(seed).normal(size=light.shape)
    return np.round(np.clip(light + noise * np.sqrt(CONSTANT + LINEAR * light), 0, 1) * 255).astype(
        np.uint8
    )


def render(seed):
    rgb = picture(seed)
    ids = np.zeros(rgb.shape[:2], np.uint16)
    return Render(f"{seed:06d}/0000", seed, f"{seed:06d}/camera/0", rgb, ids, {}, GBuffers())


@pytest.fixture(scope="module")
def renders():
    return [render(seed) for seed in range(20)]


@pytest.fixture(scope="module")
def others():
    return [picture(seed) for seed in range(100, 120)]


@pytest.fixture(scope="module")
def fitted(renders, others):
    photographs = [photograph(rgb, seed) for seed, rgb in enumerate(others)]
    return StatsRefiner.fit(photographs, renders, seed=0)


def difference(pairs):
    return np.mean([np.abs(one.astype(float) - other).mean() for one, other in pairs])


def test_a_known_camera_is_recovered(fitted):
    assert fitted.lens.blur_px == pytest.approx(BLUR, abs=0.12)
    assert fitted.lens.vignette == pytest.approx(VIGNETTE, abs=0.08)
    for luma in (0.2, 0.7):
        white = 0.299**2 + 0.587**2 + 0.114**2  # luma of noise that differs in each channel
        expected = np.sqrt((CONSTANT + LINEAR * luma) * white)
        found = np.sqrt(fitted.noise.constant + fitted.noise.linear * luma)
        assert found == pytest.approx(expected, rel=0.2)
    assert fitted.noise.blue == pytest.approx(np.sqrt(0.387 / 0.447), rel=0.25)
    assert fitted.compression is None


def test_refined_renders_are_near_what_the_camera_would_have_seen(fitted, renders):
    """Noise, which no two pictures share, averaged out."""
    truth = [cv2.blur(photograph(render.rgb, 99), (9, 9)) for render in renders]

    def remaining(strength):
        refined = [fitted.refine(render, strength=strength, seed=0) for render in renders]
        return difference((cv2.blur(r, (9, 9)), t) for r, t in zip(refined, truth, strict=True))

    raw = remaining(0.0)
    assert remaining(1.0) < 0.45 * raw
    assert 0.45 * raw < remaining(0.5) < 0.8 * raw


@pytest.mark.parametrize("light", [(1.0, 0.8, 0.5), (0.6, 0.8, 1.0), (1.0, 1.0, 1.0)])
def test_white_balance_is_found_in_other_scenes(renders, others, light):
    """Gains of light; what is white in a render gets the color of the lamp."""
    lit = [
        np.round(255 * (rgb / 255) * np.power(light, 1 / 2.2)).astype(np.uint8) for rgb in others
    ]
    fitted = StatsRefiner.fit(lit, renders, seed=0)
    found = np.array(fitted.color.balance)
    np.testing.assert_allclose(found, np.power(light, 1 / 2.2), atol=0.05)
    white = render(0)
    white.rgb[:] = 220
    refined = fitted.refine(white, strength=1.0, seed=0)
    shown = refined.reshape(-1, 3).mean(0)
    np.testing.assert_allclose(shown / shown.max(), np.power(light, 1 / 2.2), atol=0.07)


def test_photographs_that_are_the_renders_change_nothing(renders):
    fitted = StatsRefiner.fit([render.rgb for render in renders], renders, seed=0)
    assert fitted.lens.blur_px < 0.01
    refined = [fitted.refine(render, strength=1.0, seed=0) for render in renders]
    assert difference((r.rgb, new) for r, new in zip(renders, refined, strict=True)) < 0.2


def test_the_luck_of_the_scenes_is_no_camera(renders, others):
    """Without the jackknife the same renders move by several grey levels."""
    fitted = StatsRefiner.fit(others, renders, seed=0)
    assert fitted.lens.vignette == 0
    refined = [fitted.refine(render, strength=1.0, seed=0) for render in renders]
    assert difference((r.rgb, new) for r, new in zip(renders, refined, strict=True)) < 1.2


def test_strength_zero_is_the_raw(fitted, renders):
    np.testing.assert_array_equal(fitted.refine(renders[0], strength=0.0, seed=0), renders[0].rgb)


def test_noise_follows_the_name_and_the_seed_alone(fitted, renders):
    first = fitted.refine(renders[0], strength=1.0, seed=0)
    np.testing.assert_array_equal(first, fitted.refine(renders[0], strength=1.0, seed=0))
    same = Render("000009/0001", 9, "000009/camera/0", *vars_of(renders[0]))
    assert (first != fitted.refine(same, strength=1.0, seed=0)).mean() > 0.3
    assert (first != fitted.refine(renders[0], strength=1.0, seed=1)).mean() > 0.3


def vars_of(render):
    return render.rgb, render.ids, render.categories, render.gbuffers


def test_it_comes_back_from_json(fitted, renders):
    again = StatsRefiner.from_dict(json.loads(json.dumps(fitted.as_dict())))
    assert again == fitted
    np.testing.assert_array_equal(
        again.refine(renders[1], strength=0.7, seed=3),
        fitted.refine(renders[1], strength=0.7, seed=3),
    )


STEEP = [0.0, *np.linspace(50, 100, 32)]
LOUD = {"constant": MOST_NOISE**2, "linear": 1e-4, "blue": 0, "red": 0, "grain_px": 0}


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ((), {}, "Field required"),
        (("version",), 1, "version"),
        (("extra",), 1, "extra"),
        (("lens", "blur_px"), 3.0, r"lens\.blur_px"),
        (("lens", "vignette"), float("nan"), r"lens\.vignette"),
        (("noise", "constant"), 1.0, r"noise\.constant"),
        (("noise",), LOUD, "noise: .* constant and linear together"),
        (("color", "lightness"), STEEP, "slopes of lightness"),
        (("color", "lightness"), [1.0, 2.0], "33 entries"),
        (("color", "chroma"), [[9.0, 0.0], [0.0, 1.0]], "gains of chroma"),
        (("color", "shift"), [[99.0, 0.0]] * 33, "shift must stay"),
        (("compression",), {"quality": 5, "subsampling": "4:2:0"}, "quality"),
        (("fourier",), {"gains": [[9.0] * 7] * 7}, "gains must stay"),
        (("fourier",), {"gains": [[1.0]]}, "7 rows of 7"),
    ],
)
def test_rubbish_is_refused_by_name(fitted, path, value, words):
    data = fitted.as_dict()
    if not path:
        data = value
    else:
        inner = data
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    with pytest.raises(RefineError, match=words):
        StatsRefiner.from_dict(data)


def test_no_pictures_no_fit(renders):
    with pytest.raises(RefineError, match="0 photographs and 20 renders"):
        StatsRefiner.fit([], renders, seed=0)


def test_photographs_of_something_else_are_remarked_on(renders):
    x = np.arange(WIDTH)
    rough = [
        np.tile((x[:, None] % period < period / 2) * np.uint8([200, 150, 90]), (HEIGHT, 1, 1))
        for period in (8, 9, 10, 11)
    ]
    fitted = StatsRefiner.fit(rough, renders, seed=0)
    assert any("content" in remark for remark in fitted.remarks)


def test_compression_is_read_from_the_files(tmp_path: Path, renders, others):
    for at, rgb in enumerate(others[:4]):
        Image.fromarray(rgb).save(tmp_path / f"{at}.jpg", quality=82, subsampling="4:2:0")
    photographs = Photographs.open(tmp_path)
    fitted = StatsRefiner.fit(photographs, renders[:4], seed=0)
    assert fitted.compression is not None
    assert abs(fitted.compression.quality - 82) <= 1
    assert fitted.compression.subsampling == "4:2:0"
    only = fitted.model_copy(
        update={"color": IDENTITY, "noise": Noise(constant=0, linear=0, blue=0, red=0, grain_px=0)}
    )
    only = only.model_copy(update={"lens": only.lens.model_copy(update={"blur_px": 0.0})})
    through = only.refine(renders[0], strength=1.0, seed=0)
    Image.fromarray(renders[0].rgb).save(
        tmp_path / "own.jpg", quality=fitted.compression.quality, subsampling="4:2:0"
    )
    expected = np.asarray(Image.open(tmp_path / "own.jpg"))
    assert np.abs(through.astype(float) - expected).mean() < 0.3


PIXELS = st.integers(0, 2**32 - 1)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(PIXELS, st.floats(0.05, 40), st.floats(-60, 60))
def test_the_curve_keeps_its_order_and_its_bounds(seed, spread, offset):
    rng = np.random.default_rng(seed)
    ours = rng.normal([50, 0, 0], [15, 10, 10], (300, 3))
    theirs = rng.normal([50 + offset, 5, -5], [spread, 3, 30], (200, 3))
    ours[:, 0], theirs[:, 0] = np.clip(ours[:, 0], 0, 100), np.clip(theirs[:, 0], 0, 100)
    color = fit_color(ours, theirs, rng.uniform(0, 1, 300), rng.uniform(0, 1, 200))
    slopes = np.diff(color.lightness) / np.diff(KNOTS)
    assert slopes.min() >= SLOPES[0] - 1e-6
    assert slopes.max() <= SLOPES[1] + 1e-6
    ramp = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, 2)
    lightness = cv2.cvtColor(recolor(ramp, color, 1.0), cv2.COLOR_RGB2LAB)[0, :, 0]
    inside = (lightness > 5) & (lightness < 95)  # outside, what no screen shows is cut off
    assert np.diff(lightness[inside]).min(initial=0) > -1.5


def test_recoloring_without_a_change_is_exact(others):
    light = others[0].astype(np.float32) / 255
    assert np.abs(recolor(light, IDENTITY, 1.0) - light).max() < 1 / 255


@pytest.mark.parametrize("grain", [0.0, 0.6])
def test_noise_is_measured_as_it_was_added(grain):
    """On ramps without texture: brightness, color and grain of the noise come back."""
    noise = Noise(constant=2e-5, linear=3e-4, blue=0.5, red=1.2, grain_px=grain)
    ramp = np.linspace(0.1, 0.9, 640, dtype=np.float32)
    clean = np.broadcast_to(ramp[None, :, None], (480, 640, 3)).copy()
    noisy = add_noise(clean, noise, 1.0, np.random.default_rng(1))
    shots = [np.round(one * 255).astype(np.uint8) for one in (noisy, clean)]
    found = fit_noise(*(merged([patches(shot)]) for shot in shots))
    for luma in (0.2, 0.5, 0.8):
        expected = noise.constant + noise.linear * luma
        assert found.constant + found.linear * luma == pytest.approx(expected, rel=0.2)
    assert found.blue == pytest.approx(0.5, rel=0.15)
    assert found.red == pytest.approx(1.2, rel=0.15)
    assert found.grain_px == pytest.approx(grain, abs=0.2)  # coarse noise is seen too fine


@pytest.mark.parametrize("blur", [0.0, 0.5, 0.9])
def test_blur_is_measured_against_the_renders_own(renders, others, blur):
    soft = [np.round(soften(rgb.astype(np.float32), blur)).astype(np.uint8) for rgb in others]
    assert fit_blur(soft, [render.rgb for render in renders]) == pytest.approx(blur, abs=0.12)


def test_fourier_moves_the_amplitudes_and_no_mean(renders, others):
    y = np.linspace(-1, 1, HEIGHT)[:, None, None]
    lit = [np.clip(rgb * (1 + 0.06 * y), 0, 255).astype(np.uint8) for rgb in others]
    raw = [render.rgb for render in renders]
    target, before = ([amplitudes(rgb) for rgb in side] for side in (lit, raw))
    fourier = fit_fourier(target, before)
    after = [relight(rgb.astype(np.float32) / 255, fourier, 1.0) for rgb in raw]
    found = [amplitudes(np.round(rgb * 255).astype(np.uint8)) for rgb in after]
    gap = [abs(np.mean(side, 0)[1, 0] - np.mean(target, 0)[1, 0]) for side in (before, found)]
    assert gap[1] < 0.5 * gap[0]
    assert np.mean(after) == pytest.approx(np.mean(raw) / 255, abs=0.01)


def test_the_noise_of_the_worst_cameras_can_be_read_back():
    """Mutant: a rounding takes it above its bound, and the fit refuses its own noise."""
    clean = np.tile(np.linspace(0.1, 0.9, 320, dtype=np.float32)[None, :, None], (240, 1, 3))
    noisy = add_noise(clean, Noise(**LOUD | {"constant": 1e-4}), 1.0, np.random.default_rng(1))
    theirs, ours = (patches(np.round(one * 255).astype(np.uint8)) for one in (noisy, clean))
    for gain in range(50, 250):
        found = fit_noise(dataclasses.replace(theirs, variance=gain * theirs.variance), ours)
        assert found.constant + found.linear == pytest.approx(MOST_NOISE**2)
        assert Noise(**found.model_dump()) == found


def test_noise_that_the_renders_have_already_is_not_added_again():
    noise = Noise(constant=1e-4, linear=1e-4, blue=1, red=1, grain_px=0)
    clean = np.tile(np.linspace(0.1, 0.9, 320, dtype=np.float32)[None, :, None], (240, 1, 3))
    shots = [add_noise(clean, noise, 1.0, np.random.default_rng(seed)) for seed in (1, 2)]
    found = fit_noise(*(patches(np.round(shot * 255).astype(np.uint8)) for shot in shots))
    assert found.constant + found.linear < 0.1 * (noise.constant + noise.linear)

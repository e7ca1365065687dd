"""Panoramas: light is placed where it shines from, and neither lost nor made."""

import numpy as np
import pytest
from numpy.typing import NDArray

from scenegen.render.environment import (
    LUMINANCE,
    cells,
    directions,
    matt_coefficients,
    prepare,
    sh_basis,
    solid_angles,
    with_ground,
)
from scenegen.render.sky import AXES

H, W = 128, 256
UP = np.array([0.0, 0.0, 1.0])


def _disc(toward: list[float], radius: float, radiance: float) -> NDArray[np.float32]:
    light = np.ones((H, W, 3), np.float32)
    axis = np.array(toward) / np.linalg.norm(toward)
    light[directions(H, W) @ axis > np.cos(radius)] = radiance
    return light


def _on_level_ground(radiance: NDArray[np.floating]) -> float:
    """Radiance of a white matt surface facing up, by adding up the pixels."""
    height, width = radiance.shape[:2]
    cosine = np.maximum(directions(height, width)[..., 2], 0) * solid_angles(height, width)
    return float((radiance @ LUMINANCE * cosine).sum() / np.pi)


def test_pixels_look_where_they_should() -> None:
    """Mutants: φ the other way round, seam in front, zenith below."""
    view = directions(H, W)
    assert view[0, 0, 2] > 0.99
    np.testing.assert_allclose(view[H // 2, W // 2], [1, 0, 0], atol=0.03)
    np.testing.assert_allclose(view[H // 2, W // 4], [0, 1, 0], atol=0.03)
    np.testing.assert_allclose(solid_angles(H, W).sum() * W, 4 * np.pi)


@pytest.mark.parametrize("shape", [(128, 256), (512, 1024), (100, 200)])
def test_level_ground_has_radiance_one(shape: tuple[int, int]) -> None:
    """Mutants: no π; rows not weighted by their solid angle; odd sizes resampled wrongly."""
    sky = directions(*shape)[..., 2:].clip(0, None).repeat(3, axis=2).astype(np.float32)
    assert _on_level_ground(prepare(sky * 7).radiance) == pytest.approx(1.0, rel=0.01)


def test_a_glow_is_found_where_and_as_large_as_it_is() -> None:
    """Mutants: centroid not weighted; radius from the mean instead of the second moment."""
    for radius in (0.1, 0.2):
        (glow,) = prepare(_disc([1.0, 2.0, 1.5], radius, 80.0)).shine.glows
        axis = np.array([1.0, 2.0, 1.5]) / np.linalg.norm([1.0, 2.0, 1.5])
        assert glow.direction @ axis > np.cos(0.02)
        assert glow.angular_radius == pytest.approx(radius, rel=0.15)


def test_glows_and_rest_are_the_whole() -> None:
    """Mutants: regions that were found but not taken are lost; excess counted twice."""
    light = _disc([1.0, 2.0, 1.5], 0.2, 50.0) + _disc([-1.0, 0.5, 0.4], 0.05, 400.0)
    both = _disc([0, -1, 2], 0.03, 300.0) + _disc([0.1, -1, 0.6], 0.1, 30)
    shine = prepare(light + both).shine
    assert 1 <= len(shine.glows) <= 3
    glows = sum(float(glow.color @ LUMINANCE) * glow.direction[2] for glow in shine.glows)
    assert _on_level_ground(shine.rest) + glows == pytest.approx(1.0, rel=0.02)
    assert (shine.rest >= 0).all()


def test_an_even_sky_has_no_glows() -> None:
    """Mutant: lights made of nothing."""
    assert prepare(np.ones((H, W, 3), np.float32)).shine.glows == ()
    assert prepare(np.zeros((H, W, 3), np.float32)).shine.glows == ()


def test_harmonics_give_what_the_pixels_give() -> None:
    """Ramamoorthi and Hanrahan: within 3 % for a sky without a sun. Mutants: a band's factor wrong."""
    view = directions(H, W)
    sky = np.stack([1 + view[..., 2], 1 + 0.5 * view[..., 0], 1 - 0.7 * view[..., 1]], axis=-1)
    coefficients = matt_coefficients(sky)
    for normal in np.random.default_rng(0).normal(size=(20, 3)):
        n = normal / np.linalg.norm(normal)
        weight = np.maximum(view @ n, 0) * solid_angles(H, W) / np.pi
        truth = (sky * weight[..., None]).sum(axis=(0, 1))
        np.testing.assert_allclose(sh_basis(n) @ coefficients, truth, rtol=0.03)


def test_cells_keep_all_light_and_its_side() -> None:
    """Mutants: directions and light in different frames; energy divided by the count."""
    light = _disc([0, 1, 1], 0.3, 20.0).astype(np.float64)
    weights = cells(light, AXES)
    total = (light * solid_angles(H, W)[..., None]).sum(axis=(0, 1)) / np.pi
    np.testing.assert_allclose(weights.sum(axis=0), total)
    assert AXES[weights[:, 0].argmax()] @ [0, np.sqrt(0.5), np.sqrt(0.5)] > 0.8
    np.testing.assert_allclose(np.linalg.norm(AXES, axis=1), 1)


def test_the_floor_replaces_what_is_below() -> None:
    """Mutant: the upper half replaced."""
    light = with_ground(np.ones((H, W, 3)), np.array([0.1, 0.2, 0.3]))
    assert (light[: H // 2] == 1).all()
    np.testing.assert_allclose(light[H // 2 :], np.broadcast_to([0.1, 0.2, 0.3], (H // 2, W, 3)))

"""Lights: angles, colors, counts, and the light meter."""

from math import cos, radians

import numpy as np
import pytest
from analytic import LIBRARY, recipe

from scenegen.sample import sample_scene
from scenegen.sample.exposure import WHITE, metered
from scenegen.sample.surfaces import LUMINANCE, black_body
from scenegen.scene import Light


def lights(*sections, index=0):
    return sample_scene(recipe(lights=list(sections)), LIBRARY, index).lights


def test_sun():
    """Mutants: degrees as radians; azimuth and elevation swapped; the diameter as radius."""
    (sun,) = lights({"sun": {"azimuth_deg": 90, "elevation_deg": 30, "size_deg": 2, "strength": 3}})
    np.testing.assert_allclose(sun.direction, [0, cos(radians(30)), 0.5], atol=1e-12)
    assert sun.size == pytest.approx(radians(1))
    assert sun.strength == 3


def test_spot():
    """Mutants: the full angle as half-angle; a spot that shines away from `look_at`."""
    (spot,) = lights({"spot": {"position": [0, 3, 4], "look_at": [0, 0, 0], "cone_deg": 60}})
    np.testing.assert_allclose(spot.direction, [0, 0.6, 0.8])
    assert spot.cone == pytest.approx(radians(30))


def test_environment_and_counts():
    """Mutants: `count` ignored; lamps of one section all alike."""
    position = [{"uniform": [-1, 1]}, 0, 2]
    found = lights(
        {"environment": {"map": "studio", "rotation_deg": 90, "visible": False}},
        {"point": {"position": position, "count": 3, "radius": 0.1}},
        {"sun": {"count": 0}},
    )
    assert [light.kind for light in found] == ["environment", "point", "point", "point"]
    assert (found[0].texture, found[0].visible) == ("studio", False)
    assert found[0].yaw == pytest.approx(np.pi / 2)
    assert len({light.position[0] for light in found[1:]}) == 3


def test_black_bodies():
    """Mutants: Mired for kelvin; gamma applied; red and blue swapped. Values: CIE D65, A."""
    for kelvin in (1000, 2000, 4000, 6500, 10000, 20000):
        color = np.array(black_body(kelvin))
        assert color.min() >= 0
        assert LUMINANCE @ color == pytest.approx(1)
    np.testing.assert_allclose(black_body(6500), [1, 1, 1], atol=0.06)
    np.testing.assert_allclose(black_body(2856), [1.845, 0.826, 0.233], atol=0.01)
    assert black_body(12000)[2] > 1.3 > black_body(12000)[0]
    (lamp,) = lights({"sun": {"color": {"kelvin": 2856}}})
    assert lamp.color == black_body(2856)


def test_meter():
    """Mutants: no cosine; no inverse square; color or strength ignored; cones ignored."""
    origin = np.zeros(3)
    up = (0.0, 0.0, 1.0)
    slanted = (0.0, 3**0.5 / 2, 0.5)
    assert metered([Light("sun", strength=2, direction=up)], origin) == pytest.approx(WHITE / 2)
    assert metered([Light("sun", direction=slanted)], origin) == pytest.approx(WHITE * 2)
    assert metered([Light("environment", strength=0.5)], origin) == pytest.approx(WHITE * 2)
    assert metered([Light("point", position=(0, 0, 2))], origin) == pytest.approx(WHITE * 4)
    assert metered([Light("point", position=(0, 0, 2))], np.array([0, 0, 1])) == pytest.approx(
        WHITE
    )
    assert metered([Light("sun", color=(0, 1, 0))], origin) == pytest.approx(WHITE / 0.7152)
    spot = Light("spot", position=(0, 0, 1), direction=up, cone=0.2)
    assert metered([spot], origin) == pytest.approx(WHITE)
    assert metered([spot], np.array([1.0, 0, 0])) == 1.0
    two = [Light("sun", direction=up), Light("environment", strength=3)]
    assert metered(two, origin) == pytest.approx(WHITE / 4)


def test_meter_is_not_fooled_by_light_from_the_side():
    """Mutant: a low sun gives an endless exposure."""
    low = Light("sun", direction=(1.0, 0.0, 0.0))
    assert metered([low], np.zeros(3)) == pytest.approx(WHITE * 5)
    assert metered([], np.zeros(3)) == 1.0
    assert np.isfinite(metered([Light("point")], np.zeros(3)))

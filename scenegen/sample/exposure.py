"""An incident-light meter: how bright a white matt surface facing up is at the point looked at."""

from collections.abc import Sequence
from math import cos

import numpy as np

from scenegen.geometry import Array
from scenegen.sample.surfaces import LUMINANCE
from scenegen.scene import Light

WHITE = 1.2
"""Linear value that the metered white surface gets in a picture."""
GRAZING = 0.2
"""Share of the light from all sides that counts where hardly any falls from above."""


def metered(lights: Sequence[Light], point: Array) -> float:
    """The exposure at which a white matt surface at `point`, facing up, maps to `WHITE`.

    Its luminance is the sum over the lights of strength × luminance of the color × cosine of the
    angle to the vertical ÷ squared distance (lamps). What stands in the light is not looked at.
    So that light from the side burns nothing out, the sum is at least `GRAZING` of the same sum
    without the cosines. 1 where there is no light at all.
    """
    lit = np.zeros(2)
    for light in lights:
        lit += _received(light, point)
    luminance = max(lit[0], GRAZING * lit[1])
    return float(WHITE / luminance) if luminance > 1e-9 else 1.0


def _received(light: Light, point: Array) -> Array:
    """(2,) what a white surface at `point` gets that faces up, and one that faces the light."""
    power = light.strength * float(LUMINANCE @ light.color)
    if light.kind == "environment":
        return np.array([power, power])
    if light.kind == "sun":
        return power * np.array([max(light.direction[2], 0.0), 1.0])
    to_light = np.subtract(light.position, point, dtype=np.float64)
    distance = max(float(np.linalg.norm(to_light)), light.size, 1e-3)
    to_light /= distance
    if light.kind == "spot" and to_light @ light.direction < cos(light.cone):
        return np.zeros(2)
    return power / distance**2 * np.array([max(to_light[2], 0.0), 1.0])

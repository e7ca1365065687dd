"""What a recipe says of surfaces and colors becomes numbers."""

import numpy as np

from scenegen.distributions import sample
from scenegen.recipe import Kelvin, Surface
from scenegen.scene import Material, Vec3

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Share of linear sRGB's red, green and blue in luminance (Rec. 709)."""

RGB_FROM_XYZ = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)


def material_of(surface: Surface | None, *, rng: np.random.Generator) -> Material | None:
    """Draw the material that a `surface` section describes; None stays None."""
    if surface is None:
        return None
    return Material(
        texture=sample(surface.material, rng=rng),
        color=sample(surface.color, rng=rng),
        roughness=sample(surface.roughness, rng=rng),
        metallic=sample(surface.metallic, rng=rng),
    )


def light_color(color: object, *, rng: np.random.Generator) -> Vec3:
    """Draw a lamp's color as linear RGB; a temperature gives a color of luminance 1."""
    if isinstance(color, Kelvin):
        return black_body(sample(color.kelvin, rng=rng))
    red, green, blue = sample(color, rng=rng)
    return float(red), float(green), float(blue)


def black_body(kelvin: float) -> Vec3:
    """Linear sRGB of a black body, of luminance 1, what sRGB cannot show cut off at 0.

    CIE 1960 (u, v) by Krystek (1985), Color Research & Application 10(1), 38-40.
    """
    t = kelvin
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t**2) / (
        1 + 8.42420235e-4 * t + 7.08145163e-7 * t**2
    )
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t**2) / (
        1 - 2.89741816e-5 * t + 1.61456053e-7 * t**2
    )
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    rgb = np.maximum(RGB_FROM_XYZ @ [x / y, 1.0, (1 - x - y) / y], 0.0)
    rgb /= LUMINANCE @ rgb
    return float(rgb[0]), float(rgb[1]), float(rgb[2])

"""Skies: Preetham's clear sky, the CIE overcast sky, clouds, tree lines and the sun's disc."""

from __future__ import annotations

import numpy as np
from environments_paint import sample
from noise import Array, fractal, smoothstep

SUN_RADIUS = np.radians(0.2665)
XYZ_TO_RGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)


def toward(azimuth_deg: float, elevation_deg: float) -> Array:
    """Unit vector at the given azimuth (from +x toward +y) and elevation."""
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])


def _perez(cos_theta: Array, gamma: Array, c: tuple[float, float, float, float, float]) -> Array:
    a, b, c_, d, e = c
    return np.asarray(
        (1 + a * np.exp(b / cos_theta)) * (1 + c_ * np.exp(d * gamma) + e * np.cos(gamma) ** 2)
    )


def clear_sky(direction: Array, sun: Array, turbidity: float) -> Array:
    """Linear RGB (n, 3) of Preetham, Shirley, Smits: A Practical Analytic Model for Daylight
    (1999), zenith luminance about 1; below the horizon it continues the horizon."""
    t, theta_s = turbidity, float(np.arccos(sun[2]))
    cos_theta = np.maximum(direction[:, 2], 0.012)
    gamma = np.arccos(np.clip(direction @ sun, -1, 1))
    coefficients = {
        "Y": (0.1787 * t - 1.4630, -0.3554 * t + 0.4275, -0.0227 * t + 5.3251,
              0.1206 * t - 2.5771, -0.0670 * t + 0.3703),
        "x": (-0.0193 * t - 0.2592, -0.0665 * t + 0.0008, -0.0004 * t + 0.2125,
              -0.0641 * t - 0.8989, -0.0033 * t + 0.0452),
        "y": (-0.0167 * t - 0.2608, -0.0950 * t + 0.0092, -0.0079 * t + 0.2102,
              -0.0441 * t - 1.6537, -0.0109 * t + 0.0529),
    }  # fmt: skip
    powers = np.array([theta_s**3, theta_s**2, theta_s, 1])
    zx = np.array([t * t, t, 1]) @ np.array(
        [[0.00166, -0.00375, 0.00209, 0], [-0.02903, 0.06377, -0.03202, 0.00394],
         [0.11693, -0.21196, 0.06052, 0.25886]]
    ) @ powers  # fmt: skip
    zy = np.array([t * t, t, 1]) @ np.array(
        [[0.00275, -0.00610, 0.00317, 0], [-0.04214, 0.08970, -0.04153, 0.00516],
         [0.15346, -0.26756, 0.06670, 0.26688]]
    ) @ powers  # fmt: skip
    one, at_sun = np.array([1.0]), np.array([theta_s])
    big_y, x, y = (
        zenith * _perez(cos_theta, gamma, coefficients[k]) / _perez(one, at_sun, coefficients[k])
        for k, zenith in (("Y", 1.0), ("x", zx), ("y", zy))
    )
    xyz = np.stack([x / y * big_y, big_y, (1 - x - y) / y * big_y], -1)
    return np.asarray(np.maximum(xyz @ XYZ_TO_RGB.T, 0)).astype(np.float32)


def overcast_sky(direction: Array) -> Array:
    """Luminance (n,) of the CIE overcast sky, 1 at the zenith."""
    return np.asarray((1 + 2 * np.maximum(direction[:, 2], 0)) / 3)


class Clouds:
    """Periodic cloud fields on a plane above the viewer."""

    def __init__(self, rng: np.random.Generator, slope: float = 1.5) -> None:
        fields = [fractal(rng, 512, low=2, slope=slope) for _ in range(3)]
        self.levels = [np.stack(fields, -1).astype(np.float32)]

    def look(self, direction: Array, scale: float, flatness: float = 0.12) -> Array:
        """Three fields (n, 3) seen along directions; scale is repeats per cloud height."""
        up = np.maximum(direction[:, 2:], 0) + flatness
        return sample(self.levels, direction[:, :2] / up, 1 / scale, np.zeros(len(direction)))


class Skyline:
    """A distant line of trees or hills as a function of azimuth."""

    def __init__(
        self, rng: np.random.Generator, height_deg: float, roughness: float, low: int = 3
    ) -> None:
        spectrum = np.zeros(2049, complex)
        f = np.arange(low, 2049)
        spectrum[low:] = (rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f))) * (
            f**-roughness
        )
        curve = np.fft.irfft(spectrum, 4096)
        self.curve = np.radians(height_deg) * (1 + 0.45 * curve / curve.std())

    def height(self, direction: Array) -> Array:
        """Elevation of the line (n,), in radians, in each direction."""
        phi = np.arctan2(direction[:, 1], direction[:, 0]) / (2 * np.pi) * 4096
        closed = np.append(self.curve, self.curve[0])
        return np.asarray(np.interp(phi % 4096, np.arange(4097), closed))

    def cover(self, direction: Array, soft: float = 0.004) -> Array:
        """1 below the line, 0 above."""
        elevation = np.arcsin(np.clip(direction[:, 2], -1, 1))
        return smoothstep(soft, -soft, elevation - self.height(direction))


def add_sun(image: Array, sun: Array, irradiance: Array, radius_px: float, rays: Array) -> Array:
    """The panorama with a soft disc whose irradiance (on a plane facing it) is as given."""
    height = image.shape[0]
    radius = max(radius_px * np.pi / height, float(SUN_RADIUS))
    chord = np.linalg.norm(rays - sun.astype(np.float32), axis=-1)
    disc = smoothstep(1.35 * radius, 0.65 * radius, chord)
    sine = np.sin(np.pi * (np.arange(height) + 0.5) / height)[:, None]
    solid_angle = float((disc * sine).sum()) * 2 * (np.pi / height) ** 2 / 2
    return np.asarray(image + disc[..., None] / solid_angle * irradiance)

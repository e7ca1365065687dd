"""What is seen of a lit world: an equirectangular panorama, and its softening.

Column u in [0, 1) and row v in [0, 1) of a pixel center look along
phi = 2 pi (0.5 - u), theta = pi v from the zenith,
d = (sin theta cos phi, sin theta sin phi, cos theta): the middle of the image looks along +x.
"""

from __future__ import annotations

import numpy as np
from environments_cast import cast
from environments_light import LightMap, World, charts, lift, lookup, painted, sunlight
from noise import Array, Generator


def _reflect(
    world: World,
    book: LightMap,
    rng: Generator,
    point: Array,
    normal: Array,
    ray: Array,
    chart: Array,
) -> Array:
    """Glossy reflection (n, 3), Schlick's Fresnel term times what the mirrored ray sees."""
    gloss = np.array([p.gloss for p in book.paint] + [0.0])[chart]
    spread = np.array([p.blur for p in book.paint] + [0.0])[chart]
    out = np.zeros((len(point), 3), np.float32)
    mine = np.flatnonzero(gloss > 0)
    if not len(mine):
        return out
    d, n = ray[mine], normal[mine]
    cosine = np.clip(-(d * n).sum(-1), 0, 1)
    fresnel = gloss[mine] + (1 - gloss[mine]) * (1 - cosine) ** 5 * (1 - 2 * spread[mine]).clip(
        0, 1
    )
    mirror = d + 2 * cosine[:, None] * n
    mirror = mirror + spread[mine, None] * rng.standard_normal(mirror.shape)
    mirror /= np.linalg.norm(mirror, axis=-1, keepdims=True)
    seen, _ = radiance(world, book, lift(point[mine], n), mirror.astype(np.float32), rng=None)
    out[mine] = fresnel[:, None] * np.minimum(seen, 40)
    return out


def radiance(
    world: World, book: LightMap, origin: Array, ray: Array, *, rng: Generator | None
) -> tuple[Array, Array]:
    """Radiance (n, 3) that arrives along the rays, and apart from it what is mirrored.

    Nothing is mirrored without a generator.
    """
    hits = cast(world.solids, origin, ray)
    chart = np.where(hits.solid < 0, -1, charts(book, hits))
    matt, mirrored = np.zeros((len(ray), 3), np.float32), np.zeros((len(ray), 3), np.float32)
    if world.sky is not None and (chart < 0).any():
        matt[chart < 0] = world.sky(ray[chart < 0])
    met = np.flatnonzero(chart >= 0)
    c, uv, normal, t = chart[met], hits.uv[met], hits.normal[met], hits.t[met]
    point = origin[met] + t[:, None] * ray[met]
    slant = np.abs((ray[met] * normal).sum(-1))
    footprint = 0.006 * t / np.sqrt(np.maximum(slant, 0.05))
    light = lookup(book, c, uv) + sunlight(world, book, point, normal)
    matt[met] = painted(book, c, uv, footprint, "albedo") * np.maximum(light, 0)
    matt[met] += painted(book, c, uv, footprint, "emission")
    if rng is not None:
        mirrored[met] = _reflect(world, book, rng, point, normal, ray[met], c)
    return matt, mirrored


def directions(height: int, jitter: tuple[float, float] = (0.5, 0.5)) -> Array:
    """Unit directions (height, 2 height, 3) of an equirectangular image; jitter 0.5 is centers."""
    theta = np.pi * (np.arange(height) + jitter[0]) / height
    phi = 2 * np.pi * (0.5 - (np.arange(2 * height) + jitter[1]) / (2 * height))
    s = np.sin(theta)[:, None]
    up = np.broadcast_to(np.cos(theta)[:, None], (height, 2 * height))
    return np.stack([s * np.cos(phi), s * np.sin(phi), up], -1).astype(np.float32)


def panorama(world: World, book: LightMap, height: int, *, blur_px: float, rng: Generator) -> Array:
    """Linear radiance (height, 2 height, 3), softened; reflections are softened more."""
    shape = (height, 2 * height, 3)
    matt, mirrored = np.zeros(shape), np.zeros(shape)
    for jitter in ((0.25, 0.25), (0.75, 0.75)):
        ray = directions(height, jitter).reshape(-1, 3)
        origin = np.broadcast_to(np.array(world.eye, np.float32), ray.shape)
        for total, part in zip(
            (matt, mirrored), radiance(world, book, origin, ray, rng=rng), strict=True
        ):
            total += part.reshape(shape) / 2
    return soften(matt, blur_px) + soften(mirrored, 3 * blur_px)


def soften(image: Array, sigma_px: float) -> Array:
    """The panorama out of focus: a Gaussian of the same angular width everywhere."""
    height, width = image.shape[:2]
    theta = np.pi * (np.arange(height) + 0.5) / height
    sigma = np.minimum(sigma_px / np.sin(theta), width / 8)[:, None]
    gain = np.exp(-2 * (np.pi * np.fft.rfftfreq(width)[None, :] * sigma) ** 2)
    across = np.fft.irfft(np.fft.rfft(image, axis=1) * gain[..., None], n=width, axis=1)
    over = np.concatenate([np.roll(across[::-1], width // 2, 1), across], 0)
    over = np.concatenate([over, np.roll(across[::-1], width // 2, 1)], 0)
    gain = np.exp(-2 * (np.pi * np.fft.rfftfreq(3 * height) * sigma_px) ** 2)
    soft = np.fft.irfft(np.fft.rfft(over, axis=0) * gain[:, None, None], n=3 * height, axis=0)
    return np.asarray(np.maximum(soft[height : 2 * height], 0))


def mean_luminance(image: Array) -> float:
    """Mean luminance over the sphere."""
    height = image.shape[0]
    weight = np.sin(np.pi * (np.arange(height) + 0.5) / height)
    luminance = image @ np.array([0.2126, 0.7152, 0.0722])
    return float((luminance.mean(1) * weight).sum() / weight.sum())

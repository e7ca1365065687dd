"""Cameras and lights in USD's terms. A camera looks along −z with y up; so does a light shine."""

from functools import lru_cache
from math import pi
from typing import Any

import numpy as np

from scenegen.assets.library import Library
from scenegen.export.models3d import NEAR, light_pose
from scenegen.geometry import OPENGL_FROM_OPENCV, Array
from scenegen.render.environment import LUMINANCE, directions, prepare, solid_angles
from scenegen.scene import Camera, Light

_APERTURE = 36.0
"""Width of the sensor in tenths of a scene unit; only its ratio to the focal length has a meaning."""


def matrix(pose: Array) -> Any:
    """As USD keeps it, for row vectors."""
    from pxr import Gf

    return Gf.Matrix4d(pose.T.tolist())


def add_camera(usd: Any, path: str, camera: Camera) -> None:
    """A pinhole with our K: focal length, size and shift of the aperture in one unit."""
    from pxr import Gf, UsdGeom

    k, per_px = camera.K, _APERTURE / camera.width
    stretch = k[0, 0] / k[1, 1]  # pixels need not be square
    prim = UsdGeom.Camera.Define(usd, path)
    prim.AddTransformOp().Set(matrix(camera.world_from_camera @ OPENGL_FROM_OPENCV))
    prim.CreateFocalLengthAttr(k[0, 0] * per_px)
    prim.CreateHorizontalApertureAttr(_APERTURE)
    prim.CreateVerticalApertureAttr(camera.height * per_px * stretch)
    # K puts the origin in the middle of the first pixel, the aperture begins at its edge
    prim.CreateHorizontalApertureOffsetAttr((camera.width / 2 - k[0, 2] - 0.5) * per_px)
    prim.CreateVerticalApertureOffsetAttr((k[1, 2] + 0.5 - camera.height / 2) * per_px * stretch)
    prim.CreateClippingRangeAttr(Gf.Vec2f(NEAR, 1000.0))
    data = prim.GetPrim()
    data.SetCustomDataByKey("scenegen:width", camera.width)
    data.SetCustomDataByKey("scenegen:height", camera.height)
    if camera.distortion:
        data.SetCustomDataByKey("scenegen:distortion", camera.distortion.model)


def add_light(usd: Any, path: str, light: Light, library: Library) -> None:
    """Intensities that give a white matt surface our radiance, where a renderer keeps to UsdLux."""
    from pxr import Gf, UsdLux

    if light.kind == "environment":
        prim = UsdLux.DomeLight.Define(usd, path)
        color, strength = np.multiply(light.color, _upward(library, light.texture)), light.strength
    elif light.kind == "sun":
        prim = UsdLux.DistantLight.Define(usd, path)
        prim.CreateAngleAttr(float(np.degrees(2 * light.size)))
        color, strength = np.array(light.color), pi * light.strength
    else:
        prim = UsdLux.SphereLight.Define(usd, path)
        prim.CreateRadiusAttr(max(light.size, 1e-3))
        color, strength = np.array(light.color), 4 * pi * light.strength
    if light.kind == "spot":
        shaping = UsdLux.ShapingAPI.Apply(prim.GetPrim())
        shaping.CreateShapingConeAngleAttr(float(np.degrees(light.cone)))
    prim.CreateColorAttr(Gf.Vec3f(*color.tolist()))
    prim.CreateIntensityAttr(strength)
    if light.kind != "environment":
        prim.CreateNormalizeAttr(True)
        prim.AddTransformOp().Set(matrix(light_pose(light)))


@lru_cache(maxsize=16)
def _upward(library: Library, name: str) -> Array:
    """(3,) color of a panorama's light on a level surface, of luminance 1: a plain dome gives it."""
    radiance = prepare(library.environment(name)).radiance
    height, width = radiance.shape[:2]
    weight = np.maximum(directions(height, width)[..., 2], 0) * solid_angles(height, width)
    color = np.einsum("hwc,hw->c", radiance, weight)
    return color / max(float(color @ LUMINANCE), 1e-9)

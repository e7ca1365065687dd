"""The cameras of a settled scene: viewpoints, lenses, stereo pairs, exposure."""

from dataclasses import replace
from math import radians

import numpy as np

from scenegen import lens
from scenegen.assets.library import Library
from scenegen.distributions import sample
from scenegen.geometry import Array
from scenegen.recipe import CameraSection, OrbitPose, PathPose, Recipe
from scenegen.recipe.cameras import BrownConrady, KannalaBrandt
from scenegen.sample.exposure import metered
from scenegen.sample.viewpoints import Moment, Surroundings, right_of, surroundings, viewpoint
from scenegen.scene import Camera, Distortion, Scene
from scenegen.streams import Stage, stream

USUAL_FOV = 60.0
"""Degrees, where a recipe says nothing."""


def sample_cameras(
    recipe: Recipe, scene: Scene, library: Library, capture: int, captures: int
) -> tuple[Camera, ...]:
    """Draw all cameras of one capture of a settled scene, the left of a stereo pair first.

    Cameras on a shell or at a fixed place draw all their numbers anew for every picture; orbits and
    paths draw them once a scene and go on evenly over all captures and views. Raises SceneRejected
    where a camera found no free place.
    """
    around = surroundings(recipe, scene, library)
    cameras: list[Camera] = []
    for number, section in enumerate(recipe.cameras):
        for view in range(section.views):
            part = () if isinstance(section.pose, OrbitPose | PathPose) else (capture, view)
            rng = stream(recipe.seed, scene.index, scene.attempt, Stage.CAMERAS, number, *part)
            moment = Moment(capture * section.views + view, captures * section.views)
            cameras += _cameras(section, view, around, moment, rng=rng)
    return tuple(cameras)


def _cameras(
    section: CameraSection,
    view: int,
    around: Surroundings,
    moment: Moment,
    *,
    rng: np.random.Generator,
) -> list[Camera]:
    """One camera, or a left and a right one."""
    width, height = section.size
    fov = USUAL_FOV if section.fov_deg is None else sample(section.fov_deg, rng=rng)
    k = matrix_of(section, fov)
    stops = sample(section.exposure_ev, rng=rng)
    pose, target = viewpoint(section, around, moment, rng=rng)
    camera = Camera(
        name=section.name,
        view=view,
        width=width,
        height=height,
        K=_read_only(k),
        world_from_camera=_read_only(pose),
        distortion=distortion_of(section),
        exposure=float(2.0**stops * metered(around.scene.lights, target)),
        sequence=0 if isinstance(section.pose, OrbitPose | PathPose) else view,
    )
    if section.stereo is None:
        return [camera]
    right = _read_only(right_of(pose, section.stereo.baseline))
    return [replace(camera, eye="left"), replace(camera, eye="right", world_from_camera=right)]


def distortion_of(section: CameraSection) -> Distortion | None:
    """How the camera's lens bends the picture."""
    match section.distortion:
        case BrownConrady(brown_conrady=coefficients):
            return Distortion("brown_conrady", coefficients)
        case KannalaBrandt(kannala_brandt=coefficients):
            return Distortion("kannala_brandt", coefficients)
    return None


def matrix_of(section: CameraSection, fov_deg: float) -> Array:
    """(3, 3) K: as measured, where it was, else of a centred camera with that field of view."""
    width, height = section.size
    measured = section.intrinsics
    if measured is None:
        return lens.intrinsics(width, height, radians(fov_deg), distortion_of(section))
    cx = (width - 1) / 2 if measured.cx is None else measured.cx
    cy = (height - 1) / 2 if measured.cy is None else measured.cy
    return np.array([[measured.fx, measured.skew, cx], [0.0, measured.fy, cy], [0.0, 0.0, 1.0]])


def _read_only(array: Array) -> Array:
    array = np.array(array, dtype=np.float64)
    array.setflags(write=False)
    return array

"""The cameras of a settled scene: viewpoints, lenses, stereo pairs, exposure."""

from dataclasses import replace
from math import radians

import numpy as np

from scenegen.assets.library import Library
from scenegen.distributions import sample
from scenegen.geometry import Array, intrinsics
from scenegen.recipe import CameraSection, FullK, OrbitPose, PathPose, Recipe
from scenegen.sample.exposure import metered
from scenegen.sample.viewpoints import Moment, Surroundings, right_of, surroundings, viewpoint
from scenegen.scene import Camera, Scene
from scenegen.streams import Stage, stream


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
    fov = 60.0 if section.fov_deg is None else sample(section.fov_deg, rng=rng)
    k = intrinsics(width, height, radians(fov))
    if section.intrinsics is not None:
        k = _measured(section.intrinsics, width, height)
    stops = sample(section.exposure_ev, rng=rng)
    pose, target = viewpoint(section, around, moment, rng=rng)
    camera = Camera(
        name=section.name,
        view=view,
        width=width,
        height=height,
        K=_read_only(k),
        world_from_camera=_read_only(pose),
        exposure=float(2.0**stops * metered(around.scene.lights, target)),
        sequence=0 if isinstance(section.pose, OrbitPose | PathPose) else view,
    )
    if section.stereo is None:
        return [camera]
    right = _read_only(right_of(pose, section.stereo.baseline))
    return [replace(camera, eye="left"), replace(camera, eye="right", world_from_camera=right)]


def _measured(lens: FullK, width: int, height: int) -> Array:
    """(3, 3) K as given; the principal point's default is the middle of the picture."""
    cx = (width - 1) / 2 if lens.cx is None else lens.cx
    cy = (height - 1) / 2 if lens.cy is None else lens.cy
    return np.array([[lens.fx, lens.skew, cx], [0.0, lens.fy, cy], [0.0, 0.0, 1.0]])


def _read_only(array: Array) -> Array:
    array = np.array(array, dtype=np.float64)
    array.setflags(write=False)
    return array

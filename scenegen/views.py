"""Pictures that are asked for by their neighbours: stereo partners and moments that follow."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenegen.annotate import maps
from scenegen.assets.library import Library
from scenegen.clock import Clock
from scenegen.render import Renderer
from scenegen.scene import Camera, Scene

Take = tuple[Scene, Camera]
"""Who looks at what."""

Maps = dict[str, NDArray[Any]]
KEPT = 4


class Views:
    """What the cameras of one scene see, the last few kept; and the optional pictures of it."""

    def __init__(
        self, renderer: Renderer, library: Library, wanted: Collection[str], clock: Clock
    ) -> None:
        self._renderer = renderer
        self._library = library
        self._wanted = set(wanted)
        self._clock = clock
        self._kept: list[maps.View] = []

    def get(self, take: Take) -> maps.View:
        """What a camera sees, drawn now or a short while ago."""
        scene, camera = take
        for view in self._kept:
            if view.scene is scene and view.camera is camera:
                return view
        with self._clock("draw"):
            view = maps.View(scene, camera, self._renderer.geometry(scene, camera))
        self._kept = [*self._kept, view][-KEPT:]
        return view

    def optional(self, take: Take, partner: Take | None, successor: Take | None) -> Maps:
        """The wanted optional pictures, as far as there are others that they lead to."""
        found = self._surfaces(take)
        if "nocs" in self._wanted:
            view = self.get(take)
            with self._clock("annotate"):
                found["nocs"] = maps.nocs(view, self._library)
        if successor is not None:
            found |= self._motion(take, successor)
        if partner is not None:
            found |= self._stereo(take, partner)
        return {name: values for name, values in found.items() if name in self._wanted}

    def _surfaces(self, take: Take) -> Maps:
        if self._wanted.isdisjoint({"albedo", "roughness_metallic"}):
            return {}
        with self._clock("draw"):
            return self._renderer.surfaces(*take)._asdict()

    def _motion(self, take: Take, successor: Take) -> Maps:
        if self._wanted.isdisjoint({"flow", "scene_flow", "flow_occlusion"}):
            return {}
        view = self.get(take)
        with self._clock("annotate"):
            moved = maps.motion(view, *successor)
            found: Maps = {"flow": moved.flow, "scene_flow": moved.scene_flow}
        if "flow_occlusion" in self._wanted:
            found["flow_occlusion"] = self._occlusion(view, moved, successor)
        return found

    def _stereo(self, take: Take, partner: Take) -> Maps:
        found: Maps = {}
        if "disparity" in self._wanted and take[1].distortion is None:
            places = [camera.world_from_camera[:3, 3] for _, camera in (take, partner)]
            baseline = float(np.linalg.norm(places[0] - places[1]))
            found["disparity"] = maps.disparity(self.get(take), baseline)
        if "stereo_occlusion" in self._wanted:
            view = self.get(take)
            with self._clock("annotate"):
                moved = maps.motion(view, *partner)
            found["stereo_occlusion"] = self._occlusion(view, moved, partner)
        return found

    def _occlusion(self, view: maps.View, moved: maps.Motion, take: Take) -> NDArray[np.uint8]:
        other = self.get(take)
        with self._clock("annotate"):
            return maps.occlusion(view, moved, other)

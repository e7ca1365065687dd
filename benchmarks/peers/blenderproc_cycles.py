"""BlenderProc: RGB of 16 denoised samples, depth and segmentation.

BlenderProc 2.8.0 runs in the Blender that it downloads: it refuses any other interpreter when it is
imported, and its `init` asks for a language that the `bpy` package does not have. What it is made of
works with `bpy` all the same, so its modules are taken one by one, past the package's own __init__,
and the steps of `init` are done here.
"""

import importlib.util
import os
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from benchmarks.peers import exchanged, measure
from benchmarks.peers.cycles import SAMPLES, add, set_world

_spec = importlib.util.find_spec("blenderproc")
if _spec is None or _spec.submodule_search_locations is None:
    raise SystemExit("blenderproc is not installed")
_package = types.ModuleType("blenderproc")
_package.__path__ = list(_spec.submodule_search_locations)
sys.modules["blenderproc"] = _package
os.environ["INSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT"] = "1"
os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"  # as its __init__ does

from blenderproc.python.camera import CameraUtility  # noqa: E402
from blenderproc.python.renderer import RendererUtility  # noqa: E402
from blenderproc.python.types.MeshObjectUtility import MeshObject  # noqa: E402
from blenderproc.python.utility.Initializer import _Initializer, clean_up  # noqa: E402
from blenderproc.python.utility.SetupUtility import SetupUtility  # noqa: E402
from blenderproc.python.utility.Utility import reset_keyframes  # noqa: E402


class BlenderProc:
    def __init__(self, folder: Path) -> None:
        self._exchanged = exchanged.read(folder)
        SetupUtility.setup_utility_paths(str(folder.parent / "blenderproc"))
        clean_up(clean_up_camera=True)
        bpy.context.scene.render.engine = "CYCLES"
        RendererUtility.set_render_devices()
        _Initializer.set_default_parameters()
        for part in self._exchanged.parts:
            MeshObject(add(part)).set_cp("category_id", part.instance)
        set_world(bpy.context.scene, self._exchanged)
        bpy.context.scene.world["category_id"] = 0
        view = self._exchanged.views[0]
        CameraUtility.set_intrinsics_from_K_matrix(
            view.K, view.width, view.height, exchanged.NEAR, exchanged.FAR
        )
        RendererUtility.set_max_amount_of_samples(SAMPLES)
        RendererUtility.set_noise_threshold(0)
        RendererUtility.set_denoiser("INTEL")
        RendererUtility.enable_depth_output(activate_antialiasing=False)
        RendererUtility.enable_segmentation_output(map_by=["category_id"])

    @property
    def shots(self) -> int:
        return len(self._exchanged.views)

    def draw(self, numbers: Sequence[int]) -> None:
        self._render(numbers)

    def picture(self, number: int) -> measure.Picture:
        found = self._render([number])
        ids = np.asarray(found["category_id_segmaps"][0]).astype(np.uint16)
        return measure.Picture(np.asarray(found["colors"][0])[..., :3].astype(np.uint8), ids)

    def _render(self, numbers: Sequence[int]) -> Any:
        """All shots in one call, as its users do."""
        reset_keyframes()
        for number in numbers:
            CameraUtility.add_camera_pose(self._exchanged.views[number].pose_opengl)
        return RendererUtility.render()


if __name__ == "__main__":
    measure.main(BlenderProc)

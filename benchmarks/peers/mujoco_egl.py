"""MuJoCo's renderer: RGB with shadows, depth and segmentation, three calls, nothing written."""

import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import exchanged, measure

os.environ.setdefault("MUJOCO_GL", "egl")

import mujoco


class MuJoCo:
    def __init__(self, folder: Path) -> None:
        self._exchanged = exchanged.read(folder)
        view = self._exchanged.views[0]
        self._model = mujoco.MjModel.from_xml_string(_xml(self._exchanged))
        self._data = mujoco.MjData(self._model)
        mujoco.mj_forward(self._model, self._data)
        self._renderer = mujoco.Renderer(self._model, view.height, view.width, max_geom=10_000)
        self._instances = np.array([part.instance for part in self._exchanged.parts] + [0])

    @property
    def shots(self) -> int:
        return len(self._exchanged.views)

    def draw(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._draw(number)

    def picture(self, number: int) -> measure.Picture:
        rgb, geoms = self._draw(number)
        return measure.Picture(rgb, self._instances[geoms[..., 0]].astype(np.uint16))

    def _draw(self, number: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        renderer = self._renderer
        renderer.update_scene(self._data, camera=f"view{number}")
        rgb = renderer.render()
        renderer.enable_depth_rendering()
        renderer.render()
        renderer.disable_depth_rendering()
        renderer.enable_segmentation_rendering()
        geoms = renderer.render()
        renderer.disable_segmentation_rendering()
        return rgb, geoms


def _xml(scene: exchanged.Exchanged) -> str:
    """The scene as MJCF: a geom a part, a camera a view."""
    root = ET.Element("mujoco")
    ET.SubElement(root, "compiler", angle="radian")
    view = scene.views[0]
    visual = ET.SubElement(root, "visual")
    size = {"offwidth": str(view.width), "offheight": str(view.height)}
    ET.SubElement(visual, "global", size)
    ET.SubElement(visual, "quality", offsamples="4", shadowsize="2048")
    ET.SubElement(visual, "headlight", ambient="0.4 0.4 0.4", diffuse="0.2 0.2 0.2")
    ET.SubElement(visual, "map", znear=str(exchanged.NEAR), zfar=str(exchanged.FAR))
    ET.SubElement(root, "statistic", extent="1", center="0 0 0.7")
    assets, world = ET.SubElement(root, "asset"), ET.SubElement(root, "worldbody")
    ET.SubElement(world, "light", type="directional", dir="-1 -0.6 -2", pos="1 0.6 2.7")
    for number, part in enumerate(scene.parts):
        _add_part(assets, world, number, part)
    for number, seen in enumerate(scene.views):
        _add_camera(world, number, seen)
    return ET.tostring(root, encoding="unicode")


def _add_part(assets: ET.Element, world: ET.Element, number: int, part: exchanged.Part) -> None:
    name = f"part{number}"
    # a shell's inertia is defined for open and for flat meshes as well
    ET.SubElement(assets, "mesh", name=name, file=str(part.mesh), inertia="shell")
    look = {"name": name, "rgba": _row([*exchanged.srgb(part.color), 1.0])}
    if part.texture is not None:
        ET.SubElement(assets, "texture", name=name, type="2d", file=str(part.texture))
        look["texture"] = name
    ET.SubElement(assets, "material", look)
    geom = {"name": name, "type": "mesh", "mesh": name, "material": name}
    ET.SubElement(world, "geom", geom, contype="0", conaffinity="0")


def _add_camera(world: ET.Element, number: int, view: exchanged.View) -> None:
    """MuJoCo's principal point is counted from the picture's middle, y upwards."""
    pose, k = view.pose_opengl, view.K
    off_x, off_y = k[0, 2] + 0.5 - view.width / 2, k[1, 2] + 0.5 - view.height / 2
    ET.SubElement(
        world,
        "camera",
        name=f"view{number}",
        pos=_row(pose[:3, 3]),
        xyaxes=_row([*pose[:3, 0], *pose[:3, 1]]),
        resolution=f"{view.width} {view.height}",
        sensorsize="0.01 " + str(0.01 * view.height / view.width),
        focalpixel=_row([k[0, 0], k[1, 1]]),
        principalpixel=_row([-off_x, off_y]),
    )


def _row(values: Sequence[float] | NDArray[np.float64]) -> str:
    return " ".join(f"{value:.9g}" for value in values)


if __name__ == "__main__":
    measure.main(MuJoCo)

"""pyrender as it comes: lit RGB (4 samples, no shadows) with depth, ids, and amodal masks.

An object's amodal mask is a segmentation pass of its nodes alone, pyrender's cheapest way: meshes
that are not in `seg_node_map` are left out.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import exchanged, measure

os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
vars(np).setdefault("infty", np.inf)  # pyrender 0.1.45 was made for numpy 1

import pyrender  # noqa: E402
import trimesh  # noqa: E402
from PIL import Image  # noqa: E402

_SUN = np.array([[0.8, 0.36, 0.48, 0], [0, 0.8, -0.6, 0], [-0.6, 0.48, 0.64, 0], [0, 0, 0, 1]])


class StockPyrender:
    def __init__(self, folder: Path) -> None:
        self._exchanged = exchanged.read(folder)
        view = self._exchanged.views[0]
        self._renderer = pyrender.OffscreenRenderer(view.width, view.height)
        self._scene = pyrender.Scene(ambient_light=[0.35] * 3, bg_color=[0.5] * 3)
        self._nodes = [
            (self._scene.add(_mesh(part)), part.instance) for part in self._exchanged.parts
        ]
        self._scene.add(pyrender.DirectionalLight(intensity=4.0), pose=_SUN)
        self._camera: pyrender.Node | None = None

    @property
    def shots(self) -> int:
        return len(self._exchanged.views)

    def draw(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._draw(number)

    def picture(self, number: int) -> measure.Picture:
        rgb, ids = self._draw(number)
        return measure.Picture(rgb, ids)

    def _draw(self, number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        self._look(self._exchanged.views[number])
        rgb, _ = self._renderer.render(self._scene)
        ids = self._segmented({node: _code(instance) for node, instance in self._nodes})
        for wanted in self._exchanged.instances:
            alone = {node: _code(1) for node, instance in self._nodes if instance == wanted}
            _ = self._segmented(alone) > 0
        return rgb, ids

    def _look(self, view: exchanged.View) -> None:
        if self._camera is not None:
            self._scene.remove_node(self._camera)
        k = view.K
        camera = pyrender.IntrinsicsCamera(
            k[0, 0], k[1, 1], k[0, 2] + 0.5, k[1, 2] + 0.5, exchanged.NEAR, exchanged.FAR
        )
        self._camera = self._scene.add(camera, pose=view.pose_opengl)

    def _segmented(self, colors: dict[pyrender.Node, list[int]]) -> NDArray[np.uint16]:
        seen, _ = self._renderer.render(self._scene, pyrender.RenderFlags.SEG, colors)
        ids: NDArray[np.uint16] = seen[..., 0].astype(np.uint16)
        return ids


def _code(instance: int) -> list[int]:
    return [instance, 0, 0]


def _mesh(part: exchanged.Part) -> pyrender.Mesh:
    mesh = trimesh.load(part.mesh, process=False, force="mesh")
    texture = None
    if part.texture is not None:
        picture = np.asarray(Image.open(part.texture).convert("RGB"))
        texture = pyrender.Texture(source=picture, source_channels="RGB")
    material = pyrender.MetallicRoughnessMaterial(
        baseColorFactor=[*part.color, 1.0],
        baseColorTexture=texture,
        roughnessFactor=part.roughness,
        metallicFactor=part.metallic,
        doubleSided=True,
    )
    return pyrender.Mesh(
        [
            pyrender.Primitive(
                positions=mesh.vertices,
                normals=mesh.vertex_normals,
                texcoord_0=mesh.visual.uv,
                indices=mesh.faces,
                material=material,
            )
        ]
    )


if __name__ == "__main__":
    measure.main(StockPyrender)

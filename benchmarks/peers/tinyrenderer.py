"""PyBullet's TinyRenderer: RGB with its shadow pass, depth, segmentation in one call; nothing written."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pybullet
from numpy.typing import NDArray

from benchmarks.peers import exchanged, measure

_SAMPLE = (0.0, 1.0)
"""Where in a pixel TinyRenderer looks: at whole numbers, and it turns the rows round afterwards."""


class TinyRenderer:
    def __init__(self, folder: Path) -> None:
        self._exchanged = exchanged.read(folder)
        self._client = pybullet.connect(pybullet.DIRECT)
        if not pybullet.isNumpyEnabled():
            raise SystemExit("this pybullet was built without numpy; its pictures take seconds")
        self._table = np.zeros(len(self._exchanged.parts) + 1, np.uint16)
        for part in self._exchanged.parts:
            self._table[_add(self._client, part)] = part.instance

    @property
    def shots(self) -> int:
        return len(self._exchanged.views)

    def draw(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._draw(number)

    def picture(self, number: int) -> measure.Picture:
        rgb, bodies = self._draw(number)
        return measure.Picture(rgb, self._table[bodies])  # -1, nothing, is the table's last: 0

    def _draw(self, number: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        view = self._exchanged.views[number]
        _, _, rgba, _, bodies = pybullet.getCameraImage(
            view.width,
            view.height,
            viewMatrix=np.linalg.inv(view.pose_opengl).T.ravel().tolist(),
            projectionMatrix=view.clip_from_camera(_SAMPLE).T.ravel().tolist(),
            lightDirection=[1.0, 0.6, 2.0],
            shadow=1,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._client,
        )
        return rgba[..., :3], bodies


def _add(client: int, part: exchanged.Part) -> int:
    shape = pybullet.createVisualShape(
        pybullet.GEOM_MESH,
        fileName=str(part.mesh),
        rgbaColor=[*exchanged.srgb(part.color), 1.0],
        physicsClientId=client,
    )
    body: int = pybullet.createMultiBody(baseVisualShapeIndex=shape, physicsClientId=client)
    if part.texture is not None:
        texture = pybullet.loadTexture(str(part.texture), physicsClientId=client)
        pybullet.changeVisualShape(body, -1, textureUniqueId=texture, physicsClientId=client)
    return body


if __name__ == "__main__":
    measure.main(TinyRenderer)

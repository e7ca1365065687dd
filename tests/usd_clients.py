"""What OpenUSD finds in exported scenes, compared with the dataset."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clients import last_shots

from scenegen import geometry
from scenegen.dataset import Dataset, StoredShot

pytest.importorskip("pxr")
from pxr import Gf, Usd, UsdGeom, UsdValidation

Stage = Any


def errors(stage: Stage) -> list[str]:
    """What all of pxr's validators say."""
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    return [e.GetMessage() for e in UsdValidation.ValidationContext(validators).Validate(stage)]


def corners(stage: Stage, number: int) -> np.ndarray:
    """(8, 3) corners in the world of the box of an object's meshes, along its own axes."""
    prim = next(
        prim
        for prim in stage.GetPrimAtPath("/World/Objects").GetChildren()
        if prim.GetCustomDataByKey("scenegen:instance_id") == number
    )
    meshes = [UsdGeom.Mesh(child) for child in prim.GetChildren()]
    points = np.concatenate([np.array(mesh.GetPointsAttr().Get()) for mesh in meshes])
    pose = UsdGeom.Xformable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
    low, high = points.min(axis=0), points.max(axis=0)
    boxed = geometry.box_corners((low + high) / 2, high - low)
    return np.array([pose.Transform(Gf.Vec3d(*corner.tolist())) for corner in boxed])


def pixels(stage: Stage, name: str, world: np.ndarray, width: int, height: int) -> np.ndarray:
    """(N, 2) where pxr's own camera sees points, OpenCV pixel frame."""
    prim = UsdGeom.Camera(stage.GetPrimAtPath(f"/World/Cameras/{name}"))
    frustum = prim.GetCamera(Usd.TimeCode.Default()).frustum
    both = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    ndc = np.array([both.Transform(Gf.Vec3d(*point.tolist())) for point in world])
    return np.stack([(ndc[:, 0] + 1) / 2 * width, (1 - ndc[:, 1]) / 2 * height], axis=1) - 0.5


def farthest(stage: Stage, shots: list[StoredShot]) -> float:
    """Largest distance in pixels between pxr's place of a box corner and the label's."""
    apart = []
    for shot in shots:
        camera = shot.camera
        if camera.distortion is not None:
            continue
        name = "_".join(filter(None, (camera.name or "camera", camera.eye, shot.stem)))
        for label in shot.annotations:
            world = corners(stage, label.instance_id)
            found = pixels(stage, name, world, camera.width, camera.height)
            apart.append(np.abs(found - np.array(label.corners_image, dtype=np.float64)).max())
    return float(max(apart))


def pxr_agrees(out: Path, dataset: Path) -> None:
    """OpenUSD: no fault in any scene; its cameras see the objects' corners where our labels are."""
    for index in Dataset.open(dataset):
        stage = Usd.Stage.Open(str(out / f"{index:06d}.usdc"))
        assert errors(stage) == []
        assert farthest(stage, last_shots(dataset, index)) < 1e-3


AGREE = (pxr_agrees,)

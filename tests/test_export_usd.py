"""pxr finds no fault with the scenes, and its cameras see our objects where our labels are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clients import exported, last_shots
from running import checksums

from scenegen import geometry
from scenegen.dataset import Dataset
from scenegen.scene import Camera

pytest.importorskip("pxr")
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux, UsdSemantics, UsdShade
from usd_clients import Stage, errors, farthest, pixels, pxr_agrees


@pytest.fixture(scope="module")
def written(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usd") / "out"
    exported(rich, "usd", folder)
    return folder


def opened(folder: Path) -> Stage:
    """A copy in memory of its own, to be altered."""
    return Usd.Stage.Open(Sdf.Layer.OpenAsAnonymous(str(folder / "000000.usdc")))


def test_pxr_finds_no_error(written: Path, rich: Path) -> None:
    """Mutants: no default prim; a texture that is not there; normals of a wrong count."""
    stage = Usd.Stage.Open(str(written / "000000.usdc"))
    assert errors(stage) == []
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    files = [
        shader.GetInput("file").Get().resolvedPath
        for shader in map(UsdShade.Shader, stage.Traverse())
        if shader and shader.GetIdAttr().Get() == "UsdUVTexture"
    ]
    assert files
    assert all(Path(file).is_file() for file in files)
    labels = [
        UsdSemantics.LabelsAPI(prim, "class").GetLabelsAttr().Get()[0]
        for prim in stage.GetPrimAtPath("/World/Objects").GetChildren()
        if prim.GetCustomDataByKey("scenegen:role") == "target"
    ]
    wanted = [o.category for o in last_shots(rich)[0].annotations if o.role == "target"]
    assert labels == wanted
    stage.ClearDefaultPrim()
    assert errors(stage)


def test_cameras_see_our_labels(written: Path, rich: Path) -> None:
    """Mutants: see below."""
    pxr_agrees(written, rich)


def transposed(stage: Stage, where: str) -> None:
    for prim in stage.GetPrimAtPath(where).GetChildren():
        (op,) = UsdGeom.Xformable(prim).GetOrderedXformOps()
        matrix = op.Get()
        place = matrix.ExtractTranslation()
        op.Set(matrix.GetTranspose().SetTranslateOnly(place))


def opencv_axes(stage: Stage) -> None:
    for prim in stage.GetPrimAtPath("/World/Cameras").GetChildren():
        (op,) = UsdGeom.Xformable(prim).GetOrderedXformOps()
        op.Set(Gf.Matrix4d(Gf.Vec4d(1, -1, -1, 1)) * op.Get())


def half_a_pixel(stage: Stage) -> None:
    for prim in stage.GetPrimAtPath("/World/Cameras").GetChildren():
        camera = UsdGeom.Camera(prim)
        width = prim.GetCustomDataByKey("scenegen:width")
        offset = 0.5 * camera.GetHorizontalApertureAttr().Get() / width
        camera.GetHorizontalApertureOffsetAttr().Set(offset)


@pytest.mark.parametrize(
    "mutant",
    [
        lambda stage: transposed(stage, "/World/Cameras"),
        lambda stage: transposed(stage, "/World/Objects"),
        opencv_axes,
        half_a_pixel,
    ],
    ids=["camera transposed", "objects transposed", "camera looks along +z", "half-pixel K"],
)
def test_mutants_are_noticed(written: Path, rich: Path, mutant: Callable[[Stage], None]) -> None:
    """Each alteration moves corners by more than a tenth of a pixel."""
    stage = opened(written)
    mutant(stage)
    assert farthest(stage, last_shots(rich)) > 0.1


def test_any_pinhole() -> None:
    """Mutants: aperture offsets of the wrong sign; square pixels taken for granted."""
    from scenegen.export.usd_optics import add_camera

    k = np.array([[300.0, 0, 70.25], [0, 340.0, 66.5], [0, 0, 1]])
    pose = geometry.look_at([0.4, -0.9, 0.7], [0.0, 0.1, 0.1], 0.3)
    camera = Camera("odd", 0, 160, 120, k, pose)
    stage = Usd.Stage.CreateInMemory()
    add_camera(stage, "/World/Cameras/odd", camera)
    points = np.array([[0.0, 0, 0], [0.2, 0.1, 0.3], [-0.2, 0.3, 0.05]])
    expected = geometry.project(k, geometry.apply(geometry.inverse(pose), points))
    assert np.abs(pixels(stage, "odd", points, 160, 120) - expected).max() < 1e-3


def test_lights_are_there(written: Path, rich: Path) -> None:
    """Mutant: lights are dropped."""
    stage = opened(written)
    found = stage.GetPrimAtPath("/World/Lights").GetChildren()
    assert len(found) == len(Dataset.open(rich).scene(0)[-1].lights)
    assert any(prim.IsA(UsdLux.DomeLight) for prim in found)


def test_same_bytes_again(written: Path, rich: Path, tmp_path: Path) -> None:
    """Mutant: a clock or a path in the file."""
    exported(rich, "usd", tmp_path / "again")
    assert checksums(tmp_path / "again") == checksums(written)

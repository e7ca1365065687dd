"""USD: a file a scene, z up and in metres, its textures in a folder beside it."""

import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from scenegen.assets.library import Library
from scenegen.assets.model import Part
from scenegen.errors import DatasetError
from scenegen.export import Options
from scenegen.export.folder import ExportFolder
from scenegen.export.models import open_library
from scenegen.export.models3d import Solid, Stage, staged
from scenegen.export.selection import Selection
from scenegen.export.usd_looks import Textures, bind
from scenegen.export.usd_optics import add_camera, add_light, matrix
from scenegen.geometry import Array


def export(selection: Selection, folder: ExportFolder, options: Options) -> Iterable[str]:
    """Write 000012.usdc for each scene, and textures/ for all."""
    try:
        import pxr  # noqa: F401
    except ImportError:
        raise DatasetError("usd needs usd-core: pip install 'scenegen[usd]'") from None
    library = open_library(selection, options)
    textures = Textures(folder)
    indices = selection.indices
    for done, index in enumerate(indices, start=1):
        name = f"{index:06d}.usdc"
        if not folder.has(name):
            folder.write(name, usd_bytes(staged(selection, index, library), library, textures))
        folder.progress(done, len(indices))
    return []


def usd_bytes(stage: Stage, library: Library, textures: Textures) -> bytes:
    """The whole scene as a .usdc file."""
    from pxr import Usd, UsdGeom

    usd = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(usd, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(usd, 1.0)
    usd.SetDefaultPrim(UsdGeom.Xform.Define(usd, "/World").GetPrim())
    for scope in ("Objects", "Looks", "Lights", "Cameras"):
        UsdGeom.Scope.Define(usd, f"/World/{scope}")
    for solid in stage.solids:
        _add_solid(usd, solid, textures)
    for number, light in enumerate(stage.lights):
        add_light(usd, f"/World/Lights/{light.kind}_{number}", light, library)
    for name, camera in stage.cameras.items():
        add_camera(usd, f"/World/Cameras/{_identifier(name)}", camera)
    with TemporaryDirectory() as place:
        file = Path(place) / "scene.usdc"
        usd.GetRootLayer().Export(str(file))
        return file.read_bytes()


def _identifier(name: str) -> str:
    """As USD names things: letters, digits, underscores, no digit first."""
    return re.sub(r"^(?=\d)", "_", re.sub(r"\W", "_", name, flags=re.ASCII))


def _add_solid(usd: Any, solid: Solid, textures: Textures) -> None:
    from pxr import UsdGeom, UsdSemantics

    name = _identifier(solid.name)
    xform = UsdGeom.Xform.Define(usd, f"/World/Objects/{name}")
    pose: Array = solid.world_from_object @ np.diag([solid.scale] * 3 + [1.0])
    xform.AddTransformOp().Set(matrix(pose))
    if solid.thing is not None:
        prim = xform.GetPrim()
        for key in ("instance_id", "asset_id", "category", "role"):
            prim.SetCustomDataByKey(f"scenegen:{key}", getattr(solid.thing, key))
        labels = UsdSemantics.LabelsAPI.Apply(prim, "class")
        labels.CreateLabelsAttr().Set([solid.thing.category])
    for number, (part, look) in enumerate(solid.parts):
        path = f"/World/Objects/{name}/part_{number}"
        mesh = _add_mesh(usd, path, part, double_sided=not solid.one_sided)
        bind(usd, f"/World/Looks/{name}_{number}", mesh, part, look, textures)


def _add_mesh(usd: Any, path: str, part: Part, *, double_sided: bool) -> Any:
    from pxr import Sdf, UsdGeom, Vt

    mesh = UsdGeom.Mesh.Define(usd, path)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(part.positions))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(part.faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(part.faces.reshape(-1).astype(np.int32)))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(part.normals))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(double_sided)
    bounds = np.stack([part.positions.min(axis=0), part.positions.max(axis=0)])
    mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(bounds))
    primvars = UsdGeom.PrimvarsAPI(mesh)
    if part.uv is not None:
        kind = Sdf.ValueTypeNames.TexCoord2fArray
        uv = primvars.CreatePrimvar("st", kind, UsdGeom.Tokens.vertex)
        uv.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(part.uv, np.float32)))
    if part.colors is not None:
        kind = Sdf.ValueTypeNames.Color3fArray
        colors = primvars.CreatePrimvar("displayColor", kind, UsdGeom.Tokens.vertex)
        colors.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(part.colors, np.float32)))
    return mesh

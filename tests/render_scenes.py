"""Small scenes of analytic shapes for the renderer's tests, with a library made of nothing."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import trimesh

from scenegen import geometry
from scenegen.assets.model import Asset, AssetInfo, Body, Part, PartMaterial, SurfaceTexture
from scenegen.render.raster import Raster
from scenegen.scene import Backdrop, Camera, Distortion, Frame, Light, Scene, SceneObject

WHITE = PartMaterial(base_color=(1.0, 1.0, 1.0), roughness=1.0)
SIZES = {"slab": (0.3, 0.3, 0.006), "post": (0.05, 0.05, 0.3)}
RADIUS = 0.1


class Shapes:
    """A `Library` of a sphere, boxes (`SIZES`), an open sheet, one material and plain panoramas."""

    def load(self, asset_id: str) -> Asset:
        if asset_id in ("sphere", "red_sphere", "coarse_sphere"):
            fine = 2 if asset_id == "coarse_sphere" else 5
            mesh = trimesh.creation.icosphere(subdivisions=fine, radius=RADIUS)
            normals = mesh.vertices / RADIUS
            red = PartMaterial(base_color=(0.8, 0.02, 0.02), roughness=0.8)
            material = red if asset_id == "red_sphere" else WHITE
            return _asset(asset_id, mesh.vertices, normals, mesh.faces, material)
        if asset_id == "sheet":
            corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * 0.1
            up, faces = np.tile([0, 0, 1.0], (4, 1)), np.array([[0, 1, 2], [0, 2, 3]])
            return _asset("sheet", corners, up, faces, WHITE)
        if asset_id == "rod":
            mesh = trimesh.creation.cylinder(radius=0.01, height=2.0, sections=64)
            normals = mesh.vertices * [1, 1, 0] + [1e-6, 0, 0]
            normals /= np.linalg.norm(normals, axis=1, keepdims=True)
            return _asset("rod", mesh.vertices, normals, mesh.faces, WHITE)
        mesh = trimesh.creation.box(SIZES.get(asset_id, (0.2, 0.1, 0.06)))
        corners = mesh.triangles.reshape(-1, 3)
        faces = np.arange(len(corners)).reshape(-1, 3)
        return _asset(asset_id, corners, np.repeat(mesh.face_normals, 3, axis=0), faces, WHITE)

    def material(self, name: str) -> SurfaceTexture:
        """Left half black, right half white, 0.1 m wide, matt; but `tilted_u` and `tilted_v`: white,

        with a normal map that leans (0.6, 0, 0.8) along u or v.
        """
        base = np.zeros((64, 64, 3), np.uint8)
        base[:, 0 if name.startswith("tilted") else 32 :] = 255
        leaning = {"tilted_u": (204, 128, 230), "tilted_v": (128, 204, 230)}
        normal = np.full((64, 64, 3), leaning.get(name, (128, 128, 255)), np.uint8)
        orm = np.full((64, 64, 3), (255, 255, 0), np.uint8)
        return SurfaceTexture(name, base, normal, orm, 0.1)

    def environment(self, name: str) -> Any:
        """`white`, or `lamp`: dim with a bright disc 25° wide, 40° above +x, 30 times as bright."""
        light = np.ones((128, 256, 3), np.float32)
        if name == "lamp":
            from scenegen.render.environment import directions

            toward = np.array([np.cos(0.7), 0.0, np.sin(0.7)])
            light[directions(128, 256) @ toward > np.cos(0.22)] = 60.0
        return light


def _asset(name: str, points: Any, normals: Any, faces: Any, material: PartMaterial) -> Asset:
    points = np.asarray(points, np.float32)
    part = Part(points, np.asarray(normals, np.float32), np.asarray(faces, np.uint32), material)
    bounds = np.array([points.min(axis=0), points.max(axis=0)], np.float64)
    info = AssetInfo(name, name, "")
    return Asset(info, (part,), bounds, lambda: Body((), 1.0, np.zeros(3), np.eye(3)))


def thing(number: int, asset_id: str, position: Sequence[float], **more: Any) -> SceneObject:
    """An object turned a little, so that nothing is symmetric."""
    options = SimpleNamespace(rotation=np.eye(3), role="target", scale=1.0, material=None)
    options.__dict__.update(more)
    pose = geometry.transform(options.rotation, position)
    return SceneObject(
        number, asset_id, asset_id, options.role, pose, options.scale, options.material
    )


def scene(
    objects: Sequence[SceneObject],
    lights: Sequence[Light] = (),
    backdrop: Backdrop | None = None,
    fixtures: Sequence[SceneObject] = (),
) -> Scene:
    return Scene(0, 0, tuple(objects), tuple(fixtures), tuple(lights), backdrop or Backdrop())


def camera(
    eye: Sequence[float] = (0.5, -0.7, 0.6),
    target: Sequence[float] = (0.0, 0.0, 0.05),
    size: tuple[int, int] = (160, 120),
    fov: float = 0.8,
    exposure: float = 1.0,
    distortion: Distortion | None = None,
    **k: float,
) -> Camera:
    """A camera; `fx`, `skew`, `cx`, `fy`, `cy` replace entries of its K."""
    matrix = geometry.intrinsics(*size, fov)
    places = {"fx": (0, 0), "skew": (0, 1), "cx": (0, 2), "fy": (1, 1), "cy": (1, 2)}
    for name, value in k.items():
        matrix[places[name]] = value
    pose = geometry.look_at(eye, target)
    return Camera("test", 0, *size, matrix, pose, exposure, distortion=distortion)


def frame(raster: Raster, world: Scene, view: Camera) -> Frame:
    """What one camera sees, without the optional maps."""
    exact = raster.geometry(world, view)
    return Frame(raster.color(world, view), *exact)

"""Objects to cast rays at: one embree scene a mesh, and hits made exact in double precision."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from scenegen.assets.library import Library
from scenegen.assets.model import Asset, Part

Array = NDArray[np.float64]
Integers = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Mesh:
    """All triangles of an object in its own frame, metres before scaling.

    corners (T, 3, 3) · faces (T, 3) unit normals by winding · normals (T, 3, 3) at the corners ·
    part (T,) index into `parts` · first (T,) number of each part's first triangle.
    """

    parts: tuple[Part, ...]
    corners: Array
    normals: Array
    part: NDArray[np.intp]
    first: NDArray[np.intp]

    @classmethod
    def of(cls, asset: Asset) -> "Mesh":
        counts = [len(part.faces) for part in asset.parts]
        return cls(
            asset.parts,
            np.concatenate([part.positions[part.faces] for part in asset.parts]).astype(np.float64),
            np.concatenate([part.normals[part.faces] for part in asset.parts]).astype(np.float64),
            np.repeat(np.arange(len(counts)), counts),
            np.cumsum([0, *counts[:-1]]),
        )

    @cached_property
    def box(self) -> Array:
        """(2, 3) lowest and highest corner."""
        flat = self.corners.reshape(-1, 3)
        return np.stack([flat.min(axis=0), flat.max(axis=0)])

    @cached_property
    def box_corners(self) -> Array:
        """(8, 3): corner 4[x+] + 2[y+] + [z+]."""
        return np.array([[self.box[(i >> 2 - k) & 1, k] for k in range(3)] for i in range(8)])

    @cached_property
    def vertices(self) -> Array:
        """(V, 3) all different corners of triangles."""
        return np.unique(self.corners.reshape(-1, 3), axis=0)

    @cached_property
    def faces(self) -> Array:
        a, b, c = np.moveaxis(self.corners, 1, 0)
        across = np.cross(b - a, c - a)
        return across / np.linalg.norm(across, axis=1, keepdims=True)

    @cached_property
    def _scene(self) -> Any:
        scene = EmbreeScene(robust=True)
        TriangleMesh(scene, np.ascontiguousarray(self.corners, np.float32))
        return scene

    def first_hit(self, origins: Array, directions: Array) -> tuple[Array, Integers]:
        """Of (N, 3) rays: how often the direction fits until the first hit, and the triangle's number.

        No hit is infinity and −1. Origins should not be far from the mesh: they become float32.
        """
        length = np.full(len(origins), np.inf)
        if not len(origins):
            return length, np.zeros(0, np.int32)
        found = self._scene.run(
            np.ascontiguousarray(origins, np.float32),
            np.ascontiguousarray(directions, np.float32),
            query="INTERSECT",
            output=True,
        )
        triangle: Integers = found["primID"]
        hit = np.flatnonzero(triangle >= 0)
        at = triangle[hit]
        face, start, way = self.faces[at], origins[hit], directions[hit]
        with np.errstate(all="ignore"):
            exact = np.einsum("ij,ij->i", self.corners[at, 0] - start, face)
            exact /= np.einsum("ij,ij->i", face, way)
        rough = found["tfar"][hit].astype(np.float64)
        # in the plane of a triangle that is seen edge on there is no better answer than embree's
        length[hit] = np.where(np.abs(exact - rough) <= 1e-3 * (1 + rough), exact, rough)
        return length, triangle

    def blocked(
        self, origins: Array, directions: Array, length: float | Array
    ) -> NDArray[np.bool_]:
        """Whether (N, 3) rays meet the mesh before `length` times their direction."""
        reach, _ = self.first_hit(origins, directions)
        return reach < length

    def weights(self, triangle: Integers, points: Array) -> Array:
        """(N, 3) barycentric weights of points in the planes of triangles."""
        a, b, c = np.moveaxis(self.corners[triangle], 1, 0)
        u, v, w = b - a, c - a, points - a
        uu, uv, vv = (np.einsum("ij,ij->i", *pair) for pair in ((u, u), (u, v), (v, v)))
        wu, wv = np.einsum("ij,ij->i", w, u), np.einsum("ij,ij->i", w, v)
        below = uu * vv - uv * uv
        second, third = (vv * wu - uv * wv) / below, (uu * wv - uv * wu) / below
        return np.stack([1 - second - third, second, third], axis=1)


class Meshes:
    """The meshes of a library, each built when first asked for."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._built: dict[str, Mesh] = {}

    def __getitem__(self, asset_id: str) -> Mesh:
        if asset_id not in self._built:
            self._built[asset_id] = Mesh.of(self.library.load(asset_id))
        return self._built[asset_id]

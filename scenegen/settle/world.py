"""Rigid bodies under gravity: the only file that knows PyBullet.

Bullet is tuned for things about a metre in size, so its world is enlarged by `ENLARGED`: that turns
its fixed collision margin of 1 mm into a fifth of a millimetre. Nothing outside this file notices:
everything that goes in or comes out is in metres, kilograms and seconds.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from scenegen.geometry import (
    Array,
    inverse,
    quaternion_xyzw_from_rotation,
    rotation_from_quaternion_xyzw,
    transform,
)

ENLARGED = 5.0
MARGIN = 0.001 / ENLARGED
SOLVER_ITERATIONS = 300
SLOP = 0.0006
"""Contacts this deep (m, between surfaces with their margins) are left alone: a heap whose contacts
are all pushed apart a little in every step creeps for ever. Less the margins, 0.2 mm remain."""
NEAR = 0.005
"""Contacts are kept up to this share of a body's reach. Bullet keeps four points a pair: with its
usual 2 %, far ones push out those that carry, and a bottle rocks for ever."""
STRIDE, MOST, LOOK = 0.004, 8, 4
"""A time step is halved, up to this many pieces, until no point of a body covers more than `STRIDE`
metres in a piece: thin things neither sink in nor tunnel. Speeds are looked at every `LOOK` steps."""
RAY = 100.0
"""How far down (m) heights are felt."""


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep a compiled module from printing to stderr while it is imported."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


with _silent():
    import pybullet


@dataclass(frozen=True, eq=False)
class Solid:
    """What moves: convex parts in the object's frame, and how its mass is spread.

    parts (N, 3) m each · mass kg · center_of_mass (3,) m · inertia (3, 3) kg m² about it.
    """

    parts: Sequence[NDArray[np.float64]]
    mass: float
    center_of_mass: NDArray[np.float64]
    inertia: NDArray[np.float64]


@dataclass(frozen=True)
class Touch:
    """How surfaces meet. Bullet multiplies the two partners' values, so both get the square root.

    `rolling` is in metres: the torque against rolling is `rolling` × the normal force.
    """

    friction: float
    restitution: float
    rolling: float = 0.0


class World:
    """A PyBullet client of its own; use it in a `with` statement, which closes it."""

    def __init__(self, *, gravity: float, step_hz: int) -> None:
        self._client: int = pybullet.connect(pybullet.DIRECT)
        self._object_from_com: dict[int, Array] = {}
        self._margins: dict[int, float] = {}
        self._reach: dict[int, float] = {}
        self._step, self._gravity = 1.0 / step_hz, gravity
        self._pieces = self._done = 0
        self._folder = tempfile.TemporaryDirectory(prefix="scenegen-")
        self._call("setGravity", 0.0, 0.0, -gravity * ENLARGED)
        self._call(
            "setPhysicsEngineParameter",
            numSolverIterations=SOLVER_ITERATIONS,
            deterministicOverlappingPairs=1,
            enableFileCaching=0,
            contactBreakingThreshold=NEAR,
            contactSlop=SLOP * ENLARGED,
            restitutionVelocityThreshold=0.1 * ENLARGED,
            useSplitImpulse=1,
            splitImpulsePenetrationThreshold=0.0,
            solverResidualThreshold=1e-6,
            erp=0.2,
            contactERP=0.2,
        )
        self._split(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call("disconnect")
        self._folder.cleanup()

    def add_ground(self, touch: Touch) -> int:
        """Add the half-space below z = 0 and return its body."""
        return self._body(self._call("createCollisionShape", pybullet.GEOM_PLANE), touch, 0.0)

    def add_box(self, center: NDArray[np.float64], size: NDArray[np.float64], touch: Touch) -> int:
        """Add a box that stands still (m, world axes) and return its body."""
        half = (np.asarray(size) / 2 * ENLARGED).tolist()
        shape = self._call("createCollisionShape", pybullet.GEOM_BOX, halfExtents=half)
        return self._body(shape, touch, MARGIN, position=center)

    def add_fixed(self, parts: Sequence[NDArray[np.float64]], touch: Touch) -> int:
        """Add convex parts that stand still (m, world axes) and return their body."""
        return self._body(self._shape(parts), touch, MARGIN)

    def add_moving(
        self, solid: Solid, world_from_object: Array, velocity: Array, spin: Array, touch: Touch
    ) -> int:
        """Add an object and return its body.

        `velocity` (m/s) is that of its center of mass, `spin` in rad/s; both in the world's axes.
        """
        moments, axes = np.linalg.eigh(solid.inertia)
        if np.linalg.det(axes) < 0:
            axes[:, 0] = -axes[:, 0]
        object_from_com = transform(axes, solid.center_of_mass)
        com_from_object = inverse(object_from_com)
        parts = [part @ com_from_object[:3, :3].T + com_from_object[:3, 3] for part in solid.parts]
        pose = world_from_object @ object_from_com
        body = self._body(self._shape(parts), touch, MARGIN, solid.mass, pose[:3, 3], pose[:3, :3])
        self._call(
            "changeDynamics",
            body,
            -1,
            mass=solid.mass,
            localInertiaDiagonal=(np.maximum(moments, 1e-9) * ENLARGED**2).tolist(),
            rollingFriction=touch.rolling * ENLARGED / 2,
            spinningFriction=touch.rolling * ENLARGED / 2,
            linearDamping=0.0,
            angularDamping=0.0,
            activationState=pybullet.ACTIVATION_STATE_DISABLE_SLEEPING,
        )
        head_start = [0.0, 0.0, self._gravity * self._step / self._pieces / 2]
        fast = (np.asarray(velocity) + head_start) * ENLARGED
        self._call("resetBaseVelocity", body, fast.tolist(), np.asarray(spin).tolist())
        self._object_from_com[body] = object_from_com
        self._reach[body] = float(np.linalg.norm(np.vstack(parts), axis=1).max())
        return body

    def damp(self, bodies: Sequence[int], share: float) -> None:
        """From now on, bodies lose this share of their speeds a second."""
        for body in bodies:
            self._call("changeDynamics", body, -1, linearDamping=share, angularDamping=share)

    def step(self) -> None:
        """Go on by one time step."""
        if self._done % LOOK == 0:
            speeds = [self.speeds(body) for body in self._reach]
            reaches = self._reach.values()
            fastest = max((v + w * r for (v, w), r in zip(speeds, reaches, strict=True)), default=0)
            pieces = 1
            while pieces < MOST and fastest * self._step / pieces > STRIDE:
                pieces *= 2
            self._split(pieces)
        for _ in range(self._pieces):
            self._call("stepSimulation")
        self._done += 1

    def _split(self, pieces: int) -> None:
        """From now on, cut every time step into `pieces`.

        Bullet moves a body by its speed at the end of a piece. Ahead by half a piece's gravity, as
        in leapfrog integration, speeds make free fall exact; a new length changes that lead.
        """
        if pieces == self._pieces:
            return
        lead = self._gravity * self._step / 2 * (1 / pieces - 1 / max(self._pieces, 1))
        for body in self._reach:
            if not self._call("getContactPoints", body):
                (x, y, z), spin = self._call("getBaseVelocity", body)
                self._call("resetBaseVelocity", body, [x, y, z + lead * ENLARGED], spin)
        self._call("setPhysicsEngineParameter", fixedTimeStep=self._step / pieces)
        self._pieces = pieces

    def pose(self, body: int) -> Array:
        """`world_from_object` of a moving body (Bullet itself speaks of its centre of mass)."""
        position, quaternion_xyzw = self._call("getBasePositionAndOrientation", body)
        if not np.isfinite([*position, *quaternion_xyzw]).all():
            return np.full((4, 4), np.nan)
        rotation = rotation_from_quaternion_xyzw(quaternion_xyzw)
        world_from_com = transform(rotation, np.asarray(position) / ENLARGED)
        return world_from_com @ inverse(self._object_from_com[body])

    def speeds(self, body: int) -> tuple[float, float]:
        """Speed (m/s) of a body's centre of mass and its turning speed (rad/s)."""
        linear, angular = self._call("getBaseVelocity", body)
        return float(np.linalg.norm(linear)) / ENLARGED, float(np.linalg.norm(angular))

    def distance(self, a: int, b: int, reach: float) -> float | None:
        """Distance (m) of two bodies' surfaces, negative where they overlap; None beyond `reach`."""
        margins = self._margins[a] + self._margins[b]
        points = self._call("getClosestPoints", a, b, max(reach - margins, 0.0) * ENLARGED)
        if not points:
            return None
        return float(min(point[8] for point in points)) / ENLARGED + margins

    def heights(self, body: int, xy: Array, top: float) -> list[float]:
        """Where vertical rays from `top` (m) down at `xy` (N, 2) meet a body; misses left out."""
        start = np.column_stack([xy, np.full(len(xy), top)]) * ENLARGED
        end = start - [0.0, 0.0, RAY * ENLARGED]
        hits = self._call("rayTestBatch", start.tolist(), end.tolist())
        return [hit[3][2] / ENLARGED for hit in hits if hit[0] == body]

    def _call(self, function: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(pybullet, function)(*args, **kwargs, physicsClientId=self._client)

    def _shape(self, parts: Sequence[NDArray[np.float64]]) -> int:
        """A shape made of the convex hulls of `parts`, read by Bullet from an OBJ file."""
        path = Path(self._folder.name) / f"{len(self._margins)}.obj"
        path.write_text("".join(_obj(parts)), encoding="ascii")
        shape: int = self._call("createCollisionShape", pybullet.GEOM_MESH, fileName=str(path))
        return shape

    def _body(
        self,
        shape: int,
        touch: Touch,
        margin: float,
        mass: float = 0.0,
        position: Any = (0.0, 0.0, 0.0),
        rotation: Array | None = None,
    ) -> int:
        body: int = self._call(
            "createMultiBody",
            mass,
            shape,
            basePosition=(np.asarray(position) * ENLARGED).tolist(),
            baseOrientation=quaternion_xyzw_from_rotation(
                np.eye(3) if rotation is None else rotation
            ).tolist(),
            useMaximalCoordinates=1,
        )
        self._call(
            "changeDynamics",
            body,
            -1,
            lateralFriction=touch.friction**0.5,
            restitution=touch.restitution**0.5,
        )
        self._margins[body] = margin
        return body


def _obj(parts: Sequence[NDArray[np.float64]]) -> Iterator[str]:
    """The lines of an OBJ file with one object a part; Bullet takes the hull of its vertices."""
    first = 1
    for number, part in enumerate(parts):
        yield f"o {number}\n"
        yield from (f"v {x:.9g} {y:.9g} {z:.9g}\n" for x, y, z in part * ENLARGED)
        count = len(part)
        yield from (f"f {first + i} {first + i + 1} {first + i + 2}\n" for i in range(count - 2))
        first += count

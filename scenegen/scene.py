"""The nouns: frozen data that passes between the stages. A scene is only numbers and strings.

All lengths are metres, all angles radians, all transforms 4×4 `a_from_b` on column vectors.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, PlainSerializer

Vec2 = tuple[float, float]
Vec3 = tuple[float, float, float]
Box = tuple[float, float, float, float]
"""x0 y0 x1 y1 in pixels, corner frame (pixel (r, c) covers [c, c+1) × [r, r+1)), half-open."""


def _read_array(shape: tuple[int, ...], value: Any) -> NDArray[np.float64]:
    array = np.array(value, dtype=np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"expected finite numbers of shape {shape}")
    array.setflags(write=False)
    return array


_AS_LISTS = PlainSerializer(lambda array: array.tolist())
Transform = Annotated[NDArray[np.float64], BeforeValidator(partial(_read_array, (4, 4))), _AS_LISTS]
Intrinsics = Annotated[
    NDArray[np.float64], BeforeValidator(partial(_read_array, (3, 3))), _AS_LISTS
]

_CONFIG = ConfigDict(arbitrary_types_allowed=True, extra="forbid")


@dataclass(frozen=True)
class Material:
    """A change of an object's own surface; None keeps what the mesh says.

    `texture` is the id of a library material, laid on by box projection at its true size;
    `color` multiplies the base colour (linear RGB); roughness and metallic lie in [0, 1].
    """

    texture: str | None = None
    color: Vec3 | None = None
    roughness: float | None = None
    metallic: float | None = None


@dataclass(frozen=True, eq=False)
class SceneObject:
    """One thing in the world.

    `target` and `distractor` objects move, are numbered from 1 and are found in the instance map;
    a `fixture` (furniture, container) stands still, has id 0 and counts as background.
    `world_from_object` is rigid; `scale` multiplies the asset's metres before it. `group` counts
    from 0 in the recipe's `objects`.
    """

    __pydantic_config__ = _CONFIG

    instance_id: int
    asset_id: str
    category: str
    role: Literal["target", "distractor", "fixture"]
    world_from_object: Transform
    scale: float = 1.0
    material: Material | None = None
    name: str = ""
    group: int = 0


@dataclass(frozen=True)
class Light:
    """A source of light; `strength` is the radiance of a white matt surface facing it.

    sun          `direction` points from the scene to the sun, `size` is its angular radius
    point, spot  at `position`; strength holds at 1 m; `size` is the radius of the glowing ball;
                 a spot shines along −`direction` inside the half-angle `cone`
    environment  a panorama named `texture`, turned by `yaw` about z; strength is that of a white
                 matt surface facing up; `visible`: it is also what the camera sees behind all
    """

    kind: Literal["sun", "point", "spot", "environment"]
    color: Vec3 = (1.0, 1.0, 1.0)
    strength: float = 1.0
    position: Vec3 = (0.0, 0.0, 0.0)
    direction: Vec3 = (0.0, 0.0, 1.0)
    size: float = 0.0
    cone: float = 0.0
    texture: str = ""
    yaw: float = 0.0
    visible: bool = True


@dataclass(frozen=True)
class Backdrop:
    """What stands still behind and below: a floor at z = 0, four walls and a plain colour.

    `floor_size` is the floor's side length; with `wall_height` > 0 the floor is a room of that
    size (walls are drawn, seen from inside only). None as a material: not there.
    """

    floor: Material | None = None
    floor_size: float = 20.0
    walls: Material | None = None
    wall_height: float = 0.0
    color: Vec3 = (0.5, 0.5, 0.5)


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything there is at one moment, `time` seconds after release."""

    __pydantic_config__ = _CONFIG

    index: int
    attempt: int
    objects: tuple[SceneObject, ...]
    fixtures: tuple[SceneObject, ...]
    lights: tuple[Light, ...]
    backdrop: Backdrop
    time: float = 0.0
    at_rest: bool = False


@dataclass(frozen=True)
class Distortion:
    """How a lens bends the picture, OpenCV's models and order of coefficients.

    brown_conrady    k1 k2 p1 p2 [k3 [k4 k5 k6]]: radial (rational with k4 to k6) and tangential
    kannala_brandt   k1 k2 k3 k4: fisheye, θd = θ(1 + k1 θ² + k2 θ⁴ + k3 θ⁶ + k4 θ⁸)
    """

    model: Literal["brown_conrady", "kannala_brandt"]
    coefficients: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera: OpenCV axes, OpenCV pixel frame (centre of the top-left pixel is (0, 0)).

    It is a pinhole unless it has a `distortion`. `exposure` multiplies linear radiance before the
    tone curve. `eye` is "left" or "right" for the two halves of a rectified stereo pair (same
    `name` and `view`), else empty. Pictures of one `name`, `eye` and `sequence` follow each other
    in time, in the order of capture and view.
    """

    __pydantic_config__ = _CONFIG

    name: str
    view: int
    width: int
    height: int
    K: Intrinsics
    world_from_camera: Transform
    exposure: float = 1.0
    eye: Literal["", "left", "right"] = ""
    sequence: int = 0
    distortion: Distortion | None = None


@dataclass(frozen=True, eq=False)
class Silhouette:
    """All pixels that an object alone would cover, hidden or not, also outside the picture.

    `mask` (h, w) bool, its top-left pixel is column `x0`, row `y0` of the image (may be negative).
    It ends at the border of a canvas three times as wide and high, the image in its middle;
    `clipped` tells that it reaches that border. An object off the canvas has an empty mask.
    """

    x0: int
    y0: int
    mask: NDArray[np.bool_]
    clipped: bool = False


@dataclass(frozen=True, eq=False)
class Frame:
    """What one camera sees, one sample at each pixel's centre, except `color` (anti-aliased).

    `color` is black where the recipe does not ask for rgb.

    color (H, W, 3) uint8 sRGB · ids (H, W) uint16, 0 = background · depth (H, W) float32 metres
    along the optical axis, 0 = nothing · normals (H, W, 3) float32 unit, camera frame, 0 = nothing
    · silhouettes by instance id, one for every object of the scene · maps: the optional pictures
    that were asked for, by output name; docs/labels.md defines them, `maps` gives their arrays.
    """

    color: NDArray[np.uint8]
    ids: NDArray[np.uint16]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    silhouettes: dict[int, Silhouette]
    maps: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arrays: list[NDArray[Any]] = [self.color, self.ids, self.depth, self.normals]
        for array in (*arrays, *self.maps.values()):
            array.setflags(write=False)


@dataclass(frozen=True)
class Mask:
    """A binary picture as COCO's compressed run lengths; `size` is height and width."""

    size: tuple[int, int]
    counts: str


@dataclass(frozen=True)
class Hidden:
    """So many pixels of an object are hidden where `by` is seen (0 = furniture, floor, wall)."""

    by: int
    px: int


@dataclass(frozen=True)
class Keypoint:
    """A named point of an object; `image` is None where it has no place in the picture's plane."""

    name: str
    object: Vec3
    camera: Vec3
    image: Vec2 | None
    state: Literal["visible", "self_occluded", "occluded", "outside"]


@dataclass(frozen=True, eq=False)
class ObjectAnnotation:
    """What is true of one object in one frame; docs/labels.md defines every field."""

    __pydantic_config__ = _CONFIG

    instance_id: int
    asset_id: str
    category: str
    category_id: int
    role: Literal["target", "distractor"]
    px_visible: int
    px_in_frame: int
    px_full: int
    full_canvas_clipped: bool
    occlusion: float | None
    truncation: float | None
    visible_fraction: float | None
    box_visible: Box | None
    box_amodal: Box | None
    box_amodal_clipped: Box | None
    box_cuboid: Box | None
    camera_from_object: Transform
    cuboid_center: Vec3
    cuboid_size: Vec3
    corners_camera: tuple[Vec3, ...]
    corners_image: tuple[Vec2 | None, ...]
    amodal_mask: Mask | None = None
    hidden_by: tuple[Hidden, ...] | None = None
    keypoints: tuple[Keypoint, ...] | None = None
    camera_from_object_canonical: Transform | None = None


@dataclass(frozen=True, eq=False)
class Shot:
    """The unit written to disk: a camera, what it saw, and what is true."""

    camera: Camera
    scene: Scene
    frame: Frame
    annotations: tuple[ObjectAnnotation, ...] = field(default=())


def moved(thing: SceneObject, world_from_object: NDArray[np.float64]) -> SceneObject:
    """The same object elsewhere."""
    pose = np.array(world_from_object, dtype=np.float64)
    pose.setflags(write=False)
    return dataclasses.replace(thing, world_from_object=pose)

"""What a YAML file may say: one tree of frozen sections. Field descriptions become docs/recipes.md.

Angles are degrees where the name ends in `_deg`; every other number is in SI units.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic.types import StringConstraints

from scenegen.assets.sources import Source
from scenegen.distributions import Count, Either, Flag, Number, Whole, within

Positive = Annotated[Number, within(above=0.0)]
NotNegative = Annotated[Number, within(0.0)]
Fraction = Annotated[Number, within(0.0, 1.0)]
Vector = tuple[Number, Number, Number]
Rgb = tuple[Fraction, Fraction, Fraction]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$", max_length=64)]
Output = Literal["rgb", "ids", "semantic", "depth", "normals"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kelvin(Section):
    """The color of a black body: `{kelvin: 3200}` is lamp light, 6500 daylight."""

    kelvin: Annotated[Number, within(1000.0, 20000.0)] = Field(description="kelvin")


class Surface(Section):
    """A surface: a material of the library, a color, or both (the color then tints)."""

    material: Either[str] | None = Field(None, description="id of a material in the library")
    color: Either[Rgb] | None = Field(None, description="linear RGB, 0 to 1; tints the material")
    roughness: Fraction | None = Field(None, description="0 mirror-like, 1 matt")
    metallic: Fraction | None = Field(None, description="0 plastic or stone, 1 bare metal")


class Furniture(Section):
    """Something that stands still: a table, a shelf, a tote."""

    name: Name = Field(description="how `drop.onto` and `look_at` speak of it")
    asset: Either[str] = Field(description="id of an object in the library")
    at: Vector = Field((0.0, 0.0, 0.0), description="where its origin stands, metres")
    yaw_deg: Number = Field(0.0, description="turned about the vertical")
    scale: Positive = Field(1.0, description="multiplies its size")
    surface: Surface | None = Field(None, description="replaces its own materials")


class Drop(Section):
    """Where objects are released and how."""

    onto: Name = Field("floor", description="`floor` or the name of a piece of furniture")
    center: Vector | None = Field(
        None, description="middle of the region, from the support's origin; default: over its top"
    )
    size: tuple[NotNegative, NotNegative, NotNegative] | None = Field(
        None, description="the region's extent along x y z; default: the support's top, inset"
    )
    clearance: NotNegative = Field(0.01, description="free height under each object at release")
    speed: NotNegative = Field(0.0, description="speed at release, in any direction, m/s")
    spin_deg: NotNegative = Field(0.0, description="turning speed at release, degrees a second")
    one_by_one: Flag = Field(
        False, description="release an object when the one before it has almost come to rest"
    )


class Objects(Section):
    """A group of objects that are chosen and dropped under the same rules."""

    ids: tuple[str, ...] | None = Field(None, description="ids, `*` matches anything; default: all")
    categories: tuple[str, ...] | None = Field(None, description="only these categories")
    count: Annotated[Count, within(0, 1000)] = Field(1, description="how many in a scene")
    balance: Literal["objects", "categories"] = Field(
        "objects", description="every object equally likely, or every category"
    )
    weights: dict[str, Annotated[float, Field(strict=True, ge=0)]] = Field(
        default_factory=dict, description="likelihood by id or by category; default 1"
    )
    unique: Flag = Field(False, description="no object twice in a scene")
    role: Literal["target", "distractor"] = Field(
        "target", description="a distractor is drawn and occludes but is no target"
    )
    pose: Either[Literal["upright", "any"]] = Field(
        "any", description="upright: as modelled, turned about the vertical; any: any rotation"
    )
    scale: Positive = Field(1.0, description="multiplies the size")
    surface: Either[Surface] | None = Field(None, description="replaces their own materials")
    drop: Drop | None = Field(None, description="replaces the recipe's `drop` for this group")


class Physics(Section):
    """How things fall and when a scene counts as settled."""

    step_hz: Annotated[Whole, Field(ge=240, le=10000)] = Field(
        240, description="simulation steps a second, at least 240"
    )
    max_time: Annotated[float, Field(strict=True, gt=0, le=120)] = Field(
        10.0, description="seconds after the last release by which all must be at rest"
    )
    gravity: NotNegative = Field(9.81, description="m/s², downwards")
    friction: NotNegative = Field(0.6, description="sliding friction of every object")
    rolling_friction: NotNegative = Field(0.001, description="metres; brings round things to rest")
    restitution: Fraction = Field(0.1, description="how much things bounce")
    max_penetration: Annotated[float, Field(strict=True, gt=0, le=0.002)] = Field(
        0.002, description="a settled scene is rejected if things overlap by more, metres"
    )
    max_gap: Annotated[float, Field(strict=True, gt=0, le=0.002)] = Field(
        0.002, description="… or if something hovers by more above what carries it, metres"
    )
    attempts: Annotated[Whole, Field(ge=1, le=1000)] = Field(20, description="tries for a scene")


class Captures(Section):
    """When pictures are taken."""

    falling: tuple[NotNegative, ...] = Field(
        (), description="seconds after release, while things still fall"
    )
    at_rest: Flag = Field(True, description="once everything lies still")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.falling and not self.at_rest:
            raise ValueError("no capture at all: give times in `falling` or set `at_rest: true`")
        return self


class _Lamp(Section):
    count: Annotated[Count, within(0, 16)] = Field(1, description="how many, drawn one by one")
    color: Either[Rgb] | Kelvin = Field((1.0, 1.0, 1.0), description="linear RGB or {kelvin: …}")
    strength: NotNegative = Field(
        1.0, description="1: a white matt surface facing it (at 1 m, for lamps) has radiance 1"
    )


class Environment(Section):
    """A panorama that lights the scene from everywhere and is seen behind it."""

    map: Either[str] = Field(description="id of an environment, or a path of an .hdr file")
    strength: NotNegative = Field(1.0, description="1: a white table top under it has radiance 1")
    rotation_deg: Number = Field(0.0, description="turned about the vertical")
    visible: Flag = Field(True, description="seen behind everything; else `backdrop.color` is")


class Sun(_Lamp):
    """Parallel light."""

    azimuth_deg: Number = Field(0.0, description="0: from +x, 90: from +y")
    elevation_deg: Annotated[Number, within(0.0, 90.0)] = Field(
        45.0, description="above the horizon"
    )
    size_deg: Annotated[Number, within(0.0, 20.0)] = Field(
        0.5, description="apparent diameter; larger is softer"
    )


class Point(_Lamp):
    """A glowing ball."""

    position: Vector = Field(description="metres, in the world")
    radius: NotNegative = Field(0.05, description="larger is softer")


class Spot(Point):
    """A lamp that shines in a cone."""

    look_at: Vector = Field((0.0, 0.0, 0.0), description="the point it shines at")
    cone_deg: Annotated[Number, within(1.0, 170.0)] = Field(60.0, description="full angle")


class EnvironmentLight(Section):
    environment: Environment


class SunLight(Section):
    sun: Sun


class PointLight(Section):
    point: Point


class SpotLight(Section):
    spot: Spot


def _first_key(value: Any) -> str:
    """What kind of section a mapping is, told by its key."""
    if isinstance(value, Section):
        return next(iter(type(value).model_fields))
    return str(next(iter(value), "")) if isinstance(value, dict) else ""


LightSection = Annotated[
    Annotated[EnvironmentLight, Tag("environment")]
    | Annotated[SunLight, Tag("sun")]
    | Annotated[PointLight, Tag("point")]
    | Annotated[SpotLight, Tag("spot")],
    Discriminator(_first_key),
]


class Walls(Surface):
    """Four walls around the floor, a room."""

    height: Positive = Field(2.6, description="metres")


class Floor(Surface):
    """The ground at z = 0."""

    size: Positive = Field(20.0, description="side length; with walls, the room's width")


class BackdropSection(Section):
    """What is behind and below."""

    floor: Floor | None = Field(None, description="none: nothing is drawn or stands there")
    walls: Walls | None = Field(None, description="none: open to the environment")
    color: Either[Rgb] = Field((0.5, 0.5, 0.5), description="behind all, without an environment")


class Shell(Section):
    """Anywhere on a piece of a sphere around the point looked at."""

    radius: Positive = Field(description="distance from the point, metres")
    azimuth_deg: Number = Field(description="0: on the +x side, 90: on the +y side")
    elevation_deg: Annotated[Number, within(-90.0, 90.0)] = Field(
        description="above the point's horizon"
    )


class Orbit(Section):
    """Evenly spaced on a circle around the point looked at, as the views go on."""

    radius: Positive = Field(description="distance from the point, metres")
    elevation_deg: Annotated[Number, within(-90.0, 90.0)] = Field(
        description="above the point's horizon"
    )
    start_deg: Number = Field(0.0, description="azimuth of the first view")
    sweep_deg: Number = Field(360.0, description="angle from the first view to one after the last")


class Path(Section):
    """Along a line through points (a Catmull-Rom spline), as the views go on."""

    points: tuple[Vector, ...] = Field(min_length=2, description="metres, in the world")


class Fixed(Section):
    """At one place."""

    position: Vector = Field(description="metres, in the world")


class ShellPose(Section):
    shell: Shell


class OrbitPose(Section):
    orbit: Orbit


class PathPose(Section):
    path: Path


class FixedPose(Section):
    fixed: Fixed


class FullK(Section):
    """Measured intrinsics, OpenCV convention: the centre of the top-left pixel is (0, 0)."""

    fx: Annotated[float, Field(strict=True, gt=0, le=1e6)] = Field(description="pixels")
    fy: Annotated[float, Field(strict=True, gt=0, le=1e6)] = Field(description="pixels")
    cx: Annotated[float, Field(strict=True, ge=-1e5, le=1e5)] | None = Field(
        None, description="default: (width − 1)/2"
    )
    cy: Annotated[float, Field(strict=True, ge=-1e5, le=1e5)] | None = Field(
        None, description="default: (height − 1)/2"
    )
    skew: Annotated[float, Field(strict=True, ge=-1e5, le=1e5)] = Field(
        0.0, description="K[0, 1], pixels"
    )


class Stereo(Section):
    """A second, rectified camera to the right."""

    baseline: Annotated[float, Field(strict=True, gt=0, le=10)] = Field(description="metres")


PoseSection = Annotated[
    Annotated[ShellPose, Tag("shell")]
    | Annotated[OrbitPose, Tag("orbit")]
    | Annotated[PathPose, Tag("path")]
    | Annotated[FixedPose, Tag("fixed")],
    Discriminator(_first_key),
]
Side = Annotated[Whole, Field(ge=8, le=8192)]


class CameraSection(Section):
    """One camera, or one stereo pair, that takes `views` pictures at every capture."""

    name: Name = Field("camera", description="unique in the recipe")
    size: tuple[Side, Side] = Field((640, 480), description="width and height, pixels")
    fov_deg: Annotated[Number, within(1.0, 160.0)] | None = Field(
        None, description="horizontal field of view; default 60"
    )
    intrinsics: FullK | None = Field(None, description="instead of fov_deg")
    stereo: Stereo | None = Field(None, description="makes it a pair")
    views: Annotated[Whole, Field(ge=1, le=10000)] = Field(
        1, description="pictures at every capture, each from a newly drawn pose"
    )
    pose: PoseSection = Field(description="where it stands")
    look_at: Name | Vector = Field(
        "objects",
        description="`objects` (their middle), `object` (one of the targets), a piece of "
        "furniture (the middle of its top), or a point",
    )
    look_at_jitter: NotNegative = Field(0.0, description="moves the point looked at, metres")
    roll_deg: Number = Field(0.0, description="turned about the optical axis")
    exposure_ev: Number = Field(0.0, description="stops above or below the metered exposure")

    @model_validator(mode="after")
    def _one_lens(self) -> Self:
        if self.fov_deg is not None and self.intrinsics is not None:
            raise ValueError("give either fov_deg or intrinsics, not both")
        return self


class Recipe(Section):
    """A dataset, described."""

    name: Name = Field(description="of the dataset")
    description: str = Field("", description="for people")
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = Field(
        0, description="the only source of chance: same recipe, same files"
    )
    scenes: Annotated[Whole, Field(ge=1, le=100_000_000)] = Field(
        10, description="how many, unless the command line says so"
    )
    assets: tuple[Source, ...] = Field(("builtin",), description="where objects come from")
    objects: tuple[Objects, ...] = Field(min_length=1, description="what is dropped")
    drop: Drop = Field(Drop(), description="where and how")
    furniture: tuple[Furniture, ...] = Field((), description="what stands there already")
    physics: Physics = Field(Physics(), description="how things fall")
    captures: Captures = Field(Captures(), description="when pictures are taken")
    lights: tuple[LightSection, ...] = Field(min_length=1, description="what shines")
    backdrop: BackdropSection = Field(BackdropSection(), description="floor, walls, background")
    cameras: tuple[CameraSection, ...] = Field(min_length=1, description="who is looking")
    outputs: tuple[Output, ...] = Field(
        ("rgb", "ids", "semantic", "depth", "normals"), description="which pictures are written"
    )
    depth_scale: Annotated[float, Field(strict=True, ge=1e-5, le=0.1)] = Field(
        0.0001, description="metres of one step of the 16-bit depth pictures"
    )

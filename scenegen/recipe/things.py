"""What is in a scene and what happens to it: objects, furniture, physics, floor and walls."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scenegen.distributions import Count, Either, Flag, Number, Whole, within
from scenegen.recipe.base import (
    Fraction,
    Name,
    NotNegative,
    Positive,
    Rgb,
    Section,
    Surface,
    Vector,
)


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

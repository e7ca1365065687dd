"""What shines."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from scenegen.distributions import Count, Either, Flag, Number, within
from scenegen.recipe.base import Kelvin, NotNegative, Rgb, Section, Vector, first_key


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


LightSection = Annotated[
    Annotated[EnvironmentLight, Tag("environment")]
    | Annotated[SunLight, Tag("sun")]
    | Annotated[PointLight, Tag("point")]
    | Annotated[SpotLight, Tag("spot")],
    Discriminator(first_key),
]

"""What every section of a recipe is made of: kinds of numbers, names, colors, surfaces."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.types import StringConstraints

from scenegen.distributions import Either, Number, within

Positive = Annotated[Number, within(above=0.0)]
NotNegative = Annotated[Number, within(0.0)]
Fraction = Annotated[Number, within(0.0, 1.0)]
Vector = tuple[Number, Number, Number]
Rgb = tuple[Fraction, Fraction, Fraction]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$", max_length=64)]


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


def first_key(value: Any) -> str:
    """What kind of section a mapping is, told by its key."""
    if isinstance(value, Section):
        return next(iter(type(value).model_fields))
    return str(next(iter(value), "")) if isinstance(value, dict) else ""

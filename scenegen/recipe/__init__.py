"""What a YAML file may say: one tree of frozen sections. Field descriptions become docs/recipes.md.

Angles are degrees where the name ends in `_deg`; every other number is in SI units.
"""

from typing import Annotated, Literal

from pydantic import Field

from scenegen.assets.sources import Source
from scenegen.distributions import Whole
from scenegen.recipe.base import Kelvin, Name, Section, Surface
from scenegen.recipe.cameras import (
    CameraSection,
    FixedPose,
    FullK,
    Orbit,
    OrbitPose,
    PathPose,
    Shell,
    ShellPose,
)
from scenegen.recipe.lights import EnvironmentLight, LightSection
from scenegen.recipe.outputs import OUTPUTS, USUAL, Farthest, Output, Outputs, Picture
from scenegen.recipe.things import BackdropSection, Captures, Drop, Furniture, Objects, Physics

__all__ = [
    "OUTPUTS",
    "BackdropSection",
    "CameraSection",
    "Captures",
    "Drop",
    "EnvironmentLight",
    "Farthest",
    "FixedPose",
    "FullK",
    "Furniture",
    "Kelvin",
    "Objects",
    "Orbit",
    "OrbitPose",
    "Output",
    "Outputs",
    "PathPose",
    "Physics",
    "Picture",
    "Recipe",
    "Shell",
    "ShellPose",
    "Surface",
]


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
    outputs: Outputs = Field(USUAL, description="which labels are written, or `all`")
    keypoints: Literal["box"] | Farthest = Field(
        "box", description="of objects that name none: corners and centre of the box, or points "
    )
    depth_scale: Annotated[float, Field(strict=True, ge=1e-5, le=0.1)] = Field(
        0.0001, description="metres of one step of the 16-bit depth pictures"
    )

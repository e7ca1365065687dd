"""What may be written of every shot, by name; docs/labels.md defines each."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from scenegen.distributions import Whole
from scenegen.recipe.base import Section

Picture = Literal[
    "rgb",
    "ids",
    "semantic",
    "depth",
    "normals",
    "nocs",
    "albedo",
    "roughness_metallic",
    "flow",
    "scene_flow",
    "flow_occlusion",
    "disparity",
    "stereo_occlusion",
]
"""Files of their own. The last five are there only for shots that have a successor or a partner."""

Note = Literal["amodal_masks", "occlusion_order", "keypoints", "canonical_poses", "tracks"]
"""Entries of JSON files."""

Output = Literal[Picture, Note]
OUTPUTS: tuple[Output, ...] = (*get_args(Picture), *get_args(Note))
USUAL: tuple[Output, ...] = (
    "rgb",
    "ids",
    "semantic",
    "depth",
    "normals",
    "amodal_masks",
    "occlusion_order",
    "keypoints",
)


def _all(value: Any) -> Any:
    return OUTPUTS if value == "all" else value


Outputs = Annotated[tuple[Output, ...], BeforeValidator(_all)]
"""A list of names, or `all`."""


class Farthest(Section):
    """Points spread over the surface: each is the vertex farthest from those before it."""

    farthest: Annotated[Whole, Field(ge=1, le=256)] = Field(description="how many")

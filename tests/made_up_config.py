"""A model like a recipe, and what is wrong with a file that should be one."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from scenegen.config import load
from scenegen.errors import Problem, RecipeError


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Uniform(Section):
    uniform: Annotated[list[float], Field(min_length=2)]


class Normal(Section):
    normal: tuple[float, float] = Field(strict=False)

    @model_validator(mode="after")
    def _positive(self) -> "Normal":
        if self.normal[1] < 0:
            raise ValueError("the deviation is negative")
        return self


class Choice(Section):
    choice: list["Smart"]


class Box(Section):
    kind: Literal["box"]
    size: float


class Ball(Section):
    kind: Literal["ball"]
    radius: float = 1.0


Smart = Annotated[float, Field(gt=0)] | Uniform | Normal | Choice
Tagged = Annotated[
    Annotated[float, Tag("constant")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Normal, Tag("normal")],
    Discriminator(lambda value: tag(value)),
]


def tag(value: Any) -> str:
    if not isinstance(value, dict):
        return "constant"
    return next((key for key in value if key in ("uniform", "normal")), "")


class Thing(Section):
    count: Annotated[int, Field(ge=1, le=9)] = 1
    smart: Smart = 1.0
    tagged: Tagged = 1.0
    mixed: Tagged | Box = 1.0
    shape: Annotated[Box | Ball, Field(discriminator="kind")] | None = None
    pose: Literal["upright", "any"] = "any"
    auto: int | Literal["auto"] = "auto"
    either: Annotated[int, Field(gt=0)] | Annotated[float, Field(gt=0)] = 1
    on: bool = True
    name: Annotated[str, Field(max_length=5)] = ""
    weights: dict[Literal["a", "b"], float] = {}
    anything: Any = None


class Recipe(Section):
    title: str
    ratio: Annotated[float, Field(allow_inf_nan=False)] = 0.5
    things: Annotated[tuple[Thing, ...], Field(min_length=1, max_length=3, strict=False)] = ()


def problems(path: Path) -> list[Problem]:
    with pytest.raises(RecipeError) as caught:
        load(path, Recipe)
    return list(caught.value.problems)


def complaints(path: Path) -> tuple[Problem, ...]:
    try:
        load(path, Recipe)
    except RecipeError as error:
        return error.problems
    return ()


FRAGMENTS = [
    "title", "ratio", "things", "smart", "tagged", "mixed", "shape", "kind", "box", "size",
    "uniform", "normal", "choice", "count", "weights", "on", ": ", ":", "\n", "\n  ", "\n    ",
    "- ", "? ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<: ", "!!python/object ", "!t ", "'", '"',
    "\\", "|", ">", "#", "---\n", "...\n", "%YAML 1.1\n", "\t", "\0", "é", "1", "-1", "1e400",
    ".nan", "true", "~", "x", "\x85", "\ufeff", "\r",
]  # fmt: skip

"""model.json: what a model is, what it was fitted to, and how well it went."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scenegen.dataset.files import json_bytes, read_bytes
from scenegen.errors import DatasetError, RefineError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """Pictures that a model was fitted to."""

    count: int
    digest: Sha256


class Distance(_Part):
    """What training was judged by after a step, on photographs held out: refine.training.Evaluation."""

    step: int
    colors: float
    grain: float
    look: float


class ModelCard(_Part):
    """The content of model.json; the other files of the folder are named by their sha256."""

    format: Literal["scenegen refine model"] = "scenegen refine model"
    version: Literal[2] = 2
    recipe: str
    refiner: Literal["bilateral", "resnet", "stats"]
    settings: dict[str, bool | int] = Field(description="of the generator")
    photographs: Source
    renders: Source
    steps: int
    evaluations: tuple[Distance, ...] = Field(description="the first before training")
    kept: int | None = Field(description="the step whose weights are kept; None: the last")
    remarks: tuple[str, ...]
    files: dict[str, Sha256]

    def as_bytes(self) -> bytes:
        return json_bytes(self.model_dump(mode="json"))


def read_card(path: Path) -> ModelCard:
    """RefineError if it is missing, damaged or not ours."""
    try:
        return ModelCard.model_validate_json(read_bytes(path))
    except DatasetError as error:
        raise RefineError(
            f"{path.parent}: not the folder of a finished model: model.json cannot be read; "
            f"make one with `refine fit`"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise RefineError(
            f"{path}: not a model of this version: {where}: {first['msg']}; fit the model again"
        ) from error

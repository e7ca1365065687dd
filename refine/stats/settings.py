"""What a model file may say of the fitted parts: finite numbers, nothing unknown, never changed."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A fitted part: validated wherever it comes from, so that its bounds hold for any file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

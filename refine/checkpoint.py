"""Tensors and plain values on disk: whole or not there, and read without running anything."""

import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch

from scenegen.dataset.files import replace_file
from scenegen.errors import RefineError


def as_bytes(state: dict[str, Any]) -> bytes:
    """The content of a file that `read` reads."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def save(path: Path, state: dict[str, Any]) -> None:
    """At every moment the old file or the new one is there, whole."""
    replace_file(path, as_bytes(state))


def read(path: Path, *, device: torch.device | str = "cpu") -> dict[str, Any]:
    """What was saved; RefineError if it is missing, cut off, not ours, or holds more than data."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the error below says it better
            state = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise RefineError(f"{path}: missing; fit the model again") from error
    except pickle.UnpicklingError as error:
        raise RefineError(
            f"{path}: not a file of ours: it holds more than numbers, and nothing of it was run. "
            f"Do not use a model from a source that you do not trust"
        ) from error
    except Exception as error:  # a damaged file may fail anywhere in the reading of it
        raise RefineError(
            f"{path}: damaged or not a file of ours ({_first_line(error)}); fit the model again"
        ) from error
    if not isinstance(state, dict):
        raise RefineError(f"{path}: not a file of ours: expected a mapping of tensors")
    return state


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]

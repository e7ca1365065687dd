"""Where training computes: on a CPU, on a GPU, or on several through accelerate."""

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from refine.recipe import Training
from scenegen.errors import RefineError


@dataclass(frozen=True)
class Device:
    """One of `processes` that each take their own batches and share their gradients.

    Only the first (`rank` 0) may write.
    """

    device: torch.device
    precision: str
    rank: int = 0
    processes: int = 1
    accelerator: Any = None

    @classmethod
    def open(cls, training: Training) -> "Device":
        """RefineError where a GPU is asked for that is not there, or accelerate is missing."""
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            return _accelerated(training)
        there = torch.cuda.is_available()
        if training.device == "cuda" and not there:
            raise RefineError(
                "the recipe asks for a GPU (training: device: cuda), and torch finds none here; "
                "write `device: cpu` or `device: auto`, or install a torch that knows your GPU"
            )
        use_gpu = there and training.device != "cpu"
        return cls(torch.device("cuda" if use_gpu else "cpu"), training.precision)

    def mixed_precision(self) -> AbstractContextManager[Any]:
        """Within it, what bears fewer digits is computed with fewer, where the recipe says so."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def share_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Every process has the mean of the gradients of all."""
        if self.processes > 1:
            for parameter in parameters:
                if parameter.grad is not None:
                    parameter.grad = self.accelerator.reduce(parameter.grad, "mean")


def _accelerated(training: Training) -> Device:
    """This process as one of those that `accelerate launch` or torchrun began."""
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise RefineError(
            "several processes were launched (WORLD_SIZE), which needs accelerate: "
            "pip install accelerate, or run a single process"
        ) from error
    accelerator = Accelerator(cpu=training.device == "cpu")
    if training.device == "cuda" and accelerator.device.type != "cuda":
        raise RefineError("the recipe asks for GPUs (training: device: cuda), and none is there")
    return Device(
        accelerator.device,
        training.precision,
        accelerator.process_index,
        accelerator.num_processes,
        accelerator,
    )

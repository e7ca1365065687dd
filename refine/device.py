"""Where training computes: on a CPU, on a GPU, or on several through accelerate."""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

from refine.processes import cores, use_threads
from refine.recipe import Training
from scenegen.errors import RefineError

R = TypeVar("R")


@dataclass(frozen=True)
class Device:
    """One of `processes` that each take their own batches and share their gradients.

    Only the first (`rank` 0) may write. What shares anything is called in all of them, in one order.
    """

    device: torch.device
    precision: str
    rank: int = 0
    processes: int = 1
    accelerator: Any = None

    @classmethod
    def open(cls, training: Training) -> "Device":
        """RefineError where a GPU is asked for that is not there, or accelerate is missing."""
        there = torch.cuda.is_available()
        if training.device == "cuda" and not there:
            raise RefineError(
                "the recipe asks for a GPU (training: device: cuda), and torch finds none here; "
                "write `device: cpu` or `device: auto`, or install a torch that knows your GPU"
            )
        use_gpu = there and training.device != "cpu"
        if use_gpu:  # reflection, with which convolutions and blurs pad, has no such gradient there
            torch.use_deterministic_algorithms(False)
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            return _accelerated(training, use_gpu=use_gpu)
        return cls(torch.device("cuda" if use_gpu else "cpu"), training.precision)

    @property
    def writes(self) -> bool:
        """Whether this is the process that does."""
        return self.rank == 0

    def mixed_precision(self) -> AbstractContextManager[Any]:
        """Within it, what bears fewer digits is computed with fewer, where the recipe says so."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def share_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Every process has the mean of the gradients of all; one that has none counts as zero."""
        if self.processes == 1:
            return
        parameters = list(parameters)
        found = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        mean = self.accelerator.reduce(torch.cat([grad.flatten() for grad in found]), "mean")
        parts = mean.split([parameter.numel() for parameter in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def of_all(self, value: Tensor) -> Tensor:
        """(processes, …): the values of all processes, by their rank."""
        if self.processes == 1:
            return value[None]
        gathered: Tensor = self.accelerator.gather(value[None].to(self.device))
        return gathered

    def anywhere(self, found: bool) -> bool:
        """Whether it was found in any process."""
        return bool(self.of_all(torch.tensor(found)).any())

    def wait(self) -> None:
        """Until all processes are here."""
        if self.processes > 1:
            self.accelerator.wait_for_everyone()

    def in_turn(self, work: Callable[[], R]) -> R:
        """The first process does it before the others do; each has its own result, or error."""
        try:
            if self.writes:
                return work()
        finally:
            self.wait()
        return work()


def _accelerated(training: Training, *, use_gpu: bool) -> Device:
    """This process as one of those that `accelerate launch` or torchrun began."""
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise RefineError(
            "several processes were launched (WORLD_SIZE), which needs accelerate: "
            "pip install accelerate, or run a single process"
        ) from error
    try:
        accelerator = Accelerator(cpu=not use_gpu)
    except (RuntimeError, ValueError) as error:
        raise RefineError(
            f"WORLD_SIZE says that several processes were launched, and the others cannot be "
            f"reached ({(str(error).splitlines() or [''])[0][:120]}); launch them with torchrun or "
            f"accelerate launch, or unset WORLD_SIZE"
        ) from error
    if not use_gpu:
        here = int(os.environ.get("LOCAL_WORLD_SIZE", accelerator.num_processes))
        use_threads(max(1, cores() // here))
    return Device(
        accelerator.device,
        training.precision,
        accelerator.process_index,
        accelerator.num_processes,
        accelerator,
    )

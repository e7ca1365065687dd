"""Steps of an objective: the same from the same state, so that a run may be broken off anywhere."""

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from refine.camera import compressed
from refine.crops import Batch, CropStream
from refine.device import Device
from refine.networks.look import UNIT
from refine.objectives import losses
from refine.objectives.cyclegan import CycleGan, distance
from refine.recipe import RefineRecipe, Training
from refine.stats import StatsRefiner
from refine.views import chance
from scenegen.errors import RefineError

BETAS = (0.5, 0.99)
MOST_SKIPPED = 20  # steps in a row whose losses are no numbers
NOISE = 1.05  # between the scores of one training once it has settled: seen 0.98 to 1.03
OWN = "_history."  # in the names of what each process has its own of


@dataclass(frozen=True)
class Evaluation:
    """How far the averaged generator's crops are from photographs that were held out.

    colors, grain: sliced Wasserstein distances · look: how far it was missed, in units of Lab / 100,
    as colors are.
    """

    step: int
    colors: float
    grain: float
    look: float

    @property
    def score(self) -> float:
        return self.colors + self.grain + self.look


class Trainer:
    """All that training knows; `state_dict` is all that it takes to go on bit for bit.

    Chance of a step is drawn from the seed and the number of the step, so there is no state of a
    random generator to keep.
    """

    def __init__(
        self, recipe: RefineRecipe, stream: CropStream, device: Device, camera: StatsRefiner
    ) -> None:
        self.recipe, self.stream, self.device = recipe, stream, device
        self.compression = camera.compression
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self.objective = CycleGan(recipe, camera).to(device.device)
        self.average: nn.Module = copy.deepcopy(self.objective.to_photograph).eval()
        training = recipe.training
        forth = [{"params": _parameters(self.objective.generators()), "base": training.rate}]
        self.forth = torch.optim.Adam(forth, lr=training.rate, betas=BETAS)
        against = [{"params": _parameters(self.objective.judges()), "base": training.judge_rate}]
        self.against = torch.optim.Adam(against, lr=training.judge_rate, betas=BETAS)
        self.step = 0
        self.skipped = {"generators": 0, "judges": 0}  # steps in a row, of each optimizer
        self.evaluations: list[Evaluation] = []
        self.best: dict[str, Tensor] = {}

    # ------------------------------------------------------------------------------ a step

    def take_step(self) -> dict[str, float]:
        """Minimise once; the weighted terms. RefineError if there is nothing left to minimise."""
        device = self.device
        batch = self.stream.batch(self.step * device.processes + device.rank).to(device.device)
        generator = self._chance()
        scale = rate_scale(self.recipe.training, self.step)
        for optimizer in (self.forth, self.against):
            for group in optimizer.param_groups:
                group["lr"] = group["base"] * scale
        _learn(self.objective.judges(), learn=False)
        with device.mixed_precision():
            terms, refined, undone = self.objective.forward_terms(
                batch, step=self.step, generator=generator
            )
        _learn(self.objective.judges(), learn=True)
        if self._minimise("generators", terms, self.forth, self.objective.generators()):
            with device.mixed_precision():
                judged = self.objective.judge_terms(
                    batch, refined, undone, step=self.step, generator=generator
                )
            if judged:
                self._minimise("judges", judged, self.against, self.objective.judges())
            terms |= judged
            self._average()
        self.step += 1
        return {name: float(term.detach()) for name, term in terms.items()}

    def _minimise(
        self,
        whose: str,
        terms: Mapping[str, Tensor],
        optimizer: Any,
        modules: Sequence[nn.Module],
    ) -> bool:
        """Whether the losses were numbers, in all processes; nothing changes where they were not."""
        total = torch.stack([term.float() for term in terms.values()]).sum()
        if self.device.anywhere(not math.isfinite(float(total.detach()))):
            self._skip(whose)
            return False
        self.skipped[whose] = 0
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        parameters = _parameters(modules)
        self.device.share_gradients(parameters)
        nn.utils.clip_grad_norm_(parameters, self.recipe.training.clip)
        optimizer.step()
        return True

    def _skip(self, whose: str) -> None:
        self.skipped[whose] += 1
        if self.skipped[whose] > MOST_SKIPPED:
            rate = {"generators": "rate", "judges": "judge_rate"}[whose]
            raise RefineError(
                f"step {self.step}: the losses of the {whose} have been no numbers for "
                f"{self.skipped[whose]} steps; lower `training: {rate}` in the recipe, or "
                f"`weights: adversary`"
            )

    @torch.no_grad()
    def _average(self) -> None:
        # at first as young as the run, so that the identity it began as is soon forgotten
        decay = min(self.recipe.training.average, (1 + self.step) / (10 + self.step))
        pairs = zip(
            self.average.parameters(), self.objective.to_photograph.parameters(), strict=True
        )
        for kept, new in pairs:
            kept.lerp_(new, 1 - decay)

    def _chance(self) -> torch.Generator:
        return chance(f"{self.recipe.seed}/{self.step}/{self.device.rank}")

    # ------------------------------------------------------------------------------ early stopping

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch]) -> Evaluation:
        """Judge the averaged generator on batches it does not learn from; keep it if none is better."""
        found = []
        for number, batch in enumerate(batches):
            batch = batch.to(self.device.device)
            generator = torch.Generator().manual_seed(number)
            made = compressed(self.average(batch.renders), self.compression)
            distances = distance(made, batch.photographs.rgb, generator=generator)
            missed = losses.look_missed(made, batch.renders) * UNIT / losses.LAB_SCALE
            found.append({**distances, "look": float(missed)})
        mean = {name: sum(each[name] for each in found) / len(found) for name in found[0]}
        # of unlike devices, too, so that all processes end at the same step
        agreed = self.device.of_all(torch.tensor(list(mean.values()), dtype=torch.float64)).mean(0)
        evaluation = Evaluation(self.step, **dict(zip(mean, agreed.tolist(), strict=True)))
        self.evaluations.append(evaluation)
        if self.kept_evaluation is evaluation:
            self.best = {k: v.clone() for k, v in self.average.state_dict().items()}
        return evaluation

    @property
    def kept_evaluation(self) -> Evaluation:
        """The last that is as good as the best of all, but for the noise of a few photographs."""
        least = min(evaluation.score for evaluation in self.evaluations)
        return [each for each in self.evaluations if each.score <= NOISE * least][-1]

    @property
    def is_over(self) -> bool:
        """Whether all steps are done, or the last evaluations brought nothing better."""
        if self.step >= self.recipe.training.steps:
            return True
        early = self.step <= self.recipe.cyclegan.adversary_from * self.recipe.training.steps
        if early or not self.evaluations:
            return False
        kept = self.evaluations.index(self.kept_evaluation)
        return len(self.evaluations) - 1 - kept >= self.recipe.training.patience

    def result(self) -> dict[str, Tensor]:
        """The weights that are kept: of `kept_evaluation`, else the last average."""
        kept = self.best or self.average.state_dict()
        return {name: value.cpu() for name, value in kept.items()}

    def use_result(self) -> nn.Module:
        """The generator with the weights that are kept, on the CPU, for inference."""
        self.average.load_state_dict(self.result())
        return self.average.cpu().eval().requires_grad_(False)

    # ------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """Everything, of all processes, as tensors and plain values."""
        objective = self.objective.state_dict()
        own = {name: self.device.of_all(v) for name, v in objective.items() if OWN in name}
        return {
            "processes": self.device.processes,
            "step": self.step,
            "skipped": dict(self.skipped),
            "objective": {**objective, **own},
            "average": self.average.state_dict(),
            "forth": self.forth.state_dict(),
            "against": self.against.state_dict(),
            "evaluations": [astuple(evaluation) for evaluation in self.evaluations],
            "best": self.best,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; RefineError if it is the state of something else."""
        try:
            begun = state["processes"]
            if begun != self.device.processes:
                raise RefineError(
                    f"the fit was begun by {begun} processes, and now there are "
                    f"{self.device.processes}; launch as many as then, or remove the folder"
                )
            objective = state["objective"]
            own = {name: v[self.device.rank] for name, v in objective.items() if OWN in name}
            self.objective.load_state_dict({**objective, **own})
            self.average.load_state_dict(state["average"])
            self.forth.load_state_dict(state["forth"])
            self.against.load_state_dict(state["against"])
            self.step = int(state["step"])
            self.skipped = {whose: int(state["skipped"][whose]) for whose in self.skipped}
            self.evaluations = [Evaluation(*values) for values in state["evaluations"]]
            self.best = dict(state["best"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise RefineError(
                f"the checkpoint does not fit the recipe ({type(error).__name__}); "
                f"remove the folder and fit again"
            ) from error


def rate_scale(training: Training, step: int) -> float:
    """What the learning rates are multiplied by in a step, counted from 0."""
    done = step / training.steps
    rising = min(1.0, (done + 1 / training.steps) / training.warm_up) if training.warm_up else 1.0
    if training.schedule == "cosine":
        return rising * (0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2)
    if training.schedule == "linear":
        return rising * min(1.0, 2 * (1 - done))
    return rising


def _parameters(modules: Iterable[nn.Module]) -> list[Tensor]:
    return [parameter for module in modules for parameter in module.parameters()]


def _learn(modules: Iterable[nn.Module], *, learn: bool) -> None:
    for parameter in _parameters(modules):
        parameter.requires_grad_(learn)

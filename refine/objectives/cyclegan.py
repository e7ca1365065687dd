"""Two generators that must undo each other, and discriminators that know the other domain.

After Zhu et al., Unpaired image-to-image translation using cycle-consistent adversarial networks
(2017), with what renders know of themselves, and with distances between distributions of pixels that
need no adversary and work from the first step on.

The way back, from photographs to renders, knows no G-buffers and adds no detail. Over a label-safe
generator the cycle need not keep objects where they are, the generator does; it keeps the color map
one that can be undone: no two colors become one, nothing is crushed into black or white.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from refine.camera import compressed, equip
from refine.crops import Batch
from refine.networks import make_generator
from refine.networks.discriminators import Judges
from refine.networks.view import View
from refine.objectives import losses
from refine.objectives.heads import Heads, heads_loss, recolored
from refine.objectives.history import History
from refine.recipe import RefineRecipe
from refine.stats import StatsRefiner

Terms = dict[str, Tensor]


class CycleGan(nn.Module):
    """What is trained: `to_photograph` is what is kept in the end."""

    def __init__(self, recipe: RefineRecipe, camera: StatsRefiner) -> None:
        super().__init__()
        self.compression = camera.compression
        self.recipe, self.settings = recipe, recipe.cyclegan
        name, settings = recipe.generator
        self.to_photograph = make_generator(name, settings)
        equip(self.to_photograph, camera)
        self.to_render = make_generator(name, settings)
        width, spectral = self.settings.judge_width, self.settings.spectral_norm
        self.photograph_judges = Judges(width, spectral=spectral)
        self.render_judges = Judges(width, spectral=spectral)
        self.refined_history = History(self.settings.history, recipe.crops.size)
        self.undone_history = History(self.settings.history, recipe.crops.size)
        self.heads = Heads() if self.settings.weights.heads else None

    def generators(self) -> list[nn.Module]:
        return [self.to_photograph, self.to_render]

    def judges(self) -> list[nn.Module]:
        """Everything that learns from what the generators made, or beside them."""
        judges = [self.photograph_judges, self.render_judges]
        return judges + ([self.heads] if self.heads is not None else [])

    def has_adversary(self, step: int) -> bool:
        """Whether the discriminators take part in a step, counted from 0."""
        begin = self.settings.adversary_from * self.recipe.training.steps
        return self.settings.weights.adversary > 0 and step >= begin

    def forward_terms(
        self, batch: Batch, *, step: int, generator: torch.Generator
    ) -> tuple[Terms, Tensor, Tensor]:
        """The terms of the generators, weighted; the renders refined, the photographs undone."""
        renders, photographs = batch.renders, batch.photographs
        refined = compressed(self.to_photograph(renders), self.compression)
        mapped = self.to_photograph(renders, detail=False)
        undone = self.to_render(photographs, detail=False)
        plain = renders.without_gbuffers()
        found: Terms = {}
        found["colors"] = _colors(refined, photographs.rgb, generator=generator)
        found["colors"] = found["colors"] + _colors(undone, renders.rgb, generator=generator)
        found["grain"] = _grain(refined, photographs.rgb, generator=generator)
        back = self.to_render(plain.of(mapped), detail=False)
        there = self.to_photograph(photographs.of(undone), detail=False)
        found["cycle"] = _l1(back, renders.rgb) + _l1(there, photographs.rgb)
        found["look"] = losses.look_missed(refined, renders) + losses.look_missed(
            undone, photographs
        )
        found["identity"] = _kept(self.to_photograph, photographs) + _kept(self.to_render, plain)
        found["range"] = losses.out_of_range(mapped) + losses.out_of_range(undone)
        found["smooth"] = self._roughness(batch)
        found.update(self._owed(batch, refined))
        if self.has_adversary(step):
            found["adversary"] = self._deceived(refined, undone)
        weights = self.settings.weights.model_dump()
        terms = {name: weights[name] * term for name, term in found.items() if weights[name]}
        return terms, refined.detach(), undone.detach()

    def _owed(self, batch: Batch, refined: Tensor) -> Iterator[tuple[str, Tensor]]:
        """What a refined render owes its labels."""
        raw, ids = batch.renders.rgb, batch.ids
        yield "boundary", losses.lost_contrast(raw, refined, ids)
        yield "gradient", losses.turned_gradients(raw, refined, ids)
        if self.settings.weights.outside:
            yield "outside", losses.change_outside(raw, refined, ids)
        if self.heads is not None:
            yield "heads", heads_loss(self.heads(refined), ids, batch.inverse_depth)

    def _roughness(self, batch: Batch) -> Tensor:
        """How much neighbouring cells of the grid differ, where the generator has one."""
        coefficients = getattr(self.to_photograph, "coefficients", None)
        if coefficients is None:
            return batch.ids.new_zeros((), dtype=torch.float32)
        grid = coefficients(batch.renders.thumbnail)
        return grid.diff(dim=2).square().mean() + grid.diff(dim=3).square().mean()

    def _deceived(self, refined: Tensor, undone: Tensor) -> Tensor:
        kind = self.settings.adversarial
        return losses.generator_loss(kind, self.photograph_judges(refined)) + losses.generator_loss(
            kind, self.render_judges(undone)
        )

    def judge_terms(
        self,
        batch: Batch,
        refined: Tensor,
        undone: Tensor,
        *,
        step: int,
        generator: torch.Generator,
    ) -> Terms:
        """The terms of the discriminators, where they take part, and of the heads."""
        terms: Terms = {}
        if self.has_adversary(step):
            made = self.refined_history.mixed(refined, generator=generator)
            terms["photograph_judges"] = self._judged(
                self.photograph_judges, batch.photographs.rgb, made, step, generator
            )
            made = self.undone_history.mixed(undone, generator=generator)
            terms["render_judges"] = self._judged(
                self.render_judges, batch.renders.rgb, made, step, generator
            )
        if self.heads is not None:
            seen = self.heads(recolored(batch.renders.rgb, generator=generator))
            terms["heads_learn"] = heads_loss(seen, batch.ids, batch.inverse_depth)
        return terms

    def _judged(
        self, judges: Judges, real: Tensor, made: Tensor, step: int, generator: torch.Generator
    ) -> Tensor:
        settings, made = self.settings, made.to(real.device)
        loss = losses.judge_loss(
            settings.adversarial, judges(real), judges(made), real_label=settings.real_label
        )
        if settings.adversarial == "wgan-gp":
            share = torch.rand(len(real), 1, 1, 1, generator=generator).to(real.device)
            between = (real + share * (made - real)).requires_grad_()
            size = (losses.squared_gradient(judges(between), between) + 1e-12).sqrt()
            loss = loss + settings.gradient_penalty * (size - 1).square().mean()
        if settings.r1 and step % settings.r1_every == 0:
            real = real.clone().requires_grad_()
            penalty = losses.squared_gradient(judges(real), real).mean()
            loss = loss + 0.5 * settings.r1 * settings.r1_every * penalty
        return loss


def distance(
    refined: Tensor, photographs: Tensor, *, generator: torch.Generator
) -> dict[str, float]:
    """How far refined crops are from photographs, in colors and in grain."""
    return {
        "colors": float(_colors(refined, photographs, generator=generator)),
        "grain": float(_grain(refined, photographs, generator=generator)),
    }


def _colors(made: Tensor, real: Tensor, *, generator: torch.Generator) -> Tensor:
    ours, theirs = (losses.some_colors(rgb, generator=generator) for rgb in (made, real))
    directions = losses.unit_vectors(3, generator=generator).to(made.device)
    return losses.sliced_wasserstein(ours, theirs, directions)


def _grain(made: Tensor, real: Tensor, *, generator: torch.Generator) -> Tensor:
    samples = [
        losses.some_pixels(losses.residuals(rgb), generator=generator) for rgb in (made, real)
    ]
    directions = losses.unit_vectors(samples[0].shape[1], generator=generator).to(made.device)
    return losses.sliced_wasserstein(samples[0], samples[1], directions)


def _kept(generator: nn.Module, view: View) -> Tensor:
    """What changes though no change is asked for."""
    return _l1(generator(view.asking(torch.zeros_like(view.change)), detail=False), view.rgb)


def _l1(ours: Tensor, theirs: Tensor) -> Tensor:
    return (ours - theirs).abs().mean()

"""Photographs and renders → a model folder; what was begun there is continued."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from refine import checkpoint
from refine.card import Distance, ModelCard, Source
from refine.crops import Batch, CropStream
from refine.device import Device
from refine.frames import U8, Refiner, Renders
from refine.gap.windows import spread
from refine.model import LOOKS, RECIPE, STATS, WEIGHTS, Model
from refine.network_refiner import NetworkRefiner
from refine.networks.look import look_of
from refine.networks.view import RGB
from refine.photographs import Photographs
from refine.pool import photograph_pool, render_pool
from refine.progress import Silence, Watcher, events, stoppable
from refine.recipe import RefineRecipe
from refine.run_folder import RunFolder, digest_of
from refine.stats import StatsRefiner
from refine.training import Evaluation, Trainer
from refine.training_page import page
from refine.views import photograph_thumbnail
from scenegen.dataset.files import json_bytes

LEAST_COVERAGE = 0.3
LEAST_HELD_OUT = 8  # photographs in all from which some are held out
EVALUATED = 4  # batches
LOG_EVERY = 10  # steps
PAIRS = 4  # pictures on the page


def fit(
    renders: Renders,
    photographs: Photographs,
    recipe: RefineRecipe,
    out: Path,
    *,
    watcher: Watcher | None = None,
) -> Model:
    """Fit a model, or finish one that was begun with the same recipe and data; `out` is its folder.

    Broken off by Ctrl-C (KeyboardInterrupt once the step at hand is done and saved), run it again.
    RefineError: the data or the recipe cannot be used, or `out` holds something else.
    """
    device = Device.open(recipe.training)
    watcher = watcher if watcher and device.writes else Silence()
    photographs = photographs.at_most(renders.longest)
    run = device.in_turn(lambda: RunFolder.open(out, recipe, renders, photographs))
    if device.anywhere(run.is_finished):
        watcher.remark(f"{out}: finished already, with the same recipe, renders and photographs")
        return Model.open(out)
    stats = StatsRefiner.fit(photographs, renders, seed=recipe.seed, fourier=recipe.stats.fourier)
    remarks = [*photographs.remarks, *stats.remarks]
    trainer: Trainer | None = None
    if recipe.refiner != "stats":
        training = _Training(run, recipe, renders, photographs, stats, device, watcher)
        training.run_to_the_end()
        remarks += training.remarks
        trainer = training.trainer
    if device.writes:
        _finish(run, recipe, renders, photographs, stats, trainer, remarks)
    device.wait()
    return Model.open(out)


class _Training:
    """Steps until all are done, with everything that happens between them."""

    def __init__(
        self,
        run: RunFolder,
        recipe: RefineRecipe,
        renders: Renders,
        photographs: Photographs,
        stats: StatsRefiner,
        device: Device,
        watcher: Watcher,
    ) -> None:
        self.run, self.recipe, self.device, self.watcher = run, recipe, device, watcher
        self.remarks: list[str] = []
        stream, self.held_out = self._streams(renders, photographs, stats.color.balance)
        self.trainer = Trainer(recipe, stream, device, stats)
        for remark in self.remarks:
            watcher.remark(remark)

    def _streams(
        self, renders: Renders, photographs: Photographs, balance: Sequence[float]
    ) -> tuple[CropStream, Sequence[Batch]]:
        """What is learned from, and the batches on which it is judged."""
        recipe = self.recipe
        crops, seed, size = recipe.crops, recipe.seed, recipe.training.batch
        held: Photographs | None = None
        if len(photographs) >= LEAST_HELD_OUT and recipe.training.held_out:
            held, photographs = photographs.split(recipe.training.held_out, seed)
        elif recipe.training.held_out:
            self.remarks.append(
                f"{len(photographs)} photographs are too few to hold some out: "
                f"training ends after {recipe.training.steps} steps, however it goes"
            )
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
        ours = render_pool(renders, crops, rng=rng)
        theirs = photograph_pool(photographs, crops, rng=rng)
        stream = CropStream(ours, theirs, settings=crops, batch=size, seed=seed, balance=balance)
        if stream.matches.coverage < LEAST_COVERAGE:
            self.remarks.append(
                f"only {stream.matches.coverage:.0%} of the crops of renders have a like among the "
                f"photographs: what differs most is content, which no refiner changes"
            )
        if held is None:
            return stream, ()
        apart = photograph_pool(held, crops, rng=rng)
        # G-buffers are hidden by chance in training only
        shown = crops.model_copy(update={"drop_gbuffers": 0.0})
        judged = CropStream(
            ours, apart, settings=shown, batch=2 * size, seed=seed + 1, balance=balance
        )
        return stream, [judged.batch(number) for number in range(EVALUATED)]

    def run_to_the_end(self) -> None:
        """KeyboardInterrupt, after saving, where somebody asks for the end before it is reached."""
        trainer, every, writes = self.trainer, self.recipe.training, self.device.writes
        saved = self.run.saved()
        if saved:
            trainer.load_state_dict(saved)
        done = trainer.step if saved else -1  # the raw generator is judged before step 1
        if writes:
            self.run.forget_after(done)
        self.watcher.begin(every.steps, trainer.step)
        wanted, folder = every.tensorboard and writes, self.run.root / "events"
        with stoppable() as stop, events(folder, after=done, wanted=wanted) as writer:
            if trainer.step == 0:
                self._evaluate(writer)
            while not trainer.is_over:
                self._step(writer)
                if trainer.step % every.evaluate_every == 0:
                    self._evaluate(writer)
                asked = self.device.anywhere(stop.asked)
                if asked or trainer.step % every.save_every == 0:
                    self._save()
                if asked and not trainer.is_over:
                    self.watcher.remark(
                        f"stopped after step {trainer.step} of {every.steps}, which is saved; "
                        f"run the same command again to continue"
                    )
                    raise KeyboardInterrupt

    def _save(self) -> None:
        """No process goes on before all that it takes to continue is on disk."""
        state = self.trainer.state_dict()
        if self.device.writes:
            self.run.save(state)
        self.device.wait()

    def _step(self, writer: Any) -> None:
        begun = perf_counter()
        losses = self.trainer.take_step()
        seconds, step = perf_counter() - begun, self.trainer.step
        self.watcher.step_ended(step, losses, seconds)
        if self.device.writes and step % LOG_EVERY == 0:
            self.run.log({"step": step, "seconds": round(seconds, 4), "losses": losses})
        if writer and step % LOG_EVERY == 0:
            for name, value in losses.items():
                writer.add_scalar(f"losses/{name}", value, step)

    def _evaluate(self, writer: Any) -> None:
        if not self.held_out:
            return
        found = self.trainer.evaluate(self.held_out)
        distances = {"colors": found.colors, "grain": found.grain, "look": found.look}
        if self.device.writes:
            self.run.log({"step": found.step, "held_out": distances})
        if writer:
            for name, value in distances.items():
                writer.add_scalar(f"held out/{name}", value, found.step)


def _finish(
    run: RunFolder,
    recipe: RefineRecipe,
    renders: Renders,
    photographs: Photographs,
    stats: StatsRefiner,
    trainer: Trainer | None,
    remarks: Sequence[str],
) -> None:
    """Write what a model consists of, its card last."""
    run.write(STATS, json_bytes(stats.as_dict()))
    refiner: Refiner = stats
    if trainer:
        looks = torch.cat([_look(photograph) for photograph in photographs])
        run.write(WEIGHTS, checkpoint.as_bytes({**trainer.result(), LOOKS: looks}))
        refiner = NetworkRefiner(
            recipe.refiner, trainer.use_result(), stats.compression, stats.color.balance, looks
        )
    pairs = [_pair(renders, refiner, at) for at in spread(len(renders), PAIRS)]
    title = f"{recipe.name}: {len(photographs)} photographs, {len(renders)} renders"
    run.write("page/index.html", page(title, run.logged(), pairs, remarks).encode())
    names = [RECIPE, STATS] + ([WEIGHTS] if trainer else [])
    evaluations: list[Evaluation] = trainer.evaluations if trainer else []
    card = ModelCard(
        recipe=recipe.name,
        refiner=recipe.refiner,
        settings=recipe.generator[1] if trainer else {},
        photographs=Source(count=len(photographs), digest=photographs.digest),
        renders=Source(count=len(renders), digest=digest_of(renders)),
        steps=trainer.step if trainer else 0,
        evaluations=tuple(Distance(**asdict(each)) for each in evaluations),
        kept=trainer.kept_evaluation.step if trainer and evaluations else None,
        remarks=tuple(remarks),
        files={name: _sha256(run.root / name) for name in names},
    )
    run.finish(card.as_bytes())


def _look(photograph: U8) -> Tensor:
    return look_of(torch.from_numpy(photograph_thumbnail(photograph)[None, RGB]))


def _pair(renders: Renders, refiner: Refiner, at: int) -> tuple[str, U8, U8]:
    render = renders[at]
    return render.name, render.rgb, refiner.refine(render, strength=1.0, seed=0)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

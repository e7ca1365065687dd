"""Fits: exact resumption, interruption, what a folder refuses, and that something is learned.

Mutants caught: optimisers, history or averaged weights left out of the state; chance that is not
drawn from the step; the discriminators learning from the generators' loss; `best` kept from the last
evaluation; a checkpoint written in place; Ctrl-C that is not saved; a folder of another recipe taken.
"""

import copy
import dataclasses
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from made_up_pictures import DiscRenders, camera, disc_photographs

from refine import checkpoint
from refine.crops import CropStream
from refine.device import Device
from refine.fit import fit
from refine.frames import Renders
from refine.model import Model
from refine.objectives import losses
from refine.objectives.cyclegan import CycleGan, distance
from refine.photographs import Photographs
from refine.pool import photograph_pool, render_pool
from refine.recipe import RECIPES, RefineRecipe, Weights, read_recipe
from refine.run_folder import RunFolder
from refine.stats import StatsRefiner
from refine.stats.compression import Compression
from refine.training import Trainer, rate_scale
from refine.views import signed
from scenegen.errors import DatasetError, RecipeError, RefineError

CROPS = {"size": 48, "margin": 8, "each": 3, "neighbors": 3}
TRAINING = {"steps": 4, "batch": 2, "evaluate_every": 2, "save_every": 2, "tensorboard": False}
GAN = {"adversary_from": 0.0, "history": 3, "r1_every": 2, "judge_width": 4}


def tiny(*, training: Any = None, cyclegan: Any = None, **rest: Any) -> RefineRecipe:
    """A recipe whose steps take no time."""
    return RefineRecipe.model_validate(
        {
            "name": "tiny",
            "resnet": {"width": 4, "blocks": 1},
            "crops": CROPS,
            "training": TRAINING | (training or {}),
            "cyclegan": GAN | (cyclegan or {}),
            "bilateral": {"width": 4, "texture_channels": 4},
            **rest,
        }
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Renders, Photographs]:
    folder = tmp_path_factory.mktemp("data")
    return DiscRenders(folder, 5), disc_photographs(folder / "photos", 10)


def trainer(recipe: RefineRecipe, data: tuple[Renders, Photographs]) -> Trainer:
    rng = np.random.default_rng(0)
    ours = render_pool(data[0], recipe.crops, rng=rng)
    theirs = photograph_pool(data[1], recipe.crops, rng=rng)
    batch = recipe.training.batch
    stream = CropStream(ours, theirs, settings=recipe.crops, batch=batch, seed=recipe.seed)
    jpeg = Compression(quality=80, subsampling="4:2:0")
    stats = camera(vignette=0.2, blur_px=0.5, compression=jpeg)
    return Trainer(recipe, stream, Device.open(recipe.training), stats)


def flat(state: Any, above: str = "") -> dict[str, Any]:
    """Every tensor and number in a nested state, by its path."""
    if isinstance(state, Mapping):
        items = list(state.items())
    elif isinstance(state, list | tuple):
        items = list(enumerate(state))
    else:
        return {above: state}
    return {k: v for key, value in items for k, v in flat(value, f"{above}/{key}").items()}


def assert_same(ours: Any, theirs: Any) -> None:
    ours, theirs = flat(ours), flat(theirs)
    assert ours.keys() == theirs.keys()
    for path, value in ours.items():
        same = torch.equal(value, theirs[path]) if torch.is_tensor(value) else value == theirs[path]
        assert same, path


def two_and_two_steps(first: Trainer, second: Trainer, file: Path) -> None:
    """The second trainer goes on from the checkpoint that the first one leaves."""
    for _ in range(2):
        first.take_step()
    checkpoint.save(file, first.state_dict())
    second.load_state_dict(checkpoint.read(file))
    for _ in range(2):
        second.take_step()


@pytest.mark.parametrize("kind", ["lsgan", "wgan-gp"])
def test_four_steps_are_two_and_a_resumption_and_two(
    kind: str, data: tuple[Renders, Photographs], tmp_path: Path
) -> None:
    weights = {"heads": 1.0, "outside": 1.0}
    recipe = tiny(cyclegan={"adversarial": kind, "weights": weights})
    whole, first, second = (trainer(recipe, data) for _ in range(3))
    batches = [whole.stream.batch(1000)]
    whole.evaluate(batches), first.evaluate(batches)
    for _ in range(4):
        whole.take_step()
    two_and_two_steps(first, second, tmp_path / "c.pt")
    assert_same(whole.state_dict(), second.state_dict())
    assert not torch.equal(
        flat(whole.state_dict())["/average/coefficients.down.0.weight"],
        flat(first.state_dict())["/average/coefficients.down.0.weight"],
    )


class Impatient:
    """Presses Ctrl-C after a step."""

    def __init__(self, step: int) -> None:
        self.step, self.remarks, self.done = step, list[str](), 0

    def begin(self, total: int, done: int) -> None: ...

    def step_ended(self, step: int, losses: Mapping[str, float], seconds: float) -> None:
        self.done = step
        if step == self.step:
            os.kill(os.getpid(), signal.SIGINT)

    def remark(self, text: str) -> None:
        self.remarks.append(text)


def test_an_interrupted_fit_ends_as_an_uninterrupted_one(
    data: tuple[Renders, Photographs], tmp_path: Path
) -> None:
    recipe = tiny()
    whole = fit(*data, recipe, tmp_path / "whole")
    watcher = Impatient(3)
    with pytest.raises(KeyboardInterrupt):
        fit(*data, recipe, tmp_path / "broken", watcher=watcher)
    assert any("after step 3 of 4" in remark and "again" in remark for remark in watcher.remarks)
    with pytest.raises(RefineError, match="not the folder of a finished model"):
        Model.open(tmp_path / "broken")
    mended = fit(*data, recipe, tmp_path / "broken")
    assert mended.digest == whole.digest
    names = {path.name for path in (tmp_path / "broken").iterdir()}
    assert names == {path.name for path in (tmp_path / "whole").iterdir()}
    assert "checkpoint.pt" not in names
    assert [entry["step"] for entry in RunFolder(tmp_path / "broken", {}).logged()] == [0, 2, 4]
    assert [refiner.name for refiner in whole.refiners] == [
        "bilateral",
        "bilateral_mean_look",
        "stats",
    ]
    page = (tmp_path / "whole/page/index.html").read_text()
    assert page.count("data:image/jpeg") == 4
    assert "<svg" in page
    assert "http" not in page
    assert fit(*data, recipe, tmp_path / "whole", watcher=watcher).digest == whole.digest
    assert "finished already" in watcher.remarks[-1]


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.pt"
    checkpoint.save(path, {"step": 1})

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DatasetError, match=r"no space left.*Free some space"):
        checkpoint.save(path, {"step": 2})
    monkeypatch.undo()
    assert checkpoint.read(path) == {"step": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.pt"]


def test_a_folder_is_given_to_one_fit(data: tuple[Renders, Photographs], tmp_path: Path) -> None:
    recipe, out = tiny(refiner="stats"), tmp_path / "model"
    model = fit(*data, recipe, out)
    assert [refiner.name for refiner in model.refiners] == ["stats"]
    with pytest.raises(RefineError, match=r"another fit \(recipe seed: 0 there, 1 now\)"):
        fit(*data, tiny(refiner="stats", seed=1), out)
    for path in out.iterdir():  # as where the first try was refused before it began
        if path.name not in ("run.json", "recipe.yaml"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    fit(*data, tiny(refiner="stats", seed=1), out)
    fit(*data, recipe, tmp_path / "first")
    out = tmp_path / "first"
    with pytest.raises(RefineError, match="photographs: 10 there, 4 now"):
        fit(data[0], data[1][:4], recipe, out)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/thesis.txt").write_text("mine")
    with pytest.raises(RefineError, match="holds something else"):
        fit(*data, recipe, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.txt"]


def stacked(pictures: Sequence[np.ndarray]) -> torch.Tensor:
    """(N, 3, h, w) in [−1, 1]."""
    return torch.from_numpy(np.stack([signed(picture) for picture in pictures]))


def test_sixty_steps_come_nearer_to_photographs_held_out(
    data: tuple[Renders, Photographs], tmp_path: Path
) -> None:
    training = {"steps": 60, "batch": 3, "evaluate_every": 30, "save_every": 1000, "rate": 4e-3}
    recipe = tiny(training=training, cyclegan={"adversary_from": 0.5})
    model = fit(*data, recipe, tmp_path / "model")
    before, *_, after = model.card.evaluations
    held, _ = data[1].split(recipe.training.held_out, recipe.seed)
    refined = [model.refiners[0].refine(render, strength=1.0, seed=0) for render in data[0]]
    raw_colors, colors = (
        distance(stacked(made), stacked(held), generator=torch.Generator().manual_seed(0))["colors"]
        for made in ([render.rgb for render in data[0]], refined)
    )
    assert colors < 0.6 * raw_colors
    assert after.colors < before.colors  # both in the photographs' white balance
    assert after.grain < 0.8 * before.grain
    assert after.look < before.look
    assert model.card.kept in (30, 60)


def test_what_nothing_is_better_than_on_photographs_held_out_is_kept(
    data: tuple[Renders, Photographs], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutants: the last is kept, the best and none as good; looks do not count; an end too early."""
    run = trainer(tiny(training={"patience": 2}, cyclegan={"adversary_from": 0.0}), data)
    batch, ended = run.stream.batch(0), []
    scores = [(0.5, 2.0), (0.2, 1.5), (0.22, 1.5), (0.1, 3.0), (0.3, 1.5)]  # 1, 0.6, 0.62, 0.8, 0.7
    for number, (colors, missed) in enumerate(scores):
        found = {"colors": colors, "grain": 0.1}
        monkeypatch.setattr("refine.training.distance", lambda *_, found=found, **__: found)
        monkeypatch.setattr(losses, "look_missed", lambda *_, missed=missed: torch.tensor(missed))
        run.step = number
        dict(run.average.named_parameters())["coefficients.down.0.bias"].data.fill_(number)
        assert run.evaluate([batch]).score == pytest.approx(colors + 0.1 + missed / 5)
        ended.append(run.is_over)
    assert ended == [False] * 4 + [True]
    assert run.kept_evaluation.step == 2
    assert bool((run.result()["coefficients.down.0.bias"] == 2).all())


def test_a_look_that_is_asked_for_is_given(
    data: tuple[Renders, Photographs], tmp_path: Path
) -> None:
    """Of photographs half of which are dark and half light: renders become either."""
    lit = tmp_path / "photos"
    lit.mkdir()
    for number in range(10):
        shade = 0.5 if number % 2 else 1.3
        picture = (data[1][number] * shade).clip(0, 255).astype(np.uint8)
        cv2.imwrite(str(lit / f"{number}.png"), picture[..., ::-1])
    recipe = tiny(training={"steps": 60, "rate": 0.02, "held_out": 0.0}, bilateral={"width": 4})
    refiner = fit(data[0], Photographs.open(lit), recipe, tmp_path / "model").refiners[0]
    dark, light = (
        dataclasses.replace(refiner, looks=refiner.looks[number : number + 1]) for number in (1, 0)
    )
    for render in data[0]:
        darker, lighter = (one.refine(render, strength=1.0, seed=0) for one in (dark, light))
        assert lighter.mean() > darker.mean() + 15


@pytest.mark.parametrize("refiner", ["bilateral", "resnet"])
@pytest.mark.parametrize("kind", ["lsgan", "bce", "hinge", "wgan-gp"])
def test_every_objective_over_every_generator(
    kind: str, refiner: str, data: tuple[Renders, Photographs]
) -> None:
    recipe = tiny(refiner=refiner, cyclegan={"adversarial": kind})
    run = trainer(recipe, data)
    before = [flat(copy.deepcopy(module.state_dict())) for module in run.objective.judges()]
    losses = [run.take_step() for _ in range(2)]
    assert {"colors", "cycle", "adversary", "photograph_judges"} <= losses[0].keys()
    assert losses[0]["look"] > 0
    assert losses[0] != losses[1]
    after = [flat(module.state_dict()) for module in run.objective.judges()]
    assert any(not torch.equal(b[k], a[k]) for b, a in zip(before, after, strict=True) for k in b)


def test_losses_that_are_no_numbers_change_nothing_and_end_the_fit(
    data: tuple[Renders, Photographs],
) -> None:
    run = trainer(tiny(), data)
    run.objective.to_render.coefficients.whole_out.bias.data.fill_(float("nan"))
    before = copy.deepcopy(run.average.state_dict())
    for _ in range(20):
        run.take_step()
    assert_same(run.average.state_dict(), before)
    with pytest.raises(RefineError, match="lower `training: rate`"):
        run.take_step()


def test_judges_whose_losses_are_no_numbers_end_the_fit(
    data: tuple[Renders, Photographs], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: one count for both optimizers, which the generators' losses begin anew."""
    told = {"photograph_judges": torch.tensor(float("nan"))}
    monkeypatch.setattr(CycleGan, "judge_terms", lambda *_, **__: dict(told))
    run, again = trainer(tiny(), data), trainer(tiny(), data)
    for _ in range(20):
        run.take_step()
    again.load_state_dict(run.state_dict())
    with pytest.raises(RefineError, match=r"losses of the judges .* lower `training: judge_rate`"):
        again.take_step()
    with pytest.raises(RefineError, match="checkpoint does not fit"):
        again.load_state_dict(run.state_dict() | {"skipped": 20})  # as it was once saved


def test_a_recipe_may_ask_for_fourier(data: tuple[Renders, Photographs], tmp_path: Path) -> None:
    """Mutant: the recipe's word does not reach the fit; it is on by default."""
    (plain,), (lit,) = (
        fit(*data, tiny(refiner="stats", **asked), tmp_path / str(len(asked))).refiners
        for asked in ({}, {"stats": {"fourier": True}})
    )
    assert isinstance(plain, StatsRefiner)
    assert isinstance(lit, StatsRefiner)
    assert plain.fourier is None
    assert lit.fourier is not None
    one, other = (refiner.refine(data[0][0], strength=1.0, seed=0) for refiner in (plain, lit))
    moved = cv2.blur(other.astype(np.float32) - one, (31, 31))
    assert np.abs(moved).max() > 2  # steps of 255, of light at large


def test_rates() -> None:
    linear = tiny(training={"steps": 100, "schedule": "linear", "warm_up": 0.1}).training
    scales = [rate_scale(linear, step) for step in (0, 9, 50, 75, 99)]
    assert scales == pytest.approx([0.1, 1, 1, 0.5, 0.02])
    cosine = tiny(training={"steps": 100, "warm_up": 0}).training
    assert [rate_scale(cosine, step) for step in (0, 50, 100)] == pytest.approx([1, 0.51, 0.02])


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_that_come_along(name: str) -> None:
    assert read_recipe(name).name == name


def test_mistakes_in_a_recipe_are_told_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\ntraining: {steps: 0, divice: cuda}\ncyclegan: {adversarial: gan}\n"
    )
    with pytest.raises(RecipeError) as error:
        read_recipe(path)
    text = str(error.value)
    assert f"{path}:2:19" in text
    assert "did you mean 'device'?" in text
    assert f"{path}:3:25" in text
    nothing = ", ".join(f"{name}: 0" for name in Weights.model_fields)
    path.write_text(f"name: mine\ncyclegan: {{weights: {{{nothing}}}}}\n")
    with pytest.raises(RecipeError, match="all weights are 0"):
        read_recipe(path)


def test_data_or_devices_that_cannot_be_used(
    data: tuple[Renders, Photographs], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RefineError, match=r"crops of 160 × 160 .* 5 renders.* 96 at most"):
        fit(*data, tiny(crops={"size": 128}), tmp_path / "a")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RefineError, match="asks for a GPU"):
        fit(*data, tiny(training={"device": "cuda"}), tmp_path / "b")
    assert Device.open(tiny(training={"device": "auto"}).training).device.type == "cpu"

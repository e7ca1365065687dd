"""What a recipe of a refiner may say: one pydantic tree. Field descriptions are for people."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scenegen.config import load

Whole = Annotated[int, Field(strict=True)]
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]

RECIPES = ("default", "stats", "resnet")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilateral(Section):
    """A color map on a bilateral grid, a lens and bounded detail: label-safe by construction."""

    width: Annotated[Whole, Field(ge=4, le=128)] = Field(24, description="of the coefficient net")
    texture_channels: Annotated[Whole, Field(ge=0, le=64)] = Field(
        0, description="of a head that paints texture within the bound; 0: none"
    )


class Resnet(Section):
    """A residual network, for GPUs: the gate judges what it paints."""

    width: Annotated[Whole, Field(ge=4, le=256)] = Field(32, description="channels at full size")
    blocks: Annotated[Whole, Field(ge=1, le=16)] = Field(6, description="residual blocks")
    conditioned: Annotated[bool, Field(strict=True)] = Field(
        True, description="whether it is given the G-buffers"
    )


class Weights(Section):
    """What each term counts in what the generators minimise; 0 leaves it out."""

    colors: Weight = Field(10, description="sliced Wasserstein distance of Lab pixels")
    grain: Weight = Field(5, description="sliced Wasserstein distance of band-pass residuals")
    look: Weight = Field(2, description="moments of Lab against those that were asked for")
    adversary: Weight = Field(2, description="what the discriminators say")
    cycle: Weight = Field(2, description="L1, there and back again")
    identity: Weight = Field(2, description="L1 of what is in the target domain already")
    boundary: Weight = Field(5, description="contrast lost across the boundaries of instances")
    gradient: Weight = Field(1, description="directions of gradients inside instances")
    outside: Weight = Field(0, description="L1 of change outside instances")
    heads: Weight = Field(
        0, description="segmentation and depth, as small heads trained on renders see them"
    )
    range: Weight = Field(5, description="colors pushed out of range")
    smooth: Weight = Field(0.1, description="neighbouring cells of the bilateral grid that differ")

    @model_validator(mode="after")
    def _some_term_counts(self) -> "Weights":
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0: there is nothing to minimise")
        return self


class Stats(Section):
    """The refiner without training, which is every network's fallback."""

    fourier: Annotated[bool, Field(strict=True)] = Field(
        False,
        description="whether the lowest frequencies of the lightness are brought to the photographs' "
        "amplitude: it may move light and dark across objects, which the gate judges",
    )


class CycleGan(Section):
    """Two generators that must undo each other, and judges that know the other domain."""

    adversarial: Literal["lsgan", "bce", "hinge", "wgan-gp"] = Field(
        "lsgan", description="the adversarial loss"
    )
    weights: Weights = Field(Weights(), description="of the terms")
    judge_width: Annotated[Whole, Field(ge=4, le=256)] = Field(
        16, description="channels of the discriminators"
    )
    spectral_norm: Annotated[bool, Field(strict=True)] = Field(
        True, description="of the discriminators"
    )
    adversary_from: Share = Field(
        0.1, description="share of the steps before the discriminators join in"
    )
    real_label: Annotated[float, Field(gt=0.5, le=1)] = Field(
        0.9, description="label smoothing: what a photograph should be judged as, of 1"
    )
    r1: Weight = Field(
        1, description="gradient penalty of each discriminator on what is real in its domain"
    )
    r1_every: Annotated[Whole, Field(ge=1, le=1000)] = Field(16, description="steps between two")
    gradient_penalty: Weight = Field(10, description="of wgan-gp")
    history: Annotated[Whole, Field(ge=0, le=1000)] = Field(
        50, description="refined crops that the discriminators are shown again"
    )


class Crops(Section):
    """What is cut out of the pictures, and what is shown together."""

    size: Annotated[Whole, Field(ge=48, le=1024)] = Field(128, description="pixels")
    margin: Annotated[Whole, Field(ge=0, le=256)] = Field(
        32, description="pixels that a crop may be shifted by"
    )
    renders: Annotated[Whole, Field(ge=1, le=10_000)] = Field(
        80, description="renders to cut from, drawn where there are more"
    )
    photographs: Annotated[Whole, Field(ge=1, le=10_000)] = Field(
        120, description="photographs to cut from, drawn where there are more"
    )
    each: Annotated[Whole, Field(ge=1, le=100)] = Field(8, description="crops of a picture")
    neighbors: Annotated[Whole, Field(ge=1, le=1000)] = Field(
        8, description="crops of like content of which one is shown with another"
    )
    drop_gbuffers: Share = Field(
        0.2, description="how often a part of the G-buffers is hidden, so that none is relied on"
    )


class Training(Section):
    """How long, how fast, on what."""

    steps: Annotated[Whole, Field(ge=1, le=10_000_000)] = Field(
        600, description="of the optimisers"
    )
    batch: Annotated[Whole, Field(ge=1, le=256)] = Field(4, description="crops of each domain")
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="auto takes a GPU if there is one"
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="bfloat16 mixes precisions"
    )
    rate: Rate = Field(2e-3, description="learning rate of the generators")
    judge_rate: Rate = Field(5e-4, description="learning rate of the discriminators")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "cosine", description="of the learning rates: linear falls during the second half"
    )
    warm_up: Share = Field(0.03, description="share of the steps in which they rise")
    clip: Annotated[float, Field(gt=0)] = Field(1.0, description="largest norm of the gradients")
    average: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.98, description="decay of the moving average of the weights, which is what is kept"
    )
    held_out: Annotated[float, Field(ge=0, le=0.5)] = Field(
        0.15, description="share of the photographs kept for early stopping"
    )
    evaluate_every: Annotated[Whole, Field(ge=1)] = Field(50, description="steps")
    patience: Annotated[Whole, Field(ge=1)] = Field(
        6, description="evaluations without improvement after which training ends"
    )
    save_every: Annotated[Whole, Field(ge=1)] = Field(100, description="steps between checkpoints")
    tensorboard: Annotated[bool, Field(strict=True)] = Field(
        True, description="whether events are written, where tensorboard is installed"
    )


class RefineRecipe(Section):
    """How a refiner is made from renders and photographs."""

    name: str = Field(description="of the recipe", min_length=1, max_length=64)
    description: str = Field("", description="for people")
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = Field(
        0,
        description="the only source of chance: same recipe, data and machine, same model on a CPU; "
        "nearly the same on a GPU",
    )
    refiner: Literal["bilateral", "resnet", "stats"] = Field(
        "bilateral", description="which generator is trained; stats: none, only statistics"
    )
    bilateral: Bilateral = Field(Bilateral(), description="if it is `bilateral`")
    resnet: Resnet = Field(Resnet(), description="if it is `resnet`")
    stats: Stats = Field(
        Stats(), description="what is fitted without training, whatever is trained"
    )
    cyclegan: CycleGan = Field(CycleGan(), description="the objective")
    crops: Crops = Field(Crops(), description="what is shown")
    training: Training = Field(Training(), description="how long, how fast, on what")

    @property
    def generator(self) -> tuple[str, dict[str, int]]:
        """Name and settings of what is trained."""
        section = self.resnet if self.refiner == "resnet" else self.bilateral
        return self.refiner, section.model_dump()


def read_recipe(path: Path | str) -> RefineRecipe:
    """A file, or one of RECIPES by its name; RecipeError with all its mistakes otherwise."""
    if str(path) in RECIPES:
        path = Path(str(files("refine") / "recipes" / f"{path}.yaml"))
    return load(Path(path), RefineRecipe)

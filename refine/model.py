"""A folder made by `fit`, read back: what refines, best first and safest last.

MODEL/
  model.json       what it is and was fitted to; names the other files by sha256; exists ⇔ complete
  recipe.yaml      with every default written out
  stats.json       the refiner without training
  weights.pt       of the generator, where one was trained, and the looks of the photographs
  log.jsonl        losses and distances, a line each
  page/index.html  losses and pictures to look at
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import nn

from refine.card import ModelCard, read_card
from refine.checkpoint import read
from refine.frames import Refiner
from refine.network_refiner import NetworkRefiner
from refine.networks import make_generator
from refine.networks.look import LOOK
from refine.recipe import Bilateral, Resnet
from refine.stats import StatsRefiner
from scenegen.dataset.files import read_bytes
from scenegen.errors import DatasetError, RefineError

CARD, RECIPE, STATS, WEIGHTS = "model.json", "recipe.yaml", "stats.json", "weights.pt"
LOOKS = "looks"  # (P, 6) beside the weights
MOST_BYTES = 2**30


@dataclass(frozen=True)
class Model:
    """Refiners, best first, safest last. digest: sha256 of the card, which names every other file."""

    folder: Path
    card: ModelCard
    refiners: tuple[Refiner, ...]
    digest: str

    @classmethod
    def open(cls, folder: Path | str) -> "Model":
        """Nothing that the folder holds is run. RefineError if it is damaged or not ours."""
        folder = Path(folder)
        card = read_card(folder / CARD)
        _check_files(folder, card)
        stats = _stats(folder / STATS)
        refiners: tuple[Refiner, ...] = (stats,)
        if card.refiner != "stats":
            network = _network(folder, card, stats)
            refiners = (network, network.in_the_mean_look(), stats)
        return cls(folder, card, refiners, hashlib.sha256(card.as_bytes()).hexdigest())


def _network(folder: Path, card: ModelCard, stats: StatsRefiner) -> NetworkRefiner:
    weights = read(folder / WEIGHTS)
    looks = weights.pop(LOOKS, None)
    generator = _generator(folder, card, weights)
    if not _are_looks(looks):
        raise RefineError(f"{folder / WEIGHTS}: without looks of photographs; fit the model again")
    balance = stats.color.balance
    return NetworkRefiner(card.refiner, generator, stats.compression, balance, looks)


def _are_looks(value: object) -> bool:
    """Whether it is a tensor (P, 6) of numbers, P ≥ 1."""
    if not isinstance(value, torch.Tensor) or value.dtype != torch.float32:
        return False
    if value.layout != torch.strided or value.is_meta:
        return False
    return value.shape[1:] == (LOOK,) and len(value) > 0 and bool(torch.isfinite(value).all())


def _check_files(folder: Path, card: ModelCard) -> None:
    """RefineError unless the card names each file that is read, and each is as it says."""
    needed = {RECIPE, STATS} | ({WEIGHTS} if card.refiner != "stats" else set())
    if card.files.keys() != needed:
        raise RefineError(
            f"{folder / CARD}: files: names {', '.join(sorted(card.files)) or 'none'}; expected "
            f"{', '.join(sorted(needed))}; fit the model again"
        )
    for name in sorted(needed):
        _check(folder / name, card.files[name])


def _check(path: Path, sha256: str) -> None:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RefineError(f"{path}: larger than {MOST_BYTES:,} bytes; this is no file of ours")
        found = hashlib.sha256(read_bytes(path)).hexdigest()
    except (OSError, DatasetError) as error:
        raise RefineError(f"{path}: missing or not readable; fit the model again") from error
    if found != sha256:
        raise RefineError(
            f"{path}: damaged or changed since the fit: its sha256 begins with {found[:12]}, "
            f"model.json says {sha256[:12]}; fit the model again"
        )


def _stats(path: Path) -> StatsRefiner:
    try:
        content = json.loads(read_bytes(path))
    except (DatasetError, ValueError, RecursionError) as error:
        raise RefineError(f"{path}: missing or damaged; fit the model again") from error
    try:
        return StatsRefiner.from_dict(content)
    except RefineError as error:
        raise RefineError(f"{path}: {error}") from error


def _generator(folder: Path, card: ModelCard, weights: dict[str, Any]) -> nn.Module:
    """The generator with its weights, for inference."""
    settings = {"bilateral": Bilateral, "resnet": Resnet}[card.refiner]
    try:
        generator = make_generator(card.refiner, settings(**card.settings).model_dump())
    except ValidationError as error:
        raise RefineError(
            f"{folder / CARD}: settings: {error.errors(include_url=False)[0]['msg']}; "
            f"fit the model again"
        ) from error
    try:
        generator.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise RefineError(
            f"{folder / WEIGHTS}: the weights are not of a {card.refiner} generator with these "
            f"settings; fit the model again"
        ) from error
    if not all(bool(torch.isfinite(value).all()) for value in generator.state_dict().values()):
        raise RefineError(f"{folder / WEIGHTS}: weights that are no numbers; fit the model again")
    return generator.eval().requires_grad_(False)

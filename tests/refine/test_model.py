"""Model folders that are damaged, foreign or malicious are refused, and nothing in them is run.

Mutants caught: torch.load without weights_only; sums not compared; weights of other settings taken;
weights that are no numbers; the card not looked at; files that it does not name; an error of torch
that is none of ours.
"""

import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_pictures import DiscRenders, disc_photographs, disc_render
from test_training import tiny

from refine.fit import fit
from refine.model import Model
from scenegen.errors import RefineError

FIRED = Path("fired")


class Bomb:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return open, (str(FIRED), "w")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    photographs = disc_photographs(folder / "photos", 4)
    recipe = tiny(training={"steps": 1})
    return fit(DiscRenders(folder, 3), photographs, recipe, folder / "model").folder


@pytest.fixture
def model(fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(fitted, tmp_path / "model")
    return tmp_path / "model"


def replace(model: Path, name: str, data: bytes) -> None:
    """As somebody would who knows how to make the sums fit."""
    (model / name).write_bytes(data)
    card = json.loads((model / "model.json").read_text())
    card["files"][name] = hashlib.sha256(data).hexdigest()
    (model / "model.json").write_text(json.dumps(card))


def saved(state: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def test_refines_the_same_after_every_opening(model: Path) -> None:
    render = disc_render(7)
    pictures = [
        refiner.refine(render, strength=1.0, seed=0)
        for opened in (Model.open(model), Model.open(model))
        for refiner in opened.refiners
    ]
    count = len(pictures) // 2
    assert all(map(np.array_equal, pictures[:count], pictures[count:]))
    assert Model.open(model).digest == Model.open(model).digest


def test_a_model_crosses_to_another_process(model: Path) -> None:
    """Workers are handed the model pickled."""
    opened = Model.open(model)
    copied = pickle.loads(pickle.dumps(opened))
    render = disc_render(8)
    ours, theirs = (m.refiners[0].refine(render, strength=1.0, seed=0) for m in (opened, copied))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("make", [pickle.dumps, saved], ids=["pickle", "torch"])
def test_a_bomb_is_not_set_off(model: Path, make: Callable[[object], bytes]) -> None:
    replace(model, "weights.pt", make({"weight": Bomb()}))
    with pytest.raises(RefineError, match="nothing of it was run"):
        Model.open(model)
    assert not FIRED.exists()
    pickle.loads(pickle.dumps(Bomb())).close()
    assert FIRED.exists(), "the bomb must be one"


def test_damaged_files_are_told(model: Path) -> None:
    weights = (model / "weights.pt").read_bytes()
    (model / "weights.pt").write_bytes(weights[:1000] + b"damage" + weights[1006:])
    with pytest.raises(RefineError, match=r"weights\.pt: damaged or changed"):
        Model.open(model)
    replace(model, "weights.pt", weights[: len(weights) // 2])
    with pytest.raises(RefineError, match=r"weights\.pt: (damaged|not) "):
        Model.open(model)
    (model / "weights.pt").unlink()
    with pytest.raises(RefineError, match=r"weights\.pt: missing"):
        Model.open(model)


def test_every_damage_to_weights_is_told(model: Path) -> None:
    """Cut off, or one to twenty bits turned: read as data, or an error for people."""
    rng, whole = np.random.default_rng(0), (model / "weights.pt").read_bytes()
    refused = 0
    for number in range(300):
        data = bytearray(whole)
        if number % 3 == 0:
            data = data[: rng.integers(len(data))]
        else:  # more often where the pickle and the names are than in the numbers
            reach = len(data) if number % 3 == 1 else 4000
            for at in rng.integers(reach, size=rng.integers(1, 20)):
                data[at] ^= 1 << int(rng.integers(8))
        replace(model, "weights.pt", bytes(data))
        try:
            Model.open(model)
        except RefineError:
            refused += 1
    assert refused > 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: {"a": torch.zeros(3)}, "not of a bilateral generator"),
        (lambda state: [1, 2], "expected a mapping"),
        (lambda state: {k: v * float("nan") for k, v in state.items()}, "no numbers"),
        (lambda state: dict.fromkeys(state, "text"), "not of a bilateral generator"),
        (lambda state: {k: v for k, v in state.items() if k != "looks"}, "without looks"),
        (lambda state: state | {"looks": state["looks"][:0]}, "without looks"),
        (lambda state: state | {"looks": state["looks"][:, :5]}, "without looks"),
        (lambda state: state | {"looks": state["looks"].log()}, "without looks"),
        (lambda state: state | {"looks": torch.tensor(1.0)}, "without looks"),
        (lambda state: state | {"looks": state["looks"].to_sparse()}, "without looks"),
        (lambda state: state | {"looks": state["looks"].to("meta")}, "without looks"),
        (lambda state: state | {3: torch.zeros(3)}, "not of a bilateral generator"),
    ],
)
def test_weights_of_something_else(
    model: Path, change: Callable[[dict[str, torch.Tensor]], object], message: str
) -> None:
    state = torch.load(model / "weights.pt", weights_only=True)
    replace(model, "weights.pt", saved(change(state)))
    with pytest.raises(RefineError, match=message):
        Model.open(model)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("version", 1, r"model\.json: not a model of this version: version"),
        ("format", "other", "format"),
        ("refiner", "diffusion", "refiner"),
        ("settings", {"width": 100000}, "settings"),
        ("settings", {"depth": 1}, "settings"),
        ("surprise", 1, "surprise"),
        ("files", {}, "files: names none; expected recipe.yaml, stats.json, weights.pt"),
        ("files", {"stats.json": "0" * 64}, "names stats.json; expected"),
        ("files", dict.fromkeys(["recipe.yaml", "stats.json", "x/weights.pt"], "0" * 64), "names"),
    ],
)
def test_cards_of_something_else(model: Path, key: str, value: object, message: str) -> None:
    card = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(card | {key: value}))
    with pytest.raises(RefineError, match=message):
        Model.open(model)


def test_folders_that_are_no_model(model: Path, tmp_path: Path) -> None:
    with pytest.raises(RefineError, match="make one with `refine fit`"):
        Model.open(tmp_path / "nowhere")
    (model / "model.json").write_bytes(b"\x89PNG")
    with pytest.raises(RefineError, match=r"model\.json"):
        Model.open(model)


def test_stats_of_something_else(model: Path) -> None:
    for data in (b"{}", b"[1]", b"not json", b"null", b"[" * 100_000):
        replace(model, "stats.json", data)
        with pytest.raises(RefineError, match=r"stats\.json"):
            Model.open(model)

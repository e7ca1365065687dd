"""Training in bfloat16 and with TensorBoard; and devices that are not there."""

import copy
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_pictures import DiscRenders, disc_photographs
from test_training import assert_same, flat, tiny, trainer, two_and_two_steps

from refine import cli
from refine import fit as fitting
from refine.device import Device
from refine.frames import Renders
from refine.photographs import Photographs
from refine.run_folder import RunFolder

Data = tuple[Renders, Photographs]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("data")
    return DiscRenders(folder, 5), disc_photographs(folder / "photos", 10)


# ------------------------------------------------------------------------------ bfloat16


@pytest.mark.parametrize(("refiner", "kind"), [("bilateral", "lsgan"), ("resnet", "wgan-gp")])
def test_bfloat16_trains_float32_weights_and_resumes_exactly(
    refiner: str, kind: str, data: Data, tmp_path: Path
) -> None:
    weights = {"heads": 1.0, "outside": 1.0}
    settings = {"refiner": refiner, "cyclegan": {"adversarial": kind, "weights": weights}}
    recipe = tiny(training={"precision": "bfloat16"}, **settings)
    whole, first, second = (trainer(recipe, data) for _ in range(3))
    before = flat(copy.deepcopy(whole.average.state_dict()))
    mixed = [whole.take_step() for _ in range(4)]
    two_and_two_steps(first, second, tmp_path / "c.pt")
    assert_same(whole.state_dict(), second.state_dict())
    state = flat(whole.state_dict())
    tensors = [v for v in state.values() if torch.is_tensor(v) and v.is_floating_point()]
    assert {tensor.dtype for tensor in tensors} == {torch.float32}
    assert all(bool(tensor.isfinite().all()) for tensor in tensors)
    assert any(not torch.equal(before[k], state[f"/average{k}"]) for k in before)
    exact = trainer(tiny(**settings), data).take_step()
    assert mixed[0].keys() == exact.keys()
    assert mixed[0] != exact
    assert sum(mixed[0].values()) == pytest.approx(sum(exact.values()), rel=0.05)


# ------------------------------------------------------------------------------ TensorBoard


class Dies:
    """Loses its patience with a step, as a machine without power does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def begin(self, total: int, done: int) -> None: ...
    def remark(self, text: str) -> None: ...

    def step_ended(self, step: int, losses: Mapping[str, float], seconds: float) -> None:
        if step == self.step:
            raise OSError("no power")


def test_events_are_what_the_log_says_whatever_was_done_twice(data: Data, tmp_path: Path) -> None:
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
    )
    training = {"steps": 20, "evaluate_every": 5, "save_every": 8, "tensorboard": True}
    recipe, out = tiny(training=training), tmp_path / "model"
    for step in (3, 12):  # before the first checkpoint, and after what was logged since
        with pytest.raises(OSError, match="no power"):
            fitting.fit(*data, recipe, out, watcher=Dies(step))
    fitting.fit(*data, recipe, out)
    logged: dict[str, list[tuple[int, float]]] = {}
    for entry in RunFolder(out, {}).logged():
        for kind, name in (("losses", "losses"), ("held_out", "held out")):
            for key, value in entry.get(kind, {}).items():
                logged.setdefault(f"{name}/{key}", []).append((entry["step"], np.float32(value)))
    events = reader.EventAccumulator(str(out / "events"))
    events.Reload()
    found = {
        tag: [(event.step, np.float32(event.value)) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }
    assert found == logged
    assert [step for step, _ in found["losses/cycle"]] == [10, 20]
    assert [step for step, _ in found["held out/grain"]] == [0, 5, 10, 15, 20]


# ------------------------------------------------------------------------------ what is not there


def test_devices_that_are_not_there_are_told_in_a_line(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "gpu.yaml").write_text("name: gpu\ntraining: {device: cuda}\n")
    disc_photographs(tmp_path / "photos", 4)

    def told(recipe: str) -> str:
        options = ["--renders", made, "--photos", tmp_path / "photos", "--out", tmp_path / "model"]
        with pytest.raises(SystemExit) as end:
            cli.main(["fit", *map(str, options), "--recipe", recipe, "--quiet"])
        assert end.value.code == 2
        printed = capsys.readouterr().err
        assert printed.count("\n") == 1
        assert not (tmp_path / "model").exists()
        return printed

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "asks for a GPU" in told(str(tmp_path / "gpu.yaml"))
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "asks for a GPU" in told(str(tmp_path / "gpu.yaml"))
    monkeypatch.setitem(sys.modules, "accelerate", None)
    assert "pip install accelerate" in told("default")


def test_no_gpu_is_asked_for_gradients_that_it_does_not_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.are_deterministic_algorithms_enabled()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    try:
        torch.use_deterministic_algorithms(True)
        Device.open(tiny(training={"device": "cpu"}).training)
        assert torch.are_deterministic_algorithms_enabled()
        assert Device.open(tiny(training={"device": "auto"}).training).device.type == "cuda"
        assert not torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(before)

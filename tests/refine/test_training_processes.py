"""Training in two processes that torchrun began."""

import copy
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from made_up_pictures import DiscRenders, disc_photographs
from test_training import assert_same, tiny

from refine import fit as fitting
from refine.device import Device
from refine.photographs import Photographs
from refine.run_folder import RunFolder
from refine.training import Trainer
from scenegen.errors import RefineError

LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
ALONE = """
from refine.device import Device
from refine.recipe import Training
from scenegen.errors import RefineError
try:
    Device.open(Training())
except RefineError as error:
    print(error)
"""


def environment(**more: str) -> dict[str, str]:
    """Of a process that finds this checkout, and no GPU."""
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": paths, "CUDA_VISIBLE_DEVICES": "", **more}


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes fitted `whole`, and `broken`, which was broken off after step 3.

    The second meets losses that are no numbers in step 2, and is the one that is told to stop.
    """
    pytest.importorskip("accelerate", reason="needs accelerate")
    folder = tmp_path_factory.mktemp("fits")
    DiscRenders(folder, 5)
    disc_photographs(folder / "photos", 10)
    run = subprocess.run(
        [sys.executable, *LAUNCH, __file__, str(folder)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def seen_by(fits: Path, rank: int) -> dict[str, Any]:
    return torch.load(fits / f"{rank}.pt", weights_only=True)


def test_two_processes_end_with_the_same_weights(fits: Path) -> None:
    first, second = (seen_by(fits, rank)["whole"] for rank in (0, 1))
    assert not torch.equal(
        first["objective"].pop("refined_history.crops"),
        second["objective"].pop("refined_history.crops"),
    )
    for each in (first, second):
        each["objective"].pop("undone_history.crops")
    assert_same(first, second)
    moved = first["forth"]["state"][0]["exp_avg"]
    assert bool(moved.isfinite().all())
    assert bool(moved.abs().max() > 0)


def test_each_process_draws_batches_of_its_own(fits: Path) -> None:
    assert seen_by(fits, 0)["batches"] == [0, 2, 4, 6]
    assert seen_by(fits, 1)["batches"] == [1, 3, 5, 7]


def test_only_the_first_process_writes(fits: Path) -> None:
    assert seen_by(fits, 0)["written"] > 0
    assert seen_by(fits, 1)["written"] == 0
    steps = [entry["step"] for entry in RunFolder(fits / "whole", {}).logged()]
    assert steps == [0, 2, 4]


def test_two_processes_stop_together_and_continue_exactly(fits: Path) -> None:
    for rank in (0, 1):
        seen = seen_by(fits, rank)
        assert seen["stopped"] == 3
        assert_same(seen["whole"], seen["broken"])
    cards = [json.loads((fits / name / "model.json").read_text()) for name in ("whole", "broken")]
    assert cards[0] == cards[1]
    assert "begun by 2 processes, and now there are 1" in seen_by(fits, 0)["refused"]


def test_processes_that_nobody_launched() -> None:
    pytest.importorskip("accelerate", reason="needs accelerate")
    run = subprocess.run(
        [sys.executable, "-c", ALONE],
        env=environment(WORLD_SIZE="2"),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "launch them with torchrun" in run.stdout


# ------------------------------------------------------------------------------ in each process


class Watched(Trainer):
    """Remembers its last batches and weights; meets what it is told to meet in the second process."""

    stopped_in = 0  # a step; 0: none
    last: "Watched"

    def __init__(self, recipe: Any, stream: Any, device: Device, stats: Any) -> None:
        super().__init__(recipe, stream, device, stats)
        Watched.last, self.batches = self, list[int]()
        draw = stream.batch

        def batch(number: int) -> Any:
            self.batches.append(number)
            drawn = draw(number)
            if device.rank == 1 and self.step == 1:
                drawn.renders.pixels.fill_(torch.nan)
            return drawn

        stream.batch = batch

    def take_step(self) -> dict[str, float]:
        losses = super().take_step()
        if self.device.rank == 1 and self.step == self.stopped_in:
            os.kill(os.getpid(), signal.SIGINT)
        parts = {"objective": self.objective, "average": self.average, "forth": self.forth}
        self.weights = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
        return losses


def take_part(folder: Path) -> None:
    """What a process of the test above does; it leaves what it saw in a file named by its rank."""
    rank, written = int(os.environ["RANK"]), list[str]()

    def hear(event: str, arguments: Any) -> None:
        makes = event in ("os.mkdir", "os.rename", "os.remove") or (
            event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if makes and str(arguments[0]).startswith((str(folder / "whole"), str(folder / "broken"))):
            written.append(event)

    sys.addaudithook(hear)
    opened = RunFolder.open

    def late(*arguments: Any) -> RunFolder:
        time.sleep(0.0 if rank else 0.5)  # the second would be there before the first
        return opened(*arguments)

    RunFolder.open = late
    fitting.Trainer = Watched
    ours, theirs = DiscRenders(folder, 5), Photographs.open(folder / "photos")
    recipe, seen = tiny(training={"device": "auto"}), dict[str, Any]()
    fitting.fit(ours, theirs, recipe, folder / "whole")
    seen |= {"whole": Watched.last.weights, "batches": Watched.last.batches}
    Watched.stopped_in = 3
    try:
        fitting.fit(ours, theirs, recipe, folder / "broken")
    except KeyboardInterrupt:
        seen["stopped"] = Watched.last.step
    Watched.stopped_in = 0
    Watched.last.device = replace(Watched.last.device, processes=1)
    try:
        Watched.last.load_state_dict(RunFolder(folder / "broken", {}).saved() or {})
    except RefineError as error:
        seen["refused"] = str(error)
    fitting.fit(ours, theirs, recipe, folder / "broken")
    seen["broken"] = Watched.last.weights
    torch.save(seen | {"written": len(written)}, folder / f"{rank}.pt")


if __name__ == "__main__":
    take_part(Path(sys.argv[1]))

"""How fast scenegen is, from end to end and beside others: `python -m benchmarks.throughput`.

Everybody is measured once a round, in turn, so that a machine that slows down slows down all.
Results go to results.md and results.json.
"""

import argparse
import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import contenders, exchange, machine, ours
from benchmarks.contenders import DRAWING, PEERS, ROOT, CannotRun, Contender
from benchmarks.figures import OURS, Results, Series
from benchmarks.tables import markdown
from scenegen.dataset import Dataset
from scenegen.drawing import captioned, grid

SMALL, LARGE = "tabletop_640", "tabletop_960_stereo"
LONG_ROUNDS = 3
"""Rounds in which what takes long and is compared with nothing is measured."""


@dataclass
class Bench:
    """Measurements as they come in: `rates` by name and processes, everything else by name."""

    work: Path
    scenes: int
    workers: int
    peers: list[Contender]
    rates: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    stages: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    overlap: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def dataset(self) -> Path:
        """What is drawn again by others."""
        return self.work / SMALL / "1"

    @property
    def copies(self) -> list[int]:
        return sorted({1, self.workers})

    def round(self, number: int) -> None:
        """Everything once."""
        self._start()
        for copies in self.copies:
            self._end_to_end(SMALL, copies, self.scenes)
            self._others(number, copies)
        if number < LONG_ROUNDS:
            for copies in self.copies:
                self._end_to_end(LARGE, copies, max(self.scenes // 2, 1))
            self._physics()

    def _start(self) -> None:
        """The first frame, and how long a mistake takes."""
        say("start")
        run = self._generate(SMALL, "first", 1, 1)
        self.seconds["first frame"].append(run.first_frame_seconds)
        self.seconds["refusal"].append(ours.rejection_seconds())

    def _end_to_end(self, recipe: str, workers: int, scenes: int) -> None:
        """`scenes` of each worker, and one before to warm up."""
        say(f"scenegen, {recipe}, {workers} workers")
        run = self._generate(recipe, str(workers), workers * (scenes + 1), workers)
        name = OURS if recipe == SMALL else LARGE
        self.rates[name, workers].append(ours.steady_rate(run.out, workers))
        if workers == 1:
            first = self._generate(recipe, "first", 1, 1)
            for stage, ms in ours.stage_ms(run, first).items():
                self.stages[recipe, stage].append(ms)

    def _others(self, number: int, copies: int) -> None:
        """Our drawing alone, then the peers."""
        self._measure(DRAWING, self.dataset, copies)
        folder = self.work / "exchange"
        if self.peers and not folder.exists():
            exchange.write(self.dataset, 1, folder)
            self._look(folder)
        for peer in list(self.peers):
            if number < peer.rounds and (copies == 1 or not peer.wide):
                self._measure(peer, folder, copies)

    def _measure(self, contender: Contender, folder: Path, copies: int) -> None:
        say(f"{contender.name}, {copies} processes")
        try:
            rate = contenders.frames_per_second(contender, folder, copies)
        except CannotRun as error:
            self._skip(contender, str(error))
        else:
            self.rates[contender.name, copies].append(rate)

    def _skip(self, contender: Contender, reason: str) -> None:
        """A contender that failed once is out, with all it did."""
        say(f"{contender.name} is left out: {reason}")
        self.skipped[contender.name] = reason
        self.peers = [peer for peer in self.peers if peer is not contender]
        for key in [key for key in self.rates if key[0] == contender.name]:
            del self.rates[key]

    def _look(self, folder: Path) -> None:
        """Each peer's picture beside ours, and how well its masks agree with ours."""
        shot = exchange.last_pinholes(Dataset.open(self.dataset), 1)[0]
        pictures = [captioned(shot.rgb, OURS)]
        for peer in list(self.peers):
            try:
                found = contenders.picture(peer, folder)
            except CannotRun as error:
                self._skip(peer, str(error))
                continue
            pictures.append(captioned(found["rgb"].astype(np.uint8), peer.name))
            if "ids" in found:
                self.overlap[peer.name] = mean_iou(found["ids"], shot.ids)
                say(f"{peer.name}: mean IoU with our masks {self.overlap[peer.name]:.4f}")
        sheet = grid(pictures, min(2, len(pictures)))
        cv2.imwrite(str(self.work / "pictures.png"), sheet[..., ::-1])

    def _physics(self) -> None:
        say("physics of scenes/bin.yaml")
        recipe = ROOT / "scenes" / "bin.yaml"
        short, run = (
            ours.generate(recipe, self._fresh("bin", str(scenes)), scenes, 1)
            for scenes in (1, 1 + 2 * self.scenes)
        )
        spent = [made.summary["seconds_by_stage"]["physics"] for made in (short, run)]
        self.seconds["physics"].append((spent[1] - spent[0]) / (2 * self.scenes))

    def _generate(self, recipe: str, name: str, scenes: int, workers: int) -> ours.Run:
        path = ours.RECIPES / f"{recipe}.yaml"
        return ours.generate(path, self._fresh(recipe, name), scenes, workers)

    def _fresh(self, recipe: str, name: str) -> Path:
        """An empty place for a dataset."""
        out = self.work / recipe / name
        shutil.rmtree(out, ignore_errors=True)
        return out

    def results(self, resident: tuple[float, float] | None) -> Results:
        """Everything so far."""
        found = Results(machine.describe(), resident=resident, skipped=dict(self.skipped))
        for (name, copies), values in self.rates.items():
            series = Series(tuple(values))
            if name == LARGE:
                found.large[copies] = series
            else:
                found.rates.setdefault(name, {})[copies] = series
        for (recipe, stage), values in self.stages.items():
            found.stages.setdefault(recipe, {})[stage] = Series(tuple(values))
        found.seconds = {name: Series(tuple(values)) for name, values in self.seconds.items()}
        found.draws = {each.name: each.draws for each in (DRAWING, *PEERS)}
        found.overlap = dict(self.overlap)
        return found


def mean_iou(theirs: NDArray[np.generic], truth: NDArray[np.uint16]) -> float:
    """Mean over all objects that either sees of the overlap of their masks."""
    ids = set(np.unique(theirs).tolist()) | set(np.unique(truth).tolist())
    return float(
        np.mean(
            [
                np.sum((theirs == id) & (truth == id)) / np.sum((theirs == id) | (truth == id))
                for id in ids - {0}
            ]
        )
    )


def chosen(words: str) -> tuple[list[Contender], dict[str, str]]:
    """The peers that `here`, `all`, `none` or names stand for, and why some are left out."""
    names = {peer.name.lower(): peer for peer in PEERS}
    if words in ("here", "none"):
        return [peer for peer in PEERS if words == "here" and not peer.environment], {}
    if words == "all":
        wanted: Iterable[Contender] = PEERS
    else:
        unknown = [word for word in words.lower().split(",") if word not in names]
        if unknown:
            sys.exit(f"--peers {unknown[0]}: there is no such peer, there are: {', '.join(names)}")
        wanted = [names[word] for word in words.lower().split(",")]
    skipped = {peer.name: reason for peer in wanted if (reason := contenders.missing(peer))}
    return [peer for peer in wanted if peer.name not in skipped], skipped


def write(results: Results, out: Path) -> None:
    """results.md and results.json."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.md").write_text(markdown(results), encoding="utf-8")
    data = json.dumps(results.as_dict(), indent=2, ensure_ascii=False)
    (out / "results.json").write_text(data + "\n", encoding="utf-8")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenes", type=int, default=3, help="of each worker in a measurement")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--peers", default="here", help="here, all, none, or names")
    parser.add_argument("--memory", type=int, metavar="N", help="also memory at scene N and 10 N")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args(arguments)
    work = options.work.resolve()
    for stale in ("exchange", "memory"):
        shutil.rmtree(work / stale, ignore_errors=True)
    peers, skipped = chosen(options.peers)
    bench = Bench(work, options.scenes, options.workers, peers, skipped=skipped)
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        bench.round(number)
    resident = ours.resident_mib(work / "memory", options.memory) if options.memory else None
    results = bench.results(resident)
    write(results, options.out)
    print(markdown(results))


if __name__ == "__main__":
    try:
        main()
    except ours.Failed as failed:
        sys.exit(f"scenegen failed: {failed}")

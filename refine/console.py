"""What people see in a terminal: progress, and what was found."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from refine.apply import Applied
from refine.audit import Audit
from refine.gap import GapReport
from refine.gate.rehearsal import Rehearsed
from refine.model import Model

_SHOWN = 20
_NAMED = 5


def _plain(*, stderr: bool = False, quiet: bool = False, soft_wrap: bool = False) -> Console:
    """Prints what it is given as it is: a path may hold [brackets] or :colons:."""
    return Console(
        stderr=stderr,
        quiet=quiet,
        soft_wrap=soft_wrap,
        highlight=False,
        markup=False,
        emoji=False,
    )


class TrainingWatcher:
    """A progress bar on stderr: steps, the losses of the last one, time left."""

    def __init__(self, *, visible: bool) -> None:
        console = _plain(stderr=True, quiet=not visible)
        columns = (TextColumn("steps"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        told = TextColumn("{task.fields[losses]}")
        self._progress = Progress(*columns, told, console=console, disable=not visible)
        self._task = TaskID(0)

    def __enter__(self) -> "TrainingWatcher":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, total: int, done: int) -> None:
        self._task = self._progress.add_task("steps", total=total, completed=done, losses="")

    def step_ended(self, step: int, losses: Mapping[str, float], seconds: float) -> None:
        largest = sorted(losses.items(), key=lambda item: -abs(item[1]))[:3]
        told = "  ".join(f"{name} {value:.3f}" for name, value in largest)
        self._progress.update(self._task, completed=step, losses=told)

    def remark(self, text: str) -> None:
        self._progress.console.print(text, style="yellow")


def print_model(model: Model) -> None:
    """Say what was fitted to what, and where to look."""
    console = _plain(soft_wrap=True)
    card = model.card
    console.print(
        f"{model.folder}: {card.refiner}, {card.steps} steps, fitted to "
        f"{card.photographs.count} photographs and {card.renders.count} renders"
    )
    for remark in card.remarks:
        console.print(f"  {remark}", style="yellow")
    console.print(f"Open {model.folder / 'page' / 'index.html'}")


@contextmanager
def progress_bar(what: str, *, visible: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, once what it gives is called with how many are done, of how many."""
    console = _plain(stderr=True, quiet=not visible)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not visible) as bar:
        task = bar.add_task(what, total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def print_applied(done: Applied) -> None:
    """Say how many frames each refiner made, and why others were rejected."""
    console = _plain(soft_wrap=True)
    rate = done.frames / max(done.seconds, 1e-9)
    found = f", {done.scenes_found} scenes were there already" if done.scenes_found else ""
    console.print(
        f"{done.out}: {done.scenes_made} scenes, {done.frames} frames in {done.seconds:.1f} s "
        f"({rate:.2f} frames/s){found}"
    )
    for name, count in done.refiners.most_common():
        share = count / done.frames
        console.print(f"  {count:5d} by {name} ({share:.1%})")
    for name, count in done.rejected.most_common():
        console.print(f"  {count:5d} of {name} rejected by the gate", style="yellow")
    for reason in done.reasons:
        console.print(f"        {reason}")


def print_audit(found: Audit) -> None:
    """Say how many pictures were accepted, and why the first of the others were not."""
    console = _plain(soft_wrap=True)
    rejected = [picture for picture in found.pictures if not picture.verdict.accepted]
    for picture in rejected[:_SHOWN]:
        console.print(f"{picture.file}: {picture.verdict.reasons[0]}", style="red")
    if len(rejected) > _SHOWN:
        console.print(f"and {len(rejected) - _SHOWN} more")
    console.print(
        f"{found.accepted} of {len(found.pictures)} pictures accepted ({found.accepted_share:.1%}); "
        f"{len(found.missing)} renders have none"
    )
    if found.missing:
        console.print(f"  without a picture: {_listed(found.missing)}", style="yellow")


def print_gap(found: GapReport) -> None:
    """The verdict, a line a feature, and what the figures do not say."""
    console = _plain(soft_wrap=True)
    table = Table("feature", "distance before", "after", "gap closed", "95 %")
    for one in found.features:
        distances, closed = one.mmd, one.mmd.closed
        figures = (f"{d.value:.4f}" for d in (distances.raw, distances.refined))
        if closed is None:
            table.add_row(one.name, *figures, "none to close", "")
            continue
        share = closed.estimate
        interval = f"{share.low:.0%} to {share.high:.0%}"
        table.add_row(one.name, *figures, f"{share.value:.0%}", interval)
    console.print(table)
    for remark in found.remarks:
        console.print(f"  {remark}", style="yellow")
    console.print(found.verdict)


def print_rehearsal(found: Mapping[str, Rehearsed]) -> None:
    """A line a control: what should become of it, and how often that was so."""
    table = Table("control", "should be", "judged", "right")
    for name, one in found.items():
        right = f"{one.right_share:.1%}" if one.judged else ""
        table.add_row(name, "accepted" if one.honest else "rejected", str(one.judged), right)
    _plain().print(table)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")

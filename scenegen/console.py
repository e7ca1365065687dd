"""What people see in a terminal: progress while scenes are made, tables when they are done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from scenegen.summary import Summary
from scenegen.terminal import plain_console

if TYPE_CHECKING:  # the command that needs it loads it
    from scenegen.verify import Report


class TerminalWatcher:
    """A progress bar on stderr: scenes per second, rejections, time left."""

    def __init__(self, *, visible: bool) -> None:
        self._console = plain_console(stderr=True, quiet=not visible)
        self._progress = Progress(
            TextColumn("scenes"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}  {task.fields[rejected]} rejected"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=self._console,
            disable=not visible,
        )
        self._task = TaskID(0)
        self._rejected = self._made = 0

    def __enter__(self) -> "TerminalWatcher":
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
        self._task = self._progress.add_task(
            "scenes", total=total, completed=done, rate="", rejected=0
        )

    def scene_ended(self, made: bool, rejected: int) -> None:
        self._rejected += rejected
        self._made += made
        elapsed = self._progress.tasks[0].elapsed or 0.0 if self._progress.tasks else 0.0
        rate = f"{self._made / elapsed:.2f}/s" if elapsed else ""
        self._progress.update(self._task, advance=1, rate=rate, rejected=self._rejected)

    def remark(self, text: str) -> None:
        self._console.print(text, style="yellow")


@contextmanager
def progress_bar(what: str, *, visible: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, once what it gives is called with how many are done, of how many."""
    console = plain_console(stderr=True, quiet=not visible)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not visible) as bar:
        task = bar.add_task(what, total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def print_summary(summary: Summary) -> None:
    """Say what was made, what was rejected and where the time went."""
    console = plain_console()
    found = f", {summary.scenes_found} were there already" if summary.scenes_found else ""
    rate = summary.shots / max(summary.wall_seconds, 1e-9)
    console.print(
        f"{summary.scenes_made} scenes, {summary.shots} shots in {summary.wall_seconds:.1f} s "
        f"({rate:.2f} shots/s){found}"
    )
    if summary.rejections:
        console.print(f"{summary.rejection_rate:.0%} of attempts were rejected and tried again:")
        for reason, count in summary.rejections.most_common(5):
            console.print(f"  {count:4d} × {reason}")
    if summary.seconds:
        console.print(_stage_table(summary))
    if summary.failed:
        shown = ", ".join(map(str, sorted(summary.failed)[:10]))
        console.print(f"{len(summary.failed)} scenes failed ({shown}): see {summary.out}/failed/")
    if summary.contact_sheet:
        console.print(f"Open {summary.contact_sheet}")
        console.print(f"  or {summary.contact_sheet.with_name('index.html')}")


def _stage_table(summary: Summary) -> Table:
    table = Table("stage", "seconds", "share", "ms a shot", title="Where the time went")
    whole = sum(summary.seconds.values())
    for stage, seconds in sorted(summary.seconds.items(), key=lambda item: -item[1]):
        per_shot = 1000 * seconds / max(summary.shots, 1)
        table.add_row(stage, f"{seconds:.1f}", f"{seconds / whole:.0%}", f"{per_shot:.0f}")
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def print_verdict(report: "Report") -> None:
    """Say what `verify` found: a line a check, and the first findings."""
    console = plain_console(soft_wrap=True)
    table = Table("check", "findings", "compared", "differing", "on edges", "worst")
    table.columns[0].no_wrap = True
    for name, figure, count in report.rows():
        worst = f"{figure.worst:.3g} {figure.unit}" if figure.unit or figure.worst else ""
        numbers = (count, figure.compared, figure.differing, figure.excused)
        style = "red" if count else None
        table.add_row(name, *map(str, numbers), worst, style=style)
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)
    for finding in report.failures[:20]:
        console.print(f"{finding}", style="red")
    more = len(report.failures) - 20
    if more > 0:
        console.print(f"and {more} more")
    verdict = "nothing is wrong" if report.passed else f"{len(report.failures)} findings"
    console.print(
        f"{report.root}: {verdict}; {report.shots} shots of {report.scenes} scenes in "
        f"{report.seconds:.1f} s ({report.shots / max(report.seconds, 1e-9):.2f} shots/s)"
    )


def print_statistics(numbers: dict[str, Any]) -> None:
    """Print what `report.statistics` counted."""
    console = plain_console()
    console.print(
        f"{numbers['name']}: {numbers['scenes']} scenes, {numbers['shots']} shots, "
        f"{numbers['failed']} failed"
    )
    table = Table("category", "objects", "seen", "visible fraction", "median px", title="Targets")
    for row in numbers["categories"]:
        table.add_row(
            row["category"],
            str(row["objects"]),
            str(row["seen"]),
            f"{row['mean_visible_fraction']:.2f}",
            f"{row['median_px_visible']:.0f}",
        )
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)
    depth = numbers["depth_metres"]
    console.print(
        f"{numbers['targets_per_shot']:.1f} targets in sight a shot; depth {depth[0]:.2f} to "
        f"{depth[1]:.2f} m; {numbers['depth_overflow_px']} pixels beyond the depth range"
    )

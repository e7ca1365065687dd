"""The results as Markdown, for people."""

from collections.abc import Sequence

from benchmarks.figures import OURS, Rates, Results, Series, digits, fastest, ratio


def markdown(results: Results) -> str:
    """All tables there is something to say in."""
    parts = [
        "# Benchmarks",
        "Made by `make bench` or `make bench-peers`. A frame is one picture with its labels. Every "
        "figure is the median of all rounds with the smallest and the largest; ratios are taken "
        "round by round, in which everybody drew in turn.",
        _machine(results),
        _throughput(results),
        _peers(results),
        _stages(results),
        _targets(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(results: Results) -> str:
    return _table(("machine", ""), list(results.machine.items()))


def _throughput(results: Results) -> str:
    rows = [
        (size, str(workers), str(series))
        for size, rates in (
            ("640×480", results.rates.get(OURS, {})),
            ("960×540 stereo", results.large),
        )
        for workers, series in rates.items()
    ]
    head = (
        "## From end to end\n\nPhysics, drawing, labels, encoding and writing: 12 objects, ten "
        "views a scene, all default labels, anti-aliased color, shadows, image-based light.\n\n"
    )
    return head + _table(("pictures", "workers", "frames/s"), rows) if rows else ""


def _peers(results: Results) -> str:
    """Who drew the same scene how fast; ours includes everything, theirs drawing alone."""
    ours = results.rates.get(OURS, {})
    rows = [
        _peer(results, name, rates, ours)
        for name, rates in results.rates.items()
        if name != OURS and ours
    ]
    rows += [(name, reason, *[""] * 4) for name, reason in results.skipped.items()]
    if not rows:
        return ""
    head = (
        "## Beside others\n\nThe others draw one settled scene of ours at 640×480, again and "
        "again, and write nothing; × is how many times as many frames scenegen makes from end to "
        "end. The whole machine is the better of one process and one a core, on either side. "
        "Overlap is the mean IoU of their instance masks with ours.\n\n"
    )
    titles = ("who", "draws", "frames/s, one process", "×", "× whole machine", "overlap")
    return head + _table(titles, rows)


def _peer(results: Results, name: str, rates: Rates, ours: Rates) -> tuple[str, ...]:
    single = rates[1]
    overlap = results.overlap.get(name)
    return (
        name,
        results.draws.get(name, ""),
        str(single),
        str(ratio(ours[1], single)),
        str(ratio(fastest(ours), fastest(rates))),
        "" if overlap is None else f"{overlap:.3f}",
    )


def _stages(results: Results) -> str:
    if not results.stages:
        return ""
    names = list(dict.fromkeys(stage for table in results.stages.values() for stage in table))
    rows = [
        (stage, *[_cell(table.get(stage)) for table in results.stages.values()]) for stage in names
    ]
    head = (
        "## Where a frame's time goes\n\nMilliseconds a frame of one worker, its first scene left "
        "out. Stages that run beside each other are each counted in full.\n\n"
    )
    return head + _table(("stage", *results.stages), rows)


def _targets(results: Results) -> str:
    rows = [
        (
            target.name,
            target.wanted,
            str(measured) if len(measured.values) > 1 else digits(measured.median),
            "yes" if target.met(measured.median) else "**no**",
        )
        for target, measured in results.verdicts()
    ]
    head = "## Targets\n\n"
    return head + _table(("what", "wanted", "measured", "met"), rows) if rows else ""


def _cell(series: Series | None) -> str:
    return "" if series is None else str(series)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""When pixels that differ are a fault."""

import numpy as np

from scenegen.verify.case import ON_EDGES, Case, Flags, Index
from scenegen.verify.findings import Figure


def judge(
    case: Case,
    check: str,
    differing: Index,
    excused: Flags,
    explain: str,
    figure: Figure,
    most: float = 5 * ON_EDGES,
) -> None:
    """Fail where pixels differ off edges, or too many on them; `explain` is what it looks like."""
    left = differing[~excused]
    figure.differing, figure.excused = len(differing), int(excused.sum())
    case.measure(check, figure)
    limit = max(2.0, most * case.size)
    if not len(left) and len(differing) <= limit:
        return
    what = f"{len(differing)} of {case.size} pixels differ"
    if len(left):
        what += f", {len(left)} of them not within 0.01 px of an edge (first {case.at(left[0])})"
    else:
        what += f", all on edges, but at most {limit:.0f} may"
    worst = f", by up to {figure.worst:.4g} {figure.unit}" if figure.worst else ""
    case.fail(check, f"{what}{worst}{': ' if explain else ''}{explain}")


def marked(case: Case, index: Index) -> Flags:
    """(H·W,) true at some pixels."""
    flags = np.zeros(case.size, bool)
    flags[index] = True
    return flags

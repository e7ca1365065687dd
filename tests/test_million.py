"""The bookkeeping of very many scenes stays linear: benchmarks/million.py with few."""

from pathlib import Path

from benchmarks.million import figures

SIZES = [1000, 1050, 1150]
"""From so many shots on, the report looks at no more."""


def test_calls_grow_linearly_or_not_at_all(tmp_path: Path) -> None:
    """Mutants: `index in dataset` for every scene on resuming; a report that reads every scene;
    failures read to be counted; a listing for every scene."""
    found = {(one.step, one.scenes): one.calls for one in figures(tmp_path, SIZES)}
    steps = {step for step, _ in found}
    assert len(steps) == 5
    for step in steps:
        few, more, most = (found[step, size] for size in SIZES)
        a_scene = 2 if step.startswith("index") else 0
        assert abs(more - few - 50 * a_scene) <= 2, step  # the first report makes its folder
        assert most - more == 100 * a_scene, step
        assert most < 1500 + 1150 * a_scene, step

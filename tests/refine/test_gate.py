"""The gate on pictures whose verdict is known.

The rates of 640 × 480 pictures of four recipes are those of `refine.gate.limits`; these are the
same controls on twelve small pictures. Mutants of single measures: test_gate_measures.
"""

import numpy as np
import pytest

from refine.frames import Render
from refine.gate import Limits, controls, judge
from refine.gate.rehearsal import Rehearsed, rehearse

NAMED = ("shifted", "painted_over", "duplicated", "warped", "inverted", "seam", "stained", "noisy")
HARDER = ("half_shifted", "enlarged", "faded", "hallucinated", "displaced", "under_noise")


@pytest.fixture(scope="module")
def rehearsed(table_renders: list[Render]) -> dict[str, Rehearsed]:
    return rehearse(table_renders, seed=1)


@pytest.mark.parametrize("name", controls.HONEST)
def test_honest_changes_pass(name: str, rehearsed: dict[str, Rehearsed]) -> None:
    found = rehearsed[name]
    assert found.judged == 12
    assert found.right_share >= 0.99, found.wrong


@pytest.mark.parametrize("name", NAMED)
def test_damage_is_rejected(name: str, rehearsed: dict[str, Rehearsed]) -> None:
    found = rehearsed[name]
    assert found.judged >= 10
    assert found.right_share >= 0.9, found.wrong


@pytest.mark.parametrize("name", HARDER)
def test_slight_damage_is_mostly_rejected(name: str, rehearsed: dict[str, Rehearsed]) -> None:
    found = rehearsed[name]
    assert found.judged >= 8
    assert found.right_share >= 0.75, found.wrong


def test_a_rehearsal_depends_on_neither_order_nor_other_controls(
    table_renders: list[Render], rehearsed: dict[str, Rehearsed]
) -> None:
    some = {name: {**controls.HONEST, **controls.DAMAGE}[name] for name in ("warped", "noise")}
    again = rehearse(table_renders[::-1], seed=1, controls=some)
    for name in some:
        assert again[name].accepted == rehearsed[name].accepted
        assert dict(again[name].wrong) == dict(rehearsed[name].wrong)


def test_a_reason_says_what_where_how_much_and_how_much_is_allowed(
    table_renders: list[Render],
) -> None:
    render = table_renders[0]
    picture = controls.painted_over(render, np.random.default_rng(3))
    assert picture is not None
    verdict = judge(render.rgb, picture, render)
    assert not verdict.accepted
    said = "\n".join(verdict.reasons)
    assert "of its contrast left (limit 30%)" in said
    assert any(f"{render.categories[i]} (#{i})" in said for i in render.categories)


def test_the_limits_decide(table_renders: list[Render]) -> None:
    render = table_renders[0]
    picture = controls.seam(render, np.random.default_rng(0))
    strict, loose = (
        judge(render.rgb, picture, render, limits=Limits(seam_levels=x)) for x in (3, 9)
    )
    assert strict.measures == loose.measures
    assert 3 < strict.measures["seam_levels"] < 9
    assert not strict.accepted
    assert loose.accepted


def test_a_verdict_is_plain_data(table_renders: list[Render]) -> None:
    render = table_renders[0]
    verdict = judge(render.rgb, render.rgb, render)
    assert verdict.accepted
    data = verdict.as_dict()
    assert data["reasons"] == []
    assert all(type(value) is float and np.isfinite(value) for value in data["measures"].values())
    assert data["measures"]["drift_px"] == 0
    assert data["measures"]["recall"] == 1

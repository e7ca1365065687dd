"""Every draw lies in the support, and the whole support is used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from scenegen.distributions import (
    Choice,
    Count,
    Integers,
    LogUniform,
    Normal,
    Number,
    Uniform,
    Weighted,
    sample,
    support,
)

FINITE = st.floats(-1e6, 1e6)
POSITIVE = st.floats(1e-6, 1e6)
SEEDS = st.integers(0, 2**63)


def ends(values):
    return st.tuples(values, values).map(sorted).map(tuple)


DISTRIBUTIONS = st.one_of(
    ends(FINITE).map(lambda x: Uniform(uniform=x)),
    ends(POSITIVE).map(lambda x: LogUniform(log_uniform=x)),
    st.tuples(FINITE, POSITIVE).map(lambda x: Normal(normal=x)),
    ends(st.integers(-1000, 1000)).map(lambda x: Integers(integers=x)),
    st.lists(FINITE, min_size=1).map(lambda x: Choice[float](choice=tuple(x))),
    st.lists(st.tuples(FINITE, POSITIVE), min_size=1).map(
        lambda x: Weighted[float](weighted=tuple(x))
    ),
)


@given(DISTRIBUTIONS, SEEDS)
def test_draws_lie_in_the_support(distribution, seed):
    """Mutants: a normal without its cut; the low end of log_uniform taken as an exponent."""
    low, high = support(distribution)
    room = 1e-9 * max(abs(low), abs(high), 1.0)
    draw = sample(distribution, rng=np.random.default_rng(seed))
    assert low - room <= draw <= high + room


@given(DISTRIBUTIONS, SEEDS)
def test_equal_generators_give_equal_draws(distribution, seed):
    """Mutant: a generator of its own."""
    draws = [sample(distribution, rng=np.random.default_rng(seed)) for _ in range(2)]
    assert draws[0] == draws[1]


@given(ends(st.integers(-5, 5)), SEEDS)
def test_both_ends_of_integers_are_drawn(whole, seed):
    """Mutant: the high end left out."""
    rng = np.random.default_rng(seed)
    draws = {sample(Integers(integers=whole), rng=rng) for _ in range(400)}
    assert draws == set(range(whole[0], whole[1] + 1))


@pytest.mark.parametrize(
    ("distribution", "mean", "deviation"),
    [
        (Uniform(uniform=(2, 6)), 4, 4 / 12**0.5),
        (Normal(normal=(1, 0.5)), 1, 0.4933),
        (LogUniform(log_uniform=(1, np.e)), np.e - 1, 0.492),
        (Choice[float](choice=(0.0, 1.0)), 0.5, 0.5),
        (Weighted[float](weighted=((0.0, 1), (1.0, 3))), 0.75, 0.433),
    ],
)
def test_moments(distribution, mean, deviation):
    """Mutants: uniform in place of log_uniform; weights ignored; deviation taken for variance."""
    rng = np.random.default_rng(0)
    draws = [sample(distribution, rng=rng) for _ in range(20000)]
    assert np.mean(draws) == pytest.approx(mean, abs=0.02)
    assert np.std(draws) == pytest.approx(deviation, abs=0.02)


def test_members_of_a_tuple_are_drawn_one_by_one():
    """Mutant: one draw for all members."""
    vector = (Uniform(uniform=(0, 1)), 5.0, Uniform(uniform=(0, 1)))
    x, y, z = sample(vector, rng=np.random.default_rng(0))
    assert y == 5.0
    assert x != z


@pytest.mark.parametrize(
    "wrong",
    [
        {"uniform": [2, 1]},
        {"log_uniform": [0, 1]},
        {"normal": [0, -1]},
        {"choice": []},
        {"weighted": [[1, 0]]},
        {"uniform": [0, float("inf")]},
        {"uniform": [0, 1], "normal": [0, 1]},
        "1",
        True,
    ],
)
def test_nonsense_is_refused(wrong):
    """Mutants: silent swaps of ends; text or booleans read as numbers."""
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(wrong)


def test_count_takes_whole_numbers_only():
    """Mutant: 2.5 objects."""
    for wrong in (2.5, {"choice": [1, 2.5]}, {"uniform": [0, 3]}):
        with pytest.raises(ValidationError):
            TypeAdapter(Count).validate_python(wrong)

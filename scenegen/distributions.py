"""The vocabulary of chance: any value of a recipe may be one of these instead of a constant.

A distribution is a mapping with one key, named after its class: `scale: {uniform: [0.9, 1.1]}`.
To add one: write a frozen class with `sample(*, rng)` and `support()`, and list it in `Number`.
"""

from collections.abc import Mapping
from inspect import isclass
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeAlias, TypeVar

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

T = TypeVar("T")
D = TypeVar("D", bound="Distribution")
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class Distribution(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Uniform(Distribution):
    """Any number between two ends, all equally likely: `{uniform: [low, high]}`."""

    uniform: tuple[Finite, Finite]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return _check_ordered(self, self.uniform)

    def support(self) -> tuple[float, float]:
        return self.uniform

    def sample(self, *, rng: np.random.Generator) -> float:
        return float(rng.uniform(*self.uniform))


class LogUniform(Distribution):
    """Between two positive ends, every factor equally likely: `{log_uniform: [low, high]}`."""

    log_uniform: tuple[Finite, Finite]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.log_uniform[0] <= 0:
            raise ValueError("log_uniform needs ends above 0")
        return _check_ordered(self, self.log_uniform)

    def support(self) -> tuple[float, float]:
        return self.log_uniform

    def sample(self, *, rng: np.random.Generator) -> float:
        low, high = np.log(self.log_uniform)
        return float(np.exp(rng.uniform(low, high)))


class Normal(Distribution):
    """A bell curve cut off at three standard deviations: `{normal: [mean, standard deviation]}`."""

    normal: tuple[Finite, Finite]

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.normal[1] < 0:
            raise ValueError("the standard deviation of normal is negative")
        return self

    def support(self) -> tuple[float, float]:
        mean, deviation = self.normal
        return mean - 3 * deviation, mean + 3 * deviation

    def sample(self, *, rng: np.random.Generator) -> float:
        mean, deviation = self.normal
        while True:
            z = rng.standard_normal()
            if abs(z) <= 3:
                return float(mean + deviation * z)


class Integers(Distribution):
    """A whole number between two ends, both included: `{integers: [low, high]}`."""

    integers: tuple[Whole, Whole]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        return _check_ordered(self, self.integers)

    def support(self) -> tuple[float, float]:
        return self.integers

    def sample(self, *, rng: np.random.Generator) -> int:
        return int(rng.integers(self.integers[0], self.integers[1], endpoint=True))


class Choice(Distribution, Generic[T]):
    """One of a list, all equally likely: `{choice: [a, b, c]}`."""

    choice: tuple[T, ...] = Field(min_length=1)

    def support(self) -> tuple[float, float]:
        return _extent(self.choice)

    def sample(self, *, rng: np.random.Generator) -> T:
        return self.choice[int(rng.integers(len(self.choice)))]


class Weighted(Distribution, Generic[T]):
    """One of a list of [value, weight] pairs: `{weighted: [[a, 3], [b, 1]]}`."""

    weighted: tuple[tuple[T, Annotated[Finite, Field(ge=0)]], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not sum(weight for _, weight in self.weighted) > 0:
            raise ValueError("the weights add up to 0")
        return self

    def support(self) -> tuple[float, float]:
        return _extent([value for value, weight in self.weighted if weight > 0])

    def sample(self, *, rng: np.random.Generator) -> T:
        weights = np.array([weight for _, weight in self.weighted])
        return self.weighted[int(rng.choice(len(weights), p=weights / weights.sum()))][0]


def _check_ordered(value: D, ends: tuple[float, float]) -> D:
    if ends[0] > ends[1]:
        raise ValueError(f"the low end {ends[0]} is above the high end {ends[1]}")
    return value


def _extent(values: Any) -> tuple[float, float]:
    numbers = [float(value) for value in values]
    return min(numbers), max(numbers)


def _key(value: Any) -> str:
    """The member of a union by the only key of a mapping; anything else is a constant."""
    if isinstance(value, Mapping) and len(value) == 1:
        return str(next(iter(value)))
    if isinstance(value, Distribution):
        return next(iter(type(value).model_fields))
    return "constant"


def _known_key(value: Any) -> str:
    """The same where constants are mappings too: only the keys of distributions tell."""
    key = _key(value)
    return key if key in _KEYS else "constant"


_KEYS = ("uniform", "log_uniform", "normal", "integers", "choice", "weighted")
BY_KEY = Discriminator(_key)
BY_KNOWN_KEY = Discriminator(_known_key)

Number = Annotated[
    Annotated[Finite, Tag("constant")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[LogUniform, Tag("log_uniform")]
    | Annotated[Normal, Tag("normal")]
    | Annotated[Integers, Tag("integers")]
    | Annotated[Choice[Finite], Tag("choice")]
    | Annotated[Weighted[Finite], Tag("weighted")],
    BY_KEY,
]
"""A number or a distribution of numbers."""

Count = Annotated[
    Annotated[Whole, Tag("constant")]
    | Annotated[Integers, Tag("integers")]
    | Annotated[Choice[Whole], Tag("choice")]
    | Annotated[Weighted[Whole], Tag("weighted")],
    BY_KEY,
]
"""A whole number or a distribution of whole numbers."""


if TYPE_CHECKING:
    Either: TypeAlias = T | Choice[T] | Weighted[T]
else:

    class Either:
        """`Either[T]`: a T, or a choice among Ts. (Pydantic's models cannot stand in an alias.)"""

        def __class_getitem__(cls, item: Any) -> Any:
            return Annotated[
                Annotated[item, Tag("constant")]
                | Annotated[Choice[item], Tag("choice")]
                | Annotated[Weighted[item], Tag("weighted")],
                BY_KNOWN_KEY if isclass(item) and issubclass(item, BaseModel) else BY_KEY,
            ]


def support(value: Any) -> tuple[float, float]:
    """The smallest and largest number that a constant or distribution can give."""
    if isinstance(value, Distribution):
        return value.support()  # type: ignore[attr-defined]
    return float(value), float(value)


def within(low: float = -inf, high: float = inf, *, above: float = -inf) -> AfterValidator:
    """Require every possible value to lie in [low, high] and strictly above `above`."""

    def check(value: Any) -> Any:
        smallest, largest = support(value)
        if smallest < low or largest > high or smallest <= above:
            found = f"{smallest:g}" if smallest == largest else f"{smallest:g} to {largest:g}"
            raise ValueError(f"expected {_range_text(low, high, above)}, found {found}")
        return value

    return AfterValidator(check)


def _range_text(low: float, high: float, above: float) -> str:
    lower = f"a number above {above:g}" if above > -inf else f"a number from {low:g}"
    if low == -inf and above == -inf:
        return f"a number up to {high:g}"
    return lower + (f" to {high:g}" if high < inf else ("" if above > -inf else " up"))


def sample(value: Any, *, rng: np.random.Generator) -> Any:
    """Draw from a distribution; a constant stays as it is, a tuple is drawn member by member."""
    if isinstance(value, Distribution):
        return sample(value.sample(rng=rng), rng=rng)  # type: ignore[attr-defined]
    if isinstance(value, tuple):
        return tuple(sample(member, rng=rng) for member in value)
    return value

"""Mistakes in words that the person at the keyboard can use."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NOT_FINITE = "not a finite number"

Loc = tuple[int | str, ...]  # the keys and indices on the way to a value


@dataclass(frozen=True)
class Mistake:
    """What pydantic found wrong at one place of the document."""

    kind: str
    message: str
    context: Mapping[str, Any]
    found: Any
    path: Loc  # of the value, or of the mapping that lacks or does not know `key`
    key: int | str | None
    steps: tuple[tuple[int | str, bool], ...]  # `path`, and (name, True) for members of unions
    options: tuple[str, ...]  # the keys of the models that may stand here


_MAPPING = "a mapping (key: value)"
_KINDS = {
    "a whole number": "int_type int_parsing int_parsing_size int_from_float",
    "a number": "float_type float_parsing",
    "true or false": "bool_type bool_parsing",
    "text": "string_type string_sub_type",
    "a list": "list_type tuple_type set_type frozen_set_type iterable_type",
    _MAPPING: "model_type model_attributes_type dict_type mapping_type dataclass_type",
    "nothing": "none_required",
}
_WANTED = {kind: words for words, kinds in _KINDS.items() for kind in kinds.split()}
_LIMITS = {
    "greater_than": ("more than {}", "gt"),
    "greater_than_equal": ("at least {}", "ge"),
    "less_than": ("less than {}", "lt"),
    "less_than_equal": ("at most {}", "le"),
    "multiple_of": ("a multiple of {}", "multiple_of"),
    "too_short": ("at least {} items", "min_length"),
    "too_long": ("at most {} items", "max_length"),
    "string_too_short": ("at least {} characters", "min_length"),
    "string_too_long": ("at most {} characters", "max_length"),
    "string_pattern_mismatch": ("text of the form {}", "pattern"),
}


def words(mistake: Mistake) -> tuple[str, str]:
    """What is wrong, and what may have been meant."""
    kind, context = mistake.kind, mistake.context
    if kind == "extra_forbidden":
        near = closest(str(mistake.key), mistake.options)
        known = f"known keys: {listed(mistake.options)}" if mistake.options else ""
        return f"unknown key {short(mistake.key)}", did_you_mean(near) or known
    if kind == "missing" and isinstance(mistake.key, int):
        return f"expected at least {mistake.key + 1} items, {found_words(mistake.found)}", ""
    if kind == "missing":
        return f"missing key {short(mistake.key)}", ""
    if kind == "finite_number":
        return NOT_FINITE, ""
    if kind == "value_error":
        return mistake.message.removeprefix("Value error, "), ""
    if kind in _LIMITS:
        form, name = _LIMITS[kind]
        limit = context[name]
        expected = form.format(limit if isinstance(limit, str) else short(limit))
    else:
        expected = kind_wanted(mistake)
    found = found_words(mistake.found)
    if not expected:
        return f"{mistake.message[:1].lower()}{mistake.message[1:]}, {found}", ""
    near = (
        closest(str(mistake.found), quoted_in(expected)) if isinstance(mistake.found, str) else None
    )
    return f"expected {expected}, {found}", did_you_mean(near)


def kind_wanted(mistake: Mistake) -> str:
    """The kind of value that was wanted where another kind was found; '' for other mistakes."""
    if mistake.kind in ("literal_error", "enum", "unfit"):
        return str(mistake.context["expected"])
    if mistake.kind.startswith("union_tag") and not isinstance(mistake.found, dict):
        return _MAPPING
    return _WANTED.get(mistake.kind, "")


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was probably meant to be, whatever its case."""
    by_lower = {option.lower(): option for option in options}
    match = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[match[0]] if match else None


def found_words(value: Any) -> str:
    """`value` as the end of a sentence."""
    if value is None:
        return "found nothing"
    if isinstance(value, dict):
        return f"found a mapping with {listed(value)}" if value else "found an empty mapping"
    if isinstance(value, list):
        return f"found a list of {len(value)}"
    return f"found {short(value)}"


def short(value: Any) -> str:
    """`value` as YAML could have it, in at most 60 characters."""
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.15g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def listed(words: Iterable[Any]) -> str:
    quoted = list(dict.fromkeys(short(str(word)) for word in words))
    return ", ".join(quoted[:20]) + (", …" if len(quoted) > 20 else "")


def did_you_mean(word: str | None) -> str:
    return f"did you mean {word!r}?" if word else ""


def either(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def quoted_in(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)

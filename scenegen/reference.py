"""docs/recipes.md, written from the schema: run `python -m scenegen.reference docs/recipes.md`."""

import inspect
import sys
import types
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from scenegen import distributions
from scenegen.recipe import Recipe

HEAD = """# What a recipe may say

A recipe is one YAML mapping. This page is generated from the schema (`make docs`); a test keeps
it current. Numbers are SI (metres, seconds, kilograms) unless the name ends in a unit. Unknown
keys are errors. Paths are looked up relative to the recipe, then in every `--assets` folder, and
may not leave them.

## Chance

Wherever a type below says *number*, *count* or *choice of*, a constant or one of these will do:

| written as | meaning |
|---|---|
"""

DISTRIBUTIONS = (
    distributions.Uniform,
    distributions.LogUniform,
    distributions.Normal,
    distributions.Integers,
    distributions.Choice,
    distributions.Weighted,
)


def markdown() -> str:
    """The whole reference."""
    lines = [HEAD.rstrip("\n")]
    for kind in DISTRIBUTIONS:
        meaning, _, form = _first_sentence(kind).rstrip(".").partition(": `")
        lines.append(f"| `{form} | {meaning} |")
    for model in _sections(Recipe):
        lines += ["", *_section(model)]
    return "\n".join(lines) + "\n"


def _sections(root: type[BaseModel]) -> list[type[BaseModel]]:
    """The models reachable from the root, in the order in which fields name them."""
    found = [root]
    for model in found:
        for info in model.model_fields.values():
            for child in map(_unwrapped, _models_in(info.annotation)):
                if child not in found and not issubclass(child, distributions.Distribution):
                    found.append(child)
    return found


def _unwrapped(model: type[BaseModel]) -> type[BaseModel]:
    """What a mapping with one key holds: readers want `{sun: …}` explained under Sun."""
    key = _only_key(model)
    return _models_in(model.model_fields[key].annotation)[0] if key else model


def _only_key(model: type[BaseModel]) -> str:
    fields = model.model_fields
    wraps = len(fields) == 1 and all(
        inspect.isclass(info.annotation) and issubclass(info.annotation, BaseModel)
        for info in fields.values()
    )
    return next(iter(fields)) if wraps else ""


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]


def _section(model: type[BaseModel]) -> list[str]:
    title = "The recipe" if model is Recipe else _title(model)
    lines = [f"## {title}", "", _doc(model), ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, info in model.model_fields.items():
        meaning = (info.description or "").replace("|", "\\|")
        lines.append(f"| `{name}` | {_field_type(info)} | {_default(info)} | {meaning} |")
    return lines


def _title(model: type[BaseModel]) -> str:
    return model.__name__.removesuffix("Section")


def _doc(model: type[BaseModel]) -> str:
    inherited = any(model.__doc__ is base.__doc__ for base in model.__mro__[1:])
    return "" if inherited else inspect.cleandoc(model.__doc__ or "")


def _first_sentence(model: type[BaseModel]) -> str:
    return _doc(model).split("\n\n")[0].replace("\n", " ")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return "–"
    if isinstance(value, BaseModel):
        return "its defaults"
    text = str(list(value) if isinstance(value, tuple) else value).replace("'", "")
    return f"`{'true' if value is True else 'false' if value is False else text}`" if text else "–"


def _field_type(info: FieldInfo) -> str:
    annotation: Any = info.annotation
    for meta in info.metadata:
        annotation = typing.Annotated[annotation, meta]
    return _type(annotation)


def _type(annotation: Any) -> str:
    """A type in a recipe writer's words."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        marks = annotation.__metadata__
        if distributions.BY_KEY in marks or distributions.BY_KNOWN_KEY in marks:
            return _chance(arguments[0])
        return _type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        names = [_type(part) for part in arguments if part is not type(None)]
        return " or ".join(dict.fromkeys(names))
    if origin is typing.Literal:
        return " \\| ".join(f"`{str(value).replace('True', 'true')}`" for value in arguments)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return f"list of {_type(arguments[0])}"
        return "[" + ", ".join(_type(part) for part in arguments) + "]"
    if origin is dict:
        return f"mapping of {_type(arguments[0])} to {_type(arguments[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        key, title = _only_key(annotation), _title(_unwrapped(annotation))
        link = f"[{title}](#{title.lower()})"
        return f"`{key}:` {link}" if key else link
    return {float: "constant number", int: "whole number", str: "text", bool: "true \\| false"}.get(
        annotation, str(annotation)
    )


def _chance(union: Any) -> str:
    constant = typing.get_args(union)[0]
    inner = _type(constant)
    plain = {"constant number": "number", "whole number": "count"}
    return plain.get(inner, f"choice of {inner}")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(markdown(), encoding="utf-8")

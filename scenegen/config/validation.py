"""What pydantic finds wrong with a document, told once at the place where it was written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from scenegen.config.document import Document, Node, deepest, read
from scenegen.config.messages import Loc, Mistake, either, kind_wanted, listed, quoted_in, words
from scenegen.config.text import tidy
from scenegen.errors import Problem, RecipeError

M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """The file as a `model`; RecipeError with all its mistakes, sorted by line, otherwise."""
    return validate(read(path), model)


def validate(document: Document, model: type[M]) -> M:
    """The document as a `model`; RecipeError with all its mistakes, sorted by line, otherwise."""
    problems = list(document.problems)
    try:
        value = model.model_validate(document.data)
    except ValidationError as error:
        known = {(problem.line, problem.column) for problem in problems}
        found = problems_of(error, document, model)
        problems += [problem for problem in found if (problem.line, problem.column) not in known]
    if problems:
        raise RecipeError(tidy(problems))
    return value


def problems_of(
    error: ValidationError, document: Document, model: type[BaseModel]
) -> list[Problem]:
    """One problem for each mistake that validation found; a failed union counts as one mistake."""
    details = [detail for detail in error.errors(include_url=False) if not _follows(detail)]
    mistakes = [_mistake(detail, document.root, model) for detail in details]
    return [_problem(mistake, document) for mistake in _one_branch(mistakes)]


def _follows(detail: ErrorDetails) -> bool:
    """Whether a list is called too short only because some of its items are wrong themselves."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problem(mistake: Mistake, document: Document) -> Problem:
    mistake = _plainly(mistake)
    message, hint = words(mistake)
    if mistake.key is None:
        return document.problem(mistake.path, message, hint)
    return document.problem((*mistake.path, mistake.key), message, hint, at_key=True)


def _mistake(detail: ErrorDetails, root: Node, model: type[BaseModel]) -> Mistake:
    kind, loc = detail["type"], detail["loc"]
    at_key = kind == "extra_forbidden" or loc[-1:] == ("[key]",)
    key: int | str | None = None
    if loc[-1:] == ("[key]",):
        loc = loc[:-1]
    if kind == "missing":
        loc, key = loc[:-1], loc[-1]
    known = _parts_in_document(root, loc, detail["input"])
    steps = [(part, index not in known) for index, part in enumerate(loc)]
    if at_key:
        key, _ = steps.pop()
    path = tuple(part for part, member in steps if not member)
    found = deepest(root, path).value if kind == "extra_forbidden" else detail["input"]
    context = detail.get("ctx", {})
    options = tuple(_keys_at(model, steps))
    return Mistake(kind, detail["msg"], context, found, path, key, tuple(steps), options)


def _parts_in_document(root: Node, loc: Loc, found: Any) -> tuple[int, ...]:
    """Which parts of `loc` are keys in the document; the others name members of unions.

    A member may be named like a key; the right reading is the one that ends at `found`.
    """
    readings: dict[Loc, tuple[tuple[int, ...], Node]] = {(): ((), root)}
    for index, part in enumerate(loc):
        for path, (known, node) in list(readings.items()):
            if part in node.children:
                readings[(*path, part)] = ((*known, index), node.children[part])
    known, _ = max(
        readings.values(), key=lambda item: (item[1].value is found, len(item[0]), item[0])
    )
    return known


def _keys_at(model: type[BaseModel], steps: Iterable[tuple[int | str, bool]]) -> Iterator[str]:
    """The keys of every model that the types allow at the end of `steps`."""
    types: list[tuple[str, Any]] = [("", model)]
    for part, member in steps:
        if member:
            types = [named for named in types if _is_called(*named, part)] or types
        else:
            types = [inside for _, kind in types for inside in _types_inside(kind, part)]
    for _, kind in types:
        yield from (info.alias or name for name, info in _fields(kind).items())


def _is_called(name: str, kind: Any, part: int | str) -> bool:
    """Whether pydantic calls this member of a union `part`: by class, tag or literal value."""
    return part == name or any(part in get_args(info.annotation) for info in _fields(kind).values())


def _fields(kind: Any) -> Mapping[str, FieldInfo]:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    kind.model_rebuild(raise_errors=False)  # fields named before their types existed
    return kind.model_fields


def _types_inside(kind: Any, part: int | str) -> Iterator[tuple[str, Any]]:
    for name, info in _fields(kind).items():
        if part == (info.alias or name):
            yield from _members(info.annotation)
    for argument in get_args(kind):
        yield from _members(argument)


def _members(annotation: Any) -> Iterator[tuple[str, Any]]:
    """The types that a union is made of, each with its name or tag; another type is its own."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        tag = next((mark.tag for mark in metadata if isinstance(mark, Tag)), "")
        yield from ((tag or name, kind) for name, kind in _members(inner))
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield getattr(annotation, "__name__", ""), annotation


# ---------------------------------------------------------------------------- unions


def _one_branch(mistakes: Sequence[Mistake], depth: int = 0) -> list[Mistake]:
    """The mistakes that remain when each union speaks for the member that was probably meant."""
    remaining = [mistake for mistake in mistakes if len(mistake.steps) == depth]
    groups: dict[tuple[int | str, bool], list[Mistake]] = {}
    for mistake in mistakes:
        if len(mistake.steps) > depth:
            groups.setdefault(mistake.steps[depth], []).append(mistake)
    branches = []
    for (_, member), group in groups.items():
        if member:
            branches.append(_one_branch(group, depth + 1))
        else:
            remaining += _one_branch(group, depth + 1)
    return remaining + _meant(branches)


def _meant(branches: Sequence[list[Mistake]]) -> list[Mistake]:
    """The mistakes of the member that fits best, or one mistake that speaks for several."""
    if not branches:
        return []
    point = min((mistake.path for branch in branches for mistake in branch), key=len)
    shallow = [[mistake for mistake in branch if mistake.path == point] for branch in branches]
    misfits = [_misfit(branch) for branch in shallow]
    best = [index for index, misfit in enumerate(misfits) if misfit == min(misfits)]
    if len(best) == 1 or min(misfits) == (0, 0):
        return branches[best[0]]
    return [_joined([shallow[index] for index in best])]


def _misfit(mistakes: Sequence[Mistake]) -> tuple[int, int]:
    """How far a value is from a type: whether it is of another kind; how many keys are wrong."""
    other_kind = any(kind_wanted(mistake) for mistake in mistakes)
    keys = sum(isinstance(mistake.key, str) for mistake in mistakes)
    tags = sum(mistake.kind == "union_tag_invalid" for mistake in mistakes)
    return int(other_kind), keys + 2 * tags


def _joined(branches: Sequence[Sequence[Mistake]]) -> Mistake:
    """One mistake for a value that fits no member of a union better than another."""
    mistakes = [mistake for branch in branches for mistake in branch]
    options = tuple(dict.fromkeys(key for mistake in mistakes for key in mistake.options))
    first = replace(mistakes[0], options=options)
    unknown = [[_unknown_key(mistake) for mistake in branch] for branch in branches]
    common = [key for key in unknown[0] if key is not None and all(key in u for u in unknown)]
    if common:
        return replace(first, kind="extra_forbidden", key=common[0])
    keys = [mistake.key for mistake in mistakes if mistake.key is not None]
    if keys:
        return _unfit(first, f"exactly one of the keys {listed(keys)}")
    return _unfit(first, either(kind_wanted(mistake) for mistake in mistakes))


def _unknown_key(mistake: Mistake) -> int | str | None:
    if mistake.kind == "union_tag_invalid":
        known = any(key in mistake.options for key in mistake.found)
        tag = mistake.context["tag"] if known else next(iter(mistake.found), None)
        return tag if tag in mistake.found else None
    return mistake.key if mistake.kind == "extra_forbidden" else None


def _unfit(mistake: Mistake, expected: str) -> Mistake:
    return replace(mistake, kind="unfit", key=None, context={"expected": expected})


def _plainly(mistake: Mistake) -> Mistake:
    """A tag that no member of a union has, told as an unknown key or a wrong value instead."""
    if mistake.kind not in ("union_tag_invalid", "union_tag_not_found"):
        return mistake
    if expected := kind_wanted(mistake):
        return _unfit(mistake, expected)
    tags = quoted_in(mistake.context.get("expected_tags", ""))
    tag_key = mistake.context["discriminator"].strip("'")
    if tag_key in mistake.found:
        path, found = (*mistake.path, tag_key), mistake.found[tag_key]
        return _unfit(replace(mistake, path=path, found=found), either(map(repr, tags)))
    if mistake.kind == "union_tag_not_found":
        return replace(mistake, kind="missing", key=tag_key)
    keys = tuple(tag for tag in tags if tag in mistake.options)
    if (key := _unknown_key(mistake)) is not None:
        return replace(mistake, kind="extra_forbidden", key=key, options=keys)
    return _unfit(mistake, f"exactly one of the keys {listed(keys)}")

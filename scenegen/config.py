"""A YAML file becomes a pydantic model, or a list of everything wrong with it at file:line:column.

    recipe = load(path, Recipe)                # read and validate in one go
    document = read(path)                      # the same in two steps: `document` knows where
    recipe = validate(document, Recipe)        # everything stands, for complaints of later stages
    raise RecipeError([document.problem(("objects", 0, "pick"), "no asset 'mgu'")])

The YAML is version 1.2: only true and false are booleans, 010 is ten, 1e-3 is a number; 12:30,
1_000, dates, yes, no, on and off are text. Keys are always text. Aliases and `<<` work.
"""

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from scenegen.errors import Problem, RecipeError

MAX_BYTES = 1_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 50
NOT_FINITE = "not a finite number"

M = TypeVar("M", bound=BaseModel)
Loc = tuple[int | str, ...]
Mark = tuple[int, int]  # line and column, from 1


def load(path: Path, model: type[M]) -> M:
    """The file as a `model`; RecipeError with all its mistakes, sorted by line, otherwise."""
    return validate(read(path), model)


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was probably meant to be, whatever its case."""
    by_lower = {option.lower(): option for option in options}
    match = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[match[0]] if match else None


def _found(value: Any) -> str:
    """`value` as the end of a sentence."""
    if value is None:
        return "found nothing"
    if isinstance(value, dict):
        return f"found a mapping with {_listed(value)}" if value else "found an empty mapping"
    if isinstance(value, list):
        return f"found a list of {len(value)}"
    return f"found {_short(value)}"


def _short(value: Any) -> str:
    """`value` as YAML could have it, in at most 60 characters."""
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:.15g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _listed(words: Iterable[Any]) -> str:
    quoted = list(dict.fromkeys(_short(str(word)) for word in words))
    return ", ".join(quoted[:20]) + (", …" if len(quoted) > 20 else "")


def _did_you_mean(word: str | None) -> str:
    return f"did you mean {word!r}?" if word else ""


def _tidy(problems: Iterable[Problem]) -> list[Problem]:
    """The same without repetition, in the order of the file."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))


# ---------------------------------------------------------------------------- the document


@dataclass(frozen=True)
class _Source:
    """The lines of a file, to point into."""

    path: str
    lines: Sequence[str] = ()

    def problem(self, line: int, column: int, message: str, hint: str = "") -> Problem:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        shown = text.replace("\t", " ") if len(text) <= 300 else ""
        return Problem(self.path, line, column, message, shown, hint)


@dataclass(frozen=True, slots=True)
class _Node:
    """A value, where it stands (counted from 1), and the nodes inside it."""

    value: Any
    line: int
    column: int
    children: Mapping[int | str, "_Node"] = field(default_factory=dict)
    keys: Mapping[str, Mark] = field(default_factory=dict)
    size: int = 1
    height: int = 1


def _deepest(node: _Node, loc: Loc) -> _Node:
    """The node at `loc`, or the last one on the way there."""
    for part in loc:
        if part not in node.children:
            break
        node = node.children[part]
    return node


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, with the position of every key and value."""

    path: Path
    source: _Source
    root: _Node
    problems: tuple[Problem, ...]
    """What is wrong with the YAML itself but leaves the rest readable; `validate` raises it."""

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.root.value
        return data

    def locate(self, loc: Loc, *, at_key: bool = False) -> Mark:
        """Line and column of the value at `loc`, or of its key; of what encloses it if absent."""
        if at_key:
            above = _deepest(self.root, loc[:-1])
            return above.keys.get(str(loc[-1]), (above.line, above.column))
        node = _deepest(self.root, loc)
        return node.line, node.column

    def problem(self, loc: Loc, message: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """A complaint about the value (or the key) at `loc`."""
        return self.source.problem(*self.locate(loc, at_key=at_key), message, hint)


# ---------------------------------------------------------------------------- reading YAML


def read(path: Path) -> Document:
    """The file as plain data with positions; RecipeError if it is no readable YAML mapping."""
    text = _text(path)
    source = _Source(str(path), _LINE_BREAK.split(text))
    _check_characters(source, text)
    reader = _Reader(source, text)
    try:
        root = reader.document()
    except yaml.YAMLError as error:
        reader.fail(*_syntax(error))
    return Document(path, source, root, tuple(reader.problems))


_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_TAB_INDENT = re.compile(r"^ *(\t)", re.MULTILINE)


def _text(path: Path) -> str:
    raw = _bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8: save the file as UTF-8 text"
        line, column = _position(before, len(before))
    raise RecipeError([Problem(str(path), line, column, message)])


def _check_characters(source: _Source, text: str) -> None:
    """RecipeError at the first character that cannot be seen and the first tab that indents."""
    problems = []
    if bad := _UNPRINTABLE.search(text):
        message = f"character U+{ord(bad[0]):04X} is not allowed: it cannot be seen"
        problems.append(source.problem(*_position(text, bad.start()), message))
    if tab := _TAB_INDENT.search(text):
        message = "a tab is used to indent: use spaces"
        problems.append(source.problem(*_position(text, tab.start(1)), message))
    if problems:
        raise RecipeError(_tidy(problems))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
            size = max(len(raw), path.stat().st_size)
    except FileNotFoundError:
        near = closest(path.name, sorted(other.name for other in path.parent.glob("*.y*ml")))
        message, hint = "there is no such file", _did_you_mean(near)
    except IsADirectoryError:
        message, hint = "this is a folder, not a file", ""
    except OSError as error:
        message, hint = f"cannot be read: {error.strerror}", ""
    else:
        if len(raw) <= MAX_BYTES:
            return raw
        limit = f"the limit is {MAX_BYTES / 1e6:g} MB"
        message, hint = f"too big for a recipe: {size:,} bytes, {limit}", ""
    raise RecipeError([Problem(str(path), 0, 1, message, "", hint)])


def _position(text: str, index: int) -> Mark:
    lines = _LINE_BREAK.split(text[:index])
    return len(lines), len(lines[-1]) + 1


_SYNTAX_HINTS = {
    "mapping values are not allowed": "is this line indented like the one above it? "
    "Text with a ': ' in it needs quotes",
    "did not find expected key": "is this line indented like the other keys?",
    "cannot start any token": "text that begins with a special character needs quotes",
}


def _syntax(error: yaml.YAMLError) -> tuple[Mark, str, str]:
    """Where the YAML stops making sense, and why."""
    context, problem = getattr(error, "context", None), getattr(error, "problem", None)
    mark = getattr(error, "problem_mark", None)
    message = f"this is not YAML: {problem or error}" + (f" ({context})" if context else "")
    hint = next((hint for part, hint in _SYNTAX_HINTS.items() if part in message), "")
    return (mark.line + 1, mark.column + 1) if mark else (0, 1), message, hint


_PLAIN: tuple[tuple[re.Pattern[str], Any], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]{1,100}"), int),
    (re.compile(r"0o[0-7]{1,100}"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]{1,100}"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.?(inf|infinity|nan)", re.IGNORECASE), lambda text: float("nan")),
)


class _Reader:
    """Turns the parser's events into nodes; no text makes it slow, big or deep."""

    def __init__(self, source: _Source, text: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._anchors: dict[str, _Node | None] = {}  # None: still being read
        self._values = 0

    def fail(self, at: Mark, message: str, hint: str = "") -> NoReturn:
        """Give up reading."""
        self._complain(at, message, hint)
        raise RecipeError(_tidy(self.problems))

    def _complain(self, at: Mark, message: str, hint: str = "") -> None:
        self.problems.append(self.source.problem(*at, message, hint))

    def document(self) -> _Node:
        """The mapping that is the whole file."""
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self.fail((0, 1), "the file is empty")
        root = self._node(next(self._events), depth=1)
        next(self._events)  # the end of the document
        if isinstance(event := next(self._events), yaml.DocumentStartEvent):
            self.fail(_mark(event), "a second document begins here; a file holds one")
        if not isinstance(root.value, dict):
            self.fail(
                (root.line, root.column), f"expected a mapping (key: value), {_found(root.value)}"
            )
        return root

    def _node(self, event: Any, depth: int) -> _Node:
        """The node that begins with `event`; the events up to its end are used up."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._count(event, 1)
        if depth > MAX_DEPTH:
            self.fail(_mark(event), f"nested more than {MAX_DEPTH} deep")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._complain(_mark(event), f"tags such as {_short(tag)} are not allowed")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._scalar(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _count(self, event: Any, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            self.fail(
                _mark(event), f"more than {MAX_VALUES:,} values, counting every use of an alias"
            )

    def _alias(self, event: Any, depth: int) -> _Node:
        """What the anchor named, standing where the alias stands."""
        if event.anchor not in self._anchors:
            near = closest(event.anchor, self._anchors)
            self.fail(_mark(event), f"no anchor {_short(event.anchor)} above", _did_you_mean(near))
        node = self._anchors[event.anchor]
        if node is None:
            self.fail(_mark(event), f"the value of {_short(event.anchor)} contains itself")
        self._count(event, node.size)
        if depth + node.height - 1 > MAX_DEPTH:
            self.fail(_mark(event), f"nested more than {MAX_DEPTH} deep")
        line, column = _mark(event)
        return replace(node, line=line, column=column)

    def _scalar(self, event: Any) -> _Node:
        value = event.value if event.style else _plain(event.value)
        if isinstance(value, float) and not math.isfinite(value):
            self._complain(_mark(event), NOT_FINITE, "text is written in quotes")
        self._check_printable(event)
        return _Node(value, *_mark(event))

    def _check_printable(self, event: Any) -> None:
        if bad := _UNPRINTABLE.search(event.value):
            self._complain(_mark(event), f"character U+{ord(bad[0]):04X} is not allowed")

    def _sequence(self, start: Any, depth: int) -> _Node:
        nodes = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return _inner([node.value for node in nodes], start, dict(enumerate(nodes)))

    def _mapping(self, start: Any, depth: int) -> _Node:
        children: dict[int | str, _Node] = {}
        keys: dict[str, Mark] = {}
        merged: list[_Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, depth)
            value = self._node(next(self._events), depth + 1)
            if key is None:
                continue
            if key in keys:
                first = keys[key][0]
                self._complain(_mark(event), f"key {_short(key)} is already on line {first}")
            elif key == "<<" and not event.style:
                merged += self._merged(value)
            else:
                children[key] = value
            keys.setdefault(key, _mark(event))
        for other in merged:
            for name, mark in other.keys.items():
                children.setdefault(name, other.children[name])
                keys.setdefault(name, mark)
        plain = {key: child.value for key, child in children.items()}
        return _inner(plain, start, children, keys)

    def _key(self, event: Any, depth: int) -> str | None:
        """A key as it is written."""
        if isinstance(event, yaml.ScalarEvent) and not (event.tag or event.anchor):
            self._check_printable(event)
            return str(event.value)
        self._complain(_mark(event), "a key must be plain text")
        self._node(event, depth + 1)
        return None

    def _merged(self, node: _Node) -> list[_Node]:
        """The mappings that `<<` names, the ones that win first."""
        nodes = list(node.children.values()) if isinstance(node.value, list) else [node]
        if not all(isinstance(other.value, dict) for other in nodes):
            self._complain((node.line, node.column), "`<<` needs a mapping or a list of mappings")
            return []
        return nodes


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _plain(text: str) -> Any:
    """What text without quotes stands for, by the core schema of YAML 1.2."""
    return next((read(text) for form, read in _PLAIN if form.fullmatch(text)), text)


def _inner(
    value: Any,
    start: Any,
    children: Mapping[int | str, _Node],
    keys: Mapping[str, Mark] | None = None,
) -> _Node:
    size = 1 + sum(child.size for child in children.values())
    height = 1 + max((child.height for child in children.values()), default=0)
    return _Node(value, *_mark(start), children, keys or {}, size, height)


# ---------------------------------------------------------------------------- validating


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
        raise RecipeError(_tidy(problems))
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


@dataclass(frozen=True)
class _Mistake:
    """What pydantic found wrong at one place of the document."""

    kind: str
    message: str
    context: Mapping[str, Any]
    found: Any
    path: Loc  # of the value, or of the mapping that lacks or does not know `key`
    key: int | str | None
    steps: tuple[tuple[int | str, bool], ...]  # `path`, and (name, True) for members of unions
    options: tuple[str, ...]  # the keys of the models that may stand here


def _mistake(detail: ErrorDetails, root: _Node, model: type[BaseModel]) -> _Mistake:
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
    found = _deepest(root, path).value if kind == "extra_forbidden" else detail["input"]
    context = detail.get("ctx", {})
    options = tuple(_keys_at(model, steps))
    return _Mistake(kind, detail["msg"], context, found, path, key, tuple(steps), options)


def _parts_in_document(root: _Node, loc: Loc, found: Any) -> tuple[int, ...]:
    """Which parts of `loc` are keys in the document; the others name members of unions.

    A member may be named like a key; the right reading is the one that ends at `found`.
    """
    readings: dict[Loc, tuple[tuple[int, ...], _Node]] = {(): ((), root)}
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


def _one_branch(mistakes: Sequence[_Mistake], depth: int = 0) -> list[_Mistake]:
    """The mistakes that remain when each union speaks for the member that was probably meant."""
    remaining = [mistake for mistake in mistakes if len(mistake.steps) == depth]
    groups: dict[tuple[int | str, bool], list[_Mistake]] = {}
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


def _meant(branches: Sequence[list[_Mistake]]) -> list[_Mistake]:
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


def _misfit(mistakes: Sequence[_Mistake]) -> tuple[int, int]:
    """How far a value is from a type: whether it is of another kind; how many keys are wrong."""
    other_kind = any(_expected(mistake) for mistake in mistakes)
    keys = sum(isinstance(mistake.key, str) for mistake in mistakes)
    tags = sum(mistake.kind == "union_tag_invalid" for mistake in mistakes)
    return int(other_kind), keys + 2 * tags


def _joined(branches: Sequence[Sequence[_Mistake]]) -> _Mistake:
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
        return _unfit(first, f"exactly one of the keys {_listed(keys)}")
    return _unfit(first, _either(_expected(mistake) for mistake in mistakes))


def _unknown_key(mistake: _Mistake) -> int | str | None:
    if mistake.kind == "union_tag_invalid":
        known = any(key in mistake.options for key in mistake.found)
        tag = mistake.context["tag"] if known else next(iter(mistake.found), None)
        return tag if tag in mistake.found else None
    return mistake.key if mistake.kind == "extra_forbidden" else None


def _unfit(mistake: _Mistake, expected: str) -> _Mistake:
    return replace(mistake, kind="unfit", key=None, context={"expected": expected})


def _plainly(mistake: _Mistake) -> _Mistake:
    """A tag that no member of a union has, told as an unknown key or a wrong value instead."""
    if mistake.kind not in ("union_tag_invalid", "union_tag_not_found"):
        return mistake
    if expected := _expected(mistake):
        return _unfit(mistake, expected)
    tags = _quoted(mistake.context.get("expected_tags", ""))
    tag_key = mistake.context["discriminator"].strip("'")
    if tag_key in mistake.found:
        path, found = (*mistake.path, tag_key), mistake.found[tag_key]
        return _unfit(replace(mistake, path=path, found=found), _either(map(repr, tags)))
    if mistake.kind == "union_tag_not_found":
        return replace(mistake, kind="missing", key=tag_key)
    keys = tuple(tag for tag in tags if tag in mistake.options)
    if (key := _unknown_key(mistake)) is not None:
        return replace(mistake, kind="extra_forbidden", key=key, options=keys)
    return _unfit(mistake, f"exactly one of the keys {_listed(keys)}")


# ---------------------------------------------------------------------------- words

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
_EXPECTED = {kind: words for words, kinds in _KINDS.items() for kind in kinds.split()}
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


def _problem(mistake: _Mistake, document: Document) -> Problem:
    mistake = _plainly(mistake)
    message, hint = _words(mistake)
    if mistake.key is None:
        return document.problem(mistake.path, message, hint)
    return document.problem((*mistake.path, mistake.key), message, hint, at_key=True)


def _words(mistake: _Mistake) -> tuple[str, str]:
    """What is wrong, and what may have been meant."""
    kind, context = mistake.kind, mistake.context
    if kind == "extra_forbidden":
        near = closest(str(mistake.key), mistake.options)
        known = f"known keys: {_listed(mistake.options)}" if mistake.options else ""
        return f"unknown key {_short(mistake.key)}", _did_you_mean(near) or known
    if kind == "missing" and isinstance(mistake.key, int):
        return f"expected at least {mistake.key + 1} items, {_found(mistake.found)}", ""
    if kind == "missing":
        return f"missing key {_short(mistake.key)}", ""
    if kind == "finite_number":
        return NOT_FINITE, ""
    if kind == "value_error":
        return mistake.message.removeprefix("Value error, "), ""
    if kind in _LIMITS:
        form, name = _LIMITS[kind]
        limit = context[name]
        expected = form.format(limit if isinstance(limit, str) else _short(limit))
    else:
        expected = _expected(mistake)
    if not expected:
        return f"{mistake.message[:1].lower()}{mistake.message[1:]}, {_found(mistake.found)}", ""
    near = (
        closest(str(mistake.found), _quoted(expected)) if isinstance(mistake.found, str) else None
    )
    return f"expected {expected}, {_found(mistake.found)}", _did_you_mean(near)


def _expected(mistake: _Mistake) -> str:
    """The kind of value that was wanted where another kind was found; '' for other mistakes."""
    if mistake.kind in ("literal_error", "enum", "unfit"):
        return str(mistake.context["expected"])
    if mistake.kind.startswith("union_tag") and not isinstance(mistake.found, dict):
        return _MAPPING
    return _EXPECTED.get(mistake.kind, "")


def _either(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(words))


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)

"""YAML text becomes plain data that knows where every key and value stands."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import yaml

from scenegen.config.messages import NOT_FINITE, Loc, closest, did_you_mean, found_words, short
from scenegen.config.text import UNPRINTABLE, Mark, Source, open_text, tidy
from scenegen.errors import Problem, RecipeError

MAX_VALUES = 100_000
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A value, where it stands (counted from 1), and the nodes inside it."""

    value: Any
    line: int
    column: int
    children: Mapping[int | str, "Node"] = field(default_factory=dict)
    keys: Mapping[str, Mark] = field(default_factory=dict)
    size: int = 1
    height: int = 1


def deepest(node: Node, loc: Loc) -> Node:
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
    source: Source
    root: Node
    problems: tuple[Problem, ...]
    """What is wrong with the YAML itself but leaves the rest readable; `validate` raises it."""

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.root.value
        return data

    def locate(self, loc: Loc, *, at_key: bool = False) -> Mark:
        """Line and column of the value at `loc`, or of its key; of what encloses it if absent."""
        if at_key:
            above = deepest(self.root, loc[:-1])
            return above.keys.get(str(loc[-1]), (above.line, above.column))
        node = deepest(self.root, loc)
        return node.line, node.column

    def problem(self, loc: Loc, message: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """A complaint about the value (or the key) at `loc`."""
        return self.source.problem(*self.locate(loc, at_key=at_key), message, hint)


def read(path: Path) -> Document:
    """The file as plain data with positions; RecipeError if it is no readable YAML mapping."""
    source, text = open_text(path)
    reader = _Reader(source, text)
    try:
        root = reader.document()
    except yaml.YAMLError as error:
        reader.fail(*_syntax(error))
    return Document(path, source, root, tuple(reader.problems))


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

    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._anchors: dict[str, Node | None] = {}  # None: still being read
        self._values = 0

    def fail(self, at: Mark, message: str, hint: str = "") -> NoReturn:
        """Give up reading."""
        self._complain(at, message, hint)
        raise RecipeError(tidy(self.problems))

    def _complain(self, at: Mark, message: str, hint: str = "") -> None:
        self.problems.append(self.source.problem(*at, message, hint))

    def document(self) -> Node:
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
                (root.line, root.column),
                f"expected a mapping (key: value), {found_words(root.value)}",
            )
        return root

    def _node(self, event: Any, depth: int) -> Node:
        """The node that begins with `event`; the events up to its end are used up."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._count(event, 1)
        if depth > MAX_DEPTH:
            self.fail(_mark(event), f"nested more than {MAX_DEPTH} deep")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._complain(_mark(event), f"tags such as {short(tag)} are not allowed")
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

    def _alias(self, event: Any, depth: int) -> Node:
        """What the anchor named, standing where the alias stands."""
        if event.anchor not in self._anchors:
            near = closest(event.anchor, self._anchors)
            self.fail(_mark(event), f"no anchor {short(event.anchor)} above", did_you_mean(near))
        node = self._anchors[event.anchor]
        if node is None:
            self.fail(_mark(event), f"the value of {short(event.anchor)} contains itself")
        self._count(event, node.size)
        if depth + node.height - 1 > MAX_DEPTH:
            self.fail(_mark(event), f"nested more than {MAX_DEPTH} deep")
        line, column = _mark(event)
        return replace(node, line=line, column=column)

    def _scalar(self, event: Any) -> Node:
        value = event.value if event.style else _plain(event.value)
        if isinstance(value, float) and not math.isfinite(value):
            self._complain(_mark(event), NOT_FINITE, "text is written in quotes")
        self._check_printable(event)
        return Node(value, *_mark(event))

    def _check_printable(self, event: Any) -> None:
        if bad := UNPRINTABLE.search(event.value):
            self._complain(_mark(event), f"character U+{ord(bad[0]):04X} is not allowed")

    def _sequence(self, start: Any, depth: int) -> Node:
        nodes = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return _inner([node.value for node in nodes], start, dict(enumerate(nodes)))

    def _mapping(self, start: Any, depth: int) -> Node:
        children: dict[int | str, Node] = {}
        keys: dict[str, Mark] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, depth)
            value = self._node(next(self._events), depth + 1)
            if key is None:
                continue
            if key in keys:
                first = keys[key][0]
                self._complain(_mark(event), f"key {short(key)} is already on line {first}")
            elif key == "<<" and not event.style:
                merged += self._merged(value)
            else:
                children[key] = value
            keys.setdefault(key, _mark(event))
        for other in merged:
            for name, child in other.children.items():
                children.setdefault(name, child)
                keys.setdefault(str(name), other.keys[str(name)])
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

    def _merged(self, node: Node) -> list[Node]:
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
    children: Mapping[int | str, Node],
    keys: Mapping[str, Mark] | None = None,
) -> Node:
    size = 1 + sum(child.size for child in children.values())
    height = 1 + max((child.height for child in children.values()), default=0)
    return Node(value, *_mark(start), children, keys or {}, size, height)

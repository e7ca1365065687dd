"""The bytes of a file become text without surprises, and lines to point into."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenegen.config.messages import closest, did_you_mean
from scenegen.errors import Problem, RecipeError

MAX_BYTES = 1_000_000

Mark = tuple[int, int]  # line and column, from 1

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_TAB_INDENT = re.compile(r"^ *(\t)", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """The lines of a file, to point into."""

    path: str
    lines: Sequence[str] = ()

    def problem(self, line: int, column: int, message: str, hint: str = "") -> Problem:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        shown = text.replace("\t", " ") if len(text) <= 300 else ""
        return Problem(self.path, line, column, message, shown, hint)


def open_text(path: Path) -> tuple[Source, str]:
    """The file as lines and as text; RecipeError unless all of it can be seen."""
    text = _text(path)
    source = Source(str(path), _LINE_BREAK.split(text))
    _check_characters(source, text)
    return source, text


def _text(path: Path) -> str:
    raw = _bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8: save the file as UTF-8 text"
        line, column = _position(before, len(before))
    raise RecipeError([Problem(str(path), line, column, message)])


def _check_characters(source: Source, text: str) -> None:
    """RecipeError at the first character that cannot be seen and the first tab that indents."""
    problems = []
    if bad := UNPRINTABLE.search(text):
        message = f"character U+{ord(bad[0]):04X} is not allowed: it cannot be seen"
        problems.append(source.problem(*_position(text, bad.start()), message))
    if tab := _TAB_INDENT.search(text):
        message = "a tab is used to indent: use spaces"
        problems.append(source.problem(*_position(text, tab.start(1)), message))
    if problems:
        raise RecipeError(tidy(problems))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
            size = max(len(raw), path.stat().st_size)
    except FileNotFoundError:
        near = closest(path.name, sorted(other.name for other in path.parent.glob("*.y*ml")))
        message, hint = "there is no such file", did_you_mean(near)
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


def tidy(problems: Iterable[Problem]) -> list[Problem]:
    """The same without repetition, in the order of the file."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))

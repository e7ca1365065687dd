"""Recipes with mistakes: each is reported once, in plain words, at its own line and column."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from scenegen.config import MAX_DEPTH, Document, closest, load, read, validate
from scenegen.errors import Problem, RecipeError


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Uniform(Section):
    uniform: Annotated[list[float], Field(min_length=2)]


class Normal(Section):
    normal: tuple[float, float] = Field(strict=False)

    @model_validator(mode="after")
    def _positive(self) -> "Normal":
        if self.normal[1] < 0:
            raise ValueError("the deviation is negative")
        return self


class Choice(Section):
    choice: list["Smart"]


class Box(Section):
    kind: Literal["box"]
    size: float


class Ball(Section):
    kind: Literal["ball"]
    radius: float = 1.0


Smart = Annotated[float, Field(gt=0)] | Uniform | Normal | Choice
Tagged = Annotated[
    Annotated[float, Tag("constant")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Normal, Tag("normal")],
    Discriminator(lambda value: tag(value)),
]


def tag(value: Any) -> str:
    if not isinstance(value, dict):
        return "constant"
    return next((key for key in value if key in ("uniform", "normal")), "")


class Thing(Section):
    count: Annotated[int, Field(ge=1, le=9)] = 1
    smart: Smart = 1.0
    tagged: Tagged = 1.0
    mixed: Tagged | Box = 1.0
    shape: Annotated[Box | Ball, Field(discriminator="kind")] | None = None
    pose: Literal["upright", "any"] = "any"
    auto: int | Literal["auto"] = "auto"
    either: Annotated[int, Field(gt=0)] | Annotated[float, Field(gt=0)] = 1
    on: bool = True
    name: Annotated[str, Field(max_length=5)] = ""
    weights: dict[Literal["a", "b"], float] = {}
    anything: Any = None


class Recipe(Section):
    title: str
    ratio: Annotated[float, Field(allow_inf_nan=False)] = 0.5
    things: Annotated[tuple[Thing, ...], Field(min_length=1, max_length=3, strict=False)] = ()


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def to_file(content: str | bytes) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def problems(path: Path, model: type[BaseModel] = Recipe) -> list[Problem]:
    with pytest.raises(RecipeError) as caught:
        load(path, model)
    return list(caught.value.problems)


def told(path: Path) -> list[tuple[int, int, str, str]]:
    return [(p.line, p.column, p.message, p.hint) for p in problems(path)]


def thing(path: Path, text: str) -> dict[str, Any]:
    """What the YAML `anything: <text>` is read as."""
    path.write_text(f"anything: {text}\n")
    return read(path).data["anything"]


# ------------------------------------------------------------------------------ what is read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("OFF", "OFF"), ("y", "y"),
        ("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE"),
        ("", None), ("~", None), ("null", None), ("Null", None), ("nULL", "nULL"),
        ("010", 10), ("-7", -7), ("+7", 7), ("0o17", 15), ("0xfF", 255), ("0b11", "0b11"),
        ("1e-3", 1e-3), ("1E3", 1e3), (".5", 0.5), ("1.", 1.0), ("-1.5e+2", -150.0), ("e3", "e3"),
        ("12:30", "12:30"), ("1_000", "1_000"), ("2024-01-02", "2024-01-02"), ("=", "="),
        ("'1'", "1"), ('"true"', "true"), ("''", ""), ("|-\n  1", "1"), ("'.nan'", ".nan"),
        ("1" * 99, int("1" * 99)), ("1" * 200, float("1" * 200)), ("nano", "nano"),
    ],
)  # fmt: skip
def test_plain_text_is_read_as_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    found = thing(tmp_path / "x.yaml", text)
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text(write: Any) -> None:
    document = read(write("no: 1\n1: 2\ntrue: 3\n.nan: 4\n~: 5\n1.0: 6\n"))
    assert document.data == {"no": 1, "1": 2, "true": 3, ".nan": 4, "~": 5, "1.0": 6}
    assert document.problems == ()


def test_aliases_and_merges(write: Any) -> None:
    document = read(
        write(
            "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {z: 3, <<: [*a, *b]}\n"
            "d:\n  <<: *b\n  y: 4\ne: [*a]\nf: {'<<': 5}\n"
        )
    )
    assert document.problems == ()
    assert document.data["c"] == {"x": 1, "y": 1, "z": 3}
    assert document.data["d"] == {"y": 4, "z": 2}
    assert document.data["e"] == [{"x": 1, "y": 1}]
    assert document.data["f"] == {"<<": 5}
    assert document.locate(("e", 0)) == (7, 5)
    assert document.locate(("c", "y")) == (1, 17)
    assert document.locate(("c", "y"), at_key=True) == (1, 14)


def test_a_good_file_becomes_the_model(write: Any) -> None:
    text = "\ufefftitle: no\r\nthings:\r\n- {smart: {choice: [1, {uniform: [1, 2]}]}, shape: }\r\n"
    recipe = load(write(text), Recipe)
    assert recipe.title == "no"
    assert recipe.things[0].model_dump()["smart"] == {"choice": [1.0, {"uniform": [1.0, 2.0]}]}


def test_positions_count_characters(write: Any) -> None:
    document = read(write("é😀: [x, {b: 2}]\r\nc:\n  d: 5 # five\n"))
    assert document.locate(()) == (1, 1)
    assert document.locate(("é😀", 1)) == (1, 9)
    assert document.locate(("é😀", 1, "b")) == (1, 13)
    assert document.locate(("é😀", 1, "b"), at_key=True) == (1, 10)
    assert document.locate(("é😀", 7)) == (1, 5)
    assert document.locate(("c", "missing"), at_key=True) == (3, 3)
    assert document.locate(("c", "d", "deeper")) == (3, 6)
    problem = document.problem(("c", "d"), "five is too much", "try 4")
    assert str(problem) == (
        f"{document.path}:3:6: five is too much\n      d: 5 # five\n         ^\n  try 4"
    )


def test_long_lines_and_tabs_keep_the_caret_readable(write: Any) -> None:
    document = read(write("a: 1\t# b\nc: " + "x" * 400))
    assert document.problem(("a",), "").source == "a: 1 # b"
    assert document.problem(("c",), "").source == ""
    assert read(write("a: 1\rb: 2")).problem(("b",), "").source == "b: 2"


# ------------------------------------------------------------------------------ what is not YAML


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        ("", 0, 1, "the file is empty"),
        ("# only this\n", 0, 1, "the file is empty"),
        ("---\n", 2, 1, "expected a mapping (key: value), found nothing"),
        ("- a\n- b\n", 1, 1, "expected a mapping (key: value), found a list of 2"),
        ("tabletop", 1, 1, "expected a mapping (key: value), found 'tabletop'"),
        ("a: 1\n---\nb: 1\n", 2, 1, "a second document begins here"),
        ("a: [1\nb: 2\n", 2, 2, "this is not YAML: did not find expected ',' or ']' (while"),
        ("a: b: c\n", 1, 5, "this is not YAML: mapping values are not allowed"),
        ("a: @b\n", 1, 4, "this is not YAML: found character that cannot start"),
        ("a: 'b\n", 2, 1, "this is not YAML: found unexpected end of stream"),
        ("a: 1\na:\n\tb: 1\n", 3, 1, "a tab is used to indent: use spaces"),
        ("a:\n  b: 1\n  \tc: 1\n", 3, 3, "a tab is used to indent: use spaces"),
        (b"a: 1\nb: \xe9\n", 2, 4, "byte 0xe9 is not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, 1, "byte 0xff is not UTF-8"),
        ("é: 1\nb: \0\n", 2, 4, "character U+0000 is not allowed"),
        ("a: x\x1by\n", 1, 5, "character U+001B is not allowed"),
        ("a: x\u2028y\n", 1, 5, "character U+2028 is not allowed"),
        ("a: x\ufeffy\n", 1, 5, "character U+FEFF is not allowed"),
        ('title: "\\0"\n', 1, 8, "character U+0000 is not allowed"),
        ('title: x\n"a\\e": 1\n', 2, 1, "character U+001B is not allowed"),
        ("a: *b\n", 1, 4, "no anchor 'b' above"),
        ("a: &b [1, *b]\n", 1, 11, "the value of 'b' contains itself"),
        ("a: &b {c: {<<: *b}}\n", 1, 16, "the value of 'b' contains itself"),
        ("title: !!python/name:os.system x\n", 1, 8, "tags such as '!!python/name:os.system' are"),
        ("title: !mine x\n", 1, 8, "tags such as '!mine' are not allowed"),
        ("title: !!str 5\n", 1, 8, "tags such as '!!str' are not allowed"),
        ("title: x\n!!str ratio: 1\n", 2, 1, "a key must be plain text"),
        ("title: x\n? [a, b]\n: 1\n", 2, 3, "a key must be plain text"),
        ("title: x\nratio: 1\ntitle: y\n", 3, 1, "key 'title' is already on line 1"),
        ("title: x\nthings: [{on: true, on: true}]\n", 2, 21, "key 'on' is already on line 2"),
        ("title: x\n<<: 5\n", 2, 5, "`<<` needs a mapping or a list of mappings"),
        ("title: x\n<<: [{}, 5]\n", 2, 5, "`<<` needs a mapping or a list of mappings"),
        ("title: x\nratio: .inf\n", 2, 8, "not a finite number"),
        ("title: x\nratio: -.INF\n", 2, 8, "not a finite number"),
        ("title: x\nratio: NaN\n", 2, 8, "not a finite number"),
        ("title: x\nratio: 1e999\n", 2, 8, "not a finite number"),
        ("title: x\nratio: " + "9" * 5000, 2, 8, "not a finite number"),
        ("a: " + "[" * MAX_DEPTH, 1, 3 + MAX_DEPTH, "nested more than 50 deep"),
        ("[" * 1_000_000, 1, 51, "nested more than 50 deep"),
        ("{a: " * 250_000, 1, 201, "nested more than 50 deep"),
        ("a:\n  " + "- " * 490_000, 2, 101, "nested more than 50 deep"),
        ("? " * 500_000, 1, 3, "a key must be plain text"),
        ("a: [" + "1," * 110_000 + "]", 1, 200_001, "more than 100,000 values"),
    ],
)
def test_bad_yaml(write: Any, content: str | bytes, line: int, column: int, message: str) -> None:
    first = problems(write(content))[0]
    assert (first.line, first.column) == (line, column)
    assert first.message.startswith(message)


def test_a_document_is_a_mapping_before_any_model_sees_it(write: Any) -> None:
    with pytest.raises(RecipeError, match="expected a mapping"):
        read(write("- a\n"))


def test_the_deepest_allowed_nesting_is_read(write: Any) -> None:
    lists = MAX_DEPTH - 1
    assert read(write("a: " + "[" * lists + "]" * lists)).data["a"]


def test_a_yaml_bomb_is_refused_at_once(write: Any) -> None:
    levels = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    (problem,) = problems(write("a0: &a0 [1]\n" + "\n".join(levels)))
    assert problem.message.startswith("more than 100,000 values, counting every use of an alias")
    assert problem.line == 6


def test_aliases_cannot_nest_deeper_than_text(write: Any) -> None:
    levels = [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 100)]
    (problem,) = problems(write("a0: &a0 [1]\n" + "\n".join(levels)))
    assert (problem.line, problem.message) == (49, "nested more than 50 deep")


def test_a_big_file_is_refused_unparsed(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaml.parse", lambda *args, **kwargs: pytest.fail("parsed"))
    path = write(b"a: 1\n" * 2_000_000)
    assert str(problems(path)[0]) == (
        f"{path}: too big for a recipe: 10,000,000 bytes, the limit is 1 MB"
    )


def test_a_file_of_exactly_the_limit_is_read(write: Any) -> None:
    assert read(write(b"title: " + b"x" * (1_000_000 - 7))).data
    assert "1,000,001 bytes" in problems(write(b"title: " + b"x" * (1_000_000 - 6)))[0].message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "tabletop.yaml").touch()
    (tmp_path / "tabletipyaml").touch()
    missing = tmp_path / "tabletip.yaml"
    assert str(problems(missing)[0]) == (
        f"{missing}: there is no such file\n  did you mean 'tabletop.yaml'?"
    )
    assert problems(tmp_path / "no folder" / "x.yaml")[0].hint == ""
    assert problems(tmp_path)[0].message == "this is a folder, not a file"
    assert "cannot be read: " in problems(tmp_path / "tabletop.yaml" / "x.yaml")[0].message
    assert "cannot be read: " in problems(tmp_path / ("x" * 5000))[0].message


# ------------------------------------------------------------------------------ what the model says

THINGS = "title: t\nthings:\n- "


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("ratio: 1\n", 1, 1, "missing key 'title'", ""),
        ("title: x\nratoi: 1\n", 2, 1, "unknown key 'ratoi'", "did you mean 'ratio'?"),
        ("title: x\nq: 1\n", 2, 1, "unknown key 'q'", "known keys: 'title', 'ratio', 'things'"),
        ("title: 5\n", 1, 8, "expected text, found 5", ""),
        ("title:\n", 1, 7, "expected text, found nothing", ""),
        ("title: [a]\n", 1, 8, "expected text, found a list of 1", ""),
        ("title: {}\n", 1, 8, "expected text, found an empty mapping", ""),
        ("title: x\nratio: '1'\n", 2, 8, "expected a number, found '1'", ""),
        ("title: x\nratio: true\n", 2, 8, "expected a number, found true", ""),
        ("title: x\nthings: 5\n", 2, 9, "expected a list, found 5", ""),
        ("title: x\nthings: []\n", 2, 9, "expected at least 1 items, found a list of 0", ""),
        (
            "title: x\nthings: [{}, {}, {}, {}]\n",
            2, 9, "expected at most 3 items, found a list of 4", "",
        ),
        (THINGS + "5\n", 3, 3, "expected a mapping (key: value), found 5", ""),
        (THINGS + "count: abc\n", 3, 10, "expected a whole number, found 'abc'", ""),
        (THINGS + "count: 1.5\n", 3, 10, "expected a whole number, found 1.5", ""),
        (THINGS + "count: 0\n", 3, 10, "expected at least 1, found 0", ""),
        (THINGS + "count: 10\n", 3, 10, "expected at most 9, found 10", ""),
        (THINGS + "contt: 3\n", 3, 3, "unknown key 'contt'", "did you mean 'count'?"),
        (THINGS + "on: no\n", 3, 7, "expected true or false, found 'no'", ""),
        (THINGS + "name: abcdef\n", 3, 9, "expected at most 5 characters, found 'abcdef'", ""),
        (
            THINGS + "pose: uprihgt\n",
            3, 9, "expected 'upright' or 'any', found 'uprihgt'", "did you mean 'upright'?",
        ),
        (THINGS + "pose: 5\n", 3, 9, "expected 'upright' or 'any', found 5", ""),
        (
            THINGS + "auto: atuo\n",
            3, 9, "expected a whole number or 'auto', found 'atuo'", "did you mean 'auto'?",
        ),
        (
            THINGS + "weights: {c: 1}\n",
            3, 13, "expected 'a' or 'b', found 'c'", "",
        ),
        (THINGS + "weights: {a: x}\n", 3, 16, "expected a number, found 'x'", ""),
        # a union without tags
        (THINGS + "smart: 0\n", 3, 10, "expected more than 0, found 0", ""),
        (THINGS + "either: -1\n", 3, 11, "expected more than 0, found -1", ""),
        (
            THINGS + "smart: abc\n",
            3, 10, "expected a number or a mapping (key: value), found 'abc'", "",
        ),
        (THINGS + "smart: {unifrom: [1, 2]}\n",
         3, 11, "unknown key 'unifrom'", "did you mean 'uniform'?"),
        (THINGS + "smart: {uniform: [1]}\n",
         3, 20, "expected at least 2 items, found a list of 1", ""),
        (THINGS + "smart: {uniform: [1, 2, x]}\n", 3, 27, "expected a number, found 'x'", ""),
        (THINGS + "smart: {normal: [1]}\n",
         3, 19, "expected at least 2 items, found a list of 1", ""),
        (THINGS + "smart: {normal: [1, -1]}\n", 3, 10, "the deviation is negative", ""),
        (
            THINGS + "smart: {}\n",
            3, 10,
            "expected exactly one of the keys 'uniform', 'normal', 'choice', "
            "found an empty mapping", "",
        ),
        (
            THINGS + "smart: {normal: [1, 1], uniform: [1, 2]}\n",
            3, 10,
            "expected exactly one of the keys 'normal', 'uniform', "
            "found a mapping with 'normal', 'uniform'", "",
        ),
        (
            THINGS + "smart: {choice: [1, {choice: [{normla: 1}]}]}\n",
            3, 34, "unknown key 'normla'", "did you mean 'normal'?",
        ),
        # a union whose tag is its key
        (THINGS + "tagged: abc\n", 3, 11, "expected a number, found 'abc'", ""),
        (THINGS + "tagged: {unifrom: 1}\n",
         3, 12, "unknown key 'unifrom'", "did you mean 'uniform'?"),
        (THINGS + "tagged: {x: 1}\n",
         3, 12, "unknown key 'x'", "known keys: 'uniform', 'normal'"),
        (THINGS + "tagged: {constant: 1}\n",
         3, 12, "unknown key 'constant'", "known keys: 'uniform', 'normal'"),
        (
            THINGS + "tagged: {}\n",
            3, 11,
            "expected exactly one of the keys 'uniform', 'normal', found an empty mapping", "",
        ),
        (THINGS + "tagged: {uniform: [1, y]}\n", 3, 25, "expected a number, found 'y'", ""),
        (THINGS + "tagged: {uniform: [1, 2], x: 1}\n",
         3, 29, "unknown key 'x'", "known keys: 'uniform'"),
        (THINGS + "tagged: {uniform: [1, 2], uniform2: 1}\n",
         3, 29, "unknown key 'uniform2'", "did you mean 'uniform'?"),
        # both
        (
            THINGS + "mixed: abc\n",
            3, 10, "expected a number or a mapping (key: value), found 'abc'", "",
        ),
        (THINGS + "mixed: {kind: box, size: x}\n", 3, 28, "expected a number, found 'x'", ""),
        (THINGS + "mixed: {unifrm: 1}\n",
         3, 11, "unknown key 'unifrm'", "did you mean 'uniform'?"),
        (THINGS + "mixed: {uniform: [1, x]}\n", 3, 24, "expected a number, found 'x'", ""),
        # a union whose tag is a value
        (
            THINGS + "shape: {kind: bxo, size: 1}\n",
            3, 17, "expected 'box' or 'ball', found 'bxo'", "did you mean 'box'?",
        ),
        (THINGS + "shape: {size: 1}\n", 3, 10, "missing key 'kind'", ""),
        (THINGS + "shape: 5\n", 3, 10, "expected a mapping (key: value), found 5", ""),
        (THINGS + "shape: {kind: box}\n", 3, 10, "missing key 'size'", ""),
        (THINGS + "shape: {kind: box, box: 1, size: 1}\n", 3, 22, "unknown key 'box'",
         "known keys: 'kind', 'size'"),
    ],
)  # fmt: skip
def test_bad_values(write: Any, text: str, line: int, column: int, message: str, hint: str) -> None:
    assert told(write(text)) == [(line, column, message, hint)]


def test_all_mistakes_at_once_in_the_order_of_the_file(write: Any) -> None:
    path = write(
        "things:\n"
        "- &thing\n"
        "  count: .nan\n"
        "  smart: {uniform: [a, b]}\n"
        "- *thing\n"
        "- {contt: 1, on: true, on: false}\n"
        "titel: x\n"
    )
    assert told(path) == [
        (1, 1, "missing key 'title'", ""),
        (3, 10, "not a finite number", "text is written in quotes"),
        (4, 21, "expected a number, found 'a'", ""),
        (4, 24, "expected a number, found 'b'", ""),
        (6, 4, "unknown key 'contt'", "did you mean 'count'?"),
        (6, 24, "key 'on' is already on line 6", ""),
        (7, 1, "unknown key 'titel'", "did you mean 'title'?"),
    ]


def test_a_member_of_a_union_named_like_a_key(write: Any) -> None:
    assert told(write(THINGS + "tagged: {x: 1, uniform: 1}")) == [
        (3, 12, "unknown key 'x'", "known keys: 'uniform'"),
        (3, 27, "expected a list, found 1", ""),
    ]
    assert told(write(THINGS + "tagged: {uniform: 1, x: 1}")) == [
        (3, 21, "expected a list, found 1", ""),
        (3, 24, "unknown key 'x'", "known keys: 'uniform'"),
    ]
    assert told(write(THINGS + "shape: {kind: box, box: {}}")) == [
        (3, 10, "missing key 'size'", ""),
        (3, 22, "unknown key 'box'", "known keys: 'kind', 'size'"),
    ]


def test_the_message_shows_the_line_and_a_caret(write: Any) -> None:
    path = write("title: x\nthings:\n  - count: 1\n    psoe: any\n")
    with pytest.raises(RecipeError) as caught:
        load(path, Recipe)
    assert str(caught.value) == (
        f"{path}:4:5: unknown key 'psoe'\n        psoe: any\n        ^\n  did you mean 'pose'?"
    )


def test_long_values_are_shortened(write: Any) -> None:
    message = problems(write("title: x\nratio: " + "y" * 5000))[0].message
    assert message.startswith("expected a number, found 'yyy")
    assert len(message) < 100


def test_yaml_mistakes_spoil_a_file_that_the_model_accepts(write: Any) -> None:
    document = read(write("title: x\ntitle: y\n"))
    assert isinstance(document, Document)
    assert document.data == {"title": "x"}
    with pytest.raises(RecipeError, match="already on line 1"):
        validate(document, Recipe)


def test_closest() -> None:
    assert closest("contt", ["color", "count"]) == "count"
    assert closest("RGB", ["depth", "rgb"]) == "rgb"
    assert closest("rgb", ["DEPTH", "RGB"]) == "RGB"
    assert closest("zebra", ["color", "count"]) is None
    assert closest("x", []) is None


# ------------------------------------------------------------------------------ anything at all

FRAGMENTS = [
    "title", "ratio", "things", "smart", "tagged", "mixed", "shape", "kind", "box", "size",
    "uniform", "normal", "choice", "count", "weights", "on", ": ", ":", "\n", "\n  ", "\n    ",
    "- ", "? ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<: ", "!!python/object ", "!t ", "'", '"',
    "\\", "|", ">", "#", "---\n", "...\n", "%YAML 1.1\n", "\t", "\0", "é", "1", "-1", "1e400",
    ".nan", "true", "~", "x", "\x85", "\ufeff", "\r",
]  # fmt: skip


def complaints(path: Path) -> tuple[Problem, ...]:
    try:
        load(path, Recipe)
    except RecipeError as error:
        return error.problems
    return ()


TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.one_of(st.binary(max_size=60), TEXTS.map(str.encode), TEXTS.map("title: x\n{}".format)))
@example(b"title: x\nthings: &a [{smart: *a}]")
@example(b"%YAML 3.0\n---\na: 1")
def test_any_bytes_give_a_model_or_a_recipe_error(write: Any, content: bytes | str) -> None:
    path = write(content)
    found = complaints(path)
    assert found or isinstance(load(path, Recipe), Recipe)
    lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
    for problem in found:
        assert problem.message
        assert 0 <= problem.line <= len(lines) + 1
        assert problem.column >= 1


@settings(max_examples=120, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(FRAGMENTS[:16]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(FRAGMENTS[:16]), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_any_data_gives_one_complaint_a_place(tmp_path_factory: Any, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "data.yaml"
    path.write_text(
        f"title: x\nthings:\n- smart: {json.dumps(value)}\n  mixed: {json.dumps(value)}\n"
    )
    found = complaints(path)
    assert len({(p.line, p.column, p.message) for p in found}) == len(found)
    for problem in found:
        assert problem.line in (3, 4)
        assert "nput" not in problem.message  # pydantic's own words

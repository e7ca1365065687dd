"""YAML read or refused: every mistake in plain words, at its own line and column."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from made_up_config import FRAGMENTS, Recipe, complaints, problems

from scenegen.config import MAX_DEPTH, Document, load, read, validate
from scenegen.errors import RecipeError


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def to_file(content: str | bytes) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


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


def test_a_merged_mapping_may_merge(write: Any) -> None:
    """Mutant: `<<` itself is merged like a key."""
    document = read(write("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n"))
    assert document.problems == ()
    assert document.data["c"] == {"x": 1, "y": 2, "z": 3}
    assert document.locate(("c", "x"), at_key=True) == (1, 8)


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


def test_yaml_mistakes_spoil_a_file_that_the_model_accepts(write: Any) -> None:
    document = read(write("title: x\ntitle: y\n"))
    assert isinstance(document, Document)
    assert document.data == {"title": "x"}
    with pytest.raises(RecipeError, match="already on line 1"):
        validate(document, Recipe)


# ------------------------------------------------------------------------------ anything at all

TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.one_of(st.binary(max_size=60), TEXTS.map(str.encode), TEXTS.map("title: x\n{}".format)))
@example(b"title: x\nthings: &a [{smart: *a}]")
@example(b"<<:\n <<:")
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

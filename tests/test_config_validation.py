"""Recipes with mistakes: each is reported once, in plain words, at its own line and column."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_config import FRAGMENTS, Recipe, complaints, problems

from scenegen import recipe
from scenegen.config import closest, load
from scenegen.errors import RecipeError

THINGS = "title: t\nthings:\n- "


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def to_file(content: str | bytes) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def told(path: Path) -> list[tuple[int, int, str, str]]:
    return [(p.line, p.column, p.message, p.hint) for p in problems(path)]


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


def test_closest() -> None:
    assert closest("contt", ["color", "count"]) == "count"
    assert closest("RGB", ["depth", "rgb"]) == "rgb"
    assert closest("rgb", ["DEPTH", "RGB"]) == "RGB"
    assert closest("zebra", ["color", "count"]) is None
    assert closest("x", []) is None


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


# ------------------------------------------------------------------------------ real recipes

GOOD = """\
name: real
lights: [{sun: {}}]
cameras: [{pose: {fixed: {position: [0, 0, 1]}}}]
drop: {}
objects:
- """


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("scale: {unifrm: [1, 2]}", 11, "unknown key 'unifrm'", "did you mean 'uniform'?"),
        ("count: {integrs: [1, 2]}", 11, "unknown key 'integrs'", "did you mean 'integers'?"),
        # a count is whole: a uniform one is no remedy
        ("count: {unifrm: [1, 2]}", 11, "unknown key 'unifrm'",
         "known keys: 'integers', 'choice', 'weighted'"),
        ("pose: {choise: [any]}", 10, "unknown key 'choise'", "did you mean 'choice'?"),
        ("surface: {roughnes: 0.5}", 13, "unknown key 'roughnes'", "did you mean 'roughness'?"),
        ("surface: {material: {choise: [a]}}", 24, "unknown key 'choise'",
         "did you mean 'choice'?"),
        ("surface: {color: {choise: [[1, 1, 1]]}}", 21, "unknown key 'choise'",
         "did you mean 'choice'?"),
        ("scale: {}", 10, "expected a number, found an empty mapping", ""),
        ("unique: no", 11, "expected true or false, found 'no'", ""),
        ("unique: 1", 11, "expected true or false, found 1", ""),
        ("drop: {one_by_one: on}", 22, "expected true or false, found 'on'", ""),
    ],
)  # fmt: skip
def test_mistakes_in_a_real_recipe(
    write: Any, text: str, column: int, message: str, hint: str
) -> None:
    """Mutants: a misspelt distribution taken for a constant; a lax bool."""
    with pytest.raises(RecipeError) as caught:
        load(write(GOOD + text), recipe.Recipe)
    found = [(p.line, p.column, p.message, p.hint) for p in caught.value.problems]
    assert found == [(6, column, message, hint)]


def test_mistakes_in_other_flags_and_colors(write: Any) -> None:
    """Mutants: a lax bool in another section; a lamp's color without its second form."""
    lamp = GOOD.replace("{sun: {}}", "{sun: {color: {kelvn: 3000}}}")
    with pytest.raises(RecipeError) as caught:
        load(write(lamp + "{}\ncaptures: {at_rest: off}"), recipe.Recipe)
    assert [(p.line, p.message, p.hint) for p in caught.value.problems] == [
        (2, "unknown key 'kelvn'", "did you mean 'kelvin'?"),
        (7, "expected true or false, found 'off'", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "surface: {roughness: 0.5}",
        "surface: {material: oak}",
        "surface: {choice: [{roughness: 0.5}, {color: {choice: [[1, 1, 1]]}}]}",
        "count: {integers: [1, 2]}",
        "scale: {uniform: [1, 2]}",
        "unique: true",
    ],
)
def test_sections_and_distributions_of_one_key(write: Any, text: str) -> None:
    """Mutant: a surface with one key taken for a misspelt distribution."""
    (group,) = load(write(GOOD + text), recipe.Recipe).objects
    assert group.model_fields_set == {text.partition(":")[0]}

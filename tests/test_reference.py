"""docs/recipes.md says what the schema says."""

from pathlib import Path

from scenegen import recipe
from scenegen.reference import markdown

DOCS = Path(__file__).parents[1] / "docs" / "recipes.md"


def test_reference_is_current() -> None:
    """Mutant: a key is added to the recipe and `make docs` forgotten."""
    assert DOCS.read_text(encoding="utf-8") == markdown(), "run `make docs`"


def test_every_key_has_a_meaning() -> None:
    """Mutant: a field without a description."""
    rows = [line for line in markdown().splitlines() if line.startswith("| `")]
    empty = [row for row in rows if row.endswith("|  |")]
    assert not empty
    assert any("`max_penetration`" in row for row in rows)
    assert recipe.Recipe.__doc__

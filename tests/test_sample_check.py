"""What a recipe and a library cannot do together is found before anything is drawn."""

import pytest
from analytic import LIBRARY, furnished, recipe

from scenegen.sample import validate_recipe

CASES = [
    ({"objects": [{"ids": ["ball", "bal"]}]}, ("objects", 0, "ids", 1), "'bal'"),
    ({"objects": [{"ids": ["t*"]}]}, ("objects", 0, "ids", 0), "nothing to drop"),
    ({"objects": [{"categories": ["bal"]}]}, ("objects", 0, "categories", 0), "'bal'"),
    ({"objects": [{"weights": {"bal": 2.0}}]}, ("objects", 0, "weights", "bal"), "'bal'"),
    ({"objects": [{"ids": ["ball"], "categories": ["dice"]}]}, ("objects", 0), "no object"),
    ({"objects": [{"ids": ["ball"], "weights": {"ball": 0.0}}]}, ("objects", 0, "weights"), "0"),
    (
        {"objects": [{"ids": ["ball", "dice"], "unique": True, "count": {"integers": [1, 3]}}]},
        ("objects", 0, "count"),
        "there are 2",
    ),
    (
        {"objects": [{"surface": {"choice": [{}, {"material": {"choice": ["oak", "oka"]}}]}}]},
        ("objects", 0, "surface", "choice", 1, "material", "choice", 1),
        "'oka'",
    ),
    ({"drop": {"onto": "tabel"}}, ("drop", "onto"), "'tabel'"),
    ({"objects": [{"drop": {"onto": "x"}}]}, ("objects", 0, "drop", "onto"), "'x'"),
    ({"backdrop": {}}, ("drop", "onto"), "no floor"),
    ({"backdrop": {"floor": {"material": "oka"}}}, ("backdrop", "floor", "material"), "'oka'"),
    ({"physics": {"gravity": 0.0}}, ("physics", "gravity"), "without gravity"),
    (
        {"furniture": [{"name": "a", "asset": {"choice": ["table", "desk"]}}]},
        ("furniture", 0, "asset", "choice", 1),
        "'desk'",
    ),
    ({"furniture": [{"name": "a", "asset": "table"}] * 2}, ("furniture", 1, "name"), "two"),
    ({"furniture": [{"name": "floor", "asset": "table"}]}, ("furniture", 0, "name"), "meaning"),
    (
        {"lights": [{"environment": {"map": {"weighted": [["studio", 1], ["studoi", 1]]}}}]},
        ("lights", 0, "environment", "map", "weighted", 1, 0),
        "'studoi'",
    ),
    (
        {"lights": [{"environment": {"map": "sky.hdr"}}]},
        ("lights", 0, "environment", "map"),
        "no file",
    ),
    (
        {"cameras": [{"look_at": "tabel", "pose": {"fixed": {"position": [0, 0, 1]}}}]},
        ("cameras", 0, "look_at"),
        "'tabel'",
    ),
    (
        {"cameras": [{"pose": {"fixed": {"position": [0, 0, 1]}}}] * 2},
        ("cameras", 1, "name"),
        "two cameras",
    ),
]


@pytest.mark.parametrize(("changes", "where", "message"), CASES, ids=[str(c[1]) for c in CASES])
def test_mistakes_are_found_where_they_stand(changes, where, message):
    """Mutants: any one of the checks left out, or pointing elsewhere."""
    complaints = validate_recipe(recipe(**changes), LIBRARY)
    assert [complaint[0] for complaint in complaints] == [where]
    assert message in complaints[0][1]


def test_good_recipes_pass():
    """Mutant: a check that cries wolf."""
    assert validate_recipe(recipe(), LIBRARY) == []
    assert validate_recipe(furnished("table", backdrop={}), LIBRARY) == []
    falling = recipe(backdrop={}, captures={"falling": [0.2], "at_rest": False})
    assert validate_recipe(falling, LIBRARY) == []
    assert validate_recipe(recipe(objects=[{"count": 0, "ids": ["ball"]}]), LIBRARY) == []


def test_hints_name_what_is_near():
    """Mutant: a hint that does not help."""
    ((_, _, hint),) = validate_recipe(recipe(objects=[{"ids": ["bal"]}]), LIBRARY)
    assert hint == "did you mean 'ball'?"

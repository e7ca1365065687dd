"""What is refused, and that the refusal names object and reason."""

import numpy as np
import pytest
from analytic import LIBRARY, furnished, recipe, scene

from scenegen.errors import SceneRejected
from scenegen.settle import settle
from scenegen.settle.acceptance import check_carried, places_of
from scenegen.settle.fall import Fall, add_fixed
from scenegen.settle.rest import LOOKS, Watch
from scenegen.settle.things import things_of
from scenegen.settle.world import Touch, World


def refused(a_recipe, *things):
    with pytest.raises(SceneRejected) as error:
        settle(scene(a_recipe, *things), LIBRARY, a_recipe)
    return str(error.value)


def examine(a_recipe, *things):
    """Judge things where they are, without letting them fall."""
    posed = scene(a_recipe, *things)
    with World(gravity=9.81, step_hz=240) as world:
        fixed = add_fixed(world, posed, LIBRARY, Touch(0.6, 0.1))
        fallers = things_of(posed, LIBRARY, a_recipe)
        fall = Fall(world, fixed, posed, fallers, step_hz=240)
        check_carried(fall, a_recipe.physics)


def test_falling_off_is_refused():
    """Mutant: any thing at rest is good, wherever it lies."""
    a_recipe = furnished("table")
    assert refused(a_recipe, ("ball", [1.0, 0, 0.9])) == "'ball' (#1) left 'table'"
    askew = furnished("table", furniture=[{"name": "table", "asset": "table", "yaw_deg": 45}])
    assert refused(askew, ("ball", [0.6, 0.6, 0.9])) == "'ball' (#1) fell off 'table'"


def test_leaving_the_floor_is_refused():
    """Mutant: the floor has no edge."""
    message = refused(recipe(), ("brick", [2.1, 0, 0.1]))
    assert message == "'brick' (#1) left 'floor'"


def test_without_a_floor_things_are_lost():
    """Mutant: they fall for the full `max_time`, or for ever."""
    assert refused(recipe(backdrop={}), ("ball", [0, 0, 0.1])) == "'ball' (#1) fell off 'floor'"


def test_starting_inside_each_other_is_refused():
    """Mutant: the solver pushes them apart with a bang."""
    message = refused(recipe(), ("brick", [0, 0, 0.1]), ("brick", [0, 0, 0.14]))
    assert message.startswith("'brick' (#1) and 'brick' (#2) overlap by 20.")


def test_restlessness_is_refused():
    """Mutant: `max_time` is not looked at."""
    a_recipe = recipe(drop={"speed": 2.0}, physics={"max_time": 0.3})
    assert refused(a_recipe, ("ball", [0, 0, 0.3])) == "'ball' (#1) still moves after 0.3 s"


@pytest.mark.parametrize("height", [0.0331, 0.08])
def test_hovering_is_refused(height):
    """Mutants: `max_gap` forgotten; two things that carry each other in the air."""
    with pytest.raises(SceneRejected, match=r"'brick' \(#1\) hovers"):
        examine(recipe(), ("brick", [0, 0, height]), ("brick", [0, 0, height + 0.0605]))


def test_stack_is_carried():
    """Mutant: everything must touch the floor itself."""
    examine(recipe(), ("brick", [0, 0, 0.0305]), ("brick", [0, 0, 0.0912]))


@pytest.mark.parametrize(("depth", "kept"), [(0.0015, True), (0.0025, False)])
def test_penetration_limit(depth, kept):
    """Mutants: `max_penetration` forgotten, or measured in Bullet's enlarged units."""
    things = ("brick", [0, 0, 0.0305]), ("brick", [0, 0, 0.0905 - depth])
    if kept:
        examine(recipe(), *things)
    else:
        with pytest.raises(SceneRejected, match=r"overlap by 2\.5 mm"):
            examine(recipe(), *things)


@pytest.mark.parametrize(
    ("asset", "height", "ground"),
    [("table", 0.8, 0.75), ("tote", 0.3, 0.004), ("shelf", 0.4, 0.32)],
)
def test_ground_is_what_lies_below(asset, height, ground):
    """Mutants: the top of a container's rim; the bottom of a shelf instead of the board below."""
    a_recipe = furnished(asset)
    posed = scene(a_recipe, ("dice", [0, 0, height]))
    with World(gravity=9.81, step_hz=240) as world:
        fixed = add_fixed(world, posed, LIBRARY, Touch(0.6, 0.1))
        things = things_of(posed, LIBRARY, a_recipe)
        place = places_of(world, fixed, posed, LIBRARY, things)[1]
    assert place.ground == pytest.approx(ground, abs=1e-3)


def test_broken_simulation_is_refused(monkeypatch):
    """Mutant: poses that are no numbers reach the disk."""
    monkeypatch.setattr(World, "pose", lambda *_: np.full((4, 4), np.nan))
    assert "simulation broke down" in refused(recipe(), ("ball", [0, 0, 0.3]))


def test_rest_looks_back():
    """Mutants: only the last two looks count; a thing watched only once rests."""
    watch = Watch()
    watch.look(1, np.zeros((8, 3)))
    assert watch.restless() == [1]
    for look in range(2 * LOOKS):
        watch.look(1, np.full((8, 3), 0.001 if look % 4 == 2 else 0.0))
    assert watch.restless() == [1]
    for _ in range(LOOKS):
        watch.look(1, np.zeros((8, 3)))
    assert watch.restless() == []


def test_turning_on_the_spot_is_no_rest():
    """Mutant: only the middle of a thing is watched."""
    a_recipe = recipe(drop={"spin_deg": 2000}, physics={"max_time": 0.4, "rolling_friction": 0})
    assert "still moves" in refused(a_recipe, ("ball", [0, 0, 0.041]))

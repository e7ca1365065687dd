"""Scenes before physics: what is chosen, where it is released, and that chance stays in its place."""

from collections import Counter

import numpy as np
import pytest
from analytic import LIBRARY, RADIUS, furnished, recipe

from scenegen.errors import AssetError, SceneRejected
from scenegen.geometry import apply, inverse
from scenegen.sample import pool, sample_scene
from scenegen.sample.choose import choose
from tests.plain import to_json

MIX = {
    "objects": [{"count": {"integers": [3, 7]}, "surface": {"color": [1, {"uniform": [0, 1]}, 0]}}]
}


def many(a_recipe, count=200):
    return [sample_scene(a_recipe, LIBRARY, index) for index in range(count)]


def boxes(scene, thing):
    points = LIBRARY.load(thing.asset_id).body.collision
    posed = [apply(thing.world_from_object, part * thing.scale) for part in points]
    return [(part.min(axis=0), part.max(axis=0)) for part in posed]


def test_a_scene_alone_equals_the_one_in_a_batch():
    """Mutant: one generator that runs on from scene to scene."""
    batch = [to_json(scene) for scene in many(recipe(**MIX), 5)]
    assert to_json(sample_scene(recipe(**MIX), LIBRARY, 3)) == batch[3]
    assert len({str(scene["objects"]) for scene in batch}) == 5
    assert (
        to_json(sample_scene(recipe(**MIX), LIBRARY, 3, attempt=1))["objects"]
        != batch[3]["objects"]
    )


def test_stages_do_not_disturb_each_other():
    """Mutant: lights, furniture or later groups draw from the objects' stream."""
    plain = sample_scene(recipe(**MIX), LIBRARY, 0)
    lamp = {"point": {"position": [{"uniform": [0, 1]}, 0, 2], "count": 3}}
    more_light = recipe(**MIX, lights=[lamp, {"sun": {}}])
    more_things = recipe(objects=[*MIX["objects"], {"role": "distractor", "count": 2}])
    assert to_json(sample_scene(more_light, LIBRARY, 0))["objects"] == to_json(plain)["objects"]
    things = sample_scene(more_things, LIBRARY, 0).objects
    assert len(things) == len(plain.objects) + 2
    for old, new in zip(plain.objects, things, strict=False):
        np.testing.assert_array_equal(old.world_from_object, new.world_from_object)
        assert (old.asset_id, old.material) == (new.asset_id, new.material)


def test_targets_are_numbered_before_distractors():
    """Mutant: numbers in the recipe's order; the group a thing came from is lost."""
    groups = [
        {"ids": ["dice"], "role": "distractor", "count": 2},
        {"ids": ["ball"], "count": 3},
        {"ids": ["brick"], "count": 1},
    ]
    things = sample_scene(recipe(objects=groups), LIBRARY, 0).objects
    assert [thing.instance_id for thing in things] == [1, 2, 3, 4, 5, 6]
    assert [thing.asset_id for thing in things] == ["ball"] * 3 + ["brick"] + ["dice"] * 2
    assert [thing.group for thing in things] == [1, 1, 1, 2, 0, 0]


def test_counts():
    """Mutant: an end of the range is never reached. No object at all is a scene, too."""
    a_recipe = recipe(objects=[{"ids": ["dice"], "count": {"integers": [0, 3]}}])
    counts = Counter(len(scene.objects) for scene in many(a_recipe))
    assert sorted(counts) == [0, 1, 2, 3]
    assert min(counts.values()) > 25


def share(group, name):
    (section,) = recipe(objects=[group | {"count": 1000}]).objects
    names = choose(section, 0, LIBRARY, set(), rng=np.random.default_rng(0))
    return np.mean([thing == name for thing in names])


def test_weights():
    """Mutants: weights ignored; a category's weight outdoes the id's own."""
    group = {"ids": ["ball", "marble", "dice"]}
    assert share(group, "dice") == pytest.approx(1 / 3, abs=0.06)
    weighted = group | {"weights": {"dice": 4.0}}
    assert share(weighted, "dice") == pytest.approx(4 / 6, abs=0.06)
    weighted = group | {"weights": {"ball": 2.0, "marble": 0.0}}
    assert share(weighted, "ball") == pytest.approx(2 / 3, abs=0.06)
    assert share(weighted, "marble") == 0


def test_balance_of_categories():
    """Mutant: `balance` ignored: two of three are balls, so are two thirds of the draws."""
    group = {"categories": ["ball", "dice"]}
    assert share(group, "dice") == pytest.approx(1 / 3, abs=0.06)
    group |= {"balance": "categories"}
    assert share(group, "dice") == pytest.approx(1 / 2, abs=0.06)


def test_unique():
    """Mutants: drawn with replacement; a second unique group repeats the first one's."""
    groups = [{"ids": ["ball", "brick", "dice", "rod"], "unique": True, "count": 2}] * 2
    for scene in many(recipe(objects=groups), 20):
        assert len({thing.asset_id for thing in scene.objects}) == 4
    with pytest.raises(SceneRejected, match="none is left"):
        sample_scene(recipe(objects=[*groups, groups[0]]), LIBRARY, 0)


def test_furniture_is_not_dropped_unless_written_out():
    """Mutants: tables rain; a glob brings totes along."""
    assert not {"table", "tote", "shelf"} & set(pool(recipe(objects=[{}]).objects[0], LIBRARY))
    assert pool(recipe(objects=[{"ids": ["t*"]}]).objects[0], LIBRARY) == ()
    assert pool(recipe(objects=[{"ids": ["t*", "tote"]}]).objects[0], LIBRARY) == ("tote",)
    assert "table" in pool(recipe(objects=[{"categories": ["furniture"]}]).objects[0], LIBRARY)
    with pytest.raises(AssetError, match=r"objects\[0\]"):
        sample_scene(recipe(objects=[{"ids": ["t*"]}]), LIBRARY, 0)


def test_poses():
    """Mutants: Euler angles drawn uniformly (they favour the poles); upright things that tilt."""
    anyhow = [s.objects[0].world_from_object for s in many(recipe(), 600)]
    tilt = np.array([pose[2, 2] for pose in anyhow])
    assert np.mean(tilt) == pytest.approx(0, abs=0.07)
    assert np.mean(tilt**2) == pytest.approx(1 / 3, abs=0.04)
    assert np.mean(np.abs(tilt) > 0.9) == pytest.approx(0.1, abs=0.035)
    standing = recipe(objects=[{"ids": ["cup"], "pose": "upright"}])
    turned = [s.objects[0].world_from_object for s in many(standing, 40)]
    assert {round(pose[2, 2], 9) for pose in turned} == {1.0}
    assert np.std([pose[0, 0] for pose in turned]) > 0.5
    assert {round(pose[2, 3], 9) for pose in turned} == {0.01}


@pytest.mark.parametrize("onto", ["floor", "table", "tote"])
def test_nothing_starts_in_anything_else(onto):
    """Mutants: only the last thing, or no furniture, is looked at; clearance ignored."""
    drop = {"onto": onto, "clearance": 0.02}
    if onto == "tote":
        drop |= {"center": [0, 0, 0.25], "size": [0.58, 0.38, 0.48]}
    objects = [{"count": 7, "ids": ["brick", "cup", "plate", "ball"]}]
    a_recipe = recipe(objects=objects, drop=drop)
    if onto != "floor":
        piece = {"name": onto, "asset": onto, "yaw_deg": 45, "at": [1, 0, 0]}
        a_recipe = recipe(objects=objects, drop=drop, furniture=[piece])
    scene = sample_scene(a_recipe, LIBRARY, 0)
    frame = scene.fixtures[0].world_from_object if scene.fixtures else np.eye(4)
    placed = []
    for thing in (*scene.fixtures, *scene.objects):
        local = inverse(frame) @ thing.world_from_object
        own = [apply(local, p) for p in LIBRARY.load(thing.asset_id).body.collision]
        own = [(p.min(axis=0), p.max(axis=0)) for p in own]
        for low, high in own:
            for other_low, other_high in placed:
                gap = np.maximum(low - other_high, other_low - high)
                assert (gap[:2] > 0.0019).any() or gap[2] > 0.0199
        placed += own
    assert min(low[2] for thing in scene.objects for low, _ in boxes(scene, thing)) > 0.0199


def test_default_region_is_the_top_of_the_support():
    """Mutants: the floor under a table; no inset; yaw or scale of the furniture forgotten."""
    piece = {"name": "table", "asset": "table", "at": [2, 1, 0], "yaw_deg": 90, "scale": 0.5}
    a_recipe = furnished("table", furniture=[piece], objects=[{"ids": ["dice"]}])
    places = np.array([s.objects[0].world_from_object[:3, 3] for s in many(a_recipe)])
    assert places[:, 2].min() > 0.375
    spread = np.abs(places[:, :2] - [2, 1]).max(axis=0)
    np.testing.assert_allclose(spread, [0.16 - 0.013, 0.28 - 0.013], atol=0.01)


def test_shelf_things_stay_below_the_next_board():
    """Mutant: towers grow through the board above."""
    drop = {"onto": "shelf", "center": [0, 0, 0.15], "size": [0.7, 0.26, 0.24]}
    objects = [{"ids": ["cup"], "pose": "upright", "count": 4}]
    a_recipe = furnished("shelf", drop=drop, objects=objects)
    with pytest.raises(SceneRejected, match="no room to release 'cup'"):
        sample_scene(
            furnished("shelf", drop=drop, objects=[objects[0] | {"count": 40}]), LIBRARY, 0
        )
    for index in range(5):
        scene = sample_scene(a_recipe, LIBRARY, index)
        assert max(high[2] for t in scene.objects for _, high in boxes(scene, t)) < 0.3


def test_too_large_for_its_support():
    """Mutant: a table is released onto a dice, for ever in vain."""
    a_recipe = furnished("brick", objects=[{"ids": ["table"], "pose": "upright"}])
    with pytest.raises(SceneRejected, match=r"object #1: no room to release 'table'"):
        sample_scene(a_recipe, LIBRARY, 0)


def test_point_region_takes_anything():
    """Mutant: a region without extent refuses all."""
    a_recipe = recipe(drop={"center": [0.5, 0, 1], "size": [0, 0, 0]})
    place = sample_scene(a_recipe, LIBRARY, 0).objects[0].world_from_object[:3, 3]
    np.testing.assert_allclose(place, [0.5, 0, 1 + RADIUS + 0.01], atol=2e-3)


def test_scene_carries_what_the_recipe_says():
    """Mutants: degrees left as degrees; surfaces, sizes or colors dropped."""
    a_recipe = furnished(
        "table",
        furniture=[{"name": "table", "asset": "table", "surface": {"material": "oak"}}],
        objects=[
            {"ids": ["ball"], "scale": 1.5, "surface": {"color": [1, 0, 0], "roughness": 0.3}}
        ],
        backdrop={
            "floor": {"size": 3, "material": "oak"},
            "walls": {"height": 2.5},
            "color": [0, 0, 1],
        },
    )
    scene = sample_scene(a_recipe, LIBRARY, 4, attempt=2)
    assert (scene.index, scene.attempt, scene.at_rest) == (4, 2, False)
    fixture, thing = scene.fixtures[0], scene.objects[0]
    assert (fixture.instance_id, fixture.role, fixture.name) == (0, "fixture", "table")
    assert fixture.material is not None
    assert fixture.material.texture == "oak"
    assert thing.material is not None
    assert (thing.scale, thing.material.color, thing.material.roughness) == (1.5, (1, 0, 0), 0.3)
    backdrop = scene.backdrop
    assert backdrop.floor is not None
    assert (backdrop.floor.texture, backdrop.floor_size, backdrop.wall_height) == ("oak", 3.0, 2.5)
    assert backdrop.color == (0, 0, 1)

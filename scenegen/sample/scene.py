"""A recipe becomes a scene: everything is where it is released, nothing has fallen yet."""

from math import radians

import numpy as np

from scenegen.assets.library import Library
from scenegen.distributions import sample
from scenegen.errors import SceneRejected
from scenegen.geometry import rotation_about, transform
from scenegen.recipe import Objects, Recipe
from scenegen.sample.choose import choose
from scenegen.sample.clutter import clutter_of, merged
from scenegen.sample.lights import sample_lights
from scenegen.sample.placement import place, region_of
from scenegen.sample.surfaces import material_of
from scenegen.scene import Backdrop, Scene, SceneObject, moved
from scenegen.streams import Stage, stream


def sample_scene(recipe: Recipe, library: Library, index: int, attempt: int = 0) -> Scene:
    """Draw scene `index` before physics; equal arguments give an equal scene, alone or in a batch.

    Raises SceneRejected where chance left no room; another attempt may do better.
    """
    fixtures = _fixtures(recipe, library, index, attempt)
    chosen = _chosen(recipe, library, index, attempt)
    return Scene(
        index=index,
        attempt=attempt,
        objects=_placed(recipe, library, index, attempt, chosen, fixtures),
        fixtures=fixtures,
        lights=sample_lights(recipe, index, attempt),
        backdrop=_backdrop(recipe, index, attempt),
    )


def _fixtures(
    recipe: Recipe, library: Library, index: int, attempt: int
) -> tuple[SceneObject, ...]:
    fixtures = []
    for number, piece in enumerate(recipe.furniture):
        rng = stream(recipe.seed, index, attempt, Stage.FURNITURE, number)
        asset_id = sample(piece.asset, rng=rng)
        turn = rotation_about([0.0, 0.0, 1.0], radians(sample(piece.yaw_deg, rng=rng)))
        unposed = SceneObject(
            instance_id=0,
            asset_id=asset_id,
            category=library.info(asset_id).category,
            role="fixture",
            world_from_object=np.eye(4),
            scale=float(sample(piece.scale, rng=rng)),
            material=material_of(piece.surface, rng=rng),
            name=piece.name,
        )
        fixtures.append(moved(unposed, transform(turn, sample(piece.at, rng=rng))))
    return tuple(fixtures)


def _chosen(recipe: Recipe, library: Library, index: int, attempt: int) -> list[SceneObject]:
    """All objects, targets first, numbered from 1, not yet placed."""
    order = sorted(enumerate(recipe.objects), key=lambda item: item[1].role == "distractor")
    taken: set[str] = set()
    objects: list[SceneObject] = []
    for number, group in order:
        rng = stream(recipe.seed, index, attempt, Stage.OBJECTS, number)
        for asset_id in choose(group, number, library, taken, rng=rng):
            taken.add(asset_id)
            new = _object(group, number, asset_id, len(objects) + 1, library, rng=rng)
            objects.append(new)
    return objects


def _object(
    group: Objects,
    number: int,
    asset_id: str,
    instance_id: int,
    library: Library,
    *,
    rng: np.random.Generator,
) -> SceneObject:
    scale = float(sample(group.scale, rng=rng))
    material = material_of(sample(group.surface, rng=rng), rng=rng)
    return moved(
        SceneObject(
            instance_id=instance_id,
            asset_id=asset_id,
            category=library.info(asset_id).category,
            role=group.role,
            world_from_object=np.eye(4),
            scale=scale,
            material=material,
            group=number,
        ),
        np.eye(4),
    )


def _placed(
    recipe: Recipe,
    library: Library,
    index: int,
    attempt: int,
    chosen: list[SceneObject],
    fixtures: tuple[SceneObject, ...],
) -> tuple[SceneObject, ...]:
    """The chosen objects where they are released, each with a stream of its own."""
    by_name = {fixture.name: fixture for fixture in fixtures}
    clutter = merged(
        [
            clutter_of(library.load(fixture.asset_id), fixture.scale).moved(
                fixture.world_from_object
            )
            for fixture in fixtures
        ]
    )
    placed = []
    ranks: dict[int, int] = {}
    for thing in chosen:
        group = recipe.objects[thing.group]
        rank = ranks[thing.group] = ranks.get(thing.group, -1) + 1
        rng = stream(recipe.seed, index, attempt, Stage.PLACEMENT, thing.group, rank)
        drop = group.drop or recipe.drop
        support = by_name.get(drop.onto)
        base = library.load(support.asset_id) if support else None
        region = region_of(drop, support, base, rng=rng)
        asset = library.load(thing.asset_id)
        kind, clearance = sample((group.pose, drop.clearance), rng=rng)
        try:
            pose = place(asset, thing.scale, kind, region, clearance, clutter, rng=rng)
        except SceneRejected as error:
            raise SceneRejected(f"object #{thing.instance_id}: {error}") from error
        placed.append(moved(thing, pose))
        clutter = merged([clutter, clutter_of(asset, thing.scale).moved(pose)])
    return tuple(placed)


def _backdrop(recipe: Recipe, index: int, attempt: int) -> Backdrop:
    section = recipe.backdrop

    def rng(part: int) -> np.random.Generator:
        return stream(recipe.seed, index, attempt, Stage.BACKDROP, part)

    floor, walls = section.floor, section.walls
    red, green, blue = sample(section.color, rng=rng(2))
    return Backdrop(
        floor=material_of(floor, rng=rng(0)),
        floor_size=float(sample(floor.size, rng=rng(3))) if floor else 20.0,
        walls=material_of(walls, rng=rng(1)),
        wall_height=float(sample(walls.height, rng=rng(4))) if walls else 0.0,
        color=(float(red), float(green), float(blue)),
    )

"""What only the library can tell of a recipe: names that mean nothing, things that cannot be.

Every complaint is (where in the YAML, what is wrong, what may help).
"""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from math import degrees
from pathlib import Path
from typing import Any

import numpy as np

from scenegen import lens
from scenegen.assets.library import Library
from scenegen.config import closest
from scenegen.distributions import Choice, Weighted, support
from scenegen.recipe import CameraSection, Drop, EnvironmentLight, Objects, Recipe, Surface
from scenegen.sample.cameras import USUAL_FOV, distortion_of, matrix_of
from scenegen.sample.choose import STANDING, likelihoods, pool
from scenegen.scene import Camera, Distortion

Loc = tuple[int | str, ...]
Complaint = tuple[Loc, str, str]


def validate_recipe(recipe: Recipe, library: Library) -> list[Complaint]:
    """Everything that this recipe and this library cannot do together, in the recipe's order."""
    return [
        *_objects(recipe, library),
        *_furniture(recipe, library),
        *_supports(recipe),
        *_materials(recipe, library),
        *_environments(recipe, library),
        *_cameras(recipe),
    ]


def _objects(recipe: Recipe, library: Library) -> Iterator[Complaint]:
    ids = library.ids()
    categories = sorted({library.info(id).category for id in ids})
    for number, group in enumerate(recipe.objects):
        here: Loc = ("objects", number)
        complaints = [
            *_unmatched(group.ids or (), ids, (*here, "ids"), library),
            *(
                ((*here, "categories", i), f"no object is a {name!r}", _hint(name, categories))
                for i, name in enumerate(group.categories or ())
                if name not in categories
            ),
            *(
                ((*here, "weights", name), f"{name!r} is no id and no category", _hint(name, ids))
                for name in group.weights
                if name not in ids and name not in categories
            ),
        ]
        yield from complaints or _counts(group, here, library)


def _unmatched(
    patterns: Sequence[str], ids: Sequence[str], here: Loc, library: Library
) -> Iterator[Complaint]:
    for number, pattern in enumerate(patterns):
        found = [id for id in ids if fnmatchcase(id, pattern)]
        standing = [id for id in found if library.info(id).category in STANDING and id != pattern]
        if not found:
            yield (*here, number), f"no object is called {pattern!r}", _hint(pattern, ids)
        elif len(standing) == len(found):
            names = ", ".join(standing)
            hint = f"only furniture and containers match; to drop one, write its id out: {names}"
            yield (*here, number), f"{pattern!r} matches nothing to drop", hint


def _counts(group: Objects, here: Loc, library: Library) -> Iterator[Complaint]:
    most = int(support(group.count)[1])
    found = pool(group, library)
    chances = likelihoods(found, group, library)
    likely = int((chances > 0).sum())
    if most and not found:
        yield here, "no object has one of these ids and one of these categories", ""
    elif most and not likely:
        yield (*here, "weights"), "every object of this group has weight 0", ""
    elif group.unique and most > likely:
        message = f"up to {most} different objects are asked for, there are {likely}"
        yield (*here, "count"), message, "lower the count or leave out `unique`"


def _furniture(recipe: Recipe, library: Library) -> Iterator[Complaint]:
    seen: set[str] = set()
    for number, piece in enumerate(recipe.furniture):
        here: Loc = ("furniture", number)
        if piece.name in ("floor", "objects", "object"):
            yield (*here, "name"), f"{piece.name!r} already has a meaning", "choose another name"
        elif piece.name in seen:
            yield (*here, "name"), f"two pieces of furniture are called {piece.name!r}", ""
        seen.add(piece.name)
        for asset, where in options(piece.asset, (*here, "asset")):
            if asset not in library.ids():
                yield where, f"no object is called {asset!r}", _hint(asset, library.ids())


def _supports(recipe: Recipe) -> Iterator[Complaint]:
    names = [piece.name for piece in recipe.furniture]
    drops: list[tuple[Drop, Loc]] = []
    drops += [(recipe.drop, ("drop",))] if any(g.drop is None for g in recipe.objects) else []
    drops += [(g.drop, ("objects", n, "drop")) for n, g in enumerate(recipe.objects) if g.drop]
    for drop, here in drops:
        if drop.onto not in ("floor", *names):
            message = f"no piece of furniture is called {drop.onto!r}"
            yield (*here, "onto"), message, _hint(drop.onto, ["floor", *names])
        elif drop.onto == "floor" and recipe.captures.at_rest and recipe.backdrop.floor is None:
            message = "objects cannot come to rest: there is no floor"
            hint = "give `backdrop` a `floor`, drop onto furniture, or set `at_rest: false`"
            yield (*here, "onto"), message, hint
    if recipe.captures.at_rest and support(recipe.physics.gravity)[0] == 0:
        message = "objects cannot come to rest without gravity"
        yield ("physics", "gravity"), message, "set `captures: {at_rest: false, falling: [...]}`"


def _materials(recipe: Recipe, library: Library) -> Iterator[Complaint]:
    known = library.materials()
    for surface, here in _surfaces(recipe):
        if surface is not None:
            for name, where in options(surface.material, (*here, "material")):
                if name is not None and name not in known:
                    yield where, f"no material is called {name!r}", _hint(name, known)


def _surfaces(recipe: Recipe) -> Iterator[tuple[Surface | None, Loc]]:
    for number, group in enumerate(recipe.objects):
        yield from options(group.surface, ("objects", number, "surface"))
    for number, piece in enumerate(recipe.furniture):
        yield piece.surface, ("furniture", number, "surface")
    yield recipe.backdrop.floor, ("backdrop", "floor")
    yield recipe.backdrop.walls, ("backdrop", "walls")


def _environments(recipe: Recipe, library: Library) -> Iterator[Complaint]:
    known = library.environments()
    for number, light in enumerate(recipe.lights):
        if isinstance(light, EnvironmentLight):
            here = ("lights", number, "environment", "map")
            for name, where in options(light.environment.map, here):
                if name in known:
                    continue
                if not name.lower().endswith(".hdr"):
                    yield where, f"no environment is called {name!r}", _hint(name, known)
                elif not any((Path(root) / name).is_file() for root in (*library.roots, ".")):
                    yield where, f"there is no file {name!r}", "paths are relative to the recipe"


def _cameras(recipe: Recipe) -> Iterator[Complaint]:
    seen: set[str] = set()
    names = ["objects", "object", *(piece.name for piece in recipe.furniture)]
    for number, camera in enumerate(recipe.cameras):
        here: Loc = ("cameras", number)
        if camera.name in seen:
            yield (*here, "name"), f"two cameras are called {camera.name!r}", "name them apart"
        seen.add(camera.name)
        if isinstance(camera.look_at, str) and camera.look_at not in names:
            message = f"there is no {camera.look_at!r} to look at"
            yield (*here, "look_at"), message, _hint(camera.look_at, names)
        yield from _lens(camera, here)


def _lens(section: CameraSection, here: Loc) -> Iterator[Complaint]:
    """A lens that does not see its field of view, or hardly anything in the middle half of it."""
    distortion = distortion_of(section)
    if distortion is None:
        return
    fovs = support(USUAL_FOV if section.fov_deg is None else section.fov_deg)
    widest = 2 * degrees(lens.limit(distortion))
    hint = "lower `fov_deg`, or check the coefficients and their order"
    given = section.intrinsics is not None
    if distortion.model == "kannala_brandt" and not given and fovs[1] >= widest:
        message = f"with these coefficients the lens sees less than {widest:.4g}°"
        yield (*here, "distortion"), message, hint
    elif any(_seen_share(section, distortion, fov) < 0.5 for fov in fovs):
        message = (
            "the lens sees less than half of the middle of the picture: "
            f"its model folds {widest / 2:.3g}° from the axis"
        )
        yield (*here, "distortion"), message, hint


def _seen_share(section: CameraSection, distortion: Distortion, fov_deg: float) -> float:
    """How much of the middle of the picture, half as wide and high, the lens sees; 64 × 64 tried."""
    steps = np.diag([64 / section.size[0], 64 / section.size[1], 1.0])
    k = steps @ matrix_of(section, fov_deg)
    camera = Camera("", 0, 64, 64, k, np.eye(4), distortion=distortion)
    return float(np.isfinite(lens.rays(camera, (16, 16, 48, 48))[..., 0]).mean())


def options(value: Any, here: Loc) -> list[tuple[Any, Loc]]:
    """All values that a constant or a choice can give, and where each stands in the YAML."""
    if isinstance(value, Choice):
        return [(item, (*here, "choice", i)) for i, item in enumerate(value.choice)]
    if isinstance(value, Weighted):
        return [(item[0], (*here, "weighted", i, 0)) for i, item in enumerate(value.weighted)]
    return [(value, here)]


def _hint(name: str, known: Iterable[str]) -> str:
    near = closest(name, known)
    some = sorted(known)
    if near:
        return f"did you mean {near!r}?"
    return "there is: " + (", ".join(some[:20]) + (", …" if len(some) > 20 else "") or "nothing")

"""Which objects a scene holds: pools, weights, counts."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np

from scenegen.assets.library import Library
from scenegen.distributions import sample
from scenegen.errors import AssetError, SceneRejected
from scenegen.recipe import Objects

STANDING = frozenset({"furniture", "container"})
"""Categories that are not dropped unless a recipe names them or writes an id out in full."""


def pool(group: Objects, library: Library) -> tuple[str, ...]:
    """The ids that a group may choose from, sorted."""
    return tuple(id for id in sorted(library.ids()) if _belongs(id, group, library))


def _belongs(id: str, group: Objects, library: Library) -> bool:
    category = library.info(id).category
    named = group.ids is None or any(fnmatchcase(id, pattern) for pattern in group.ids)
    wanted = group.categories is None or category in group.categories
    written_out = id in (group.ids or ()) or category in (group.categories or ())
    return named and wanted and (category not in STANDING or written_out)


def likelihoods(
    ids: Sequence[str], group: Objects, library: Library
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How likely each id is to be chosen, adding up to 1 (all 0 where every weight is 0).

    A weight given for an id outdoes the one for its category. With `balance: categories` the
    category is drawn first (by its weight), then the object in it (by the weight of its id).
    """
    categories = [library.info(id).category for id in ids]
    weights = group.weights
    if group.balance == "objects":
        chances = [
            weights.get(id, weights.get(kind, 1.0))
            for id, kind in zip(ids, categories, strict=True)
        ]
        return _normalized(chances)
    within = [
        1.0 if id == kind else weights.get(id, 1.0)
        for id, kind in zip(ids, categories, strict=True)
    ]
    totals = {
        kind: sum(w for w, k in zip(within, categories, strict=True) if k == kind)
        for kind in categories
    }
    return _normalized(
        [
            weights.get(kind, 1.0) * weight / totals[kind] if totals[kind] else 0.0
            for weight, kind in zip(within, categories, strict=True)
        ]
    )


def _normalized(chances: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    array = np.array(chances, dtype=np.float64)
    return array / array.sum() if array.sum() > 0 else array


def choose(
    group: Objects, number: int, library: Library, taken: set[str], *, rng: np.random.Generator
) -> list[str]:
    """Draw the ids of group `number`; a `unique` group avoids those `taken` and each other.

    Raises AssetError where the pool is empty, SceneRejected where nothing is left to draw.
    """
    ids = pool(group, library)
    count = int(sample(group.count, rng=rng))
    if count and not ids:
        raise AssetError(f"objects[{number}] matches no object of the library")
    chosen: list[str] = []
    for _ in range(count):
        left = [id for id in ids if not (group.unique and (id in taken or id in chosen))]
        chances = likelihoods(left, group, library)
        if not chances.sum() > 0:
            raise SceneRejected(f"objects[{number}] wants {count} different objects, none is left")
        chosen.append(left[int(rng.choice(len(left), p=chances))])
    return chosen

"""Which pictures of a scene belong together: stereo pairs, and one moment after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scenegen.scene import Camera


@dataclass(frozen=True)
class Links:
    """Places in the list of a scene's shots, or None."""

    partner: int | None = None
    successor: int | None = None


def links(takes: Sequence[tuple[int, Camera]]) -> list[Links]:
    """The links of all shots of a scene, each given as its capture's number and its camera.

    The successor is the next picture of the same camera, eye and `sequence`, in the order of
    capture and view; the partner is the other half of the stereo pair.
    """
    rows: dict[tuple[str, str, int], list[int]] = {}
    pairs: dict[tuple[int, str, int, str], int] = {}
    for place, (capture, camera) in enumerate(takes):
        rows.setdefault((camera.name, camera.eye, camera.sequence), []).append(place)
        pairs[capture, camera.name, camera.view, camera.eye] = place
    successors: dict[int, int] = {}
    for row in rows.values():
        row.sort(key=lambda place: (takes[place][0], takes[place][1].view))
        successors.update(pairwise(row))
    opposite = {"left": "right", "right": "left", "": "none"}
    return [
        Links(
            pairs.get((capture, camera.name, camera.view, opposite[camera.eye])),
            successors.get(place),
        )
        for place, (capture, camera) in enumerate(takes)
    ]

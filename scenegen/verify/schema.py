"""What every JSON file of a dataset must say, key by key, and a strict reader of JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Kind = Any
"""A type, a dict of keys to kinds, or one of the classes below."""


@dataclass(frozen=True)
class Maybe:
    """Null, or of a kind."""

    kind: Kind


@dataclass(frozen=True)
class Rows:
    """A list, of `size` if that is given."""

    kind: Kind
    size: int | None = None


@dataclass(frozen=True)
class Table:
    """Any keys, values of one kind."""

    kind: Kind


@dataclass(frozen=True)
class OneOf:
    """One of these texts."""

    values: tuple[str, ...]


VEC2, VEC3 = Rows(float, 2), Rows(float, 3)
BOX = Maybe(Rows(float, 4))
MATRIX3, MATRIX4 = Rows(VEC3, 3), Rows(Rows(float, 4), 4)

CAMERA = {
    "name": str,
    "view": int,
    "width": int,
    "height": int,
    "K": MATRIX3,
    "world_from_camera": MATRIX4,
    "exposure": float,
    "eye": OneOf(("", "left", "right")),
    "sequence": int,
    "distortion": Maybe(
        {"model": OneOf(("brown_conrady", "kannala_brandt")), "coefficients": Rows(float)}
    ),
}
MATERIAL = {
    "texture": Maybe(str),
    "color": Maybe(VEC3),
    "roughness": Maybe(float),
    "metallic": Maybe(float),
}
THING = {
    "instance_id": int,
    "asset_id": str,
    "category": str,
    "role": OneOf(("target", "distractor", "fixture")),
    "world_from_object": MATRIX4,
    "scale": float,
    "material": Maybe(MATERIAL),
    "name": str,
    "group": int,
}
LIGHT = {
    "kind": OneOf(("sun", "point", "spot", "environment")),
    "color": VEC3,
    "strength": float,
    "position": VEC3,
    "direction": VEC3,
    "size": float,
    "cone": float,
    "texture": str,
    "yaw": float,
    "visible": bool,
}
CAPTURE = {
    "index": int,
    "attempt": int,
    "objects": Rows(THING),
    "fixtures": Rows(THING),
    "lights": Rows(LIGHT),
    "backdrop": {
        "floor": Maybe(MATERIAL),
        "floor_size": float,
        "walls": Maybe(MATERIAL),
        "wall_height": float,
        "color": VEC3,
    },
    "time": float,
    "at_rest": bool,
}
SCENE = {
    "scene": int,
    "attempt": int,
    "captures": Rows(CAPTURE),
    "shots": Rows({"stem": str, "capture": int, "camera": CAMERA}),
}
KEYPOINT = {
    "name": str,
    "object": VEC3,
    "camera": VEC3,
    "image": Maybe(VEC2),
    "state": OneOf(("visible", "self_occluded", "occluded", "outside")),
}
LABEL = {
    "instance_id": int,
    "asset_id": str,
    "category": str,
    "category_id": int,
    "role": OneOf(("target", "distractor")),
    "px_visible": int,
    "px_in_frame": int,
    "px_full": int,
    "full_canvas_clipped": bool,
    "occlusion": Maybe(float),
    "truncation": Maybe(float),
    "visible_fraction": Maybe(float),
    "box_visible": BOX,
    "box_amodal": BOX,
    "box_amodal_clipped": BOX,
    "box_cuboid": BOX,
    "camera_from_object": MATRIX4,
    "cuboid_center": VEC3,
    "cuboid_size": VEC3,
    "corners_camera": Rows(VEC3, 8),
    "corners_image": Rows(Maybe(VEC2), 8),
    "amodal_mask": Maybe({"size": Rows(int, 2), "counts": str}),
    "hidden_by": Maybe(Rows({"by": int, "px": int})),
    "keypoints": Maybe(Rows(KEYPOINT)),
    "camera_from_object_canonical": Maybe(MATRIX4),
}
SHOT = {
    "camera": CAMERA,
    "capture": int,
    "time": float,
    "at_rest": bool,
    "stereo_partner": Maybe(str),
    "successor": Maybe(str),
    "files": Table(str),
    "overflow_px": Table(int),
    "objects": Rows(LABEL),
}
TRACKS = {
    "tracks": Rows(
        {
            "instance_id": int,
            "asset_id": str,
            "category": str,
            "category_id": int,
            "role": OneOf(("target", "distractor")),
            "shots": Rows(
                {
                    "stem": str,
                    "capture": int,
                    "time": float,
                    "camera": str,
                    "view": int,
                    "eye": OneOf(("", "left", "right")),
                    "px_visible": int,
                    "box_visible": BOX,
                }
            ),
        }
    )
}
CARD = {
    "format": int,
    "scenegen": str,
    "name": str,
    "description": str,
    "seed": int,
    "recipe_sha256": str,
    "conventions": Table(str),
    "categories": Rows({"id": int, "name": str}),
    "outputs": Rows(str),
    "depth_scale": float,
    "cameras": Rows(
        {"name": str, "width": int, "height": int, "views": int, "stereo_baseline": Maybe(float)}
    ),
    "assets": Rows(
        {
            "id": str,
            "category": str,
            "name": str,
            "licence": str,
            "symmetries_discrete": Rows(Rows(float, 16)),
            "symmetries_continuous": Rows({"axis": VEC3, "offset": VEC3}),
        }
    ),
    "versions": Table(str),
}


def parse(data: bytes) -> Any:
    """JSON as plain data; ValueError for what is not strict JSON: NaN, keys given twice, a bad end."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key '{twice}' is given twice")
    return table


def mistakes(value: Any, kind: Kind, path: str = "") -> Iterator[str]:
    """What is wrong with plain data, each with the place where it stands."""
    where = path or "the whole file"
    if isinstance(kind, Maybe):
        if value is not None:
            yield from mistakes(value, kind.kind, path)
    elif isinstance(kind, dict):
        yield from _of_keys(value, kind, path)
    elif isinstance(kind, Table):
        if not isinstance(value, dict):
            yield f"{where}: expected keys and values, found {_shown(value)}"
            return
        for key, item in value.items():
            yield from mistakes(item, kind.kind, f"{path}.{key}" if path else key)
    elif isinstance(kind, Rows):
        size = f"{kind.size} values" if kind.size is not None else "values"
        if not isinstance(value, list) or (kind.size is not None and len(value) != kind.size):
            yield f"{where}: expected a list of {size}, found {_shown(value)}"
            return
        for number, item in enumerate(value):
            yield from mistakes(item, kind.kind, f"{path}[{number}]")
    elif isinstance(kind, OneOf):
        if value not in kind.values:
            yield f"{where}: {_shown(value)} is none of {', '.join(map(repr, kind.values))}"
    elif not _is(value, kind):
        yield f"{where}: expected {kind.__name__}, found {_shown(value)}"


def _of_keys(value: Any, keys: dict[str, Kind], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'the whole file'}: expected keys and values, found {_shown(value)}"
        return
    for key in [key for key in keys if key not in value]:
        yield f"{path + '.' if path else ''}{key} is missing"
    for key in value:
        inner = f"{path}.{key}" if path else key
        if key in keys:
            yield from mistakes(value[key], keys[key], inner)
        else:
            yield f"{inner}: nobody knows this key"


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        return _is(value, int) or (isinstance(value, float) and math.isfinite(value))
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 50 else text[:47] + "…"

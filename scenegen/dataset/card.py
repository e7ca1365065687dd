"""dataset.json: what a reader must know before the first picture, and the check before more."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel, ConfigDict

from scenegen import __version__
from scenegen.assets.model import AssetInfo
from scenegen.recipe import Recipe
from scenegen.scene import Vec3

FORMAT = 1
"""Raised when a reader of the old number would misread the new layout."""

CONVENTIONS = {
    "units": "metres, seconds, radians; pixels where the name says px",
    "world": "right-handed, z up",
    "camera": "OpenCV axes: x right, y down, z forward",
    "transforms": "a_from_b, 4x4, row by row, act on column vectors",
    "K": "OpenCV pixel frame: the centre of the top-left pixel is (0, 0)",
    "boxes": "x0 y0 x1 y1, half-open, corner frame: pixel (row, column) covers [column, column+1) "
    "x [row, row+1); corner frame = OpenCV frame + 0.5",
    "rgb": "8-bit RGB PNG, sRGB",
    "ids": "16-bit PNG, 0 = background, else instance_id; one sample at each pixel's centre",
    "semantic": "16-bit PNG, category id of targets, 0 = everything else",
    "depth": "16-bit PNG x depth_scale = metres along the optical axis; 0 = nothing or too far",
    "normals": "8-bit RGB PNG, round((n+1)/2*255), camera frame; (0, 0, 0) = nothing",
    "nocs": "16-bit RGB PNG, 1 + round(65534 c), c = (p - middle)/diagonal + 0.5 of the object's box; "
    "(0, 0, 0) = no object",
    "albedo": "8-bit RGB PNG, sRGB base color without light",
    "roughness_metallic": "8-bit RGB PNG: 0, roughness x 255, metallic x 255",
    "flow": "16-bit RGB PNG: dx = (R - 32768)/64, dy = (G - 32768)/64 pixels to the successor, B = 1; "
    "(0, 0, 0) = none",
    "scene_flow": "16-bit RGB PNG: (value - 32768) x depth_scale = metres, the successor's camera frame "
    "less this one's; (0, 0, 0) = none",
    "disparity": "16-bit PNG / 256 = fx baseline / z pixels; 0 = nothing",
    "flow_occlusion": "8-bit PNG: 0 no surface, 1 seen in the successor, 2 hidden there, 3 outside it",
    "stereo_occlusion": "8-bit PNG: 0 no surface, 1 seen by both eyes, 2 hidden from the other, "
    "3 outside its picture",
    "distortion": "OpenCV's models and order of coefficients; every label obeys it",
    "masks": "COCO's compressed run lengths of the whole silhouette inside the picture",
    "keypoints": "object and camera frame: metres; image: pixels, OpenCV frame",
    "symmetries": "BOP's terms: rigid transforms row by row, axes and offsets, metres before scaling",
    "corners": "index = 4[x+] + 2[y+] + [z+] in the object frame",
    "object frame": "the asset's own frame, already scaled: camera_from_object is rigid",
    "occlusion": "1 - px_visible/px_in_frame",
    "truncation": "1 - px_in_frame/px_full",
    "visible_fraction": "px_visible/px_full",
}

_LIBRARIES = (
    "numpy",
    "opencv-python-headless",
    "opencv-python",
    "isal",
    "pybullet",
    "pyrender",
    "trimesh",
)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)


class Category(_Entry):
    id: int
    name: str


class Axis(_Entry):
    """Of revolution: direction and a point on it."""

    axis: Vec3
    offset: Vec3


class UsedAsset(_Entry):
    """An object that a recipe may pick; symmetries in BOP's terms, metres, before scaling."""

    id: str
    category: str
    name: str
    licence: str
    symmetries_discrete: tuple[tuple[float, ...], ...] = ()
    symmetries_continuous: tuple[Axis, ...] = ()


class CardCamera(_Entry):
    name: str
    width: int
    height: int
    views: int
    stereo_baseline: float | None


class Card(_Entry):
    """The contents of dataset.json. `versions` are of the libraries that decide the bytes."""

    format: int
    scenegen: str
    name: str
    description: str
    seed: int
    recipe_sha256: str
    conventions: dict[str, str]
    categories: tuple[Category, ...]
    outputs: tuple[str, ...]
    depth_scale: float
    cameras: tuple[CardCamera, ...]
    assets: tuple[UsedAsset, ...]
    versions: dict[str, str]

    @property
    def category_ids(self) -> dict[str, int]:
        """Number of each category by its name."""
        return {category.name: category.id for category in self.categories}


def make_card(
    recipe: Recipe,
    recipe_bytes: bytes,
    category_ids: Mapping[str, int],
    assets: Iterable[AssetInfo],
) -> Card:
    """The card of a new dataset; `assets` are all that its recipe may pick, in any order."""
    used = sorted(assets, key=lambda info: info.id)
    return Card(
        format=FORMAT,
        scenegen=__version__,
        name=recipe.name,
        description=recipe.description,
        seed=recipe.seed,
        recipe_sha256=hashlib.sha256(recipe_bytes).hexdigest(),
        conventions=CONVENTIONS,
        categories=tuple(
            Category(id=number, name=name)
            for name, number in sorted(category_ids.items(), key=lambda item: item[1])
        ),
        outputs=recipe.outputs,
        depth_scale=recipe.depth_scale,
        cameras=tuple(
            CardCamera(
                name=camera.name,
                width=camera.size[0],
                height=camera.size[1],
                views=camera.views,
                stereo_baseline=camera.stereo.baseline if camera.stereo else None,
            )
            for camera in recipe.cameras
        ),
        assets=tuple(_used(info) for info in used),
        versions=_versions(),
    )


def _used(info: AssetInfo) -> UsedAsset:
    return UsedAsset(
        id=info.id,
        category=info.category,
        name=info.name,
        licence=info.licence,
        symmetries_discrete=info.symmetries_discrete,
        symmetries_continuous=tuple(
            Axis(axis=axis, offset=offset) for axis, offset in info.symmetries_continuous
        ),
    )


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


# ---------------------------------------------------------------------------- what differs

_ABSENT = object()


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """`dotted.path[0]: old → new` for everything in which two trees of plain data differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(old.get(key, _ABSENT), new.get(key, _ABSENT), inner)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else _ABSENT
            after = new[index] if index < len(new) else _ABSENT
            yield from differences(before, after, f"{path}[{index}]")
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield f"{path}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "(not there)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"

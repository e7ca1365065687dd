"""The builtin materials and the panoramas that light a scene."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from scenegen.assets.files import ASSETS
from scenegen.assets.images import rgb
from scenegen.assets.model import SurfaceTexture
from scenegen.assets.places import find, read_bytes
from scenegen.config import load
from scenegen.errors import AssetError

MAX_PANORAMA_PX = 16384


class About(BaseModel):
    """What a material's or an environment's YAML file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    description: str = ""
    licence: str = ""
    tile_size: Annotated[float, Field(strict=True, gt=0, le=100)] = 1.0
    use: tuple[str, ...] = ()
    source: str = ""


def listed(kind: str) -> tuple[str, ...]:
    """The ids of the builtin `materials` or `environments`, sorted."""
    return tuple(sorted(path.parent.name for path in (ASSETS / kind).glob(f"*/{_yaml(kind)}")))


def about(kind: str, name: str) -> About:
    """What is said of a builtin material or environment."""
    return load(ASSETS / kind / name / _yaml(kind), About)


def _yaml(kind: str) -> str:
    return f"{kind.removesuffix('s')}.yaml"


def load_material(name: str) -> SurfaceTexture:
    """The pictures of a builtin material."""
    folder = ASSETS / "materials" / name
    pictures = {}
    for kind in ("basecolor", "normal", "orm"):
        path = next((p for s in ("jpg", "png") if (p := folder / f"{kind}.{s}").is_file()), None)
        if path is None:
            raise AssetError(f"{folder}: {kind}.jpg is missing")
        pictures[kind] = rgb(read_bytes(path), str(path))
    tile_size = about("materials", name).tile_size
    return SurfaceTexture(
        name, pictures["basecolor"], pictures["normal"], pictures["orm"], tile_size
    )


def load_environment(path: Path) -> NDArray[np.float32]:
    """(H, W, 3) linear RGB radiance of an equirectangular Radiance .hdr picture, row 0 on top."""
    import cv2

    if path.suffix.lower() != ".hdr":
        raise AssetError(f"{path}: an environment must be an equirectangular .hdr picture")
    data = np.frombuffer(read_bytes(path), np.uint8)
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data[:2].tobytes() == b"#?" else None
    except cv2.error:
        picture = None
    if picture is None or picture.dtype != np.float32 or picture.ndim != 3:
        raise AssetError(f"{path}: not a Radiance .hdr picture, or cut short; get it again")
    height, width = picture.shape[:2]
    if abs(width - 2 * height) > 2 or width > MAX_PANORAMA_PX:
        raise AssetError(
            f"{path}: {width} × {height} pixels; a panorama is twice as wide as high, "
            f"at most {MAX_PANORAMA_PX} wide"
        )
    light: NDArray[np.float32] = np.nan_to_num(picture[..., 2::-1], posinf=65504.0)
    light = np.ascontiguousarray(light.clip(0.0, 65504.0), dtype=np.float32)
    light.setflags(write=False)
    return light


def environment_path(name: str, builtin: Sequence[str], roots: Sequence[Path]) -> Path:
    """The file of a builtin environment, or of a path relative to one of the roots."""
    if name in builtin:
        return ASSETS / "environments" / name / "environment.hdr"
    return find(name, roots, "environment").path

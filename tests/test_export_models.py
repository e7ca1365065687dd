"""Models of BOP: their symmetries, sizes and textures are those of the assets."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from bop_reader import load_ply
from clients import exported

from scenegen.assets.library import Library
from scenegen.assets.sources import Builtin
from scenegen.export.models import diameter, model_info

LIBRARY = Library.open((Builtin(),), ())


@pytest.mark.parametrize("asset_id", ["brick_red", "tape_roll", "bowl_green", "tennis_ball"])
def test_symmetries_are_those_of_the_moved_model(asset_id: str) -> None:
    """Mutants: a symmetry in metres; not scaled; about the asset's origin, not the box's middle."""
    asset, scale = LIBRARY.load(asset_id), 1.7
    info = model_info(asset, scale)
    middle = asset.bounds.mean(axis=0)
    points = np.random.default_rng(3).normal(size=(20, 3)) * 0.1

    def moved(places: np.ndarray) -> np.ndarray:
        return (places - middle) * scale * 1000

    given = asset.info.symmetries_discrete
    assert len(info.get("symmetries_discrete", [])) == len(given)
    for numbers, told in zip(given, info.get("symmetries_discrete", []), strict=True):
        ours, theirs = np.reshape(numbers, (4, 4)), np.reshape(told, (4, 4))
        turned = points @ ours[:3, :3].T + ours[:3, 3]
        assert np.allclose(
            moved(points) @ theirs[:3, :3].T + theirs[:3, 3], moved(turned), atol=1e-4
        )
    for (axis, offset), told in zip(
        asset.info.symmetries_continuous, info.get("symmetries_continuous", []), strict=True
    ):
        assert np.allclose(np.cross(axis, told["axis"]), 0)
        assert np.allclose(told["offset"], moved(np.array(offset)), atol=1e-4)
    assert given or asset.info.symmetries_continuous


@pytest.mark.parametrize("asset_id", ["die", "fork"])
def test_diameter(asset_id: str) -> None:
    """Mutants: the box's diagonal; only some of the hull's vertices."""
    asset = LIBRARY.load(asset_id)
    points = np.concatenate([part.positions for part in asset.parts])[::2].astype(float)
    apart = max(np.linalg.norm(points - point, axis=1).max() for point in points)
    assert apart <= diameter(asset) * (1 + 1e-9)
    assert diameter(asset) == pytest.approx(apart, rel=0.01)
    assert diameter(asset) < np.linalg.norm(np.ptp(asset.bounds, axis=0))


def test_textures_lie_where_the_colors_do(rich: Path, tmp_path: Path) -> None:
    """Mutants: v downwards; parts of the atlas at each other's place; linear colors."""
    exported(rich, "bop", tmp_path / "out")
    textured = 0
    for path in sorted((tmp_path / "out" / "models").glob("*.ply")):
        model = load_ply(path)
        if model.texture is None:
            continue
        textured += 1
        picture = cv2.imread(str(path.with_name(model.texture)))[..., ::-1].astype(float)
        height, width = picture.shape[:2]
        column = np.clip(model.columns["texture_u"] * width, 0, width - 1).astype(int)
        row = np.clip((1 - model.columns["texture_v"]) * height, 0, height - 1).astype(int)
        colors = np.column_stack([model.columns[name] for name in ("red", "green", "blue")])
        assert np.percentile(np.abs(picture[row, column] - colors).max(axis=1), 90) <= 12
        assert np.ptp(colors) > 60
    assert textured >= 3

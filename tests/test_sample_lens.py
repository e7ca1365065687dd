"""Lenses in recipes: what may be written, which camera comes of it, which mistakes are told."""

import numpy as np
import pytest
from analytic import LIBRARY, recipe, scene
from pydantic import ValidationError

from scenegen import lens
from scenegen.sample import sample_cameras
from scenegen.sample.check import validate_recipe
from scenegen.scene import Camera, Distortion

POSE = {"fixed": {"position": [0, -1, 1]}}


def cameras(**section: object) -> tuple[Camera, ...]:
    a_recipe = recipe(cameras=[{"pose": POSE, "size": [200, 100], **section}])
    return sample_cameras(a_recipe, scene(a_recipe, ("brick", [0, 0, 0.03])), LIBRARY, 0, 1)


def test_the_lens_reaches_the_camera() -> None:
    """Mutants: coefficients lost or sorted; the model's name; the right eye without its lens."""
    numbers = (-0.28, 0.09, 0.0007, -0.0005, -0.01)
    (brown,) = cameras(distortion={"brown_conrady": list(numbers)}, fov_deg=90)
    assert brown.distortion == Distortion("brown_conrady", numbers)
    np.testing.assert_allclose(brown.K, [[100, 0, 99.5], [0, 100, 49.5], [0, 0, 1]])
    assert [c.distortion for c in cameras(distortion={"brown_conrady": [0, 0, 0, 0]})] == [
        Distortion("brown_conrady", (0, 0, 0, 0))
    ]
    pair = cameras(distortion={"kannala_brandt": [0.1, 0, 0, 0]}, stereo={"baseline": 0.1})
    assert [c.distortion for c in pair] == [Distortion("kannala_brandt", (0.1, 0, 0, 0))] * 2
    assert cameras()[0].distortion is None


def test_a_fisheyes_field_of_view_is_seen() -> None:
    """Mutants: the pinhole's focal length for fisheyes; measured intrinsics overruled."""
    (fish,) = cameras(distortion={"kannala_brandt": [0.02, 0, 0, 0]}, fov_deg=170)
    edge = np.tan(np.deg2rad(85))
    np.testing.assert_allclose(lens.project(fish, [edge, 0, 1.0]), [199.5, 49.5], atol=1e-6)
    measured = {"fx": 80, "fy": 81}
    (fish,) = cameras(distortion={"kannala_brandt": [0.02, 0, 0, 0]}, intrinsics=measured)
    assert (fish.K[0, 0], fish.K[1, 1]) == (80, 81)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"distortion": {"brown_conrady": [0.1, 0, 0]}}, "expected 4, 5 or 8 numbers, k1 k2 p1"),
        ({"distortion": {"brown_conrady": [0] * 6}}, "found 6 numbers"),
        (
            {"distortion": {"kannala_brandt": [0] * 5}},
            "expected 4 numbers, k1 k2 k3 k4; found 5 numbers",
        ),
        ({"distortion": {"pinhole": []}}, "pinhole"),
        ({"fov_deg": 170}, "fov_deg above 160 needs a fisheye"),
        ({"fov_deg": 178, "distortion": {"kannala_brandt": [0] * 4}}, "from 1 to 177"),
        ({"distortion": {"kannala_brandt": [float("inf"), 0, 0, 0]}}, "less than"),
    ],
)
def test_mistakes(section: dict[str, object], message: str) -> None:
    """Mutants: any one of these let through."""
    with pytest.raises(ValidationError, match=message):
        cameras(**section)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"distortion": {"kannala_brandt": [-1 / 3, 0, 0, 0]}, "fov_deg": 120}, "less than 114.6°"),
        ({"distortion": {"brown_conrady": [-6, 0, 0, 0]}, "fov_deg": 90}, "folds"),
        (
            {"distortion": {"brown_conrady": [-6, 0, 0, 0]}, "fov_deg": {"uniform": [5, 90]}},
            "folds",
        ),
    ],
)
def test_lenses_that_see_too_little(section: dict[str, object], message: str) -> None:
    """Mutants: the check left out; only the narrowest field of view looked at."""
    ((where, text, _),) = validate_recipe(recipe(cameras=[{"pose": POSE, **section}]), LIBRARY)
    assert where == ("cameras", 0, "distortion")
    assert message in text


@pytest.mark.parametrize(
    "section",
    [
        {"distortion": {"brown_conrady": [-0.28, 0.09, 7e-4, -5e-4, -0.01]}, "fov_deg": 110},
        {"distortion": {"kannala_brandt": [0, 0, 0, 0]}, "fov_deg": 177},
        {"distortion": {"kannala_brandt": [0.02, -0.01, 0, 0]}, "intrinsics": {"fx": 99, "fy": 99}},
    ],
)
def test_good_lenses_pass(section: dict[str, object]) -> None:
    """Mutant: blind corners taken for a mistake."""
    assert validate_recipe(recipe(cameras=[{"pose": POSE, **section}]), LIBRARY) == []

"""Lenses: against OpenCV, there and back, and where they see nothing."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from raycaster import distorted, farthest, undistorted
from render_scenes import camera

from scenegen import lens
from scenegen.scene import Camera, Distortion

LENSES = {
    "barrel": Distortion("brown_conrady", (-0.28, 0.09, 0.0007, -0.0005, -0.01)),
    "four numbers": Distortion("brown_conrady", (0.12, -0.03, -0.002, 0.003)),
    "rational": Distortion("brown_conrady", (0.4, 0.1, 7e-4, -5e-4, 0.02, 0.7, 0.2, 0.03)),
    "fisheye": Distortion("kannala_brandt", (0.02, -0.01, 0.003, -0.001)),
    "folding fisheye": Distortion("kannala_brandt", (0.05, -0.2, 0.01, 0.0)),
}
CANVAS = (-160, -120, 320, 240)


def view(name: str, **more: float) -> Camera:
    fisheye = "fisheye" in name
    return camera(distortion=LENSES[name], **({"fx": 70.0, "fy": 68.0} if fisheye else {}), **more)


def grid(rect: tuple[int, int, int, int]) -> NDArray[np.float64]:
    x0, y0, x1, y1 = rect
    return np.stack(np.meshgrid(np.arange(x0, x1), np.arange(y0, y1)), axis=-1).astype(float)


def with_z(rays: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([rays, np.ones((*rays.shape[:-1], 1))], axis=-1)


@pytest.mark.parametrize("name", LENSES)
def test_projects_like_opencv(name: str) -> None:
    """Mutants: p1 and p2 exchanged; k3 before p1; the tangential terms of the other axis."""
    shot = view(name, cx=75.0, cy=63.5)
    assert shot.distortion is not None
    away = np.random.default_rng(2).uniform(-1, 1, (500, 2)) * np.tan(lens.limit(shot.distortion))
    away = away[np.hypot(*away.T) < 0.999 * np.tan(lens.limit(shot.distortion))]
    depth = np.random.default_rng(3).uniform(0.1, 5, len(away))
    found = lens.project(shot, with_z(away) * depth[:, None])
    truth = distorted(shot, away)
    np.testing.assert_allclose(found, truth, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("name", LENSES)
def test_rays_are_opencvs(name: str) -> None:
    """Mutants: an inverse that stops early; the image's centre as the axis; rows for columns."""
    shot = view(name, cx=75.0, cy=63.5)
    found, truth = lens.rays(shot), undistorted(shot, grid((0, 0, 160, 120)))
    both = np.isfinite(found[..., 0]) & np.isfinite(truth[..., 0])
    assert both.mean() > 0.3
    assert (
        np.isfinite(found) != np.isfinite(truth)
    ).mean() < 1e-3  # its iteration fails at the rim
    inner = both & (np.linalg.norm(truth, axis=-1) < 0.95 * farthest(shot))
    np.testing.assert_allclose(found[inner], truth[inner], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", LENSES)
def test_there_and_back(name: str) -> None:
    """Mutants: skew dropped; an inverse past the fold; a canvas that starts at 0."""
    shot = view(name, skew=4.0)
    rays = lens.rays(shot, CANVAS)
    seen = np.isfinite(rays[..., 0])
    assert seen[120:240, 160:320].mean() > 0.3
    np.testing.assert_allclose(
        lens.project(shot, with_z(rays))[seen], grid(CANVAS)[seen], atol=1e-7
    )
    np.testing.assert_array_equal(lens.rays(shot), lens.rays(shot, CANVAS)[120:240, 160:320])


@pytest.mark.parametrize("name", LENSES)
def test_the_fold_is_where_the_radius_stops_growing(name: str) -> None:
    """Mutants: the last root for the first; degrees; the pole of a rational lens overlooked."""
    shot = view(name)
    assert shot.distortion is not None
    assert np.tan(lens.limit(shot.distortion)) == pytest.approx(farthest(shot), rel=2e-3)


def test_known_limits() -> None:
    """Mutants: 90° for 89°; a fold at a pole missed."""
    assert lens.limit(LENSES["fisheye"]) == pytest.approx(np.deg2rad(89))
    pole = Distortion("brown_conrady", (0, 0, 0, 0, 0, -0.25, 0, 0))  # r / (1 − r²/4)
    assert lens.limit(pole) == pytest.approx(np.arctan(2.0))
    quarter = Distortion("kannala_brandt", (-1 / 3, 0, 0, 0))  # θ − θ³/3
    assert lens.limit(quarter) == pytest.approx(1.0)


@pytest.mark.parametrize("name", LENSES)
def test_nothing_is_seen_outside(name: str) -> None:
    """Mutants: points behind mirrored; what lies past the fold comes back into the picture."""
    shot = view(name)
    assert shot.distortion is not None
    outside = np.tan(lens.limit(shot.distortion)) * np.array([1.001, 1.5, 20.0])
    points = with_z(np.stack([outside, np.zeros(3)], axis=-1))
    assert np.isnan(lens.project(shot, points)).all()
    assert np.isnan(lens.project(shot, [[0.1, 0.1, -1.0], [0.1, 0.1, 0.0], [0, 0, -1]])).all()
    np.testing.assert_allclose(lens.project(shot, [0, 0, 1.0]), shot.K[:2, 2])


def test_a_pinhole_is_left_alone() -> None:
    """Mutant: zeros as coefficients are another lens than none."""
    plain, zeros = (
        camera(skew=3.0),
        camera(skew=3.0, distortion=Distortion("brown_conrady", (0.0,) * 5)),
    )
    np.testing.assert_allclose(lens.rays(plain), lens.rays(zeros), atol=1e-12)
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3)) + [0, 0, 2]
    np.testing.assert_allclose(lens.project(plain, points), lens.project(zeros, points), atol=1e-9)


@pytest.mark.parametrize("fov", [60, 120, 170])
def test_a_fisheye_sees_its_field_of_view(fov: float) -> None:
    """Mutants: the pinhole's focal length; half the field of view; cx = W/2."""
    bend = LENSES["fisheye"]
    k = lens.intrinsics(200, 100, np.deg2rad(fov), bend)
    shot = Camera("c", 0, 200, 100, k, np.eye(4), distortion=bend)
    edge = np.deg2rad(fov / 2)
    for side in (-1, 1):
        pixel = lens.project(shot, [side * np.sin(edge), 0, np.cos(edge)])
        np.testing.assert_allclose(pixel, [99.5 + side * 100, 49.5], atol=1e-9)
    brown = lens.intrinsics(200, 100, np.deg2rad(60), LENSES["barrel"])
    assert brown[0, 0] == pytest.approx(100 / np.tan(np.deg2rad(30)))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-0.4, 0.4), min_size=8, max_size=8),
    st.lists(st.floats(-0.003, 0.003), min_size=2, max_size=2),
    st.sampled_from([4, 5, 8]),
)
def test_any_brown_lens_there_and_back(ks: list[float], ps: list[float], count: int) -> None:
    """Mutants: Newton without its guard; a start outside the model's growing part."""
    numbers = (ks[0], ks[1], *ps, ks[2] / 4, ks[3], ks[4] / 2, ks[5] / 4)[:count]
    shot = camera(size=(40, 30), distortion=Distortion("brown_conrady", numbers))
    rays = lens.rays(shot)
    seen = np.isfinite(rays[..., 0])
    assert seen[15, 20]
    np.testing.assert_allclose(
        lens.project(shot, with_z(rays))[seen], grid((0, 0, 40, 30))[seen], atol=1e-6
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-0.1, 0.1), min_size=4, max_size=4))
def test_any_fisheye_there_and_back(ks: list[float]) -> None:
    """Mutant: the derivative of θd off by a factor."""
    shot = camera(
        size=(40, 30), fx=14.0, fy=14.0, distortion=Distortion("kannala_brandt", tuple(ks))
    )
    rays = lens.rays(shot)
    seen = np.isfinite(rays[..., 0])
    assert seen[15, 20]
    np.testing.assert_allclose(
        lens.project(shot, with_z(rays))[seen], grid((0, 0, 40, 30))[seen], atol=1e-6
    )
    flat = cv2.fisheye.projectPoints(
        with_z(rays)[seen].reshape(-1, 1, 3), np.zeros(3), np.zeros(3), shot.K, np.array(ks)
    )[0].reshape(-1, 2)
    np.testing.assert_allclose(flat, grid((0, 0, 40, 30))[seen], atol=1e-6)

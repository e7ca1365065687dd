"""Cameras: what they look at, from where, with which lens, and what they keep clear of."""

import numpy as np
import pytest
from analytic import LIBRARY, furnished, recipe, scene

from scenegen.errors import SceneRejected
from scenegen.geometry import apply, inverse, project
from scenegen.sample import sample_cameras
from scenegen.sample.exposure import WHITE

AROUND = {
    "radius": 1.5,
    "azimuth_deg": {"uniform": [0, 360]},
    "elevation_deg": {"uniform": [10, 80]},
}


def cameras(section, *things, capture=0, captures=1, index=0, **changes):
    section = {"pose": {"shell": AROUND}} | section
    a_recipe = recipe(cameras=[section], **changes)
    posed = scene(a_recipe, *(things or [("brick", [0.3, 0.2, 0.03])]), index=index)
    return sample_cameras(a_recipe, posed, LIBRARY, capture, captures)


def seen_at(camera, point):
    return project(camera.K, apply(inverse(camera.world_from_camera), point))


def eye(camera):
    return camera.world_from_camera[:3, 3]


@pytest.mark.parametrize("roll", [0, 30])
def test_objects_are_in_the_middle(roll):
    """Mutants: origins for middles; roll about another axis; cx = W/2."""
    things = ("lopsided", [0.3, 0.2, 0]), ("dice", [-0.1, 0, 0.04])
    for camera in cameras({"views": 4, "roll_deg": roll}, *things):
        middle = np.mean([[0.4, 0.22, 0.03], [-0.1, 0, 0.04]], axis=0)
        np.testing.assert_allclose(seen_at(camera, middle), [319.5, 239.5], atol=1e-6)
        assert np.linalg.norm(eye(camera) - middle) == pytest.approx(1.5)


def test_other_things_to_look_at():
    """Mutants: always the first target; the middle of a table instead of its top."""
    things = [("brick", [0.5, 0, 0.04]), ("brick", [-0.5, 0, 0.04])]
    hits = [
        [np.allclose(seen_at(camera, place), [319.5, 239.5]) for _, place in things]
        for camera in cameras({"look_at": "object", "views": 12}, *things)
    ]
    assert all(sum(pair) == 1 for pair in hits)
    assert {tuple(pair) for pair in hits} == {(True, False), (False, True)}
    (camera,) = cameras({"look_at": [1, 2, 0.5]})
    np.testing.assert_allclose(seen_at(camera, [1, 2, 0.5]), [319.5, 239.5])
    a_recipe = furnished("table", cameras=[{"look_at": "table", "pose": {"shell": AROUND}}])
    (camera,) = sample_cameras(a_recipe, scene(a_recipe), LIBRARY, 0, 1)
    np.testing.assert_allclose(seen_at(camera, [0, 0, 0.75]), [319.5, 239.5])


def test_jitter_stays_in_its_ball():
    """Mutants: jitter ignored; jitter as a standard deviation."""
    target = np.array([0.3, 0.2, 0.03])
    misses = []
    for camera in cameras({"look_at_jitter": 0.1, "views": 60}):
        forward = camera.world_from_camera[:3, 2]
        offset = target - eye(camera)
        misses.append(np.linalg.norm(offset - forward * (offset @ forward)))
    assert 0.05 < max(misses) <= 0.1


def test_lens():
    """Mutants: vertical for horizontal field of view; principal point at W/2."""
    (camera,) = cameras({"size": [200, 100], "fov_deg": 90})
    np.testing.assert_allclose(camera.K, [[100, 0, 99.5], [0, 100, 49.5], [0, 0, 1]])
    (camera,) = cameras({"intrinsics": {"fx": 500, "fy": 510, "cx": 300, "skew": 2}})
    np.testing.assert_allclose(camera.K, [[500, 2, 300], [0, 510, 239.5], [0, 0, 1]])


def test_stereo():
    """Mutants: baseline along world x; left and right swapped; the pair drawn apart."""
    pairs = cameras({"stereo": {"baseline": 0.12}, "views": 3, "roll_deg": 20})
    assert [(c.view, c.eye) for c in pairs] == [(v, e) for v in range(3) for e in ("left", "right")]
    for left, right in zip(pairs[::2], pairs[1::2], strict=True):
        left_from_right = inverse(left.world_from_camera) @ right.world_from_camera
        np.testing.assert_allclose(left_from_right[:3, :3], np.eye(3), atol=1e-12)
        np.testing.assert_allclose(left_from_right[:3, 3], [0.12, 0, 0], atol=1e-12)
        np.testing.assert_allclose(seen_at(left, [0.3, 0.2, 0.03]), [319.5, 239.5])
        assert left.exposure == right.exposure


def azimuths(found, center):
    return [np.degrees(np.arctan2(*(eye(c) - center)[[1, 0]])) % 360 for c in found]


def test_orbit():
    """Mutants: the end repeats the start; every capture starts anew; jitter shakes the circle."""
    orbit = {"radius": {"uniform": [1, 2]}, "elevation_deg": 30, "start_deg": 10}
    section = {
        "pose": {"orbit": orbit},
        "views": 2,
        "look_at_jitter": 0.1,
        "fov_deg": {"uniform": [40, 70]},
    }
    found = [c for capture in (0, 1) for c in cameras(section, capture=capture, captures=2)]
    middle = np.mean([eye(c) for c in found], axis=0)
    np.testing.assert_allclose(azimuths(found, middle), [10, 100, 190, 280], atol=1e-6)
    assert len({c.K[0, 0] for c in found}) == 1
    section["pose"]["orbit"] |= {"sweep_deg": 90}
    half = [c for capture in (0, 1) for c in cameras(section, capture=capture, captures=2)]
    forward = [c.world_from_camera[:3, 2] for c in half]
    turn = [np.degrees(np.arctan2(-f[1], -f[0])) for f in forward]
    np.testing.assert_allclose(turn, [10, 40, 70, 100], atol=1e-6)


def test_path():
    """Mutants: straight lines or ends left out; progress by view only."""
    section = {"pose": {"path": {"points": [[1, 0, 1], [0, 1, 1], [-1, 0, 1]]}}, "views": 5}
    found = cameras(section)
    np.testing.assert_allclose(eye(found[0]), [1, 0, 1], atol=1e-12)
    np.testing.assert_allclose(eye(found[2]), [0, 1, 1], atol=1e-12)
    np.testing.assert_allclose(eye(found[4]), [-1, 0, 1], atol=1e-12)
    assert eye(found[1])[1] > 0.55
    (alone,) = cameras({**section, "views": 1})
    np.testing.assert_allclose(eye(alone), [1, 0, 1], atol=1e-12)


def test_views_and_captures_differ_and_repeat():
    """Mutants: one viewpoint for all pictures; a stream that runs on from capture to capture."""
    first, again = cameras({"views": 3}), cameras({"views": 3})
    later = cameras({"views": 3}, capture=1, captures=2)
    places = [tuple(eye(c)) for c in (*first, *later)]
    assert len(set(places)) == 6
    assert [tuple(eye(c)) for c in again] == places[:3]


@pytest.mark.parametrize(("stereo", "side"), [({}, 0.0), ({"stereo": {"baseline": 0.3}}, 0.3)])
def test_cameras_keep_clear(stereo, side):
    """Mutants: cameras inside bricks, floor or walls; the right eye is not looked after."""
    shell = {
        "radius": 0.5,
        "azimuth_deg": {"uniform": [0, 360]},
        "elevation_deg": {"uniform": [-40, 90]},
    }
    things = [("ball", [0, 0, 0.1])] + [("brick", [0.45, y, 0.3]) for y in (-0.3, -0.1, 0.1, 0.3)]
    room = {"floor": {"size": 1.0}, "walls": {}}
    section = {"pose": {"shell": shell}, "views": 200, "look_at": [0, 0, 0.1], **stereo}
    for camera in cameras(section, *things, backdrop=room):
        place = eye(camera)
        assert place[2] > 0.05
        assert np.abs(place[:2]).max() < 0.45
        for _, middle in things[1:]:
            gap = np.abs(place - middle) - [0.1, 0.05, 0.03]
            assert gap.max() > 0.05
    assert side in (0.0, 0.3)


def test_no_place_for_a_camera():
    """Mutant: the hundredth place is taken though it is blocked, too."""
    below = {"shell": {"radius": 1, "azimuth_deg": 0, "elevation_deg": -60}}
    with pytest.raises(SceneRejected, match="camera 'camera': 100 places"):
        cameras({"pose": below})
    assert cameras({"pose": {"fixed": {"position": [0, 0, -1]}}})[0].world_from_camera[2, 3] == -1


def test_exposure():
    """Mutants: stops taken as a factor; meter read at the world's origin."""
    (plain,) = cameras({})
    assert plain.exposure == pytest.approx(WHITE)
    (brighter,) = cameras({"exposure_ev": 2})
    assert brighter.exposure == pytest.approx(WHITE * 4)
    lamp = {"point": {"position": [5, 0, 2]}}
    (near,) = cameras({"look_at": [5, 0, 0]}, lights=[lamp])
    assert near.exposure == pytest.approx(WHITE * 4)


def test_empty_scene_is_looked_at():
    """Mutant: the mean of nothing is no number."""
    (camera,) = sample_cameras(recipe(), scene(recipe()), LIBRARY, 0, 1)
    np.testing.assert_allclose(seen_at(camera, [0, 0, 0]), [319.5, 239.5])

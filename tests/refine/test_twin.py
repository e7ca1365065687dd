"""The pseudo-real twin: the same scenes seen elsewhere by another camera.

Mutants caught: the twin draws another table; the camera moves a pixel; noise that is not a function
of the shot; the labelled twin's labels differ.
"""

import dataclasses
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from running import checksums

from benchmarks.lab.camera import HiddenCamera, decode
from benchmarks.lab.twin import CAMERA_SEED, photograph, write_labelled
from scenegen.dataset import Dataset
from scenegen.project import open_project
from scenegen.sample import sample_cameras, sample_scene

LAB = Path(__file__).parents[2] / "benchmarks" / "lab"


def test_the_twin_has_the_same_things_in_the_same_places() -> None:
    ours, theirs = (open_project(LAB / f"{name}.yaml", []) for name in ("source", "twin"))
    for index in range(4):
        first = sample_scene(ours.recipe, ours.library, index)
        second = sample_scene(theirs.recipe, theirs.library, index)
        for a, b in zip(
            (*first.objects, *first.fixtures), (*second.objects, *second.fixtures), strict=True
        ):
            assert (a.asset_id, a.scale, a.instance_id) == (b.asset_id, b.scale, b.instance_id)
            np.testing.assert_array_equal(a.world_from_object, b.world_from_object)
        views = [
            sample_cameras(project.recipe, scene, project.library, 0, 1)
            for project, scene in ((ours, first), (theirs, second))
        ]
        for a_camera, b_camera in zip(*views, strict=True):
            np.testing.assert_array_equal(a_camera.world_from_camera, b_camera.world_from_camera)
            np.testing.assert_array_equal(a_camera.K, b_camera.K)
        assert first.lights != second.lights


def test_the_camera_moves_nothing() -> None:
    """Phase correlation of a picture with its photograph finds no shift."""
    rng = np.random.default_rng(0)
    blobs = cv2.GaussianBlur(rng.random((120, 160, 3)).astype(np.float32), (0, 0), 3)
    clean = np.rint(255 * (blobs - blobs.min()) / np.ptp(blobs)).astype(np.uint8)
    seen = decode(HiddenCamera.draw(CAMERA_SEED).photograph(clean, rng=rng))
    grey = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64) for p in (clean, seen)]
    (dx, dy), _ = cv2.phaseCorrelate(*(g - g.mean() for g in grey))
    assert np.hypot(dx, dy) < 0.05
    assert np.abs(clean.astype(int) - seen).mean() > 20


def test_cameras_differ_and_a_shot_does_not(made: Path) -> None:
    shot = next(Dataset.open(made).all_shots())
    first, second = HiddenCamera.draw(1), HiddenCamera.draw(2)
    assert first != second
    assert photograph(shot, first) == photograph(shot, first)
    other = dataclasses.replace(shot, stem="0001")
    assert photograph(other, first) != photograph(shot, second)


def test_more_light_is_more_everywhere() -> None:
    """The developing curve rises, so nothing is inverted."""
    camera = dataclasses.replace(
        HiddenCamera.draw(3), shot_noise=0.0, read_noise=0.0, vignette=0.0, jpeg_quality=100
    )
    means = [
        decode(camera.photograph(np.full((16, 16, 3), v, np.uint8), rng=np.random.default_rng(0)))
        for v in range(0, 256, 15)
    ]
    greens = [float(picture[..., 1].mean()) for picture in means]
    assert all(a <= b + 1e-9 for a, b in pairwise(greens))


def test_the_labelled_twin(made: Path, tmp_path: Path) -> None:
    dataset = Dataset.open(made)
    twin = write_labelled(dataset, tmp_path / "twin")
    again = write_labelled(dataset, tmp_path / "twin")
    assert len(twin) == len(again) == len(dataset)
    before, after = checksums(made / "scenes"), checksums(twin.root / "scenes")
    assert before.keys() == after.keys()
    differ = {name for name in before if before[name] != after[name]}
    assert {name.split(".", 1)[-1].rsplit("/")[-1] for name in differ} <= {
        "rgb.png",
        *(name for name in differ if name.endswith("SHA256SUMS")),
        "SHA256SUMS",
    }

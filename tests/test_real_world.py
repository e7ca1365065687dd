"""Our renderer against frames that others took, posed and labelled, and meshes that they measured.

YCB-Video's masks and object coordinates were drawn by its makers at the poses they fitted to the
photographs; its depth is the sensor's. The pixel frame of both is OpenCV's: a quarter of a pixel
more or less is seen by the tests, while an overlap of 0.96 forgives a whole one. Linemod's boxes
come from BOP's own renderer, which puts pixel centres at halves: 0.5 px off the OpenCV reading of
the same K.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import loadmat

from scenegen import geometry
from scenegen.annotate import annotate
from scenegen.annotate.maps import View, nocs
from scenegen.assets.library import Library
from scenegen.assets.sources import Bop, Source, Ycb
from scenegen.render import RENDERERS
from scenegen.scene import Backdrop, Camera, Frame, ObjectAnnotation, Scene, SceneObject

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is missing")

YCB_VIDEO = DATA / "formats" / "ycbvideo"
STEMS = {
    "data": ("data/0000/000001", "data/0000/000005", "data/0001/000001", "data/0001/000005"),
    "data_syn": ("data_syn/000001", "data_syn/000005"),
}
LINEMOD = DATA / "formats" / "bop_lmo_1frame" / "test" / "000002"
OFFICIAL = DATA / "formats" / "nvdu_object_settings" / "_ycb_original.json"
WORLD_FROM_CAMERA = geometry.look_at([0.3, -0.5, 0.8], [0.0, 0.1, 0.0], roll=0.4)
"""Anywhere but at the origin, so that the way from the world to the camera counts."""


def opened(source: Source) -> Library:
    return Library.open([source], [DATA / "meshes"])


def posed(library: Library, number: int, asset_id: str, rotation: Any, place: Any) -> SceneObject:
    """An object at a pose that is given in the frame of the camera, metres."""
    pose = WORLD_FROM_CAMERA @ geometry.transform(rotation, place)
    return SceneObject(number, asset_id, library.info(asset_id).category, "target", pose)


def drawn(library: Library, objects: list[SceneObject], k: Any) -> View:
    """All objects in one picture, 640 × 480, so that they hide one another."""
    scene = Scene(0, 0, tuple(objects), (), (), Backdrop())
    k = np.array(k, dtype=np.float64).reshape(3, 3)
    camera = Camera("real", 0, 640, 480, k, WORLD_FROM_CAMERA)
    renderer = RENDERERS["raster"](library)
    try:
        return View(scene, camera, renderer.geometry(scene, camera))
    finally:
        renderer.close()


@dataclass(frozen=True, eq=False)
class Compared:
    """One frame of YCB-Video beside ours; class numbers are our instance ids.

    theirs, seen (480, 640) class numbers · sensor, depth (480, 640) metres, 0 = none · told, found
    (480, 640, 3) place in the object's frame, metres, found only where seen.
    """

    name: str
    theirs: NDArray[np.uint8]
    seen: NDArray[np.uint16]
    sensor: NDArray[np.float64]
    depth: NDArray[np.float32]
    told: NDArray[np.float32]
    found: NDArray[np.float64]

    def overlaps(self) -> dict[int, float]:
        """Intersection over union of every object's visible mask."""
        found = {}
        for number in np.unique(self.theirs[self.theirs > 0]).tolist():
            a, b = self.theirs == number, self.seen == number
            found[number] = float((a & b).sum() / (a | b).sum())
        return found

    def both(self) -> NDArray[np.bool_]:
        """Pixels where both see the same object."""
        return (self.theirs == self.seen) & (self.theirs > 0)

    def depth_differences(self) -> NDArray[np.float64]:
        """Ours less the sensor's, metres, on object pixels where the sensor measured something."""
        there = self.both() & (self.sensor > 0)
        return self.depth[there] - self.sensor[there]


@pytest.fixture(scope="module")
def frames() -> dict[str, list[Compared]]:
    library = opened(Ycb(ycb="ycbvideo_frame"))
    return {kind: [compared(library, stem) for stem in stems] for kind, stems in STEMS.items()}


def compared(library: Library, stem: str) -> Compared:
    meta = loadmat(YCB_VIDEO / f"{stem}-meta.mat")
    numbers = meta["cls_indexes"].ravel().astype(int).tolist()
    names = [library.ids()[number - 1] for number in numbers]
    poses = np.moveaxis(meta["poses"], 2, 0)
    objects = [
        posed(library, number, name, pose[:, :3], pose[:, 3])
        for number, name, pose in zip(numbers, names, poses, strict=True)
    ]
    view = drawn(library, objects, meta["intrinsic_matrix"])
    return Compared(
        name=stem,
        theirs=picture(f"{stem}-label.png"),
        seen=view.seen.ids,
        sensor=picture(f"{stem}-depth.png") / float(meta["factor_depth"].item()),
        depth=view.seen.depth,
        told=meta["vertmap"],
        found=object_places(view, library),
    )


def picture(name: str) -> Any:
    return cv2.imread(str(YCB_VIDEO / name), cv2.IMREAD_UNCHANGED)


def object_places(view: View, library: Library) -> NDArray[np.float64]:
    """(H, W, 3) metres: what the output `nocs` says, in the frame of each pixel's object."""
    normalized = nocs(view, library)
    places = np.full(normalized.shape, np.nan)
    for thing in view.scene.objects:
        low, high = library.load(thing.asset_id).bounds
        mask = view.seen.ids == thing.instance_id
        scaled = (normalized[mask] - 0.5) * np.linalg.norm(high - low)
        places[mask] = scaled + (low + high) / 2
    return places


@pytest.mark.parametrize(("kind", "mean", "least"), [("data", 0.995, 0.99),
                                                     ("data_syn", 0.985, 0.93)])  # fmt: skip
def test_masks_of_ycb_video(
    frames: dict[str, list[Compared]], kind: str, mean: float, least: float
) -> None:
    """Mutants: K off by a quarter pixel; the scans' other frame; y and z swapped; mm as metres.

    The least overlap of the synthetic frames is that of a bowl of which 132 pixels are seen.
    """
    overlaps = {frame.name: frame.overlaps() for frame in frames[kind]}
    found = np.concatenate([list(each.values()) for each in overlaps.values()])
    print(f"{kind}: IoU of {len(found)} masks: mean {found.mean():.4f}, least {found.min():.4f}")
    assert found.mean() >= mean, overlaps
    assert found.min() >= least, overlaps


@pytest.mark.parametrize(("kind", "limit"), [("data", 0.004), ("data_syn", 0.0005)])
def test_depth_of_ycb_video(frames: dict[str, list[Compared]], kind: str, limit: float) -> None:
    """Mutants: distance along the ray as depth; the scans' other frame; depth in another unit.

    Photographs have the sensor's depth and its errors, synthetic frames a drawn one.
    """
    differences = [frame.depth_differences() for frame in frames[kind]]
    for frame, found in zip(frames[kind], differences, strict=True):
        print(f"{frame.name}: median |Δz| {np.median(np.abs(found)) * 1000:.2f} mm, "
              f"median Δz {np.median(found) * 1000:+.2f} mm, {len(found)} px")  # fmt: skip
        assert np.median(np.abs(found)) <= limit
    every = np.concatenate(differences)
    print(f"{kind}: median |Δz| {np.median(np.abs(every)) * 1000:.2f} mm, {len(every)} px")


@pytest.mark.parametrize("kind", list(STEMS))
def test_object_coordinates_of_ycb_video(frames: dict[str, list[Compared]], kind: str) -> None:
    """Mutants: rays through pixel corners; the scans' other frame; NOCS about a mesh's mean."""
    for frame in frames[kind]:
        there = frame.both()
        apart = np.linalg.norm(frame.found[there] - frame.told[there], axis=1)
        print(f"{frame.name}: median {np.median(apart) * 1000:.3f} mm apart")
        assert np.median(apart) <= 0.0001


def linemod(shift: float) -> list[tuple[ObjectAnnotation, dict[str, Any]]]:
    """Our labels and BOP's `scene_gt_info` of each object; `shift` px is added to K's centre."""
    gt, info, camera = (
        json.loads((LINEMOD / f"scene_{name}.json").read_bytes())["540"]
        for name in ("gt", "gt_info", "camera")
    )
    library = opened(Bop(bop="lmo"))
    objects = [
        posed(
            library,
            number,
            f"obj_{truth['obj_id']:06d}",
            np.reshape(truth["cam_R_m2c"], (3, 3)),
            np.array(truth["cam_t_m2c"]) / 1000,
        )
        for number, truth in enumerate(gt, start=1)
    ]
    k = np.reshape(camera["cam_K"], (3, 3)) + np.array([[0, 0, shift], [0, 0, shift], [0, 0, 0]])
    view = drawn(library, objects, k)
    seen, color = view.seen, np.zeros((480, 640, 3), np.uint8)
    frame = Frame(color, seen.ids, seen.depth, seen.normals, seen.silhouettes)
    labels = annotate(view.scene, library, view.camera, frame, {})
    return list(zip(labels, info, strict=True))


def box_difference(label: ObjectAnnotation, info: dict[str, Any]) -> NDArray[np.float64]:
    """(4,) px: `box_amodal` less BOP's `bbox_obj`, whose width is last column less first."""
    assert label.box_amodal is not None, label.asset_id
    x, y, width, height = info["bbox_obj"]
    return np.array(label.box_amodal) - [x, y, x + width + 1, y + height + 1]


def test_boxes_of_linemod() -> None:
    """Mutants: metres as they are written (mm); y up; whole silhouettes cut off at the image."""
    differences = np.array([box_difference(*pair) for pair in linemod(0.0)])
    print(f"8 boxes: at most {np.abs(differences).max():.0f} px, "
          f"mean {differences.mean():+.2f} px")  # fmt: skip
    assert np.abs(differences).max() <= 1.5


def test_silhouettes_of_linemod_in_the_pixel_frame_of_its_renderer() -> None:
    """Mutants: K off by half a pixel; boxes without their last column; only what is seen."""
    pairs = linemod(-0.5)
    differences = np.array([box_difference(*pair) for pair in pairs])
    pixels = {label.asset_id: (label.px_full, info["px_count_all"]) for label, info in pairs}
    print(f"8 boxes: at most {np.abs(differences).max():.0f} px; pixels ours, theirs: {pixels}")
    assert np.abs(differences).mean() <= 0.1
    for asset_id, (ours, theirs) in pixels.items():
        assert abs(ours - theirs) <= 4, asset_id


def test_official_cuboids_of_falling_things() -> None:
    """Mutants: YCB-Video's frame of the same objects; y up; centimetres; smaller bounds."""
    library = opened(Ycb(ycb="ycb_google16k"))
    settings = json.loads(OFFICIAL.read_bytes())["exported_objects"]
    assert len(settings) == 21
    sizes, middles = [], []
    for official in settings:
        asset = library.load(official["class"][4:].removesuffix("_16k"))
        points = np.vstack([part.positions for part in asset.parts]).astype(np.float64)
        np.testing.assert_allclose(
            asset.bounds, [points.min(axis=0), points.max(axis=0)], atol=1e-6
        )
        rows = np.array(official["fixed_model_transform"])  # for row vectors, metres to centimetres
        moved = geometry.apply(rows.T, points)
        sizes.append(np.ptp(moved, axis=0) - official["cuboid_dimensions"])
        middles.append((moved.min(axis=0) + moved.max(axis=0)) / 2)
    print(f"21 cuboids: sizes to {np.abs(sizes).max():.6f} cm, "
          f"middles to {np.abs(middles).max():.6f} cm")  # fmt: skip
    assert np.abs(sizes).max() <= 0.01
    assert np.abs(middles).max() <= 0.01

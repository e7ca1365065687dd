"""Annotations against a slow oracle that walks over every pixel of every canvas.

Mutants caught: a closed box (x1 = last column); rows and columns swapped; a silhouette cropped at
the wrong edge or shifted by the wrong sign; occlusion over px_full, truncation over px_visible;
boxes of the silhouette where the map is meant; distractors in the semantic map; the cuboid
without the half pixel, without the scale, or around an off-centre mesh's origin; camera and world
swapped; a corner behind the camera projected.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from scenegen import geometry
from scenegen.annotate import annotate, semantic_map
from scenegen.errors import RenderError
from scenegen.scene import Backdrop, Camera, Frame, Scene, SceneObject, Silhouette

BOUNDS = np.array([[-0.1, -0.2, 0.0], [0.3, 0.2, 0.5]])


class FakeLibrary:
    """Every asset has the same off-centre box."""

    def load(self, asset_id):
        return SimpleNamespace(bounds=BOUNDS)


def camera_of(width, height, pose=None, fov=1.0):
    k = geometry.intrinsics(width, height, fov)
    pose = np.eye(4) if pose is None else pose
    return Camera("c", 0, width, height, K=k, world_from_camera=pose)


def scene_of(*objects):
    return Scene(0, 0, objects, (), (), Backdrop())


def thing(number, role="target", category="box", pose=None, scale=1.0):
    pose = geometry.transform(np.eye(3), [0, 0, 2]) if pose is None else pose
    return SceneObject(number, f"asset_{number}", category, role, pose, scale)


def frame_of(ids, silhouettes):
    height, width = ids.shape
    return Frame(
        color=np.zeros((height, width, 3), np.uint8),
        ids=ids,
        depth=np.zeros((height, width), np.float32),
        normals=np.zeros((height, width, 3), np.float32),
        silhouettes=silhouettes,
    )


# ---------------------------------------------------------------------------- random pictures


@dataclass
class Picture:
    """Objects painted over each other on a canvas three times the image, far ones first."""

    width: int
    height: int
    canvases: list
    frame: Frame
    scene: Scene


@st.composite
def pictures(draw):
    width, height = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    count = draw(st.integers(0, 5))
    numbers = draw(st.permutations(range(1, count + 3)))[:count]  # any order, with gaps
    ids = np.zeros((height, width), np.uint16)
    silhouettes, canvases = {}, []
    for number in numbers:
        canvas = np.zeros((3 * height, 3 * width), bool)
        xs = sorted(draw(st.tuples(*[st.integers(0, 3 * width)] * 2)))
        ys = sorted(draw(st.tuples(*[st.integers(0, 3 * height)] * 2)))
        canvas[ys[0] : ys[1], xs[0] : xs[1]] = True
        seed = draw(st.integers(0, 2**31))
        canvas &= np.random.default_rng(seed).random(canvas.shape) < draw(
            st.sampled_from([0.2, 0.7, 1.1])
        )
        ids[canvas[height : 2 * height, width : 2 * width]] = number
        silhouettes[number] = cropped(canvas, width, height, draw(st.booleans()))
        canvases.append(canvas)
    objects = [
        thing(n, draw(st.sampled_from(["target", "distractor"])), draw(st.sampled_from("ab")))
        for n in numbers
    ]
    return Picture(width, height, canvases, frame_of(ids, silhouettes), scene_of(*objects))


def cropped(canvas, width, height, tight):
    """The silhouette of a canvas, as a renderer may hand it over: cut out or whole."""
    if not tight:
        return Silhouette(-width, -height, canvas)
    rows, columns = np.nonzero(canvas)
    if not len(rows):
        return Silhouette(0, 0, np.zeros((0, 0), bool))
    x, y = columns.min(), rows.min()
    mask = canvas[y : rows.max() + 1, x : columns.max() + 1]
    return Silhouette(int(x) - width, int(y) - height, mask)


def pixels_of(canvas, width, height):
    """Image coordinates (x, y) of all pixels of a canvas."""
    return [
        (x - width, y - height)
        for y, x in product(range(3 * height), range(3 * width))
        if canvas[y][x]
    ]


def box_of(pixels):
    if not pixels:
        return None
    xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
    return (min(xs), min(ys), max(xs) + 1, max(ys) + 1)


@settings(max_examples=150, deadline=None)
@given(pictures())
def test_counts_and_boxes_equal_the_slow_oracle(picture):
    camera = camera_of(picture.width, picture.height)
    labels = annotate(picture.scene, FakeLibrary(), camera, picture.frame, {"a": 1})
    assert [label.instance_id for label in labels] == [o.instance_id for o in picture.scene.objects]
    for label, canvas, this in zip(labels, picture.canvases, picture.scene.objects, strict=True):
        full = pixels_of(canvas, picture.width, picture.height)
        inside = [(x, y) for x, y in full if 0 <= x < picture.width and 0 <= y < picture.height]
        seen = [(x, y) for x, y in inside if picture.frame.ids[y, x] == label.instance_id]
        assert (label.px_visible, label.px_in_frame, label.px_full) == (
            len(seen),
            len(inside),
            len(full),
        )
        assert label.box_visible == box_of(seen)
        assert label.box_amodal == box_of(full)
        assert label.box_amodal_clipped == box_of(inside)
        assert label.category_id == {"a": 1, "b": 0}[this.category]
        assert (label.asset_id, label.role) == (this.asset_id, this.role)


@settings(max_examples=150, deadline=None)
@given(pictures())
def test_masks_and_who_hides_whom_equal_the_slow_oracle(picture):
    """Mutants: run lengths row by row; the visible mask for the whole; the object among those that
    hide it; furniture left out; the mask of the canvas."""
    camera = camera_of(picture.width, picture.height)
    wanted = ("amodal_masks", "occlusion_order")
    labels = annotate(picture.scene, FakeLibrary(), camera, picture.frame, {}, wanted)
    for label, canvas in zip(labels, picture.canvases, strict=True):
        inside = canvas[
            picture.height : 2 * picture.height, picture.width : 2 * picture.width
        ].astype(bool)
        mask = label.amodal_mask
        assert mask.size == (picture.height, picture.width)
        decoded = coco.decode({"size": list(mask.size), "counts": mask.counts.encode()})
        assert (decoded == inside).all()
        shown = Counter(picture.frame.ids[inside].tolist())
        assert shown.pop(label.instance_id, 0) == label.px_visible
        assert [(h.by, h.px) for h in label.hidden_by] == sorted(shown.items())
    plain = annotate(picture.scene, FakeLibrary(), camera, picture.frame, {})
    assert all(label.amodal_mask is None and label.hidden_by is None for label in plain)


@settings(max_examples=100, deadline=None)
@given(pictures())
def test_the_laws_of_the_labels(picture):
    camera = camera_of(picture.width, picture.height)
    labels = annotate(picture.scene, FakeLibrary(), camera, picture.frame, {"a": 1, "b": 2})
    background = np.count_nonzero(picture.frame.ids == 0)
    assert sum(label.px_visible for label in labels) + background == picture.frame.ids.size
    for label in labels:
        assert label.px_visible <= label.px_in_frame <= label.px_full
        assert (label.occlusion is None) == (label.px_in_frame == 0)
        assert (label.truncation is None) == (label.px_full == 0)
        assert (label.visible_fraction is None) == (label.px_full == 0)
        if label.occlusion is not None:
            product_ = (1 - label.occlusion) * (1 - label.truncation)
            assert product_ == pytest.approx(label.visible_fraction, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(pictures())
def test_semantic_map_equals_the_slow_oracle(picture):
    camera = camera_of(picture.width, picture.height)
    labels = annotate(picture.scene, FakeLibrary(), camera, picture.frame, {"a": 1, "b": 300})
    found = semantic_map(picture.frame.ids, labels)
    number = {label.instance_id: label for label in labels}
    for y, x in product(range(picture.height), range(picture.width)):
        label = number.get(int(picture.frame.ids[y, x]))
        expected = label.category_id if label is not None and label.role == "target" else 0
        assert found[y, x] == expected
    assert found.dtype == np.uint16


# ---------------------------------------------------------------------------- edge cases


def label_of(this, camera, silhouette=None, ids=None):
    ids = np.zeros((camera.height, camera.width), np.uint16) if ids is None else ids
    silhouette = silhouette or Silhouette(0, 0, np.zeros((0, 0), bool))
    frame = frame_of(ids, {this.instance_id: silhouette})
    return annotate(scene_of(this), FakeLibrary(), camera, frame, {"box": 1})[0]


def test_an_object_out_of_sight_stays_and_says_so():
    label = label_of(thing(1), camera_of(8, 6))
    assert (label.px_visible, label.px_in_frame, label.px_full) == (0, 0, 0)
    assert label.occlusion is label.truncation is label.visible_fraction is None
    assert label.box_visible is label.box_amodal is label.box_amodal_clipped is None


def test_an_object_beside_the_image_is_truncated_whole():
    label = label_of(thing(1), camera_of(8, 6), Silhouette(-3, 2, np.ones((2, 3), bool), True))
    assert (label.truncation, label.occlusion, label.visible_fraction) == (1.0, None, 0.0)
    assert label.box_amodal == (-3, 2, 0, 4)
    assert label.box_amodal_clipped is None
    assert label.full_canvas_clipped


def test_a_hidden_object_has_no_visible_box():
    label = label_of(thing(1), camera_of(8, 6), Silhouette(6, 4, np.ones((4, 4), bool)))
    assert (label.occlusion, label.truncation, label.visible_fraction) == (1.0, 0.75, 0.0)
    assert label.box_visible is None
    assert label.box_amodal_clipped == (6, 4, 8, 6)


def test_ids_may_be_as_large_as_the_map_allows():
    ids = np.full((2, 3), 65535, np.uint16)
    label = label_of(thing(65535), camera_of(3, 2), Silhouette(0, 0, np.ones((2, 3), bool)), ids)
    assert (label.px_visible, label.box_visible) == (6, (0, 0, 3, 2))


def test_contradictions_of_the_renderer_are_refused():
    ids = np.ones((6, 8), np.uint16)
    with pytest.raises(RenderError, match=r"shows 48 pixels .* covers only 4"):
        label_of(thing(1), camera_of(8, 6), Silhouette(0, 0, np.ones((2, 2), bool)), ids)
    with pytest.raises(RenderError, match=r"shows \[1\], which no object"):
        label_of(thing(2), camera_of(8, 6), Silhouette(0, 0, np.ones((6, 8), bool)), ids)
    frame = frame_of(np.zeros((6, 8), np.uint16), {})
    with pytest.raises(RenderError, match="no silhouette"):
        annotate(scene_of(thing(1)), FakeLibrary(), camera_of(8, 6), frame, {})


# ---------------------------------------------------------------------------- the 3D box


def test_the_cuboid_by_hand():
    """Looking along +x from (−2, 0, 0); the box scaled by 2 and turned by 90° about z."""
    eye = geometry.look_at([-2, 0, 0], [0, 0, 0])
    pose = geometry.transform(geometry.rotation_about([0, 0, 1], np.pi / 2), [1, 0, 0])
    camera = camera_of(101, 101, eye, fov=np.pi / 2)
    label = label_of(thing(1, pose=pose, scale=2.0), camera)
    assert label.cuboid_center == pytest.approx((0.2, 0.0, 0.5))
    assert label.cuboid_size == pytest.approx((0.8, 0.8, 1.0))
    # object (−0.2, −0.4, 0) → world (1 + 0.4, −0.2, 0) → camera (0.2, 0, 3.4): x right is −y
    assert label.corners_camera[0] == pytest.approx((0.2, 0.0, 3.4))
    assert label.corners_camera[1] == pytest.approx((0.2, -1.0, 3.4))
    assert label.corners_camera[4] == pytest.approx((-0.6, 0.0, 3.4))
    focal = 50.5
    assert label.corners_image[1] == pytest.approx((50 + focal * 0.2 / 3.4, 50 - focal / 3.4))
    nearest = 2.6
    box = (50.5 - focal * 0.6 / nearest, 50.5 - focal / nearest, 50.5 + focal * 0.2 / nearest, 50.5)
    assert label.box_cuboid == pytest.approx(box)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.2, 3))
def test_pose_box_and_corners_agree(seed, scale):
    """What a reader recomputes from pose, centre and size is what is written."""
    rng = np.random.default_rng(seed)
    eye = geometry.look_at(rng.normal(size=3) * 3, rng.normal(size=3) * 0.1)
    turn = geometry.rotation_about(rng.normal(size=3), rng.uniform(0, 6))
    pose = geometry.transform(turn, rng.normal(size=3) * 0.3)
    camera = camera_of(64, 48, eye)
    label = label_of(thing(1, pose=pose, scale=scale), camera)
    for index, corner in enumerate(label.corners_camera):
        signs = np.array([index >> 2 & 1, index >> 1 & 1, index & 1]) - 0.5
        local = np.append(np.array(label.cuboid_center) + signs * label.cuboid_size, 1)
        np.testing.assert_allclose((label.camera_from_object @ local)[:3], corner, atol=1e-9)
        world = pose @ np.append(np.where(signs > 0, BOUNDS[1], BOUNDS[0]) * scale, 1)
        np.testing.assert_allclose((eye @ [*corner, 1])[:3], world[:3], atol=1e-9)
        pixel = label.corners_image[index]
        assert (pixel is None) == (corner[2] <= 0.01)
        if pixel is not None:
            u, v, w = camera.K @ corner
            np.testing.assert_allclose(pixel, (u / w, v / w), atol=1e-6)
    assert (label.box_cuboid is None) == (None in label.corners_image)


@pytest.mark.parametrize(("z", "unseen"), [(0.0101, 0), (0.0099, 4), (-0.3, 4), (-0.6, 8)])
def test_corners_at_and_behind_the_near_plane_have_no_projection(z, unseen):
    """The mesh reaches from z to z + 0.5; one corner without projection takes the box with it."""
    pose = geometry.transform(np.eye(3), [0, 0, z])
    label = label_of(thing(1, pose=pose), camera_of(8, 6))
    assert sum(corner is None for corner in label.corners_image) == unseen
    assert (label.box_cuboid is None) == (unseen > 0)
    assert len(label.corners_camera) == 8

"""A dataset read back: round trips, other readers, and damage that is named.

The mutant that each test catches is named in its docstring.
"""

import dataclasses
import hashlib
import json
import os

import cv2
import numpy as np
import pytest
from made_up import ALL, begin, cameras, captures_of, maps_of, shots_of, write
from PIL import Image

from scenegen.dataset import Dataset, clear_failure, pictures, write_failure, write_scene
from scenegen.dataset.png import encode_png
from scenegen.errors import DatasetError, SceneRejected
from scenegen.links import links
from tests.plain import to_json


@pytest.fixture
def root(tmp_path):
    begin(tmp_path / "data")
    return tmp_path / "data"


def test_a_scene_comes_back_as_it_was(root):
    """Mutants: red and blue swapped; a transposed matrix; captures or shots in another order;
    the partner of a pair in another capture; depth without its scale."""
    assert write(root)
    captures = captures_of()
    dataset = Dataset.open(root)
    assert [to_json(scene) for scene in dataset.scene(5)] == [to_json(s) for s in captures]
    stored, drawn = dataset.shots(5), list(shots_of(captures))
    assert len(stored) == len(drawn) == 8
    for place, (found, true) in enumerate(zip(stored, drawn, strict=True)):
        assert to_json(found.camera) == to_json(true.camera)
        assert list(map(to_json, found.annotations)) == list(map(to_json, true.annotations))
        assert (found.capture, found.record.at_rest) == (place // 4, place >= 4)
        assert found.record.time == true.scene.time
        assert (found.rgb == true.frame.color).all()
        assert (found.ids == true.frame.ids).all()
        assert (found.semantic == np.array([0, 1, 2, 0, 0, 0, 0, 0])[true.frame.ids]).all()
        np.testing.assert_allclose(found.depth, true.frame.depth, atol=0.5001e-4)
        assert ((found.depth == 0) == (true.frame.depth == 0)).all()
        aligned = (found.normals * true.frame.normals).sum(-1)
        assert (aligned[true.frame.ids > 0] > np.cos(np.radians(0.4))).all()
        assert (found.normals[true.frame.ids == 0] == 0).all()
        assert found.overflow_px == {"depth": 0}
    partners = [shot.stereo_partner for shot in stored]
    assert partners == ["0001", "0000", None, None, "0005", "0004", None, None]


def test_the_files_are_read_alike_by_pillow(root):
    """Mutant: OpenCV's BGR order on writing and on reading alike, which no round trip sees."""
    write(root)
    true = next(shots_of(captures_of())).frame
    folder = root / "scenes/000005"
    rgb, depth, normals, ids = (
        Image.open(folder / f"0000.{output}.png") for output in ("rgb", "depth", "normals", "ids")
    )
    assert (rgb.mode, normals.mode, depth.mode, ids.mode) == ("RGB", "RGB", "I;16", "I;16")
    assert (np.asarray(rgb) == true.color).all()
    assert (np.asarray(ids) == true.ids).all()
    assert (np.asarray(depth) == np.round(true.depth.astype(float) * 10000)).all()
    there = true.ids > 0
    expected = np.round((true.normals[there].astype(float) + 1) / 2 * 255)
    assert np.abs(np.asarray(normals)[there] - expected).max() <= 1  # ties of float32
    assert (np.asarray(normals)[~there] == 0).all()


def test_optional_pictures_come_back_as_they_were(root):
    """Mutants: x and y of the flow swapped; a bias of 2¹⁵ − 1; nothing read as zero; a value
    that does not fit clipped, or not counted; disparity in other steps."""
    captures = captures_of()
    drawn = [replace_maps(shot, n) for n, shot in enumerate(shots_of(captures))]
    write_scene(root, captures, drawn, ALL, 0.0001)
    for found, shot in zip(Dataset.open(root).shots(5), drawn, strict=True):
        true = shot.frame.maps
        for name in ("albedo", "flow_occlusion", "stereo_occlusion"):
            assert (getattr(found, name) == true[name]).all()
        expected = true["roughness_metallic"][..., 1:] / np.float32(255)
        assert (found.roughness_metallic == expected).all()
        for name, step in (("nocs", 1 / 65534), ("flow", 1 / 64), ("scene_flow", 1e-4)):
            given, back = true[name].copy(), getattr(found, name)
            if name != "nocs":
                given[0, 1] = np.nan
            np.testing.assert_allclose(back, given, atol=0.51 * step)
        given = np.where(true["disparity"] >= 256, 0, true["disparity"])
        np.testing.assert_allclose(found.disparity, given, atol=0.51 / 256)
        assert found.overflow_px == {"depth": 0, "flow": 1, "scene_flow": 1, "disparity": 1}


def replace_maps(shot, seed):
    frame = dataclasses.replace(shot.frame, maps=maps_of(shot.camera, seed))
    return dataclasses.replace(shot, frame=frame)


def test_flow_and_disparity_are_kitti_s(root):
    """Mutant: blue and red swapped on writing and reading alike."""
    flow = np.zeros((1, 2, 2), np.float32)
    flow[0, 0], flow[0, 1] = (1.5, -2.25), np.nan
    png, missed = pictures.rgb16_from_flow(flow)
    assert png.tolist() == [[[2**15 + 96, 2**15 - 144, 1], [0, 0, 0]]]
    bgr = cv2.imdecode(np.frombuffer(encode_png(png), np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgr[0, 0].tolist() == [1, 2**15 - 144, 2**15 + 96]
    assert missed == 0
    steps, _ = pictures.steps_from_disparity(np.array([[0, 2.5]], np.float32))
    assert steps.tolist() == [[0, 640]]


def test_pictures_are_linked_through_time(root):
    """Mutants: the successor in another camera or eye; a still camera's views in a row; a moving
    camera's second view in the next capture."""
    write(root)
    after = [shot.successor for shot in Dataset.open(root).shots(5)]
    assert after == ["0004", "0005", "0006", "0007", None, None, None, None]
    moving = [(0, place) for place in cameras()] + [(1, place) for place in cameras()]
    moving = [(k, dataclasses.replace(c, sequence=0)) for k, c in moving]
    assert [link.successor for link in links(moving)] == [4, 5, 3, 6, None, None, 7, None]
    assert [link.partner for link in links(moving)] == [1, 0, None, None, 5, 4, None, None]


def test_tracks_follow_every_object(root):
    """Mutants: objects by place in another order; a shot left out; the box of another shot."""
    write(root, outputs=("ids", "tracks"))
    tracks = json.loads((root / "scenes/000005/tracks.json").read_bytes())["tracks"]
    shots = Dataset.open(root).shots(5)
    assert [track["instance_id"] for track in tracks] == [1, 2, 7]
    for place, track in enumerate(tracks):
        assert [point["stem"] for point in track["shots"]] == [shot.stem for shot in shots]
        for point, shot in zip(track["shots"], shots, strict=True):
            label = shot.annotations[place]
            assert label.instance_id == track["instance_id"]
            assert point["px_visible"] == label.px_visible
            assert point["box_visible"] == (label.box_visible and list(label.box_visible))
            assert (point["capture"], point["camera"]) == (shot.capture, shot.camera.name)


def test_checksums_are_those_of_sha256sum(root):
    """Mutants: a file left out; the sums of another order; the list in its own list."""
    write(root)
    folder = root / "scenes/000005"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    others = sorted(path.name for path in folder.iterdir() if path.name != "SHA256SUMS")
    assert list(sums) == others
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_scene_json_alone_can_redraw_all(root):
    """Mutant: cameras only in the shots' files, or the scene without its captures."""
    write(root)
    data = json.loads((root / "scenes/000005/scene.json").read_bytes())
    assert (data["scene"], data["attempt"], len(data["captures"])) == (5, 4, 2)
    assert [shot["stem"] for shot in data["shots"]] == [f"{n:04d}" for n in range(8)]
    assert [shot["capture"] for shot in data["shots"]] == [0] * 4 + [1] * 4
    assert [shot["camera"] for shot in data["shots"]] == [to_json(c) for c in cameras()] * 2


def test_only_wanted_outputs_are_written(root):
    """Mutants: a picture that nobody asked for; `files` naming one that is not there."""
    write(root, outputs=("ids",))
    assert sorted(p.name for p in (root / "scenes/000005").glob("0000*")) == [
        "0000.ids.png",
        "0000.json",
    ]
    shot = Dataset.open(root).shots(5)[0]
    assert shot.outputs == ("ids",)
    with pytest.raises(DatasetError, match="no picture of rgb, there are: ids"):
        _ = shot.rgb


def test_overflow_is_recorded(root):
    """Mutant: the count lost on its way into the shot's JSON."""
    write(root, scale=1e-5)
    shot = Dataset.open(root).shots(5)[0]
    true = next(shots_of(captures_of())).frame.depth
    assert shot.overflow_px["depth"] == np.count_nonzero(true > 0.65535) > 0


def test_the_dataset_is_asked_lazily(root):
    """Mutants: sorting as text; counting failures, hidden or foreign entries as scenes."""
    for index in (5, 1_000_000, 12):
        write(root, index, outputs=())
    (root / "scenes/.000007.0123abcd").mkdir()
    (root / "scenes/notes.txt").write_text("mine")
    write_failure(root, 3, SceneRejected("no room"), ["a", "b"], "make it")
    dataset = Dataset.open(root)
    assert dataset.scene_indices() == list(dataset) == [5, 12, 1_000_000]
    assert len(dataset) == 3
    assert 12 in dataset
    assert 3 not in dataset
    assert len(list(dataset.all_shots())) == 24
    assert dataset.categories == {"a": 1, "b": 2}


# ---------------------------------------------------------------------------- failures


def test_failures_come_back_until_the_scene_is_made(root):
    """Mutants: a failure that outlives its scene; clearing that fails where there is none; a scene
    that is both made and failed, because its writer was killed between the two steps."""
    write_failure(root, 5, SceneRejected("no room"), ["first: no room", "second"], "do --only 5")
    failure = Dataset.open(root).failed()[5]
    assert (failure.scene, failure.error, failure.message) == (5, "SceneRejected", "no room")
    assert failure.attempts == ("first: no room", "second")
    assert failure.command == "do --only 5"
    with pytest.raises(DatasetError, match=r"no scene 5 .*000005\.json tells why"):
        Dataset.open(root).scene(5)
    write(root)
    assert Dataset.open(root).failed() == {}
    assert os.listdir(root / "failed") == []
    write_failure(root, 5, SceneRejected("of old"), [], "")
    assert Dataset.open(root).failed() == {}
    clear_failure(root, 5)
    clear_failure(root, 5)


# ---------------------------------------------------------------------------- damage


def test_no_dataset_and_other_formats(tmp_path, root):
    """Mutants: an empty dataset made by looking; reading a layout of the future as ours."""
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DatasetError, match=r"no dataset: there is no dataset\.json"):
            Dataset.open(path)
    assert not (tmp_path / "nowhere").exists()
    (root / "dataset.json").write_text('{"format": 99, "scenegen": "9.9"}')
    with pytest.raises(DatasetError, match=r"format 99, but this scenegen reads 1; .*9\.9"):
        Dataset.open(root)
    for text in ('{"format": 1}', "[]", "{", ""):
        (root / "dataset.json").write_text(text)
        with pytest.raises(DatasetError, match=r"dataset\.json: damaged"):
            Dataset.open(root)


@pytest.mark.parametrize("output", ALL)
def test_damaged_pictures_are_named(root, output):
    """Mutants: half a picture returned as a whole one; the wrong kind or size of PNG accepted."""
    write(root)
    path = root / f"scenes/000005/0000.{output}.png"
    whole = path.read_bytes()
    shot = Dataset.open(root).shots(5)[0]
    wrong_kind = encode_png(np.zeros((16, 24), np.uint16))
    wrong_size = encode_png(np.zeros((16, 23, 3), np.uint8))
    if output not in ("rgb", "normals"):
        wrong_kind = encode_png(np.zeros((16, 24, 3), np.uint8))
        wrong_size = encode_png(np.zeros((16, 23), np.uint16))
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 4
    bad = [b"", b"junk", whole[: len(whole) // 2], whole[:-1], bytes(flipped), wrong_kind]
    for data in [*bad, wrong_size]:
        path.write_bytes(data)
        with pytest.raises(DatasetError, match=rf"0000\.{output}\.png"):
            getattr(shot, output)
    path.unlink()
    with pytest.raises(DatasetError, match="no such file"):
        getattr(shot, output)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"camera": {}, "objects": [{}]}', b"\xff"])
def test_damaged_labels_are_named(root, text):
    """Mutants: a KeyError or a ValidationError instead of the file's name."""
    write(root)
    path = root / "scenes/000005/0000.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    for what in ("camera", "annotations", "record", "rgb"):
        with pytest.raises(DatasetError, match=r"0000\.json"):
            getattr(Dataset.open(root).shots(5)[0], what)


def test_damaged_scenes_and_failures_are_named(root):
    """Mutant: a KeyError instead of the file's name."""
    write(root)
    path = root / "scenes/000005/scene.json"
    for text in ("", "{}", '{"captures": [{}], "shots": [{}]}', '{"captures": 1, "shots": [1]}'):
        path.write_text(text)
        for read in (Dataset.open(root).scene, Dataset.open(root).shots):
            with pytest.raises(DatasetError, match=r"scene\.json"):
                read(5)
    (root / "failed/000006.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"000006\.json"):
        Dataset.open(root).failed()


def test_a_dataset_cannot_point_out_of_its_folder(root):
    """Mutant: the file names in a shot's JSON are trusted."""
    assert write(root)
    index = Dataset.open(root).scene_indices()[0]
    path = root / "scenes" / f"{index:06d}" / "0000.json"
    path.write_text(path.read_text().replace('"0000.rgb.png"', '"../../../secret.png"'))
    shot = Dataset.open(root).shots(index)[0]
    with pytest.raises(DatasetError, match=r"0000\.json"):
        _ = shot.rgb

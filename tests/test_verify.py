"""`verify` on its own: strict readers, rays, the command. test_verify_mutants.py has the faults."""

import json
import pickle
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import trimesh
from pycocotools import mask as coco
from running import Run

from scenegen.errors import DatasetError
from scenegen.project import open_project
from scenegen.verify import schema, suspects, verify_dataset, write_report
from scenegen.verify.meshes import Mesh
from scenegen.verify.optics import Optics
from scenegen.verify.png import FORMS, Form, read_png
from scenegen.verify.run import Verifier
from scenegen.verify.shapes import decoded
from scenegen.verify.world import Sight, Thing, World

# ---------------------------------------------------------------------------- readers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": 1', "delimiter"),
    ],
)
def test_json_is_read_strictly(text: str, told: str) -> None:
    """Mutant: `json.loads` as it is, which takes NaN and the last of two equal keys."""
    with pytest.raises(ValueError, match=told):
        schema.parse(text.encode())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"x": 1}, "y is missing"),
        ({"x": 1, "y": 2.5, "z": 3}, "z: nobody"),
        ({"x": True, "y": 2.5}, "x: expected int"),
        ({"x": 1, "y": "2"}, "y: expected float"),
        ({"x": 1, "y": float("inf")}, "y: expected float"),
        ([], "the whole file"),
    ],
)
def test_schema_names_what_is_wrong(value: Any, told: str) -> None:
    """Mutants: unknown keys ignored; true taken for 1; an infinite number taken."""
    (message,) = schema.mistakes(value, {"x": int, "y": float})
    assert told in message


def _png(array: Any) -> bytes:
    return bytes(cv2.imencode(".png", array)[1].tobytes())


def test_png_is_read_whole() -> None:
    """Mutant: channels left in OpenCV's order."""
    color = np.arange(5 * 4 * 3, dtype=np.uint16).reshape(5, 4, 3) * 1000
    assert np.array_equal(read_png(_png(color[..., ::-1]), FORMS["flow"], 4, 5), color)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data[:-20], "cut short"),
        (lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:], "checksum"),
        (lambda data: data + b"more", "follow the end"),
        (lambda data: b"GIF" + data[3:], "no PNG"),
        (lambda data: b"", "no PNG"),
    ],
)
def test_damaged_png_is_refused(change: Any, told: str) -> None:
    """Mutant: OpenCV's decoder alone, which fills what is missing with black."""
    noise = np.random.default_rng(0).integers(0, 65535, (20, 30), dtype=np.uint16)
    with pytest.raises(ValueError, match=told):
        read_png(change(_png(noise)), FORMS["depth"], 30, 20)


@pytest.mark.parametrize(
    ("form", "size", "told"),
    [
        (Form(8, 1), (30, 20), "8-bit grey"),
        (Form(16, 3), (30, 20), "16-bit RGB"),
        (Form(16, 1), (20, 30), "30 × 20"),
    ],
)
def test_png_of_another_kind_is_refused(form: Form, size: tuple[int, int], told: str) -> None:
    """Mutant: depth and channels not looked at."""
    with pytest.raises(ValueError, match=told):
        read_png(_png(np.zeros((20, 30), np.uint16)), form, *size)


def test_masks_are_decoded_or_refused() -> None:
    """Mutants: rows for columns; run lengths that do not fill the picture taken all the same."""
    mask = np.random.default_rng(1).random((17, 23)) > 0.6
    counts = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    found = decoded({"size": [17, 23], "counts": counts}, 17, 23)
    assert found is not None
    assert np.array_equal(found, mask)
    assert decoded({"size": [17, 23], "counts": counts + "9"}, 17, 23) is None
    assert decoded({"size": [17, 23], "counts": counts[:-1]}, 17, 23) is None
    assert decoded({"size": [23, 17], "counts": counts}, 17, 23) is None


# ---------------------------------------------------------------------------- rays


@pytest.mark.parametrize(
    ("model", "coefficients"),
    [
        (None, ()),
        ("brown_conrady", (-0.28, 0.07, 0.001, -0.0005)),
        ("brown_conrady", (0.3, 0.02, 0.001, 0.002, 0.01, 0.28, 0.03, 0.001)),
        ("kannala_brandt", (0.05, -0.02, 0.003, 0.0)),
    ],
)
def test_rays_project_onto_their_pixels(model: str | None, coefficients: tuple[float, ...]) -> None:
    """Mutants: skew left out; the inverse of the lens not iterated to the end."""
    k = (90.0, 0.4, 31.0, 0.0, 91.0, 23.0, 0.0, 0.0, 1.0)
    optics = Optics(64, 48, k, model, coefficients)
    rays = optics.image_rays
    assert np.isfinite(rays).all()
    assert np.abs(optics.project(rays * 2.5) - optics.pixels).max() < 1e-6


def test_a_lens_is_blind_beyond_its_fold() -> None:
    """Mutant: the fold ignored: every pixel far out would see something a second time."""
    optics = Optics(
        400, 300, (100.0, 0, 199.5, 0, 100.0, 149.5, 0, 0, 1), "brown_conrady", (-0.3, 0, 0, 0)
    )
    fold = np.sqrt(1 / 0.9)  # where r − 0.3 r³ stops growing
    shown = 100 * (fold - 0.3 * fold**3)
    radius = np.hypot(*(optics.pixels - [199.5, 149.5]).T)
    seen = np.isfinite(optics.image_rays[:, 0])
    assert seen[radius < shown - 0.1].all()
    assert not seen[radius > shown + 0.1].any()
    assert np.isnan(optics.project(np.array([[1.2 * fold, 0.0, 1.0]]))).all()


def _mesh(box: trimesh.Trimesh) -> Mesh:
    corners = box.triangles.astype(np.float64)
    normals = np.repeat(box.face_normals[:, None], 3, axis=1)
    return Mesh((), corners, normals, np.zeros(len(corners), int), np.zeros(1, int))


def _sight(things: list[Thing], floor: float | None = None) -> Sight:
    """A camera 2 m above the origin that looks straight down, x to the right, y up the picture."""
    camera = np.array([[1.0, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 2], [0, 0, 0, 1]])
    return Sight(World(tuple(things), floor, None), camera)


def _at(number: int, x: float, z: float, scale: float = 1.0) -> Thing:
    pose = np.eye(4)
    pose[:3, 3] = x, 0, z
    mesh = _mesh(trimesh.creation.box(extents=(0.2, 0.2, 0.2)))
    return Thing(number, "box", "target", mesh, pose, scale)


def test_the_nearest_is_seen() -> None:
    """Mutants: the farthest wins; scale forgotten; depth along the ray."""
    sight = _sight([_at(1, 0.0, 0.1), _at(2, 0.1, 0.5, scale=0.5)], floor=4.0)
    rays = np.array([[0.0, 0, 1], [0.05, 0, 1], [0.5, 0, 1], [1.5, 0, 1], [np.nan, np.nan, 1]])
    hits = sight.cast(rays)
    assert sight.ids(hits).tolist() == [1, 2, 0, 0, 0]
    assert np.allclose(hits.depth[:3], [1.8, 1.45, 2.0])
    assert hits.surface.tolist() == [0, 1, 2, -1, -1]
    assert np.allclose(sight.normals(hits)[:3], [0, 0, -1])


def test_rays_go_on_after_a_hit() -> None:
    """Mutant: what lies behind the first hit is not found."""
    sight = _sight([_at(1, 0.0, 0.1)], floor=4.0)
    first = sight.cast(np.array([[0.0, 0.0, 1.0]]))
    second = sight.cast(first.rays, first.depth + 1e-4)
    assert np.allclose([first.depth[0], second.depth[0]], [1.8, 2.0])


def test_nothing_is_seen_nearer_than_a_centimetre() -> None:
    """Mutant: no near plane: the box would be seen from within its own top."""
    sight = _sight([_at(1, 0.0, 1.895)])
    assert np.allclose(sight.cast(np.array([[0.0, 0.0, 1.0]])).depth, 0.205)


# ---------------------------------------------------------------------------- what it looks like


def test_suspects_say_what_a_map_looks_like() -> None:
    """Mutant: a map that is right but for one pixel called mirrored."""
    ids = np.zeros((40, 60), np.int32)
    ids[5:20, 10:30], ids[15:35, 25:40] = 1, 2
    assert "(1, 0)" in suspects.of_ids(np.roll(ids, 1, axis=1), ids, [1, 2])
    assert "left-right" in suspects.of_ids(ids[:, ::-1], ids, [1, 2])
    assert "1 and 2 are swapped" in suspects.of_ids(np.array([0, 2, 1])[ids], ids, [1, 2])
    assert "object 2 is missing" in suspects.of_ids(np.where(ids == 2, 0, ids), ids, [1, 2])
    one = ids.copy()
    one[0, 3] = 9
    assert "id 9" in suspects.of_ids(one, ids, [1, 2])
    one[0, 3] = 1
    assert suspects.of_ids(one, ids, [1, 2]) == ""


def test_suspects_say_what_depth_looks_like() -> None:
    """Mutant: hypotheses tried on values that are right."""
    y, x = np.mgrid[-1:1:30j, -1:1:40j]
    rays = np.dstack([x, y, np.ones_like(x)])
    depth = 2 + 0.3 * x - 0.2 * y
    assert "ray" in suspects.of_depth(depth * np.linalg.norm(rays, axis=-1), depth, rays)
    assert "millimetres" in suspects.of_depth(depth * 1000, depth, rays)
    assert suspects.of_depth(depth, depth, rays) == ""


# ---------------------------------------------------------------------------- the command


def test_verify_writes_its_report(made: Path, scenegen: Run, tmp_path: Path) -> None:
    """Mutants: exit code 0 with findings; no report where all is well; workers that lose findings."""
    scenegen("verify", made, "--report", tmp_path / "good", code=0)
    report = json.loads((tmp_path / "good" / "report.json").read_text())
    assert report["passed"]
    assert report["shots"] == len(list(made.glob("scenes/*/[0-9]*.json")))
    bad = Path(shutil.copytree(made, tmp_path / "bad"))
    (bad / "scenes" / "000001" / "0000.depth.png").write_bytes(b"")
    result = scenegen("verify", bad, "--json", "--workers", 2, "--quick", code=1)
    found = {
        (failure["check"], failure["scene"]) for failure in json.loads(result.stdout)["failures"]
    }
    assert found == {("png", 1), ("checksums", 1)}
    page = (tmp_path / "out" / "verify" / "index.html").read_text()
    assert "0000.depth.png" in page


def test_what_workers_are_handed_can_be_pickled() -> None:
    """Mutant: the Recipe itself handed over: its `choice` cannot be pickled."""
    project = open_project(Path(__file__).parents[1] / "scenes" / "tabletop.yaml", [])
    verifier = partial(Verifier, Path("nowhere"), project.library, project.data, {}, True)
    copy = pickle.loads(pickle.dumps(verifier))()
    assert copy.data == project.data


_STRANGE: list[tuple[str, Any]] = [
    ("width", 0),
    ("width", 10**9),
    ("K", [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ("K", [[-90, 0, 79.5], [0, -90, 59.5], [0, 0, 1]]),
    ("world_from_camera", [[0.0] * 4] * 4),
    ("distortion", {"model": "kannala_brandt", "coefficients": [0.1]}),
    ("name", "nobody"),
]


@pytest.mark.parametrize(("key", "value"), _STRANGE, ids=str)
def test_impossible_cameras_are_findings(made: Path, tmp_path: Path, key: str, value: Any) -> None:
    """Mutant: a traceback, or all memory taken, where a number makes no sense."""
    root = Path(shutil.copytree(made, tmp_path / "strange"))
    for name in ("0000.json", "scene.json"):
        path = root / "scenes" / "000000" / name
        data = json.loads(path.read_text())
        camera = data["camera"] if "camera" in data else data["shots"][0]["camera"]
        camera[key] = value
        path.write_text(json.dumps(data))
    found = verify_dataset(root, sample=1).failures
    assert {"camera", "files"} & {finding.check for finding in found}


def test_a_sample_is_spread_evenly(made: Path) -> None:
    """Mutant: the first N shots."""
    report = verify_dataset(made, sample=2)
    assert (report.scenes, report.shots) == (2, 2)
    assert report.passed
    assert write_report(report, made.parent / "sampled").is_file()


def test_what_is_no_dataset_is_the_users_mistake(tmp_path: Path, scenegen: Run) -> None:
    """Mutant: an empty folder passes."""
    with pytest.raises(DatasetError, match="no dataset"):
        verify_dataset(tmp_path)
    scenegen("verify", tmp_path / "nowhere", code=2)

"""Two datasets and photographs → a page that needs nothing, and figures that say the same.

Mutants caught: names not escaped; an image by path; worst frames by name; lost and new edges
swapped; refined shots taken from the raw dataset; marks of rejected refiners dropped; pictures
compared by name alone.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from refine import compare as comparing
from refine.charts import intervals, scatter, stacked
from refine.compare import compare
from refine.frames import U8
from refine.gap import Estimate, GapReport
from refine.page import Marked, Shown, edges_compared, worst_frames
from refine.photographs import Photographs
from scenegen.dataset import Dataset
from scenegen.errors import DatasetError, RefineError
from tests.refine.shapes import warm

NASTY = "<script>alert('mug')</script>"


@pytest.fixture(scope="module")
def refined(
    tables: Path, photographs: Photographs, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The dataset with a cast over every picture, a record at the root, and of two scenes one."""
    folder = tmp_path_factory.mktemp("refined") / "tables"
    shutil.copytree(tables, folder)
    for path in folder.glob("scenes/*/*.rgb.png"):
        picture = cv2.imread(str(path))[..., ::-1]
        cv2.imwrite(str(path), warm(picture)[..., ::-1])
    card = hashlib.sha256((tables / "dataset.json").read_bytes()).hexdigest()
    said = {"photographs": photographs.at_most(100).digest, "source": {"card_sha256": card}}
    (folder / "refine.json").write_text(json.dumps(said))
    for index, scene in enumerate(Dataset.open(folder)):
        stems = [shot.stem for shot in Dataset.open(folder).shots(scene)]
        verdict = {"accepted": False, "reasons": [f"{NASTY} moved by 0.9 px"], "measures": {}}
        rejected = {"bilateral": verdict} if index == 1 else {}
        shots = {
            stem: {"refiner": "stats", "verdict": None, "rejected": rejected} for stem in stems
        }
        if index < 2:
            record = folder / "scenes" / f"{scene:06d}" / "refine.json"
            record.write_text(json.dumps({"shots": shots}))
    return folder


@pytest.fixture(scope="module")
def photographs(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    """The renders' own scenes, with the cast, mirrored: what refinement should lead to."""
    folder = tmp_path_factory.mktemp("photographs")
    for number, path in enumerate(sorted(tables.glob("scenes/*/*.rgb.png"))):
        mirrored = warm(cv2.imread(str(path))[:, ::-1, ::-1])
        cv2.imwrite(str(folder / f"{number:02d}.png"), mirrored[..., ::-1])
    return Photographs.open(folder)


@pytest.fixture(scope="module")
def report(
    tables: Path, refined: Path, photographs: Photographs, tmp_path_factory: pytest.TempPathFactory
) -> tuple[GapReport, Path]:
    out = tmp_path_factory.mktemp("out") / "report"
    found = compare(
        Dataset.open(tables), Dataset.open(refined), photographs, out, features=["color", "randnet"]
    )
    return found, out


def test_the_figures_are_the_report(report: tuple[GapReport, Path]) -> None:
    found, out = report
    figures = json.loads((out / "gap.json").read_text())
    assert figures == json.loads(json.dumps(found.as_dict()))
    assert sorted(path.name for path in out.iterdir()) == ["gap.json", "index.html"]
    assert [one["feature"] for one in figures["features"]] == ["color", "randnet"]
    raw, refined = (figures["features"][1]["mmd"][side]["value"] for side in ("raw", "refined"))
    assert refined < 0.5 * raw


def test_photographs_that_the_model_knows_are_remarked_on(
    report: tuple[GapReport, Path], photographs: Photographs
) -> None:
    """Mutants: the digest not looked at, or that of pictures of another size."""
    assert report[0].remarks[0].startswith("These are the very photographs")
    record = {"photographs": photographs.digest}
    assert not any("very" in said for said in comparing._on_photographs(photographs[1:], record))


def test_the_page_needs_nothing_and_runs_nothing(report: tuple[GapReport, Path]) -> None:
    page = (report[1] / "index.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) >= 20
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert report[0].verdict.split("(")[0] in page
    assert page.count("<svg") >= 2
    assert "bilateral: " in page


def test_a_dataset_may_stand_for_the_photographs(
    tables: Path, refined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (("pictures", "LEAST_PHOTOGRAPHS"), ("regions", "LEAST_GROUPS")):
        monkeypatch.setattr(f"refine.gap.{module}.{name}", 3)
    twin = Dataset.open(refined)
    found = compare(Dataset.open(tables), twin, twin, tmp_path, features=["randnet"], pairs=twin)
    assert {region.name for region in found.regions} >= {"can", "tea_box"}
    assert [one.refined.value for one in found.pairs] == [0, 0]
    assert found.sizes["bursts"] == 4
    assert all(one.raw.value > 5 for one in found.pairs)


def test_datasets_that_do_not_belong_together(
    tables: Path, refined: Path, photographs: Photographs, tmp_path: Path
) -> None:
    raw = Dataset.open(tables)
    shutil.copytree(refined, tmp_path / "damaged")
    scenes = tmp_path / "damaged" / "scenes"
    (scenes / "000003").rename(scenes / "000009")
    with pytest.raises(RefineError, match=r"has 000009/0000, .* expected the same scenes"):
        compare(
            raw, Dataset.open(tmp_path / "damaged"), photographs, tmp_path / "a", features=["color"]
        )
    (scenes / "000002").rename(scenes / "000003")
    (scenes / "000009").rename(scenes / "000002")
    with pytest.raises(RefineError, match="000002/0000 does not show what it shows in"):
        compare(
            raw, Dataset.open(tmp_path / "damaged"), photographs, tmp_path / "a", features=["color"]
        )
    record = tmp_path / "damaged" / "refine.json"
    record.write_text(json.dumps({"source": {"name": "bins", "card_sha256": "0" * 64}}))
    with pytest.raises(RefineError, match=r"it was not made of .* another dataset, 'bins'"):
        compare(
            raw, Dataset.open(tmp_path / "damaged"), photographs, tmp_path / "a", features=["color"]
        )
    with pytest.raises(RefineError, match="damaged: refined already; the raw renders come first"):
        compare(Dataset.open(tmp_path / "damaged"), raw, photographs, tmp_path / "a")
    assert not (tmp_path / "a").exists()
    record.write_text('{"source": "bins"}')  # another tool's
    (scenes / "000002").rename(scenes / "000009")
    (scenes / "000003").rename(scenes / "000002")
    (scenes / "000009").rename(scenes / "000003")
    (next((tmp_path / "damaged").glob("scenes/*/refine.json"))).write_text('{"shots": [1]}')
    with pytest.raises(DatasetError, match="not a record of `refine apply`"):
        compare(
            raw, Dataset.open(tmp_path / "damaged"), photographs, tmp_path / "b", features=["color"]
        )
    (tmp_path / "file").touch()
    with pytest.raises(RefineError, match="choose another folder"):
        compare(
            raw, Dataset.open(refined), photographs, tmp_path / "file" / "c", features=["color"]
        )
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


def shown(count: int, marks: dict[str, Marked]) -> Shown:
    pictures = [np.zeros((8, 8, 3), np.uint8)] * count
    return Shown([str(at) for at in range(count)], pictures, pictures, pictures, marks)


def test_worst_is_what_the_gate_said_and_then_what_looks_least_real() -> None:
    marks = {"3": Marked("raw", ("a", "b")), "5": Marked("stats", ("a",)), "1": Marked("net", ())}
    assert worst_frames([2, 3, 0, 1], shown(8, marks)) == [3, 5, 2, 0, 1]
    assert len(worst_frames(range(8), shown(8, {}))) == 6


def square(left: int) -> U8:
    picture = np.full((80, 80, 3), 40, np.uint8)
    picture[20:60, left : left + 30] = 220
    return picture


def test_edges_that_went_and_came() -> None:
    empty = np.full((80, 80, 3), 40, np.uint8)
    assert edges_compared(square(20), square(21))[1:] == (0, 0)
    drawn, lost, new = edges_compared(square(20), empty)
    assert lost > 80
    assert new == 0
    assert ((drawn == (196, 34, 34)).all(axis=2)).sum() == lost
    drawn, lost, new = edges_compared(empty, square(20))
    assert lost == 0
    assert ((drawn == (23, 132, 196)).all(axis=2)).sum() == new > 80


def test_charts_are_whole_and_escaped() -> None:
    drawn = [
        intervals([(NASTY, "raw", Estimate(-1.0, -2.0, 0.5)), ("x", "closed", Estimate(1, 0, 2))]),
        stacked({"closed": 0.5, "color": 0.6, "noise": -0.1, "content": 0.0}),
        scatter({"raw": [(0.0, 1.0), (2.0, 1.0)], "photographs": [(1.0, 1.0)]}),
    ]
    roots = [ElementTree.fromstring(svg) for svg in drawn]
    circles = roots[0].findall("{*}circle")
    assert [float(circle.get("cx", 0)) for circle in circles] == sorted(
        float(circle.get("cx", 0)) for circle in circles
    )
    wide = [float(bar.get("width", 0)) for bar in roots[1].findall("{*}rect")]
    assert wide[1] / wide[0] == pytest.approx(1.2, abs=0.01)
    assert wide[2] == 0
    assert len(roots[2].findall("{*}circle")) == 3 + 2

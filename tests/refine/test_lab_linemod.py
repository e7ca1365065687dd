"""Renders against the photographs of Linemod-Occluded: the split, the board, the camera, the whole.

Mutants caught: neighbours on both sides; neighbours told by likeness alone, or by number alone; the same
sides whatever the seed; more photographs than are wanted; fitted to what is held out; a board that is
no furniture, or of another size; another camera than the one that is given.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from typer import Typer
from typer.testing import CliRunner

from benchmarks.lab import linemod
from benchmarks.lab.arms import HERE
from benchmarks.lab.board import HEIGHT_M, SIDE_M, write_board
from benchmarks.lab.table import gap_table
from benchmarks.lab.video import NEAR, split
from refine.gap import Drawn, GapReport
from refine.photographs import Photographs
from scenegen.assets.library import Library
from scenegen.assets.sources import Folder
from scenegen.dataset import Dataset
from scenegen.dataset.files import json_bytes

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def sides(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Frame numbers of a video on the first side and on the other; the first two are one burst."""
    numbers = np.cumsum(np.random.default_rng(1).integers(1, 3 * NEAR, 80))
    bursts = [0, *range(79)]
    first = split(numbers.tolist(), bursts, 50, rng=np.random.default_rng(seed))
    return numbers[first], numbers[~first]


def test_no_neighbours_on_different_sides() -> None:
    for seed in range(5):
        ours, theirs = sides(seed)
        assert 45 <= len(ours) <= 50
        assert len(ours) + len(theirs) == 80
        assert np.abs(ours[:, None] - theirs).min() > NEAR
    assert not np.array_equal(sides(0)[0], sides(1)[0])


def test_pictures_of_one_burst_are_on_one_side() -> None:
    numbers = [100 * at for at in range(20)]
    for seed in range(8):
        first = split(numbers, [0, *range(1, 19), 0], 10, rng=np.random.default_rng(seed))
        assert first[0] == first[19]
        assert first.sum() == 10


def test_the_board_is_furniture_of_half_a_metre(tmp_path: Path) -> None:
    write_board(tmp_path, rng=np.random.default_rng(0))
    library = Library.open([Folder(folder="board")], [tmp_path])
    assert library.info("board").category == "furniture"
    size = np.ptp(np.concatenate([part.positions for part in library.load("board").parts]), axis=0)
    np.testing.assert_allclose(size, [SIDE_M, SIDE_M, HEIGHT_M], atol=1e-9)
    picture = cv2.imread(str(tmp_path / "board" / "board.png"))
    frame = picture[:160].std(axis=2)
    assert frame.max() == 0  # markers are black and white
    assert picture[160:-160, 160:-160].std(axis=2).mean() > 20


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is missing")
def test_the_camera_is_the_one_that_is_given() -> None:
    given = json.loads((DATA / "meshes" / "lmo" / "camera.json").read_text())
    recipe = yaml.safe_load((HERE / "linemod.yaml").read_text())
    (camera,) = recipe["cameras"]
    assert camera["intrinsics"] == {key: given[key] for key in ("fx", "fy", "cx", "cy")}
    assert camera["size"] == [given["width"], given["height"]]
    found = {str(int(path.stem[-6:])) for path in (DATA / "meshes" / "lmo").glob("obj_*.ply")}
    assert set(recipe["assets"][0]["names"]) == found


def test_without_the_data_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "meshes" / "lmo").mkdir(parents=True)
    app = Typer()
    app.command()(linemod.main)
    words = ["--data", str(tmp_path), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert done.output.startswith("skipped: there is no ")
    assert "real_photos" in done.output
    assert not (tmp_path / "out").exists()


def test_it_is_fitted_to_some_and_compared_with_others(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a dataset that is there; `compare` has tests of its own."""
    photos = tmp_path / "photos"
    photos.mkdir()
    rng = np.random.default_rng(0)
    for number in range(0, 20 * NEAR, 2 * NEAR):
        small = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8)
        cv2.imwrite(str(photos / f"{number:06d}.png"), cv2.resize(small, (160, 120)))
    given: list[Photographs] = []

    def compare(
        raw: Dataset, made_of: Dataset, real: Photographs, *_: object, **__: object
    ) -> GapReport:
        given.append(real)
        closed = Drawn(0.5, np.linspace(0.3, 0.7, 101))
        return GapReport((), closed, None, (), (), None, {}, (), (), {}, 0)

    monkeypatch.setattr(linemod, "FITTED", 7)
    monkeypatch.setattr(linemod, "compare", compare)
    monkeypatch.setattr(linemod, "_render", lambda *_: Dataset.open(made))
    size = linemod.Size(1, {"stats": "stats"}, ("color",))
    result = linemod.run(tmp_path, photos, tmp_path / "out", size, 1)
    json_bytes(result)
    assert given[0].names == result["held_out"]
    assert len(result["fitted"]) == 7
    every = {path.name for path in photos.iterdir()}
    assert {*result["fitted"], *result["held_out"]} == every
    assert len(result["fitted"]) + len(result["held_out"]) == len(every)
    assert "fitted to 7 photographs, compared with 3 others" in gap_table(result)
    sheet = cv2.imread(str(tmp_path / "out" / "linemod.jpg"))
    assert sheet.shape == (3 * 240, 5 * 320, 3)

"""Crops: the order is a pure function of seed and step, content matches, truth stays truth.

Mutants caught: chance carried from batch to batch; window computed from the crop instead of the
picture; matching on plain colors; ids hidden with the G-buffers.
"""

import numpy as np
import pytest
import torch
from made_up_pictures import DiscRenders, disc_photographs, disc_render, other_camera

from refine.crops import CropStream
from refine.matching import descriptors, match
from refine.networks.view import ALBEDO, KNOWN, OBJECT
from refine.pool import photograph_pool, render_pool
from refine.recipe import Crops
from refine.views import gate_of, signed, view_of

SETTINGS = Crops(size=48, margin=8, each=3, neighbors=3, drop_gbuffers=0.3)


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> CropStream:
    folder = tmp_path_factory.mktemp("crops")
    rng = np.random.default_rng(0)
    ours = render_pool(DiscRenders(folder, 5), SETTINGS, rng=rng)
    photographs = disc_photographs(folder / "photos", 5)
    theirs = photograph_pool(photographs, SETTINGS, rng=rng)
    return CropStream(ours, theirs, settings=SETTINGS, batch=4, seed=7)


def test_a_batch_is_a_function_of_its_number(stream: CropStream) -> None:
    first, *_, again = stream.batch(3), stream.batch(4), stream.batch(3)
    assert torch.equal(first.renders.pixels, again.renders.pixels)
    assert torch.equal(first.renders.noise, again.renders.noise)
    assert torch.equal(first.photographs.pixels, again.photographs.pixels)
    assert not torch.equal(first.renders.noise, stream.batch(4).renders.noise)


def test_a_crop_is_where_its_window_says(stream: CropStream) -> None:
    """Against the whole picture, cut by hand."""
    found = 0
    for number in range(4):
        batch = stream.batch(number)
        for place, window in enumerate(batch.renders.window):
            top, bottom, left, right = window.tolist()
            rows = slice(round(top * 96), round(bottom * 96))
            columns = slice(round(left * 128), round(right * 128))
            assert (rows.stop - rows.start, columns.stop - columns.start) == (48, 48)
            for scene in range(5):
                render = disc_render(scene)
                rgb = torch.from_numpy(signed(render.rgb[rows, columns]))
                if torch.allclose(rgb, batch.renders.rgb[place], atol=1e-5):
                    found += 1
                    ids = torch.from_numpy(render.ids[rows, columns].astype("i4"))
                    assert torch.equal(batch.ids[place], ids)
                    gate = torch.from_numpy(gate_of(render.ids)[rows, columns])
                    assert torch.allclose(batch.renders.gate[place, 0], gate, atol=0.01)
                    assert float(batch.inverse_depth[place].min()) > 0
    assert found == 16


def test_gbuffers_are_hidden_as_often_as_asked(stream: CropStream) -> None:
    views = [stream.batch(number).renders for number in range(60)]
    hidden = torch.cat([view.thumbnail[:, KNOWN, 0, 0] == 0 for view in views]).float()
    assert float(hidden.mean()) == pytest.approx(1 - 0.7**2, abs=0.08)
    assert float(hidden.all(1).float().mean()) == pytest.approx(0.3, abs=0.1)
    for view in views[:5]:
        gone = view.thumbnail[:, KNOWN.start, 0, 0] == 0
        assert float(view.pixels[gone, ALBEDO].abs().sum()) == 0
        assert float(view.pixels[~gone, ALBEDO].abs().sum() + (~gone).logical_not().all()) > 0


def test_matching_does_not_see_the_gap() -> None:
    """The same content through another camera is found again; content, not color, decides."""
    crops = [disc_render(number, height=64, width=64).rgb for number in range(40)]
    theirs = [other_camera(crop, seed=number) for number, crop in enumerate(crops)]
    found = match(crops, theirs, neighbors=1)
    assert np.mean(found.photographs_of[:, 0] == np.arange(40)) > 0.9
    assert np.mean(found.renders_of[:, 0] == np.arange(40)) > 0.9
    assert found.coverage == 1.0
    stripes = [np.kron(np.eye(4) > 0, np.ones((16, 16)))[..., None].repeat(3, 2) for _ in range(9)]
    strange = match(crops, [(stripe * 255).astype(np.uint8) for stripe in stripes], neighbors=1)
    assert strange.coverage < 0.3


def test_descriptors_do_not_change_with_gain_or_grain() -> None:
    crop = disc_render(2, height=64, width=64).rgb
    others = [disc_render(number, height=64, width=64).rgb for number in range(3, 9)]
    grain = np.random.default_rng(0).normal(0, 8, crop.shape)
    noisy = (crop * 0.6 + 30 + grain).clip(0, 255).astype(np.uint8)
    clean, *rest = descriptors([crop, *others])[:, :-1]
    changed = descriptors([noisy])[0, :-1]
    assert np.linalg.norm(changed - clean) < 0.5 * min(np.linalg.norm(r - clean) for r in rest)


def test_gate() -> None:
    ids = np.zeros((9, 20), np.uint16)
    ids[:, 10:] = 1
    gate = gate_of(ids)[4]
    assert gate[9] == gate[10] == 0
    assert gate[8] == pytest.approx(1 - np.exp(-1 / 4.5), abs=0.03)
    assert gate[0] > 0.99
    assert gate_of(np.zeros((4, 4), np.uint16)).min() == 1


def test_a_view_knows_what_the_render_knows() -> None:
    render = disc_render(1)
    view = view_of(render, seed=0)
    assert view.thumbnail[0, KNOWN, 0, 0].tolist() == [1, 1, 1, 1]
    bare = type(render)(**{**vars(render), "gbuffers": type(render.gbuffers)()})
    assert view_of(bare, seed=0).thumbnail[0, KNOWN, 0, 0].tolist() == [0, 0, 0, 1]
    assert torch.equal(view.pixels[0, OBJECT][0] > 0, torch.from_numpy(render.ids > 0))
    renamed = type(render)(**{**vars(render), "name": "000009/0000"})
    assert not torch.equal(view_of(renamed, seed=0).noise, view.noise)

"""A picture's look is what OpenCV says of it, and what is asked for is asked for everywhere.

Mutants caught: Lab with red and blue swapped; spreads not in logarithms; a part of a picture asked to
have the look of the whole; the way back left out; the change lost with the G-buffers; the render's
own look left out; chance by the picture, or by the scene, instead of the sequence; no white balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from made_up_pictures import DiscRenders, disc_photographs, disc_render
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from refine.crops import CropStream
from refine.frames import Renders, read_render
from refine.network_refiner import NetworkRefiner
from refine.networks.look import LOOK, UNIT, change_of_look, changed_look, look_of
from refine.networks.view import View
from refine.pool import photograph_pool, render_pool
from refine.recipe import Crops
from refine.views import signed, view_of
from scenegen.dataset import Dataset


def opencv_look(rgb: np.ndarray) -> np.ndarray:
    """Of (h, w, 3) in [0, 1]."""
    lab = cv2.cvtColor(rgb.astype(np.float32), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    return np.r_[lab.mean(0) / UNIT, np.log(lab.std(0))]


def test_a_look_is_the_moments_of_lab() -> None:
    rgb = disc_render(1).rgb
    found = look_of(torch.from_numpy(signed(rgb))[None])[0]
    np.testing.assert_allclose(found.numpy(), opencv_look(rgb / 255), atol=0.02)
    flat = look_of(torch.zeros(1, 3, 8, 8))
    assert bool(torch.isfinite(flat).all())


def test_a_part_changes_with_the_whole() -> None:
    """A picture whose lightness is scaled about its mean and shifted: so is that of a part of it."""
    rng = np.random.default_rng(0)
    grey = np.repeat(rng.uniform(0.2, 0.7, (32, 32, 1)), 3, 2)
    grey[:16] *= 0.7
    lab = cv2.cvtColor(grey.astype(np.float32), cv2.COLOR_RGB2LAB)
    mean = lab[..., 0].mean()
    lab[..., 0] = mean + 6 + 0.6 * (lab[..., 0] - mean)
    after = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    before_look, after_look, part, part_after = (
        torch.from_numpy(opencv_look(rgb))[None] for rgb in (grey, after, grey[:16], after[:16])
    )
    change = change_of_look(after_look, before_look)
    wanted = changed_look(part, before_look, change)
    assert wanted[0, [0, 3]].tolist() == pytest.approx(part_after[0, [0, 3]].tolist(), abs=0.01)
    whole = changed_look(before_look, before_look, change)
    assert torch.allclose(whole[0, [0, 3]], after_look[0, [0, 3]])


def test_no_change_is_asked_for_beyond_reason() -> None:
    asked = change_of_look(torch.full((1, LOOK), 9.0), torch.zeros(1, LOOK))
    assert asked[0].tolist() == pytest.approx([1.5] * 3 + [np.log(2)] * 3)


def test_what_is_asked_for_is_kept_until_it_is_done() -> None:
    change = torch.linspace(-1, 1, LOOK)[None]
    view = view_of(disc_render(2), seed=0).asking(change)
    assert torch.equal(view.change, change)
    assert torch.equal(view.without_gbuffers().change, change)
    assert torch.equal(view.of(view.rgb * 0.5).change, -change)
    assert torch.equal(view.look, look_of(view.thumbnail[:, :3]))


def test_renders_are_asked_to_look_like_the_photographs_beside_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder, settings = tmp_path_factory.mktemp("crops"), Crops(size=48, margin=8, each=3)
    rng, balance = np.random.default_rng(0), (1.0, 0.8, 0.5)
    ours = render_pool(DiscRenders(folder, 3), settings, rng=rng)
    theirs = photograph_pool(disc_photographs(folder / "photos", 3), settings, rng=rng)
    plain, warm = (
        CropStream(ours, theirs, settings=settings, batch=4, seed=7, balance=gains).batch(0)
        for gains in ((1.0, 1.0, 1.0), balance)
    )
    shade = torch.tensor(balance)[:, None, None]
    assert torch.allclose(warm.renders.rgb + 1, (plain.renders.rgb + 1) * shade, atol=1e-6)
    assert torch.equal(warm.photographs.rgb, plain.photographs.rgb)
    for batch in (plain, warm):
        wanted = batch.photographs.look - batch.renders.look
        found, few = batch.renders.change, wanted.abs() < 0.69
        assert few.sum() > 8
        assert torch.allclose(found[few], wanted[few], atol=1e-5)
        assert torch.equal(batch.photographs.change, -found)


@dataclass
class Recording:
    """A generator that changes nothing and keeps what it is shown."""

    radius: int = 0
    stride: int = 1
    shown: list[View] = field(default_factory=list)

    def __call__(self, view: View, *, detail: bool = True) -> Tensor:
        self.shown.append(view)
        return view.rgb


def asked(looks: Tensor, sequences: Sequence[str], seed: int) -> list[Tensor]:
    """The looks that pictures of these sequences end up with, if they do as they are asked."""
    generator = Recording()
    refiner = NetworkRefiner("bilateral", generator, looks=looks)
    for number, sequence in enumerate(sequences):
        render = replace(disc_render(0), name=f"000000/{number:04d}", sequence=sequence)
        refiner.refine(render, strength=1.0, seed=seed)
    return [view.look + view.change for view in generator.shown]


def test_a_sequence_takes_the_look_of_one_photograph() -> None:
    own = view_of(disc_render(0), seed=0).look
    looks = own + torch.linspace(-0.6, 0.6, 8)[:, None]  # no change has to be cut off

    def drawn(found: Sequence[Tensor]) -> list[int]:
        return [int((looks - look).abs().sum(1).argmin()) for look in found]

    stills = [f"000000/camera/{view}" for view in range(100)]
    found = asked(looks, ["000000/video/0"] * 3 + stills, 0)
    number = drawn(found)
    assert torch.allclose(torch.cat(found), looks[number], atol=1e-4)
    assert number[0] == number[1] == number[2]
    counts = np.bincount(number[3:], minlength=8)
    assert counts.min() >= 4, "each is drawn as often as any other, but for chance"
    assert drawn(asked(looks, stills, 1)) != number[3:]


@pytest.mark.parametrize(("dataset", "sequences"), [("made", 1), ("rich", 2), ("tables", 3)])
def test_a_sequence_is_what_links_hold_together(
    dataset: str, sequences: int, request: pytest.FixtureRequest
) -> None:
    """Both eyes and all moments, by the links in the labels; stills stand alone."""
    source = Dataset.open(request.getfixturevalue(dataset))
    for index in source:
        shots = source.shots(index)
        place = {shot.stem: number for number, shot in enumerate(shots)}
        linked = np.zeros((len(shots), len(shots)))
        for shot in shots:
            for near in (shot.stereo_partner, shot.successor):
                if near is not None:
                    linked[place[shot.stem], place[near]] = 1
        count, together = connected_components(linked, directed=False)
        named = [read_render(shot).sequence for shot in shots]
        assert count == len(set(named)) == sequences
        assert len(set(zip(named, together, strict=True))) == sequences


def test_the_longest_side_is_that_of_the_largest_picture(rich: Path) -> None:
    """To which photographs are scaled down, whichever camera comes first."""
    shots = Renders.open(Dataset.open(rich)).shots
    assert {(shot.camera.width, shot.camera.height) for shot in shots} == {(160, 120), (144, 112)}
    for some in (shots, shots[::-1]):
        assert Renders(some).longest == 160


def test_what_does_not_bear_its_look_takes_the_mean() -> None:
    own = view_of(disc_render(0), seed=0).look
    looks = own + torch.tensor([[-0.6], [0.2], [0.6]])
    generator = Recording()
    refiner = NetworkRefiner("bilateral", generator, looks=looks).in_the_mean_look()
    assert refiner.name == "bilateral_mean_look"
    for view in range(5):
        render = replace(disc_render(0), sequence=f"000000/camera/{view}")
        refiner.refine(render, strength=1.0, seed=0)
    assert all(torch.allclose(v.change, looks.mean(0) - own, atol=1e-4) for v in generator.shown)


def test_without_photographs_a_picture_keeps_its_look() -> None:
    generator = Recording()
    balance = (0.9, 1.0, 0.5)
    refiner = NetworkRefiner("bilateral", generator, balance=balance)
    render = disc_render(3)
    refined = refiner.refine(render, strength=1.0, seed=0)
    assert float(generator.shown[0].change.abs().max()) == 0
    assert np.abs(refined - render.rgb * np.array(balance)).max() <= 0.51
    assert np.array_equal(refiner.refine(render, strength=0.0, seed=0), render.rgb)

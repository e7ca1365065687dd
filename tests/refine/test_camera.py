"""What a network adds of the photographs' camera is what statistics add of it.

Mutants caught: ε forgotten in the noise; chroma of the noise left out; the vignette counted from a
window's middle; the blur's deviation taken for its square; JPEG without a gradient, or without
effect; a model that forgets the compression.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_up_pictures import camera, disc_render

from refine.camera import compressed, equip
from refine.frames import U8, Render
from refine.network_refiner import NetworkRefiner, refined_whole
from refine.networks import make_generator
from refine.stats import StatsRefiner
from refine.stats.compression import Compression
from refine.stats.noise import Noise
from refine.views import view_of

LOUD = Noise(constant=4e-5, linear=2e-4, blue=0.8, red=0.5, grain_px=0.6)
JPEG = Compression(quality=75, subsampling="4:2:0")


def both(stats: StatsRefiner, render: Render) -> tuple[U8, U8]:
    """By a network that has learned nothing yet, and by statistics."""
    generator = make_generator("bilateral", {})
    equip(generator, stats)
    network = NetworkRefiner("bilateral", generator.eval(), stats.compression)
    made = [refiner.refine(render, strength=1.0, seed=0) for refiner in (network, stats)]
    return made[0], made[1]


def flat(level: int) -> Render:
    render = disc_render(0, height=160, width=200)
    return replace(render, rgb=np.full_like(render.rgb, level))


@pytest.mark.parametrize("level", [40, 200])
def test_noise(level: int) -> None:
    ours, theirs = (made.astype(float) - level for made in both(camera(noise=LOUD), flat(level)))
    grey = np.array([0.299, 0.587, 0.114])
    assert (ours @ grey).std() == pytest.approx((theirs @ grey).std(), rel=0.1)
    for channel in (0, 2):
        chroma = [(one[..., channel] - one @ grey).std() for one in (ours, theirs)]
        assert chroma[0] == pytest.approx(chroma[1], rel=0.1)
    beside = [
        np.corrcoef(one[:, 1:, 1].ravel(), one[:, :-1, 1].ravel())[0, 1] for one in (ours, theirs)
    ]
    assert beside[0] == pytest.approx(beside[1], abs=0.12)


def test_lens() -> None:
    render = disc_render(3, height=90, width=120)
    ours, theirs = (made.astype(float) for made in both(camera(vignette=0.4, blur_px=0.5), render))
    assert np.abs(theirs - render.rgb).mean() > 5
    assert np.abs(ours - theirs).mean() < 0.6


def test_the_vignette_is_of_the_whole_picture() -> None:
    generator = make_generator("bilateral", {})
    equip(generator, camera(vignette=0.4))
    view = view_of(disc_render(4), seed=0)
    with torch.inference_mode():
        assert torch.allclose(refined_whole(generator, view, tile=16), generator(view), atol=1e-5)


def test_compression() -> None:
    ours, theirs = (made.astype(float) for made in both(camera(compression=JPEG), disc_render(5)))
    assert np.abs(ours - theirs).mean() < 0.5
    assert np.abs(ours - disc_render(5).rgb).mean() > 1
    network = NetworkRefiner("bilateral", make_generator("bilateral", {}), JPEG)
    raw = disc_render(5)
    assert np.array_equal(network.refine(raw, strength=0.0, seed=0), raw.rgb)


def test_gradients_pass_through_compression() -> None:
    rgb = view_of(disc_render(6), seed=0).rgb.requires_grad_()
    seen = compressed(rgb, JPEG)
    assert float((seen - rgb).detach().abs().max()) > 0.01
    seen.square().sum().backward()
    assert rgb.grad is not None
    assert torch.allclose(rgb.grad, 2 * seen.detach())
    assert compressed(rgb, None) is rgb


def test_a_network_without_a_lens_is_left_alone() -> None:
    generator = make_generator("resnet", {"width": 4, "blocks": 1})
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    equip(generator, camera(noise=LOUD, vignette=0.4))
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())

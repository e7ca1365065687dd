"""What pictures are compared by: functions from crops to vectors, each named, listed here.

color, texture    no weights; near to what refiners are fitted to, so they praise too easily
randnet           a fixed random network: no weights to fetch, independent of any fit
effnet-lite0      EfficientNet-Lite0 trained on ImageNet, with the weights of its package
NAME.onnx         a network of one's own
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from refine.features.feature import Feature
from scenegen.errors import RefineError


def _color() -> Feature:
    from refine.features.statistics import COLOR

    return COLOR


def _texture() -> Feature:
    from refine.features.statistics import TEXTURE

    return TEXTURE


def _randnet() -> Feature:
    from refine.features.networks import random_network

    return random_network()


def _effnet_lite0() -> Feature:
    from refine.features.networks import efficientnet_lite0

    return efficientnet_lite0()


FEATURES: Mapping[str, Callable[[], Feature]] = {
    "color": _color,
    "texture": _texture,
    "randnet": _randnet,
    "effnet-lite0": _effnet_lite0,
}


def open_features(names: Sequence[str] = tuple(FEATURES)) -> dict[str, Feature]:
    """The named features, ready to compute; a name that ends in .onnx is a file.

    Raises RefineError for a name that is none, or where what a feature needs is not installed.
    """
    found = {}
    for name in names:
        if Path(name).suffix.lower() == ".onnx":
            from refine.features.onnx import open_onnx

            feature = open_onnx(Path(name))
        elif name in FEATURES:
            feature = FEATURES[name]()
        else:
            raise RefineError(
                f"--features {name}: no such feature; there are {', '.join(FEATURES)}, "
                f"and any file that ends in .onnx"
            )
        if feature.name in found:
            raise RefineError(f"--features {name}: {feature.name} is named twice")
        found[feature.name] = feature
    if not found:
        raise RefineError(f"no feature named; there are {', '.join(FEATURES)}")
    return found


__all__ = ["FEATURES", "Feature", "open_features"]

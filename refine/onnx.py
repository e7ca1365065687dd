"""A model as an ONNX file, for programs that have neither Python nor torch.

Inputs, N pictures of any size H × W: `pixels` (N, 11, H, W), `thumbnail` (N, 27, 64, 64), `gate`
(N, 1, H, W), `noise` (N, 3, H, W), as refine.networks.view describes them; the change of look in the
thumbnail is asked of the picture in the photographs' white balance, which the graph gives it. Output
`refined` (N, 3, H, W) in [−1, 1], before the JPEG compression that `refine apply` adds.
"""

import importlib.util
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from refine.model import Model
from refine.network_refiner import NetworkRefiner
from refine.networks.view import PIXEL_CHANNELS, THUMBNAIL_CHANNELS, THUMBNAIL_SIZE, View
from scenegen.dataset.files import replace_file
from scenegen.errors import RefineError

OPSET = 18


class _WholePictures(nn.Module):
    """The generator on whole pictures, by plain tensors, in the photographs' white balance."""

    def __init__(self, generator: nn.Module, balance: Sequence[float]) -> None:
        super().__init__()
        self.generator, self.balance = generator, balance

    def forward(self, pixels: Tensor, thumbnail: Tensor, gate: Tensor, noise: Tensor) -> Tensor:
        window = pixels.new_tensor([[0.0, 1.0, 0.0, 1.0]])
        view = View(pixels, thumbnail, window, gate, noise)
        return self.generator(view.balanced(self.balance))


def export_onnx(model: Model, path: Path) -> None:
    """Write the model's network; RefineError if it has none, or a package is missing."""
    best = model.refiners[0]
    if not isinstance(best, NetworkRefiner):
        raise RefineError(
            f"{model.folder}: fitted without a network (recipe `stats`): there is nothing to export"
        )
    for package in ("onnx", "onnxscript"):
        if importlib.util.find_spec(package) is None:
            raise RefineError(f"exporting needs {package}: pip install 'scenegen[onnx]'")
    replace_file(path, _bytes(best))


def _bytes(refiner: NetworkRefiner) -> bytes:
    size = (
        torch.export.Dim("height", min=16, max=16384),
        torch.export.Dim("width", min=16, max=16384),
    )
    batch = torch.export.Dim("batch", min=1, max=1024)
    picture = {0: batch, 2: size[0], 3: size[1]}
    example = (
        torch.zeros(2, PIXEL_CHANNELS, 48, 56),
        torch.zeros(2, THUMBNAIL_CHANNELS, THUMBNAIL_SIZE, THUMBNAIL_SIZE),
        torch.zeros(2, 1, 48, 56),
        torch.zeros(2, 3, 48, 56),
    )
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # of the exporter's own dependencies
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            _WholePictures(refiner.generator, refiner.balance).eval(),
            example,
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=["pixels", "thumbnail", "gate", "noise"],
            output_names=["refined"],
            dynamic_shapes=(picture, {0: batch}, picture, picture),
        )
    return program.model_proto.SerializeToString()

"""The exported network gives what ours gives, at other sizes than it was exported with.

Mutants caught: the window taken as a constant of the example's size; sizes fixed; noise left out; no
white balance.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_pictures import DiscRenders, disc_photographs, disc_render
from test_training import tiny

from refine.fit import fit
from refine.networks.look import LOOK
from refine.onnx import export_onnx
from refine.views import view_of
from scenegen.errors import RefineError

onnxruntime = pytest.importorskip("onnxruntime", reason="needs scenegen[onnx]")
pytest.importorskip("onnxscript", reason="needs scenegen[onnx]")


@pytest.mark.parametrize("texture", [0, 4])
def test_the_same_pictures(tmp_path: Path, texture: int) -> None:
    photographs = disc_photographs(tmp_path / "photos", 4)
    recipe = tiny(
        training={"steps": 2, "rate": 0.1, "warm_up": 0.0},
        bilateral={"width": 4, "texture_channels": texture},
    )
    model = fit(DiscRenders(tmp_path, 3), photographs, recipe, tmp_path / "model")
    network = dataclasses.replace(model.refiners[0], balance=(1.0, 0.9, 0.6))
    export_onnx(dataclasses.replace(model, refiners=(network,)), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    for height, width in ((70, 101), (96, 128)):
        view = view_of(disc_render(1, height=height, width=width), seed=0)
        view = view.asking(torch.linspace(-1, 1, LOOK)[None])
        names = ("pixels", "thumbnail", "gate", "noise")
        found = session.run(None, {name: getattr(view, name).numpy() for name in names})[0]
        with torch.inference_mode():
            ours = network.generator(view.balanced(network.balance)).numpy()
        assert np.abs(ours - view.rgb.numpy()).max() > 0.02
        assert np.abs(found - ours).max() < 1e-3


def test_a_model_without_a_network(tmp_path: Path) -> None:
    photographs = disc_photographs(tmp_path / "photos", 4)
    recipe = tiny(refiner="stats")
    model = fit(DiscRenders(tmp_path, 3), photographs, recipe, tmp_path / "model")
    with pytest.raises(RefineError, match="nothing to export"):
        export_onnx(model, tmp_path / "model.onnx")

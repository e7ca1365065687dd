"""A network of the user's own, as an ONNX file."""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from refine.features.feature import F64, U8, Feature
from scenegen.errors import RefineError

CONTRACT = (
    "one input, float32, (n, 3, height, width), sRGB in [0, 1]; "
    "its first output, (n, d) or (n, d, height, width), is the feature"
)


def open_onnx(path: Path) -> Feature:
    """The first output of a network; maps are averaged, crops are resized if the size is fixed.

    Raises RefineError where onnxruntime is missing, the file is no ONNX model, or its input or
    output is of another kind than `CONTRACT` says.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise RefineError(
            f"{path}: ONNX needs onnxruntime: pip install 'scenegen[onnx]'"
        ) from error
    if not path.is_file():
        raise RefineError(f"{path}: there is no such file; --features takes names and .onnx files")
    data = path.read_bytes()
    try:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no root of its errors
        raise RefineError(
            f"{path}: not an ONNX model that onnxruntime can open: {error}"
        ) from error
    inputs = session.get_inputs()
    shape = inputs[0].shape if inputs else []
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(shape) != 4 or shape[1] != 3:
        found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs) or "none"
        raise RefineError(f"{path}: its inputs are {found}; expected {CONTRACT}")
    return Feature(
        path.name,
        f"{path.name}, a network of one's own",
        near_loss=False,
        compute=lambda crops: _run(session, path, crops),
        digest=hashlib.sha256(data).hexdigest(),
    )


def _run(session: Any, path: Path, crops: U8) -> F64:
    name, (batch, _, high, wide) = session.get_inputs()[0].name, session.get_inputs()[0].shape
    size = (wide, high) if isinstance(wide, int) and isinstance(high, int) else crops.shape[2:0:-1]
    at_once = batch if isinstance(batch, int) else 16
    found = []
    for start in range(0, len(crops), at_once):
        taken = crops[start : start + at_once]
        resized = np.stack([cv2.resize(crop, size, interpolation=cv2.INTER_AREA) for crop in taken])
        missing = at_once - len(taken) if isinstance(batch, int) else 0
        full = np.concatenate([resized, np.repeat(resized[-1:], missing, axis=0)])
        given = full.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
        try:
            output = np.asarray(session.run(None, {name: given})[0])
        except Exception as error:
            raise RefineError(f"{path}: cannot be run on {given.shape} crops: {error}") from error
        found.append(_vectors(output, len(full), path)[: len(taken)])
    return np.concatenate(found)


def _vectors(output: Any, rows: int, path: Path) -> F64:
    if output.ndim not in (2, 4) or len(output) != rows or output.dtype.kind != "f":
        raise RefineError(
            f"{path}: its first output is {output.dtype} {output.shape} for {rows} crops; "
            f"expected {CONTRACT}"
        )
    values: F64 = output.astype(np.float64)
    values = values.mean(axis=(2, 3)) if values.ndim == 4 else values
    if not np.isfinite(values).all():
        raise RefineError(f"{path}: its output is not finite on ordinary crops")
    return values

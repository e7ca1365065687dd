"""Run in a process of its own: what Ultralytics reads of YOLO folders, or trains on them.

read PICKLE FOLDER:TASK …    rows of each folder's training split, and what it complains about
train PICKLE FOLDER:TASK …   whether an epoch ends
"""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

os.environ["YOLO_OFFLINE"] = "true"

import numpy as np
import torch
from clients import torchvision_operators

if (library := torchvision_operators()) is not None:
    import torchvision.ops.boxes
    from ultralytics.utils.nms import TorchNMS

    library.impl("nms", TorchNMS.nms, "CPU")
    torchvision.ops.boxes._assert_has_ops = lambda: None

from ultralytics import YOLO
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset, load_dataset_cache_file, polygon2mask
from ultralytics.utils.ops import xywhr2xyxyxyxy, xyxyxyxy2xywhr

MODELS = {"detect": "", "segment": "-seg", "pose": "-pose", "obb": "-obb"}


def read(folder: Path, task: str) -> dict[str, Any]:
    """Rows in pixels, corner frame, by picture; found, missing, empty, corrupt label files."""
    data = check_det_dataset(folder / "data.yaml")
    found = YOLODataset(img_path=data["train"], data=data, task=task, augment=False)
    cache = load_dataset_cache_file(folder / "labels" / "train.cache")
    return {
        "counts": cache["results"][:4],
        "names": [data["names"][k] for k in range(data["nc"])],
        "rows": {Path(row["im_file"]).name: in_pixels(row, task) for row in found.labels},
    }


def in_pixels(row: dict[str, Any], task: str) -> dict[str, Any]:
    height, width = row["shape"]
    size = np.array([width, height])
    boxes = row["bboxes"].reshape(-1, 2, 2) * size
    outlines = [segment * size for segment in row["segments"]]
    result = {
        "classes": row["cls"].ravel().astype(int).tolist(),
        "boxes": np.concatenate([boxes[:, 0] - boxes[:, 1] / 2, boxes[:, 0] + boxes[:, 1] / 2], 1),
    }
    if task == "segment":
        result["masks"] = [polygon2mask((height, width), [line.ravel()]) for line in outlines]
    if task == "obb":
        points = torch.tensor(np.array(outlines).reshape(-1, 8))
        result["rectangles"] = xywhr2xyxyxyxy(xyxyxyxy2xywhr(points)).numpy()
    if task == "pose":
        result["points"] = row["keypoints"] * [width, height, 1]
    return result


def train(folder: Path, task: str) -> dict[str, Any]:
    """The losses of an epoch."""
    model = YOLO(f"yolo11n{MODELS[task]}.yaml")
    runs = folder.parent / "runs"
    model.train(data=folder / "data.yaml", epochs=1, imgsz=64, device="cpu", workers=0,
                project=runs, name=folder.name, plots=False, verbose=False)  # fmt: skip
    rows = (runs / folder.name / "results.csv").read_text().splitlines()
    return dict(zip(rows[0].split(","), map(float, rows[-1].split(",")), strict=True))


if __name__ == "__main__":
    results: dict[str, Any] = {}
    for job in sys.argv[3:]:
        folder, _, task = job.rpartition(":")
        try:
            results[Path(folder).name] = {"read": read, "train": train}[sys.argv[1]](
                Path(folder), task
            )
        except Exception as error:
            results[Path(folder).name] = {"error": f"{type(error).__name__}: {error}"}
    Path(sys.argv[2]).write_bytes(pickle.dumps(results))

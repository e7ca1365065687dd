"""A strict reader of YOLO folders by Ultralytics' rules; says the same as ultralytics_reader.py."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

Found = dict[str, Any]


def read(folder: Path, task: str) -> Found:
    """Rows in pixels, corner frame, by picture; found, missing, empty, corrupt label files."""
    card = yaml.safe_load((folder / "data.yaml").read_text())
    wanted = {"train", "val", "names", *(["kpt_shape"] if task == "pose" else [])}
    if not wanted <= set(card):
        return {"error": f"data.yaml lacks {wanted - set(card)}"}
    columns = {"detect": 5, "obb": 9, "pose": 5 + int(np.prod(card.get("kpt_shape", 0)))}
    rows, counts = {}, [0, 0, 0, 0]
    for picture in sorted((folder / card["train"]).iterdir()):
        path = folder / card["train"].replace("images", "labels") / f"{picture.stem}.txt"
        counts[0] += path.exists()
        counts[1] += not path.exists()
        lines = [line.split() for line in path.read_text().splitlines()]
        counts[2] += not lines
        good = all(
            0 <= int(line[0]) < len(card["names"])
            and (len(line) == columns[task] if task in columns else len(line) % 2)
            and all(0 <= value <= 1 for value in shares(line, task))
            for line in lines
        )
        counts[3] += not good
        if good:
            height, width = cv2.imread(str(picture)).shape[:2]
            rows[picture.name] = in_pixels(lines, task, np.array([width, height]))
    return {"counts": tuple(counts), "names": [*card["names"].values()], "rows": rows}


def shares(line: list[str], task: str) -> list[float]:
    """All coordinates; the v of keypoints are none."""
    values = [float(value) for value in line[1:]]
    return [v for k, v in enumerate(values) if task != "pose" or k < 4 or (k - 4) % 3 < 2]


def in_pixels(lines: list[list[str]], task: str, size: np.ndarray) -> Found:
    numbers = [np.array(line[1:], np.float32) for line in lines]
    outlines = [row.reshape(-1, 2) * size for row in numbers] if task in ("segment", "obb") else []
    found: Found = {"classes": [int(line[0]) for line in lines]}
    if outlines:
        found["boxes"] = [[*line.min(axis=0), *line.max(axis=0)] for line in outlines]
    else:
        middles, sizes = (np.array([row[i : i + 2] for row in numbers]) * size for i in (0, 2))
        found["boxes"] = np.hstack([middles - sizes / 2, middles + sizes / 2])
    if task == "segment":
        empty = np.zeros(size[::-1], np.uint8)
        found["masks"] = [cv2.fillPoly(empty.copy(), [p.astype(np.int32)], 1) for p in outlines]
    if task == "obb":
        found["rectangles"] = [
            cv2.boxPoints(cv2.minAreaRect(line.astype(np.float32))) for line in outlines
        ]
    if task == "pose":
        found["points"] = np.array([row[4:].reshape(-1, 3) for row in numbers]) * [*size, 1]
    return found

"""Masks as polygons: two ways to fill them give back every mask, to the pixel."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from coco_clients import LITTLE, Json, masks_agree, read, spoil
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as runs

from scenegen.dataset import Dataset
from scenegen.export import Options, export_dataset
from scenegen.export.outlines import one_polygon, polygons
from scenegen.export.selection import select

some_masks = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@given(some_masks)
@settings(max_examples=200, deadline=None)
def test_polygons_fill_any_mask(mask: np.ndarray) -> None:
    """Mutants: holes filled; corners that touch taken for one part; the line outside the pixels."""
    height, width = mask.shape
    lines = [line.ravel().tolist() for line in polygons(mask)] or [[0.0] * 6]
    filled = runs.decode(runs.merge(runs.frPyObjects(lines, height, width)))
    assert np.array_equal(filled, mask)
    drawn = np.zeros(mask.shape, np.uint8)
    for line in polygons(mask):
        cv2.fillPoly(drawn, [line.astype(np.int32)], 1)
    assert np.array_equal(drawn, mask)


@given(some_masks)
@settings(max_examples=200, deadline=None)
def test_one_polygon_fills_a_part_with_holes(mask: np.ndarray) -> None:
    """Mutants: holes filled; a hole's line turned the wrong way; joined where it crosses a hole."""
    parts, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    for number in range(1, parts):
        drawn = np.zeros(mask.shape, np.uint8)
        cv2.fillPoly(drawn, [one_polygon(numbers == number).astype(np.int32)], 1)
        assert np.array_equal(drawn, numbers == number)


def test_lines_between_outlines_do_not_cross_a_hole() -> None:
    """Mutant: outlines joined in the order they come, from the top, however far the corner is."""
    mask = np.ones((30, 40), dtype=bool)
    mask[20, 10] = mask[25, 5] = False  # the second lies between the first and the nearest corner
    drawn = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(drawn, [one_polygon(mask).astype(np.int32)], 1)
    assert np.array_equal(drawn, mask)


@pytest.mark.parametrize("mutant", ["", "centers", "holes_filled"])
def test_polygons_of_a_dataset(mutant: str, rich: Path, tmp_path: Path) -> None:
    """Mutants: findContours' polygons as they are; outer lines only."""
    selection = select(Dataset.open(rich), min_visible=LITTLE)
    export_dataset(selection, "coco", tmp_path / "out", Options({"polygons": "true"}))
    rows = read(tmp_path / "out", "instances")["annotations"]
    assert {type(row["segmentation"]) for row in rows if row["iscrowd"]} == {dict}
    assert all(type(row["segmentation"]["counts"]) is list for row in rows if row["iscrowd"])
    assert {type(row["segmentation"]) for row in rows if not row["iscrowd"]} == {list}
    if not mutant:
        masks_agree(tmp_path / "out", rich)
        return
    spoil(tmp_path / "out", "instances", partial(outer_lines, mutant == "centers"))
    with pytest.raises(AssertionError):
        masks_agree(tmp_path / "out", rich)


def outer_lines(centers: bool, data: Json) -> None:
    images = {image["id"]: image for image in data["images"]}
    for row in data["annotations"]:
        if isinstance(row["segmentation"], dict):
            continue
        image = images[row["image_id"]]
        found = runs.frPyObjects(row["segmentation"], image["height"], image["width"])
        mask = runs.decode(runs.merge(found))
        lines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        if centers:
            row["segmentation"] = [line.ravel().tolist() for line in lines if len(line) > 2]
        else:
            filled = cv2.drawContours(mask.copy(order="C"), lines, -1, 1, cv2.FILLED).astype(bool)
            row["segmentation"] = [line.ravel().tolist() for line in polygons(filled)]

"""Masks as polygons: two ways to fill them give back every mask, to the pixel."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as runs

from scenegen.export.outlines import one_polygon, polygons

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

"""How much of the gap between renders and photographs was closed, with intervals.

Figures rest on crops, each with a group (its scene, its photograph) that is the unit of all
statistics: crops of one group are not independent.

MMD    squared maximum mean discrepancy, Gaussian kernel, scale and bandwidth the photographs':
       unbiased, 0 where both are of one kind; bootstrap over groups for the interval, permutation
       of groups for p. Its floor, real against real, is 0; what two halves of the photographs
       differ by through chance is told beside it. Gap closed and verdict rest on it.
KID    the same with the cubic kernel; told beside it, for a few crops can decide about it.
PAD    proxy A-distance 2(1 − 2·error) of a linear classifier; 0 = cannot tell them apart, 2 =
       always can. Renders and both halves of the photographs enter with equally many groups, for
       it depends on their number; its floor is that of photographs against photographs.

Gap closed = 1 − (refined − floor) / (raw − floor), undefined where raw is not above the floor.
"""

from refine.gap.closing import Distances, Drawn, Estimate
from refine.gap.measure import measure_gap
from refine.gap.report import FeatureGap, GapReport, PairError, Region

__all__ = [
    "Distances",
    "Drawn",
    "Estimate",
    "FeatureGap",
    "GapReport",
    "PairError",
    "Region",
    "measure_gap",
]

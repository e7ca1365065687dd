"""The gate: does a refined picture still show what its labels say?

tones         the raw picture with the refined one's tones, with which it is compared
drift         how far instances and neighbourhoods moved
edges         edges invented, edges lost, outlines still there
chroma        edges invented of color alone
contrast      how much instances stand out from their surroundings
seams         straight steps of tiles
color         color where it tells the category; clipped pixels
segmentation  a segmenter's IoU before and after, where there is one
controls      pictures whose verdict is known, on which the limits were set
rehearsal     the verdicts on them, made of one's own renders
"""

from refine.gate.limits import LIMITS, Limits
from refine.gate.segmentation import Segmenter
from refine.gate.verdict import Verdict, judge

__all__ = ["LIMITS", "Limits", "Segmenter", "Verdict", "judge"]

"""A folder of a user's photographs as a sequence of pictures, and what had to be said about it.

photographs = Photographs.open(Path("photos"))
photographs[0]                             # (H, W, 3) uint8 sRGB, upright, decoded when asked for
photographs.remarks                        # what was left out or converted, for people to read
fitting, held_out = photographs.split(0.7, seed=0)     # no burst is on both sides
"""

from refine.photographs.collection import ENOUGH, NEEDED, Photographs
from refine.photographs.decoding import Jpeg

__all__ = ["ENOUGH", "NEEDED", "Jpeg", "Photographs"]

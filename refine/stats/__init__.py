"""The refiner without training: the baseline that every network must beat, and the safest fallback.

refiner = StatsRefiner.fit(photographs, renders, seed=0)
refiner.refine(render, strength=1.0, seed=0)          # (H, W, 3) uint8, no pixel moved
"""

from refine.stats.refiner import StatsRefiner

__all__ = ["StatsRefiner"]

"""How much of each measure is let through.

Set on 100 pictures of 640 × 480 of four recipes (tabletop, bin, shelf and falling_things); the rates
on 80 others are in docs/refine.md, and `rehearsal` tells those on anybody's own renders.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a refined picture may differ by; set on pictures whose verdict is known (`controls`).

    drift_px             a lower bound of how far an instance and its outline moved
    drift_local_px       the same of any neighbourhood of 48 × 48 pixels
    edge_invented_px     length of the longest edge that tones do not make of the raw picture
    color_invented_px    the same in color alone, which no crosstalk of colors makes of the raw picture
    edge_lost_px         length of the longest edge that tones would have left
    recall               share of all visible outlines that is still an edge, at least
    recall_instance      the same of each instance
    contrast_least       what is left of the difference between an instance and its surroundings
    contrast_most        and how many times larger it may become
    contrast_lightness   the same of lightness alone, with its sign: below 0, dark and light changed
    noise_levels         noise of luma, of 255 levels, in which the other measures still see: our own
                         refiners add at most 12 (refine.stats.noise), read to half a level
    seam_levels          highest straight step, of 255 levels, where the raw picture has none
    clipped_share        pixels newly black or newly white
    color_delta_e00      CIEDE2000 without its lightness, where a category is told by its color
    color_hue_deg        turn of the hue there
    iou_loss_mean        loss of a segmenter's IoU, mean over the picture's instances
    iou_loss             and of a single instance
    """

    drift_px: float = 0.2
    drift_local_px: float = 0.45
    edge_invented_px: float = 14.0
    color_invented_px: float = 14.0
    edge_lost_px: float = 16.0
    recall: float = 0.95
    recall_instance: float = 0.8
    contrast_least: float = 0.3
    contrast_most: float = 3.0
    contrast_lightness: float = 0.0
    noise_levels: float = 13.0
    seam_levels: float = 3.0
    clipped_share: float = 0.12
    color_delta_e00: float = 6.0
    color_hue_deg: float = 10.0
    iou_loss_mean: float = 0.03
    iou_loss: float = 0.15


LIMITS = Limits()

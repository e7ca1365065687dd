"""What the photographs' camera adds to a picture, as statistics found it: for generators, in training.

Colors and texture are learned; lens, noise and compression are measured before, for what can be
measured need not be learned, and an adversary that may set the noise hides its ignorance behind it.
"""

import numpy as np
import torch
from torch import Tensor, nn

from refine.networks.bilateral import EPSILON, BilateralGenerator
from refine.networks.sensor import LEVELS
from refine.stats import StatsRefiner
from refine.stats.compression import Compression, compress
from refine.views import picture_of, signed


def equip(generator: nn.Module, stats: StatsRefiner) -> None:
    """Give a generator that has a lens and a sensor those of the photographs."""
    if not isinstance(generator, BilateralGenerator):
        return
    noise, luma = stats.noise, torch.linspace(0.0, 1.0, LEVELS)
    deviation = (noise.constant + noise.linear * luma).sqrt() / EPSILON
    generator.lens.calibrate(blur_px=stats.lens.blur_px)
    # 1.402 Cr = red − Y, 1.772 Cb = blue − Y (ITU-R BT.601)
    generator.sensor.calibrate(
        luma=deviation, red=1.402 * noise.red, blue=1.772 * noise.blue, grain_px=noise.grain_px
    )
    generator.vignette.fill_(stats.lens.vignette)


def compressed(refined: Tensor, compression: Compression | None) -> Tensor:
    """(B, 3, h, w) in [−1, 1] as JPEG leaves them; gradients pass as if it left them alone."""
    if compression is None:
        return refined
    pictures = [compress(picture_of(one), compression, 1.0) for one in refined.detach().cpu()]
    seen = torch.from_numpy(np.stack([signed(one) for one in pictures])).to(refined.device)
    return refined + (seen - refined).detach()

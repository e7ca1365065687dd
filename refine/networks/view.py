"""What a generator sees: a window of a picture at full resolution and the whole picture in small."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor
from torch.nn import functional

from refine.networks.look import LOOK, look_of

RGB = slice(0, 3)
ALBEDO = slice(3, 6)
NORMALS = slice(6, 9)
INVERSE_DEPTH = slice(9, 10)
OBJECT = slice(10, 11)
PIXEL_CHANNELS = 11

GROUPS = 6
GROUP = slice(PIXEL_CHANNELS, PIXEL_CHANNELS + GROUPS)
KNOWN = slice(GROUP.stop, GROUP.stop + 4)  # albedo, normals, depth, ids: 1 = the part is there
CHANGE = slice(KNOWN.stop, KNOWN.stop + LOOK)  # of look that is asked for; 0 = none
THUMBNAIL_CHANNELS = CHANGE.stop
THUMBNAIL_SIZE = 64

PARTS = ((ALBEDO,), (NORMALS,), (INVERSE_DEPTH,), (OBJECT, GROUP))


@dataclass(frozen=True)
class View:
    """A batch of windows.

    pixels: (B, 11, h, w) RGB in [−1, 1], then G-buffers, 0 = not known ·
    thumbnail: (B, 27, 64, 64) the whole pictures, with groups of categories, what is known, and the
    change of look that is asked for, everywhere the same ·
    window: (B, 4) top, bottom, left, right of the window in shares of the whole picture ·
    gate: (B, 1, h, w) 0 on the boundary of an instance to 1 far from any ·
    noise: (B, 3, h, w) independent standard normals cut off at ±2.
    """

    pixels: Tensor
    thumbnail: Tensor
    window: Tensor
    gate: Tensor
    noise: Tensor

    @property
    def rgb(self) -> Tensor:
        """(B, 3, h, w) in [−1, 1]."""
        return self.pixels[:, RGB]

    def balanced(self, gains: Sequence[float]) -> "View":
        """The same windows with red, green and blue scaled: through another white balance."""
        own = self.pixels.new_tensor(gains)[:, None, None]
        return replace(
            self,
            pixels=torch.cat([(self.rgb + 1) * own - 1, self.pixels[:, RGB.stop :]], 1),
            thumbnail=torch.cat(
                [(self.thumbnail[:, RGB] + 1) * own - 1, self.thumbnail[:, RGB.stop :]], 1
            ),
        )

    @property
    def look(self) -> Tensor:
        """(B, 6) of the whole pictures."""
        return look_of(self.thumbnail[:, RGB])

    @property
    def change(self) -> Tensor:
        """(B, 6) the change of look that is asked for."""
        return self.thumbnail[:, CHANGE, 0, 0]

    def asking(self, change: Tensor) -> "View":
        """The same windows, to be changed (B, 6) in their look."""
        everywhere = change[:, :, None, None].expand(-1, -1, *self.thumbnail.shape[2:])
        return replace(
            self, thumbnail=torch.cat([self.thumbnail[:, : CHANGE.start], everywhere], 1)
        )

    def of(self, rgb: Tensor) -> "View":
        """The same windows once they are changed to other colors, asking for the way back.

        In small, each changes as its window does on average.
        """
        shift = (rgb - self.rgb).mean((2, 3), keepdim=True)
        small = (self.thumbnail[:, RGB] + shift).clamp(-1.0, 1.0)
        changed = replace(
            self,
            pixels=torch.cat([rgb, self.pixels[:, RGB.stop :]], 1),
            thumbnail=torch.cat([small, self.thumbnail[:, RGB.stop :]], 1),
        )
        return changed.asking(-self.change)

    def without_gbuffers(self) -> "View":
        """As a photograph is seen: nothing known but the colors."""
        bare = replace(
            self, pixels=_colors_only(self.pixels), thumbnail=_colors_only(self.thumbnail)
        )
        return bare.asking(self.change)

    def to(self, device: torch.device | str) -> "View":
        """The same on another device."""
        parts = {field.name: getattr(self, field.name).to(device) for field in fields(self)}
        return View(**parts)

    @classmethod
    def plain(cls, rgb: Tensor) -> "View":
        """Whole pictures (B, 3, H, W) in [−1, 1] of which nothing else is known, without noise."""
        batch, _, height, width = rgb.shape
        small = functional.interpolate(rgb, (THUMBNAIL_SIZE, THUMBNAIL_SIZE), mode="area")
        return cls(
            pixels=_padded(rgb, PIXEL_CHANNELS),
            thumbnail=_padded(small, THUMBNAIL_CHANNELS),
            window=rgb.new_tensor([0.0, 1.0, 0.0, 1.0]).repeat(batch, 1),
            gate=rgb.new_ones(batch, 1, height, width),
            noise=rgb.new_zeros(batch, 3, height, width),
        )


def _padded(rgb: Tensor, channels: int) -> Tensor:
    batch, known, height, width = rgb.shape
    return torch.cat([rgb, rgb.new_zeros(batch, channels - known, height, width)], 1)


def _colors_only(stack: Tensor) -> Tensor:
    return _padded(stack[:, RGB], stack.shape[1])

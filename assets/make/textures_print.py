"""Printed matter: fitted text, barcodes, nutrition tables, stripes, stars, simple pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from textures import generator

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


class Sheet:
    """A picture to print on, drawn at double size so that its edges come out smooth."""

    def __init__(self, width: int, height: int, color: str) -> None:
        """Start with one color all over."""
        self.width, self.height = width, height
        self._image = Image.new("RGB", (2 * width, 2 * height), color)
        self._draw = ImageDraw.Draw(self._image)

    def done(self) -> Image.Image:
        """The finished picture."""
        return self._image.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def rectangle(
        self, box: Box, color: str, radius: float = 0, outline: str | None = None, width: float = 0
    ) -> None:
        """Fill a rectangle, with round corners if asked."""
        self._draw.rounded_rectangle(
            _double(box), 2 * radius, color, outline, max(1, round(2 * width))
        )

    def ellipse(
        self, box: Box, color: str | None, outline: str | None = None, width: float = 0
    ) -> None:
        """Fill or outline an ellipse."""
        self._draw.ellipse(_double(box), color, outline, max(1, round(2 * width)))

    def polygon(self, points: Sequence[tuple[float, float]], color: str) -> None:
        """Fill a polygon."""
        self._draw.polygon([(2 * x, 2 * y) for x, y in points], color)

    def line(self, points: Sequence[tuple[float, float]], color: str, width: float) -> None:
        """Draw a line with round joints."""
        self._draw.line([(2 * x, 2 * y) for x, y in points], color, round(2 * width), "curve")

    def arc(self, box: Box, start: float, end: float, color: str, width: float) -> None:
        """Draw a piece of an ellipse; degrees, clockwise from the right."""
        self._draw.arc(_double(box), start, end, color, round(2 * width))

    def gradient(self, box: Box, top: str, bottom: str) -> None:
        """Fill a rectangle with a color that changes downwards."""
        left, up, right, down = (round(v) for v in _double(box))
        strip = Image.linear_gradient("L").resize((right - left, down - up))
        size = (right - left, down - up)
        self._image.paste(
            Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), strip),
            (left, up),
        )

    def text(
        self,
        box: Box,
        words: str,
        color: str,
        *,
        bold: float = 0,
        outline: str | None = None,
        size: float | None = None,
        align: str = "center",
    ) -> None:
        """Write words as large as the box allows (or at a size), centered up and down in it."""
        left, top, right, bottom = _double(box)
        points, stroke = 2 * size if size else bottom - top, 2 * bold
        for _ in range(40):
            font = ImageFont.load_default(size=points)
            x0, y0, x1, y1 = self._draw.multiline_textbbox(
                (0, 0), words, font=font, stroke_width=stroke, align=align
            )
            if size or (x1 - x0 <= right - left and y1 - y0 <= bottom - top):
                break
            points *= 0.93
        free = right - left - (x1 - x0)
        x = left - x0 + {"left": 0.0, "center": free / 2, "right": free}[align]
        y = (top + bottom - y0 - y1) / 2
        self._draw.multiline_text(
            (x, y),
            words,
            color,
            font,
            align=align,
            stroke_width=stroke,
            stroke_fill=outline or color,
        )

    def turned_text(self, box: Box, words: str, color: str, angle: int, bold: float = 0) -> None:
        """Write words turned by a multiple of 90 degrees, counter-clockwise."""
        width, height = round(box[2] - box[0]), round(box[3] - box[1])
        size = (height, width) if angle % 180 else (width, height)
        mask = Sheet(*size, "#000000")
        mask.text((0, 0, *size), words, "#ffffff", bold=bold)
        ink = mask._image.rotate(angle, expand=True).convert("L")
        self._image.paste(
            Image.new("RGB", ink.size, color), (round(2 * box[0]), round(2 * box[1])), ink
        )

    def paste(self, other: Sheet, left: float, top: float) -> None:
        """Put another sheet on this one."""
        self._image.paste(other._image, (round(2 * left), round(2 * top)))

    # --- common figures -----------------------------------------------------------------------

    def star(
        self, x: float, y: float, radius: float, color: str, points: int = 5, inner: float = 0.42
    ) -> None:
        """Fill a star."""
        t = np.pi * np.arange(2 * points) / points - np.pi / 2
        r = np.where(np.arange(2 * points) % 2, inner, 1.0) * radius
        self.polygon(
            [(x + a * np.cos(b), y + a * np.sin(b)) for a, b in zip(r, t, strict=True)], color
        )

    def barcode(self, box: Box, seed: int) -> None:
        """A white field with bars and a number."""
        left, top, right, bottom = box
        rng = generator(seed)
        self.rectangle(box, "#ffffff")
        pad, foot = (right - left) * 0.07, (bottom - top) * 0.22
        bars = rng.integers(1, 4, size=59)
        unit = (right - left - 2 * pad) / bars.sum()
        edges = left + pad + unit * np.concatenate([[0], np.cumsum(bars)])
        for a, b in zip(edges[0::2], edges[1::2], strict=True):
            self.rectangle((a, top + pad * 0.7, max(a, b - 0.5), bottom - foot), "#101010")
        digits = "".join(str(d) for d in rng.integers(0, 10, size=13))
        self.text((left + pad, bottom - foot, right - pad, bottom - 1), digits, "#101010")

    def nutrition(self, box: Box, seed: int, ink: str = "#151515", field: str = "#ffffff") -> None:
        """A table of nutrition facts."""
        left, top, right, bottom = box
        rng = generator(seed)
        rows = [
            "Energy",
            "Fat",
            "  saturated",
            "Carbohydrate",
            "  sugars",
            "Fibre",
            "Protein",
            "Salt",
        ]
        step = (bottom - top) / (len(rows) + 2.2)
        self.rectangle(box, field, outline=ink, width=1.2)
        self.text(
            (left + 4, top + 2, right - 4, top + 1.5 * step), "Nutrition facts", ink, bold=0.5
        )
        for i, row in enumerate(rows):
            y = top + (i + 1.7) * step
            self.line([(left, y), (right, y)], ink, 1.5 if i == 0 else 0.7)
            value = f"{rng.integers(900, 1900)} kJ" if i == 0 else f"{rng.integers(1, 400) / 10} g"
            self.text((left + 5, y, right, y + step), row, ink, size=step * 0.72, align="left")
            self.text((left, y, right - 5, y + step), value, ink, size=step * 0.72, align="right")

    def small_print(self, box: Box, seed: int, ink: str, size: float) -> None:
        """Lines of invented ingredients that fill the box."""
        rng = generator(seed)
        words = (
            "wheat oats rice sugar salt malt extract sunflower oil cocoa vitamin niacin iron "
            "may contain traces of nuts milk store cool dry place best before see top lid "
            "water natural flavour folic acid produced for households keep closed"
        ).split()
        left, top, right, bottom = box
        y = top
        while y + size * 1.25 <= bottom:
            line = ""
            while len(line) * size * 0.5 < right - left - size * 4:
                line += words[rng.integers(len(words))] + " "
            self.text((left, y, right, y + size * 1.2), line, ink, size=size, align="left")
            y += size * 1.25

    def circle(self, x: float, y: float, radius: float, color: str) -> None:
        """Fill a circle."""
        self.ellipse((x - radius, y - radius, x + radius, y + radius), color)


def _double(box: Box) -> Box:
    """The box at the size it is drawn at."""
    return (2 * box[0], 2 * box[1], 2 * box[2], 2 * box[3])

"""The indoor places: rooms, a warehouse and studios, as worlds to be lit."""

from __future__ import annotations

import numpy as np
from environments_cast import Paint, Solid
from environments_furniture import (
    Solids,
    bookcase,
    box,
    chair,
    curtain,
    door,
    floor_lamp,
    glowing,
    office_chair,
    panels,
    picture,
    plant,
    room,
    sofa,
    table,
    window,
)
from environments_light import World
from environments_paint import lamp, material, outdoors, paint, softbox
from noise import Generator

PI = float(np.pi)


def _floor(name: str, size: float, gloss: float, tint: str = "#ffffff") -> Paint:
    return Paint(material(name, size, tint), gloss=gloss, blur=0.07)


def window_room(rng: Generator) -> World:
    """A living room with three tall windows toward +y and some sun on the floor."""
    wall = Paint(material("plaster_wall", 2.0))
    accent = Paint(material("plaster_wall", 2.0, "#c3cdd0"))
    white, oak = paint("#efece6"), Paint(material("oak_planks", 1.4), gloss=0.03)
    solids: Solids = [
        room(
            (7.4, 5.6, 2.8),
            (0.4, 0.3),
            (accent, wall, wall, wall),
            _floor("oak_herringbone", 1.3, 0.04),
            white,
        )
    ]
    for x in (-1.8, 0.4, 2.6):
        solids += window((x, 3.08, 1.5), -PI / 2, (1.3, 1.9), 9.0)
        for side in (-1, 1):
            cloth = paint("#d9d2c2")
            solids += curtain(rng, (x + side * 0.85, 2.98), 0.0, 0.3, 2.55, cloth)
    solids += sofa((3.3, -0.6), PI, paint("#5d6b74"))
    solids += table((1.9, -0.6), (0.6, 1.1), 0.42, oak)
    solids += table((-1.9, -0.7), (0.9, 1.7), 0.75, oak)
    for y, yaw in ((-1.2, 0.15), (-0.2, -0.1)):
        solids += chair((-2.55, y), yaw, oak, oak)
        solids += chair((-1.2, y), PI + yaw, oak, oak)
    solids += bookcase((-3.15, 1.6), 0.0, (1.4, 2.1), oak, 11)
    solids += picture((4.08, -0.6, 1.7), PI, (1.4, 0.9), 21)
    solids += picture((0.4, -2.48, 1.6), PI / 2, (0.7, 0.9), 22)
    solids += picture((1.4, -2.48, 1.6), PI / 2, (0.7, 0.9), 23)
    solids += door((-1.9, -2.48), PI / 2, paint("#e9e6df", 0.03))
    solids += plant(rng, (3.6, 2.3), 1.5) + plant(rng, (-0.75, 2.7), 0.9)
    rug = Paint(material("carpet_grey", 0.8, "#d8b9a0"))
    solids.append(box((2.1, -0.6, 0.008), (2.2, 2.8, 0.016), rug))
    skirt = paint("#ece9e2")
    solids.append(box((0.4, -2.49, 0.05), (7.4, 0.02, 0.1), skirt))
    solids.append(box((4.09, 0.3, 0.05), (0.02, 5.6, 0.1), skirt))
    toward = np.array([0.42, 0.72, 0.62])
    return World(solids, sun=(toward / np.linalg.norm(toward), np.array([34.0, 30.5, 25.0])))


def office(rng: Generator) -> World:
    """An open office with ceiling panels, desks with screens and a strip of windows."""
    wall, grey = Paint(material("plaster_wall", 2.0)), paint("#b9c0c2")
    ceiling = Paint(material("white_tiles", 3.0))
    blue = Paint(material("plaster_wall", 2.0, "#7f97a8"))
    floor = Paint(material("carpet_grey", 1.2, "#d5dbe2"))
    solids: Solids = [room((11, 8, 2.75), (1, 0.4), (blue, wall, wall, grey), floor, ceiling)]
    solids += panels([-3.0, -0.6, 1.8, 4.2], [-2.2, 0.0, 2.2], 2.73, (1.2, 0.6), 9.0)
    for x in (-2.6, 0.2, 3.0, 5.0):
        solids += window((x, 4.38, 1.55), -PI / 2, (1.7, 1.3), 4.5, (1, 1))
    white, dark = paint("#e3e2de", 0.04), paint("#1d1f22", 0.06)
    screen = lamp("#7f9fd0", 0.55)
    for x in (2.4, 4.4):
        for y in (-1.9, 2.0):
            solids += table((x, y), (0.8, 1.6), 0.73, white)
            solids.append(box((x + 0.2, y + 0.1, 1.05), (0.03, 0.6, 0.36), dark))
            solids.append(glowing((x + 0.182, y + 0.1, 1.05), (0.005, 0.56, 0.32), screen, 0))
            solids.append(Solid("cylinder", (x + 0.22, y + 0.1, 0.8), (0.03, 0.03, 0.1), (dark,)))
            cloth = paint("#2e3f55" if x > 3 else "#44474a")
            solids += office_chair((x - 0.65, y + float(rng.uniform(-0.3, 0.3))), 0.2, cloth)
    solids += table((-2.4, 0.6), (1.2, 2.4), 0.74, Paint(material("oak_planks", 1.4), gloss=0.03))
    for y in (-0.2, 0.6, 1.4):
        solids += office_chair((-3.3, y), 0.0, paint("#8a3b2f"))
        solids += office_chair((-1.5, y), PI, paint("#8a3b2f"))
    solids += bookcase((-4.3, 2.6), 0.0, (2.2, 1.7), white, 31)
    solids += door((-2.4, -3.58), PI / 2, paint("#9a8468", 0.03))
    solids += picture((1.0, -3.58, 1.6), PI / 2, (1.6, 1.0), 41)
    solids += picture((6.48, -0.1, 1.6), PI, (1.2, 0.8), 44)
    solids += plant(rng, (-4.0, -3.0), 1.6) + plant(rng, (5.9, 3.7), 1.4)
    solids.append(box((5.4, -3.3, 0.65), (1.6, 0.45, 1.3), paint("#cfcfca", 0.03)))
    solids.append(Solid("cylinder", (0.9, 2.6, 1.37), (0.2, 0.2, 1.37), (white,)))
    return World(solids, eye=(0.0, 0.0, 1.35))


def _rack(rng: Generator, at: tuple[float, float], length: float, levels: int) -> Solids:
    """Pallet racking along x, loaded with cartons and blue totes."""
    steel, beam = paint("#2f4a73"), paint("#c4662a")
    card, tote = Paint(material("cardboard", 0.9)), Paint(material("tote_plastic", 0.8), gloss=0.03)
    wrap = paint("#b8bcc0", 0.05)
    parts: Solids = []
    for x in np.linspace(-length / 2, length / 2, 4):
        for y in (-0.45, 0.45):
            tall = 1.75 * levels
            parts.append(
                box((at[0] + float(x), at[1] + y, tall / 2), (0.1, 0.08, tall), steel, texel=0.5)
            )
    for level in range(levels):
        z = 0.12 + 1.7 * level
        parts.append(box((at[0], at[1], z), (length, 0.98, 0.12), beam, texel=0.4))
        x = -length / 2 + 0.12
        while x < length / 2 - 0.7:
            wide, tall = float(rng.uniform(0.6, 1.15)), float(rng.uniform(0.5, 1.35))
            if rng.random() < 0.86:
                coat = [card, card, card, tote, wrap][int(rng.integers(5))]
                spot = (at[0] + x + wide / 2, at[1], z + 0.06 + tall / 2)
                parts.append(box(spot, (wide, 0.85, tall), coat, texel=0.4))
            x += wide + 0.1
    return parts


def warehouse(rng: Generator) -> World:
    """A dark hall with strip lights, loaded racks and a bright loading gate."""
    dark, trim = Paint(material("concrete_floor", 4.0, "#8d9296")), paint("#5d6468")
    roof = paint("#54585b")
    floor = Paint(material("concrete_floor", 5.0, "#b5b1aa"), gloss=0.04, blur=0.12)
    solids: Solids = [room((26, 18, 7.0), (2, 1), (dark, trim, dark, dark), floor, roof, texel=0.6)]
    strips = lamp("#eef4ff", 26.0)
    for y in (-5.2, -1.0, 3.2, 7.4):
        for x in (-8.0, -4.0, 0.0, 4.0, 8.0, 12.0):
            solids.append(glowing((x, y, 6.2), (2.4, 0.22, 0.08), strips, 4, texel=0.8))
    for x in (-6.0, 0.0, 6.0, 12.0):
        solids.append(box((x, 1.0, 6.75), (0.2, 18, 0.4), paint("#3c4043"), texel=0.6))
    for y in (5.0, 8.9):
        solids += _rack(rng, (2.0, y), 16.0, 3)
    solids += _rack(rng, (3.0, -6.6), 12.0, 3)
    gate = Paint(material("plaster_wall", 1.0), emission=outdoors(11.0, -1.0))
    solids.append(glowing((14.95, 0.2, 1.9), (0.06, 3.6, 3.8), gate, 0, texel=0.6))
    for side in (-1, 1):
        solids.append(
            box((14.9, 0.2 + side * 1.95, 2.0), (0.2, 0.25, 4.0), paint("#c9a227"), texel=0.5)
        )
    for x, y in ((6.5, -2.6), (-4.5, -3.4), (9.5, 2.2)):
        pile = Paint(material("cardboard", 0.9))
        solids.append(box((x, y, 0.08), (1.2, 1.0, 0.15), Paint(material("pine_table", 1.0)), 0.2))
        solids.append(box((x, y, 0.6), (1.1, 0.9, 0.9), pile, 0.2, texel=0.3))
    for x in (-8.0, 0.0):
        solids.append(box((x, -7.95, 2.2), (1.6, 0.1, 0.5), paint("#9fa4a6")))
    line = paint("#c9a227")
    for y in (-4.6, 3.0):
        solids.append(box((2, y, 0.003), (22, 0.12, 0.006), line, texel=0.6))
    solids += door((-10.98, 2.0), 0.0, paint("#7c2d26"))
    return World(solids, eye=(-1.0, -0.8, 1.6))


def night_lamp(rng: Generator) -> World:
    """A dark room at night with one warm lamp."""
    wall, deep = (
        Paint(material("plaster_wall", 2.0, "#c9bda9")),
        Paint(material("wallpaper_stripes", 1.2)),
    )
    floor = Paint(material("oak_planks", 1.6, "#a58f7d"), gloss=0.04, blur=0.08)
    wood = Paint(material("walnut_table", 1.0), gloss=0.03)
    solids: Solids = [
        room((5.6, 4.8, 2.6), (0.4, 0.2), (deep, wall, wall, deep), floor, paint("#d8d3c8"))
    ]
    solids += floor_lamp((2.0, 1.35), 1.5, 30.0, "#ffd0a0")
    solids += sofa((2.65, -0.3), PI, paint("#6b3f35"))
    solids += table((1.5, -0.4), (0.6, 1.0), 0.42, wood)
    solids += bookcase((-2.2, 0.6), 0.0, (1.9, 2.2), wood, 51)
    solids += picture((3.17, -0.3, 1.65), PI, (1.2, 0.8), 61)
    solids += picture((-0.6, 2.57, 1.6), -PI / 2, (0.6, 0.8), 62)
    solids += door((-1.2, -2.18), PI / 2, paint("#8a7357", 0.03))
    night = Paint(paint("#111111").albedo, emission=lamp("#2a3a5c", 0.35).emission, gloss=0.05)
    solids.append(glowing((0.9, 2.58, 1.5), (1.2, 0.03, 1.3), night, 2))
    for x in (0.9,):
        solids.append(box((x, 2.54, 1.5), (0.05, 0.05, 1.3), paint("#cfc8ba")))
        solids.append(box((x, 2.54, 0.84), (1.4, 0.12, 0.04), paint("#cfc8ba")))
    for side in (-1, 1):
        solids += curtain(rng, (0.9 + side * 0.78, 2.48), 0.0, 0.36, 2.3, paint("#6d2f2c"))
    solids += plant(rng, (2.75, 2.1), 1.2)
    solids += chair((0.3, -1.6), 1.3, wood, wood)
    rug = Paint(material("carpet_grey", 0.8, "#d89a80"))
    solids.append(box((1.4, -0.3, 0.008), (1.8, 2.4, 0.016), rug))
    return World(solids, eye=(0.0, 0.0, 1.2))


def _softbox(
    at: tuple[float, float, float], size: tuple[float, float], yaw: float, strength: float
) -> Solids:
    """A soft box on a stand, facing its local +x side."""
    black = paint("#161616", 0.02)
    c, s = float(np.cos(yaw)), float(np.sin(yaw))
    front = (at[0] + 0.11 * c, at[1] + 0.11 * s, at[2])
    half = (size[0] / 2, size[1] / 2)
    face = Paint(paint("#d8d8d8").albedo, emission=softbox("#fffaf2", strength, half))
    return [
        box(at, (0.2, size[0] + 0.06, size[1] + 0.06), black, yaw),
        glowing(front, (0.01, size[0], size[1]), face, 1, yaw, 0.25),
        Solid(
            "cylinder",
            (at[0] - 0.15 * c, at[1] - 0.15 * s, at[2] / 2),
            (0.02, 0.02, at[2] / 2),
            (black,),
        ),
    ]


def _stands(rng: Generator) -> Solids:
    """Tripods, cases and a rolled backdrop at the edges of a studio."""
    black, case = paint("#1b1b1c", 0.03), paint("#2b2d30", 0.04)
    parts: Solids = []
    for x, y in ((-3.2, 1.4), (-2.8, -2.2), (3.4, 2.4)):
        tall = float(rng.uniform(1.5, 2.2))
        parts.append(Solid("cylinder", (x, y, tall / 2), (0.018, 0.018, tall / 2), (black,)))
        parts.append(box((x, y, tall), (0.16, 0.12, 0.12), black, float(rng.uniform(0, 3))))
        parts.append(box((x + 0.5, y + 0.3, 0.2), (0.7, 0.4, 0.4), case, float(rng.uniform(0, 3))))
    parts += table((-3.3, 0.0), (0.7, 1.4), 0.8, paint("#6d675f"))
    parts.append(box((-3.3, 0.2, 0.93), (0.3, 0.4, 0.26), case, 0.3))
    return parts


def studio_dark(rng: Generator) -> World:
    """A black studio with two large soft boxes and a strip light."""
    black, grey = paint("#3a3a3d", 0.0, mottle=0.1), paint("#4a4a4d", mottle=0.1)
    floor = Paint(material("concrete_floor", 3.0, "#8a8a8c"), gloss=0.025, blur=0.12)
    solids: Solids = [room((8.4, 7.6, 3.6), (0, 0), (black, grey, black, black), floor, grey)]
    solids += _softbox((2.3, 2.1, 2.0), (1.3, 1.7), PI + 0.74, 13.0)
    solids += _softbox((1.6, -2.7, 1.8), (1.0, 1.5), PI / 2 + 0.54, 6.0)
    solids += _softbox((-2.6, 2.6, 1.7), (0.35, 1.7), -0.78, 10.0)
    solids.append(glowing((0.0, 0.0, 3.2), (1.5, 0.9, 0.06), lamp("#fffaf2", 4.0), 4))
    solids += curtain(rng, (0.5, 3.7), 0.0, 4.6, 3.3, paint("#2b2b30"))
    solids += curtain(rng, (4.1, -0.3), PI / 2, 3.2, 3.3, paint("#47474c"))
    solids += door((-1.6, -3.78), PI / 2, paint("#55524d"))
    return World(solids + _stands(rng))


def studio_white(rng: Generator) -> World:
    """A white daylight studio: seamless paper, a large overhead scrim and one side window."""
    white, warm = paint("#e6e4e0", mottle=0.03), Paint(material("plaster_wall", 2.4))
    brick = Paint(material("brick_wall", 0.9, "#e9e4de"))
    floor = Paint(material("laminate_grey", 1.6, "#e9e4da"), gloss=0.04, blur=0.09)
    solids: Solids = [room((8.6, 7.4, 3.4), (0, 0), (brick, white, warm, warm), floor, white)]
    solids.append(glowing((0.6, 0.0, 3.1), (2.4, 1.8, 0.06), lamp("#fffdf8", 5.0), 4))
    solids += window((-1.6, 3.68, 1.8), -PI / 2, (2.4, 2.0), 7.0, (3, 2))
    solids += _softbox((2.2, -2.5, 1.9), (1.2, 1.2), PI - 0.85, 6.0)
    paper = paint("#f1efec", mottle=0.01)
    solids.append(box((3.9, 0.3, 1.5), (0.03, 2.9, 2.6), paper))
    solids.append(box((3.1, 0.3, 0.012), (1.6, 2.9, 0.02), paper))
    solids.append(Solid("cylinder", (3.85, 0.3, 0.15), (0.13, 1.45, 0.1), (paper,)))
    solids.append(box((3.85, 0.3, 2.85), (0.1, 3.2, 0.1), paint("#7d7a76", 0.05)))
    for y in (-1.35, 1.95):
        solids.append(box((3.85, y, 1.4), (0.04, 0.04, 2.8), paint("#2a2a2a", 0.05)))
    solids += door((-4.28, -1.9), 0.0, paint("#5c6b66", 0.03))
    solids += plant(rng, (-3.7, 2.9), 1.7) + picture((0.6, -3.68, 1.6), PI / 2, (0.9, 1.2), 71)
    solids += chair((-1.6, -2.6), 1.0, paint("#b08d5c"), paint("#2a2a2a"))
    return World(solids + _stands(rng))

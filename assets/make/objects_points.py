"""Named points of the objects, in millimetres, to within a few of the surface they are put on.

Front is -y, the side that a label or a face is on; left and right are those of a person who looks
at it, or, for what lies along x, of one who looks along +x.
"""

from __future__ import annotations

Point = tuple[float, float, float]
Points = dict[str, Point]


def around(name: str, radius: float, z: float) -> Points:
    """Four points of a ring about the z axis."""
    return {
        f"{name}_front": (0, -radius, z),
        f"{name}_right": (radius, 0, z),
        f"{name}_back": (0, radius, z),
        f"{name}_left": (-radius, 0, z),
    }


def corners(x: float, y: float, high: float, low: float = 0.0, narrower: float = 0.0) -> Points:
    """The eight corners of an upright box, given by half its sides in x and y at the top."""
    return {
        f"{front}_{level}_{side}": (sx * (x - less), sy * (y - less), z)
        for front, sy in (("front", -1), ("back", 1))
        for level, z, less in (("bottom", low, narrower), ("top", high, 0.0))
        for side, sx in (("left", -1), ("right", 1))
    }


def sides(x: float, y: float, z: float) -> Points:
    """The middles of the four upright sides of a box, at a height."""
    return {"front": (0, -y, z), "right": (x, 0, z), "back": (0, y, z), "left": (-x, 0, z)}


def ball(radius: float) -> Points:
    """Six points of a ball that lies on z = 0."""
    return {**sides(radius, radius, radius), "top": (0, 0, 2 * radius), "bottom": (0, 0, 0)}


def tin(radius: float, height: float) -> Points:
    """A tin can with its label."""
    return {
        "lid": (0, 0, height - 4), **around("rim", radius, height),
        "base": (0, 0, 3), **around("foot", radius, 0), "label": (0, -radius, height / 2),
    }  # fmt: skip


def carton(x: float, y: float, high: float) -> Points:
    """A printed box."""
    return {**corners(x, y, high), "front": (0, -y, high / 2), "back": (0, y, high / 2)}


MUG: Points = {
    **around("rim", 39, 96), "handle_top": (69, 0, 82), "handle": (77, 0, 52),
    "handle_bottom": (68, 0, 24), "inside": (0, 0, 7), "base": (0, 0, 3),
}  # fmt: skip

# fmt: off
POINTS: dict[str, Points] = {
    # kitchen
    "mug_blue": MUG,
    "mug_white": MUG,
    "bowl_green": {**around("rim", 75.7, 64.5), "inside": (0, 0, 7), "base": (0, 0, 4)},
    "plate_white": {**around("rim", 128, 22.8), "middle": (0, 0, 7), "base": (0, 0, 3)},
    "cup_paper": {
        **around("rim", 44.5, 112), **around("foot", 29, 0), "inside": (0, 0, 5), "base": (0, 0, 4),
    },
    "fork": {
        "handle_end": (-100, 0, 1), "handle_top": (2, 0, 15), "neck": (25, 0, 13.4),
        "tine_1": (100, -10, 7), "tine_2": (100, -3.3, 7), "tine_3": (100, 3.3, 7), "tine_4": (100, 10, 7),
    },
    "spoon": {
        "handle_end": (-102, 0, 1), "handle_top": (-2, 0, 16), "neck": (40, 0, 13),
        "bowl_left": (70, 20, 7), "bowl_right": (70, -20, 7), "bowl_bottom": (70, 0, 0),
        "tip": (102, 0, 9.6),
    },
    "knife": {
        "handle_end": (-111, 0, 3.3), "bolster": (0, 6, 3.2), "heel": (13, -9, 3.2),
        "edge": (60, -11.4, 3.2), "blade_back": (60, 10, 3.2), "tip": (111.2, 2.3, 3.2),
    },
    "sponge": {**corners(55.5, 34.5, 32.7), "scourer": (0, 0, 32.7), "foam": (0, 0, 0)},
    # packages
    "box_cereal": carton(96, 31, 292),
    "box_crackers": carton(77.5, 25, 210),
    "box_pasta": carton(37.5, 18, 270),
    "box_tea": carton(65, 36, 88),
    "carton_milk": {
        **corners(36, 36, 190), "ridge_left": (-36, 0, 234), "ridge_right": (36, 0, 234),
        "cap": (0, -27.6, 215.4), "front": (0, -36, 95), "back": (0, 36, 95),
    },
    "can_tomato_soup": tin(33.5, 101),
    "can_tuna": tin(42.5, 40),
    "can_soda": {
        "lid": (0, 17, 112), "tab": (0, -12, 113), **around("rim", 26.5, 115.5),
        **around("shoulder", 33, 103), **around("foot", 24.5, 0), "base": (0, 0, 8), "label": (0, -33, 58),
    },
    "jar_peanut_butter": {
        "lid": (0, 0, 104.1), **around("lid", 36.2, 96), **around("shoulder", 37.5, 76),
        **around("foot", 37.5, 5), "base": (0, 0, 2), "label": (0, -37.3, 43),
    },
    # bottles
    "bottle_flask": {
        "loop_top": (0, 0, 257), "loop_left": (-25, 0, 240), "loop_right": (25, 0, 240),
        **around("lid", 26.2, 221), **around("shoulder", 36.5, 155), **around("foot", 36.5, 6),
        "base": (0, 0, 3),
    },
    "bottle_ketchup": {
        "nozzle": (0, 0, 200.5), **around("cap", 20.5, 165), "shoulder_left": (-33.5, 0, 128),
        "shoulder_right": (33.5, 0, 128), "foot_left": (-36.5, 0, 8), "foot_right": (36.5, 0, 8),
        "foot_front": (0, -26.3, 8), "foot_back": (0, 26.3, 8), "base": (0, 0, 3),
        "label_front": (0, -24, 75), "label_back": (0, 24, 75),
    },
    "bottle_wine": {
        "mouth": (0, 0, 300), **around("neck", 14.5, 240), **around("shoulder", 37, 178),
        **around("foot", 37.2, 6), "base": (0, 0, 12), "label": (0, -37.4, 105),
    },
    # fruit
    "apple": {"stalk": (3.6, 0.2, 82.6), **sides(39, 39, 43), "bottom": (0, 0, 5)},
    "pear": {
        "stalk": (9.5, 3.4, 120.9), "neck_front": (3, -18, 85), "neck_back": (3, 20, 85),
        **sides(36, 36, 35), "bottom": (0, 0, 4),
    },
    "orange": {"stalk": (0, 0, 70), **sides(37.4, 37.4, 36), "bottom": (0, 0, 1)},
    "lemon": {
        "tip": (42.5, 0, 26.9), "stalk": (-45, 0, 26.9), "top": (0, 0, 53.9), "bottom": (0, 0, 0),
        "left": (0, 26.9, 26.9), "right": (0, -26.9, 26.9),
    },
    "banana": {
        "stalk": (88.5, 20, 11), "tip": (-88.5, 18, 11), "inner": (0, 5, 14), "outer": (4, -28.8, 19),
        "top": (4, -12.6, 35.2),
    },
    # toys
    "football": ball(75),
    "tennis_ball": ball(33.5),
    "die": {
        **corners(9.5, 9.5, 19), "face_1": (0, -9.5, 9.5), "face_2": (9.5, 0, 9.5),
        "face_3": (0, 0, 19), "face_4": (0, 0, 0), "face_5": (-9.5, 0, 9.5), "face_6": (0, 9.5, 9.5),
    },
    "brick_red": {
        **corners(31.8, 15.8, 19.2), "stud_front_left": (-24, -8, 22.8), "stud_front_right": (24, -8, 22.8),
        "stud_back_left": (-24, 8, 22.8), "stud_back_right": (24, 8, 22.8),
    },
    "rubber_duck": {
        "bill": (0, -57.3, 70), "head": (0, -20, 97.5), "eye_left": (-15.5, -39, 80),
        "eye_right": (15.5, -39, 80), "wing_left": (-38, 7, 33), "wing_right": (38, 7, 33),
        "tail": (0, 54, 42), "chest": (0, -36, 35), "base": (0, 7, 0),
    },
    "toy_car": {
        "roof": (-5, 0, 34.5),
        "wheel_front_left": (23.5, 17.1, 8.5), "wheel_front_right": (23.5, -17.1, 8.5),
        "wheel_back_left": (-23.5, 17.1, 8.5), "wheel_back_right": (-23.5, -17.1, 8.5),
        "headlamp_left": (39.7, 11.5, 17), "headlamp_right": (39.7, -11.5, 17),
        "tail_lamp_left": (-39.2, 11.5, 19), "tail_lamp_right": (-39.2, -11.5, 19),
    },
    # tools
    "hammer": {
        "face": (-125, -59, 14), "claw_low": (-85, 73.5, 5), "claw_high": (-85, 73.5, 23),
        "head": (-125, -5, 28), "neck": (-82, -6, 24), "handle_end": (160, -6, 14),
    },
    "screwdriver": {
        "tip": (-104.1, 0, 6), "shaft": (-50, 0, 12), "grip_front": (13.6, 0, 23),
        "grip_left": (61.6, 15.5, 15.9), "grip_right": (61.6, -15.5, 15.9), "handle_end": (104, 0, 18.5),
    },
    "wrench": {
        "jaw_left": (-91, 6, 5.5), "jaw_right": (-88.5, -11.5, 5.5), "jaw_inside": (-70, 0, 5.5),
        "shank_top": (0, 0, 8), "shank_bottom": (0, 0, 3), "ring_end": (92.2, 0, 5.5),
        "ring_left": (78, 14.2, 5.5), "ring_right": (78, -14.2, 5.5),
    },
    "clamp": {
        "anvil": (-17.5, -58, 11.2), "pad": (-17.5, -28, 11.2), "screw_end": (-17.5, 86, 11.2),
        "bar_left": (-50.5, 77, 11.2), "bar_right": (15.5, 77, 11.2), "frame_low": (45, -81, 11.2),
        "frame_high": (45, 25, 11.2), "frame_back": (50.5, -28, 11.2), "boss": (-17.5, 33, 22),
    },
    "flashlight": {
        "lens": (72.8, 0, 23.2), "rim_top": (72.5, 0, 45.6), "rim_bottom": (75, 0, 1),
        "rim_left": (74, 22.5, 23.2), "rim_right": (74, -22.5, 23.2), "switch": (8.7, -15.2, 19.5),
        "neck": (24, 0, 33.8), "tail": (-75.5, 0, 14.6),
    },
    "scissors": {
        "tip_left": (104.8, 10, 5), "tip_right": (104.8, -10, 3.4), "pivot": (0, 0, 7.6),
        "ring_left": (-68.5, 30.4, 4.2), "ring_right": (-68.5, -30.4, 4.2),
        "ring_end_left": (-103.8, 10, 4.2), "ring_end_right": (-103.8, -10, 4.2),
    },
    "tape_roll": {
        **around("top", 55.5, 48), **around("bottom", 55.5, 0), **around("hole", 38, 48.2),
    },
    # desk and house
    "pencil": {
        "tip": (94.7, 0, 3.9), "cone": (74, 0, 7.4), "ferrule": (-75, 0, 7.8), "eraser": (-94.7, 0, 3.9),
    },
    "marker": {
        "tail": (-69, 1, 8.5), "barrel": (-20, 1, 17), "cap_edge": (18, 1, 18), "cap_end": (69, 1, 10),
        "clip": (27, -10.3, 4.5),
    },
    "book": {
        "front_spine_head": (-72, 105, 28), "front_spine_foot": (-72, -105, 28),
        "front_edge_head": (74.7, 105, 28), "front_edge_foot": (74.7, -105, 28),
        "back_spine_head": (-72, 105, 0), "back_spine_foot": (-72, -105, 0),
        "back_edge_head": (74.7, 105, 0), "back_edge_foot": (74.7, -105, 0), "front": (2, 0, 28),
    },
    "candle": {"wick": (3, 0, 100), **around("rim", 31, 94.5), **around("foot", 34, 1), "base": (0, 0, 0)},
    "toilet_roll": {
        **around("top", 54, 98), **around("bottom", 54, 0), "hole_top": (20.5, 0, 98.4),
        "sheet_top": (-21.3, -52.9, 97.5), "sheet_bottom": (-21.3, -52.9, 0.5),
    },
    "battery": {
        "plus": (0, 0, 58.5), "minus": (0, 0, 0), **around("top", 16.5, 54.5), **around("bottom", 16.5, 2),
    },
    "phone": {
        "top_left": (-36, 75, 4), "top_right": (36, 75, 4), "bottom_left": (-36, -75, 4),
        "bottom_right": (36, -75, 4), "screen": (0, 0, 8.3), "back": (0, 0, 0),
        "power_key": (37.1, 28, 4.1), "volume_key": (-37.1, 30, 4.1),
    },
    "remote": {
        "top_left": (-22, 81, 17), "top_right": (22, 81, 17), "bottom_left": (-22, -81, 17),
        "bottom_right": (22, -81, 17), "power_key": (-13, 70, 20.6), "ok_key": (0, -27, 20.6),
        "back": (0, 0, 0),
    },
    # containers
    "tote_grey": {
        **corners(289, 189, 220, 3, 24), "floor": (0, 0, 6), "label": (0, -181, 112),
    },
    "tray_wood": {
        **corners(220, 150, 45), "handle_left": (-214.5, 0, 82), "handle_right": (214.5, 0, 82),
        "floor": (0, 0, 8),
    },
    "crate_wood": {**corners(230, 160, 236, 12), "floor": (0, 0, 21)},
}
# fmt: on

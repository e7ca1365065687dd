"""Pictures whose verdict is known: what a camera may do, and damage that must be seen."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from refine.frames import F32, U8, Render

Control = Callable[[Render, np.random.Generator], U8 | None]
"""A render's picture, changed; None where it shows nothing that this could be done to."""

_FEWEST_PX = 300
_KERNEL = np.ones((3, 3), np.uint8)


# ------------------------------------------------------------------------------------- honest


def identity(render: Render, rng: np.random.Generator) -> U8:
    """The picture itself."""
    return render.rgb.copy()


def brightness(render: Render, rng: np.random.Generator) -> U8:
    """Darker or brighter by as much as a quarter."""
    return _bytes(render.rgb * rng.uniform(0.75, 1.25))


def noise(render: Render, rng: np.random.Generator) -> U8:
    """White noise of 2 to 8 levels, the same in all channels or not."""
    shape = (*render.ids.shape, int(rng.choice([1, 3])))
    return _bytes(render.rgb + rng.normal(0, rng.uniform(2, 8), shape))


def white_balance(render: Render, rng: np.random.Generator) -> U8:
    """Each channel by as much as 15 %."""
    return _bytes(render.rgb * rng.uniform(0.85, 1.15, 3))


def gamma(render: Render, rng: np.random.Generator) -> U8:
    """Another tone curve, from 0.7 to 1.4."""
    curve = _bytes(255 * (np.arange(256) / 255) ** rng.uniform(0.7, 1.4))
    return curve[render.rgb]


def tone_curve(render: Render, rng: np.random.Generator) -> U8:
    """Six straight pieces, the steepest at most 6.25 times as steep as the flattest."""
    rises = np.exp(rng.uniform(np.log(0.4), np.log(2.5), 6))
    knots = np.append(0, np.cumsum(rises)) / rises.sum()
    return _bytes(255 * np.interp(np.arange(256) / 255, np.linspace(0, 1, 7), knots))[render.rgb]


def crosstalk(render: Render, rng: np.random.Generator) -> U8:
    """Each channel with as much as 20 % of each other one, added or taken away."""
    return _bytes(render.rgb @ (np.eye(3) + rng.uniform(-0.2, 0.2, (3, 3))))


def vignette(render: Render, rng: np.random.Generator) -> U8:
    """Corners darker by 15 to 40 %."""
    h, w = render.ids.shape
    y, x = np.mgrid[:h, :w]
    radius = np.hypot(x - (w - 1) / 2, y - (h - 1) / 2) / np.hypot(w, h) * 2
    return _bytes(render.rgb * (1 - rng.uniform(0.15, 0.4) * radius**2)[..., None])


def blur(render: Render, rng: np.random.Generator) -> U8:
    """Out of focus by a sigma of as much as a pixel."""
    sigma = rng.uniform(0.4, 1.0)
    return np.asarray(cv2.GaussianBlur(render.rgb, (0, 0), sigma), np.uint8)


def jpeg(render: Render, rng: np.random.Generator) -> U8:
    """Compressed at a quality of 75 to 95, chroma halved."""
    quality = int(rng.integers(75, 96))
    _, data = cv2.imencode(".jpg", render.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])


def graded(render: Render, rng: np.random.Generator) -> U8:
    """Gains that vary slowly over the picture, and another saturation: a good refiner's work."""
    h, w = render.ids.shape
    gains = rng.uniform(0.75, 1.3, (6, 8, 3)).astype(np.float32)
    field = np.asarray(cv2.resize(gains, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
    grey = render.rgb.mean(axis=-1, keepdims=True)
    return _bytes((grey + rng.uniform(0.6, 1.4) * (render.rgb - grey)) * field)


def camera(render: Render, rng: np.random.Generator) -> U8:
    """Blur, vignette, white balance, gamma, noise and compression, one after the other."""
    for step in (blur, vignette, white_balance, gamma, noise, jpeg):
        render = replace(render, rgb=step(render, rng))
    return render.rgb


# ------------------------------------------------------------------------------------- damage


def shifted(render: Render, rng: np.random.Generator) -> U8:
    """All of it moved by a pixel, left, right, up or down."""
    return _moved(render.rgb, 1.0, rng)


def half_shifted(render: Render, rng: np.random.Generator) -> U8:
    """All of it moved by half a pixel."""
    return _moved(render.rgb, 0.5, rng)


def painted_over(render: Render, rng: np.random.Generator) -> U8 | None:
    """One object gone, its surroundings drawn over it."""
    victim = _victim(render, rng)
    if victim is None:
        return None
    hole = cv2.dilate((render.ids == victim).astype(np.uint8), _KERNEL, iterations=3)
    return np.asarray(cv2.inpaint(render.rgb, hole, 3, cv2.INPAINT_TELEA), np.uint8)


def duplicated(render: Render, rng: np.random.Generator) -> U8 | None:
    """One object once more, somewhere on the background."""
    victim = _victim(render, rng)
    if victim is None:
        return None
    rows, columns = np.nonzero(render.ids == victim)
    h, w = render.ids.shape
    for _ in range(200):
        down = int(rng.integers(-rows.min(), h - rows.max()))
        right = int(rng.integers(-columns.min(), w - columns.max()))
        there = (rows + down, columns + right)
        if not render.ids[there].any():
            picture = render.rgb.copy()
            picture[there] = render.rgb[rows, columns]
            return picture
    return None


def warped(render: Render, rng: np.random.Generator) -> U8 | None:
    """A bulge of three pixels around one point of one object's outline."""
    victim = _victim(render, rng)
    if victim is None:
        return None
    mask = (render.ids == victim).astype(np.uint8)
    rows, columns = np.nonzero((mask > 0) & (cv2.erode(mask, _KERNEL) == 0))
    at = rng.integers(len(rows))
    row, column = int(rows[at]), int(columns[at])
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32)
    bulge = 3 * np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * 14.0**2))
    angle = rng.uniform(0, 2 * np.pi)
    x, y = x + np.float32(np.cos(angle)) * bulge, y + np.float32(np.sin(angle)) * bulge
    border = cv2.BORDER_REFLECT
    mapped = cv2.remap(render.rgb, x, y, cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(mapped, np.uint8)


def inverted(render: Render, rng: np.random.Generator) -> U8:
    """The negative."""
    return ~render.rgb


def seam(render: Render, rng: np.random.Generator) -> U8:
    """Two tiles that were refined apart: one is eight levels brighter."""
    axis = int(rng.integers(2))
    size = render.ids.shape[axis]
    second = np.arange(size) >= size * rng.uniform(0.25, 0.75)
    step = 8 * rng.choice([-1, 1]) * (second[:, None, None] if axis == 0 else second[:, None])
    return _bytes(render.rgb + step)


def enlarged(render: Render, rng: np.random.Generator) -> U8 | None:
    """One object larger by 5 %."""
    victim = _victim(render, rng)
    if victim is None:
        return None
    mask = (render.ids == victim).astype(np.float32)
    y, x = (float(c.mean()) for c in np.nonzero(mask))
    matrix, size = cv2.getRotationMatrix2D((x, y), 0, 1.05), mask.shape[::-1]
    larger = cv2.warpAffine(render.rgb, matrix, size, flags=cv2.INTER_CUBIC)
    share = np.asarray(cv2.warpAffine(mask, matrix, size), np.float32)[..., None]
    return _bytes(share * np.asarray(larger) + (1 - share) * render.rgb)


def faded(render: Render, rng: np.random.Generator) -> U8 | None:
    """One object in the color of its surroundings, its texture kept."""
    changes = {i: _to_surroundings(render, i) for i in _victims(render)}
    visible = [i for i, change in changes.items() if np.abs(change).max() > 25]
    if not visible:
        return None
    victim = int(rng.choice(visible))
    picture = render.rgb.astype(np.float32)
    picture[render.ids == victim] += changes[victim]
    return _bytes(picture)


def hallucinated(render: Render, rng: np.random.Generator) -> U8:
    """Five strokes of 40 pixels and 24 levels where nothing was."""
    lift = _strokes(render, rng) * 24
    return _bytes(render.rgb + np.where(render.rgb.mean(axis=-1, keepdims=True) > 127, -lift, lift))


def stained(render: Render, rng: np.random.Generator) -> U8:
    """Five strokes of color where nothing was: 40 pixels, 26 levels of Cr and Cb, the same luma."""
    angle = rng.uniform(0, 2 * np.pi)
    tint = 26 * _strokes(render, rng) * np.array([0, np.cos(angle), np.sin(angle)])
    colors = np.asarray(cv2.cvtColor(render.rgb, cv2.COLOR_RGB2YCrCb), np.float32)
    changed = np.asarray((colors + tint) / 255, np.float32)
    return _bytes(255 * np.asarray(cv2.cvtColor(changed, cv2.COLOR_YCrCb2RGB)))


def displaced(render: Render, rng: np.random.Generator) -> U8 | None:
    """One object cut out and put down one to three pixels away; what it uncovers is drawn in."""
    victim = _victim(render, rng)
    if victim is None:
        return None
    mask = (render.ids == victim).astype(np.uint8)
    hole = cv2.dilate(mask, _KERNEL, iterations=2)
    drawn = np.asarray(cv2.inpaint(render.rgb, hole, 3, cv2.INPAINT_TELEA), np.uint8)
    behind = np.where(mask[..., None] > 0, drawn, render.rgb)
    moved = _moved(np.dstack([render.rgb, mask]), float(rng.integers(1, 4)), rng)
    return np.where(moved[..., 3:] > 0, moved[..., :3], behind)


def noisy(render: Render, rng: np.random.Generator) -> U8:
    """White noise of 16 to 60 levels, in which nothing can be judged."""
    return _bytes(render.rgb + rng.normal(0, rng.uniform(16, 60), (*render.ids.shape, 1)))


def under_noise(render: Render, rng: np.random.Generator) -> U8 | None:
    """Damage of another kind, under as much noise as an honest picture has: 8 levels."""
    kinds = (shifted, half_shifted, painted_over, duplicated, warped, hallucinated)
    picture = kinds[rng.integers(len(kinds))](render, rng)
    if picture is None:
        return None
    return _bytes(picture + rng.normal(0, 8, (*render.ids.shape, 1)))


def _strokes(render: Render, rng: np.random.Generator) -> NDArray[np.floating]:
    """(H, W, 1) five strokes of 40 by 3 pixels, 0 to 1."""
    strokes: U8 = np.zeros(render.ids.shape, np.uint8)
    for _ in range(5):
        start = rng.integers([0, 0], strokes.shape[::-1])
        angle = rng.uniform(0, 2 * np.pi)
        x, y = start + 40 * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(strokes, (int(start[0]), int(start[1])), (int(x), int(y)), 255, 3, cv2.LINE_AA)
    return strokes[..., None] / 255


def _bytes(picture: NDArray[np.floating | np.integer]) -> U8:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _moved(picture: U8, by: float, rng: np.random.Generator) -> U8:
    dx, dy = [(by, 0), (-by, 0), (0, by), (0, -by)][rng.integers(4)]
    matrix, size = np.array([[1, 0, dx], [0, 1, dy]]), (picture.shape[1], picture.shape[0])
    border = cv2.BORDER_REPLICATE
    moved = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=border)
    return np.asarray(moved, np.uint8)


def _to_surroundings(render: Render, victim: int) -> F32:
    """(3,) from the mean color of an instance to that of the six pixels around it."""
    mask = (render.ids == victim).astype(np.uint8)
    ring = (cv2.dilate(mask, _KERNEL, iterations=6) > 0) & (mask == 0)
    change = render.rgb[ring].mean(axis=0) - render.rgb[mask > 0].mean(axis=0)
    return np.asarray(change, np.float32)


def _victims(render: Render) -> list[int]:
    """The instances that are large enough to be worth a refiner's damage, but not everything."""
    counts = np.bincount(render.ids.ravel())
    large = (counts >= _FEWEST_PX) & (counts < render.ids.size // 2)
    return [int(i) for i in np.flatnonzero(large) if i]


def _victim(render: Render, rng: np.random.Generator) -> int | None:
    victims = _victims(render)
    return int(rng.choice(victims)) if victims else None


def _listed(*controls: Control) -> dict[str, Control]:
    return {control.__name__: control for control in controls}


HONEST: Mapping[str, Control] = _listed(
    identity, brightness, noise, white_balance, gamma, tone_curve, crosstalk, vignette, blur, jpeg,
    graded, camera,
)  # fmt: skip
DAMAGE: Mapping[str, Control] = _listed(
    shifted, painted_over, duplicated, warped, inverted, seam,
    half_shifted, enlarged, faded, hallucinated,
    stained, displaced, noisy, under_noise,
)  # fmt: skip

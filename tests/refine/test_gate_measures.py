"""Each measure of the gate on pictures whose answer is known by how they are made.

Mutants caught: a drift of half its size; growth left out; edges invented without the local fit, or
with no regard to noise; no edge ever lost; every outline kept or asked for; a contrast without sign;
the motion of what lies behind an instance asked for; a large drift of an unlike picture not known;
noise of any strength; a turn of light and dark let through whatever its limit.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from refine.frames import U8, U16, GBuffers, Render
from refine.gate import Limits, judge
from refine.gate.color import ciede2000, clipped_share, color_shifts
from refine.gate.contrast import contrasts
from refine.gate.drift import Drift, instance_drifts, local_drift
from refine.gate.edges import invented, lost, recalls
from refine.gate.pair import noise_of, pair_of
from refine.gate.seams import seam
from scenegen.errors import RefineError

SHAPE = (120, 160)
Draw = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def drawn(field: Draw, base: float = 90, lift: float = 80) -> U8:
    """(H, W, 3) grey, base + lift where `field` (pixels, > 0 inside) is positive, antialiased."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    level = base + lift * np.clip(field(x, y) + 0.5, 0, 1)
    return np.rint(np.repeat(level[..., None], 3, axis=-1)).astype(np.uint8)


def disc(x0: float = 80, y0: float = 60, radius: float = 25) -> Draw:
    return lambda x, y: radius - np.hypot(x - x0, y - y0)


def ids_of(field: Draw) -> U16:
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    return (field(x, y) > 0).astype(np.uint16)


DISC, IDS = drawn(disc()), ids_of(disc())


@pytest.mark.parametrize("shift", [0.25, 0.5, 1.0])
def test_a_shift_reads_as_many_pixels(shift: float) -> None:
    pair = pair_of(DISC, drawn(disc(80 + shift * 0.6, 60 - shift * 0.8)))
    assert instance_drifts(pair, IDS)[1].px == pytest.approx(shift, abs=0.06 + 0.1 * shift)
    assert instance_drifts(pair, IDS)[1].error_px < 0.1


def test_growth_is_drift() -> None:
    """An edge all around that moves outwards by 1.25 pixels: √2 times that in this measure."""
    pair = pair_of(DISC, drawn(disc(radius=26.25)))
    assert instance_drifts(pair, IDS)[1].px == pytest.approx(1.25 * np.sqrt(2), rel=0.25)


@pytest.mark.parametrize("gain", [0.5, 1.6])
def test_contrast_and_sharpness_are_no_drift(gain: float) -> None:
    softer = cv2.GaussianBlur(drawn(disc(), base=60, lift=80 * gain), (0, 0), 0.8)
    drift = instance_drifts(pair_of(DISC, np.asarray(softer, np.uint8)), IDS)[1]
    assert drift.px < 0.03


def test_motion_along_an_edge_is_not_seen_and_not_claimed() -> None:
    def edge(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return x - 80.3

    def moved(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        return edge(x, y + 3)

    pair = pair_of(drawn(edge), drawn(moved))
    assert instance_drifts(pair, ids_of(edge))[1].px < 0.02
    assert local_drift(pair).at_least_px == 0


def test_nothing_is_known_of_what_cannot_be_seen() -> None:
    """Two levels of contrast in noise of six: the fit says something, the bound says nothing."""
    rng = np.random.default_rng(0)
    noisy = drawn(disc(81, 60), lift=2) + rng.normal(0, 6, (*SHAPE, 1))
    pair = pair_of(drawn(disc(), lift=2), noisy.clip(0, 255).astype(np.uint8))
    drift = instance_drifts(pair, IDS)[1]
    assert drift.error_px > 0.25
    assert drift.at_least_px == 0


def test_a_bound_is_two_deviations_down_and_only_where_they_are_small() -> None:
    assert Drift(1.0, 0.1).at_least_px == pytest.approx(0.8)
    assert Drift(0.1, 0.1).at_least_px == 0
    assert Drift(1.0, 0.3).at_least_px == 0
    assert Drift(2.0, 0.5).at_least_px == pytest.approx(1.0)


def textured(level: float, lift: float) -> U8:
    texture = cv2.GaussianBlur(np.random.default_rng(1).normal(0, lift, SHAPE), (0, 0), 2)
    return np.repeat((level + texture).clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_what_moved_over_a_ground_that_stayed_is_found(shift: int) -> None:
    """A weak outline on strong texture, which says that nothing moved."""
    ground = textured(128, 120).astype(float)
    raw, refined = (
        np.clip(ground * (1 - part) + 165 * part, 0, 255).astype(np.uint8)
        for part in (drawn(disc(80 + by), 0, 100) / 100 for by in (0, shift))
    )
    found = instance_drifts(pair_of(raw, refined), IDS)[1]
    assert found.at_least_px > 0.35 * shift


def test_a_neighbourhood_that_moved_is_found() -> None:
    raw = textured(128, 150)
    refined = raw.copy()
    refined[:50, 100:-1] = raw[:50, 101:]
    found = local_drift(pair_of(raw, refined))
    assert found.at_least_px > 0.6
    assert found.x > 90
    assert found.y < 60
    assert local_drift(pair_of(raw, raw)).at_least_px == 0


def test_burnt_out_pixels_are_not_asked() -> None:
    raw = textured(150, 150)
    brighter = (raw * 1.25).clip(0, 255).astype(np.uint8)
    pair = pair_of(raw, brighter)
    assert 0.05 < 1 - pair.clear.mean() < 0.95
    blind = replace(pair, clear=np.ones_like(pair.clear))
    ids = np.ones(SHAPE, np.uint16)
    assert instance_drifts(pair, ids)[1].error_px != instance_drifts(blind, ids)[1].error_px
    burnt = replace(pair, refined=np.where(pair.clear > 0, pair.refined, 0 * pair.refined))
    assert local_drift(burnt) == local_drift(pair)


def test_an_invented_stroke_has_its_length_and_place() -> None:
    refined = DISC.copy()
    cv2.line(refined, (20, 100), (50, 100), (150, 150, 150), 2)
    pair = pair_of(DISC, refined)
    found = invented(pair)
    assert found.px == pytest.approx(34, abs=6)
    assert (found.x, found.y) == (pytest.approx(35, abs=3), pytest.approx(100, abs=4))
    assert lost(pair).px == 0
    back = pair_of(refined, DISC)
    assert lost(back).px == pytest.approx(34, abs=6)
    assert invented(back).px < 5


def test_noise_invents_nothing() -> None:
    rng = np.random.default_rng(2)
    noisy = (DISC + rng.normal(0, 8, (*SHAPE, 1))).clip(0, 255).astype(np.uint8)
    pair = pair_of(DISC, noisy)
    assert pair.noise == pytest.approx(8, rel=0.1)
    assert invented(pair).px < 5
    assert lost(pair).px == 0
    assert seam(pair).levels < 1
    assert recalls(pair, IDS)[1].share == 1


@pytest.mark.parametrize(("deviation", "accepted"), [(12, True), (16, False), (60, False)])
def test_noise_in_which_nothing_can_be_judged_is_a_reason(deviation: float, accepted: bool) -> None:
    grain = np.random.default_rng(4).normal(0, deviation, (*SHAPE, 1))
    verdict = judge(DISC, (DISC + grain).clip(0, 255).astype(np.uint8), made_render(DISC))
    said = any("levels hides what else may have changed" in reason for reason in verdict.reasons)
    assert verdict.accepted == accepted
    assert said != accepted


def test_noise_is_told_from_structure() -> None:
    rng = np.random.default_rng(3)
    grain = rng.normal(0, 5, SHAPE).astype(np.float32)
    assert noise_of(grain) == pytest.approx(5, rel=0.05)
    assert noise_of(np.float32(DISC[..., 0])) < 0.1


def test_recall_counts_the_outline_that_is_left() -> None:
    half = DISC.copy()
    half[:60] = 90
    found = recalls(pair_of(DISC, half), IDS)[1]
    assert 0.5 < found.share < 0.65  # the cut itself is an edge where it meets the outline
    assert found.px == pytest.approx(2 * np.pi * 25, rel=0.2)
    faint = drawn(disc(), lift=4)
    assert recalls(pair_of(faint, faint), IDS) == {}


def test_contrast_is_signed_and_in_proportion() -> None:
    assert contrasts(DISC, DISC, IDS)[1].each == pytest.approx(1)
    weaker = contrasts(DISC, drawn(disc(), lift=40), IDS)[1]
    turned = contrasts(DISC, drawn(disc(), base=170, lift=-80), IDS)[1]
    assert weaker.mean == pytest.approx(0.5, abs=0.05)
    assert turned.lightness == pytest.approx(-1, abs=0.05)
    faint = contrasts(drawn(disc(), lift=10), DISC, IDS)[1]
    assert (faint.each, faint.mean, faint.lightness) == (None, None, None)


def test_light_that_became_dark_is_a_reason_as_its_limit_says() -> None:
    turned = drawn(disc(), base=170, lift=-80)
    for limit, said in ((0.0, True), (-2.0, False)):
        limits = Limits(contrast_lightness=limit)
        reasons = judge(DISC, turned, made_render(DISC), limits=limits).reasons
        assert any("is dark where it was light" in reason for reason in reasons) == said


@pytest.mark.parametrize("turned", [False, True])
def test_a_seam_has_its_height_and_place(turned: bool) -> None:
    refined = DISC.copy()
    refined[:, 37:] += 9
    raw, refined = (p.swapaxes(0, 1).copy() if turned else p for p in (DISC, refined))
    found = seam(pair_of(raw, refined))
    assert (found.along, found.at) == ("row" if turned else "column", 37)
    assert found.levels == pytest.approx(9, abs=0.5)


def test_a_raw_edge_of_another_height_is_no_seam() -> None:
    flat = np.full((*SHAPE, 3), 90, np.uint8)
    raw, refined = flat.copy(), flat.copy()
    raw[:, 37:] += 30
    refined[:, 37:] += 55
    assert seam(pair_of(raw, refined)).levels < 0.5


def test_clipped_is_what_became_black_or_white() -> None:
    raw = np.full((10, 10, 3), 128, np.uint8)
    raw[0] = 255
    refined = raw.copy()
    refined[1], refined[2], refined[3] = 255, 0, (255, 0, 128)
    assert clipped_share(raw, refined) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.1848, -84.8006), (50, 0, -82.7485), 1.0),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_is_that_of_its_paper(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    """Sharma, Wu and Dalal's test data."""
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(difference, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(difference, abs=1e-4)


def test_color_may_darken_but_not_turn() -> None:
    red = np.full((*SHAPE, 3), (180, 40, 40), np.uint8)
    darker = color_shifts(red, (red * 0.7).astype(np.uint8), IDS, [1])[1]
    turned = color_shifts(red, red[..., [0, 2, 1]] + np.uint8([0, 60, 0]), IDS, [1])[1]
    assert darker.delta_e00 < 6
    assert darker.hue_deg < 5
    assert turned.delta_e00 > 10
    assert turned.hue_deg > 20


def test_color_is_asked_of_the_categories_that_it_tells() -> None:
    render = made_render(np.where(IDS[..., None] > 0, DISC * [1, 0.3, 0.3], DISC).astype(np.uint8))
    bluer = render.rgb[..., ::-1].copy()
    assert "color_hue_deg" not in judge(render.rgb, bluer, render).measures
    verdict = judge(render.rgb, bluer, render, color_labels=frozenset(["apple"]))
    assert any("apple (#1) is told by its color" in reason for reason in verdict.reasons)


class Bright:
    """Calls everything brighter than 120 category 1."""

    def predict(self, rgb: U8) -> NDArray[np.integer]:
        return (rgb[..., 0] > 120).astype(np.uint16)


def made_render(rgb: U8, ids: U16 = IDS, semantic: bool = True) -> Render:
    buffers = GBuffers(semantic=(ids > 0).astype(np.uint16) if semantic else None)
    return Render("000000/0000", 0, "000000", rgb, ids, {1: "apple", 2: "apple"}, buffers)


def test_a_segmenter_is_asked_instance_by_instance() -> None:
    """Two discs of one category; the second one loses its right half to a darker color."""
    two = IDS + 2 * ids_of(disc(130, 30, 15))
    raw = np.maximum(DISC, drawn(disc(130, 30, 15)))
    refined = raw.copy()
    refined[10:50, 130:] = 100
    terms = {"limits": Limits(iou_loss=0.3), "segmenter": Bright()}
    measures = judge(raw, refined, made_render(raw, two), **terms).measures
    assert measures["iou_loss"] == pytest.approx(0.5, abs=0.07)
    assert measures["iou_loss_mean"] == pytest.approx(0.25, abs=0.04)
    verdict = judge(raw, refined, made_render(raw, two), **terms)
    assert any(reason.startswith("apple (#2) lost 0.") for reason in verdict.reasons)
    assert judge(raw, raw, made_render(raw, two), **terms).measures["iou_loss"] == 0


def test_a_segmenter_without_categories_is_refused() -> None:
    with pytest.raises(RefineError, match="semantic"):
        judge(DISC, DISC, made_render(DISC, semantic=False), segmenter=Bright())


@pytest.mark.parametrize(
    "picture", [DISC[:-1], DISC[..., 0], DISC.astype(np.float32)], ids=["size", "grey", "floats"]
)
def test_another_kind_of_picture_is_refused(picture: U8) -> None:
    with pytest.raises(RefineError, match="its labels are for 120 × 160 × 3 uint8"):
        judge(DISC, picture, made_render(DISC))


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 5), (20, 33)])
def test_any_size_is_judged(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    render = replace(made_render(rgb), ids=np.ones(size, np.uint16))
    render = replace(render, ids=render.ids * (np.arange(size[1]) > size[1] // 2).astype(np.uint16))
    assert judge(rgb, rgb, render).accepted

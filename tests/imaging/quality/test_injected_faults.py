"""Faults injected into drawn photographs of light, tan and dark skin are named; the good ones are not blamed."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_courses import draw

from pigtrack.bench import faults
from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.imaging.quality import LIMITS, check_photograph, grade
from pigtrack.imaging.scale import measure_scale
from pigtrack.model.quality import QualityVerdict
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
PX_PER_MM = 7.7


@pytest.fixture(scope="module", params=["light", "tan", "dark"])
def good(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults") / request.param
    course = draw(folder, seed=12, tone=request.param, sessions=1, megapixels=1.0)
    photograph = read_photograph(course.folder / "session-01.jpg")
    return photograph, find_card(photograph, CARD)


def judged(photograph):
    rows, columns = photograph.pixels.shape[:2]
    try:
        reading = find_card(photograph, CARD)
    except CardError:
        return {check.name: check for check in check_photograph(photograph, None, None, None)}
    scale = measure_scale(reading, 9.0, (columns / 2, rows / 2), image_shape=(rows, columns))
    return {check.name: check for check in check_photograph(photograph, reading, None, scale)}


def skin(good):
    return ~faults.card_mask(good[0].pixels, good[1])


def middle(good):
    return good[1].centres.mean(axis=0)


RNG = np.random.default_rng(4)
FAULTS = {
    "card_found": lambda codes, good: faults.cover_card(codes, good[1], share=1.0),
    "underexposure_l": lambda codes, good: faults.expose(codes, stops=-1.5),
    "uneven_light": lambda codes, good: faults.slope_light(codes, share=1.1, angle_deg=30),
    "mixed_light": lambda codes, good: faults.mix_lamps(codes, share=0.4, angle_deg=200),
    "card_shadow": lambda codes, good: faults.shade(codes, point=middle(good), angle_deg=50, depth=0.3, soft_px=9),
    "local_tone": lambda codes, good: faults.map_tones(codes, power=0.35, reach=0.04),
    "blur_mm": lambda codes, good: faults.blur(codes, sigma_px=0.25 * PX_PER_MM),
    "px_per_mm": lambda codes, good: faults.shrink(codes, share=0.6),
    "noise": lambda codes, good: faults.grain(codes, share=0.4, rng=RNG),
    "compression": lambda codes, good: faults.compress(codes, quality=25),
    "sharpening": lambda codes, good: faults.sharpen(codes, amount=2.5, sigma_px=2.0),
    "card_tilt_deg": lambda codes, good: faults.view_from(codes, tilt_deg=18, side_deg=40, nearer=0.9),
    "glare_share": lambda codes, good: faults.shine(
        codes, spots=8, radius_px=1.2 * PX_PER_MM, light=0.6, where=skin(good), rng=RNG
    ),
    "clipped_share": lambda codes, good: faults.shine(
        codes, spots=6, radius_px=4 * PX_PER_MM, light=4.0, where=skin(good), rng=RNG
    ),
    "hair_share": lambda codes, good: faults.hair(
        codes, count=120, thickness_px=0.9, length_px=12 * PX_PER_MM, where=skin(good), rng=RNG
    ),
    "card_blemishes": lambda codes, good: faults.soil(codes, good[1], patches=6, density=0.2, rng=RNG),
    "skin_share": lambda codes, good: faults.drape(codes, good[1], share=1.0),
}


def test_a_good_photograph_is_not_blamed(good):
    blamed = {name for name, check in judged(good[0]).items() if check.verdict is not QualityVerdict.PASS}
    assert blamed <= {"px_per_mm"}  # a megapixel is little


@pytest.mark.parametrize("name", FAULTS)
def test_an_injected_fault_is_named_with_its_remedy(good, name):
    check = judged(replace(good[0], pixels=FAULTS[name](good[0].pixels, good)))[name]
    assert check.verdict is not QualityVerdict.PASS, check.value
    assert check.remedy.endswith(".")
    assert check.limit in (LIMITS[name].warn, LIMITS[name].reject)


@pytest.mark.parametrize("name", ["card_shadow", "local_tone"])
def test_what_would_make_a_false_verdict_is_rejected(good, name):
    checks = judged(replace(good[0], pixels=FAULTS[name](good[0].pixels, good)))
    assert checks[name].verdict is QualityVerdict.REJECT
    assert grade(tuple(checks.values())) is QualityVerdict.REJECT


def test_the_remedy_names_the_side_and_the_size(good):
    uneven = judged(replace(good[0], pixels=faults.slope_light(good[0].pixels, share=1.0, angle_deg=180)))
    assert "left side of the skin is" in uneven["uneven_light"].remedy
    shaded = faults.shade(good[0].pixels, point=middle(good), angle_deg=0, depth=0.4, soft_px=9)
    assert "right side (" in judged(replace(good[0], pixels=shaded))["card_shadow"].remedy


def test_a_hand_that_moved_is_told_from_missed_focus(good):
    moved = faults.move(good[0].pixels, length_px=round(0.8 * PX_PER_MM), angle_deg=0)
    found = judged(replace(good[0], pixels=moved))
    assert "moved" in found["blur_px"].remedy
    assert found["blur_mm"].value > LIMITS["blur_mm"].warn
    soft = faults.blur(good[0].pixels, sigma_px=0.25 * PX_PER_MM)
    assert "Focus" in judged(replace(good[0], pixels=soft))["blur_px"].remedy


def test_a_global_tone_curve_is_no_local_one(good):
    curved = np.rint(255 * (good[0].pixels / 255) ** 0.7).astype(np.uint8)
    found = judged(replace(good[0], pixels=curved))
    assert found["local_tone"].verdict is QualityVerdict.PASS
    assert found["card_shadow"].verdict is QualityVerdict.PASS


def test_traces_in_file_and_size_are_counted_and_advised(good):
    facts = replace(good[0].capture, processing=("HDR", "edited with snap"))
    check = judged(replace(good[0], capture=facts))["processing_traces"]
    assert check.value == 2
    assert check.remedy.startswith("Turn HDR off.")
    screen = replace(
        good[0], pixels=np.resize(good[0].pixels, (1334, 750, 3)), capture=replace(good[0].capture, camera=None)
    )
    assert "size of a screen" in check_photograph(screen, None, None, None)[-1].remedy

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.colour import XYZ_TO_SRGB, encode_srgb
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.quality import LIMITS, check_photograph, flags_of, grade
from pigtrack.model.calibration import CardReading, ColourCalibration, SpatialCalibration, ToneCurve
from pigtrack.model.photograph import CaptureFacts, Encoding, Photograph
from pigtrack.model.quality import QualityVerdict
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
SKIN = {"light": (0.62, 0.42, 0.32), "tan": (0.33, 0.20, 0.13), "dark": (0.09, 0.05, 0.035)}
REGION = np.array([[10.0, 10.0], [389.0, 10.0], [389.0, 289.0], [10.0, 289.0]])
PLACE = np.array([[20.0, 0, 450.0], [0, 20.0, 150.0], [0, 0, 1]])


def photograph(linear=None, *, tone="light", **facts):
    if linear is None:
        linear = skin(tone)
    codes = np.rint(encode_srgb(linear) * 255).astype(np.uint8)
    return Photograph("x.png", codes, Encoding.SRGB, "0" * 64, CaptureFacts(**facts))


def skin(tone="light"):
    return np.full((300, 600, 3), SKIN[tone]) * np.random.default_rng(2).normal(1, 0.02, (300, 600, 1))


def reading(**changes):
    patches = 0.9 * np.clip(CARD.xyz @ XYZ_TO_SRGB.T, 0.001, 1)
    centres = apply_homography(PLACE, card_points(CARD))
    whole = CardReading(CARD, centres, PLACE, patches, 0.01 * patches, np.zeros(24, bool), 0.98, 0.05, 0.8)
    return replace(whole, **changes)


def calibration(loo=1.5):
    return ColourCalibration(
        "linear", ToneCurve(np.zeros((3, 5))), np.zeros(2), (0, 0), np.eye(3),
        np.full(24, loo), np.full(3, 0.01), 1.0, 0.02,
    )  # fmt: skip


SCALE = SpatialCalibration(0.06, 0.01, 2.0)


def judged(picture=None, card=None, colours=None, scale=SCALE, *, region=REGION):
    checks = check_photograph(
        photograph() if picture is None else picture, reading() if card is None else card,
        calibration() if colours is None else colours, scale, region=region,
    )  # fmt: skip
    return {check.name: check for check in checks}


@pytest.mark.parametrize("tone", SKIN)
def test_a_good_photograph_of_any_skin_passes_every_check(tone):
    checks = judged(photograph(tone=tone))
    assert {name for name, check in checks.items() if check.verdict is not QualityVerdict.PASS} == set()
    assert grade(tuple(checks.values())) is QualityVerdict.PASS
    assert {"card_shadow", "local_tone", "skin_share", "noise", "blur_mm"} <= set(checks) <= set(LIMITS)


def spoilt_skin(fault):
    picture = skin()
    x = np.linspace(-0.5, 0.5, 600)[None, :, None]
    if fault == "clipped_share":
        picture[50:150, 50:150] = 1.2
    if fault == "glare_share":
        picture[50:90, 50:120] = (0.95, 0.9, 0.87)
    if fault == "uneven_light":
        picture = picture * (1 + 0.9 * x)
    if fault == "mixed_light":
        picture = picture * (1 + np.array([0.4, 0, -0.4]) * x)
    return photograph(np.clip(picture, 0, 1))


@pytest.mark.parametrize("fault", ["clipped_share", "glare_share", "uneven_light", "mixed_light"])
def test_a_fault_on_the_skin_is_named_with_a_remedy(fault):
    check = judged(spoilt_skin(fault))[fault]
    assert check.verdict is not QualityVerdict.PASS
    assert check.remedy
    assert LIMITS[fault].flag in flags_of([check])


LOST = np.arange(24) < 8
FAULTS = {
    "card_patches_lost": {"card": reading(clipped=LOST)},
    "underexposure_l": {"card": reading(patches=reading().patches * 0.3)},
    "calibration_loo_mean": {"colours": calibration(6.0)},
    "calibration_loo_max": {"colours": calibration(30.0)},
    "blur_mm": {"card": reading(edge_blur_px=4.0)},
    "blur_px": {"card": reading(edge_blur_px=4.0), "scale": None},
    "px_per_mm": {"scale": SpatialCalibration(0.2, 0.01, 2.0)},
    "card_tilt_deg": {"scale": SpatialCalibration(0.06, 0.01, 17.0)},
    "processing_traces": {"picture": photograph(processing=("HDR",))},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_card_scale_or_file_is_named(fault):
    assert judged(**FAULTS[fault])[fault].verdict is not QualityVerdict.PASS


def test_far_worse_is_rejected_and_so_is_the_photograph():
    checks = judged(scale=SpatialCalibration(0.5, 0.01, 40.0))
    assert checks["px_per_mm"].verdict is QualityVerdict.REJECT
    assert grade(tuple(checks.values())) is QualityVerdict.REJECT


def test_without_a_card_the_photograph_is_rejected():
    checks = check_photograph(photograph(), None, None, None)
    assert checks[0].name == "card_found"
    assert grade(checks) is QualityVerdict.REJECT


def test_without_a_region_walls_and_towels_do_not_reject():
    picture = skin()
    picture[:, :200] = 1.5
    check = judged(photograph(np.clip(picture, 0, 1)), region=None)["clipped_share"]
    assert check.verdict is QualityVerdict.WARN


def test_a_brighter_lamp_changes_no_check_of_the_skin():
    dim, bright = (judged(photograph(skin() * gain)) for gain in (0.6, 1.0))
    for name in ("uneven_light", "mixed_light", "glare_share"):
        assert dim[name].value == pytest.approx(bright[name].value, abs=0.02)

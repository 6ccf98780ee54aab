"""Beside the baseline: each change of the skin moves its own check and no other; the view is measured in degrees."""

import numpy as np
import pytest

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.pigment import pigment_directions
from pigtrack.imaging.quality import LIMITS, beside, compare_photographs, judge, judge_capture, judge_drift
from pigtrack.imaging.register import identity_registration
from pigtrack.imaging.skin import TONES, linear_srgb, reflectance
from pigtrack.model.photograph import CaptureFacts, RegisteredImage, Registration, WorkingGrid
from pigtrack.model.quality import QualityVerdict
from pigtrack.store.reference_data import load_spectra

TABLES = load_spectra()
MM_PER_PX = 1 / 16
GRID = WorkingGrid((640, 960), (0.0, 0.0), 1.0, MM_PER_PX)
PASSING = {"overlap", "registration_mm", "same_place", "scale_against_baseline", "view_tilt_deg", "view_roll_deg"}


def drawn(tone="light", *, melanin=0.0, blood=1.0, gain=1.0, bruise=0.0, soften_px=0.0, noise_of=1):
    """Skin with mottling and relief, all its own; a blush, a tan or a bruise can be laid on."""
    own, rng = TONES[tone], np.random.default_rng(7)
    relief = opencv.blur(rng.standard_normal(GRID.shape, dtype=np.float32), 1.4)
    mottle = opencv.blur(rng.standard_normal(GRID.shape, dtype=np.float32), 6.0)
    relief, mottle = relief / relief.std(), mottle / mottle.std()
    y, x = np.mgrid[: GRID.shape[0], : GRID.shape[1]]
    stamp = bruise / (1 + np.exp((np.hypot(x - 480, y - 320) - 70) / 8))
    steps = np.linspace(0.5, 4.0, 60)
    states = reflectance(own, np.full(60, own.melanin + melanin), own.blood * steps, TABLES)
    colours = linear_srgb(states, TABLES)
    amount = blood + stamp + 0.05 * mottle
    linear = np.stack([np.interp(amount, steps, colours[:, k]) for k in range(3)], axis=-1) * gain
    linear = (linear * np.exp(0.02 * relief + 0.015 * mottle)[..., None]).astype(np.float32)
    if soften_px:
        linear = opencv.blur(linear, soften_px)
    noise = np.random.default_rng(noise_of).normal(1, 0.01, linear.shape)
    return RegisteredImage((linear * noise).astype(np.float32), np.ones(GRID.shape, bool), identity_registration(GRID))


def failed(tone, **changes):
    found = compare_photographs(
        drawn(tone), drawn(tone, noise_of=2, **changes), GRID, shape=GRID.shape, baseline_shape=GRID.shape
    )
    checks = judge(found)
    assert {check.name for check in checks} >= PASSING
    return {check.name for check in checks if check.verdict is not QualityVerdict.PASS}


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_the_same_skin_again_is_not_blamed(tone):
    assert failed(tone) == set()


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_more_light_on_the_skin_is_light_and_nothing_else(tone):
    assert failed(tone, gain=1.3) == {"skin_light"}
    assert failed(tone, gain=0.7) == {"skin_light"}


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_more_blood_is_redness_and_no_tan(tone):
    assert failed(tone, blood=1.5) == {"redness_ei"}


@pytest.mark.parametrize("tone", ["light", "tan"])
def test_more_melanin_is_a_tan_and_no_redness(tone):
    assert failed(tone, melanin=0.012) == {"tan_ita"}


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_a_pool_of_blood_is_a_bruise(tone):
    assert failed(tone, bruise=2.0) == {"bruise_share"}


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_soft_skin_beside_a_sharp_card_is_out_of_focus(tone):
    assert "skin_sharpness" in failed(tone, soften_px=3.0)


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_covered_texture_looks_like_make_up(tone):
    assert "skin_texture" in failed(tone, soften_px=7.0)


def test_the_directions_of_melanin_and_blood_follow_from_the_model():
    tones = [TONES[name] for name in ("dark", "brown", "tan", "intermediate", "light", "very-light")]
    for row, tone in enumerate(tones):
        skin = linear_srgb(reflectance(tone, np.array(tone.melanin), np.array(tone.blood), TABLES), TABLES)
        melanin, blood = pigment_directions(tone, TABLES)
        assert beside._REDS[row] == pytest.approx(skin[0], abs=0.001)
        np.testing.assert_allclose(beside._MELANIN[row], melanin, atol=0.002)
        np.testing.assert_allclose(beside._BLOOD[row], blood, atol=0.002)


def seen_from(*, tilt_deg=0.0, roll_deg=0.0, nearer=1.0):
    """Registration to a camera of 43 mm that stood elsewhere."""
    rows, columns = GRID.shape
    focal = float(np.hypot(rows, columns))
    camera = np.array([[focal, 0, (columns - 1) / 2], [0, focal, (rows - 1) / 2], [0, 0, 1]])
    tilt, roll = np.radians([tilt_deg, roll_deg])
    about_y = np.array([[np.cos(tilt), 0, np.sin(tilt)], [0, 1, 0], [-np.sin(tilt), 0, np.cos(tilt)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turned = about_z @ about_y
    plane = np.column_stack([turned[:, 0], turned[:, 1], [0, 0, 1 / nearer]])
    nodes = identity_registration(GRID).to_photograph
    return Registration(apply_homography(camera @ plane @ np.linalg.inv(camera), nodes), 16, nearer**2, 0.5, 1.0)


def view(registration):
    later = drawn()
    later = RegisteredImage(later.linear, later.valid, registration)
    return compare_photographs(drawn(), later, GRID, shape=GRID.shape, baseline_shape=GRID.shape)


def test_the_camera_s_tilt_and_roll_are_measured_in_degrees():
    found = view(seen_from(tilt_deg=14, roll_deg=-6, nearer=1.12))
    assert found["view_tilt_deg"].value == pytest.approx(14, abs=0.5)
    assert found["view_roll_deg"].value == pytest.approx(6, abs=0.5)
    assert found["scale_against_baseline"].value == pytest.approx(0.12, abs=0.01)
    assert "12 % nearer" in found["scale_against_baseline"].remedy
    assert "step back" in found["scale_against_baseline"].remedy


@pytest.mark.parametrize(("lies", "way"), [(12, "clockwise"), (-12, "anticlockwise")])
def test_skin_that_lies_clockwise_in_the_picture_has_the_camera_turned_clockwise(lies, way):
    # y grows downwards, so a positive angle is clockwise as seen; the camera follows the skin to see it upright again
    assert f"turn the camera {way} by as much" in view(seen_from(roll_deg=lies))["view_roll_deg"].remedy


def test_a_worn_patch_is_named():
    lab = np.tile([50.0, 10.0, 10.0], (24, 1))
    worn = lab.copy()
    worn[6] += [4.0, 0, 0]
    (check,) = judge(judge_drift(lab, worn, np.ones(24, bool)))
    assert check.verdict is QualityVerdict.WARN
    assert check.remedy.startswith("Patch 7 ")
    assert judge_drift(lab, worn, np.arange(24) < 4) == {}


def test_another_camera_and_another_flash_only_warn():
    first = CaptureFacts(camera="A", flash=False)
    checks = judge(judge_capture(first, CaptureFacts(camera="B", flash=True)))
    assert [(check.name, str(check.verdict)) for check in checks] == [("same_camera", "warn"), ("same_flash", "warn")]
    assert all(check.verdict is QualityVerdict.PASS for check in judge(judge_capture(first, CaptureFacts())))


def test_every_check_says_what_it_is_and_what_to_do():
    for name, limits in LIMITS.items():
        assert limits.meaning.endswith("."), name
        assert limits.usual_remedy.endswith("."), name

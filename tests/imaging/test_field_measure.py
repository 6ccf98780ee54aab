"""Load, area, contrast of a drawn field come out as they were drawn, faded or not, with and without a control."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_field import AREA_MM2, PATCHES, REGION, cells_of_course, faded, found, photograph, true_delta_mi
from drawn_skin import MM_PER_PX, SHAPE, Spot

from pigtrack.imaging import opencv
from pigtrack.imaging.field import draw_outline, read_field, to_measurement, weigh_readings
from pigtrack.model.flags import QualityFlag
from pigtrack.model.quantity import Unit

SKINS = ("light", "tan", "dark")


def readings_of(*images, **options):
    cells = cells_of_course(*images)
    field = found(cells, **options)
    return field, [read_field(each, field) for each in cells]


@pytest.mark.parametrize("tone", SKINS)
def test_load_and_area_are_those_drawn(tone):
    field, (reading,) = readings_of(photograph(tone, texture=0.5, slope=0.1))
    truth = true_delta_mi(tone)
    assert reading.mean == pytest.approx(truth[REGION].mean(), rel=0.08)
    smooth = opencv.blur(truth.astype(np.float32), 0.75 / MM_PER_PX)
    assert reading.area == pytest.approx((smooth[REGION] > field.level).sum() * MM_PER_PX**2, rel=0.05)


@pytest.mark.parametrize("tone", SKINS)
def test_a_pure_fade_lowers_load_and_contrast_by_its_share(tone):
    _, (before, after) = readings_of(photograph(tone), photograph(tone, faded(0.7), seed=1))
    assert after.mean / before.mean == pytest.approx(0.7, abs=0.04)
    assert after.contrast / before.contrast == pytest.approx(0.7, abs=0.04)
    assert after.area < before.area


@pytest.mark.parametrize("tone", SKINS)
def test_an_unchanged_field_under_another_slope_of_the_light_stays(tone):
    _, (before, after) = readings_of(photograph(tone, slope=0.1), photograph(tone, slope=-0.1, seed=1))
    assert after.mean == pytest.approx(before.mean, rel=0.08 if tone == "dark" else 0.05)
    assert after.area == pytest.approx(before.area, rel=0.04)
    assert after.contrast == pytest.approx(before.contrast, rel=0.04)


def test_noise_makes_no_load_and_no_area():
    field, (reading,) = readings_of(photograph("light", (), noise=0.03))
    assert abs(reading.mean) < 0.1
    assert reading.area < 0.01 * AREA_MM2
    spot = measurement(field, reading).spots[0]
    assert not spot.present
    assert spot.delta_mi is not None


def test_without_a_control_the_lightest_skin_of_the_region_is_the_reference():
    _, (with_control,) = readings_of(photograph())
    field, (without,) = readings_of(photograph(), control=None)
    assert field.control is None
    assert without.control_mi is None
    assert without.mean == pytest.approx(with_control.mean, rel=0.12)


def test_without_a_region_all_skin_but_the_control_is_one():
    field, _ = readings_of(photograph(), region=None)
    assert field.region[:, :60].all()
    assert not (field.region & field.control).any()


def test_a_freckle_on_the_control_is_no_clear_skin():
    cells = cells_of_course(photograph("light", (*PATCHES, Spot(41, 20, 2.0, 0.05, 0.5))))
    field = found(cells)
    assert not field.clear[38:42, 80:84].any()
    assert field.clear.sum() > 1000


def test_an_excluded_mole_has_no_part_in_anything():
    mole = Spot(24, 20, 1.5, 0.15, 0.4)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] * MM_PER_PX
    away = np.hypot(x - 24, y - 20) < 2.5
    _, (clean,) = readings_of(photograph(), exclude=away)
    _, (spoilt,) = readings_of(photograph("light", (*PATCHES, mole)), exclude=away)
    assert spoilt.mean == pytest.approx(clean.mean, rel=0.02)
    assert spoilt.area == pytest.approx(clean.area, rel=0.02)


def measurement(field, reading, mm_per_px=MM_PER_PX):
    return to_measurement(reading, field, baseline=reading, noise=0.05, frame_shape=SHAPE, mm_per_px=mm_per_px)


def test_a_field_is_one_lesion_with_uncertainties_and_units():
    field, (reading,) = readings_of(photograph())
    (spot,) = measurement(field, reading).spots
    assert spot.lesion_id == 1
    assert spot.present
    assert spot.area.unit is Unit.SQUARE_MILLIMETRE
    assert 0 < spot.load.u < 0.1 * spot.load.value
    assert spot.area_frozen == spot.area
    (unscaled,) = measurement(field, reading, None).spots
    assert unscaled.load.unit is Unit.PIGMENT_LOAD_PIXEL
    assert unscaled.area.value == pytest.approx(spot.area.value / MM_PER_PX**2, rel=0.01)


def test_a_background_far_from_clear_skin_is_known_less_well():
    field, (reading,) = readings_of(photograph())
    near = measurement(field, reading).spots[0].load
    only_control, (alone,) = readings_of(photograph(), exclude=REGION & (true_delta_mi() < 0.3))
    far = measurement(only_control, alone).spots[0].load
    assert far.u / only_control.region.sum() > 1.3 * near.u / field.region.sum()


def test_a_tan_and_a_blush_since_the_baseline_widen_what_is_said():
    field, (reading,) = readings_of(photograph())

    def relative_u(now):
        (spot,) = to_measurement(now, field, baseline=reading, noise=0.05, frame_shape=SHAPE, mm_per_px=MM_PER_PX).spots
        return spot.load.u / spot.load.value

    plain = relative_u(reading)
    assert relative_u(replace(reading, control_mi=reading.control_mi + 2)) > plain + 0.01
    assert relative_u(replace(reading, clear_ei=reading.clear_ei + 4)) > plain + 0.01


def test_half_of_the_region_out_of_sight_is_flagged_and_less_is_no_number():
    images = [photograph(), photograph(seed=1), photograph(seed=2)]
    images[1].valid[:200] = False
    images[2].valid[:400] = False
    field, readings = readings_of(*images)
    spots = [measurement(field, each).spots[0] for each in readings]
    assert QualityFlag.AT_EDGE in spots[1].flags
    assert spots[2].load is None
    assert QualityFlag.NOT_VISIBLE in spots[2].flags


def test_the_skins_own_unevenness_is_no_noise_of_a_session():
    _, readings = readings_of(photograph(noise=0.002), photograph(noise=0.002, seed=1))
    alone, pair = weigh_readings(readings[:1], baseline=0), weigh_readings(readings, baseline=0)
    assert max(pair) < 0.6 * alone[0]


def test_the_outline_is_drawn_on_the_frame():
    _, (reading,) = readings_of(photograph())
    outline = draw_outline(reading, SHAPE)
    assert outline.shape == SHAPE
    assert set(np.unique(outline)) == {0, 1}
    assert outline.sum() * MM_PER_PX**2 == pytest.approx(reading.area, rel=0.02)

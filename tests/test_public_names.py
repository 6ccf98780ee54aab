"""The Python names that are promised, as a user meets them."""

import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest
from drawn_courses import lay_out

import pigtrack
from pigtrack.imaging.colour import XYZ_TO_SRGB


def words(text: str) -> list[str]:
    return text.split()


SESSIONS = words("""
course_id session date days_from_baseline photos qc_status lesion_count area_total_mm2 area_total_mm2_u
area_fraction contrast_delta_mi contrast_delta_mi_u contrast_delta_e00 contrast_delta_e00_u pigment_load pigment_load_u
area_change_percent area_change_ci_low area_change_ci_high area_verdict contrast_change_percent contrast_change_ci_low
contrast_change_ci_high contrast_verdict load_change_percent load_change_ci_low load_change_ci_high load_verdict
verdict flags""")
LESIONS = words("""
course_id session lesion_id status x_px y_px x_mm y_mm area_mm2 area_mm2_u area_frozen_mm2 diameter_mm
delta_mi delta_mi_u delta_e00 delta_e00_u delta_l delta_ita l a b ring_l ring_a ring_b pigment_load pigment_load_u
area_change_percent area_change_ci_low area_change_ci_high area_verdict contrast_change_percent contrast_change_ci_low
contrast_change_ci_high contrast_verdict load_change_percent load_change_ci_low load_change_ci_high load_verdict
verdict flags""")


def test_importing_pigtrack_loads_nothing_heavy():
    code = "import sys, pigtrack; print(sorted({'numpy', 'cv2', 'pandas', 'scipy', 'typer'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_name_that_is_not_promised_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'melanin'"):
        _ = pigtrack.melanin
    assert {"load_card", "fit_colour_correction", "read_photograph", "measure_course"} < set(pigtrack.__all__)


@pytest.mark.parametrize("method", ["spectral-prior", "root-polynomial", "linear", "auto"])
def test_patches_that_are_right_already_stay_right(method):
    card = pigtrack.load_card("colorchecker-classic")
    srgb = card.xyz @ XYZ_TO_SRGB.T
    fit = pigtrack.fit_colour_correction(srgb, card, method=method)
    assert fit.loo_delta_e00.shape == (24,)
    skins = card.xyz[list(card.skin)]
    found = fit.apply(srgb[list(card.skin)].reshape(1, 2, 3))
    assert found.shape == (1, 2, 3)
    np.testing.assert_allclose(found[0], skins, atol=0.02)


def test_a_wrong_call_is_a_value_error():
    card = pigtrack.load_card("colorchecker-classic")
    with pytest.raises(ValueError, match=r"shape \(24, 3\)"):
        pigtrack.fit_colour_correction(card.xyz[:23], card)
    with pytest.raises(ValueError, match="method"):
        pigtrack.fit_colour_correction(card.xyz, card, method="guess")
    with pytest.raises(ValueError, match="spoilt"):
        pigtrack.fit_colour_correction(np.full((24, 3), np.nan), card)


def test_a_photograph_has_pixels_facts_and_a_digest(drawn):
    photo = pigtrack.read_photograph(drawn.folder / "session-01.jpg")
    assert (photo.pixels.dtype, photo.pixels.shape[2]) == (np.uint8, 3)
    assert photo.capture.camera is not None
    assert len(photo.sha256) == 64
    with pytest.raises(FrozenInstanceError):
        photo.name = "other"


def test_a_measured_course_has_the_promised_tables_in_the_promised_order_and_writes_nothing(drawn, tmp_path):
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)}], drawn.settings)
    result = pigtrack.measure_course(folder)
    for table, promised in ((result.sessions, SESSIONS), (result.lesions, LESIONS)):
        assert isinstance(table, pd.DataFrame)
        assert list(table.columns[: len(promised)]) == promised
    assert list(result.sessions["verdict"]) == ["baseline"]
    assert set(result.lesions["status"]) <= {"baseline", "below_limit"}
    assert sorted(path.name for path in folder.iterdir()) == ["a.jpg", "course.toml"]

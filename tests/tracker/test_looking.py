"""One photograph from its card to its pigment, by the promised name alone."""

from functools import cache

import numpy as np
import pytest
from drawn_courses import without_card
from PIL import Image

import pigtrack
from pigtrack.errors import CardError, PhotographError
from pigtrack.store.phantom_truth import load_labels, load_truth


@cache
def view_of(folder, region):
    return pigtrack.map_pigment(folder / "session-01.jpg", card_patch_pitch_mm=9.0, region=region)


@pytest.fixture
def view(drawn):
    return view_of(drawn.folder, drawn.course.region)


def masks_on(view, drawn):
    """The true masks where the maps lie."""
    truth = load_truth(drawn.folder)[0]
    mask = load_labels(drawn.folder / truth.photographs["session-01.jpg"].mask_name)
    rows, columns = view.melanin.shape
    across = np.rint(view.corner[0] + view.px_per_px * np.arange(columns)).astype(int)
    down = np.rint(view.corner[1] + view.px_per_px * np.arange(rows)).astype(int)
    return truth.lesions, mask[np.ix_(down, across)]


def test_spots_stand_out_of_the_melanin_map_by_what_is_true_of_them_and_the_redness_map_does_not_show_them(view, drawn):
    lesions, mask = masks_on(view, drawn)
    plain = (mask == 0) & np.isfinite(view.melanin)
    wide = [each for each in lesions if (mask == each.id).sum() > 400 and not each.control]
    assert len(wide) >= 3
    for each in wide:
        inside = mask == each.id
        height = np.nanmedian(view.melanin[inside]) - np.median(view.melanin[plain])
        assert height == pytest.approx(each.delta_mi, rel=0.12, abs=0.6)
        redder = np.nanmedian(view.redness[inside]) - np.median(view.redness[plain])
        assert abs(redder) < 2 * np.std(view.redness[plain])  # as plain skin is here or there


def test_the_maps_have_a_scale_a_place_and_nothing_on_the_card(view, drawn):
    truth = load_truth(drawn.folder)[0].photographs["session-01.jpg"]
    assert view.mm_per_px == pytest.approx(1 / np.sqrt(np.abs(np.linalg.det(truth.homography[:2, :2]))), rel=0.05)
    assert view.skin.shape == (*view.melanin.shape, 3)
    assert view.melanin.dtype == view.redness.dtype == np.float32
    whole = pigtrack.map_pigment(drawn.folder / "session-01.jpg")
    x, y = ((whole.card.centres[8] - whole.corner) / whole.px_per_px).astype(int)
    assert np.isnan(whole.melanin[y, x])


def test_a_photograph_without_a_card_is_refused_with_a_remedy(drawn, tmp_path):
    Image.fromarray(without_card(drawn, 1)).save(tmp_path / "none.png")
    with pytest.raises(CardError) as refused:
        pigtrack.map_pigment(tmp_path / "none.png")
    assert "none.png" in str(refused.value)
    with pytest.raises(PhotographError):
        pigtrack.map_pigment(tmp_path / "missing.jpg")

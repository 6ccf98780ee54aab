"""The fits on real photographs of cards: skin-like patches foretold from the others, frames of one camera alike."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pigtrack.imaging.calibrate import SPECTRAL_PRIOR, fit_patches
from pigtrack.imaging.calibrate.assumptions import places_of
from pigtrack.imaging.card import find_card
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.colours import know_colours

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
PHOTOS = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", BESIDE))
CARD = load_card("colorchecker-classic-2014")

pytestmark = pytest.mark.skipif(not PHOTOS.is_dir(), reason="no folder of real photographs (PIGTRACK_REAL_PHOTOS)")


def calibrated(name: str, *, without: tuple[int, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """L*a*b* of the patches of a card by a fit without some of them, and which are unspoilt."""
    reading = find_card(read_photograph(PHOTOS / name), CARD)
    kept = ~reading.clipped
    known = kept.copy()
    known[list(without)] = False
    fit = fit_patches(reading.patches, CARD, known, SPECTRAL_PRIOR, know_colours())
    fall = 1 + places_of(CARD) @ fit.light
    return xyz_to_lab(fit.apply(reading.patches) / fall[:, None]), kept


def test_skin_like_patches_are_foretold_from_the_others():
    """What others do is off by 4.4 on photographs like these; see benchmarks/real_cards_colour.py for all of them."""
    names = (
        "ccd_IMG_1971_corrected.png",
        "ccd_IMG_1967_raw.png",
        "plantcv_source1_img.png",
        "plantcv_xrite-passport.png",
    )
    errors = []
    for name in names:
        found, kept = calibrated(f"cards/{name}", without=CARD.skin)
        skin = [k for k in CARD.skin if kept[k]]
        errors.append(delta_e_2000(found[skin], xyz_to_lab(CARD.xyz[skin])).mean())
    assert np.mean(errors) < 3.0
    assert max(errors) < 4.0


def test_a_camera_that_did_not_move_sees_the_same_colours():
    frames = [calibrated(f"fixed_camera/tracer_{k}.jpg") for k in range(4)]
    kept = np.all([each[1] for each in frames], axis=0)
    pairs = [delta_e_2000(one[kept], other[kept]).mean() for (one, _), (other, _) in combinations(frames, 2)]
    assert np.mean(pairs) < 0.45

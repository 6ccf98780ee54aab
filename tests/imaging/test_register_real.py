"""One camera that never moved: between its photographs the true movement is none, while the stains in them grow."""

import os
from pathlib import Path

import numpy as np
import pytest

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decoding_table
from pigtrack.imaging.register import identity_registration, register_image
from pigtrack.model.photograph import CalibratedImage, Encoding, WorkingGrid
from pigtrack.store.photographs import read_photograph

CHECKOUT = Path(__file__).parents[2]
PHOTOS = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", CHECKOUT.parent / "shared" / "data")) / "fixed_camera"


def as_calibrated(path):
    pixels = read_photograph(path).pixels
    linear = opencv.look_up(pixels, decoding_table(Encoding.SRGB, 8))
    shape = linear.shape[:2]
    return CalibratedImage(linear, np.ones(shape, bool), WorkingGrid(shape, (0.0, 0.0), 1.0, None))


@pytest.mark.parametrize("later", ["tracer_1.jpg", "tracer_3.jpg"])
def test_a_camera_that_never_moved_is_found_not_to_have_moved(later):
    if not PHOTOS.is_dir():
        pytest.skip(f"no real photographs in {PHOTOS}")
    baseline = as_calibrated(PHOTOS / "tracer_0.jpg")
    registration = register_image(baseline, as_calibrated(PHOTOS / later))
    truth = identity_registration(baseline.grid).to_photograph
    inside = np.s_[2:-2, 2:-2]
    away = np.hypot(*np.moveaxis((registration.to_photograph - truth)[inside], -1, 0))
    assert np.median(away) < 0.3
    assert np.percentile(away, 95) < 1.0
    assert registration.error_px < 0.5

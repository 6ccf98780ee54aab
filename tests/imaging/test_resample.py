"""Frame and photograph are each other's inverse, whatever the pose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pigtrack.imaging.resample import frame_to_photograph, labels_in_photograph, photograph_to_frame
from pigtrack.model.photograph import Registration


def registration_of(angle_deg: float, zoom: float, bend_px: float = 0.0) -> Registration:
    j, i = np.mgrid[:20, :30] * 16.0
    turn = np.radians(angle_deg)
    x = zoom * (np.cos(turn) * i - np.sin(turn) * j) + 40 + bend_px * np.sin(j / 100)
    y = zoom * (np.sin(turn) * i + np.cos(turn) * j) + 30 + bend_px * np.cos(i / 80)
    return Registration(np.stack([x, y], axis=-1), 16, zoom**2, 0.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.floats(-40, 40), st.floats(0.7, 1.6), st.floats(-6, 6), st.integers(0, 1000))
def test_a_point_goes_to_the_photograph_and_comes_back(angle, zoom, bend, seed):
    registration = registration_of(angle, zoom, bend)
    points = np.random.default_rng(seed).uniform([0, 0], [460, 300], (50, 2))
    back = photograph_to_frame(frame_to_photograph(points, registration), registration)
    assert np.abs(back - points).max() < 0.05


@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.7])
def test_a_disc_keeps_its_place_and_its_area_times_the_zoom(zoom):
    rows, columns = np.mgrid[:300, :460]
    labels = (((columns - 200) ** 2 + (rows - 150) ** 2) < 40**2).astype(np.int32) * 7
    registration = registration_of(0, zoom)
    carried = labels_in_photograph(labels, registration, (600, 900))
    assert set(np.unique(carried)) == {0, 7}
    assert (carried == 7).sum() == pytest.approx(np.pi * 40**2 * zoom**2, rel=0.01)
    y, x = np.argwhere(carried == 7).mean(axis=0)
    expected = frame_to_photograph(np.array([[200.0, 150.0]]), registration)[0]
    assert np.hypot(*(expected - (x, y))) < 0.3

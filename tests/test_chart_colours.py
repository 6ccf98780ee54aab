"""Colours of the charts: enough contrast for marks and letters, and told apart by every eye."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from pigtrack.charts.style import (
    BLUE,
    GREY,
    INK,
    LEFT_OUT,
    MARKS,
    PALE,
    PURPLE,
    STRETCHES,
    VERMILION,
)
from pigtrack.imaging.colour import delta_e_2000, srgb_to_lab
from pigtrack.model.metrics import Verdict

VISIONS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes (2009), severity 1.0, on linear R, G, B; doi:10.1109/TVCG.2009.113."""


def linear(colour):
    encoded = np.array(to_rgb(colour))
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(first, second="white"):
    """Contrast ratio of WCAG 2.2."""
    bright, dark = sorted((linear(each) @ (0.2126, 0.7152, 0.0722) for each in (first, second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", ["white", PALE])
@pytest.mark.parametrize("colour", [BLUE, VERMILION, INK, GREY, PURPLE])
def test_marks_stand_out_from_paper_and_band(colour, ground):
    assert contrast(colour, ground) >= 3.0


@pytest.mark.parametrize("ground", ["white", *STRETCHES])
def test_letters_can_be_read(ground):
    assert contrast(INK, ground) >= 4.5


def test_quiet_and_purple_letters_can_be_read_on_paper():
    assert contrast(GREY) >= 4.5
    assert contrast(PURPLE) >= 4.5


@pytest.mark.parametrize("vision", VISIONS)
def test_verdicts_are_told_apart_by_every_eye(vision):
    judged = {MARKS[verdict].colour for verdict in (Verdict.IMPROVED, Verdict.WORSENED, Verdict.NO_DETECTABLE_CHANGE)}
    seen = [np.clip(np.array(VISIONS[vision]) @ linear(colour), 0, 1) for colour in sorted(judged)]
    labs = [srgb_to_lab(each) for each in seen]
    assert min(float(delta_e_2000(*pair)) for pair in combinations(labs, 2)) >= 15


def test_verdicts_are_told_apart_without_any_colour():
    marks = [*MARKS.values(), LEFT_OUT]
    assert len({(mark.marker, mark.filled) for mark in marks}) == len(marks)


def test_stretches_of_what_is_expected_grow_darker():
    greys = [contrast(colour) for colour in STRETCHES]
    assert greys == sorted(greys)
    assert greys[0] > 1.1

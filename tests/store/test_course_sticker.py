"""scale_sticker_mm in course.toml."""

import pytest

from pigtrack.imaging.scale.stickerface import SIDES_MM
from pigtrack.store import course_file
from pigtrack.store.course_file import about

TEXT = '[course]\nscale_sticker_mm = {}\n[[session]]\ndate = 2026-01-11\nphotos = ["a.jpg"]\n'


@pytest.mark.parametrize("side", [10.0, 9.7, 20, 20.6])
def test_the_measured_side_of_a_printed_sticker_is_taken(side):
    course, faults = course_file.parse_course(TEXT.format(side), "c")
    assert not faults.said()
    assert course.scale_sticker_mm == side


@pytest.mark.parametrize("side", ["15.0", "0", "-10", '"10"', "true", "nan", "[10.0]"])
def test_what_no_sticker_can_be_is_refused_with_its_line(side):
    _, faults = course_file.parse_course(TEXT.format(side), "c")
    assert faults.said() == [
        "line 2: scale_sticker_mm must be the measured side of a printed sticker of about 10 or 20 mm."
    ]


def test_without_the_key_none_is_looked_for():
    course, _ = course_file.parse_course(TEXT.replace("scale_sticker_mm = {}\n", ""), "c")
    assert course.scale_sticker_mm is None


def test_file_and_sheet_know_the_same_sizes():
    assert about.STICKERS_MM == SIDES_MM

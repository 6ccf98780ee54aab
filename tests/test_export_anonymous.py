"""Days instead of dates: nothing that is left of a course tells a day, a name of a file, or what was noted."""

import pickle
from dataclasses import fields, is_dataclass, replace
from datetime import date

import numpy as np
import pytest
from record_stories import with_exclusion
from test_privacy import telling

from pigtrack.errors import ExportError
from pigtrack.export.anonymous import with_offsets

SECRETS = ("2026-0", "2026:0", "2026-1", "anna", "going to sea", "asked twice")


def all_of(told):
    """Every text, number and day inside a record, whatever it is made of."""
    if is_dataclass(told):
        for each in fields(told):
            yield from all_of(getattr(told, each.name))
    elif isinstance(told, dict):
        yield from all_of([*told.keys(), *told.values()])
    elif isinstance(told, list | tuple | set | frozenset):
        for each in told:
            yield from all_of(each)
    elif not callable(told):
        yield told


def test_the_story_tells_what_must_go(sample):
    said = " ".join(map(str, all_of(sample)))
    assert all(secret in said for secret in SECRETS if secret != "2026:0")


def test_no_day_name_or_note_is_left_anywhere(sample):
    left = list(all_of(with_offsets(sample)))
    assert not [each for each in left if isinstance(each, date)]
    said = " ".join(map(str, left))
    for secret in SECRETS:
        assert secret not in said


def test_a_correction_keeps_what_it_does_and_loses_its_reason(sample):
    told = with_exclusion(sample, 3, "a mole, seen in March at anna's")
    (correction,) = with_offsets(told).course.corrections
    assert (correction.at, correction.kind) == (told.course.corrections[0].at, "exclude")
    assert "March" not in " ".join(map(str, all_of(with_offsets(told))))


def test_days_numbers_and_verdicts_stay(sample):
    left = with_offsets(sample)
    assert [row["days_from_baseline"] for row in left.sessions] == ["0", "14", "28"]
    assert left.lesions == sample.lesions
    assert [row["load_verdict"] for row in left.sessions] == [row["load_verdict"] for row in sample.sessions]
    assert left.course.sessions[0].treatments[0].product == "F-RADIANCE"
    assert left.course.sessions[0].treatments[0].patch_test.result == "negative"


def test_the_course_it_was_made_of_is_as_it_was(sample):
    before = pickle.dumps([sample.course, sample.sessions, sample.photos])
    with_offsets(sample)
    assert pickle.dumps([sample.course, sample.sessions, sample.photos]) == before


def test_a_photograph_its_label_image_and_its_row_have_one_new_name(sample):
    left = with_offsets(sample)
    names = [each.name for each in left.photographs]
    assert names == ["session-1-photo-1.jpg", "session-2-photo-1.jpg", "session-3-photo-1.jpg"]
    assert names == [row["photo"] for row in left.photos]
    assert names == [name for session in left.course.sessions for name in session.photos]
    for old, new in zip(sample.photographs, left.photographs, strict=True):
        assert np.array_equal(left.labels(new.name), sample.labels(old.name))
    assert left.labels(sample.photographs[0].name) is None


def test_an_original_is_read_without_what_its_file_told(sample):
    told = telling(sample.photographs[0].read())
    course = replace(sample, photographs=(replace(sample.photographs[0], read=lambda: told),))
    data = with_offsets(course).photographs[0].read()
    assert b"SECRET" in told
    assert b"SECRET" not in data
    assert b"2026" not in data


def test_an_original_that_can_not_be_cleaned_is_refused_by_its_new_name(sample):
    course = replace(sample, photographs=(replace(sample.photographs[0], read=lambda: b"\0\0\0\x18ftypheic"),))
    with pytest.raises(ExportError, match=r"session-1-photo-1\.jpg is neither") as told:
        with_offsets(course).photographs[0].read()
    assert "anna" not in str(told.value)


def test_a_refusal_keeps_its_sense_without_name_and_day(sample):
    said = "anna-2026-01-11.jpg was taken on 2026-03-04 09:10:11, too dark. Retake visit-2/anna.jpg."
    photos = ({**sample.photos[0], "refusal": said}, *sample.photos[1:])
    left = with_offsets(replace(sample, photos=photos)).photos[0]["refusal"]
    assert left == "session-1-photo-1.jpg was taken on (a day), too dark. Retake session-2-photo-1.jpg."

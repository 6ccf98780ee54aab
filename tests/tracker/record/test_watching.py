"""How far shots of one session scatter, as the record tells it month by month."""

from dataclasses import replace
from datetime import date

import pytest
from drawn_records import ANNA, drawn_course, drawn_measurement, keep_at_once

from pigtrack.model.course import Session
from pigtrack.model.repeatability import ShotValues
from pigtrack.store.record.courses import KeptOriginal, add_course, find_course
from pigtrack.store.record.measurements import add_measurement
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.subjects import add_subject
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.watching import watch_clinic

AREAS = (100.0, 102.0, 98.0)


def visit(number, day, photos=3):
    return Session(number, day, tuple(f"{number}-{shot}.png" for shot in range(photos)))


def add(record, number, *visits, shots, rejected=()):
    """Add a measured course with these visits; ``shots``: what is kept of its photographs."""
    course = replace(drawn_course(number), sessions=visits)
    keep = keep_at_once(record)
    names = [name for each in visits for name in each.photos]
    kept = {name: KeptOriginal(name.zfill(64), keep(name.encode()), 1, "image/png") for name in names}
    measured = drawn_measurement(course, lesions=1)
    photos = measured.photos.splitlines()
    header = photos[0].split(",")
    place = header.index("qc_status")
    for at, name in enumerate(names, start=1):
        cells = photos[at].split(",")
        cells[place] = "reject" if name in rejected else "pass"
        photos[at] = ",".join(cells)
    with record.writing(ANNA) as unit:
        subject = add_subject(unit, course.subject)
        add_course(unit, course, subject=subject, originals=kept, files={})
        new = replace(measured, photos="\n".join([*photos, ""]), shots=shots)
        add_measurement(unit, find_course(unit.connection, course.id), new)


def shots_of(session, areas=AREAS, *, reseated=True):
    return tuple(
        ShotValues(session, shot, reseated, 4, area, 0, None, 4, 2 * area) for shot, area in enumerate(areas, start=1)
    )


@pytest.fixture
def record(tmp_path):
    create_record(tmp_path / "data", clock=now)
    with open_record(tmp_path / "data", clock=now) as opened:
        yield opened


def rows(record, **wanted):
    found = watch_clinic(data=record, by="anna")["repeats"]
    return [row for row in found if wanted.items() <= row.items()]


def test_a_month_of_five_sessions_tells_its_scatter_and_one_of_four_how_many_there_were(record):
    for number in range(1, 6):
        visits = [visit(1, date(2026, 3, number)), *([visit(2, date(2026, 4, number))] if number < 5 else [])]
        add(record, number, *visits, shots=shots_of(1) + (shots_of(2) if number < 5 else ()))
    march, april, every = rows(record, kind="reseated", endpoint="area")
    assert (march["month"], march["n"], march["photographs"]) == ("2026-03", 5, 15)
    assert march["median"] == pytest.approx(2.0, abs=0.01), "percent, of 98, 100 and 102"
    assert march["low"] < march["median"] < march["high"]
    assert april == {
        **{"kind": "reseated", "endpoint": "area", "month": "2026-04", "n": 4, "photographs": 12},
        **{"median": None, "low": None, "high": None},
    }
    assert (every["month"], every["n"]) == ("all", 9)
    assert every["high"] - every["low"] < march["high"] - march["low"]
    assert rows(record, endpoint="contrast") == [], "none was kept"


def test_shots_of_one_setting_up_are_not_mixed_with_reseated_ones(record):
    for number in range(1, 11):
        wide = shots_of(1) if number < 6 else shots_of(1, (100.0, 101.0, 99.0), reseated=False)
        add(record, number, visit(1, date(2026, 3, 1)), shots=wide)
    (reseated,) = rows(record, kind="reseated", endpoint="load", month="all")
    (shots,) = rows(record, kind="shots", endpoint="load", month="all")
    assert reseated["median"] == pytest.approx(2 * shots["median"], rel=0.01)
    assert reseated["n"] == shots["n"] == 5


def test_sessions_whose_shots_were_not_kept_are_counted_and_single_usable_ones_are_none(record):
    add(record, 1, visit(1, date(2026, 3, 1)), visit(2, date(2026, 3, 9), photos=1), shots=())
    add(record, 2, visit(1, date(2026, 3, 1)), shots=(), rejected=("1-0.png", "1-1.png"))
    assert watch_clinic(data=record, by="anna")["unkept"] == 1
    assert rows(record) == []

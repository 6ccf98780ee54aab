"""Measuring again: every course once for its input and versions, whoever fails, changes or shares the work."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import cheap_courses
import pytest
from cheap_courses import WHO, add_cheap_course, fill
from sqlalchemy import func, select
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.errors import RecordError
from pigtrack.store.record.jobs import (
    LEASE_S,
    Batch,
    Claimant,
    claim,
    count_jobs,
    enlist,
    lease_end,
    read_failed,
    this_host,
)
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import courses, jobs, measurements, session_rows, sessions, trail
from pigtrack.store.record.trail import check_chain, read_entries
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.measuring import measure_known
from pigtrack.tracker.record.reprocessing import reprocess
from pigtrack.tracker.record.reprocessing_compare import compare_versions
from pigtrack.tracker.record.reprocessing_hands import look_from_worker


@pytest.fixture(autouse=True)
def _own_scratch(tmp_path, monkeypatch):
    """Temporary folders of these tests are apart from everybody's, so that what is left behind shows."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))


@pytest.fixture
def data(tmp_path):
    return fill(tmp_path / "data", 3)


def again(data, method="QUICK", **more):
    told = []
    outcome = reprocess(data=data, tell=told.append, method=f"cheap_courses:{method}", **more)
    return outcome, told


def rows(data, query):
    with open_record(data, clock=now) as record, record.reading() as connection:
        return connection.execute(query).mappings().all()


def versions_by_course(data):
    found = rows(
        data,
        select(courses.c.label, func.count().label("count"))
        .join(measurements, measurements.c.course_id == courses.c.id)
        .group_by(courses.c.label),
    )
    return {row["label"]: row["count"] for row in found}


def is_whole(data):
    with open_record(data, clock=now) as record, record.reading() as connection:
        return list(check_chain(read_entries(connection))) == []


def test_every_course_is_measured_once_and_a_second_run_finds_nothing_to_do(data, tmp_path):
    outcome, told = again(data)
    assert (outcome.measured, outcome.counts.done, outcome.counts.open, told) == (3, 3, 0, [])
    entries = len(rows(data, select(trail)))
    outcome, _ = again(data)
    assert outcome.measured == 0
    assert versions_by_course(data) == {"C-00001": 1, "C-00002": 1, "C-00003": 1}
    assert len(rows(data, select(trail))) == entries + 1  # that somebody asked
    assert is_whole(data)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_newer_version_adds_beside_the_earlier_one_and_the_course_stands_at_it(data):
    again(data)
    outcome, _ = again(data, "NEWER")
    assert outcome.measured == 3
    found = rows(
        data, select(session_rows.c.area_total_mm2, measurements.c.number, measurements.c.id).join(measurements)
    )
    assert {row["number"] for row in found} == {1, 2}
    stands = {row["measurement_id"] for row in rows(data, select(courses.c.measurement_id))}
    assert {row["id"] for row in found if row["number"] == 2} == stands


def test_going_back_to_earlier_versions_measures_nothing_and_the_course_stands_at_its_earlier_numbers(data):
    again(data)
    again(data, "NEWER")
    outcome, _ = again(data)
    assert outcome.measured == 0
    stands = {row["measurement_id"] for row in rows(data, select(courses.c.measurement_id))}
    assert stands == {row["id"] for row in rows(data, select(measurements).where(measurements.c.number == 1))}


def test_a_course_that_can_t_be_measured_is_told_of_and_the_rest_goes_on(data):
    outcome, told = again(data, "REFUSING")
    assert (outcome.measured, outcome.counts.failed) == (2, 1)
    assert told == ["Course C-00002 can't be measured: No session is usable. Take the photographs anew."]
    fault = rows(data, select(jobs.c.fault).where(jobs.c.state == "failed"))[0]["fault"]
    assert "session" not in fault
    again_outcome, again_told = again(data, "REFUSING")
    assert (again_outcome.measured, again_told) == (0, told)


def test_only_the_named_courses_are_measured(data):
    outcome, _ = again(data, labels=["C-00003", "C-00003"])
    assert outcome.counts.total == 1
    assert versions_by_course(data) == {"C-00003": 1}
    with pytest.raises(RecordError, match="knows no course"):
        again(data, labels=["C-00003", "C-9"])


def test_a_course_that_was_changed_since_is_looked_at_again_and_the_others_are_not(data):
    again(data)
    with open_record(data, clock=now) as record, record.writing(WHO) as unit:
        row = unit.connection.execute(select(sessions, courses.c.subject_id).join(courses)).mappings().first()
        words = 'date = 2026-01-16\nskin_state = "tanned"\n'
        unit.change(sessions, row["id"], {}, content=words, subject=row["subject_id"], course=row["course_id"])
    outcome, _ = again(data)
    assert outcome.measured == 1
    assert sorted(versions_by_course(data).values()) == [1, 1, 2]


def test_a_view_of_a_course_is_no_change(data):
    again(data)
    with open_record(data, clock=now) as record, record.writing(WHO) as unit:
        row = unit.connection.execute(select(courses)).mappings().first()
        unit.note("view", "courses", row["id"], subject=row["subject_id"], course=row["id"])
        enlist(unit, batch_of("QUICK"))
        assert count_jobs(unit.connection, batch_of("QUICK")).open == 0


def batch_of(method, only=None):
    chosen = getattr(cheap_courses, method)
    return Batch(chosen.versions_digest, chosen.settings_digest, only)


def test_a_course_changed_while_it_is_measured_gets_no_numbers_of_what_it_was(data):
    with open_record(data, clock=now) as record:
        with record.reading() as connection:
            row = connection.execute(select(courses)).mappings().first()
        seen = []

        def changing(folder, *, workers=1, progress=None):
            if not seen:
                with record.writing(WHO) as unit:
                    visit = unit.connection.execute(
                        select(sessions).where(sessions.c.course_id == row["id"]).order_by(sessions.c.number)
                    )
                    unit.change(
                        sessions,
                        visit.mappings().first()["id"],
                        {},
                        content='date = 2026-01-15\nskin_state = "tanned"\n',
                        subject=row["subject_id"],
                        course=row["id"],
                    )
            seen.append((folder / "course.toml").read_text(encoding="utf-8"))
            return cheap_courses.numbers_of(folder)

        measure_known(record, row["id"], actor=WHO, method=replace(cheap_courses.QUICK, measure=changing))
    assert ["tanned" in text for text in seen] == [False, True]
    assert len(rows(data, select(measurements))) == 1


def test_what_others_are_at_is_passed_over_until_they_are_dead_or_silent(data, tmp_path):
    from pigtrack.store.leftovers import temporary_folder

    batch = batch_of("QUICK")
    with open_record(data, clock=now) as record:
        with record.writing(WHO) as unit:
            enlist(unit, batch)
            course = unit.connection.execute(select(jobs.c.course_id)).scalars().first()

        def taken(host, folder, at=now):
            with record.writing(WHO) as unit:
                return claim(unit, batch, course, Claimant(host, folder), lease_ends=lease_end(at()))

        with temporary_folder("pigtrack-", tmp_path) as first:
            assert taken(this_host(), first)
            assert not taken(this_host(), tmp_path / "second")
        assert taken("elsewhere", Path("/nowhere"))  # the first is gone
        assert not taken(this_host(), tmp_path / "second")  # nobody here knows of elsewhere
        late = lease_end(now())
        with record.writing(WHO) as unit:
            unit.connection.execute(jobs.update().where(jobs.c.course_id == course).values(taken_at=lease_end(late)))
        assert taken(this_host(), tmp_path / "second")


def test_a_lease_ends_some_minutes_ago():
    assert LEASE_S == 300
    assert lease_end("2026-01-11T12:00:00.500000Z") == "2026-01-11T11:55:00.500000Z"


def test_a_course_at_which_its_worker_died_thrice_is_given_up(data):
    batch = batch_of("QUICK")
    with open_record(data, clock=now) as record, record.writing(WHO) as unit:
        enlist(unit, batch)
        course = unit.connection.execute(select(jobs.c.course_id)).scalars().first()
        dead = Claimant(this_host(), Path("/nowhere"))
        tried = [claim(unit, batch, course, dead, lease_ends=lease_end(now())) for _ in range(4)]
        assert tried == [True, True, True, False]
        assert ["ended from outside" in fault for _, fault in read_failed(unit.connection, batch)] == [True]
    outcome, _ = again(data)
    assert outcome.counts.done == 3  # a new run begins to count anew


def test_an_erased_patient_s_course_is_no_job(data):
    from pigtrack.store.record.tables import subject_keys

    with open_record(data, clock=now) as record, record.writing(WHO) as unit:
        subject = unit.connection.execute(select(courses.c.subject_id).where(courses.c.label == "C-00002")).scalar()
        unit.connection.execute(subject_keys.delete().where(subject_keys.c.subject_id == subject))
    outcome, _ = again(data)
    assert (outcome.measured, outcome.counts.total) == (2, 2)


def test_progress_counts_courses(data):
    seen = []
    again(data, progress=lambda done, total, what: seen.append((done, total)))
    assert seen[0] == (0, 3)
    assert seen[-1] == (3, 3)


def test_the_command_wants_courses_or_all_and_says_what_became_of_them(data):
    run = CliRunner().invoke
    assert run(app, ["reprocess", "--data", str(data)]).exit_code == 2
    assert run(app, ["reprocess", "C-00001", "--all", "--data", str(data)]).exit_code == 2
    assert run(app, ["reprocess", "--all", "--workers", "2", "--dask", "tcp://127.0.0.1:9"]).exit_code == 2
    outcome = run(app, ["reprocess", "C-00001", "--data", str(data)])  # no picture at all, for pigtrack's own eyes
    assert outcome.exit_code == 1
    assert "Course C-00001 can't be measured" in outcome.stdout
    assert "0 measured, 1 can't be measured, 0 left." in outcome.stdout


def test_a_worker_of_another_version_or_another_record_is_refused(data, tmp_path):
    from pigtrack.store.record.trail import Head
    from pigtrack.tracker.record.reprocessing_worker import opened_for
    from pigtrack.tracker.record.runs import Run

    with open_record(data, clock=now) as record, record.reading() as connection:
        last = connection.execute(select(trail).order_by(trail.c.seq.desc())).mappings().first()
        uid = record.uid
    head = Head(last["seq"], last["hash"])
    run = Run(str(data), this_host(), uid, head, "cheap_courses:QUICK", batch_of("QUICK").name, WHO)
    with opened_for(run) as record:
        assert record.uid == uid
    other = fill(tmp_path / "other", 1)
    for wrong, told in (
        (replace(run, pigtrack="0.0"), "Install the same pigtrack"),
        (replace(run, method="cheap_courses:NEWER"), "other versions"),
        (replace(run, host="elsewhere"), "can't share a record in SQLite"),
        (replace(run, data=str(other)), "another record, or a copy"),
        (replace(run, data=str(tmp_path / "none")), "holds no record"),
        (replace(run, begun=Head(head.seq, "0" * 64)), "another record, or a copy"),
    ):
        with pytest.raises(RecordError, match=told), opened_for(wrong):
            pass
        assert re.search(told, str(look_from_worker(wrong)))
    assert look_from_worker(run) is None
    (data / "originals").rename(data / "elsewhere")
    assert "finds the record, but not its originals" in str(look_from_worker(run))


def test_a_course_more_is_found_by_the_next_run(data):
    again(data)
    with open_record(data, clock=now) as record:
        add_cheap_course(record, "C-00009")
    outcome, _ = again(data)
    assert outcome.measured == 1


def test_numbers_that_moved_are_told_with_the_versions_they_are_of(data):
    again(data)
    outcome, told = again(data, "NEWER")
    assert len(told) == 3
    assert told[0].endswith(": measurement 2 beside 1 (cheap 1 to 2): load moved by up to 10 %.")
    assert outcome.told.endswith("Beside the version before, 3 moved and 0 have the same numbers.")


def test_two_versions_with_the_same_numbers_are_counted_only(data):
    again(data)
    outcome, told = again(data, "SLOW")
    assert (outcome.moved, outcome.same, told) == (0, 3, [])


def test_two_measurements_of_a_course_are_laid_side_by_side_by_their_numbers(data):
    again(data)
    again(data, "NEWER")
    compared = compare_versions(label="C-00001", old=1, new=2, data=data)
    assert compared.moved == pytest.approx(0.1, rel=0.001)
    assert (compared.old.number, compared.new.number, compared.verdicts, compared.is_same) == (1, 2, 0, False)
    same = compare_versions(label="C-00001", old=2, new=2, data=data)
    assert same.told == "Course C-00001: measurement 2 beside 2 (the same versions): the same load and verdicts."
    assert rows(data, select(trail.c.action).order_by(trail.c.seq.desc()))[0]["action"] == "view"
    with pytest.raises(RecordError, match="has no measurement 3"):
        compare_versions(label="C-00001", old=1, new=3, data=data)


def test_verdicts_that_changed_and_sessions_that_appeared_are_counted(data):
    again(data)
    with open_record(data, clock=now) as record:
        with record.reading() as connection:
            row = connection.execute(select(courses).where(courses.c.label == "C-00001")).mappings().one()

        def other(folder, *, workers=1, progress=None):
            told = cheap_courses.numbers_of(folder)
            first, second, third = told.sessions.splitlines()
            cells = third.split(",")
            cells[6:9] = ["", "", "not_measurable"]
            return replace(told, sessions="\n".join([first, second, ",".join(cells), ""]))

        measure_known(record, row["id"], actor=WHO, method=replace(cheap_courses.NEWER, measure=other))
    compared = compare_versions(label="C-00001", old=1, new=2, data=data)
    assert (compared.moved, compared.appeared, compared.verdicts) == (0.0, 1, 1)
    assert compared.told.endswith(": 1 session with it in one of them only, 1 verdict changed.")


def test_the_command_compares_what_stands_with_what_was_before(data):
    again(data)
    again(data, "NEWER")
    outcome = CliRunner().invoke(app, ["reprocess", "--all", "--compare", "--data", str(data)])
    assert outcome.exit_code == 0
    assert len(outcome.stdout.splitlines()) == 3
    assert "measurement 2 beside 1 (cheap 1 to 2)" in outcome.stdout


def test_where_there_is_nothing_to_compare_the_command_says_so(data):
    again(data)
    outcome = CliRunner().invoke(app, ["reprocess", "--all", "--compare", "--data", str(data)])
    assert (outcome.exit_code, outcome.stdout.count("\n")) == (0, 1)
    assert outcome.stdout.startswith("Nothing to compare:")

"""A recorded course is corrected by hand: each correction kept and told of, the automatic result beside it."""

import json
import re

import numpy as np
import pytest
from drawn_courses import lay_out
from kept_records import copied
from sqlalchemy import select
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.errors import RecordError
from pigtrack.model.correction import CorrectionKind
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.tables import corrections, reviews
from pigtrack.store.record.trail import check_chain, read_entries
from pigtrack.tracker.record.correcting import (
    ToldCorrection,
    correct,
    list_corrections,
    place_of,
    tell_listed,
    withdraw,
)
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.importing import import_courses
from pigtrack.tracker.record.reviewing import end_review, open_review

KIND = CorrectionKind
MOLE = ToldCorrection(KIND.EXCLUDE, "Muttermal", lesions=(2,))


@pytest.fixture(scope="module")
def label():
    return "two visits"


@pytest.fixture(scope="module")
def measured(drawn, label, tmp_path_factory):
    folder, place = tmp_path_factory.mktemp("corrected") / label, tmp_path_factory.mktemp("corrected") / "data"
    visits = [{f"{number}.jpg": drawn.bytes_of(number)} for number in (1, 2)]
    import_courses(folders=[lay_out(folder, visits, {"subject": "P-0007", **drawn.settings})], data=place, by="staff-1")
    return place


@pytest.fixture
def data(measured, tmp_path):
    return copied(measured, tmp_path / "data")


@pytest.fixture(scope="module")
def handled(measured, label, tmp_path_factory):
    """A mole left out, a mistaken point, and the mole taken in again."""
    place = copied(measured, tmp_path_factory.mktemp("handled") / "data")
    first = correct(label=label, told=MOLE, data=place, by="staff-2")
    stray = correct(label=label, told=ToldCorrection(KIND.EXCLUDE, "none", at=("2,2",)), data=place, measure=False)
    back = withdraw(label=label, number=1, reason="it is none", data=place, by="staff-3")
    return place, first, stray, back


def course_of(data, label, measurement=None):
    with opened(data) as record, record.reading() as connection:
        recorded = read_course(record, connection, need_course(connection, label))
        rows = connection.execute(select(corrections)).mappings().all()
    return recorded, rows


def entries_of(data):
    with opened(data) as record, record.reading() as connection:
        check_chain(read_entries(connection))
        return list(read_entries(connection))


def plain_of(entries):
    return "".join(str(value) for entry in entries for value in entry.values() if not isinstance(value, bytes))


def keep(data, label, told):
    return correct(label=label, told=told, data=data, by="staff-2", measure=False)


def test_a_correction_measures_the_course_anew_and_the_automatic_result_stays(handled, measured, label):
    _, first, _, _ = handled
    automatic, _ = course_of(measured, label)
    assert first.number == 1
    assert first.version.number == automatic.measurement.number + 1
    assert first.version.corrected
    listed = list_corrections(label=label, data=handled[0])
    assert [each.corrected for each in listed.versions] == [False, True, True]
    assert listed.versions[0].rows_digest == automatic.measurement.rows_digest


def test_a_correction_stands_in_the_course_with_who_made_it(data, label):
    keep(data, label, MOLE)
    recorded, _ = course_of(data, label)
    [correction] = recorded.course.corrections
    assert (correction.kind, correction.reason, correction.by) == (KIND.EXCLUDE, "Muttermal", "staff-2")
    [row] = [each for each in recorded.lesions if each["lesion_id"] == "2" and each["verdict"] == "baseline"]
    away = np.hypot(correction.at[0][0] - float(row["x_px"]), correction.at[0][1] - float(row["y_px"]))
    assert away < 6  # the deepest pixel of a round spot lies near its middle


def test_a_spot_is_named_by_a_point_inside_it_however_bent_it_is(data, label):
    recorded, _ = course_of(data, label)
    rows, columns = np.ogrid[:100, :100]
    away = np.hypot(rows - 50, columns - 50)
    ring = np.where((away < 40) & (away > 30), 2, 0)
    bent = type(recorded)(**{**fields_of(recorded), "labels": lambda photo: ring})
    x, y = place_of(bent, 2)
    assert ring[round(y), round(x)] == 2


def fields_of(recorded):
    return {name: getattr(recorded, name) for name in recorded.__dataclass_fields__}


def test_a_spot_that_is_not_there_is_told_with_those_that_are(data, label):
    with pytest.raises(RecordError, match=r"has no spot 99\. It has: 1, 2, 3"):
        keep(data, label, ToldCorrection(KIND.EXCLUDE, "x", lesions=(99,)))
    assert course_of(data, label)[1] == []


def test_withdrawn_corrections_stay_in_the_record_and_count_no_more(handled, label):
    place, _, stray, back = handled
    recorded, rows = course_of(place, label)
    assert [(row["number"], row["active"]) for row in rows] == [(1, False), (2, True)]
    assert stray.number == 2
    assert [each.reason for each in recorded.course.corrections] == ["none"]
    assert back.warnings == ("Correction 2 (exclude) was not applied: no spot was found at its point.",)
    assert not any("excluded_by_hand" in row["flags"] for row in recorded.lesions)


def test_the_list_tells_each_correction_and_what_each_measurement_rests_on(handled, label):
    assert tell_listed(list_corrections(label=label, data=handled[0])) == [
        "1. exclude: Muttermal, by staff-2, withdrawn.",
        f"2. exclude: none, by {account()}.",
        "Measurement 1: automatic.",
        "Measurement 2: with corrections by hand.",
        "Measurement 3: with corrections by hand; the course stands at it.",
    ]


def account():
    from pigtrack.tracker.record.desk import named_user

    return named_user(None)


def test_withdrawing_the_last_one_returns_to_the_automatic_result(data, label):
    keep(data, label, MOLE)
    done = withdraw(label=label, number=1, reason="none", data=data)
    assert (done.version.number, done.version.corrected) == (1, False)


def test_the_trail_tells_of_each_and_holds_no_word_of_it_in_plain_text(handled):
    entries = entries_of(handled[0])
    told = [(each["action"], each["actor"]) for each in entries if each["entity"] == "corrections"]
    assert told[0] == ("create", "staff-2")
    assert ("withdraw", "staff-3") in told
    plain = plain_of(entries)
    assert "staff-2" in plain
    assert not any(word in plain for word in ("Muttermal", "it is none"))


def test_a_correction_that_leaves_the_photograph_is_withdrawn_again(data, label):
    with pytest.raises(
        RecordError, match=r"Correction 1 leaves the first usable .* The correction was withdrawn again"
    ):
        correct(label=label, told=ToldCorrection(KIND.EXCLUDE, "x", at=("90000,5",)), data=data)
    _, [row] = course_of(data, label)
    assert not row["active"]
    assert list_corrections(label=label, data=data).current == 1


SPOILT = {
    "one point for a merge": (ToldCorrection(KIND.MERGE, "x", at=("1,2",)), "needs two points or more"),
    "no photograph": (ToldCorrection(KIND.PHOTOGRAPH, "x", photo="none.jpg"), 'no session has a photograph "none.jpg"'),
    "a line of three": (
        ToldCorrection(KIND.SPLIT, "x", at=("1,2",), line="1,1 2,2 3,3"),
        "A line has two points, not 3",
    ),
    "no file": (ToldCorrection(KIND.REGION, "x", outline="/nowhere/r.json"), "no list of points, and no file"),
    "words": (ToldCorrection(KIND.EXCLUDE, "x", at=("left cheek",)), "no list of points, and no file"),
    "a crossing outline": (ToldCorrection(KIND.REGION, "x", outline="0,0 9,9 9,0 0,5"), "crosses itself"),
    "two lines of reason": (ToldCorrection(KIND.EXCLUDE, "a\nb", at=("1,2",)), "reason must be one line"),
}


@pytest.mark.parametrize(("told", "said"), SPOILT.values(), ids=SPOILT)
def test_what_can_not_be_done_is_said_and_nothing_is_kept(measured, label, told, said):
    before = len(entries_of(measured))
    with pytest.raises(RecordError, match=said) as fault:
        keep(measured, label, told)
    assert re.search(r"line \d", fault.value.problem) is None  # of a course.toml that nobody sees
    assert course_of(measured, label)[1] == []
    assert len(entries_of(measured)) == before


def test_an_outline_may_come_from_a_file(data, label, tmp_path):
    (tmp_path / "r.json").write_text(json.dumps([[10, 10], [300, 10], [300, 300.5]]), encoding="utf-8")
    keep(data, label, ToldCorrection(KIND.REGION, "redrawn", outline=str(tmp_path / "r.json")))
    assert course_of(data, label)[0].course.corrections[0].outline == ((10.0, 10.0), (300.0, 10.0), (300.0, 300.5))
    (tmp_path / "r.json").write_text('{"points": 3}', encoding="utf-8")
    with pytest.raises(RecordError, match="holds no list of points"):
        keep(data, label, ToldCorrection(KIND.REGION, "redrawn", outline=str(tmp_path / "r.json")))


@pytest.mark.parametrize("number", [1, 7])
def test_only_a_correction_that_counts_can_be_withdrawn(data, label, number):
    keep(data, label, MOLE)
    withdraw(label=label, number=1, reason="x", data=data, measure=False)
    why = "was withdrawn already" if number == 1 else "is not there"
    with pytest.raises(RecordError, match=f"Correction {number} of course .* {why}"):
        withdraw(label=label, number=number, reason="x", data=data, measure=False)


def test_a_blinded_review_keeps_its_key_sealed_until_it_is_closed(data, label, tmp_path):
    review = open_review(label=label, out=tmp_path / "r", data=data, by="staff-2")
    assert review.letters == ("A", "B")
    with opened(data) as record, record.reading() as connection:
        [row] = connection.execute(select(reviews)).mappings().all()
    assert (row["blinded"], row["closed"]) == (True, False)
    keep(data, label, ToldCorrection(KIND.EXCLUDE, "a mole", lesions=(3,), review=review.id))
    [correction], [kept] = course_of(data, label)[0].course.corrections, course_of(data, label)[1]
    assert correction.blinded
    assert (kept["blinded"], kept["review_id"]) == (True, review.id)
    key = end_review(review=review.id, data=data, by="staff-2")
    assert sorted(session for _, session in key) == [1, 2]
    with pytest.raises(RecordError, match=f'The review "{review.id}" is closed'):
        keep(data, label, ToldCorrection(KIND.EXCLUDE, "late", lesions=(4,), review=review.id))
    told = [(each["action"], each["entity"]) for each in entries_of(data) if each["entity"] == "reviews"]
    assert told == [("create", "reviews"), ("export", "reviews"), ("close", "reviews"), ("view", "reviews")]
    assert '"A"' not in plain_of(entries_of(data))


def test_an_unknown_review_is_refused(data, label):
    with pytest.raises(RecordError, match='knows no review "none"'):
        keep(data, label, ToldCorrection(KIND.EXCLUDE, "x", lesions=(1,), review="none"))
    with pytest.raises(RecordError, match='knows no review "none"'):
        end_review(review="none", data=data)


def test_the_command_line_corrects_lists_and_withdraws(data, label):
    run = CliRunner().invoke
    at = ["--data", str(data), "--by", "staff-2"]
    done = run(app, ["correct", label, "exclude", "--lesion", "2", "--reason", "a mole", "--no-measure", *at])
    assert (done.exit_code, done.output) == (0, f"Course {label}: correction 1 (exclude) is kept.\n")
    assert run(app, ["correct", label, "exclude", "--lesion", "2", *at]).exit_code == 2
    assert run(app, ["correct", label, "withdraw", "--reason", "x", *at]).exit_code == 2
    assert run(app, ["correct", "no such", "exclude", "--lesion", "2", "--reason", "x", *at]).exit_code == 1
    done = run(app, ["correct", label, "withdraw", "--number", "1", "--reason", "none", "--no-measure", *at])
    assert done.output == f"Course {label}: correction 1 is withdrawn.\n"
    listed = run(app, ["correct", label, *at])
    assert listed.output.splitlines()[0] == "1. exclude: a mole, by staff-2, withdrawn."


def test_the_command_line_opens_a_review_and_closes_it(data, label, tmp_path):
    run = CliRunner().invoke
    at = ["--data", str(data), "--by", "staff-2"]
    done = run(app, ["review", label, str(tmp_path / "r"), *at])
    assert done.exit_code == 0
    assert done.output.startswith(f"Pictures A, B: {tmp_path / 'r'}\n")
    review = re.search(r"--review (\S+)", done.output)[1]
    closed = run(app, ["review", "--close", review, *at])
    assert sorted(closed.output.split()) == ["1", "2", "A:", "B:", "session", "session"]
    assert run(app, ["review", label, *at]).exit_code == 2
    assert run(app, ["review", label, "--close", review, *at]).exit_code == 2
    assert run(app, ["review", "--close", "none", *at]).exit_code == 1
    assert run(app, ["review", "no such", str(tmp_path / "other"), *at]).exit_code == 1

"""The record as tables: each number once with all that stands behind it, and nothing that a spreadsheet would run."""

import csv
import io
import json
from dataclasses import replace as with_

import pytest
from record_stories import MEASURED_AT, erased, with_exclusion

from pigtrack.export.cells import as_told
from pigtrack.export.columns import LONG, LONG_COLUMNS, LONG_KINDS, VERSION_COLUMNS, dictionary_rows
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS
from pigtrack.export.tabular import csv_pieces, csv_safe, jsonl_line, long_rows, wide_rows
from pigtrack.model.provenance import digest_versions
from pigtrack.store.dictionary import DICTIONARY_COLUMNS
from pigtrack.store.dictionary import dictionary_rows as told_by_the_store
from pigtrack.tracker.record.methods import METHOD


def read_back(rows, columns):
    text = b"".join(csv_pieces(rows, columns)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def only(rows, **wanted):
    (found,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return found


def test_every_number_of_the_tables_stands_once_in_the_long_one(sample):
    rows = list(long_rows(sample))
    assert all(tuple(row) == LONG_COLUMNS for row in rows)
    keys = [(row["session"], row["lesion_id"], row["metric"]) for row in rows]
    assert len(set(keys)) == len(keys)
    told = {key: row["value"] for key, row in zip(keys, rows, strict=True)}
    for table, units in ((sample.sessions, SESSION_UNITS), (sample.lesions, LESION_UNITS)):
        for row in table:
            for metric in units.keys() & row.keys():
                assert told.pop((row["session"], row.get("lesion_id", ""), metric)) == row[metric]
    assert not told


def test_a_number_carries_its_doubt_its_quality_and_where_it_came_from(sample):
    rows = list(long_rows(sample))
    area = only(rows, session="2", lesion_id="2", metric="area_mm2")
    row = next(row for row in sample.lesions if (row["session"], row["lesion_id"]) == ("2", "2"))
    photo = next(row for row in sample.photos if row["session"] == "2")
    assert (area["u"], area["unit"], area["verdict"]) == (row["area_mm2_u"], "mm2", "")
    assert (area["subject_id"], area["body_site"], area["date"]) == ("P-0007", "left cheek", "2026-01-25")
    assert (area["days_from_baseline"], area["qc_status"], area["n_shots"]) == ("14", "warn", "1")
    assert (area["image_sha256"], area["mm_per_px"]) == (photo["sha256"], photo["mm_per_px"])
    assert (area["operator"], area["measured_by"], area["reviewed_by"]) == ("staff-2", "clinician-1", "clinician-1")
    assert (area["measurement"], area["corrected"], area["excluded"]) == ("1", "false", "false")
    assert area["algorithms_digest"] == digest_versions(sample.measurement.algorithms)


def test_a_change_never_stands_without_its_interval_verdict_and_smallest_detectable_change(sample):
    changes = [row for row in long_rows(sample) if row["metric"].endswith("_change_percent") and row["value"]]
    assert len(changes) > 60
    for row in changes:
        assert row["unit"] == "%"
        assert float(row["ci_low"]) <= float(row["value"]) <= float(row["ci_high"])
        assert row["verdict"] in ("improved", "worsened", "no_detectable_change", "not_measurable")
        assert float(row["sdc95"]) > 0 or row["verdict"] == "not_measurable"


def test_what_could_not_be_measured_has_a_row_with_the_reason_and_no_value(sample):
    blind = tuple({**row, "area_mm2": "", "flags": "glare"} if row["session"] == "3" else row for row in sample.lesions)
    rows = list(long_rows(with_(sample, lesions=blind)))
    row = only(rows, session="3", lesion_id="5", metric="area_mm2")
    assert (row["value"], row["flags"]) == ("", "glare")


def test_a_lesion_left_out_by_hand_says_so_with_the_reason(sample):
    told = with_exclusion(sample, 3, "a mole, seen in March")
    for offsets, reason in ((False, "a mole, seen in March"), (True, "told in the record")):
        rows = list(long_rows(told, offsets=offsets))
        marked = {(row["lesion_id"], row["exclusion_reason"]) for row in rows if row["excluded"] == "true"}
        assert marked == {("3", reason)}
        assert {row["corrected"] for row in rows} == {"true"}


def test_every_measured_column_of_the_tables_is_a_metric_and_has_the_dictionarys_unit():
    told = [dict(zip(DICTIONARY_COLUMNS, row, strict=True)) for row in told_by_the_store()]
    ends = ("_u", "_change_ci_low", "_change_ci_high", "_detectable_percent")
    context = {"session", "lesion_id", "days_from_baseline", "photos", "photographs", "x_px", "y_px", "x_mm", "y_mm"}
    context |= {"treatments", "treatments_before", "days_since_treatment", "days_off_plan", "sessions_missed"}
    for table, units in (("sessions", SESSION_UNITS), ("lesions", LESION_UNITS)):
        numbers = {row["column"]: row["unit"] for row in told if row["table"] == table and row["type"] != "text"}
        numbers = {name: unit for name, unit in numbers.items() if unit and not name.endswith(ends)}
        assert {name: unit for name, unit in numbers.items() if name not in context} == dict(units)


def test_days_instead_of_dates_when_asked(sample):
    text = b"".join(csv_pieces(long_rows(sample, offsets=True), LONG_COLUMNS)).decode()
    assert "2026" not in text
    assert {row["days_from_baseline"] for row in long_rows(sample, offsets=True)} == {"0", "14", "28"}
    assert only(long_rows(sample), session="1", lesion_id="1", metric="l")["measured_at"] == MEASURED_AT


@pytest.mark.parametrize("table", ["sessions", "lesions", "photos"])
def test_wide_tables_are_those_of_measure_with_their_version_behind(sample, table):
    rows, told = list(wide_rows(sample, table)), getattr(sample, table)
    versions = [column.name for column in VERSION_COLUMNS]
    assert [list(row) for row in rows] == [[*each, *versions] for each in told]
    assert [{name: row[name] for name in each} for row, each in zip(rows, told, strict=True)] == list(told)
    text = b"".join(csv_pieces(wide_rows(sample, table, offsets=True), list(rows[0]))).decode()
    assert "2026" not in text
    if table == "photos":
        assert [row["photo"] for row in wide_rows(sample, table, offsets=True)][1] == "session-2-photo-1.jpg"


def test_there_is_no_other_wide_table(sample):
    with pytest.raises(ValueError, match="sessions, lesions, photos"):
        wide_rows(sample, "treatments")


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-rf",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "＝1",
        "a;=1+1",
        "a\n@b",
        "-1+2",
        "+4",
        "a\t-b",
        "-",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(cell):
    safe = csv_safe(cell)
    for separator in ("", ";", "\t", "\n"):
        for part in safe.split(separator) if separator else [safe]:
            assert part.lstrip(" ")[:1] not in tuple("=+-@＝＋－＠\t\r")
    assert safe.replace("'", "") == cell


@pytest.mark.parametrize(
    "cell", ["-3.39", "0", "12.5", "1e-7", "-1.5E+06", "", "left cheek", "a-b", "x = 1", "2026-01-11"]
)
def test_a_number_or_a_plain_text_stays_as_it_is(cell):
    assert csv_safe(cell) == cell


def test_an_apostrophe_that_measure_put_before_a_formula_is_taken_off_where_nothing_runs_it():
    assert as_told("'=cmd()") == "=cmd()"
    assert as_told("'t Hof") == "'t Hof"


def test_hostile_words_reach_no_spreadsheet_and_stay_whole_in_json_lines(sample):
    hostile = with_(sample, course=with_(sample.course, id='=HYPERLINK("x")', site="a;=1\r\n@b"))
    rows = read_back(long_rows(hostile), LONG_COLUMNS)
    assert {row["course_id"] for row in rows} == {'\'=HYPERLINK("x")'}
    assert {row["body_site"] for row in rows} == {"a;'=1\r\n'@b"}
    told = json.loads(jsonl_line(next(long_rows(hostile)), LONG_KINDS))
    assert (told["course_id"], told["body_site"]) == ('=HYPERLINK("x")', "a;=1\r\n@b")


def test_json_lines_are_typed_and_an_empty_cell_is_null(sample):
    rows = [json.loads(jsonl_line(row, LONG_KINDS)) for row in long_rows(sample)]
    row = only(rows, session=2, lesion_id=2, metric="area_change_percent")
    assert isinstance(row["value"], float)
    assert row["corrected"] is False
    assert row["u"] is None
    with pytest.raises(ValueError, match="boolean"):
        jsonl_line({"corrected": "perhaps"}, LONG_KINDS)


def test_of_an_erased_course_the_lesions_numbers_are_left_without_day_or_name(sample):
    rows = list(long_rows(erased(sample)))
    assert {row["lesion_id"] for row in rows} == {row["lesion_id"] for row in sample.lesions}
    text = b"".join(csv_pieces(rows, LONG_COLUMNS)).decode()
    assert "P-0007" not in text
    assert "cheek" not in text
    assert {row["date"] for row in rows} == {row["days_from_baseline"] for row in rows} == {""}


def test_a_course_that_was_not_measured_has_no_rows(sample):
    bare = with_(sample, measurement=None, sessions=(), lesions=(), photos=(), versions=(), sign_offs=())
    assert list(long_rows(bare)) == []
    assert list(wide_rows(bare, "photos")) == []


def test_each_column_is_told_of_in_the_dictionarys_own_fields():
    rows = dictionary_rows(LONG, "long")
    assert all(len(row) == len(DICTIONARY_COLUMNS) for row in rows)
    assert [row[1] for row in rows] == list(LONG_COLUMNS)
    kinds = {row[2] for row in told_by_the_store()}
    assert {row[2] for row in rows} <= kinds


def test_the_same_record_gives_the_same_bytes(sample):
    first, again = (b"".join(csv_pieces(long_rows(sample), LONG_COLUMNS)) for _ in range(2))
    assert first == again


def test_the_digest_of_versions_is_the_one_the_record_finds_a_measurement_by_whatever_their_order(sample):
    steps = sample.measurement.algorithms
    (told,) = {row["algorithms_digest"] for row in wide_rows(sample, "sessions")}
    assert told == digest_versions(steps) == digest_versions(steps[::-1]) == METHOD.versions_digest

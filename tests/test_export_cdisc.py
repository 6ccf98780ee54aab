"""The record as CDISC's long table: short codes, study days without a zero, and NOT DONE with its reason."""

from dataclasses import replace

from record_stories import erased, with_exclusion

from pigtrack.export.cdisc import (
    FINDING_COLUMNS,
    FINDINGS,
    MOST_CODE_LETTERS,
    MOST_NAME_LETTERS,
    TESTS,
    findings_rows,
    study_day,
)
from pigtrack.export.columns import dictionary_rows
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS


def test_every_metric_has_a_code_and_a_name_of_its_own_within_the_standards_length():
    assert set(TESTS) == {*LESION_UNITS, *SESSION_UNITS}
    codes, names = zip(*(TESTS[name] for name in TESTS), strict=True)
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)
    for code, name in TESTS.values():
        assert len(code) <= MOST_CODE_LETTERS
        assert code.isalnum()
        assert not code[0].isdigit()
        assert len(name) <= MOST_NAME_LETTERS


def test_every_column_of_sdtm_is_at_most_eight_letters_long_and_told_of():
    assert all(len(name) <= 8 for name in FINDING_COLUMNS)
    assert [row[1] for row in dictionary_rows(FINDINGS, "fa")] == list(FINDING_COLUMNS)


def test_every_finding_is_the_tables_number_in_its_unit(sample):
    rows = list(findings_rows(sample))
    assert all(tuple(row) == FINDING_COLUMNS for row in rows)
    assert [row["FASEQ"] for row in rows] == [str(count) for count in range(1, len(rows) + 1)]
    told = {(row["VISITNUM"], row["FALNKID"], row["FATESTCD"]): row for row in rows}
    assert len(told) == len(rows)
    for row in sample.lesions:
        found = told[row["session"], f"C-0001-L{int(row['lesion_id']):03d}", "AREA"]
        assert (found["FAORRES"], found["SUPPU"], found["SUPPSTAT"]) == (
            row["area_mm2"],
            row["area_mm2_u"],
            row["status"],
        )
        assert found["FASTRESU"] == ("mm2" if row["area_mm2"] else "")


def test_study_days_have_no_zero(sample):
    days = {row["VISITNUM"]: (row["FADY"], row["FADTC"]) for row in findings_rows(sample)}
    assert days == {"1": ("1", "2026-01-11"), "2": ("15", "2026-01-25"), "3": ("29", "2026-02-08")}
    assert [study_day(day) for day in (-2, -1, 0, 1)] == ["-2", "-1", "1", "2"]


def test_only_the_baseline_session_is_flagged_and_has_no_change(sample):
    rows = list(findings_rows(sample))
    assert {row["VISITNUM"] for row in rows if row["FALOBXFL"] == "Y"} == {"1"}
    assert not [row for row in rows if row["FATESTCD"].endswith("PCH") and row["VISITNUM"] == "1"]
    changes = [row for row in rows if row["FATESTCD"].endswith("PCH") and row["FAORRES"]]
    assert changes
    assert all(row["SUPPCILO"] and row["SUPPCIHI"] and row["SUPPVERD"] for row in changes)


def test_what_could_not_be_measured_is_not_done_with_its_reason(sample):
    blind = tuple({**row, "area_mm2": "", "area_mm2_u": "", "flags": "glare;blur"} for row in sample.lesions)
    rows = [row for row in findings_rows(replace(sample, lesions=blind)) if row["FATESTCD"] == "AREA"]
    assert rows
    for row in rows:
        assert (row["FASTAT"], row["FAREASND"], row["FAORRES"], row["FASTRESU"]) == ("NOT DONE", "glare;blur", "", "")


def test_side_comes_from_the_site_and_dates_go_when_asked(sample):
    rows = list(findings_rows(sample, offsets=True, start=101))
    assert {(row["FALOC"], row["FALAT"], row["FADTC"]) for row in rows} == {("left cheek", "LEFT", "")}
    assert rows[0]["FASEQ"] == "101"
    nose = replace(sample, course=replace(sample.course, site="nose"))
    assert {row["FALAT"] for row in findings_rows(nose)} == {""}


def test_a_lesion_left_out_by_hand_says_so_with_the_reason(sample):
    rows = list(findings_rows(with_exclusion(sample, 3, "a mole")))
    assert {(row["FALNKID"], row["SUPPEXCL"]) for row in rows if row["SUPPEXCL"]} == {("C-0001-L003", "a mole")}


def test_an_erased_course_has_findings_without_day_or_pseudonym(sample):
    rows = list(findings_rows(erased(sample)))
    assert rows
    assert {(row["USUBJID"], row["FADY"], row["FALOC"]) for row in rows} == {(sample.subject_uid, "", "")}

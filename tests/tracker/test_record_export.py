"""Give the record out: tables that hold what was measured, whole or not at all, told to the trail."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import date

import pytest
from kept_records import by_hand, copied
from typer.testing import CliRunner

from pigtrack.cli import app, choices
from pigtrack.errors import ExportError, OutputError, RecordError
from pigtrack.export.tabular import csv_pieces, wide_rows
from pigtrack.model.exporting import ExportChoice, ExportFormat, ExportVersions
from pigtrack.model.record import Purpose
from pigtrack.tracker.record.exporting import export_record


@pytest.fixture
def data(kept, tmp_path):
    """A record of one's own."""
    return copied(kept, tmp_path / "data")


def give(data, out, format_="csv", **asked):
    return export_record(choice=ExportChoice(ExportFormat(format_), **asked), out=out, data=data, by="staff-1")


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def last_entry(data):
    with closing(sqlite3.connect(data / "record.sqlite")) as database:
        return json.loads(database.execute("SELECT body FROM trail ORDER BY seq DESC").fetchone()[0])


def test_tables_are_those_of_measure_with_the_version_behind_every_row(data, tmp_path, sample):
    give(data, tmp_path / "out")

    for name in ("sessions", "lesions", "photos"):
        told = rows(tmp_path / "out" / f"{name}.csv")
        assert [
            {key: row[key] for key in sample_row} for row, sample_row in zip(told, getattr(sample, name), strict=True)
        ] == [dict(row) for row in getattr(sample, name)]
        assert {(row["measurement"], row["corrected"]) for row in told} == {("1", "false")}
        assert all(len(row["algorithms_digest"]) == 64 for row in told)


def test_the_quick_way_writes_the_bytes_of_the_careful_one(data, tmp_path):
    from pigtrack.store.record.courses import need_course
    from pigtrack.store.record.reading import read_course
    from pigtrack.tracker.record.desk import opened

    give(data, tmp_path / "out")
    with opened(data) as record, record.reading() as connection:
        course = read_course(record, connection, need_course(connection, "C-0001"))
        for name in ("sessions", "lesions", "photos"):
            careful = list(wide_rows(course, name))
            expected = b"".join(csv_pieces(careful, tuple(careful[0])))
            assert (tmp_path / "out" / f"{name}.csv").read_bytes() == expected


@pytest.mark.parametrize(
    ("format_", "place"),
    [("csv", "out"), *((name, "out.zip") for name in ("csv", "long", "jsonl", "parquet", "cdisc", "fhir-r5"))],
)
def test_the_same_record_gives_the_same_bytes(data, tmp_path, format_, place):
    give(data, tmp_path / "1" / place, format_)
    give(data, tmp_path / "2" / place, format_)

    assert contents(tmp_path / "1" / place) == contents(tmp_path / "2" / place)


def contents(place):
    if place.is_file():
        return place.read_bytes()
    return {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_a_zip_holds_what_the_folder_holds(data, tmp_path):
    give(data, tmp_path / "out")
    give(data, tmp_path / "out.zip")

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            str(name): data for name, data in contents(tmp_path / "out").items()
        }


def test_the_trail_is_told_with_counts_and_digest_and_names_nobody(data, tmp_path):
    exported = give(data, tmp_path / "out", courses=("C-0001",))

    entry = last_entry(data)
    assert (entry["action"], entry["actor"], entry["format"]) == ("export", "staff-1", "csv")
    assert (entry["courses"], entry["manifest"]) == (1, exported.digest)
    assert entry["head"] == exported.head.hash
    plain = json.dumps({key: value for key, value in entry.items() if key != "sealed"})
    assert "C-0001" not in plain
    assert "P-0007" not in plain


def test_one_table_may_be_asked_for_by_its_files_name(data, tmp_path):
    give(data, tmp_path / "numbers.csv", "long")

    assert rows(tmp_path / "numbers.csv")[0]["course_id"] == "C-0001"
    with pytest.raises(OutputError, match="is one file, and this export has several"):
        give(data, tmp_path / "all.csv", "csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "numbers.csv"]


def test_nothing_is_written_over(data, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    (tmp_path / "mine.zip").write_bytes(b"mine")

    for place in ("out", "mine.zip"):
        with pytest.raises(OutputError, match="is there already"):
            give(data, tmp_path / place)
    assert contents(tmp_path / "out") == {type(tmp_path)("thesis.txt"): b"mine"}
    assert (tmp_path / "mine.zip").read_bytes() == b"mine"


def test_an_empty_folder_may_be_filled(data, tmp_path):
    (tmp_path / "out").mkdir()
    give(data, tmp_path / "out")

    assert (tmp_path / "out" / "lesions.csv").is_file()


def test_with_offsets_no_date_and_no_files_name_goes_out(data, tmp_path):
    for format_ in ("csv", "long", "jsonl", "parquet", "cdisc", "fhir-r4b"):
        give(data, tmp_path / format_, format_, offsets=True)
        for name, told in contents(tmp_path / format_).items():
            if name.name != "data-dictionary.csv":
                for word in (b"2026-", b"anna", b"visit-2", b"going to sea"):
                    assert word not in told, (name, word)
    assert rows(tmp_path / "csv" / "sessions.csv")[1]["days_from_baseline"] == "14"


def test_who_did_not_agree_to_research_is_left_out_and_counted(data, tmp_path):
    with pytest.raises(ExportError, match="1 are of patients who did not agree to research"):
        give(data, tmp_path / "out", purpose=Purpose.RESEARCH)
    assert not (tmp_path / "out").exists()


def test_days_choose_whole_courses(data, tmp_path):
    give(data, tmp_path / "in", since=date(2026, 2, 1), until=date(2026, 2, 28))
    assert {row["session"] for row in rows(tmp_path / "in" / "sessions.csv")} == {"1", "2", "3"}
    with pytest.raises(ExportError, match="1 lie outside those days"):
        give(data, tmp_path / "out", since=date(2027, 1, 1))


def test_a_measurement_that_is_not_there_is_said(data, tmp_path):
    give(data, tmp_path / "first", measurement=1)
    with pytest.raises(ExportError, match="have no measurement 2"):
        give(data, tmp_path / "second", measurement=2)


def test_a_course_that_is_not_there_is_said(data, tmp_path):
    with pytest.raises(RecordError, match='knows no course "C-9"'):
        give(data, tmp_path / "out", courses=("C-9",))


def test_numbers_of_different_versions_are_never_mixed_in_silence(data, tmp_path):
    by_hand(
        data,
        "INSERT INTO measurements SELECT 'm-2', course_id, 2, at, by, '0.2.0', algorithms, 'other', settings_digest,"
        " input_digest, rows_digest, corrected, exploratory, session_columns, lesion_columns, photo_columns, labels,"
        " NULL FROM measurements",
        "INSERT INTO lesion_rows SELECT 'm-2', session, lesion_id, status, area_mm2, delta_mi, pigment_load, verdict,"
        " cells FROM lesion_rows",
    )

    exported = give(data, tmp_path / "out", versions=ExportVersions.ALL)

    assert any("Numbers of different versions are side by side" in note for note in exported.notes)
    assert {(row["measurement"], row["pigtrack"]) for row in rows(tmp_path / "out" / "lesions.csv")} == {
        ("1", exported_version(data)),
        ("2", "0.2.0"),
    }


def exported_version(data):
    with closing(sqlite3.connect(data / "record.sqlite")) as database:
        return database.execute("SELECT pigtrack FROM measurements WHERE number = 1").fetchone()[0]


def test_columns_that_only_one_version_has_are_empty_for_the_other(data, tmp_path):
    with closing(sqlite3.connect(data / "record.sqlite")) as database:
        columns = json.loads(database.execute("SELECT lesion_columns FROM measurements").fetchone()[0])
        cells = database.execute("SELECT session, lesion_id, cells FROM lesion_rows").fetchall()
    less = json.dumps(columns[:-1])
    shorter = [
        f"INSERT INTO lesion_rows SELECT 'm-2', session, lesion_id, status, area_mm2, delta_mi, pigment_load, verdict,"
        f" '{line.rsplit(',', 1)[0]}' FROM lesion_rows WHERE session = {session} AND lesion_id = {lesion}"
        " AND measurement_id <> 'm-2'"
        for session, lesion, line in cells
    ]
    by_hand(
        data,
        "INSERT INTO measurements SELECT 'm-2', course_id, 2, at, by, pigtrack, algorithms, 'other', settings_digest,"
        f" input_digest, rows_digest, corrected, exploratory, session_columns, '{less}', photo_columns, labels, NULL"
        " FROM measurements",
        *shorter,
    )

    give(data, tmp_path / "out", versions=ExportVersions.ALL)

    told = rows(tmp_path / "out" / "lesions.csv")
    assert {row[columns[-1]] for row in told if row["measurement"] == "2"} == {""}
    assert {row["area_mm2"] for row in told if row["measurement"] == "2"} == {
        row["area_mm2"] for row in told if row["measurement"] == "1"
    }


def test_the_choices_of_the_command_are_those_of_the_record():
    assert [each.value for each in choices.ExportedAs] == [each.value for each in ExportFormat]
    assert [each.value for each in choices.ExportedVersions] == [each.value for each in ExportVersions]
    assert [each.value for each in choices.AgreedPurpose] == [each.value for each in Purpose]


def test_the_command_wants_courses_or_all(data, tmp_path):
    base = ["export", "--data", str(data), "--by", "staff-1", "--out", str(tmp_path / "out")]

    assert CliRunner().invoke(app, base).exit_code == 2
    assert CliRunner().invoke(app, [*base, "C-0001", "--all"]).exit_code == 2
    assert CliRunner().invoke(app, [*base, "--all", "--up-to", "3"]).exit_code == 2
    shown = CliRunner().invoke(app, [*base, "--all"])
    assert shown.exit_code == 0
    assert "1 course as csv" in shown.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full") or sys.platform != "linux", reason="needs a file system to fill")
def test_a_full_disk_is_told_in_one_sentence_and_nothing_stands_there(data, tmp_path):
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from pigtrack.cli import main; sys.argv = ['pigtrack', *sys.argv[1:]]; main()"
    )
    arguments = ["export", "--all", "--format", "jsonl", "--out", tmp_path / "out", "--data", data, "--by", "staff-1"]
    shown = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False
    )

    assert shown.returncode == 1
    assert "can't be written (File too large)" in shown.stderr
    assert "Traceback" not in shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_photographs_go_out_as_dicom_with_a_report_a_session(data, tmp_path):
    give(data, tmp_path / "out", "dicom")

    names = sorted(path.name for path in (tmp_path / "out" / "C-0001-measurement-1").iterdir())
    assert names == [f"session-{number}-{what}.dcm" for number in (1, 2, 3) for what in ("photo-1", "report")]


def test_pages_that_would_tell_other_numbers_are_not_given_out(data, tmp_path):
    pytest.importorskip("weasyprint", reason="pages need pigtrack[pdf]")
    by_hand(data, "UPDATE measurements SET settings_digest = 'other'")

    with pytest.raises(ExportError, match="Not compared: it was measured with other settings"):
        give(data, tmp_path / "out", "pdf")
    with pytest.raises(ExportError, match="tell days and dates"):
        give(data, tmp_path / "out", "pdf", offsets=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_pages_are_those_of_measure(data, tmp_path):
    pytest.importorskip("weasyprint", reason="pages need pigtrack[pdf]")
    give(data, tmp_path / "out", "pdf")
    give(data, tmp_path / "report.pdf", "pdf")

    whole = (tmp_path / "out" / "C-0001-measurement-1" / "report.pdf").read_bytes()
    assert whole.startswith(b"%PDF")
    assert (tmp_path / "report.pdf").read_bytes() == whole

"""Courses taken into the record: whole or not at all, and the same twice changes nothing."""

import base64
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest
from drawn_files import encoded, scene
from drawn_records import drawn_measurement
from typer.testing import CliRunner

from pigtrack import __version__
from pigtrack.cli import app
from pigtrack.errors import CourseError, PhotographError, PigtrackError, RecordError, SheetError
from pigtrack.model.record import Actor, Consent, Purpose
from pigtrack.store.folder import load_course
from pigtrack.store.photographs import read_photograph
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import add_measurement
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.subjects import add_consent, need_subject, read_consents
from pigtrack.store.record.trail import check_chain, read_entries
from pigtrack.store.record.unit import subject_key
from pigtrack.store.vault.sealing import unseal
from pigtrack.tracker.record.consenting import consent
from pigtrack.tracker.record.course_folder import input_digest, write_course_folder
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.importing import import_courses, import_spreadsheet
from pigtrack.tracker.record.taking_in import ToldCourse, look_at_photographs, take_in

ANNA = Actor("anna")
COURSE = """\
[course]
id = "C-1"
subject = "P-1"
site = "left cheek"
protocol = "dark-spot-mesotherapy"

[[session]]
date = 2026-01-11
photos = ["a.jpg"]
treatment = { product = "A", technique = "manual injection" }

[[session]]
date = 2026-01-25
photos = ["b.jpg", "c.jpg"]
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "record"


@pytest.fixture
def folder(tmp_path):
    """A course's folder; d.jpg is not told of yet."""
    return lay_out(tmp_path / "course", COURSE)


def lay_out(folder, text):
    folder.mkdir()
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg", "d.jpg")):
        (folder / name).write_bytes(encoded(scene(seed=seed)))
    (folder / "course.toml").write_text(text, encoding="utf-8")
    return folder


def retell(folder, before, after):
    path = folder / "course.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def take(place, *folders, **how):
    return import_courses(folders=folders, data=place, by="anna", measure=False, **how)


def dump(place):
    """All that the database holds."""
    with closing(sqlite3.connect(place / "record.sqlite")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def objects(place):
    return sorted(path.name for path in (place / "originals").rglob("*") if path.is_file() and path.name != "lock")


def recorded(place, label="C-1"):
    with opened(place) as record, record.reading() as connection:
        return read_course(record, connection, need_course(connection, label))


def holds_together(place):
    with opened(place) as record, record.reading() as connection:
        return list(check_chain(iter(list(read_entries(connection))))) == []


def test_what_was_taken_in_comes_back_and_the_same_twice_changes_nothing(place, folder):
    (taken,) = take(place, folder)
    assert taken.lines == ('Course "C-1" is in the record.',)
    before, kept = dump(place), objects(place)
    (again,) = take(place, folder)
    assert again.lines == ('Course "C-1" was in the record already; nothing changed.',)
    assert (dump(place), objects(place)) == (before, kept)
    found = recorded(place)
    assert (found.course.subject, len(found.course.sessions)) == ("P-1", 2)
    assert [each.read() for each in found.photographs] == [
        (folder / name).read_bytes() for name in ("a.jpg", "b.jpg", "c.jpg")
    ]


def test_a_copy_of_the_folder_elsewhere_changes_nothing_either(place, folder, tmp_path):
    take(place, folder)
    before = dump(place)
    (again,) = take(place, shutil.copytree(folder, tmp_path / "a copy"))
    assert not again.news
    assert dump(place) == before


def test_a_new_visit_is_added_and_the_earlier_rows_stay_as_they_were(place, folder):
    take(place, folder)
    before = dump(place)
    with (folder / "course.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[session]]\ndate = 2026-02-08\nphotos = ["d.jpg"]\n')
    (taken,) = take(place, folder)
    assert taken.news
    after = dump(place)
    for table in ("sessions", "photographs", "treatments", "trail", "subjects"):
        assert after[table][: len(before[table])] == before[table]
    assert len(after["sessions"]) == 3
    assert [len(each.photos) for each in recorded(place).course.sessions] == [1, 2, 1]
    assert holds_together(place)


def test_what_is_told_otherwise_is_changed_and_the_trail_tells_old_and_new(place, folder):
    take(place, folder)
    entries = len(dump(place)["trail"])
    retell(folder, 'product = "A"', 'product = "B", lot = "7"')
    (taken,) = take(place, folder)
    assert taken.news
    assert recorded(place).course.sessions[0].treatment["lot"] == "7"
    with opened(place) as record, record.reading() as connection:
        (entry,) = list(read_entries(connection))[entries:]
    told = json.loads(entry["body"])
    assert (told["action"], told["entity"]) == ("change", "treatments")
    assert told["old"] != told["new"]
    assert holds_together(place)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('\n[[session]]\ndate = 2026-01-25\nphotos = ["b.jpg", "c.jpg"]\n', "", "2 sessions in the record, fewer here"),
        ('["b.jpg", "c.jpg"]', '["b.jpg"]', "other photographs in the record"),
        ('["a.jpg"]', '["d.jpg"]', "other photographs in the record"),
        ('treatment = { product = "A", technique = "manual injection" }\n', "", "holds more treatments than are told"),
        ('subject = "P-1"', 'subject = "P-2"', "belongs to another patient"),
    ],
)
def test_what_would_lose_something_is_refused_and_changes_nothing(place, folder, before, after, said):
    take(place, folder)
    rows = dump(place)
    retell(folder, before, after)
    with pytest.raises(RecordError, match=said):
        take(place, folder)
    assert dump(place) == rows
    assert holds_together(place)


def test_a_photograph_that_cannot_be_decoded_is_refused_in_the_words_of_measuring_before_anything_is_taken_in(
    place, folder, tmp_path
):
    other = lay_out(tmp_path / "other", COURSE.replace("C-1", "C-2"))
    whole = (other / "c.jpg").read_bytes()
    (other / "c.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PhotographError) as caught:
        take(place, folder, other)
    with pytest.raises(PhotographError) as measured:
        read_photograph(other / "c.jpg")
    assert str(caught.value) == str(measured.value)
    assert dump(place)["courses"] == dump(place)["subjects"] == []


def test_photographs_that_the_record_holds_are_not_decoded_again(place, folder, monkeypatch):
    take(place, folder)
    monkeypatch.setattr("pigtrack.tracker.record.taking_in.read_photograph", lambda *_, **__: pytest.fail("decoded"))
    take(place, folder)


def test_a_photograph_that_changes_while_it_is_imported_is_not_taken_in(place, folder):
    with opened(place, begin=True) as record:
        told = ToldCourse(folder, load_course(folder))
        looked_at = ToldCourse(folder, told.course, digests=look_at_photographs(record, told))
        shutil.copy(folder / "d.jpg", folder / "b.jpg")
        with pytest.raises(CourseError, match=r'"b.jpg" was changed while it was imported'):
            take_in(record, looked_at, actor=ANNA)
    assert dump(place)["courses"] == []


def test_each_course_is_told_of_as_soon_as_it_is_in(place, folder, tmp_path):
    clash = lay_out(tmp_path / "clash", COURSE.replace('"C-1"', '"C-2"'))
    take(place, clash)
    retell(clash, '["a.jpg"]', '["d.jpg"]')
    told = []
    with pytest.raises(RecordError, match="other photographs"):
        take(place, folder, clash, tell=told.append)
    assert [each.label for each in told] == ["C-1"]


def test_two_folders_of_one_course_are_refused(place, folder, tmp_path):
    with pytest.raises(CourseError, match='tell of one course "C-1"'):
        take(place, folder, shutil.copytree(folder, tmp_path / "twin"))
    assert not place.exists()


def test_the_next_visit_is_kept_as_the_protocol_plans_it(place, folder):
    take(place, folder)
    with opened(place) as record, record.reading() as connection:
        assert need_course(connection, "C-1")["next_day"] == "2026-02-01"
    retell(folder, 'protocol = "dark-spot-mesotherapy"\n', "")
    take(place, folder)
    with opened(place) as record, record.reading() as connection:
        assert need_course(connection, "C-1")["next_day"] is None


def test_files_beside_are_kept_with_the_course(place, folder, tmp_path):
    (tmp_path / "clinic.toml").write_text('base = "colorchecker-classic"\npitch_mm = 11.0\n', encoding="utf-8")
    retell(folder, "[course]\n", '[course]\ncard = "../clinic.toml"\n')
    take(place, folder)
    found = recorded(place)
    assert found.course.card == "files/card/clinic.toml"
    assert found.files == {"files/card/clinic.toml": (tmp_path / "clinic.toml").read_bytes()}


HOSTILE = ["'; DROP TABLE courses; --", "../../etc", "=cmd|' /C calc'!A0", "Ω 皮膚 \U0001f9b4", "a" * 500, "%00", "NUL"]


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_names_are_names(place, folder, name):
    quoted = json.dumps(name, ensure_ascii=False)
    retell(folder, '"C-1"', quoted)
    retell(folder, '"P-1"', quoted)
    take(place, folder)
    before = dump(place)
    (again,) = take(place, folder)
    assert not again.news
    assert dump(place) == before
    assert (recorded(place, name).course.id, recorded(place, name).course.subject) == (name, name)


def test_a_subject_that_looks_like_a_name_is_told_of(place, folder):
    retell(folder, '"P-1"', '"Anna Muster"')
    (taken,) = take(place, folder)
    assert taken.warnings == ("Its subject looks like a person's name; the record takes pseudonyms only.",)


def test_photographs_without_dates_are_refused_with_what_to_do(place, folder):
    (folder / "course.toml").unlink()
    with pytest.raises(CourseError, match=r"carry no dates.*pigtrack init"):
        take(place, folder)
    assert not place.exists()


def test_a_course_that_cannot_be_measured_stays_in_the_record_and_that_is_said(place, folder):
    retell(folder, "[course]\n", "[course]\nregion = [[0, 0], [5000, 0], [5000, 5000], [0, 5000]]\n")
    (taken,) = import_courses(folders=[folder], data=place, by="anna")
    assert taken.news
    assert taken.fault is not None
    assert taken.lines[-1].startswith("It can't be measured: ")
    assert recorded(place).measurement is None


def test_what_is_measured_already_is_neither_measured_nor_loaded_again(place, folder):
    take(place, folder)
    found = recorded(place)
    told = drawn_measurement(found.course)
    with opened(place) as record, record.writing(ANNA) as unit:
        measured = replace(told, input_digest=input_digest(found), pigtrack=__version__)
        add_measurement(unit, need_course(unit.connection, "C-1"), measured)
    before = dump(place)
    script = (
        "import sys; from pathlib import Path\n"
        "from pigtrack.tracker.record.importing import import_courses\n"
        "(taken,) = import_courses(folders=[Path(sys.argv[1])], data=Path(sys.argv[2]), by='anna')\n"
        "assert taken.lines[-1] == 'Course C-1: measurement 1 was there already.', taken.lines\n"
        "assert not {'pandas', 'matplotlib', 'scipy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder), str(place)], check=True)
    assert dump(place) == before


MAPPING = """\
[course]
subject = { column = "Patient" }
id = { column = "Patient" }

[session]
date = { column = "Visit", format = "DD.MM.YYYY" }
photos = { column = "Photos", separator = ";" }

[[consent]]
purpose = "research"
given = { column = "Research", values = { yes = true, no = false } }
day = { column = "Signed", format = "DD.MM.YYYY" }
"""
SHEET = """\
Patient,Name,Visit,Photos,Research,Signed
P-1,Anna Muster,11.01.2026,a.jpg,yes,08.01.2026
P-1,Anna Muster,25.01.2026,b.jpg;c.jpg,,
P-2,Bert Beispiel,11.01.2026,d.jpg,no,09.01.2026
"""


def write_sheet(folder, sheet=SHEET, mapping=MAPPING):
    (folder / "visits.csv").write_text(sheet, encoding="utf-8")
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return {"sheet": folder / "visits.csv", "mapping": folder / "map.toml"}


def take_sheet(place, told):
    return import_spreadsheet(**told, data=place, by="anna", measure=False)


def consents(place, pseudonym):
    with opened(place) as record, record.reading() as connection:
        return read_consents(connection, need_subject(connection, pseudonym)["id"])


def test_a_spreadsheet_is_taken_in_and_twice_changes_nothing(place, folder):
    told = write_sheet(folder)
    imported = take_sheet(place, told)
    assert [each.lines for each in imported.courses] == [
        ('Course "P-1" is in the record.',),
        ('Course "P-2" is in the record.',),
    ]
    assert imported.unread == ("Name",)
    before, kept = dump(place), objects(place)
    assert not any(each.news for each in take_sheet(place, told).courses)
    assert (dump(place), objects(place)) == (before, kept)
    assert [each.photos for each in recorded(place, "P-1").course.sessions] == [("a.jpg",), ("b.jpg", "c.jpg")]
    assert consents(place, "P-1") == (Consent(Purpose.RESEARCH, True, date(2026, 1, 8)),)
    assert consents(place, "P-2") == (Consent(Purpose.RESEARCH, False, date(2026, 1, 9)),)
    assert holds_together(place)


def test_the_trail_tells_from_which_rows_of_which_spreadsheet_a_course_came(place, folder):
    told = write_sheet(folder)
    take_sheet(place, told)
    with opened(place) as record, record.reading() as connection:
        entries = list(read_entries(connection))
        subject = need_subject(connection, "P-1")["id"]
        key = subject_key(connection, subject)
    bodies = [json.loads(entry["body"]) for entry in entries]
    course = next(body for body in bodies if body["entity"] == "courses")
    sealed = unseal(key, base64.b64decode(course["sealed"]), label=f"trail/{subject}".encode())
    digest = hashlib.sha256(told["sheet"].read_bytes()).hexdigest()
    assert json.loads(sealed)["reason"] == f"Imported from a spreadsheet with the SHA-256 {digest}, from its rows 2, 3."


def test_names_of_a_column_that_is_not_mapped_are_nowhere_in_the_record(place, folder):
    take_sheet(place, write_sheet(folder))
    for path in place.rglob("*"):
        assert not path.is_file() or b"Muster" not in path.read_bytes()


def test_a_sheet_with_one_fault_takes_nothing_in(place, folder):
    told = write_sheet(folder, SHEET.replace("09.01.2026", "soon"))
    with pytest.raises(SheetError, match='row 4, column F \\("Signed"\\): "soon" is not written'):
        take_sheet(place, told)
    assert not place.exists()


def test_a_sheet_with_one_broken_photograph_takes_nothing_in(place, folder):
    (folder / "d.jpg").write_bytes((folder / "d.jpg").read_bytes()[:2000])
    with pytest.raises(PhotographError, match=r'"d.jpg"'):
        take_sheet(place, write_sheet(folder))
    assert dump(place)["courses"] == dump(place)["subjects"] == []


def test_a_consent_that_was_withdrawn_does_not_come_back_from_an_old_sheet(place, folder):
    told = write_sheet(folder)
    take_sheet(place, told)
    consent(pseudonym="P-1", answers={Purpose.RESEARCH: False}, day=date(2026, 3, 1), data=place, by="anna")
    before = dump(place)["consents"]
    (again, _) = take_sheet(place, told).courses
    assert (dump(place)["consents"], again.warnings) == (before, ())
    older = write_sheet(folder, SHEET.replace("08.01.2026", "02.01.2026"))
    (again, _) = take_sheet(place, older).courses
    assert dump(place)["consents"] == before
    assert "was not taken" in again.warnings[0]
    newer = write_sheet(folder, SHEET.replace("08.01.2026", "02.04.2026"))
    take_sheet(place, newer)
    assert consents(place, "P-1")[0].given is True


def test_consents_of_another_purpose_do_not_meet(place, folder):
    take(place, folder)
    with opened(place) as record, record.writing(ANNA) as unit:
        subject = need_subject(unit.connection, "P-1")["id"]
        add_consent(unit, subject, Consent(Purpose.TEACHING, False))
    take_sheet(place, write_sheet(folder, SHEET.replace("P-1", "P-3")))
    assert consents(place, "P-1") == (Consent(Purpose.TEACHING, False),)


def command(*words):
    return CliRunner().invoke(app, ["import", *map(str, words)])


def test_the_command_drafts_a_mapping_and_imports_by_it(place, folder):
    told = write_sheet(folder)
    drafted = command(told["sheet"], "--draft")
    assert drafted.exit_code == 0
    assert 'subject = { column = "Patient" }' in drafted.stdout
    done = command(told["sheet"], "--mapping", told["mapping"], "--data", place, "--no-measure", "--by", "anna")
    assert done.stdout.splitlines() == [
        'Course "P-1" is in the record.',
        'Course "P-2" is in the record.',
        "Of these columns nothing was kept: Name.",
    ]


def test_the_command_says_what_is_wrong_with_its_words(place, folder):
    told = write_sheet(folder)
    assert command(told["sheet"], folder, "--draft").exit_code == 2
    assert command(told["sheet"], "--draft", "--mapping", told["mapping"]).exit_code == 2
    without = command(told["sheet"], "--data", place)
    assert without.exit_code == 1
    assert "--mapping MAP.toml" in without.stderr


def test_every_refusal_is_one_of_ours(place, folder):
    told = write_sheet(folder)
    for broken in ({"sheet": folder}, {"mapping": folder / "none.toml"}, {"mapping": folder / "a.jpg"}):
        with pytest.raises(PigtrackError):
            take_sheet(place, {**told, **broken})


def test_a_record_s_course_written_out_and_imported_elsewhere_is_the_same_course(place, folder, tmp_path):
    (tmp_path / "clinic.toml").write_text('base = "colorchecker-classic"\npitch_mm = 11.0\n', encoding="utf-8")
    retell(folder, "[course]\n", '[course]\ncard = "../clinic.toml"\n')
    take(place, folder)
    first = recorded(place)
    take(tmp_path / "elsewhere", write_course_folder(first, tmp_path / "written"))
    second = recorded(tmp_path / "elsewhere")
    assert (second.course, second.files) == (first.course, first.files)
    assert [each.sha256 for each in second.photographs] == [each.sha256 for each in first.photographs]
    assert input_digest(second) == input_digest(first)


def test_a_record_whose_beginning_was_killed_can_be_begun(place, folder):
    place.mkdir()
    (place / ".pigtrack-0a1b2c").write_text("# A rec")
    assert take(place, folder)[0].news


def test_a_folder_that_holds_something_else_does_not_become_a_record(place, folder):
    place.mkdir()
    (place / "letter.txt").write_text("dear")
    with pytest.raises(RecordError, match="holds something else than a record"):
        take(place, folder)
    assert [path.name for path in place.iterdir()] == ["letter.txt"]


ONE_OF_TWO = (
    "import sys; from pathlib import Path\n"
    "from pigtrack.tracker.record.importing import import_courses\n"
    "import_courses(folders=[Path(each) for each in sys.argv[2:]], data=Path(sys.argv[1]), by='anna', measure=False)\n"
)


def test_two_that_import_the_same_patient_at_the_same_time_do_not_meet(place, folder, tmp_path):
    other = lay_out(tmp_path / "other", COURSE.replace('"C-1"', '"C-2"'))
    words = [sys.executable, "-c", ONE_OF_TWO, str(place)]
    both = [
        subprocess.Popen([*words, *map(str, each)], stderr=subprocess.PIPE)
        for each in ((folder, other), (other, folder))
    ]
    said = [each.communicate()[1] for each in both]
    assert (said, [each.returncode for each in both]) == ([b"", b""], [0, 0])
    assert len(dump(place)["subjects"]) == 1
    assert [len(recorded(place, label).photographs) for label in ("C-1", "C-2")] == [3, 3]
    assert len(objects(place)) == 3
    assert holds_together(place)

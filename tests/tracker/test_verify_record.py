"""Verify the record: whatever was changed past pigtrack is named; what stands is said to stand."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest
from kept_records import by_hand, copied
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.model.record import Actor, Role
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import find_version
from pigtrack.store.record.signing import add_sign_off
from pigtrack.store.record.tables import users
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.erasing import erase
from pigtrack.tracker.record.verifying import verify_record


@pytest.fixture
def data(kept, tmp_path):
    """A record of one's own."""
    return copied(kept, tmp_path / "data")


def found(data, **options):
    return [
        (each.part, each.where, each.told) for each in verify_record(data=data, by="auditor-1", **options).mismatches
    ]


def ask(data, question):
    with closing(sqlite3.connect(data / "record.sqlite")) as database:
        return database.execute(question).fetchone()


def test_a_record_that_nobody_touched_is_sound_and_says_what_was_looked_at(data):
    verified = verify_record(data=data, by="auditor-1")

    assert verified.is_sound, verified.lines
    assert verified.counts["originals"] == 4  # three photographs, and the label images
    assert verified.counts["measurements"] == 1
    assert verified.counts["rows of measurements"] > 6
    assert verified.counts["entries of the trail"] == verified.head.seq
    assert verified.lines[-1] == "Nothing was changed."


def test_the_check_itself_is_told_to_the_trail(data):
    verify_record(data=data, by="auditor-1")

    entry = json.loads(ask(data, "SELECT body FROM trail ORDER BY seq DESC")[0])
    assert (entry["action"], entry["actor"], entry["mismatches"]) == ("verify", "auditor-1", 0)


def test_a_changed_day_is_named_with_its_table_and_course(data):
    session = ask(data, "SELECT id FROM sessions WHERE number = 2")[0]
    by_hand(data, "UPDATE sessions SET day = '2026-01-24' WHERE number = 2")

    assert found(data) == [
        ("rows", f"sessions of course C-0001, {session}", "The row was changed since it was last written.")
    ]


def test_a_row_taken_away_is_named(data):
    treatment = ask(data, "SELECT id FROM treatments")[0]
    by_hand(data, f"DELETE FROM treatments WHERE id = '{treatment}'")

    assert found(data) == [("rows", f"treatments of course C-0001, {treatment}", "The row is missing.")]


def test_a_row_slipped_in_is_named(data):
    by_hand(data, "INSERT INTO users VALUES ('u-1', 'mallory', 'owner', NULL, 1)")

    told = [each for each in found_as_owner(data) if each[0] == "rows"]
    assert told == [("rows", "users u-1", "No entry of the trail tells of this row.")]


def found_as_owner(data):
    return [(each.part, each.where, each.told) for each in verify_record(data=data, by="mallory").mismatches]


def test_a_lesions_area_made_smaller_is_named_with_session_and_lesion(data):
    by_hand(data, "UPDATE lesion_rows SET area_mm2 = area_mm2 / 2 WHERE session = 2 AND lesion_id = 1")

    where = "measurement 1 of course C-0001"
    assert found(data) == [
        ("measurements", where, "Its rows in the database are not those that were added."),
        (
            "measurements",
            where,
            "lesion_rows, session 2, lesion 1: area_mm2 beside the cells is not what the cells say.",
        ),
    ]


def test_cells_rewritten_with_the_columns_beside_them_are_named_all_the_same(data):
    cells = ask(data, "SELECT cells FROM lesion_rows WHERE session = 2 AND lesion_id = 1")[0]
    forged = cells.replace(",no_detectable_change,", ",improved,")
    assert forged != cells
    by_hand(data, f"UPDATE lesion_rows SET cells = '{forged}' WHERE session = 2 AND lesion_id = 1")

    told = [sentence for part, _, sentence in found(data) if part == "measurements"]
    assert "Its rows in the database are not those that were added." in told


def test_a_lesion_taken_out_of_a_measurement_is_named(data):
    by_hand(data, "DELETE FROM lesion_rows WHERE lesion_id = 2")

    assert found(data)[0][:2] == ("measurements", "measurement 1 of course C-0001")


def test_rows_of_a_measurement_that_is_none_are_named(data):
    by_hand(
        data,
        "INSERT INTO lesion_rows SELECT 'ffff', session, lesion_id, status, area_mm2, delta_mi, pigment_load, verdict,"
        " cells FROM lesion_rows WHERE session = 1",
        "INSERT INTO lesion_rows SELECT '0000', session, lesion_id, status, area_mm2, delta_mi, pigment_load, verdict,"
        " cells FROM lesion_rows WHERE session = 1 AND measurement_id <> 'ffff'",
    )

    assert found(data) == [
        ("measurements", f"lesion_rows {stray}", "These rows belong to no measurement.") for stray in ("0000", "ffff")
    ]


def test_an_entry_of_the_trail_rewritten_is_named(data):
    by_hand(data, "UPDATE trail SET body = replace(body, 'staff-1', 'staff-9'), actor = 'staff-9' WHERE seq = 5")

    told = [each for each in found(data) if each[0] == "trail"]
    assert told[0][1] == "entry 5"


def test_an_entry_cut_out_of_the_middle_is_named(data):
    by_hand(data, "DELETE FROM trail WHERE seq = 7")

    assert any(sentence == "Entry 7 of the trail is missing." for _, _, sentence in found(data))


def test_a_trail_cut_off_at_its_end_is_found_by_what_it_no_longer_tells(data):
    last = ask(data, "SELECT max(seq) FROM trail")[0]
    by_hand(data, f"DELETE FROM trail WHERE seq > {last - 3}")

    assert any("No entry of the trail tells of this row." in sentence for _, _, sentence in found(data))


def test_a_head_that_was_kept_must_still_be_there(data):
    kept_head = verify_record(data=data, by="auditor-1").head.hash
    verify_record(data=data, by="auditor-1")
    assert verify_record(data=data, by="auditor-1", head=kept_head).is_sound

    # The check itself added entries that no row hangs on: only a head that was kept shows that they are gone.
    by_hand(data, f"DELETE FROM trail WHERE seq >= (SELECT seq FROM trail WHERE hash = '{kept_head}')")
    told = found(data, head=kept_head)
    assert ("trail", "", f"No entry has the digest {kept_head}: the trail was cut off or written anew.") in told


def test_guards_that_somebody_took_away_are_named(data):
    with closing(sqlite3.connect(data / "record.sqlite")) as database, database:
        database.execute("DROP TRIGGER trail_no_delete")

    assert found(data) == [("database", "trail", "The guard that refuses to take away a row is gone.")]


def test_an_original_with_one_bit_flipped_is_named(data):
    name = ask(data, "SELECT original FROM photographs ORDER BY original")[0]
    path = data / "originals" / name[:2] / name[2:4] / name
    path.chmod(0o600)
    changed = bytearray(path.read_bytes())
    changed[1000] ^= 1
    path.write_bytes(changed)

    told = found(data)
    assert [(part, where) for part, where, _ in told] == [("originals", f"photograph of course C-0001, {name}")]


def test_an_original_that_is_gone_is_named(data):
    name = ask(data, "SELECT labels FROM measurements")[0]
    (data / "originals" / name[:2] / name[2:4] / name).unlink()

    assert [(part, where) for part, where, _ in found(data)] == [
        ("originals", f"label images of course C-0001, {name}")
    ]


def test_a_key_destroyed_without_an_erasure_is_named(data):
    by_hand(data, "DELETE FROM subject_keys")

    assert found(data) == [("rows", "patient P-0007", "The key is missing, though the patient was not erased.")]


def test_what_an_interrupted_import_left_is_noted_and_no_fault(data, tmp_path):
    from pigtrack.store.vault.local import LocalOriginals

    LocalOriginals(data / "originals").put(b"nobody's")

    verified = verify_record(data=data, by="auditor-1")
    assert verified.is_sound
    assert "1 stored originals are named by no row" in verified.notes[0]


def test_the_command_ends_with_1_at_a_mismatch_and_says_it_as_json_too(data):
    assert CliRunner().invoke(app, ["verify", "--data", str(data), "--by", "auditor-1"]).exit_code == 0
    by_hand(data, "UPDATE courses SET site = 'left hand'")

    shown = CliRunner().invoke(app, ["verify", "--data", str(data), "--by", "auditor-1", "--json"])

    told = json.loads(shown.stdout)
    assert shown.exit_code == 1
    assert not told["sound"]
    assert told["mismatches"][0]["where"].startswith("courses of course C-0001")


def test_a_database_that_is_none_is_told_in_one_sentence(data):
    (data / "record.sqlite").write_bytes(b"no database" * 1000)
    for beside in data.glob("record.sqlite-*"):
        beside.unlink()

    shown = CliRunner().invoke(app, ["verify", "--data", str(data)])
    assert shown.exit_code == 1
    assert "Traceback" not in shown.output
    assert "restore" in shown.output


@pytest.fixture(scope="module")
def erased(kept, tmp_path_factory):
    """A record whose one patient was erased, and where what was erased may still be found."""
    place = tmp_path_factory.mktemp("erased")
    data, before = copied(kept, place / "data"), copied(kept, place / "before")
    told = {"reason": "asked for", "confirm": lambda told: True, "ask": lambda name: ""}
    erase(pseudonym="P-0007", data=data, by="owner-1", **told)
    return data, before


def test_an_erased_patients_record_is_checked_as_far_as_anybody_can(erased, tmp_path):
    data = copied(erased[0], tmp_path / "data")
    verified = verify_record(data=data, by="auditor-1")

    assert verified.is_sound, verified.lines
    assert verified.counts["measurements of erased patients"] == 1
    assert verified.counts["originals of erased patients"] == 4

    by_hand(data, "UPDATE lesion_rows SET area_mm2 = area_mm2 / 2 WHERE session = 2 AND lesion_id = 1")
    assert found(data) == [
        (
            "measurements",
            f"measurement 1 of course erased-{ask(data, 'SELECT id FROM courses')[0][:8]}",
            "Its rows in the database are not those that were added.",
        )
    ]


def test_an_erasure_undone_by_an_older_backup_is_named(erased, tmp_path):
    older = copied(erased[1], tmp_path / "data")
    (older / "erasures.jsonl").write_bytes((erased[0] / "erasures.jsonl").read_bytes())

    ((part, where, told),) = found(older)
    assert (part, where) == ("rows", f"patient {ask(older, 'SELECT id FROM subjects')[0]}")
    assert told.endswith("Run: pigtrack erase --repeat erasures.jsonl.")


def test_originals_that_an_erasure_left_behind_are_noted(erased, tmp_path):
    data = copied(erased[0], tmp_path / "data")
    name = ask(data, "SELECT original FROM photographs")[0]
    source = erased[1] / "originals" / name[:2] / name[2:4] / name
    target = data / "originals" / name[:2] / name[2:4] / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())

    verified = verify_record(data=data, by="auditor-1")
    assert verified.is_sound
    assert verified.notes == ("1 originals of erased patients are still stored. Run: pigtrack erase --finish.",)


def test_a_signature_under_other_numbers_is_named(data):
    with opened(data) as record, record.writing(Actor("doctor-1", Role.CLINICIAN)) as unit:
        course = need_course(unit.connection, "C-0001")
        add_sign_off(unit, course, find_version(unit.connection, course), "reviewed")
    assert found(data) == []
    by_hand(data, "UPDATE sign_offs SET rows_digest = 'other'")

    assert ("signatures", "measurement 1 of course C-0001, signed by doctor-1") in [
        (part, where) for part, where, _ in found(data)
    ]


def test_time_stamps_are_noted_as_not_checked_where_nobody_is_trusted(data):
    by_hand(data, "INSERT INTO time_stamps VALUES (1, 'https://stamps.example/tsr', x'00')", unguarded=False)

    verified = verify_record(data=data, by="auditor-1")
    assert verified.notes == ("1 time stamps were not checked: name whom you trust with --trusted FILE.",)


def test_a_time_stamp_that_is_none_is_named_where_somebody_is_trusted(data, tmp_path):
    by_hand(data, "INSERT INTO time_stamps VALUES (1, 'https://stamps.example/tsr', x'00')", unguarded=False)
    (tmp_path / "roots.pem").write_bytes(b"")

    parts = [(part, where) for part, where, _ in found(data, trusted=tmp_path / "roots.pem")]
    assert parts == [("time stamps", "entry 1, by https://stamps.example/tsr")]


def test_a_time_stamp_that_was_taken_away_or_exchanged_is_named(data):
    digest, other = "8" * 64, "12"
    with opened(data) as record, record.writing(Actor("auditor-1")) as unit:
        unit.connection.exec_driver_sql("INSERT INTO time_stamps VALUES (1, 'stamps.example', x'12')")
        unit.note(
            "stamp", "trail", stamped=1, authority="stamps.example", token=sha256(bytes.fromhex(other)).hexdigest()
        )
        unit.note("stamp", "trail", stamped=2, authority="stamps.example", token=digest)
    gone = ("time stamps", "entry 2, by stamps.example", "The time stamp is missing.")
    assert found(data) == [gone]

    by_hand(data, "UPDATE time_stamps SET token = x'13'")
    changed = ("time stamps", "entry 1, by stamps.example", "The time stamp was changed since it was kept.")
    assert found(data) == [changed, gone]


def test_a_guard_that_was_made_to_let_everything_pass_is_named(data):
    by_hand(
        data,
        "DROP TRIGGER trail_no_update",
        "CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail BEGIN SELECT 1; END",
        "CREATE TRIGGER quiet AFTER INSERT ON corrections BEGIN UPDATE corrections SET active = 0; END",
        unguarded=False,
    )

    assert found(data) == [
        ("database", "trail", "The guard that refuses to change a row was made another."),
        ("database", "corrections", "The trigger quiet is none of pigtrack's."),
    ]


def test_a_yes_that_no_question_finds_any_more_is_named(data):
    """Read as yes, 2 fits the row's digest; asked for what is active, the database does not find it."""
    with opened(data) as record, record.writing(Actor("olga")) as unit:
        unit.add(users, {"name": "olga", "role": "owner", "password": None, "active": True})
    by_hand(data, "UPDATE users SET active = 2")

    mismatches = verify_record(data=data, by="olga").mismatches
    assert [(each.part, each.told) for each in mismatches] == [("rows", "Its active is neither yes nor no.")]


@pytest.mark.parametrize("statement", ["DELETE FROM meta", "UPDATE meta SET value = 'another'"])
def test_a_record_under_another_identifier_is_named(data, statement):
    by_hand(data, statement)

    assert [(part, where) for part, where, _ in found(data)] == [("database", "meta")]


def test_a_key_that_belongs_to_nobody_is_named(data):
    by_hand(data, "INSERT INTO subject_keys VALUES ('nobody', x'00')")

    assert found(data) == [("rows", "patient nobody", "There is a key, and no such patient.")]

"""A patient who wants to be forgotten is: key, name, days and words leave the record; numbers and the chain stay."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from hashlib import sha256
from uuid import uuid4

import pytest
from drawn_records import ANNA, drawn_course, fill
from kept_records import by_hand, copied
from sqlalchemy import select

from pigtrack.errors import NotAllowedError, OriginalError, RecordError
from pigtrack.model.record import Actor, Consent, Purpose
from pigtrack.store.record import scrubbing
from pigtrack.store.record.checking.whole import check_record
from pigtrack.store.record.courses import KeptOriginal, add_correction, add_file, add_told, need_course
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.links import add_link, find_link
from pigtrack.store.record.notes import add_note
from pigtrack.store.record.opening import create_record
from pigtrack.store.record.originals import seal_label
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.subjects import add_consent, add_subject, consented, need_subject
from pigtrack.store.record.tables import (
    ENTITIES,
    KEPT,
    adverse_events,
    courses,
    lesion_rows,
    reviews,
    screens,
    sessions,
    subject_keys,
    subjects,
)
from pigtrack.store.record.trail import read_entries
from pigtrack.store.record.unit import row_digest, subject_key
from pigtrack.store.record.uploads import add_upload
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.store.vault.sealing import seal
from pigtrack.tracker.record.desk import now, opened
from pigtrack.tracker.record.erasing import erase, erase_again, finish, repeat

COURSE, PATIENT, OTHER = "C-00001", "P-00001", "P-00002"
TOKEN = "q3Jt-8aZ"
REASON = "demanded by the patient"
WORDS = (
    "withdrew by letter",
    "itches a lot",
    "wants to begin all the same",
    "a mole she was born with",
    "is afraid of needles",
)


def yes(_):
    return True


def nobody(name):
    raise AssertionError(f"{name} was asked for a password")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Two patients of one course each; the first has said and been told all that a record can hold."""
    place = tmp_path_factory.mktemp("kept") / "data"
    create_record(place, clock=now)
    with opened(place) as record:
        fill(record, range(1, 3), sessions=2, lesions=2)
        with record.writing(ANNA, "as told") as unit:
            row = need_course(unit.connection, COURSE)
            of = {"subject": row["subject_id"], "course": row["id"]}
            visit = unit.connection.execute(select(sessions.c.id).where(sessions.c.course_id == row["id"])).scalar()
            add_consent(unit, row["subject_id"], Consent(Purpose.RESEARCH, True, note=WORDS[0]))
            add_told(unit, adverse_events, visit, [f'what = "{WORDS[1]}"\n'], **of)
            unit.add(screens, {"course_id": row["id"]}, content=f'reason = "{WORDS[2]}"\n', **of)
            add_correction(unit, row["id"], 1, f'kind = "exclude"\nreason = "{WORDS[3]}"\n', subject=row["subject_id"])
            unit.add(
                reviews, {"course_id": row["id"], "blinded": True, "closed": False}, content="order = [2, 1]\n", **of
            )
            sealed = seal(unit.key(of["subject"]), b"name = 'card'", label=seal_label(of["subject"]))
            card = KeptOriginal(
                sha256(b"name = 'card'").hexdigest(), record.originals.put(sealed), 13, "application/toml"
            )
            add_file(unit, row["id"], "card.toml", card, subject=of["subject"])
            add_note(unit, row, WORDS[4])
            add_upload(unit, row, str(uuid4()), card, suffix=".jpg", capture={"way": "file"})
            add_link(unit, row, token=TOKEN, code="$argon2id$x", expires="2099-01-01T00:00:00Z")
    return place


@pytest.fixture
def data(kept, tmp_path, monkeypatch):
    monkeypatch.delenv("PIGTRACK_USER", raising=False)
    return copied(kept, tmp_path / "data")


def forget(data, **more):
    return erase(**{"pseudonym": PATIENT, "reason": REASON, "confirm": yes, "ask": nobody, "data": data, **more})


def key_of(data, pseudonym):
    with opened(data) as record, record.reading() as connection:
        row = need_subject(connection, pseudonym)
        return row["id"], subject_key(connection, row["id"])


def bytes_of(data):
    return b"".join(path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file())


def mismatches(data):
    with opened(data) as record:
        return list(check_record(record))


def personal(data):
    """What of the first patient must not be in any file of the data folder."""
    course = drawn_course(1, sessions=2)
    days = [session.date.isoformat() for session in course.sessions]
    names = [name for session in course.sessions for name in session.photos]
    return [PATIENT, COURSE, course.site, *days, *names, *WORDS]


def test_neither_key_nor_name_nor_day_nor_word_is_left_in_any_file(data):
    _, key = key_of(data, PATIENT)
    before = bytes_of(data)
    assert key in before
    assert PATIENT.encode() in before
    forget(data)
    after = bytes_of(data)
    assert key not in after
    theirs = drawn_course(2, sessions=2)
    shared = {theirs.site, *(session.date.isoformat() for session in theirs.sessions)}
    for told in set(personal(data)) - shared:
        assert told.encode() not in after, told


def test_what_is_left_is_whole_and_the_other_patient_untouched(data):
    subject, _ = key_of(data, PATIENT)
    _, other = key_of(data, OTHER)
    erased = forget(data)
    assert erased.originals == 4  # two photographs, the card's file, the label images
    assert mismatches(data) == []
    assert key_of(data, OTHER)[1] == other
    with opened(data) as record, record.reading() as connection:
        row = connection.execute(select(courses).where(courses.c.subject_id == subject)).mappings().one()
        recorded = read_course(record, connection, row)
        theirs = read_course(record, connection, need_course(connection, "C-00002"))
        assert theirs.photographs[0].read()
        assert not consented(connection, subject, Purpose.RESEARCH)
        assert not find_link(connection, TOKEN).opens(now())
    assert recorded.erased
    assert recorded.course.id == f"erased-{row['id'][:8]}"
    assert len(recorded.lesions) == 4
    assert all(each["area_mm2"] for each in recorded.lesions)
    assert (recorded.sessions, recorded.photographs, recorded.course.subject) == ((), (), None)


def test_every_content_that_may_be_changed_is_blanked(data):
    subject, _ = key_of(data, PATIENT)
    forget(data)
    with opened(data) as record, record.reading() as connection:
        left = connection.execute(select(subject_keys).where(subject_keys.c.subject_id == subject)).all()
        mine = {each["entity_id"] for each in read_entries(connection) if each["subject_id"] == subject}
        for table in ENTITIES:
            if table not in KEPT and "content" in table.c:
                found = connection.execute(select(table).where(table.c.id.in_(mine))).mappings().all()
                assert found, table.name
                assert all(row["content"] is None for row in found), table.name
    assert left == []


def test_the_tombstone_tells_who_when_why_and_how_much_and_names_nobody(data):
    subject, _ = key_of(data, PATIENT)
    forget(data, by="olga")
    with opened(data) as record, record.reading() as connection:
        entries = [json.loads(each["body"]) for each in read_entries(connection)]
        row = connection.execute(select(subjects).where(subjects.c.id == subject)).mappings().one()
    stone = next(each for each in entries if each["action"] == "erase")
    assert (stone["actor"], stone["reason"], stone["id"]) == ("olga", REASON, subject)
    assert (stone["courses"], stone["sessions"], stone["photographs"]) == (1, 2, 2)
    assert row["erased"] == stone["seq"]
    assert "sealed" not in stone


def test_the_digest_that_the_trail_keeps_can_not_be_tried_out(data):
    """Who knows the id and guesses the pseudonym right must not see it fit the digest of the row as it was."""
    subject, _ = key_of(data, PATIENT)
    forget(data)
    with opened(data) as record, record.reading() as connection:
        entries = [json.loads(each["body"]) for each in read_entries(connection) if each["entity_id"] == subject]
    guess = {"id": subject, "pseudonym": PATIENT, "content": None, "erased": None}
    assert row_digest(subjects, guess) not in {each.get("new") for each in entries} | {
        each.get("old") for each in entries
    }


@pytest.mark.parametrize("reason", ["", "  ", f"{PATIENT} wants it", f"course {COURSE.lower()} is hers"])
def test_a_reason_that_is_empty_or_names_somebody_erases_nothing(data, reason):
    before = key_of(data, PATIENT)
    with pytest.raises(RecordError, match="name nobody"):
        forget(data, reason=reason)
    assert key_of(data, PATIENT) == before


def test_who_does_not_confirm_erases_nothing_and_saw_how_much_it_would_be(data):
    shown = []
    with pytest.raises(NotAllowedError, match="Nothing was erased"):
        forget(data, confirm=lambda told: shown.append(told))
    assert "1 courses, 2 sessions, 2 photographs" in shown[0]
    assert key_of(data, PATIENT)[1] is not None


def test_an_erasure_that_was_killed_after_the_key_is_finished_later(data):
    subject, key = key_of(data, PATIENT)
    with opened(data) as record, record.writing(ANNA) as unit:
        erase_subject(unit, need_subject(unit.connection, PATIENT), reason=REASON)
    assert not (data / "erasures.jsonl").exists()
    done = finish(data=data, ask=nobody)
    assert done.originals == 4
    assert key not in bytes_of(data)
    assert json.loads((data / "erasures.jsonl").read_text())["subject"] == subject
    again = finish(data=data, ask=nobody)
    assert (again.originals, again.copies) == (0, 0)
    assert mismatches(data) == []


def test_what_fails_in_the_middle_erases_nothing(data):
    before = key_of(data, PATIENT)

    def fail():
        with opened(data) as record, record.writing(ANNA) as unit:
            erase_subject(unit, need_subject(unit.connection, PATIENT), reason=REASON)
            raise RuntimeError("power gone")

    with pytest.raises(RuntimeError, match="power"):
        fail()
    assert key_of(data, PATIENT) == before
    assert mismatches(data) == []


def test_a_restored_older_backup_is_made_to_forget_again(data, tmp_path):
    older = copied(data, tmp_path / "older")
    _, key = key_of(data, PATIENT)
    forget(data)
    assert key in bytes_of(older)
    erased = repeat(tombstones=data / "erasures.jsonl", ask=nobody, data=older)
    assert erased.subjects == 1
    assert key not in bytes_of(older)
    assert PATIENT.encode() not in bytes_of(older)
    assert mismatches(older) == []
    assert repeat(tombstones=data / "erasures.jsonl", ask=nobody, data=older).subjects == 0
    assert (older / "erasures.jsonl").read_text().count("\n") == 1


def test_tombstones_that_only_the_file_knows_stay(data):
    stranger = json.dumps({"subject": "0" * 8, "erased": "2020-01-01T00:00:00Z"}) + "\n"
    (data / "erasures.jsonl").write_text(stranger)
    forget(data)
    assert (data / "erasures.jsonl").read_text().startswith(stranger)
    assert (data / "erasures.jsonl").read_text().count("\n") == 2


@pytest.mark.parametrize("text", ["no json", "[]\n", '{"subject": 1}\n', "\xff"])
def test_a_list_of_erasures_that_is_none_is_refused_before_anything(data, tmp_path, text):
    (tmp_path / "list").write_text(text, encoding="latin-1")
    with opened(data) as record, pytest.raises(RecordError, match="can't be read"):
        erase_again(record, tmp_path / "list", actor=Actor("olga"))
    assert key_of(data, PATIENT)[1] is not None


def test_copies_that_upgrades_left_hold_the_key_and_go(data):
    copy = data / "record.sqlite.before-0003-from-0001"
    copy.write_bytes((data / "record.sqlite").read_bytes())
    assert forget(data).copies == 1
    assert not copy.exists()


def test_while_somebody_reads_the_key_is_gone_and_the_file_is_written_anew_later(data, monkeypatch):
    monkeypatch.setattr(scrubbing, "_PATIENCE_MS", 100)
    _, key = key_of(data, PATIENT)
    with closing(sqlite3.connect(data / "record.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM trail").fetchone()
        with pytest.raises(RecordError, match=r"key is destroyed.*reading it.*erase --finish"):
            forget(data)
        reader.execute("COMMIT")
    with pytest.raises(RecordError, match="no patient"):
        key_of(data, PATIENT)
    finish(data=data, ask=nobody)
    assert key not in bytes_of(data)


def test_originals_that_can_not_be_removed_hold_up_nothing_else(data, monkeypatch):
    _, key = key_of(data, PATIENT)

    def out_of_reach(*_):
        raise OriginalError("The storage does not answer.", "Look at the network.")

    with monkeypatch.context() as patch:
        patch.setattr(LocalOriginals, "delete", out_of_reach)
        with pytest.raises(RecordError, match=r"key is destroyed.*storage.*erase --finish"):
            forget(data)
    assert key not in bytes_of(data)
    assert (data / "erasures.jsonl").exists()
    assert finish(data=data, ask=nobody).originals == 4


def test_the_same_pseudonym_is_a_new_patient_afterwards(data):
    subject, key = key_of(data, PATIENT)
    forget(data)
    with opened(data) as record, record.writing(ANNA) as unit:
        add_subject(unit, PATIENT)
    assert key_of(data, PATIENT)[0] != subject
    assert key_of(data, PATIENT)[1] != key
    assert mismatches(data) == []


def test_nothing_can_be_added_to_who_was_erased(data):
    with opened(data) as record:
        with record.reading() as connection:
            row = need_course(connection, COURSE)
        forget(data)
        with pytest.raises(RecordError, match="were erased"), record.writing(ANNA) as unit:
            add_correction(unit, row["id"], 2, 'kind = "exclude"\nreason = "x"\n', subject=row["subject_id"])
    assert mismatches(data) == []


def test_numbers_of_erased_patients_that_are_changed_by_hand_are_still_found(data):
    forget(data)
    by_hand(data, f"UPDATE {lesion_rows.name} SET cells = replace(cells, '.', '9.')")
    assert mismatches(data)


_CHILD = """
import sys
from pathlib import Path
from pigtrack.tracker.record.erasing import erase
print("ready", flush=True)
erase(pseudonym=sys.argv[2], reason="demanded", confirm=bool, ask=str, data=Path(sys.argv[1]), by="olga")
"""


@pytest.mark.parametrize("rounds", [2, pytest.param(60, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_patient_is_there_whole_or_can_be_forgotten_whole(kept, tmp_path, rounds):
    chance = random.Random(7)
    for number in range(rounds):
        data = copied(kept, tmp_path / str(number))
        _, key = key_of(data, PATIENT)
        with subprocess.Popen([sys.executable, "-c", _CHILD, data, PATIENT], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.25))
            child.kill()
        assert mismatches(data) == []
        try:
            assert key_of(data, PATIENT)[1] == key
        except RecordError:
            finish(data=data, ask=nobody)
        else:
            forget(data)
        assert key not in bytes_of(data)
        assert mismatches(data) == []
        assert "subject" in json.loads((data / "erasures.jsonl").read_text())

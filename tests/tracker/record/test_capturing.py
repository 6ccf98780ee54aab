"""Photographs taken in one by one: there for good once that is said, never twice, and part of the course when kept."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date
from uuid import uuid4

import pytest
from kept_records import by_hand, copied
from sqlalchemy import select

from pigtrack.errors import FormError, NotAllowedError, PhotographError, RecordError, UnknownError
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.record import Actor, Role
from pigtrack.model.upload import READABLE, Judgement, UploadState
from pigtrack.store.record.checking import Tally, check_record
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.erasing import erase_subject, erased_originals
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.snapshot import named_originals
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import courses, uploads
from pigtrack.store.record.trail import read_entries
from pigtrack.store.record.users import add_user
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.tracker.record.capturing import discard, keep, note_judgement, open_desk, see_upload
from pigtrack.tracker.record.course_folder import input_digest
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.receiving import TwinError, receive

GOOD = Judgement(QualityVerdict.PASS, (QualityCheck("blur_mm", 0.1, 0.3, QualityVerdict.PASS, "Hold still."),), True)
NO_PICTURE = Judgement(
    QualityVerdict.REJECT, (QualityCheck(READABLE, 0.0, 1.0, QualityVerdict.REJECT, "It can't be decoded."),)
)
LATER = date(2027, 3, 1)


@pytest.fixture(scope="module")
def shots(drawn):
    """Photographs that differ: a drawn one, and the same with a remark in its file."""
    data = sorted(drawn.folder.glob("*.jpg"))[1].read_bytes()
    return [data[:2] + bytes.fromhex("fffe0005") + f"{number:03d}".encode() + data[2:] for number in range(6)]


@pytest.fixture
def data(kept, tmp_path):
    return copied(kept, tmp_path / "data")


@pytest.fixture
def course(data):
    with opened(data) as record, record.reading() as connection:
        return str(connection.execute(select(courses.c.id)).scalar_one())


def sent(data, course, photograph, upload=None, **how):
    return receive(course=course, upload=upload or str(uuid4()), photograph=photograph, data=data, **how).upload


def judged(data, course, photograph, judgement=GOOD):
    upload = sent(data, course, photograph)
    return note_judgement(upload=upload.id, judgement=judgement, data=data)


def sound(data):
    with opened(data) as record:
        tally = Tally()
        assert [each.line for each in check_record(record, tally=tally)] == []
        return tally


def told(data):
    with opened(data) as record, record.reading() as connection:
        return read_course(record, connection, connection.execute(select(courses)).mappings().one())


def test_what_was_received_is_there_with_its_trail_and_verify_knows_it(data, course, shots):
    upload = sent(data, course, shots[0], capture={"way": "camera", "iso": "100"})

    known = see_upload(upload=upload.id, data=data)
    assert (known.state, known.bytes, known.media_type) == (UploadState.ARRIVED, len(shots[0]), "image/jpeg")
    assert known.capture == {"way": "camera", "iso": "100"}
    tally = sound(data)
    assert tally.counts["originals that no row names"] == 0
    with opened(data) as record, record.reading() as connection:
        assert {row.original for row in connection.execute(select(uploads))} <= set(named_originals(connection))


def test_sent_again_under_the_same_id_it_is_there_once(data, course, shots):
    upload = str(uuid4())
    first, again = (
        receive(course=course, upload=upload, photograph=shots[0], data=data),
        receive(course=course, upload=upload, photograph=shots[0], data=data),
    )

    assert (first.news, again.news, first.upload) == (True, False, again.upload)
    with pytest.raises(RecordError, match="Another photograph arrived under this id"):
        receive(course=course, upload=upload, photograph=shots[1], data=data)


def test_eight_at_a_time_make_one(data, course, shots):
    upload, outcomes, gate = str(uuid4()), [], threading.Barrier(8)
    with opened(data) as record:

        def send():
            gate.wait()
            outcomes.append(receive(course=course, upload=upload, photograph=shots[0], data=record))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(each.news for each in outcomes) == [False] * 7 + [True]
        with record.reading() as connection:
            assert len(connection.execute(select(uploads)).all()) == 1
    assert sound(data).counts["originals that no row names"] == 0


def test_the_same_photograph_under_another_id_is_told_as_there_already(data, course, shots):
    first = judged(data, course, shots[0])
    with pytest.raises(TwinError, match="arrived already"):
        sent(data, course, shots[0])

    keep(upload=first.id, day=LATER, data=data)
    with pytest.raises(TwinError, match="part of session"):
        sent(data, course, shots[0])


def test_one_that_was_put_aside_may_be_sent_again(data, course, shots):
    first = judged(data, course, shots[0])
    aside = discard(upload=first.id, reason="blurred", data=data)
    again = sent(data, course, shots[0])

    assert (aside.state, again.state) == (UploadState.DISCARDED, UploadState.ARRIVED)
    note_judgement(upload=again.id, judgement=GOOD, data=data)
    keep(upload=again.id, day=LATER, data=data)
    with pytest.raises(TwinError):  # nor can the one that was put aside be kept beside it
        keep(upload=first.id, day=LATER, data=data)
    sound(data)


@pytest.mark.parametrize(
    ("photograph", "said"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 anything", "is a PDF document"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "damaged|decoded|no JPEG|cut short"),
        (b"<html>hello</html>", "is a text"),
    ],
)
def test_what_is_no_photograph_is_refused_and_leaves_nothing(data, course, photograph, said):
    with pytest.raises(PhotographError, match=said):
        sent(data, course, photograph)

    assert sound(data).counts["originals that no row names"] == 0


def test_a_kept_photograph_begins_the_visit_of_its_day_and_the_next_joins_it(data, course, shots):
    before = told(data)
    number = len(before.course.sessions) + 1
    first = keep(upload=judged(data, course, shots[0]).id, day=LATER, skin_state="tanned", data=data)
    second = keep(upload=judged(data, course, shots[1]).id, day=LATER, data=data)

    after = told(data)
    visit = after.course.sessions[-1]
    assert (first.session, second.session, len(after.course.sessions)) == (number, number, number)
    assert visit.photos == (f"session-{number:02d}-1.jpg", f"session-{number:02d}-2.jpg") == (first.name, second.name)
    assert (visit.date, visit.skin_state, after.course.reseated_shots) == (LATER, "tanned", True)
    assert input_digest(after) != input_digest(before)
    assert [each.read() for each in after.photographs[-2:]] == shots[:2]
    desk = open_desk(course=course, day=LATER, data=data)
    assert (desk.today.number, desk.waiting) == (number, ())
    sound(data)


def test_keeping_twice_keeps_once(data, course, shots):
    upload = judged(data, course, shots[0]).id
    first = keep(upload=upload, day=LATER, data=data)

    assert keep(upload=upload, day=LATER, data=data) == first
    assert told(data).course.sessions[-1].photos == (first.name,)
    with pytest.raises(RecordError, match="part of session"):
        discard(upload=upload, data=data)


def test_one_shot_that_was_not_set_up_anew_spoils_it_for_all(data, course, shots):
    for number, reseated in enumerate((True, True, False)):
        keep(upload=judged(data, course, shots[number]).id, day=LATER, reseated=reseated, data=data)
        assert told(data).course.reseated_shots is (number == 1)
    keep(upload=judged(data, course, shots[3]).id, day=LATER, reseated=True, data=data)

    assert told(data).course.reseated_shots is False


def test_photographs_from_after_the_procedure_are_a_visit_of_their_own(data, course, shots):
    before = keep(upload=judged(data, course, shots[0]).id, day=LATER, data=data)
    after = keep(upload=judged(data, course, shots[1]).id, day=LATER, after_procedure=True, data=data)

    assert after.session == before.session + 1
    assert [each.after_procedure for each in told(data).course.sessions[-2:]] == [False, True]


def test_what_does_not_fit_is_refused_and_nothing_is_half_written(data, course, shots):
    unseen = sent(data, course, shots[0])
    with pytest.raises(RecordError, match="not looked at yet"):
        keep(upload=unseen.id, day=LATER, data=data)
    no_picture = judged(data, course, shots[1], NO_PICTURE)
    with pytest.raises(RecordError, match="can't be decoded"):
        keep(upload=no_picture.id, day=LATER, data=data)
    early = judged(data, course, shots[2])
    with pytest.raises(FormError, match="later visit"):
        keep(upload=early.id, day=date(2020, 1, 1), data=data)
    keep(upload=judged(data, course, shots[3]).id, day=LATER, data=data)
    with pytest.raises(FormError, match="told as"):
        keep(upload=early.id, day=LATER, skin_state="make-up", data=data)
    with pytest.raises(UnknownError):
        keep(upload=str(uuid4()), day=LATER, data=data)

    assert see_upload(upload=early.id, data=data).state is UploadState.ARRIVED
    sound(data)


def test_the_first_judgement_stands(data, course, shots):
    upload = judged(data, course, shots[0])
    assert note_judgement(upload=upload.id, judgement=NO_PICTURE, data=data).judgement == GOOD


def test_nobody_but_who_may_record_gets_in(data, course, shots):
    with opened(data) as record, record.writing(Actor("staff-1")) as unit:
        add_user(unit, "olga", Role.OWNER, password="long enough for her")
        add_user(unit, "otto", Role.AUDITOR, password="long enough for him")
    for verb in (
        lambda: sent(data, course, shots[0], by="otto"),
        lambda: see_upload(upload=str(uuid4()), data=data, by="otto"),
        lambda: open_desk(course=course, day=LATER, data=data, by="otto"),
        lambda: keep(upload=str(uuid4()), day=LATER, data=data, by="otto"),
        lambda: discard(upload=str(uuid4()), data=data, by="otto"),
    ):
        with pytest.raises(NotAllowedError):
            verb()


def test_the_trail_tells_of_every_step_and_names_nobody(data, course, shots):
    upload = judged(data, course, shots[0])
    discard(upload=upload.id, reason="hair over the lesion of P-7", data=data)
    open_desk(course=course, day=LATER, data=data)

    with opened(data) as record, record.reading() as connection:
        entries = [each for each in read_entries(connection) if each["entity"] == "uploads"]
        assert [each["action"] for each in entries] == ["create", "judge", "discard", "view"]
        plain = " ".join(str(row) for row in connection.exec_driver_sql("SELECT body FROM trail").scalars())
        assert "P-7" not in plain
        assert "hair" not in plain


def test_erased_with_the_patient(data, course, shots):
    upload = judged(data, course, shots[0])
    with opened(data) as record:
        with record.writing(Actor("staff-1")) as unit:
            row = need_course(unit.connection, told(data).course.id)
            pseudonym = told(data).course.subject
            assert row["id"] == course
            erase_subject(unit, need_subject(unit.connection, pseudonym), reason="demanded")
        with record.reading() as connection:
            named = connection.execute(select(uploads.c.original)).scalars().all()
            assert set(named) <= erased_originals(connection)
    with pytest.raises(UnknownError):
        see_upload(upload=upload.id, data=data)
    sound(data)


def test_what_is_refused_leaves_nothing_in_the_store_of_originals(data, course, shots):
    first = sent(data, course, shots[0])
    with opened(data) as record:
        before = set(record.originals.digests())
    with pytest.raises(RecordError, match="Another photograph arrived under this id"):
        sent(data, course, shots[1], first.id)
    with pytest.raises(FormError, match="too long"):
        sent(data, course, shots[2], capture={"lens": "x" * 101})
    with pytest.raises(TwinError):
        sent(data, course, shots[0])
    with opened(data) as record:
        assert set(record.originals.digests()) == before
    assert sound(data).counts["originals that no row names"] == 0


def test_killed_between_the_original_and_the_row_it_can_be_sent_again(data, course, shots, tmp_path):
    photograph, upload = tmp_path / "shot.jpg", str(uuid4())
    photograph.write_bytes(shots[0])
    script = f"""
import os, signal
from pathlib import Path
from pigtrack.tracker.record import receiving
receiving.add_upload = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
receiving.receive(course={course!r}, upload={upload!r}, photograph=Path({str(photograph)!r}).read_bytes(),
                  data=Path({str(data)!r}))
"""
    ended = subprocess.run([sys.executable, "-c", script], env={**os.environ}, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert sound(data).counts["originals that no row names"] == 1

    assert receive(course=course, upload=upload, photograph=shots[0], data=data).news
    assert sound(data).counts["originals that no row names"] == 0


def test_a_full_disk_is_told_and_nothing_is_taken_for_there(data, course, shots, monkeypatch):
    def full(self, sealed):
        raise RecordError("The originals can't be kept (No space left on device).", "Free some space.")

    monkeypatch.setattr(LocalOriginals, "put", full)
    upload = str(uuid4())
    with pytest.raises(RecordError, match="No space left"):
        sent(data, course, shots[0], upload)
    monkeypatch.undo()

    with pytest.raises(UnknownError):
        see_upload(upload=upload, data=data)
    assert sent(data, course, shots[0], upload).state is UploadState.ARRIVED


def test_a_changed_original_of_a_waiting_photograph_is_found(data, course, shots):
    sent(data, course, shots[0])
    by_hand(data, "UPDATE uploads SET sha256 = 'ff'")
    with opened(data) as record:
        assert any("photograph that was sent" in each.line for each in check_record(record))


def test_an_id_of_an_erased_patient_s_photograph_is_not_given_twice(data, course, shots):
    upload = sent(data, course, shots[0])
    by_hand(data, f"UPDATE uploads SET content = NULL WHERE id = '{upload.id}'")
    with pytest.raises(RecordError, match="Give every photograph an id of its own"):
        sent(data, course, shots[1], upload.id)


def test_what_arrives_while_its_patient_is_erased_leaves_no_file(data, course, shots, monkeypatch):
    with opened(data) as record:
        before = set(record.originals.digests())
        put = LocalOriginals.put

        def erased_meanwhile(self, sealed):
            kept = put(self, sealed)
            with record.writing(Actor("olga")) as unit:
                erase_subject(unit, need_subject(unit.connection, "P-0007"), reason="demanded")
            return kept

        monkeypatch.setattr(LocalOriginals, "put", erased_meanwhile)
        with pytest.raises(RecordError, match="erased"):
            receive(course=course, upload=str(uuid4()), photograph=shots[0], data=record)
        assert set(record.originals.digests()) == before  # those go with the erasure's own sweep

"""The trail as people review it: chosen, opened as far as keys are there, never unblinding, and itself told of."""

import threading
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from drawn_records import ANNA, fill
from kept_records import by_hand, copied
from sqlalchemy import select

from pigtrack.errors import NotAllowedError, RecordError
from pigtrack.model.record import Consent, Purpose, Role
from pigtrack.model.trail import Sealed
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.opened_trail import read_stamps
from pigtrack.store.record.opening import create_record
from pigtrack.store.record.subjects import add_consent, need_subject
from pigtrack.store.record.tables import courses, reviews, users
from pigtrack.store.record.trail import read_entries
from pigtrack.tracker.record.desk import now, opened
from pigtrack.tracker.record.trailing import Wanted, head, stamp, trail_of

COURSE, PATIENT = "C-00001", "P-00001"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    place = tmp_path_factory.mktemp("kept") / "data"
    create_record(place, clock=now)
    with opened(place) as record:
        fill(record, range(1, 3), sessions=2, lesions=2)
        with record.writing(ANNA, "moved house") as unit:
            subject = need_subject(unit.connection, PATIENT)["id"]
            add_consent(unit, subject, Consent(Purpose.CARE, True, date(2026, 1, 11), "paper in folder 3"))
            row = need_course(unit.connection, COURSE)
            unit.change(courses, row["id"], {"site": "chin"}, subject=subject, course=row["id"])
    return place


@pytest.fixture
def data(kept, tmp_path, monkeypatch):
    monkeypatch.delenv("PIGTRACK_USER", raising=False)
    return copied(kept, tmp_path / "data")


def read(data, by=None, **wanted):
    with trail_of(wanted=Wanted(**wanted), data=data, by=by) as entries:
        return list(entries)


def test_a_change_is_told_with_old_new_and_reason_that_the_chain_keeps_sealed(data):
    change = read(data, course=COURSE, action="change")[-1]
    assert change.sealed is Sealed.OPENED
    assert change.label == COURSE
    assert (change.words["before"]["site"], change.words["values"]["site"]) == ("right cheek", "chin")
    assert change.words["reason"] == "moved house"
    assert "chin" not in str(change.body)


def test_entries_are_chosen_by_course_patient_day_user_and_action(data):
    everything = read(data)
    of_course = read(data, course=COURSE)
    assert of_course[0].body["action"] == "create"
    assert of_course[0].body["entity"] == "courses"
    assert {each.label for each in of_course} == {COURSE}
    assert 0 < len(of_course) < len(read(data, subject=PATIENT)) < len(everything)
    today = datetime.now(UTC).date()
    assert read(data, since=date(2999, 1, 1)) == read(data, until=date(2020, 1, 1)) == []
    assert len(read(data, since=date(2020, 1, 1), until=today, actor="anna")) == len(everything) - 1
    assert {each.body["action"] for each in read(data, action="view")} == {"view"}


def test_a_look_is_told_of_and_is_not_among_what_it_shows(data):
    before = len(read(data))
    again = read(data, by="audrey", course=COURSE)
    assert again[-1].body["action"] != "view"
    last = read(data)[-1]
    assert len(read(data)) == before + 3
    assert (last.body["action"], last.body["entity"], last.body["actor"]) == ("view", "trail", "audrey")
    assert COURSE not in str(last.body)


def test_after_an_erasure_the_sealed_parts_stay_closed_and_the_rest_is_read(data):
    with opened(data) as record, record.writing(ANNA) as unit:
        row = need_subject(unit.connection, PATIENT)
        erase_subject(unit, row, reason="demanded by the patient")
    entries = read(data, subject=row["id"])
    sealed = {each.sealed for each in entries}
    assert sealed == {Sealed.ERASED, Sealed.NONE}
    assert all(each.words == {} for each in entries)
    assert [each.body["reason"] for each in entries if each.body["action"] == "erase"] == ["demanded by the patient"]
    with pytest.raises(RecordError, match="no patient"):
        read(data, subject=PATIENT)
    assert {each.sealed for each in read(data, subject="P-00002")} == {Sealed.OPENED}


def test_the_trail_does_not_unblind_a_review_that_is_open(data):
    with opened(data) as record:
        with record.writing(ANNA) as unit:
            row = need_course(unit.connection, COURSE)
            of = {"subject": row["subject_id"], "course": row["id"]}
            blank = {"course_id": row["id"], "blinded": True, "closed": False}
            review = unit.add(reviews, blank, content="order = [2, 1]\n", **of)
        assert [(each.sealed, each.words) for each in read(data) if each.body["entity"] == "reviews"] == [
            (Sealed.BLINDED, {})
        ]
        with record.writing(ANNA) as unit:
            unit.change(reviews, review, {"closed": True}, **of)
    opened_now = [each for each in read(data) if each.body["entity"] == "reviews"]
    assert opened_now[0].words["content"] == "order = [2, 1]\n"


def test_an_entry_that_was_changed_by_hand_is_told_as_damaged_and_the_others_are_read(data):
    by_hand(
        data,
        'UPDATE trail SET body = replace(body, \'"sealed":"\', \'"sealed":"AAAA\') WHERE seq = 3',
        "UPDATE trail SET body = '}{' WHERE seq = 4",
    )
    entries = read(data)
    assert [each.sealed for each in entries[2:5]] == [Sealed.DAMAGED, Sealed.DAMAGED, Sealed.OPENED]


def test_the_head_is_the_last_entry_and_asking_for_it_changes_nothing(data):
    end = head(data=data)
    assert end == head(data=data)
    with opened(data) as record, record.reading() as connection:
        last = list(read_entries(connection))[-1]
    assert (end.seq, end.hash) == (last["seq"], last["hash"])


def test_a_stranger_reads_no_trail_and_an_auditor_all_of_it(data):
    with opened(data) as record, record.writing(ANNA) as unit:
        for name, role in (("olga", Role.OWNER), ("audrey", Role.AUDITOR)):
            unit.add(users, {"name": name, "role": role.value, "active": True})
    with pytest.raises(NotAllowedError, match="no user"):
        read(data, by="stranger")
    with pytest.raises(NotAllowedError, match="no user"):
        head(data=data, by="stranger")
    assert len(read(data, by="audrey")) > 10


class _Silent(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"no stamp at all")

    def log_message(self, *_):
        pass


def test_an_authority_that_answers_nonsense_leaves_no_stamp_and_no_entry(data):
    pytest.importorskip("rfc3161_client", reason="needs pigtrack[timestamp]")
    before = head(data=data)
    server = HTTPServer(("127.0.0.1", 0), _Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(RecordError, match="can't be read"):
            stamp(url=f"http://127.0.0.1:{server.server_port}/tsr", data=data)
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(RecordError, match="can't be asked"):
        stamp(url="http://stamps.example/tsr", data=data)
    assert head(data=data) == before


def test_a_stamp_is_kept_with_the_entry_it_confirms(data, monkeypatch):
    """What an authority answers is held to its digest in `test_timestamps`; here it is kept, and told of."""
    from pigtrack.store import timestamps

    asked = []
    monkeypatch.setattr(timestamps, "request_stamp", lambda digest, url: asked.append((digest, url)) or b"token")
    end = stamp(url="https://stamps.example/tsr", data=data)
    assert asked == [(bytes.fromhex(end.hash), "https://stamps.example/tsr")]
    with opened(data) as record, record.reading() as connection:
        kept = read_stamps(connection)
        assert connection.execute(select(courses.c.label)).first() is not None
    assert [(each.seq, each.authority, each.token) for each in kept] == [(end.seq, "stamps.example", b"token")]
    told = read(data)[-1].body
    assert (told["action"], told["stamped"], told["hash"]) == ("stamp", end.seq, end.hash)

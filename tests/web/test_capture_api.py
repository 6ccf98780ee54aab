"""Photographs sent by programs: acknowledged when they are there for good, once, and looked at."""

import io
import socket
from datetime import date
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from kept_records import copied
from PIL import Image
from served_records import served
from sqlalchemy import func, select

from pigtrack.store.record.checking import Tally, check_record
from pigtrack.store.record.tables import uploads
from pigtrack.store.record.uploads import need_upload
from pigtrack.web import safety

DAY = date.today().isoformat()


@pytest.fixture(scope="module")
def capture(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("capture") / "data")) as server:
        yield server
        if hasattr(server.app.state, "capture"):
            server.app.state.capture.judging.close()


@pytest.fixture(scope="module")
def course(capture):
    return capture.course_ids()[0]


@pytest.fixture(scope="module")
def cleo(capture):
    person = capture.as_("cleo")
    person.headers["X-Form-Token"] = person.form_token()
    return person


@pytest.fixture(scope="module")
def picture(drawn):
    data = sorted(drawn.folder.glob("*.jpg"))[1].read_bytes()
    count = iter(range(1000))
    return lambda: data[:2] + bytes.fromhex("fffe0005") + f"{next(count):03d}".encode() + data[2:]


def put(person, course, data, upload=None, *, name="", **how):
    told = {"course": course, "name": name}
    return person.put(f"/api/uploads/{upload or uuid4()}", params=told, content=data, **how)


def looked_at(person, upload):
    """Wait for the verdict as the page does: ask again, on a machine that others work at too."""
    for _ in range(6):
        told = person.get(f"/api/uploads/{upload}", params={"wait": 20})
        if told.json()["verdict"] is not None:
            break
    return told


def held(server):
    with server.record.reading() as connection:
        return connection.execute(select(func.count()).select_from(uploads)).scalar_one()


def test_a_photograph_is_sent_looked_at_and_kept_and_stands_in_the_course(capture, cleo, course, picture):
    upload, data = str(uuid4()), picture()
    sent = put(cleo, course, data, upload, headers={"X-Capture-Way": "camera", "X-Capture-Iso": "100"})
    again = put(cleo, course, data, upload)
    told = looked_at(cleo, upload).json()

    assert (sent.status_code, again.status_code) == (201, 200)
    assert (told["state"], told["verdict"]["readable"], told["verdict"]["compared"]) == ("arrived", True, True)
    assert {each["name"] for each in told["verdict"]["checks"]} >= {"card_found", "same_place", "blur_mm"}
    assert all(each["said"] and each["remedy"] for each in told["verdict"]["checks"])
    assert upload in cleo.get(f"/courses/{course}/capture").text
    small = cleo.get(f"/api/uploads/{upload}/picture")
    assert (small.headers["content-type"], small.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert b"Exif" not in small.content

    early = cleo.post(f"/api/uploads/{upload}/keep", json={"day": "2099-01-01"})
    assert (early.status_code, early.json()["title"]) == (422, "2099-01-01 is yet to come.")
    kept = cleo.post(f"/api/uploads/{upload}/keep", json={"day": DAY, "skin_state": ""}).json()
    assert (kept["state"], kept["session"], kept["name"]) == ("kept", 4, "session-04-1.jpg")
    assert cleo.post(f"/api/uploads/{upload}/keep", json={"day": DAY}).json() == kept
    twin = put(cleo, course, data)
    assert (twin.status_code, "part of session 4" in twin.json()["title"]) == (409, True)
    assert 'data-session="4"' in cleo.get(f"/courses/{course}/capture").text


def test_the_day_on_a_photographs_clock_is_told_and_nothing_else_of_its_exif(capture, cleo, course, drawn):
    exif, taken = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8769).update({0x9003: "2026:05:03 23:59:00", 0xA431: "SERIAL-0815"})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0)})
    with Image.open(sorted(drawn.folder.glob("*.jpg"))[1]) as shot:
        shot.convert("RGB").save(taken, "JPEG", quality=91, exif=exif)
    upload = str(uuid4())
    assert put(cleo, course, taken.getvalue(), upload).status_code == 201
    told = looked_at(cleo, upload)
    assert told.json()["verdict"]["taken_on"] == "2026-05-03"
    assert cleo.get(f"/api/uploads/{upload}").json() == told.json()  # as it was written down
    with capture.record.reading() as connection:
        known = need_upload(connection, upload)
    assert known.judgement.taken_on == date(2026, 5, 3)
    assert not [each for each in ("SERIAL-0815", "23:59", "48.0") if each in str(known)]


def test_what_is_no_picture_inside_is_told_so_and_can_not_be_kept(cleo, course):
    upload, raw = str(uuid4()), b"II*\x00" + bytes(5000)  # begins as raw files do, and goes on as none
    assert put(cleo, course, raw, upload, name="IMG_0007.DNG").status_code == 201
    told = looked_at(cleo, upload).json()
    assert (told["verdict"]["verdict"], told["verdict"]["readable"]) == ("reject", False)
    assert "/tmp" not in told["verdict"]["checks"][0]["remedy"]

    refused = cleo.post(f"/api/uploads/{upload}/keep", json={"day": DAY})
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    aside = cleo.post(f"/api/uploads/{upload}/discard", json={"reason": "cut short"})
    assert aside.json()["state"] == "discarded"


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"", 422, "is empty"),
        (b"%PDF-1.7", 422, "PDF"),
        (b"\xff\xd8\xff\xe0" + bytes(500), 422, "photograph"),
        (b"GIF89a" + bytes(100), 422, "GIF"),
    ],
)
def test_what_is_no_photograph_is_refused_in_a_sentence(capture, cleo, course, data, status, said):
    before = held(capture)
    answer = put(cleo, course, data)
    assert (answer.status_code, said in answer.json()["title"], held(capture)) == (status, True, before)
    assert answer.json()["detail"]


def test_a_course_that_is_not_there_a_broken_id_and_a_long_fact_are_problems(cleo, course, picture):
    assert put(cleo, uuid4(), picture()).status_code == 404
    assert put(cleo, course, picture(), "seven").status_code == 422
    assert put(cleo, course, picture(), headers={"X-Capture-Note": "x" * 101}).status_code == 422
    assert cleo.get(f"/api/uploads/{uuid4()}").status_code == 404
    assert cleo.post(f"/api/uploads/{uuid4()}/keep", json={"day": "yesterday"}).status_code == 422


def test_a_body_that_breaks_off_leaves_nothing(capture, cleo, course, picture):
    before, data, upload = held(capture), picture(), str(uuid4())
    host = urlsplit(capture.address)
    head = (
        f"PUT /api/uploads/{upload}?course={course} HTTP/1.1\r\nHost: {host.netloc}\r\n"
        f"Cookie: pigtrack={cleo.cookies['pigtrack']}\r\nX-Form-Token: {cleo.headers['X-Form-Token']}\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    with socket.create_connection((host.hostname, host.port)) as line:
        line.sendall(head.encode() + data[: len(data) // 2])
    assert (cleo.get(f"/api/uploads/{upload}").status_code, held(capture)) == (404, before)
    assert put(cleo, course, data, upload).status_code == 201


def test_too_large_a_body_is_refused_before_it_is_read(capture, cleo, course):
    host = urlsplit(capture.address)
    head = (
        f"PUT /api/uploads/{uuid4()}?course={course} HTTP/1.1\r\nHost: {host.netloc}\r\n"
        f"Content-Length: {200 * 1024 * 1024}\r\n\r\n"
    )
    with socket.create_connection((host.hostname, host.port)) as line:
        line.sendall(head.encode())
        assert b" 413 " in line.recv(100)


def test_a_body_that_is_too_large_and_does_not_say_so_is_told_so_and_not_to_be_sent_again(
    capture, cleo, course, monkeypatch
):
    monkeypatch.setattr(safety, "UPLOAD_BYTES_MOST", 200_000)
    before = held(capture)
    answer = put(cleo, course, (b"x" * 50_000 for _ in range(5)))
    assert (answer.status_code, answer.json()["title"]) == (413, "More was sent than is taken.")
    assert held(capture) == before


def test_the_ghost_is_the_first_photograph_small_and_its_card_lies_within(cleo, course):
    guide = cleo.get(f"/courses/{course}/capture/guide").json()["guide"]
    ghost = cleo.get(f"/courses/{course}/capture/ghost.jpg")

    assert guide["width"] > guide["height"] > 0
    assert len(guide["card"]) == 4
    assert all(0 <= each <= 1 for corner in guide["card"] for each in corner)
    assert (ghost.content[:3], b"Exif" in ghost.content) == (b"\xff\xd8\xff", False)


def test_who_may_not_record_gets_no_camera_and_leaves_no_photograph(capture, course, picture):
    otto = capture.as_("otto")
    otto.headers["X-Form-Token"] = otto.form_token()
    assert put(otto, course, picture()).status_code == 403
    assert otto.get(f"/courses/{course}/capture").status_code == 403
    assert put(capture.as_(None), course, picture()).status_code == 401


def test_what_nobody_decided_on_is_there_after_a_restart(capture, staffed, tmp_path, course, picture):
    data, upload = copied(staffed, tmp_path / "data"), str(uuid4())
    with served(data) as first:
        person = first.as_("cleo")
        person.headers["X-Form-Token"] = person.form_token()
        assert put(person, course, picture(), upload).status_code == 201
        first.app.state.capture.judging.close()
    with served(data) as second:
        assert upload in second.as_("cleo").get(f"/courses/{course}/capture").text


def test_after_all_this_the_record_is_sound(capture):
    tally = Tally()
    assert [each.line for each in check_record(capture.record, tally=tally)] == []

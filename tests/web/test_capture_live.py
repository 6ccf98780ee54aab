"""Live pictures on their way to be looked at: answered within a moment, stored and written down nowhere."""

import io
import time

import pytest
from kept_records import copied
from PIL import Image
from served_records import served
from sqlalchemy import func, select

from pigtrack.store.record.tables import trail
from pigtrack.tracker.verdicts import Live
from pigtrack.web.rates import Rate

SEEN_WITHIN_S = 30


@pytest.fixture(scope="module")
def live(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("live") / "data")) as server:
        yield server
        if hasattr(server.app.state, "capture"):
            server.app.state.capture.judging.close()


@pytest.fixture(scope="module")
def course(live):
    return live.course_ids()[0]


@pytest.fixture(scope="module")
def cleo(live):
    person = live.as_("cleo")
    person.headers["X-Form-Token"] = person.form_token()
    return person


@pytest.fixture(scope="module")
def frame(drawn):
    small = io.BytesIO()
    with Image.open(sorted(drawn.folder.glob("*.jpg"))[1]) as picture:
        picture.convert("RGB").resize((800, 600)).save(small, "JPEG", quality=60)
    return small.getvalue()


def send(person, course, data, **query):
    return person.post(
        f"/api/courses/{course}/glance",
        params=query,
        content=data,
        headers={"Content-Type": "image/jpeg"},
    )


def seen(person, course, data, **query):
    """Send until somebody has time for it, as the page does."""
    ends = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < ends:
        answer = send(person, course, data, **query)
        assert answer.status_code == 200, answer.text
        if answer.json()["seen"] is not None:
            return answer.json()["seen"]
        time.sleep(0.3)
    raise AssertionError("nobody ever had time")


def refused(person, course, data):
    """Send until somebody had time to look, and found it to be no picture."""
    for _ in range(SEEN_WITHIN_S * 3):
        answer = send(person, course, data)
        if answer.status_code != 200:
            return answer
        time.sleep(0.3)
    raise AssertionError("it was never refused")


def entries(server):
    with server.record.reading() as connection:
        return connection.execute(select(func.count()).select_from(trail)).scalar_one()


def test_a_live_picture_is_held_against_the_baseline_and_leaves_nothing(live, cleo, course, frame, caplog):
    first = seen(cleo, course, frame, width=2000)
    before = entries(live), sorted(live.record.folder.path.rglob("*"))
    again = seen(cleo, course, frame, width=2000)

    assert first == again
    assert first["compared"] is True
    assert len(first["card"]) == 4
    kinds = [each["kind"] for each in first["hints"]]
    assert {"turn", "distance", "tilt", "centre"} <= set(kinds)
    assert all(each["said"].endswith(".") for each in first["hints"])
    assert (entries(live), sorted(live.record.folder.path.rglob("*"))) == before
    assert "glance" not in caplog.text


def test_a_photographs_turn_comes_first_and_a_live_picture_does_not_wait(live, cleo, course, frame):
    seen(cleo, course, frame)
    verdicts = live.app.state.capture.judging.verdicts
    with verdicts._turn:  # as while a photograph is looked at
        began = time.monotonic()
        answers = [send(cleo, course, frame).json() for _ in range(3)]
        took = time.monotonic() - began
    assert answers == [{"seen": None}] * 3
    assert took < 3


def test_looking_takes_half_the_time_at_most(live, cleo, course, frame):
    looked = seen(cleo, course, frame)
    glancing = live.app.state.capture.glancing
    glancing._rested_at = glancing._clock() + 60
    try:
        assert send(cleo, course, frame).json() == {"seen": None}
    finally:
        glancing._rested_at = 0.0
    assert seen(cleo, course, frame) == looked


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no JPEG"),
        (b"GIF89a", "is no JPEG"),
        (b"\xff\xd8\xff\xe0" + bytes(600), "damaged"),
        (b"\xff\xd8\xff" * 200_000, "The live picture is too large."),
    ],
)
def test_what_is_no_small_jpeg_is_told_so(cleo, course, data, said):
    answer = refused(cleo, course, data)
    assert (answer.status_code, said in answer.json()["title"]) == (422, True)
    assert answer.json()["detail"]


def test_a_small_file_that_unfolds_into_a_huge_picture_is_refused(cleo, course):
    huge = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(huge, "JPEG", quality=10)
    assert len(huge.getvalue()) < 512 * 1024
    answer = refused(cleo, course, huge.getvalue())
    assert (answer.status_code, answer.json()["title"]) == (422, "The live picture has 4000 pixels on a side.")


def test_only_who_may_photograph_this_course_from_our_own_page_is_answered(live, course, frame):
    otto = live.as_("otto")
    otto.headers["X-Form-Token"] = otto.form_token()
    assert send(otto, course, frame).status_code == 403
    assert send(live.as_(None), course, frame).status_code == 401
    assert send(live.as_("cleo"), course, frame).status_code == 403
    cleo = live.as_("cleo")
    cleo.headers["X-Form-Token"] = cleo.form_token()
    assert send(cleo, "11111111-1111-4111-8111-111111111111", frame).status_code == 404


def test_who_sends_more_than_any_page_would_is_held_up(live, cleo, course, frame, monkeypatch):
    monkeypatch.setattr(live.app.state.rates, "glances", Rate(most=2, within_s=60))
    answers = [send(cleo, course, frame) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_a_process_that_is_ended_meanwhile_is_missed_for_one_picture_only(live, cleo, course, frame):
    seen(cleo, course, frame)
    verdicts = live.app.state.capture.judging.verdicts
    verdicts._worker.interrupt()
    aim = live.app.state.capture.glancing._aims[course][1]
    verdicts.glance(Live(aim, frame))
    assert seen(cleo, course, frame)["compared"] is True

"""The record's disk is full while people are at its pages: they are told so, nothing is lost or half-written."""

import contextlib
import os
import subprocess
import sys
from datetime import date
from uuid import uuid4

import pytest
from kept_records import copied
from served_records import served

from pigtrack.store.record.checking import check_record

pytestmark = pytest.mark.skipif(not (sys.platform == "linux" and os.geteuid() == 0), reason="only root mounts disks")

DISK_MB = 24


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A small disk of its own; skips where none can be mounted."""
    at = tmp_path_factory.mktemp("disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", at], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield at
    subprocess.run(["umount", at], check=True)


@pytest.fixture(scope="module")
def clinic(staffed, disk):
    with served(copied(staffed, disk / "data")) as server:
        yield server
        if hasattr(server.app.state, "capture"):
            server.app.state.capture.judging.close()


@contextlib.contextmanager
def filled(disk, leave):
    """A disk on which only some bytes are left, while the block lasts."""
    free = os.statvfs(disk)
    (disk / "filling").write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - leave)))
    try:
        yield
    finally:
        (disk / "filling").unlink()


@pytest.mark.parametrize("leave", [0, 40_000, 150_000])
def test_what_is_sent_to_a_full_disk_may_be_sent_again_and_is_there_once(clinic, disk, drawn, leave):
    """A phone lets go of a photograph that is refused for good, so this must not be one."""
    cleo, course, upload = clinic.as_("cleo"), clinic.course_ids()[0], str(uuid4())
    cleo.headers["X-Form-Token"] = cleo.form_token()
    data = sorted(drawn.folder.glob("*.jpg"))[1].read_bytes() + bytes([leave % 251]) + bytes(200_000)
    with filled(disk, leave):
        answer = cleo.put(f"/api/uploads/{upload}", params={"course": course}, content=data)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert "space" in answer.text or "full" in answer.text
    assert cleo.put(f"/api/uploads/{upload}", params={"course": course}, content=data).status_code == 201
    assert cleo.put(f"/api/uploads/{upload}", params={"course": course}, content=data).status_code == 200
    assert list(check_record(clinic.record)) == []


def test_every_page_says_that_the_disk_is_full_and_nothing_typed_is_half_written(clinic, disk):
    course, cleo = clinic.course_ids()[0], clinic.as_("cleo")
    for page in ("/", f"/courses/{course}", f"/courses/{course}/visits", f"/courses/{course}/about"):
        assert cleo.get(page).status_code == 200
    token = cleo.form_token()
    own = {"Origin": clinic.address, "Sec-Fetch-Site": "same-origin"}
    with filled(disk, 0):
        told = []
        for way, fields in (
            ("notes", {"session": "0", "note": "kept whole or not at all " * 100}),
            ("about/consent", {"purpose": "care", "given": "yes", "day": date.today().isoformat(), "note": "x" * 400}),
            ("share", {"days": "9", "language": "en"}),
        ):
            answer = cleo.post(f"/courses/{course}/{way}", data={"form_token": token, **fields}, headers=own)
            told.append((way, answer.status_code, "disk is full" in answer.text))
        told += [
            (page, answer.status_code, "disk is full" in answer.text)
            for page in (f"/courses/{course}", f"/courses/{course}/review")
            for answer in [cleo.get(page)]
        ]
        assert [each for each in told if each[1:] != (503, True)] == []
    assert cleo.get(f"/courses/{course}").status_code == 200
    assert list(check_record(clinic.record)) == []

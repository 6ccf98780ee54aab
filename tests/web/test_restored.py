"""A backup is restored: it lets nobody in who was let in on the day that it was made."""

import contextlib
import sqlite3

import pytest
from argon2 import PasswordHasher
from kept_records import copied
from served_records import served

from pigtrack.store.record import passwords
from pigtrack.store.record.checking import check_record
from pigtrack.tracker.record.backing_up import back_up
from pigtrack.tracker.record.opening_link import open_link
from pigtrack.tracker.record.restoring import restore
from pigtrack.tracker.record.sharing import share


@pytest.fixture(autouse=True)
def _quick_codes(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def day_of_backup(staffed, tmp_path):
    """What people held in their hands when a backup was made: a session, its form token, a link, its code."""
    with served(copied(staffed, tmp_path / "data")) as clinic:
        cleo = clinic.as_("cleo")
        held = {"cookie": cleo.cookies["pigtrack"], "form": cleo.form_token()}
        link = share(course=clinic.course_ids()[0], data=clinic.record, by="cleo")
        held |= {"link": link.token, "code": link.code}
        held["patient"] = open_link(record=clinic.record, token=link.token, code=link.code).session
        back_up(to=tmp_path / "backup", data=clinic.record, by="olga")
    return tmp_path / "backup", held


def test_a_backup_holds_no_secret_that_lets_anybody_in(day_of_backup):
    backup, held = day_of_backup
    kept = b"".join(path.read_bytes() for path in backup.rglob("*") if path.is_file())
    assert [name for name, secret in held.items() if secret.encode() in kept] == []
    with contextlib.closing(sqlite3.connect(backup / "record.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM web_sessions").fetchone() == (0,)


def test_after_a_restore_nobody_is_signed_in_and_no_link_opens_and_that_is_said(day_of_backup, tmp_path):
    backup, held = day_of_backup
    restored = restore(backup=backup, to=tmp_path / "again", by="olga")
    assert "Patients' links were withdrawn (1)" in restored.told
    assert "disable again whoever was disabled since" in restored.told
    with served(tmp_path / "again") as clinic:
        for name, secret in (("pigtrack", held["cookie"]), ("pigtrack-link", held["patient"])):
            stale = clinic.as_(None)
            stale.cookies.set(name, secret)
            assert stale.get("/").headers["location"].startswith("/sign-in")
            assert stale.get("/link/page").headers["location"] == "/link"
        answer = clinic.as_(None).post(f"/link/{held['link']}", data={"code": held["code"]})
        assert answer.status_code == 410
        assert list(check_record(clinic.record)) == []

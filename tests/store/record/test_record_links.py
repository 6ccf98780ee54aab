"""A patient's link opens one chart until its last day, or until it is withdrawn; its secrets are not in the record."""

import shutil
from pathlib import Path

import pytest

from pigtrack.model.record import Actor
from pigtrack.store.folder import load_course
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.links import add_link, find_link, read_links, withdraw_link
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.trail import check_chain, read_entries

WHO = Actor("anna")
TOKEN = "q3Jt-8aZ"


def noon():
    return "2026-01-11T12:00:00.000000Z"


@pytest.fixture
def record(tmp_path, drawn):
    from pigtrack.tracker.record.importing import import_course

    folder = tmp_path / "course"
    shutil.copytree(drawn.folder, folder, ignore=shutil.ignore_patterns("results"))
    create_record(tmp_path / "data", clock=noon)
    with open_record(tmp_path / "data", clock=noon) as opened:
        import_course(opened, folder, load_course(folder), actor=WHO)
        yield opened


def link_to(record, **more):
    with record.writing(WHO) as unit:
        course = need_course(unit.connection, _label(record))
        add_link(unit, course, token=TOKEN, code="$argon2id$x", expires="2026-02-01T00:00:00Z", **more)
    with record.reading() as connection:
        return find_link(connection, TOKEN)


def _label(record):
    from sqlalchemy import select

    from pigtrack.store.record.tables import courses

    with record.reading() as connection:
        return connection.execute(select(courses.c.label)).scalar_one()


def test_a_link_is_found_by_its_token_and_opens_until_its_last_day(record):
    link = link_to(record, left_out=("session-01.jpg",))
    assert link.left_out == ("session-01.jpg",)
    assert link.opens("2026-01-31T23:59:59Z")
    assert not link.opens("2026-02-01T00:00:00Z")
    with record.reading() as connection:
        assert find_link(connection, "another") is None


def test_a_withdrawn_link_opens_nothing_and_the_trail_tells_who_withdrew_it(record):
    link = link_to(record)
    with record.writing(WHO, "lost phone") as unit:
        withdraw_link(unit, link)
    with record.reading() as connection:
        assert not find_link(connection, TOKEN).opens(noon())
        assert len(read_links(connection, need_course(connection, _label(record)))) == 1
        entries = list(read_entries(connection))
    assert entries[-1]["action"] == "withdraw"
    assert list(check_chain(iter(entries))) == []


def test_the_token_is_nowhere_in_the_data_folder(record, tmp_path):
    link_to(record)
    record.close()
    for path in Path(tmp_path / "data").rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes()

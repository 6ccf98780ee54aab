"""Errands beside a server: each done by a process of its own, told when it fails, gone when a patient is erased."""

import time

import pytest
from kept_records import copied
from sqlalchemy import select

from pigtrack.errors import OutputError
from pigtrack.model.errand import ErrandKind, ErrandState
from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.model.record import Actor, Role
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import subjects
from pigtrack.store.record.users import add_user
from pigtrack.tracker.errands import Errands
from pigtrack.tracker.processes import Hired
from pigtrack.tracker.record.desk import opened

OTTO = Actor("otto")


@pytest.fixture
def record(kept, tmp_path):
    with opened(copied(kept, tmp_path / "data")) as record:
        with record.writing(Actor("staff-1")) as unit:
            add_user(unit, "otto", Role.OWNER, password="seven drawn lentigines")
        yield record


def over(errands, uid):
    end = time.monotonic() + 60
    while (errand := errands.of(uid, by=OTTO)).is_going_on:
        assert time.monotonic() < end
        time.sleep(0.05)
    return errand


def erase_everybody(record):
    with record.reading() as connection:
        names = connection.execute(select(subjects.c.pseudonym)).scalars().all()
    with record.writing(OTTO) as unit:
        for name in names:
            erase_subject(unit, need_subject(unit.connection, name), reason="demanded")


@pytest.mark.parametrize("kind", [ErrandKind.EXPORT, ErrandKind.CHECK])
def test_what_is_made_while_a_patient_is_erased_is_not_kept(record, monkeypatch, kind):
    leave = Hired.leave

    def erased_meanwhile(self, **how):
        leave(self, **how)
        erase_everybody(record)

    monkeypatch.setattr(Hired, "leave", erased_meanwhile)
    errands = Errands(record)
    asked = ExportChoice(ExportFormat.CSV) if kind is ErrandKind.EXPORT else {"head": "", "recompute": False}
    errand = over(errands, errands.begin(kind, by=OTTO, words="all", asked=asked).uid)
    assert errand.state is ErrandState.FAILED
    assert "erased meanwhile" in errand.fault
    place = record.folder.path / "errands"
    assert not place.exists() or list(place.iterdir()) == []


def test_where_there_is_no_place_for_it_nothing_is_said_to_wait(record):
    (record.folder.path / "errands").write_text("in the way")
    errands = Errands(record)
    for _ in range(10):
        with pytest.raises(OutputError, match="can't be written"):
            errands.begin(ErrandKind.CHECK, by=OTTO, words="all", asked={"head": "", "recompute": False})
    assert errands.asked_by(OTTO, ErrandKind.CHECK) == ()

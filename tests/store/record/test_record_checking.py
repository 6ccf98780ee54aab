"""The check of a record on both databases, with several courses: each change is named, and only what was changed."""

import pytest
from drawn_records import fill
from sqlalchemy import text

from pigtrack.model.record import Actor
from pigtrack.store.record.checking import Tally, check_record
from pigtrack.store.record.engine import writing
from pigtrack.store.record.erasing import erase_subject
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import KEPT

GUARDED = ("lesion_rows", "measurements", "trail")


@pytest.fixture
def filled(record):
    """Three courses of two sessions, four lesions each."""
    fill(record, range(3), sessions=2, lesions=4)
    return record


def by_hand(record, statement):
    """Change the record past pigtrack, by somebody who may take its guards away."""
    sqlite = record.engine.dialect.name == "sqlite"
    with writing(record.engine) as connection:
        kept = []
        if sqlite:
            wanted = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            kept = connection.execute(text(wanted)).fetchall()
        for name in [row[0] for row in kept] if sqlite else GUARDED:
            connection.execute(text(f"DROP TRIGGER {name}" if sqlite else f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        connection.execute(text(statement))
        for _, made in kept:
            connection.execute(text(made.replace(":", r"\:")))
        for name in () if sqlite else GUARDED:
            connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def found(record, **options):
    return [(each.part, each.where.split(",")[0]) for each in check_record(record, **options)]


def test_a_filled_record_is_sound(filled):
    tally = Tally()

    assert list(check_record(filled, tally=tally)) == []
    assert tally.counts["measurements"] == 3
    assert tally.counts["rows of measurements"] == 3 * (2 + 2 * 4 + 2)
    assert tally.counts["originals"] >= 6


def test_each_kind_of_change_is_named_and_nothing_else(filled):
    labels = [row[0] for row in ask(filled, "SELECT label FROM courses ORDER BY label")]
    by_hand(filled, f"UPDATE courses SET closed = NOT closed WHERE label = '{labels[0]}'")
    by_hand(filled, f"UPDATE lesion_rows SET area_mm2 = 1 WHERE lesion_id = 2 AND measurement_id = {of(labels[1])}")
    by_hand(filled, f"UPDATE measurements SET exploratory = NOT exploratory WHERE id = {of(labels[2])}")

    assert set(found(filled)) == {
        ("rows", f"courses of course {labels[0]}"),
        ("measurements", f"measurement 1 of course {labels[1]}"),
        ("rows", f"measurements of course {labels[2]}"),
    }


def of(label):
    return f"(SELECT measurement_id FROM courses WHERE label = '{label}')"


def ask(record, question):
    with record.reading() as connection:
        return connection.execute(text(question)).fetchall()


def test_an_entry_taken_out_of_the_trail_is_named(filled):
    by_hand(filled, "DELETE FROM trail WHERE seq = 9")

    assert ("trail", "entry 10") in found(filled)


def test_an_erased_patient_leaves_a_record_that_is_sound(filled):
    pseudonym = ask(filled, "SELECT pseudonym FROM subjects ORDER BY pseudonym")[0][0]
    with filled.writing(Actor("olga")) as unit:
        erase_subject(unit, need_subject(unit.connection, pseudonym), reason="asked for")

    tally = Tally()
    assert list(check_record(filled, tally=tally)) == []
    assert tally.counts["measurements of erased patients"] == 1
    assert tally.counts["measurements that nobody can check any more"] == 0


def test_guards_that_are_switched_off_are_named(postgres_place):
    postgres_place.begin()
    with postgres_place.open() as record:
        with writing(record.engine) as connection:
            connection.execute(text("ALTER TABLE trail DISABLE TRIGGER USER"))

        assert found(record) == 3 * [("database", "trail")]  # change, take away, empty


def test_guards_that_let_everything_pass_are_named(postgres_place):
    postgres_place.begin()
    with postgres_place.open() as record:
        assert list(check_record(record)) == []
        with writing(record.engine) as connection:
            connection.execute(text("ALTER TABLE measurements ENABLE REPLICA TRIGGER measurements_no_update"))
        assert found(record) == [("database", "measurements")]

        with writing(record.engine) as connection:
            does = "$$ BEGIN RETURN NULL; END $$"
            connection.execute(
                text(f"CREATE OR REPLACE FUNCTION refuse_loss() RETURNS trigger LANGUAGE plpgsql AS {does}")
            )
        assert set(found(record)) == {("database", table.name) for table in KEPT}

"""On PostgreSQL, too, an erasure leaves neither key nor name in the tables' files, and one who looks on is no harm."""

from pathlib import Path

import pytest
from drawn_records import fill

from pigtrack.errors import RecordError
from pigtrack.store.record import scrubbing
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tables import subjects
from pigtrack.store.record.unit import subject_key
from pigtrack.tracker.record.erasing import erase, finish

PATIENT = "P-00001"


def nobody(name):
    raise AssertionError(f"{name} was asked for a password")


def in_tables(server, place, told):
    """Whether bytes are in the files of the record's tables, the log of writes left out.

    Other stories' databases, where a patient of the same name lives on, lie beside it.
    """
    import psycopg

    with psycopg.connect(place.database) as connection:
        asked = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        (number,) = asked.fetchone()
    server.run("CHECKPOINT")
    files = [path for path in (Path(server.folder) / "data" / "base" / str(number)).rglob("*") if path.is_file()]
    assert len(files) > 100
    return any(told in path.read_bytes() for path in files)


def test_neither_key_nor_pseudonym_nor_label_is_left_in_the_files_of_the_tables(postgres, postgres_place, monkeypatch):
    monkeypatch.delenv("PIGTRACK_USER", raising=False)
    postgres_place.begin()
    with postgres_place.open() as record:
        fill(record, range(1, 3), sessions=2, lesions=2)
        with record.reading() as connection:
            key = subject_key(connection, need_subject(connection, PATIENT)["id"])
    for told in (key, PATIENT.encode(), b"C-00001"):
        assert in_tables(postgres, postgres_place, told)
    erased = erase(
        pseudonym=PATIENT, reason="demanded", confirm=lambda _: True, ask=nobody, data=postgres_place.folder, by="olga"
    )
    assert erased.originals == 3
    for told in (key, PATIENT.encode(), b"C-00001"):
        assert not in_tables(postgres, postgres_place, told)
    assert in_tables(postgres, postgres_place, b"P-00002")
    assert (postgres_place.folder / "erasures.jsonl").exists()


def test_statistics_quote_nobody_who_was_erased(postgres, postgres_place):
    postgres_place.begin()
    with postgres_place.open() as record:
        fill(record, range(1, 3), sessions=2, lesions=2)
    _analyze(postgres_place)
    assert PATIENT in _quoted(postgres_place)
    erase(pseudonym=PATIENT, reason="x", confirm=lambda _: True, ask=nobody, data=postgres_place.folder, by="olga")
    assert PATIENT not in _quoted(postgres_place)


def _analyze(place):
    import psycopg

    with psycopg.connect(place.database, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _quoted(place):
    """What PostgreSQL's planner remembers of pseudonyms."""
    import psycopg

    asked = "SELECT histogram_bounds::text || coalesce(most_common_vals::text, '') FROM pg_stats WHERE tablename = %s"
    with psycopg.connect(place.database) as connection:
        return str(connection.execute(asked, [subjects.name]).fetchall())


def test_while_somebody_reads_for_long_the_rest_is_done_later(postgres, postgres_place, monkeypatch):
    import psycopg

    monkeypatch.setattr(scrubbing, "_PATIENCE_MS", 100)
    postgres_place.begin()
    with postgres_place.open() as record:
        fill(record, range(1, 2), sessions=2, lesions=2)
    forget = {"confirm": lambda _: True, "ask": nobody, "data": postgres_place.folder, "by": "olga"}
    with psycopg.connect(postgres_place.database) as reader:
        reader.execute("SELECT count(*) FROM subjects")
        with pytest.raises(RecordError, match=r"key is destroyed.*erase --finish"):
            erase(pseudonym=PATIENT, reason="demanded", **forget)
    finish(ask=nobody, data=postgres_place.folder, by="olga")
    assert not in_tables(postgres, postgres_place, PATIENT.encode())

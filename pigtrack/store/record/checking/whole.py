"""The whole check of a record, part by part."""

from collections.abc import Iterator

from sqlalchemy import Connection

from pigtrack.store.record.checking.measured import check_measurements
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.checking.originals import check_originals
from pigtrack.store.record.checking.rows import check_rows
from pigtrack.store.record.checking.standing import (
    check_erasures,
    check_identifier,
    check_keys,
    check_signatures,
    check_stamps,
    check_standing,
)
from pigtrack.store.record.checking.told import Told, check_trail
from pigtrack.store.record.opening import Record


def check_record(
    record: Record, *, head: str | None = None, roots: bytes | None = None, tally: Tally | None = None
) -> Iterator[Mismatch]:
    """Yield everything in a record that is not what was written, as one state of it shows.

    Parameters
    ----------
    head : str or None
        Digest of an entry of the trail that somebody kept; it must still be there.
    roots : bytes or None
        Certificates of trusted time stamping authorities, PEM.
    tally : Tally or None
        Told what was looked at.
    """
    counted = tally or Tally()
    with record.reading() as connection:
        yield from check_database(connection, head=head, roots=roots, tally=counted)
        yield from check_erasures(connection, record.originals, record.folder.path, counted)
        yield from check_originals(connection, record.originals, counted)


def check_database(
    connection: Connection, *, head: str | None = None, roots: bytes | None = None, tally: Tally | None = None
) -> Iterator[Mismatch]:
    """Yield everything in a record's database that is not what was written; originals are not looked at."""
    counted, told = tally or Tally(), Told()
    yield from check_standing(connection)
    yield from check_trail(connection, told, counted, head=head)
    yield from check_identifier(connection, told)
    yield from check_rows(connection, told, counted)
    yield from check_measurements(connection, told, counted)
    yield from check_keys(connection, counted)
    yield from check_signatures(connection, counted)
    yield from check_stamps(connection, told, roots, counted)

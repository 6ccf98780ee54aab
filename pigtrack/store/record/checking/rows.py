"""Every row of the record against what the trail last told of it."""

from collections.abc import Iterator
from itertools import chain, islice

from sqlalchemy import Boolean, Connection, Integer, Table, func, select, type_coerce

from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.checking.told import Told
from pigtrack.store.record.tables import ENTITIES, courses, trail
from pigtrack.store.record.unit import row_digest

_AT_ONCE = 2_000
"""Rows fetched together."""

_NAMED_AT_ONCE = 500
"""Rows whose course is looked for together; below what a statement may take."""


def check_rows(connection: Connection, told: Told, tally: Tally) -> Iterator[Mismatch]:
    """Yield every row that was changed, taken away or added by another hand than pigtrack's."""
    total = sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in ENTITIES)
    found = chain.from_iterable(_faults(connection, table, told, tally, total) for table in ENTITIES)
    while some := list(islice(found, _NAMED_AT_ONCE)):
        courses_of = _courses_of(connection, [row for _, row, _ in some])
        for table, row, sentence in some:
            yield Mismatch("rows", _where(table, row, courses_of), sentence)


def _faults(
    connection: Connection, table: Table, told: Told, tally: Tally, total: int
) -> Iterator[tuple[str, str, str]]:
    """Yield table, id and what is wrong."""
    digests = told.digests.get(table.name, {})
    seen: set[str] = set()
    answers = [column for column in table.columns if isinstance(column.type, Boolean)]
    asked = select(table, *(type_coerce(column, Integer).label(f"{column.name}_kept") for column in answers))
    found = connection.execute(asked, execution_options={"stream_results": True, "yield_per": _AT_ONCE})
    for row in tally.watch(found.mappings(), "rows", total):
        digest = digests.get(row["id"])
        seen.add(row["id"])
        if digest is None:
            yield table.name, row["id"], "No entry of the trail tells of this row."
        elif row_digest(table, row) != digest.hex():
            yield table.name, row["id"], "The row was changed since it was last written."
        elif wrong := [column.name for column in answers if row[f"{column.name}_kept"] not in (0, 1)]:
            # SQLite keeps any number as a yes or no; one of 2 is read as yes, and found by no question for yes or no.
            yield table.name, row["id"], f"Its {wrong[0]} is neither yes nor no."
    for missing in digests.keys() - seen:
        yield table.name, missing, "The row is missing."


def _courses_of(connection: Connection, rows: list[str]) -> dict[str, str]:
    """Return how the courses of rows are called, as far as the trail tells."""
    wanted = (
        select(trail.c.entity_id, courses.c.label, courses.c.id)
        .join(courses, courses.c.id == trail.c.course_id)
        .where(trail.c.entity_id.in_(rows))
        .distinct()
    )
    return {row.entity_id: row.label or f"erased-{row.id[:8]}" for row in connection.execute(wanted)}


def _where(table: str, row: str, courses_of: dict[str, str]) -> str:
    course = courses_of.get(row)
    return f"{table} {row}" if course is None else f"{table} of course {course}, {row}"

"""Tables in Parquet: typed columns, written piece by piece, the same bytes on every run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Any, BinaryIO

from pigtrack.errors import ExportError
from pigtrack.export.cells import typed
from pigtrack.model.record import Cells

ROWS_A_GROUP = 50_000
"""Rows of a row group: what is in memory at once, some tens of megabytes."""

TIMES: Mapping[str, str | None] = {"measured_at": "UTC", "taken": None}
"""Dates that have a time of day, and its zone; a camera's clock knows none."""

_LAYOUT = "2.6"
"""Version of the format; named, so that a newer pyarrow writes no other."""


def write_parquet(
    rows: Iterable[Cells],
    kinds: Mapping[str, str],
    file: BinaryIO,
    *,
    rows_a_group: int = ROWS_A_GROUP,
    meanings: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> int:
    """Write rows of text cells as typed columns, a row group at a time; return how many there were.

    Parameters
    ----------
    rows : iterable of mapping of str to str
    kinds : mapping of str to str
        By column, in the order wanted, as in the data dictionary: integer, number, boolean, date; all others are text.
        Of a date the day is written, of `TIMES` the time too.
    file : binary file
        Only written to, from its beginning to its end.
    meanings, units : mapping of str to str or None
        Go into the columns' own metadata, ``meaning`` and ``unit``.

    Raises
    ------
    ExportError
        If ``pigtrack[parquet]`` is not installed.
    ValueError
        If a cell is not of its column's kind.
    """
    arrow, parquet = require_parquet()
    schema = _schema(arrow, kinds, meanings or {}, units or {})
    written = 0
    with parquet.ParquetWriter(file, schema, version=_LAYOUT, compression="zstd", write_statistics=True) as writer:
        for group in _groups(rows, rows_a_group):
            writer.write_table(_table(arrow, schema, kinds, group))
            written += len(group)
    return written


def require_parquet() -> tuple[ModuleType, ModuleType]:
    """Return what writes Parquet; raise an `ExportError` where it is not installed."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as fault:
        raise ExportError(
            "An export in Parquet needs pigtrack[parquet].", "Install it: pip install 'pigtrack[parquet]'."
        ) from fault


def _schema(arrow: Any, kinds: Mapping[str, str], meanings: Mapping[str, str], units: Mapping[str, str]) -> Any:
    fields = (
        arrow.field(name, _type(arrow, name, kind), metadata=_about(name, meanings, units))
        for name, kind in kinds.items()
    )
    return arrow.schema(list(fields))


def _type(arrow: Any, name: str, kind: str) -> Any:
    if name in TIMES:
        return arrow.timestamp("us", tz=TIMES[name])
    types = {"integer": arrow.int64(), "number": arrow.float64(), "boolean": arrow.bool_(), "date": arrow.date32()}
    return types.get(kind, arrow.string())


def _about(name: str, meanings: Mapping[str, str], units: Mapping[str, str]) -> dict[str, str] | None:
    told = {"meaning": meanings.get(name, ""), "unit": units.get(name, "")}
    return {key: value for key, value in told.items() if value} or None


def _groups(rows: Iterable[Cells], size: int) -> Iterator[list[Cells]]:
    left = iter(rows)
    while group := list(islice(left, size)):
        yield group


def _table(arrow: Any, schema: Any, kinds: Mapping[str, str], rows: Sequence[Cells]) -> Any:
    columns = [
        arrow.array([_value(row.get(name, ""), name, kind) for row in rows], type=schema.field(name).type)
        for name, kind in kinds.items()
    ]
    return arrow.Table.from_arrays(columns, schema=schema)


def _value(cell: str, name: str, kind: str) -> object:
    if kind != "date" or cell == "":
        return typed(cell, kind)
    moment = datetime.fromisoformat(cell)
    return moment if name in TIMES else moment.date()

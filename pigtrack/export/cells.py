"""Cells of tables as text: safe in a spreadsheet, and typed where a format has types."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from pigtrack.model.record import Cells

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z")
_STARTS = r" *[=+\-@＝＋－＠]"
"""What a spreadsheet may run; Japanese ones take the wide signs for the narrow ones."""

_FORMULA = re.compile(rf"{_STARTS}|[\t\r\n]")
_INNER = re.compile(rf"([;\t\r\n])({_STARTS})")
"""Where a reader that splits at semicolons, tabs or line ends would start another cell."""

_PIECE_ROWS = 1000
"""Rows a piece of text holds: large enough that writing costs little, small enough for any memory."""


@lru_cache(maxsize=8192)
def csv_safe(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: an apostrophe stands before what would start one.

    A number stays a number, its sign included.

    Examples
    --------
    >>> csv_safe("=1+1"), csv_safe("-3.39"), csv_safe("-rf"), csv_safe("plain; @SUM(A1)")
    ("'=1+1", '-3.39', "'-rf", "plain;' @SUM(A1)")
    """
    if _NUMBER.match(cell):
        return cell
    safe = _INNER.sub(r"\1'\2", cell)
    return f"'{safe}" if _FORMULA.match(safe) else safe


def as_told(cell: str) -> str:
    """Return a text as it was told, without the apostrophe that the tables of `measure` put before a formula.

    Examples
    --------
    >>> as_told("'=1+1"), as_told("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell


def number(cell: str | None) -> float | None:
    """Return a cell's number; None: it is empty or not there."""
    return float(cell) if cell else None


def whole(cell: str | None) -> int | None:
    """Return a cell's whole number; None: it is empty or not there."""
    return int(cell) if cell else None


def csv_pieces(rows: Iterable[Cells], columns: Sequence[str]) -> Iterator[bytes]:
    """Yield a table as CSV in pieces: a header, then the rows in UTF-8; comma, dot, newline, every cell safe.

    Memory does not grow with the number of rows.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):
        writer.writerow([csv_safe(row.get(name, "")) for name in columns])
        if count % _PIECE_ROWS == 0:
            yield _emptied(text)
    yield _emptied(text)


def _emptied(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode("utf-8", "backslashreplace")
    text.seek(0)
    text.truncate()
    return piece


def jsonl_line(row: Cells, kinds: Mapping[str, str]) -> bytes:
    """Return a row as one line of JSON, its columns in order.

    Parameters
    ----------
    row : mapping of str to str
    kinds : mapping of str to str
        By column, as in the data dictionary: ``integer``, ``number`` and ``boolean`` become JSON's own, all others
        text. An empty cell becomes null.

    Raises
    ------
    ValueError
        If a cell is not of its column's kind.
    """
    told = {name: typed(cell, kinds.get(name, "text")) for name, cell in row.items()}
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def typed(cell: str, kind: str) -> str | int | float | bool | None:
    """Return a cell as its column's kind has it; None where it is empty.

    Raises
    ------
    ValueError
        If it is not of that kind.
    """
    if cell == "":
        return None
    if kind == "number":
        return float(cell)
    if kind == "integer":
        return int(cell)
    if kind == "boolean":
        if cell not in ("true", "false"):
            raise ValueError(f"a boolean cell must be true or false, got {cell!r}")
        return cell == "true"
    return as_told(cell)

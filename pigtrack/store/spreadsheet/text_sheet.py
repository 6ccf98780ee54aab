"""Text files of rows: comma, semicolon or tab between the cells, in UTF-8 or what their first bytes say."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from pigtrack.errors import SheetError
from pigtrack.store.spreadsheet.sheet import (
    EMPTY,
    LONGEST_CELL,
    Cell,
    Sheet,
    SheetLayout,
    SheetRow,
    one_name,
    refuse_large,
)

SEPARATORS = (";", ",", "\t")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TOLD_SEPARATOR = re.compile(r"sep=(.)\r?\n")
"""First line by which Excel is told the separator; it does not count it as a row."""

_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
"""How zeros before a number are kept from Excel in a text file."""


def open_text(data: bytes, layout: SheetLayout, shown: str) -> Sheet:
    """Open the bytes of a text file.

    Raises
    ------
    SheetError
        If it is no text in the encoding it should be in, or its rows can't be told apart.
    """
    text = _decoded(data, layout, shown)
    told = _TOLD_SEPARATOR.match(text)
    text = text[told.end() :] if told else text
    separator = layout.separator or (told[1] if told else _separator(text, layout.header_row))

    def lines() -> Iterator[list[str]]:
        return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)

    def rows(wanted: Sequence[int]) -> Iterator[SheetRow]:
        return _rows(_translated(lines(), shown), layout.header_row, wanted, shown)

    header = next(islice(_translated(lines(), shown), layout.header_row - 1, None), [])
    return Sheet(tuple(map(one_name, header)), rows, date(1899, 12, 30))


def _decoded(data: bytes, layout: SheetLayout, shown: str) -> str:
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    encoding = marked or layout.encoding or "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise SheetError(
            f"{shown} is not text in {encoding.removesuffix('-sig').upper()}.",
            'Save it as "CSV UTF-8", or say in the mapping how it was saved: encoding = "cp1252" in [sheet].',
        ) from fault


def _separator(text: str, header_row: int) -> str:
    """Return the separator that divides the row of names most often; whether it is right, its names will show."""
    line = next(islice(io.StringIO(text), header_row - 1, None), "")
    outside_quotes = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=outside_quotes.count)


def _translated(lines: Iterator[list[str]], shown: str) -> Iterator[list[str]]:
    number = 0
    try:
        for line in lines:
            number += 1
            yield line
    except csv.Error as fault:
        raise SheetError(
            f"{shown} can't be read after row {number} ({fault}).", "Open it in a spreadsheet and save it again."
        ) from fault


def _rows(lines: Iterator[list[str]], header_row: int, wanted: Sequence[int], shown: str) -> Iterator[SheetRow]:
    count = 0
    for number, line in enumerate(lines, start=1):
        if number <= header_row:
            continue
        row = SheetRow(number, {place: _cell(line[place]) if place < len(line) else EMPTY for place in wanted})
        if not row.blank:
            count += 1
            refuse_large(shown, count)
            yield row


def _cell(told: str) -> Cell:
    text = told.strip()
    kept = _KEPT_AS_TEXT.fullmatch(text)
    text = kept[1].strip() if kept else text
    if len(text) > LONGEST_CELL:
        return Cell(None, text[:40], f"holds more than {LONGEST_CELL:,} letters.")
    return Cell(text or None, text)

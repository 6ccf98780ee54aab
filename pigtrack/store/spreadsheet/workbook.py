"""Workbooks (.xlsx), by openpyxl: the values that the spreadsheet last showed, no formula and no macro is run."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import partial
from io import BytesIO
from typing import Any

from pigtrack.errors import SheetError
from pigtrack.store.naming import quoted
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

LARGEST_UNPACKED = 300_000_000
"""Bytes: a full sheet of a year unpacks to a tenth of it; more is a mistake, or made to fill a computer."""

_LAST_ROW = 1_048_576
"""Of any workbook, by its format (ECMA-376)."""

_ZEROS = re.compile("0{2,12}")
"""A number format that shows a number with zeros before it, as pseudonyms are written."""

_EXACT = 10**15
"""Whole numbers up to which a workbook's numbers are exact."""

_HEAD = 4096
"""Bytes of a part in which its document type would be declared."""

_UNSOLVED = Cell(None, "", "holds a formula without its result; open the file in a spreadsheet and save it again.")

_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OverflowError),
)
"""What reading a damaged archive or XML raises; a parser's own fault is a SyntaxError."""

_SAVE_AGAIN = "Open it in a spreadsheet and save it again as .xlsx."


def open_workbook(data: bytes, layout: SheetLayout, shown: str) -> Sheet:
    """Open the bytes of a workbook.

    Raises
    ------
    SheetError
        If it can't be read, has no such sheet, or unpacks to more than is sensible; if openpyxl is not installed.
    """
    _refuse_bombs(data, shown)
    with _translated(shown):
        book = _load(data, formulas=False)
        sheet = _sheet_of(book, layout, shown)
        header = [one_name(_cell(each).text) for each in next(_raw_rows(sheet, layout.header_row, None), ())]
        epoch = book.epoch.date()
    formulas = _has_formulas(data)

    def rows(wanted: Sequence[int]) -> Iterator[SheetRow]:
        with _translated(shown):
            unsolved = _unsolved(data, layout, shown, wanted) if formulas else set()
        return _guarded(_rows(sheet, layout.header_row, wanted, unsolved, shown), shown)

    while header and not header[-1]:
        header.pop()
    return Sheet(tuple(header), rows, epoch)


def _load(data: bytes, *, formulas: bool) -> Any:
    try:
        from openpyxl import load_workbook  # type: ignore[import-untyped]
    except ImportError as fault:
        raise SheetError(
            "Reading .xlsx needs pigtrack[sheets]: pip install 'pigtrack[sheets]'.", "Or save the sheet as CSV."
        ) from fault
    return load_workbook(BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    """Say faults of the file in one sentence; openpyxl's own warnings are of looks, and left out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _BROKEN as fault:
        raise SheetError(f"{shown} is no workbook that can be read.", _SAVE_AGAIN) from fault


def _guarded(rows: Iterator[SheetRow], shown: str) -> Iterator[SheetRow]:
    while True:
        with _translated(shown):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _refuse_bombs(data: bytes, shown: str) -> None:
    """Refuse an archive that unpacks to too much, or whose XML declares entities: no spreadsheet writes any."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            size, names = sum(part.file_size for part in parts), archive.namelist()
            declares = size <= LARGEST_UNPACKED and any(map(partial(_declares, archive), names))
    except _BROKEN as fault:
        raise SheetError(f"{shown} is no workbook that can be read.", _SAVE_AGAIN) from fault
    if size > LARGEST_UNPACKED:
        unpacked = f"{shown} unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB."
        raise SheetError(unpacked, "Split it into several spreadsheets.")
    if "xl/workbook.xml" not in names:
        raise SheetError(f"{shown} is an archive, but no workbook.", "Save the sheet as .xlsx or CSV.")
    if declares:
        raise SheetError(f"{shown} holds declarations that no spreadsheet writes.", _SAVE_AGAIN)


def _declares(archive: zipfile.ZipFile, name: str) -> bool:
    """Tell whether a part's head declares a document type, in which entities could be made."""
    if not name.endswith((".xml", ".rels")):
        return False
    with archive.open(name) as file:
        head = file.read(_HEAD).replace(b"\0", b"")  # UTF-16 looks so without its zeros
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(_mentions(archive, name, b"<f") for name in sheets if name.endswith(".xml"))


def _mentions(archive: zipfile.ZipFile, name: str, mark: bytes) -> bool:
    rest = b""
    with archive.open(name) as file:
        while piece := file.read(1_000_000):
            if mark in rest + piece:
                return True
            rest = piece[-len(mark) :]
    return False


def _sheet_of(book: Any, layout: SheetLayout, shown: str) -> Any:
    """Return the named worksheet, or the first that is not hidden."""
    sheets = {each.title: each for each in book.worksheets}
    if layout.sheet is None:
        seen = [each for each in sheets.values() if each.sheet_state == "visible"]
        if not seen:
            raise SheetError(f"{shown} has no sheet with rows.", 'Name one in the mapping: sheet = "…" in [sheet].')
        return seen[0]
    if layout.sheet not in sheets:
        raise SheetError(
            f"{shown} has no sheet {quoted(layout.sheet)}.", f"Name one of: {', '.join(map(quoted, sheets))}."
        )
    return sheets[layout.sheet]


def _raw_rows(sheet: Any, first: int, columns: int | None) -> Iterator[tuple[Any, ...]]:
    """Yield rows from the first one on, up to the last that a workbook can have."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong, or a whole sheet of empty cells
    for number, row in enumerate(sheet.iter_rows(min_row=first, max_col=columns), start=first):
        if number > _LAST_ROW:
            raise ValueError("a row beyond the last")
        yield row


def _rows(
    sheet: Any, header_row: int, wanted: Sequence[int], unsolved: Set[tuple[int, int]], shown: str
) -> Iterator[SheetRow]:
    count = 0
    raw = _raw_rows(sheet, header_row + 1, max(wanted, default=0) + 1)
    for number, cells in enumerate(raw, start=header_row + 1):
        row = SheetRow(number, {place: _cell_at(cells, place, (number, place) in unsolved) for place in wanted})
        if not row.blank:
            count += 1
            refuse_large(shown, count)
            yield row


def _cell_at(cells: Sequence[Any], place: int, unsolved: bool) -> Cell:
    if place >= len(cells):
        return EMPTY
    cell = _cell(cells[place])
    return _UNSOLVED if unsolved and cell.value is None and cells[place].data_type != "str" else cell


def _unsolved(data: bytes, layout: SheetLayout, shown: str, wanted: Sequence[int]) -> set[tuple[int, int]]:
    """Return where formulas stand, by row and place; whether their results do, the values will show."""
    sheet = _sheet_of(_load(data, formulas=True), layout, shown)
    raw = _raw_rows(sheet, layout.header_row + 1, max(wanted, default=0) + 1)
    return {
        (number, place)
        for number, cells in enumerate(raw, start=layout.header_row + 1)
        for place in wanted
        if place < len(cells) and cells[place].data_type == "f"
    }


def _cell(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None:
        return EMPTY
    if kind == "e":
        return Cell(None, str(value), f"holds the error {value}.")
    if isinstance(value, str):
        return _text_cell(value)
    if isinstance(value, datetime) and value.time() == time(0):
        value = value.date()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    return Cell(value, _shown(value, cell))


def _text_cell(value: str) -> Cell:
    text = value.strip()
    if len(text) > LONGEST_CELL:
        return Cell(None, text[:40], f"holds more than {LONGEST_CELL:,} letters.")
    return Cell(text or None, text)


def _shown(value: object, cell: Any) -> str:
    """Return a value as the spreadsheet shows it, as far as it matters: days, and numbers with zeros before them."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int) and _ZEROS.fullmatch(str(cell.number_format)):
        return str(value).zfill(len(cell.number_format))
    return value.isoformat() if isinstance(value, date | time) else str(value)

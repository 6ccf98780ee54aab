"""Cells as what they must be; what they are not is noted by row and column."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.days import read_day
from pigtrack.store.spreadsheet.faults import SheetFaults
from pigtrack.store.spreadsheet.fields import PSEUDONYMS, Kind
from pigtrack.store.spreadsheet.mapping import SheetMapping
from pigtrack.store.spreadsheet.names import looks_personal
from pigtrack.store.spreadsheet.sheet import EMPTY, Cell, Sheet, SheetRow
from pigtrack.store.spreadsheet.sources import Source
from pigtrack.store.toml_tables import LONGEST_TEXT, is_number, is_text

_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+")
"""What a spreadsheet makes of a long number."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_TRUTHS = {"true": True, "false": False}

_PERSONAL = (
    "looks like a name, a birth date or an address. The record takes pseudonyms only; if these are pseudonyms, say "
    "names_are_pseudonyms = true in [sheet]."
)
_MIXED = (
    "is a text where other rows hold days: a spreadsheet that took one order of day and month for another leaves such "
    "a mix, and its days may be wrong. Write the whole column as text in one form, or as days."
)


class CellReader:
    """Reads the cells of a row by their sources. Rows come in their order: an empty cell may repeat the one above."""

    def __init__(self, sheet: Sheet, mapping: SheetMapping, places: Mapping[Source, int], faults: SheetFaults) -> None:
        self._epoch, self._mapping, self._places, self._faults = sheet.epoch, mapping, places, faults
        self._above: dict[Source, Cell] = {}
        self._days: defaultdict[Source, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))

    def read(self, source: Source, row: SheetRow) -> Any:
        """Return the value of a source in a row; None where it says nothing, or a fault was noted."""
        if source not in self._places:
            return source.value
        cell = self._cell(source, row)
        if cell.trouble is not None:
            self._refuse(source, row, cell.trouble)
            return None
        if not cell.text:
            return None
        return self._translated(source, row, cell) if source.values is not None else self._of_kind(source, row, cell)

    def judge_days(self) -> None:
        """Note columns in which some days are days and others are texts; to be asked after the last row."""
        for source, (days, texts) in self._days.items():
            if days and texts:
                for row in texts:
                    self._faults.add(_MIXED, row, self._places[source])

    def place(self, source: Source) -> int | None:
        """Return the place of a source's column, from 0."""
        return self._places.get(source)

    def _cell(self, source: Source, row: SheetRow) -> Cell:
        cell = row.cells.get(self._places[source], EMPTY)
        if cell.text in self._mapping.nothing:
            cell = EMPTY
        if not source.fill:
            return cell
        if cell.text or cell.trouble:
            self._above[source] = cell
        return self._above.get(source, EMPTY)

    def _refuse(self, source: Source, row: SheetRow, what: str) -> None:
        """Note what is wrong with a cell; it then says nothing."""
        self._faults.add(what, row.number, self._places[source])

    def _translated(self, source: Source, row: SheetRow, cell: Cell) -> Any:
        values = source.values or {}
        if cell.text not in values:
            known = ", ".join(map(quoted, values))
            self._refuse(source, row, f"{quoted(cell.text)} is not among the values of {source.key}: {known}.")
            return None
        value = values[cell.text]
        return None if value == "" else value

    def _of_kind(self, source: Source, row: SheetRow, cell: Cell) -> Any:
        match source.kind:
            case Kind.DAY | Kind.MOMENT:
                return self._day(source, row, cell)
            case Kind.NUMBER:
                return self._number(source, row, cell)
            case Kind.TRUTH:
                return self._one_of(source, row, cell, _TRUTHS, "true, false")
            case Kind.ANSWER:
                return self._one_of(source, row, cell, {"yes": "yes", "no": "no"}, '"yes", "no"')
            case Kind.TEXTS | Kind.PHOTOS:
                return self._texts(source, row, cell)
            case Kind.TEXT:
                return self._text(source, row, cell, cell.text)
        return self._own(source, row, cell)

    def _day(self, source: Source, row: SheetRow, cell: Cell) -> date | None:
        day = read_day(cell, source.form, self._epoch)
        if isinstance(day, str):
            self._refuse(source, row, day)
            return None
        self._days[source][0 if isinstance(cell.value, date) else 1].append(row.number)
        return day.date() if source.kind is Kind.DAY and isinstance(day, datetime) else day

    def _number(self, source: Source, row: SheetRow, cell: Cell) -> float | int | None:
        if isinstance(cell.value, int | float) and is_number(cell.value) and math.isfinite(cell.value):
            return cell.value
        told = cell.text if self._mapping.decimal == "." else cell.text.replace(",", "\0").replace(".", "x")
        told = told.replace("\0", ".")
        if not isinstance(cell.value, str) or not _NUMBER.fullmatch(told) or not is_number(float(told)):
            self._refuse(source, row, f"{quoted(cell.text)} is no number (decimal = {quoted(self._mapping.decimal)}).")
            return None
        return float(told) if "." in told else int(told)

    def _one_of(self, source: Source, row: SheetRow, cell: Cell, known: Mapping[str, Any], said: str) -> Any:
        word = cell.text.lower() if source.kind is Kind.TRUTH else cell.text
        if word in known:
            return known[word]
        what = f"{quoted(cell.text)} is neither of {said}; say what it means: values = {{ {quoted(cell.text)} = … }}."
        self._refuse(source, row, what)
        return None

    def _texts(self, source: Source, row: SheetRow, cell: Cell) -> list[str]:
        each = cell.text.split(source.separator) if source.separator else [cell.text]
        told = [self._text(source, row, cell, text.strip()) for text in each if text.strip()]
        return [text for text in told if text is not None]

    def _text(self, source: Source, row: SheetRow, cell: Cell, text: str) -> str | None:
        if not isinstance(cell.value, str | int | float):
            said = f"{quoted(text)} is a day or a time where {source.key} should be; did the spreadsheet make it one?"
            self._refuse(source, row, said)
            return None
        if isinstance(cell.value, bool) or _ROUNDED.fullmatch(text):
            self._refuse(source, row, f"{quoted(text)} is not what was typed; write the column as text.")
            return None
        if not is_text(text):
            self._refuse(source, row, f"{quoted(text)} must be one line of up to {LONGEST_TEXT} letters.")
            return None
        if source.key in PSEUDONYMS and not self._mapping.names_are_pseudonyms and looks_personal(text):
            self._refuse(source, row, _PERSONAL)
            return None
        return text

    def _own(self, source: Source, row: SheetRow, cell: Cell) -> Any:
        """A key of the clinic's own: as the workbook keeps it."""
        if isinstance(cell.value, timedelta):
            self._refuse(source, row, f"{quoted(cell.text)} is a span of time; write it as a number or a text.")
            return None
        return self._text(source, row, cell, cell.text) if isinstance(cell.value, str) else cell.value

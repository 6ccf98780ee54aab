"""A spreadsheet as rows of cells, whatever file it came from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from pigtrack.errors import SheetError

LARGEST_BYTES = 50_000_000
MOST_ROWS = 200_000
"""Rows that say something; ten times the photographs of a large clinic's year."""

MOST_COLUMNS = 500
LONGEST_CELL = 5_000
"""Letters: a list of a hundred photographs."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    value : str, int, float, bool, date, time, timedelta or None
        A text file has texts only; None: nothing is in it.
    text : str
        As a person sees it; empty where there is nothing.
    trouble : str or None
        Why the cell can't be used, as the end of a sentence.
    """

    value: str | int | float | bool | date | time | timedelta | None
    text: str
    trouble: str | None = None


EMPTY = Cell(None, "")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row by its number, as the spreadsheet counts, with the wanted cells by the place of their column."""

    number: int
    cells: Mapping[int, Cell]

    @property
    def blank(self) -> bool:
        """Whether none of these cells says anything."""
        return not any(cell.text or cell.trouble for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """What a mapping says of the file: which sheet, which row holds the names, how a text file is written."""

    sheet: str | None = None
    header_row: int = 1
    separator: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A spreadsheet that was opened.

    Attributes
    ----------
    header : tuple of str
        Names of the columns.
    rows : callable
        From places of columns, from 0, to the rows below the header.
    epoch : date
        Day 0 of numbers that stand for days.
    sha256 : str
        Of the file.
    """

    header: tuple[str, ...]
    rows: Callable[[Sequence[int]], Iterator[SheetRow]] = field(repr=False)
    epoch: date = date(1899, 12, 30)
    sha256: str = ""


def column_letter(place: int) -> str:
    """Return the letter of a column by its place from 0.

    Examples
    --------
    >>> [column_letter(place) for place in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def place_of_letter(letter: str) -> int:
    """Return the place, from 0, of a column by its letter.

    Examples
    --------
    >>> [place_of_letter(letter) for letter in ("A", "Z", "AA")]
    [0, 25, 26]
    """
    place = 0
    for each in letter.upper():
        place = place * 26 + ord(each) - ord("A") + 1
    return place - 1


def one_name(text: str) -> str:
    """Return the name of a column on one line: in a spreadsheet it may be broken into several.

    Examples
    --------
    >>> one_name(" Visit  date ")
    'Visit date'
    """
    return " ".join(text.split())


def refuse_large(shown: str, count: int) -> None:
    """Refuse more rows than a sheet may have.

    Raises
    ------
    SheetError
    """
    if count > MOST_ROWS:
        raise SheetError(f"{shown} has more than {MOST_ROWS:,} rows.", "Split it into several spreadsheets.")

"""Days as people write them, by a form that the mapping states: 03/04/2026 is never guessed at."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.sheet import Cell

SERIAL = "excel-days"
"""The form of days that a spreadsheet left as numbers: days since the end of 1899, or of 1903 on an old Macintosh."""

_PARTS = {
    **{"YYYY": r"(?P<year>\d{4})", "YY": r"(?P<short>\d{2})", "MMM": r"(?P<name>[A-Za-z]{3})"},
    **{"MM": r"(?P<month>\d{2})", "M": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{2})", "D": r"(?P<day>\d{1,2})"},
    **{"hh": r"(?P<hour>\d{2})", "mm": r"(?P<minute>\d{2})", "ss": r"(?P<second>\d{2})"},
}
_SPLIT = re.compile(f"({'|'.join(sorted(_PARTS, key=len, reverse=True))})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NEEDED = ({"year", "short"}, {"month", "name"}, {"day"})

_FIRST_SERIAL = 61
"""1 March 1900: before it, Excel counts a day that there was not."""

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)
"""Days outside are slips of the hand; no digital photograph is older."""


@dataclass(frozen=True, slots=True)
class DayForm:
    """A form in which days are written: ``told`` as the mapping states it; pattern None: numbers of days."""

    told: str
    pattern: re.Pattern[str] | None


def read_form(told: str) -> DayForm | None:
    """Return the form that a mapping states; None where it tells no day.

    Examples
    --------
    >>> read_form("DD.MM.YYYY").pattern.fullmatch("11.01.2026")["month"]
    '01'
    >>> read_form("day first") is None
    True
    """
    if told == SERIAL:
        return DayForm(told, None)
    pieces = _SPLIT.split(told)
    try:
        pattern = re.compile("".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces))
    except re.error:  # a part twice: MM and M
        return None
    parts = set(pattern.groupindex)
    if any(len(parts & needed) != 1 for needed in _NEEDED) or ("hour" in parts) != ("minute" in parts):
        return None
    return DayForm(told, pattern)


def read_day(cell: Cell, form: DayForm | None, epoch: date) -> date | str:
    """Return the day, or the moment, of a cell that is not empty; or what is wrong with it.

    A day that the workbook keeps as such needs no form.
    """
    if isinstance(cell.value, date):
        return _sensible(cell.value)
    if isinstance(cell.value, bool) or not isinstance(cell.value, str | int | float):
        return f"{quoted(cell.text)} is no day."
    if form is None:
        return f'{quoted(cell.text)} is not kept as a day; say how it is written: format = "DD.MM.YYYY".'
    if form.pattern is None:
        return _counted(cell, epoch)
    if not isinstance(cell.value, str) or re.fullmatch(r"\d{5}(\.\d+)?", cell.text):
        return f'{quoted(cell.text)} is a number of days as spreadsheets count; format = "{SERIAL}" reads it.'
    found = form.pattern.fullmatch(cell.text)
    return f"{quoted(cell.text)} is not written {form.told}." if found is None else _composed(found, cell.text)


def _counted(cell: Cell, epoch: date) -> date | str:
    try:
        number = float(cell.value)  # type: ignore[arg-type]  # asked for above
        if number < _FIRST_SERIAL:
            raise ValueError
        return _sensible(_without_midnight(datetime(epoch.year, epoch.month, epoch.day) + timedelta(days=number)))
    except (OverflowError, ValueError):
        return f"{quoted(cell.text)} is no number of days."


def _without_midnight(moment: datetime) -> date:
    rounded = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return rounded.date() if (rounded.hour, rounded.minute, rounded.second) == (0, 0, 0) else rounded


def _composed(found: re.Match[str], text: str) -> date | str:
    told = found.groupdict()
    if "name" in told and told["name"].lower() not in _MONTHS:
        return f"{quoted(text)} names no month: Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec."
    year = int(told["year"]) if "year" in told else 2000 + int(told["short"])
    month = _MONTHS.index(told["name"].lower()) + 1 if "name" in told else int(told["month"])
    try:
        if "hour" not in told:
            return _sensible(date(year, month, int(told["day"])))
        clock = (int(told["hour"]), int(told["minute"]), int(told.get("second") or 0))
        return _sensible(datetime(year, month, int(told["day"]), *clock))
    except ValueError:
        return f"{quoted(text)} is no day that there is."


def _sensible(day: date) -> date | str:
    plain = day.date() if isinstance(day, datetime) else day
    return day if EARLIEST <= plain < LATEST else f"{quoted(plain.isoformat())} can't be the day of a visit."


def written(day: date, form: str) -> str:
    """Return a day in a form, for the names of folders.

    Examples
    --------
    >>> written(date(2026, 1, 9), "D.M.YY")
    '9.1.26'
    """
    clock = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    parts = {
        **{"YYYY": f"{day.year:04d}", "YY": f"{day.year % 100:02d}", "MMM": _MONTHS[day.month - 1].title()},
        **{"MM": f"{day.month:02d}", "M": str(day.month), "DD": f"{day.day:02d}", "D": str(day.day)},
        **{"hh": f"{clock.hour:02d}", "mm": f"{clock.minute:02d}", "ss": f"{clock.second:02d}"},
    }
    return "".join(parts.get(piece, piece) for piece in _SPLIT.split(form))

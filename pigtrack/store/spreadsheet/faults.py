"""What is wrong with a spreadsheet, by row and column; the same fault of many rows is told once."""

from collections.abc import Sequence

from pigtrack.errors import SheetError
from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.sheet import column_letter

_MOST_TOLD = 50
_MOST_ROWS = 5


class SheetFaults:
    """Collects faults; nothing is raised before all rows are read."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = header
        self._found: dict[tuple[int, str], list[int]] = {}
        self._rows: set[int] = set()

    def add(self, what: str, row: int, place: int | None = None) -> None:
        """Note a fault of a row, or of its cell in a column (by its place from 0)."""
        rows = self._found.setdefault((-1 if place is None else place, what), [])
        if row not in rows[-1:]:
            rows.append(row)
        self._rows.add(row)

    def of_row(self, row: int) -> bool:
        """Tell whether something is wrong with a row."""
        return row in self._rows

    def said(self) -> list[str]:
        """Return a line a fault, in the order of the rows."""
        found = sorted(self._found.items(), key=lambda each: (each[1][0], each[0]))
        told = [f"{_rows_told(rows)}{self._column_told(place)}: {what}" for (place, what), rows in found[:_MOST_TOLD]]
        return [*told, f"and {len(found) - _MOST_TOLD} more."] if len(found) > _MOST_TOLD else told

    def refuse(self, shown: str) -> None:
        """Raise all that was noted.

        Raises
        ------
        SheetError
        """
        if self._found:
            raise SheetError(
                "\n".join([f"{shown} can't be mapped:", *self.said()]),
                "Mend this in the spreadsheet or the mapping, then import again; nothing was taken in.",
            )

    def _column_told(self, place: int) -> str:
        if place < 0:
            return ""
        name = self._header[place] if place < len(self._header) else ""
        return f", column {column_letter(place)}{f' ({quoted(name)})' if name else ''}"


def _rows_told(rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return f"row {rows[0]}"
    if len(rows) <= _MOST_ROWS:
        return f"rows {', '.join(map(str, rows[:-1]))} and {rows[-1]}"
    return f"rows {', '.join(map(str, rows[:_MOST_ROWS]))} and {len(rows) - _MOST_ROWS} more"

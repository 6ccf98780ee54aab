"""Opens a spreadsheet, told by its bytes and never by its name."""

import hashlib
from dataclasses import replace
from pathlib import Path

from pigtrack.errors import SheetError
from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.sheet import LARGEST_BYTES, Sheet, SheetLayout
from pigtrack.store.spreadsheet.text_sheet import open_text
from pigtrack.store.spreadsheet.workbook import open_workbook

_ARCHIVE = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0"
"""Of old workbooks (.xls), and of new ones under a password."""


def open_sheet(path: Path, layout: SheetLayout) -> Sheet:
    """Open a spreadsheet: a workbook (.xlsx), or text with commas, semicolons or tabs.

    Raises
    ------
    SheetError
        If it can't be read, or is something else.
    """
    shown = quoted(path.name)
    data = _bytes(path, shown)
    if data.startswith(_OLD):
        raise SheetError(
            f"{shown} is an old workbook (.xls), or one under a password.", "Save it as .xlsx without a password."
        )
    opened = open_workbook(data, layout, shown) if data.startswith(_ARCHIVE) else open_text(data, layout, shown)
    return replace(opened, sha256=hashlib.sha256(data).hexdigest())


def _bytes(path: Path, shown: str) -> bytes:
    try:
        if not path.is_file():
            raise SheetError(f"There is no file {quoted(path)}.", "Name a spreadsheet: .xlsx or .csv.")
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as fault:  # a name that can't be a file's is a ValueError
        reason = getattr(fault, "strerror", None) or "its name is no file's"
        raise SheetError(f"{shown} can't be read ({reason}).", "Check the file's name and rights.") from fault
    if len(data) > LARGEST_BYTES:
        raise SheetError(
            f"{shown} is larger than {LARGEST_BYTES // 1_000_000} MB.", "Split it into several spreadsheets."
        )
    if not data.strip():
        raise SheetError(f"{shown} is empty.", "Name the spreadsheet of the visits.")
    return data

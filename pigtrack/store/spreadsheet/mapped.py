"""A spreadsheet as courses: read, put together, and judged as a course.toml is, before anything is taken in."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pigtrack.errors import SheetError
from pigtrack.model.course import Course
from pigtrack.model.record import Consent
from pigtrack.store.course_file.writing import told_text
from pigtrack.store.folder import judge_course_text
from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.faults import SheetFaults
from pigtrack.store.spreadsheet.grouping import CourseDraft, group_consents, group_courses
from pigtrack.store.spreadsheet.mapping import SheetMapping
from pigtrack.store.spreadsheet.opening import open_sheet
from pigtrack.store.spreadsheet.reading import CellReader
from pigtrack.store.spreadsheet.sheet import Sheet, column_letter, one_name, place_of_letter
from pigtrack.store.spreadsheet.sources import Source
from pigtrack.store.spreadsheet.visits import RowTold, read_rows
from pigtrack.store.toml_lines import locate


@dataclass(frozen=True, slots=True)
class MappedCourse:
    """A course of a spreadsheet; its photographs are relative to ``folder``.

    ``consents`` are the patient's, in the order of their days: the same for all courses of one patient.
    """

    course: Course
    folder: Path
    consents: tuple[Consent, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MappedSheet:
    """What a spreadsheet tells.

    ``unread`` names the columns that the mapping does not: nothing of them is kept. ``sha256`` is the file's.
    """

    courses: tuple[MappedCourse, ...]
    unread: tuple[str, ...]
    sha256: str


def map_sheet(path: Path, mapping: SheetMapping) -> MappedSheet:
    """Read a spreadsheet by its mapping.

    Raises
    ------
    SheetError
        With everything that is wrong, one fault a line, each with its row and column.
    """
    path = Path(path)
    shown, folder = quoted(path.name), _photographs_folder(path, mapping)
    sheet = open_sheet(path, mapping.layout)
    places = _places(sheet, mapping, shown)
    faults = SheetFaults(sheet.header)
    rows = _rows(sheet, mapping, places, folder, faults)
    if not rows:
        raise SheetError(
            f"{shown} has no rows below its names.", "Say in [sheet] which row holds them: header_row = 2."
        )
    drafts = group_courses(rows, by_photograph=mapping.by_photograph, faults=faults)
    consents = group_consents(rows, faults)
    courses = [(_judged(draft, folder, faults), draft.rows) for draft in drafts]
    faults.refuse(shown)
    unread = (name for place, name in enumerate(sheet.header) if name and place not in places.values())
    mapped = (MappedCourse(each, folder, consents.get(each.subject or "", ()), numbers) for each, numbers in courses)
    return MappedSheet(tuple(mapped), tuple(unread), sheet.sha256)


def _photographs_folder(path: Path, mapping: SheetMapping) -> Path:
    folder = path.parent / mapping.photographs
    if not os.path.isdir(folder):  # of a name too long, Path.is_dir would raise
        raise SheetError(f"There is no folder {quoted(folder)}.", "Name it in the mapping: photographs in [sheet].")
    return folder


def _rows(
    sheet: Sheet, mapping: SheetMapping, places: Mapping[Source, int], folder: Path, faults: SheetFaults
) -> list[RowTold]:
    reader = CellReader(sheet, mapping, places, faults)
    wanted = sorted(set(places.values()))
    rows = list(read_rows(sheet.rows(wanted), mapping, reader, folder, faults))
    reader.judge_days()
    return rows


def _places(sheet: Sheet, mapping: SheetMapping, shown: str) -> dict[Source, int]:
    """Return the place of each source's column; all that are missing are told at once."""
    said: list[str] = []
    places = {source: _place(source, sheet.header, said) for source in mapping.sources()}
    if said:
        names = ", ".join(quoted(name) for name in sheet.header if name) or "none"
        raise SheetError(
            "\n".join([f"{shown} does not fit the mapping:", *dict.fromkeys(said), f"Its columns are: {names}."]),
            "Mend the names in the mapping, or say in [sheet] which row holds them: header_row = 2.",
        )
    return {source: place for source, place in places.items() if place is not None}


def _place(source: Source, header: Sequence[str], said: list[str]) -> int | None:
    if source.letter is not None:
        return place_of_letter(source.letter)
    if source.column is None:
        return None
    found = [place for place, name in enumerate(header) if name == one_name(source.column)]
    if not found:
        said.append(f"there is no column {quoted(source.column)}.")
    elif len(found) > 1:
        letters = " and ".join(map(column_letter, found))
        said.append(
            f'the name {quoted(source.column)} stands over {letters}: say letter = "{column_letter(found[0])}".'
        )
    return found[0] if found else None


def _judged(draft: CourseDraft, folder: Path, faults: SheetFaults) -> Course:
    """Judge a course as its course.toml would be; faults go to the row of their visit, else to the course's first."""
    if any(map(faults.of_row, draft.rows)):
        return draft.course
    text = told_text(draft.course)
    course, found = judge_course_text(folder, text, draft.course.id)
    headers = locate(text).headers
    for line, what in found.placed():
        visit = [rows for k, rows in enumerate(draft.session_rows) if headers.get(("session", k), line + 1) <= line]
        faults.add(what, visit[-1][0] if visit else draft.rows[0])
    return course or draft.course

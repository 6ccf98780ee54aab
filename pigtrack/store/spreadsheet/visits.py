"""Rows as visits: what one row tells of its course, its visit, what was done and what the patient agreed to."""

import glob
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from pigtrack.model.record import Consent
from pigtrack.store.folder import PHOTOGRAPH_SUFFIXES
from pigtrack.store.naming import leads_outside, natural_order, quoted
from pigtrack.store.spreadsheet.days import written
from pigtrack.store.spreadsheet.faults import SheetFaults
from pigtrack.store.spreadsheet.mapping import SheetMapping
from pigtrack.store.spreadsheet.reading import CellReader
from pigtrack.store.spreadsheet.sheet import SheetRow
from pigtrack.store.spreadsheet.sources import PLACE, Source

Fields = dict[str, Any]
"""Values by key; what a row does not tell is not there."""

_MOST_PHOTOGRAPHS = 1000


@dataclass(frozen=True, slots=True)
class RowTold:
    """What one row tells."""

    number: int
    course: Fields
    screen: Fields
    session: Fields
    treatments: tuple[Fields, ...]
    events: tuple[Fields, ...]
    consents: tuple[Consent, ...]


def read_rows(
    rows: Iterator[SheetRow], mapping: SheetMapping, reader: CellReader, folder: Path, faults: SheetFaults
) -> Iterator[RowTold]:
    """Yield what the rows tell; what is wrong is noted."""
    needed = [
        (mapping.course, "subject"),
        (mapping.course, "id"),
        (mapping.session, "date"),
        (mapping.session, "photos"),
    ]
    for row in rows:
        told = _row(row, mapping, reader, folder, faults)
        for fields, key in needed:
            if not (told.course if fields is mapping.course else told.session).get(key):
                _refuse_empty(fields[key], row, reader, faults)
        yield told


def _refuse_empty(source: Source, row: SheetRow, reader: CellReader, faults: SheetFaults) -> None:
    """A needed cell without a fault of its own says nothing."""
    if not faults.of_row(row.number):
        fill = ' If one cell stands for the rows below it too, say fill = "down".' if not source.fill else ""
        faults.add(f"there is no {source.key}.{fill}", row.number, reader.place(source))


def _row(row: SheetRow, mapping: SheetMapping, reader: CellReader, folder: Path, faults: SheetFaults) -> RowTold:
    course = _fields(mapping.course, row, reader)
    for key, source in mapping.course.items():
        if source.pattern is not None:
            made = _filled(source.pattern, course, None, row, faults)
            course |= {} if made is None else {key: made}
    session = _fields(mapping.session, row, reader)
    session["photos"] = _photographs(mapping.session.get("photos"), course, session, row, folder, faults)
    return RowTold(
        row.number,
        course,
        _fields(mapping.screen, row, reader),
        session,
        tuple(filter(None, (_treatment(each, row, reader) for each in mapping.treatments))),
        tuple(each for each in (_fields(each, row, reader) for each in mapping.events) if "kind" in each),
        tuple(_consents(mapping, row, reader)),
    )


def _fields(sources: Mapping[str, Source], row: SheetRow, reader: CellReader) -> Fields:
    told = {key: reader.read(source, row) for key, source in sources.items() if source.pattern is None}
    return {key: value for key, value in told.items() if value is not None}


def _treatment(sources: Mapping[str, Source], row: SheetRow, reader: CellReader) -> Fields:
    """A treatment that the row tells of: what is the same for all rows tells of none."""
    told = _fields(sources, row, reader)
    if not any(key in told and reader.place(source) is not None for key, source in sources.items()):
        return {}
    test = {key.removeprefix("patch_test_"): told.pop(key) for key in [*told] if key.startswith("patch_test_")}
    return {**told, "patch_test": test} if test else told


def _consents(mapping: SheetMapping, row: SheetRow, reader: CellReader) -> Iterator[Consent]:
    for each in mapping.consents:
        told = _fields(each.fields, row, reader)
        if "given" in told:
            yield Consent(each.purpose, told["given"], told.get("day"), told.get("note"))


def _filled(
    pattern: str, texts: Fields, day: date | None, row: SheetRow, faults: SheetFaults, *, literal: bool = False
) -> str | None:
    """Return a pattern with its values; None with the fault noted where one is missing."""
    pieces, missing = [], []
    for index, piece in enumerate(PLACE.split(pattern)):
        if index % 2 == 0:
            pieces.append(piece)
            continue
        key, _, form = piece.partition(":")
        value = texts.get(key) if key != "date" else None if day is None else written(day, form or "YYYY-MM-DD")
        pieces.append(glob.escape(str(value)) if literal else str(value))
        missing += [key] if value is None else []
    if missing and not faults.of_row(row.number):  # else what is missing has been told
        faults.add(f"{quoted(pattern)} needs {', '.join(missing)}, which this row does not tell.", row.number)
    return None if missing else "".join(pieces)


def _photographs(
    source: Source | None, course: Fields, session: Fields, row: SheetRow, folder: Path, faults: SheetFaults
) -> tuple[str, ...]:
    """Return the names of a row's photographs, relative to the folder of all."""
    if source is None:
        return ()
    day = session.get("date")
    if source.pattern is not None:
        pattern = _filled(source.pattern, course, day, row, faults, literal=True)
        return () if pattern is None else _found(pattern, row, folder, faults)
    names = [name.replace("\\", "/") + source.suffix for name in session.get("photos", ())]
    within = "" if source.folder is None else _filled(source.folder, course, day, row, faults)
    if within is None:
        return ()
    paths = [str(PurePosixPath(within) / name) for name in names]
    for path, name in zip(paths, names, strict=True):
        if leads_outside(path) or leads_outside(name):
            faults.add(f"the photograph {quoted(name)} lies outside the folder of the photographs.", row.number)
    return tuple(paths)


def _found(pattern: str, row: SheetRow, folder: Path, faults: SheetFaults) -> tuple[str, ...]:
    """Return photographs by a pattern of names with ``*`` and ``?``."""
    if leads_outside(pattern):
        faults.add(f"the photographs {quoted(pattern)} lie outside the folder of the photographs.", row.number)
        return ()
    found = [name for name in glob.glob(pattern, root_dir=folder) if _is_photograph(name)]
    if not found or len(found) > _MOST_PHOTOGRAPHS:
        how_many = "no" if not found else f"more than {_MOST_PHOTOGRAPHS}"
        faults.add(f"there are {how_many} photographs {quoted(pattern)}.", row.number)
        return ()
    return tuple(sorted((PurePosixPath(name).as_posix() for name in found), key=natural_order))


def _is_photograph(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in PHOTOGRAPH_SUFFIXES and not path.name.startswith(".")

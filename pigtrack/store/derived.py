"""What was drawn of a measurement: kept beside the originals, sealed with the patient's key, made again when missing.

A measurement's files lie in a folder of its own below ``derived/``, which appears whole. None of them is vouched for by
the trail or held in a backup: whatever is here follows from the originals.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from pigtrack.errors import OutputError
from pigtrack.store.leftovers import temporary_folder
from pigtrack.store.naming import quoted
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import courses, measurements, subject_keys
from pigtrack.store.record.unit import subject_key
from pigtrack.store.vault.sealing import seal, unseal
from pigtrack.store.whole import write_folder_through, write_through, write_tree_through

DERIVED = "derived"
"""Folder in the data folder."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*\.[a-z]{2,4}")
"""Names are ours alone: ``patient/en/page.json``. Nothing else is looked for on the disk."""


def keep_derived(record: Record, course: RowMapping, measurement: str, files: Mapping[str, bytes]) -> None:
    """Keep what was drawn of a measurement, whole; what was kept of it before is replaced.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    with record.reading() as connection:
        key = subject_key(connection, course["subject_id"])
    if key is None:
        return
    place = record.folder.path / DERIVED / measurement
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with temporary_folder(".new-", place.parent) as around:
            draft = around / "drawn"
            draft.mkdir(mode=0o700)
            _write(draft, {name: seal(key, data, label=_label(measurement, name)) for name, data in files.items()})
            _move(draft, place)
    except OSError as fault:
        raise OutputError(
            f"{quoted(place)} can't be written ({fault.strerror}).", "Free some space there, or mend its rights."
        ) from fault
    with record.reading() as connection:
        if subject_key(connection, course["subject_id"]) is None:  # erased while it was written
            shutil.rmtree(place, ignore_errors=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, sealed in files.items():
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"name must be plain, got {name!r}")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("wb") as file:
            write_through(file, sealed)
    write_tree_through(folder)


def _move(draft: Path, place: Path) -> None:
    """Put a folder in its place; an earlier one steps aside first, as folders are not replaced in one step."""
    if place.exists():
        place.rename(draft.with_name("earlier"))
    draft.rename(place)
    write_folder_through(place.parent)


def clear_derived(record: Record) -> int:
    """Remove what no key opens any more, or no measurement of this record has; return how many measurements' it was."""
    place = record.folder.path / DERIVED
    with record.reading() as connection:
        wanted = select(measurements.c.id).join(courses, courses.c.id == measurements.c.course_id)
        readable = set(connection.execute(wanted.join(subject_keys, _same_subject())).scalars())
    left = [each for each in place.iterdir() if each.name not in readable] if place.is_dir() else []
    left = [each for each in left if not each.name.startswith(".")]  # somebody draws there now, or was killed
    for each in left:
        shutil.rmtree(each, ignore_errors=True)
    return len(left)


def _same_subject() -> ColumnElement[bool]:
    return subject_keys.c.subject_id == courses.c.subject_id


def read_derived_of(
    record: Record, connection: Connection, course: RowMapping, measurement: str, name: str
) -> bytes | None:
    """Return a file of one measurement of a course; None: there is none of that name.

    Raises
    ------
    OriginalError
        If it is not what was kept.
    """
    key = subject_key(connection, course["subject_id"])
    if key is None or _NAME.fullmatch(name) is None:
        return None
    try:
        sealed = _place(record, measurement, name).read_bytes()
    except (FileNotFoundError, NotADirectoryError):  # not drawn, or being replaced right now
        return None
    return unseal(key, sealed, label=_label(measurement, name))


def is_drawn(record: Record, measurement: str, name: str) -> bool:
    """Tell whether a measurement has a file of that name."""
    return _NAME.fullmatch(name) is not None and _place(record, measurement, name).is_file()


def _place(record: Record, measurement: str, name: str) -> Path:
    return record.folder.path / DERIVED / measurement / name


def _label(measurement: str, name: str) -> bytes:
    return f"{DERIVED}/{measurement}/{name}".encode()

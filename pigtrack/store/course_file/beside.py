"""What a course.toml refers to beside photographs, as bytes to be kept with the course."""

import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pigtrack.errors import CourseError
from pigtrack.model.course import Course
from pigtrack.store.folder import load_course_card
from pigtrack.store.naming import is_inside, leads_outside, quoted
from pigtrack.store.noise_file import load_noise
from pigtrack.store.protocol_file import load_course_protocol

LARGEST_BYTES = 1_000_000
"""Of one file: the most that any of their readers takes, that of a card's tables."""

_TAKEN_IN = "files"
"""Folder for what lay outside the course's own."""

_TABLES = ("measured", "spectra")
"""Keys of a card file that name a table beside it."""

_ODD = re.compile(r"[^\w .-]")
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class FilesBeside:
    """Files by their path inside the course's folder, and the course that names them so."""

    course: Course
    files: dict[str, bytes]


def read_files_beside(folder: str | Path, course: Course) -> FilesBeside:
    """Read the card, protocol and noise files that a course names, and the tables that its card file names.

    Parameters
    ----------
    folder : str or Path
        The course's folder.
    course : Course
        As `load_course` gives it.

    Returns
    -------
    FilesBeside
        Files inside the folder keep their path. Those outside (a card file that serves all courses of a clinic) come
        in under ``files/``, and the course names them there; their former place is told nowhere.

    Raises
    ------
    CourseError, CardError, ProtocolError
        If one is missing, too large, or not what it must be; each is read first as measuring reads it.
    """
    folder = Path(folder)
    _refuse_unreadable(folder, course)
    files: dict[str, bytes] = {}
    if course.card.endswith(".toml"):
        name = _name_inside(folder, course.card, "card")
        files |= _card_files(folder / course.card, name)
        course = replace(course, card=name)
    if course.protocol is not None and course.protocol.lower().endswith(".toml"):
        files[str(PurePosixPath(course.protocol))] = _read(folder / course.protocol)  # outside, it is refused
    if course.noise is not None:
        name = _name_inside(folder, course.noise, "noise")
        files[name] = _read(folder / course.noise)
        course = replace(course, noise=name)
    return FilesBeside(course, dict(sorted(files.items())))


def _refuse_unreadable(folder: Path, course: Course) -> None:
    load_course_card(folder, course)
    load_course_protocol(folder, course)
    if course.noise is not None:
        load_noise(folder / course.noise)


def _name_inside(folder: Path, named: str, kind: str) -> str:
    """Return the path under which a file is kept: its own, or one under ``files/`` where nothing lies yet."""
    if not leads_outside(named) and is_inside(folder / named, folder):
        return str(PurePosixPath(named))
    plain = _ODD.sub("_", PurePosixPath(named).name)[-_LONGEST_NAME:].lstrip(". ") or kind
    number, room = 1, kind
    while os.path.lexists(folder / _TAKEN_IN / room):
        number += 1
        room = f"{kind}-{number}"
    return f"{_TAKEN_IN}/{room}/{plain}"


def _card_files(path: Path, name: str) -> dict[str, bytes]:
    """Return a card file and the tables beside it, by the path they are kept under."""
    data = _read(path)
    entries = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    files = {name: data}
    for table in (entries[key] for key in _TABLES if key in entries):
        if (path.parent / table).is_file():  # spectra that travel with pigtrack lie elsewhere
            files[str(PurePosixPath(name).parent / table)] = _read(path.parent / table)
    return files


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as fault:
        raise CourseError(
            f"{quoted(path.name)} can't be read ({fault.strerror}).", "Check the file's rights."
        ) from fault
    if len(data) > LARGEST_BYTES:
        raise CourseError(
            f"{quoted(path.name)} is larger than {LARGEST_BYTES // 1_000_000} MB.",
            "Name the right file in course.toml.",
        )
    return data

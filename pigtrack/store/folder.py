"""A course as a folder: its course.toml, or photographs alone and what is then assumed."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from pigtrack.errors import CardError, CourseError, OutputError, PhotographError, ProtocolError
from pigtrack.model.calibration import Card
from pigtrack.model.course import Course, Session
from pigtrack.store.containers import RAW_SUFFIXES
from pigtrack.store.course_draft import write_course_text
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.planned import judge_by_protocol
from pigtrack.store.faults import Faults
from pigtrack.store.naming import is_inside, natural_order, quoted
from pigtrack.store.photographs import read_capture
from pigtrack.store.protocol_file import load_course_protocol
from pigtrack.store.reference_data import load_card
from pigtrack.store.whole import write_whole

COURSE_FILE = "course.toml"
PHOTOGRAPH_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".heif"}) | RAW_SUFFIXES

_MAX_BYTES = 10_000_000
_REMEDY = "Mend this, then measure again."


def load_course(folder: str | Path) -> Course:
    """Load a course from its folder.

    With a course.toml the folder is what that file says. Without one, the photographs directly inside are grouped
    by the day they were taken, and `Course.assumptions` says so.

    Raises
    ------
    CourseError
        With everything that is wrong, one fault a line, each with its line in course.toml.
    """
    folder = Path(folder)
    try:
        _refuse_no_folder(folder)
        return _load_file(folder) if os.path.lexists(folder / COURSE_FILE) else _assume_course(folder)
    except OSError as fault:
        raise CourseError(
            f"{quoted(folder)} can't be read ({fault.strerror}).", "Check the folder's rights."
        ) from fault


def load_course_card(folder: str | Path, course: Course) -> Card:
    """Load the card of a course, by name or from a file beside course.toml, with the course's own pitch over it.

    Raises
    ------
    CardError
        If there is no such card, or its file is wrong.
    """
    card = load_card(Path(folder) / course.card if course.card.endswith(".toml") else course.card)
    given = course.card_patch_pitch_mm
    return card if given is None else replace(card, pitch_mm=given, pitch_u_mm=None)


def init_course(folder: str | Path) -> Path:
    """Write a course.toml to fill in beside the photographs of a folder and return its path.

    Raises
    ------
    CourseError
        If the folder holds no photographs, or has a course.toml already: it is never overwritten.
    OutputError
        If the file can't be written.
    """
    folder = Path(folder)
    path = folder / COURSE_FILE
    try:
        if os.path.lexists(path):
            raise CourseError(f"{quoted(path)} is there already.", "Edit it, or move it away first.")
        _refuse_no_folder(folder)
    except OSError as fault:
        raise CourseError(
            f"{quoted(folder)} can't be read ({fault.strerror}).", "Check the folder's name and rights."
        ) from fault
    text = write_course_text(_assume_course(folder))
    try:
        write_whole({path: text.encode()})
    except UnicodeError as fault:
        raise OutputError(
            f"{quoted(path)} can't be written (a photograph's name is no text).", "Give the photographs plain names."
        ) from fault
    return path


def _refuse_no_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if folder.is_file():
        raise CourseError(f"{quoted(folder)} is a file.", "Name the folder that holds the photographs.")
    raise CourseError(f"There is no folder {quoted(folder)}.", "Name a folder with photographs.")


def _load_file(folder: Path) -> Course:
    path = folder / COURSE_FILE
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise CourseError(f"{quoted(path)} is no text file of sensible size.", "Compare it with the manual's example.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise CourseError(f"{quoted(path)} can't be read ({reason}).", "Save it as plain text in UTF-8.") from fault
    course, faults = judge_course_text(folder, text.replace("\r\n", "\n"), _name_of(folder))
    if course is None or faults.said():
        raise _all_at_once(path, faults.said())
    return course


def judge_course_text(folder: Path, text: str, default_id: str) -> tuple[Course | None, Faults]:
    """Read the text of a course.toml, and look whether what it names is in the folder; as `parse_course`."""
    course, faults = parse_course(text, default_id)
    if course is not None:
        _judge_photographs(folder, course, faults)
        _judge_card(folder, course, faults)
        _judge_protocol(folder, course, faults)
    return course, faults


def _name_of(folder: Path) -> str:
    """Return the folder's name as a course's id: one line, whatever the name holds."""
    name = "".join(letter if letter.isprintable() else "_" for letter in folder.resolve().name)
    return name.strip() or "course"


def _all_at_once(path: Path, said: list[str]) -> CourseError:
    return CourseError("\n".join([f"{quoted(path)} can't be used:", *said]), _REMEDY)


def _judge_photographs(folder: Path, course: Course, faults: Faults) -> None:
    numbers = {photo: session.number for session in course.sessions for photo in session.photos}
    present = []
    for photo, number in numbers.items():
        if trouble := _trouble(folder, photo):
            faults.add(f"the photograph {quoted(photo)} {trouble}.", "session", number - 1, "photos", photo)
        else:
            present.append(photo)
    for photo, first in find_copies(folder, present):
        said = f"the photographs {quoted(first)} and {quoted(photo)} are the same file."
        faults.add(said, "session", numbers[photo] - 1, "photos", photo)


def _trouble(folder: Path, photo: str) -> str | None:
    try:
        if not (folder / photo).is_file():
            return "is missing" if not (folder / photo).exists() else "is no file"
        return None if is_inside(folder / photo, folder) else "lies outside the course's folder"
    except OSError as fault:
        return f"can't be looked at ({fault.strerror})"


def find_copies(folder: Path, photos: Iterable[str]) -> list[tuple[str, str]]:
    """Return photographs whose bytes are those of an earlier one, each with that one's name."""
    sizes: dict[int, list[str]] = defaultdict(list)
    for photo in photos:
        sizes[(folder / photo).stat().st_size].append(photo)
    copies: list[tuple[str, str]] = []
    seen: dict[bytes, str] = {}
    for photo in (photo for alike in sizes.values() if len(alike) > 1 for photo in alike):
        digest = hashlib.sha256((folder / photo).read_bytes()).digest()
        if digest in seen:
            copies.append((photo, seen[digest]))
        seen.setdefault(digest, photo)
    return copies


def _judge_card(folder: Path, course: Course, faults: Faults) -> None:
    try:
        load_course_card(folder, course)
    except CardError as fault:
        faults.add(str(fault), "course", 0, "card")


def _judge_protocol(folder: Path, course: Course, faults: Faults) -> None:
    try:
        judge_by_protocol(course, load_course_protocol(folder, course), faults)
    except ProtocolError as fault:
        _, *inside = fault.problem.split("\n")
        for said in [f"{quoted(course.protocol)}, {each}" for each in inside] or [str(fault)]:
            faults.add(said, "course", 0, "protocol")


def _assume_course(folder: Path) -> Course:
    photos = _photographs(folder)
    taken = {photo: _day_of(folder / photo) for photo in photos}
    if all(taken.values()):
        sessions, said = _by_day(taken), "Photographs of one day, by the camera's clock, are one session."
    else:
        sessions = tuple(Session(k, None, (photo,)) for k, photo in enumerate(photos, start=1))
        said = "Not every photograph carries a date: each is a session of its own, in the order of the names."
    course = Course(id=_name_of(folder), sessions=sessions)
    return replace(
        course,
        assumptions=(
            f"There is no {COURSE_FILE}, so the following is assumed.",
            said,
            f"The card is {course.card}; the skin is searched for single spots all over the photograph.",
            f"The verdict rests on {course.primary.value}; no control skin is known.",
        ),
    )


def _photographs(folder: Path) -> list[str]:
    try:
        named = [path for path in folder.iterdir() if path.suffix.lower() in PHOTOGRAPH_SUFFIXES and not path.is_dir()]
        found = [path for path in named if path.is_file()]
    except OSError as fault:
        raise CourseError(
            f"{quoted(folder)} can't be read ({fault.strerror}).", "Check the folder's rights."
        ) from fault
    photos = sorted((path.name for path in found if not path.name.startswith(".")), key=natural_order)
    if not photos:
        raise CourseError(f"There are no photographs in {quoted(folder)}.", "Name the folder that holds them.")
    said = [f"{quoted(path.name)} is no file." for path in sorted(named) if not path.is_file()]
    said += [f"{quoted(photo)} lies outside the folder." for photo in photos if not is_inside(folder / photo, folder)]
    said += [f"{quoted(photo)} and {quoted(first)} are the same file." for photo, first in find_copies(folder, photos)]
    stems = {Path(photo).stem: photo for photo in reversed(photos)}
    said += [
        f"{quoted(photo)} and {quoted(stems[Path(photo).stem])} differ in their suffix alone."
        for photo in photos
        if stems[Path(photo).stem] != photo
    ]
    if said:
        raise _all_at_once(folder, said)
    return photos


def _day_of(path: Path) -> date | None:
    try:
        taken = read_capture(path).time
    except PhotographError:  # said in full when it is measured
        return None
    return None if taken is None else taken.date()


def _by_day(taken: dict[str, date | None]) -> tuple[Session, ...]:
    days: dict[date, list[str]] = defaultdict(list)
    for photo, day in taken.items():
        if day is not None:
            days[day].append(photo)
    return tuple(Session(k, day, tuple(days[day])) for k, day in enumerate(sorted(days), start=1))

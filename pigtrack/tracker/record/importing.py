"""Takes courses into the record, from folders or from a spreadsheet, and measures what is new."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pigtrack import __version__
from pigtrack.errors import CourseError, PigtrackError, RecordError
from pigtrack.model.course import Course
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor, Consent
from pigtrack.model.roles import Verb
from pigtrack.store.folder import load_course, load_course_card
from pigtrack.store.naming import quoted
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.opening import Record
from pigtrack.store.record.reading import read_course
from pigtrack.store.spreadsheet.names import looks_personal
from pigtrack.tracker.record.course_folder import input_digest
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.taking_in import ToldCourse, look_at_photographs, take_in


@dataclass(frozen=True, slots=True)
class ImportedCourse:
    """What importing a course came to.

    Attributes
    ----------
    label : str
        The course's id.
    news : bool
        Whether the record was changed.
    measured : tuple of str
        What measuring it came to, warnings first; empty: it was not asked for.
    fault : str or None
        It was taken in, but can't be measured.
    warnings : tuple of str
        What was assumed, and what a person should look at.
    """

    label: str
    news: bool
    measured: tuple[str, ...] = ()
    fault: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What became of it, in a few sentences."""
        taken = "is in the record." if self.news else "was in the record already; nothing changed."
        told = [f"Course {quoted(self.label)} {taken}", *self.warnings, *self.measured]
        return (*told, f"It can't be measured: {self.fault}") if self.fault is not None else tuple(told)


_MOST_ROWS = 20
"""Told one by one."""

_PERSONAL = "Its subject looks like a person's name; the record takes pseudonyms only."

Tell = Callable[[ImportedCourse], None]
"""Gets each course as soon as it is in the record: what comes after it may fail."""


@dataclass(frozen=True, slots=True)
class ImportedSheet:
    """What importing a spreadsheet came to; ``unread`` names its columns of which nothing was kept."""

    courses: tuple[ImportedCourse, ...]
    unread: tuple[str, ...]


def import_courses(
    *,
    folders: Sequence[Path],
    data: Data = None,
    by: By = None,
    measure: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> list[ImportedCourse]:
    """Take courses into the record of a data folder, begun where there is none; the same twice changes nothing.

    All are read, and their photographs decoded, before the first is taken in. Each course is one transaction: it is
    in whole or not at all.

    Raises
    ------
    PigtrackError
        If one can't be read: then nothing was taken in. If one contradicts the record: those before it are in.
    """
    told = [_load(Path(folder)) for folder in folders]
    return _import(told, data, by, measure=measure, workers=workers, progress=progress, tell=tell)


def import_spreadsheet(
    *,
    sheet: Path,
    mapping: Path,
    data: Data = None,
    by: By = None,
    measure: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> ImportedSheet:
    """Take the courses of a spreadsheet into the record, by a mapping of its columns; else as `import_courses`.

    Raises
    ------
    SheetError
        If the spreadsheet or its mapping can't be used: with everything that is wrong, by row and column.
    """
    from pigtrack.store.spreadsheet.mapped import map_sheet
    from pigtrack.store.spreadsheet.mapping import load_mapping

    mapped = map_sheet(Path(sheet), load_mapping(Path(mapping)))
    told = [
        ToldCourse(each.folder, each.course, each.consents, origin=_origin(mapped.sha256, each.rows))
        for each in mapped.courses
    ]
    imported = _import(told, data, by, measure=measure, workers=workers, progress=progress, tell=tell)
    return ImportedSheet(tuple(imported), mapped.unread)


def _origin(sha256: str, rows: Sequence[int]) -> str:
    """Say where a course was told, so that an auditor finds the rows again."""
    shown = ", ".join(map(str, rows[:_MOST_ROWS])) + (
        f" and {len(rows) - _MOST_ROWS} more" if rows[_MOST_ROWS:] else ""
    )
    return f"Imported from a spreadsheet with the SHA-256 {sha256}, from its row{'s' if len(rows) > 1 else ''} {shown}."


def draft_sheet_mapping(*, sheet: Path) -> str:
    """Return a mapping for a spreadsheet, to be filled in.

    Raises
    ------
    SheetError
        If the spreadsheet can't be read.
    """
    from pigtrack.store.spreadsheet.draft import draft_mapping

    return draft_mapping(Path(sheet))


def import_course(record: Record, folder: Path, course: Course, *, actor: Actor) -> ImportedCourse:
    """Take one course in, or what is new in it; it is not measured."""
    return _taken(record, ToldCourse(folder, course, warnings=course.assumptions), actor)


def _load(folder: Path) -> ToldCourse:
    if folder.is_file():
        raise CourseError(
            f"{quoted(folder)} is a file.",
            "Name a course's folder; or a spreadsheet, with --mapping MAP.toml (--draft shows a start).",
        )
    course = load_course(folder)
    load_course_card(folder, course)
    if any(session.date is None for session in course.sessions):
        raise CourseError(
            f"The photographs in {quoted(folder)} carry no dates.", "Write a course.toml with dates: pigtrack init."
        )
    named = course if course.subject else replace(course, subject=course.id)
    personal = (_PERSONAL,) if looks_personal(named.subject or "") else ()
    return ToldCourse(folder, named, warnings=(*course.assumptions, *personal))


def _import(
    told: Sequence[ToldCourse],
    data: Data,
    by: By,
    *,
    measure: bool,
    workers: int,
    progress: Progress | None,
    tell: Tell | None,
) -> list[ImportedCourse]:
    _refuse_one_id_twice(told)
    with opened(data, begin=True) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        looked_at = list(_looked_at(record, told, progress))
        imported = []
        for each in looked_at:
            taken = _taken(record, each, actor)
            done = _measured(record, taken, actor, workers=workers, progress=progress) if measure else taken
            imported.append(done)
            if tell is not None:
                tell(done)
    return imported


def _looked_at(record: Record, told: Sequence[ToldCourse], progress: Progress | None) -> Iterator[ToldCourse]:
    for number, each in enumerate(told, start=1):
        yield replace(each, digests=look_at_photographs(record, each))
        if progress is not None:
            progress(number, len(told), "Looking at course")


def _refuse_one_id_twice(told: Sequence[ToldCourse]) -> None:
    for label, count in Counter(each.course.id for each in told).items():
        if count > 1:
            folders = ", ".join(quoted(each.folder) for each in told if each.course.id == label)
            raise CourseError(f"{folders} tell of one course {quoted(label)}.", "Give each course an id of its own.")


def _taken(record: Record, told: ToldCourse, actor: Actor) -> ImportedCourse:
    taken = take_in(record, told, actor=actor)
    return ImportedCourse(told.course.id, taken.news, warnings=(*told.warnings, *map(_passed_over, taken.passed_over)))


def _passed_over(consent: Consent) -> str:
    answer = "yes" if consent.given else "no"
    return (
        f"The record has another, later or undated word on the consent to {consent.purpose.value}; the {answer} told "
        "here was not taken. If it is right, say so: pigtrack consent."
    )


def _measured(
    record: Record, taken: ImportedCourse, actor: Actor, *, workers: int, progress: Progress | None
) -> ImportedCourse:
    """Measure what was taken in; a course that can't be measured stays in the record, and that is said.

    What measures takes seconds to load: where nothing is to be measured, it stays where it is.
    """
    if (number := _standing(record, taken.label)) is not None:
        return replace(taken, measured=(f"Course {taken.label}: measurement {number} was there already.",))
    from pigtrack.tracker.record.measuring import measure_recorded

    try:
        measured = measure_recorded(record, taken.label, actor=actor, workers=workers, progress=progress)
    except RecordError:
        raise
    except PigtrackError as fault:
        return replace(taken, fault=str(fault))
    return replace(taken, measured=(*measured.warnings, measured.told))


def _standing(record: Record, label: str) -> int | None:
    """Return the number of the measurement that a course stands at, where this pigtrack made it of this input."""
    with record.reading() as connection:
        row = need_course(connection, label)
        if row["measurement_id"] is None:
            return None
        recorded = read_course(record, connection, row)
    version = recorded.measurement
    if version is None or version.pigtrack != __version__ or version.input_digest != input_digest(recorded):
        return None
    return version.number

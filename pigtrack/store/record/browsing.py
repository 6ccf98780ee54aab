"""The clinic's courses a page at a time, found by a word or by what is due, however many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, or_, select

from pigtrack.errors import UnknownError
from pigtrack.model.overview import CourseOverview
from pigtrack.store.record.overview import read_lines
from pigtrack.store.record.tables import courses, subjects


class Which(StrEnum):
    """Which courses are looked at."""

    ALL = "all"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class CoursePage:
    """Some of the courses that were found, and how many there are in all; ``due``, ``overdue``: of all open ones.

    ``late``: ids of those on this page that are overdue.
    """

    lines: tuple[CourseOverview, ...]
    found: int
    due: int
    overdue: int
    late: frozenset[str]


def read_page(
    connection: Connection,
    *,
    today: date,
    windows: Mapping[str, int] = MappingProxyType({}),
    which: Which = Which.ALL,
    search: str = "",
    skip: int = 0,
    most: int = 50,
) -> CoursePage:
    """Return a page of courses: those that are due by their day, all others by label.

    Parameters
    ----------
    today : date
        Due are open courses whose next session may be today; overdue those whose last such day is past.
    windows : mapping of str to int
        By protocol, how many days after the first one a session may be; of other protocols it is that day alone.
    search : str
        Only courses with this in label, patient or site, in capitals or not.
    """
    due, overdue = _due(today, windows), _overdue(today, windows)
    wanted = {Which.ALL: [], Which.DUE: due, Which.OVERDUE: overdue}[which] + _search(search)
    order = (courses.c.next_day, courses.c.label) if which is not Which.ALL else (courses.c.label.is_(None), _LABEL)
    ids = _ids(wanted).order_by(*order, courses.c.id).offset(skip).limit(most)
    found = [str(each) for each in connection.execute(ids).scalars()]
    lines = {line.uid: line for line in read_lines(connection, found)}
    return CoursePage(
        tuple(lines[each] for each in found),
        _count(connection, wanted),
        _count(connection, due),
        _count(connection, overdue),
        frozenset(map(str, connection.execute(_ids([*overdue, courses.c.id.in_(found)])).scalars())),
    )


_LABEL = courses.c.label


def _due(today: date, windows: Mapping[str, int]) -> list[ColumnElement[bool]]:
    day = courses.c.next_day
    return [courses.c.closed.is_(False), day <= today.isoformat(), day >= _oldest_due(today, windows)]


def _overdue(today: date, windows: Mapping[str, int]) -> list[ColumnElement[bool]]:
    return [courses.c.closed.is_(False), courses.c.next_day < _oldest_due(today, windows)]


def _oldest_due(today: date, windows: Mapping[str, int]) -> ColumnElement[str]:
    """The first day that a session may be due from and still be in time today."""
    oldest = {protocol: (today - timedelta(days=days)).isoformat() for protocol, days in windows.items()}
    plain = literal(today.isoformat())
    return case(oldest, value=courses.c.protocol, else_=plain) if oldest else plain


def _search(search: str) -> list[ColumnElement[bool]]:
    if not search:
        return []
    texts = (courses.c.label, courses.c.site, subjects.c.pseudonym)
    return [or_(*(func.lower(text).contains(search.casefold(), autoescape=True) for text in texts))]


def _ids(wanted: list[ColumnElement[bool]]) -> Select[tuple[str]]:
    return select(courses.c.id).join(subjects, subjects.c.id == courses.c.subject_id).where(*wanted)


def _count(connection: Connection, wanted: list[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(_ids(wanted).subquery())).scalar_one())


def label_by_id(connection: Connection, course: str) -> str:
    """Return the label of a course by its id, as the use cases ask for it.

    Raises
    ------
    UnknownError
        If there is none, or its patient's data were erased.
    """
    found = connection.execute(select(courses.c.label).where(courses.c.id == course)).scalar()
    if found is None:
        raise UnknownError("The record holds no such course.", "It may have been erased; begin at the list of courses.")
    return str(found)

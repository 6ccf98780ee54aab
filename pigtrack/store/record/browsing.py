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
    late_before = _oldest_due(today, windows)
    if search or which is not Which.ALL:
        every = [
            str(each) for each in connection.execute(_wanted(connection, which, today, late_before, search)).scalars()
        ]
        found, count = every[skip : skip + most], len(every)
    else:
        found, count = _page_of_all(connection, skip, most), _count(connection)
    lines = {line.uid: line for line in read_lines(connection, found)}
    due, overdue = _count_due(connection, today, late_before)
    late = connection.execute(select(courses.c.id).where(*_is_overdue(late_before), courses.c.id.in_(found))).scalars()
    return CoursePage(tuple(lines[each] for each in found), count, due, overdue, frozenset(map(str, late)))


def _page_of_all(connection: Connection, skip: int, most: int) -> list[str]:
    """Return a page of all courses, by label as its index has them; the erased, which have none, come last."""
    ids, label = select(courses.c.id), courses.c.label
    named = ids.where(label.is_not(None)).order_by(label).offset(skip).limit(most)
    found = [str(each) for each in connection.execute(named).scalars()]
    if len(found) < most:
        before = max(0, skip - _count(connection, label.is_not(None)))
        erased = ids.where(label.is_(None)).order_by(courses.c.id).offset(before).limit(most - len(found))
        found += [str(each) for each in connection.execute(erased).scalars()]
    return found


def _wanted(
    connection: Connection, which: Which, today: date, late_before: ColumnElement[str], search: str
) -> Select[tuple[str]]:
    wanted = _found(connection, search) if search else select(courses.c.id)
    if which is Which.ALL:
        return wanted.order_by(courses.c.label.is_(None), courses.c.label, courses.c.id)
    chosen = _is_due(today, late_before) if which is Which.DUE else _is_overdue(late_before)
    return wanted.where(*chosen).order_by(courses.c.next_day, courses.c.label, courses.c.id)


def _is_due(today: date, late_before: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    day = courses.c.next_day
    return courses.c.closed.is_(False), day <= today.isoformat(), day >= late_before


def _is_overdue(late_before: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    return courses.c.closed.is_(False), courses.c.next_day < late_before


def _oldest_due(today: date, windows: Mapping[str, int]) -> ColumnElement[str]:
    """The first day that a session may be due from and still be in time today."""
    oldest = {protocol: (today - timedelta(days=days)).isoformat() for protocol, days in windows.items()}
    plain = literal(today.isoformat())
    return case(oldest, value=courses.c.protocol, else_=plain) if oldest else plain


def _count_due(connection: Connection, today: date, late_before: ColumnElement[str]) -> tuple[int, int]:
    """Count what is due and what is overdue, in one look."""
    late = func.coalesce(func.sum(case((courses.c.next_day < late_before, 1), else_=0)), 0)
    open_ = courses.c.closed.is_(False), courses.c.next_day <= today.isoformat()
    every, overdue = connection.execute(select(func.count(), late).select_from(courses).where(*open_)).one()
    return int(every) - int(overdue), int(overdue)


def _found(connection: Connection, search: str) -> Select[tuple[str]]:
    """Return the query for courses that hold a word in label, patient or site.

    Over letters from A to Z the database's own way of comparing is ten times as quick as ours.
    """
    texts: tuple[ColumnElement[str], ...] = (courses.c.label, courses.c.site, subjects.c.pseudonym)
    if connection.dialect.name != "sqlite":
        holds = [text.icontains(search, autoescape=True) for text in texts]
    elif search.isascii():
        holds = [text.contains(search, autoescape=True) for text in texts]
    else:
        holds = [func.fold(text).contains(search.casefold(), autoescape=True) for text in texts]
    return select(courses.c.id).join(subjects, subjects.c.id == courses.c.subject_id).where(or_(*holds))


def _count(connection: Connection, *wanted: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(courses).where(*wanted)).scalar_one())


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

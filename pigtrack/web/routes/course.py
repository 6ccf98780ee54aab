"""One course: where it stands, session by session, what is open, and the ways on from there."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from pigtrack.model.record import Purpose
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.editing import ChangedCourse
from pigtrack.tracker.record.picturing import which_drawn
from pigtrack.tracker.record.visiting import CourseTold, is_late, look_at_told
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.working import work_on

router = APIRouter(include_in_schema=False)

CourseId = Annotated[UUID, Path(description="Of the course: its identifier, which never changes.")]
"""Part of an address that names a course. Labels never stand in addresses: those are kept in histories and logs."""

A_PAGE = 12
"""Visits on a page: some months of a course."""

CHART = "charts/course.svg"
"""The picture of a measurement by which its being drawn is told."""


@router.get("/courses/{course}")
def show_course(request: Request, course: CourseId, asker: Annotated[Asker, Depends(Needs(Verb.VIEW))]) -> Any:
    """Show a course."""
    told = told_of(asker, course, series=True)
    drawn = drawn_of(asker, course, CHART, "report.html")
    work = work_on(request, str(course), drawn=bool(drawn) or told.line.version is None)
    values: dict[str, Any] = {"series": told.series, "matters": tuple(matters(told)), "a_page": A_PAGE, "work": work}
    stale = told.line.measured < told.line.sessions and desk_of(request).background is not None and work is None
    return render(request, "course.html", asker, **shown(told, "course"), **values, drawn=drawn, stale=stale)


def drawn_of(asker: Asker, course: UUID, *names: str) -> frozenset[str]:
    """Return which of some pictures there are of the measurement a course stands at."""
    return which_drawn(data=asker.record, by=asker.who, course=str(course), names=names)


def told_of(asker: Asker, course: UUID, *, series: bool = False) -> CourseTold:
    """Return all that is told of a course."""
    label = label_of(record=asker.record, course=str(course))
    return look_at_told(label=label, series=series, data=asker.record, by=asker.who)


def shown(told: CourseTold, tab: str) -> dict[str, Any]:
    """Return what each page of a course shows of it."""
    today = date.today()
    return {"told": told, "line": told.line, "tab": tab, "today": today, "late": is_late(told, today)}


def measure_again(request: Request, changed: ChangedCourse) -> None:
    """Have a changed course measured in the background, where there is anything to measure."""
    background = desk_of(request).background
    if background is not None and changed.measurable:
        background.measure_soon(changed.uid)


def matters(told: CourseTold) -> Iterator[tuple[str, str, str]]:
    """Yield what is open: what it is, the page to see to it, by the end of its address, and what that is called."""
    agreed = told.agreed(Purpose.CARE)
    if told.waiting:
        waiting = _count(told.waiting, "photograph waits", "photographs wait")
        yield f"{waiting} to be kept or taken again.", "capture", "See"
    if agreed is None:
        yield "Nobody wrote down whether the patient agrees to the care.", "about", "Consents"
    elif not agreed:
        yield "The patient said no to the care.", "about", "Consents"
    if told.unanswered:
        asked = _count(len(told.unanswered), "question", "questions")
        yield f"{asked} before the course without an answer.", "about", "Answer"
    yield from _since(told)


def _since(told: CourseTold) -> Iterator[tuple[str, str, str]]:
    line = told.line
    if told.ongoing_events:
        yield f"{_count(told.ongoing_events, 'adverse event', 'adverse events')} not at an end.", "visits", "Visits"
    if told.rejected:
        yield f"{_count(told.rejected, 'photograph', 'photographs')} that can’t be used.", "visits", "Why"
    if line.version is not None and line.measured < line.sessions:
        newer = _count(line.sessions - line.measured, "session", "sessions")
        yield f"{newer} newer than the measurement.", "review", "Review"
    if line.corrected:
        yield "Corrected by hand; the automatic result stays beside it.", "review", "Review"
    if line.version is not None and not line.signed:
        yield "The measurement is not signed.", "review", "Review"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"

"""One course: where it stands, session by session, and the ways on from there."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.looking import look_at_course
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render

router = APIRouter(include_in_schema=False)

CourseId = Annotated[UUID, Path(description="Of the course: its identifier, which never changes.")]
"""Part of an address that names a course. Labels never stand in addresses: those are kept in histories and logs."""


@router.get("/courses/{course}")
def show_course(request: Request, course: CourseId, asker: Annotated[Asker, Depends(Needs(Verb.VIEW))]) -> Any:
    """Show a course."""
    label = label_of(record=asker.record, course=str(course))
    series = look_at_course(label=label, data=asker.record, by=asker.who)
    return render(request, "course.html", asker, series=series, line=series.overview, tab="course")

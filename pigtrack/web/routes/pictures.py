"""Pictures of a course, and how far the work on them is."""

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.picturing import read_picture
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.routes.course import CourseId

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303
_PAGE = "report.html"
_PAGE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox allow-downloads"
"""The report is one file that brings its own style; whoever opens it here gets no script run from it."""


@router.get("/courses/{course}/pictures/{name:path}")
def show_picture(
    request: Request, course: CourseId, name: str, asker: Annotated[Asker, Depends(Needs(Verb.VIEW))]
) -> Any:
    """Give a picture that the page names, or the report as a file."""
    found = read_picture(data=asker.record, by=asker.who, course=str(course), name=name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": "private, no-store"}
    if name == _PAGE:
        headers |= {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": _PAGE_POLICY}
    return Response(found, media_type=kind, headers=headers)


@router.get("/courses/{course}/work")
def show_work(request: Request, course: CourseId, asker: Annotated[Asker, Depends(Needs(Verb.VIEW))]) -> Any:
    """Give the part of a page that tells how far the work is; when it has ended, have the page load itself anew."""
    label_of(record=asker.record, course=str(course))
    background = desk_of(request).background
    work = None if background is None else background.work_of(str(course))
    answer = render(request, "work_part.html", asker, work=work, uid=str(course))
    if work is None or not work.is_going_on:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/courses/{course}/measure")
def take_measure(request: Request, course: CourseId, asker: Annotated[Asker, Depends(Needs(Verb.MEASURE))]) -> Any:
    """Have a course measured now, and go to where its progress is told."""
    label_of(record=asker.record, course=str(course))
    background = desk_of(request).background
    if background is not None:
        background.measure_soon(str(course), at_once=True)
    return RedirectResponse(f"/courses/{course}", status_code=_SEE_OTHER)

"""The camera's page: photographs of today's visit, the first one as a ghost over the live picture."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from pigtrack.errors import UnknownError
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.capturing import open_desk
from pigtrack.tracker.record.shots import SHOTS_WANTED
from pigtrack.tracker.verdicts import Guide
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.routes.course import CourseId
from pigtrack.web.routes.uploads import at_work_of

router = APIRouter(include_in_schema=False)

Photographer = Annotated[Asker, Depends(Needs(Verb.RECORD))]

SKIN_STATES = ("clean", "make-up", "sunscreen", "self-tanner", "tanned", "bruised")
"""Suggestions; a course may tell any other."""


@router.get("/courses/{course}/capture")
def show_capture(request: Request, course: CourseId, asker: Photographer) -> Any:
    """Show the camera, and what waits to be decided on."""
    today = date.today()
    desk = open_desk(course=str(course), day=today, data=asker.record, by=asker.who)
    shown: dict[str, Any] = {"states": SKIN_STATES, "wanted": SHOTS_WANTED, "day": today.isoformat()}
    return render(request, "capture.html", asker, line=desk.line, desk=desk, tab="capture", **shown)


@router.get("/courses/{course}/capture/guide")
def show_guide(request: Request, course: CourseId, asker: Photographer) -> Any:
    """Tell where the card stood in the first photograph, and how large that was; makes its views ready meanwhile."""
    guide = _guide(request, str(course), asker)
    told = None if guide is None else {"width": guide.width, "height": guide.height, "card": guide.card}
    return JSONResponse({"guide": told})


@router.get("/courses/{course}/capture/ghost.jpg")
def show_ghost(request: Request, course: CourseId, asker: Photographer) -> Any:
    """Show the first photograph, small."""
    guide = _guide(request, str(course), asker)
    if guide is None:
        raise UnknownError("There is no first photograph that can be shown.", "Take one.")
    return Response(guide.jpeg, media_type="image/jpeg")


def _guide(request: Request, course: str, asker: Asker) -> Guide | None:
    return at_work_of(request).judging.guide(course, by=asker.who)

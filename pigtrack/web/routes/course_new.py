"""A new course: a patient by pseudonym, the site, the assessment, how it is measured."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import FormError, PigtrackError
from pigtrack.model.course import Course, Endpoint, Mode
from pigtrack.model.record import Consent, Purpose
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.editing import open_course
from pigtrack.tracker.record.on_offer import on_offer
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form
from pigtrack.web.problems import status_of
from pigtrack.web.routes.about import SKIN_TYPES, assessed, read_assessment

router = APIRouter(include_in_schema=False)

Writer = Annotated[Asker, Depends(Needs(Verb.RECORD))]

_SEE_OTHER = 303


@router.get("/courses/new")
def show_new(request: Request, asker: Writer) -> Any:
    """Show the form."""
    return _page(request, asker)


def _page(request: Request, asker: Asker, *, form: Posted | None = None, fault: PigtrackError | None = None) -> Any:
    typed = {} if form is None else {name: each[-1] for name, each in form.fields.items() if each}
    choices = {"offer": on_offer(), "skin_types": SKIN_TYPES, "modes": tuple(Mode), "endpoints": tuple(Endpoint)}
    status = 200 if fault is None else status_of(fault)
    return render(
        request, "course_new.html", asker, status=status, typed=typed, fault=fault, told=None, part="", **choices
    )


@router.post("/courses/new")
def take_new(request: Request, asker: Writer, form: Annotated[Posted, Depends(read_form)]) -> Any:
    """Begin a course, and show it."""
    try:
        known = form.choice("patient", ("new", "known")) == "known"
        course, care = _read_course(form), _read_care(form)
        opened = open_course(told=course, known=known, care=care, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _page(request, asker, form=form, fault=fault)
    return RedirectResponse(f"/courses/{opened.uid}", status_code=_SEE_OTHER)


def _read_course(form: Posted) -> Course:
    offer = on_offer()
    bare = Course(
        id=form.text("id", required=False, most=100, label="course"),
        sessions=(),
        subject=form.text("subject", most=100, label="pseudonym"),
    )
    return assessed(bare, read_assessment(form, offer), offer)


def _read_care(form: Posted) -> Consent | None:
    """Return what the patient said to the care; None: nobody asked yet."""
    said = form.choice("care", ("yes", "no", "later"), default="later")
    if said == "later":
        return None
    day = form.day("care_day", required=False)
    if day is None:
        raise FormError("The day of the consent is missing.", "Say when the patient said it.", field="care_day")
    return Consent(Purpose.CARE, said == "yes", day)

"""The visits of a course: photographs with what is wrong with them, what was done, what happened, what was noted."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import PigtrackError, UnknownError
from pigtrack.model.course import OUTCOMES, SEVERITIES, Session, day_of
from pigtrack.model.roles import Verb
from pigtrack.model.treatment import PATCH_TEST_RESULTS
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.editing import ChangedCourse
from pigtrack.tracker.record.noting import note
from pigtrack.tracker.record.on_offer import in_english
from pigtrack.tracker.record.telling import tell_event, tell_treatment, tell_visit
from pigtrack.tracker.record.visiting import CourseTold
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.meanwhile import seen_by, stands_otherwise
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.problems import status_of
from pigtrack.web.routes.course import A_PAGE, CourseId, drawn_of, measure_again, shown, told_of
from pigtrack.web.routes.visit_forms import read_event, read_treatment, show_event_fields, show_treatment_fields

router = APIRouter(include_in_schema=False)

Form = Annotated[Posted, Depends(read_form)]
Reader = Annotated[Asker, Depends(Needs(Verb.VIEW))]
Writer = Annotated[Asker, Depends(Needs(Verb.RECORD))]
Number = Annotated[int, Path(ge=1, le=100_000)]
Position = Annotated[int, Path(ge=0, le=100_000)]
"""Of something among what a visit tells, from 1; 0: one more."""

SKIN_STATES = ("clean", "make-up", "sunscreen", "self-tanner", "tanned", "bruised")
"""That are offered; a course.toml may tell others in its own words."""

_SEE_OTHER = 303


@router.get("/courses/{course}/visits")
def show_visits(
    request: Request, course: CourseId, asker: Reader, query: Annotated[Posted, Depends(read_query)]
) -> Any:
    """Show a page of the visits, the newest first."""
    return _page(request, course, asker, number=query.number("page", least=1, default=1))


def _page(
    request: Request,
    course: CourseId,
    asker: Asker,
    *,
    number: int = 1,
    form: Posted | None = None,
    fault: PigtrackError | None = None,
) -> Any:
    told = told_of(asker, course)
    pages = max(1, -(-len(told.course.sessions) // A_PAGE))
    drawn = drawn_of(asker, course, *(f"thumb/{each.number}.jpg" for each in told.course.sessions))
    paged = {"number": min(number, pages), "pages": pages, "a_page": A_PAGE, "drawn": drawn}
    values: dict[str, Any] = {"newest": tuple(reversed(told.course.sessions)), "fault": fault, **paged}
    said = {"note": "" if form is None else (form.fields.get("note") or [""])[-1]}
    about = "" if form is None else form.text("session", required=False, most=10)
    status = 200 if fault is None else status_of(fault)
    return render(
        request, "visits.html", asker, status=status, typed=said, about=about, **shown(told, "visits"), **values
    )


def _visit(changed: ChangedCourse, number: int) -> RedirectResponse:
    """Go back to a visit, on the page where it stands."""
    page = (len(changed.course.sessions) - number) // A_PAGE + 1
    return RedirectResponse(f"/courses/{changed.uid}/visits?page={page}#visit-{number}", status_code=_SEE_OTHER)


@router.post("/courses/{course}/notes")
def take_note(request: Request, course: CourseId, asker: Writer, form: Form) -> Any:
    """Write a note."""
    label = label_of(record=asker.record, course=str(course))
    try:
        session, text = form.number("session", most=100_000, default=0), (form.fields.get("note") or [""])[-1]
        note(label=label, text=text, session=session or None, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _page(request, course, asker, form=form, fault=fault)
    return RedirectResponse(f"/courses/{course}/visits#notes", status_code=_SEE_OTHER)


@router.get("/courses/{course}/visits/{number}")
def show_visit(request: Request, course: CourseId, number: Number, asker: Writer) -> Any:
    """Show the form on how the skin was."""
    return _form(request, course, number, asker, "skin")


@router.post("/courses/{course}/visits/{number}")
def take_visit(request: Request, course: CourseId, number: Number, asker: Writer, form: Form) -> Any:
    """Tell how the skin was when it was photographed."""
    label = label_of(record=asker.record, course=str(course))
    try:
        state = form.text("skin_state", most=500)
        how: dict[str, Any] = {"after_procedure": form.flag("after_procedure"), "skin_state": state}
        how["day"] = form.day("day", required=False)
        seen = form.number("seen", most=10**12)
        changed = tell_visit(label=label, session=number, seen=seen, data=asker.record, by=asker.who, **how)
    except PigtrackError as fault:
        return _form(request, course, number, asker, "skin", form=form, fault=fault)
    measure_again(request, changed)
    return _visit(changed, number)


@router.get("/courses/{course}/visits/{number}/treatments/{position}")
def show_treatment(request: Request, course: CourseId, number: Number, position: Position, asker: Writer) -> Any:
    """Show the form of a treatment; position 0: of a further one."""
    return _form(request, course, number, asker, "treatment", position=position)


@router.post("/courses/{course}/visits/{number}/treatments/{position}")
def take_treatment(
    request: Request, course: CourseId, number: Number, position: Position, asker: Writer, form: Form
) -> Any:
    """Tell a treatment."""
    told = told_of(asker, course)
    try:
        before = _treatment(_session(told, number), position)
        entries, seen = read_treatment(form, before), form.number("seen", most=10**12)
        where: dict[str, Any] = {"session": number, "position": position or None, "seen": seen}
        changed = tell_treatment(label=told.line.label, entries=entries, data=asker.record, by=asker.who, **where)
    except PigtrackError as fault:
        return _form(request, course, number, asker, "treatment", position=position, form=form, fault=fault)
    measure_again(request, changed)
    return _visit(changed, number)


@router.get("/courses/{course}/visits/{number}/events/{position}")
def show_event(request: Request, course: CourseId, number: Number, position: Position, asker: Writer) -> Any:
    """Show the form of an adverse event; position 0: of a further one."""
    return _form(request, course, number, asker, "event", position=position)


@router.post("/courses/{course}/visits/{number}/events/{position}")
def take_event(
    request: Request, course: CourseId, number: Number, position: Position, asker: Writer, form: Form
) -> Any:
    """Tell an adverse event."""
    label = label_of(record=asker.record, course=str(course))
    try:
        event, seen = read_event(form), form.number("seen", most=10**12)
        where: dict[str, Any] = {"session": number, "position": position or None, "seen": seen}
        changed = tell_event(label=label, event=event, data=asker.record, by=asker.who, **where)
    except PigtrackError as fault:
        return _form(request, course, number, asker, "event", position=position, form=form, fault=fault)
    measure_again(request, changed)
    return _visit(changed, number)


def _form(
    request: Request,
    course: CourseId,
    number: int,
    asker: Asker,
    kind: str,
    *,
    position: int = 0,
    form: Posted | None = None,
    fault: PigtrackError | None = None,
) -> Any:
    """Show a form of a visit with what was told, or with what was just typed and can't be taken."""
    told = told_of(asker, course)
    session = _session(told, number)
    fields = stands = _fields(session, kind, position)
    if form is not None:
        fields = {name: each[-1] for name, each in form.fields.items() if each}
    values = {"session": session, "kind": kind, "position": position, "fields": fields, "fault": fault}
    values |= {"seen": seen_by(told, form, fault), "stands": stands_otherwise(fields, stands, fault)}
    choices = {"severities": SEVERITIES, "outcomes": OUTCOMES, "results": PATCH_TEST_RESULTS, "states": SKIN_STATES}
    status = 200 if fault is None else status_of(fault)
    told_words = {"words": in_english, **choices, **values}
    return render(request, "visit_form.html", asker, status=status, **shown(told, "visits"), **told_words)


def _session(told: CourseTold, number: int) -> Session:
    if number > len(told.course.sessions):
        raise UnknownError(f"The course has no session {number}.", "Go back to its visits.")
    return told.course.sessions[number - 1]


def _fields(session: Session, kind: str, position: int) -> dict[str, str]:
    if kind == "skin":
        skin = {"skin_state": session.skin_state, "after_procedure": "yes" if session.after_procedure else ""}
        return {**skin, "day": str(day_of(session) or "")}
    if kind == "treatment":
        return show_treatment_fields(_treatment(session, position))
    if position > len(session.adverse_events):
        raise UnknownError(f"Session {session.number} has no such event.", "Go back to the visits.")
    return show_event_fields(session.adverse_events[position - 1]) if position else {}


def _treatment(session: Session, position: int) -> Mapping[str, Any]:
    """Return the entries of a treatment; of a further one there are none yet."""
    done = [each for each in (session.treatment, *session.further_treatments) if each]
    if position > len(done):
        raise UnknownError(f"Session {session.number} has no such treatment.", "Go back to the visits.")
    return done[position - 1] if position else {}

"""What a course is about: the assessment, consents, the screen before it, its plan; closed, and opened again."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import FormError, PigtrackError
from pigtrack.model.course import Course, Endpoint, Mode
from pigtrack.model.record import Purpose
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.consenting import consent
from pigtrack.tracker.record.editing import change_course, close_course
from pigtrack.tracker.record.on_offer import OnOffer, in_english, on_offer
from pigtrack.tracker.record.screening import answer_screen, change_protocol
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.meanwhile import seen_by
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form
from pigtrack.web.problems import status_of
from pigtrack.web.routes.course import CourseId, measure_again, shown, told_of
from pigtrack.web.routes.visit_forms import read_decimal

router = APIRouter(include_in_schema=False)

Form = Annotated[Posted, Depends(read_form)]
Reader = Annotated[Asker, Depends(Needs(Verb.VIEW))]
Writer = Annotated[Asker, Depends(Needs(Verb.RECORD))]

SKIN_TYPES = ("I", "II", "III", "IV", "V", "VI")
"""Fitzpatrick's."""

_SEE_OTHER = 303
_TEXTS = ("site", "diagnosis", "cause", "depth", "skin_type")


@router.get("/courses/{course}/about")
def show_about(request: Request, course: CourseId, asker: Reader) -> Any:
    """Show what a course is about."""
    return _page(request, course, asker)


def _page(
    request: Request, course: CourseId, asker: Asker, *, form: Posted | None = None, part: str = "", fault: Any = None
) -> Any:
    told = told_of(asker, course)
    values = {
        "words": in_english,
        "offer": on_offer(),
        "skin_types": SKIN_TYPES,
        "purposes": tuple(Purpose),
        "modes": tuple(Mode),
    }
    typed = {} if form is None else {name: each[-1] for name, each in form.fields.items() if each}
    said = {"part": part, "fault": fault, "typed": typed, "endpoints": tuple(Endpoint)}
    said["seen"] = seen_by(told, form, fault)
    status = 200 if fault is None else status_of(fault)
    return render(request, "about.html", asker, status=status, **shown(told, "about"), **values, **said)


def _back(course: CourseId, part: str) -> RedirectResponse:
    return RedirectResponse(f"/courses/{course}/about#{part}", status_code=_SEE_OTHER)


@router.post("/courses/{course}/about/assessment")
def take_assessment(request: Request, course: CourseId, asker: Writer, form: Form) -> Any:
    """Change the assessment and how the course is measured."""
    label = label_of(record=asker.record, course=str(course))
    try:
        offer, seen = on_offer(), form.number("seen", most=10**12)
        fields = read_assessment(form, offer)
        changed = change_course(
            label=label,
            change=lambda before: assessed(before, fields, offer),
            seen=seen,
            data=asker.record,
            by=asker.who,
        )
    except PigtrackError as fault:
        return _page(request, course, asker, form=form, part="assessment", fault=fault)
    measure_again(request, changed)
    return _back(course, "assessment")


def read_assessment(form: Posted, offer: OnOffer) -> dict[str, Any]:
    """Return the fields of a course that the form tells, empty ones as None."""
    fields: dict[str, Any] = {name: form.text(name, required=False, most=500) or None for name in _TEXTS}
    languages = ("", *offer.languages)
    fields["patient_language"] = form.choice("patient_language", languages, default="") or None
    fields["mode"] = Mode(form.choice("mode", tuple(Mode)))
    fields["primary"] = Endpoint(form.choice("primary", tuple(Endpoint)))
    fields["card"] = form.text("card", most=500)
    fields["protocol"] = form.text("protocol", required=False, most=500) or None
    for name in ("card_patch_pitch_mm", "scale_sticker_mm"):
        fields[name] = read_decimal(form, name)
    fields["reseated_shots"] = form.flag("reseated_shots")
    return fields


def assessed(before: Course, fields: dict[str, Any], offer: OnOffer) -> Course:
    """Return a course with what a form tells of it; a card or protocol of its own stays, others are from the list.

    Raises
    ------
    FormError
        If there is no such card or protocol.
    """
    cards, protocols = ({name for name, _ in each} for each in (offer.cards, offer.protocols))
    known: dict[str, set[str | None]] = {"card": {*cards}, "protocol": {None, *protocols}}
    for name, names in known.items():
        if fields[name] not in names | {getattr(before, name)}:
            raise FormError(f"There is no {name} “{fields[name]}”.", "Choose one of the list.", field=name)
    return change_protocol(replace(before, **{**fields, "protocol": before.protocol}), fields["protocol"])


@router.post("/courses/{course}/about/consent")
def take_consent(request: Request, course: CourseId, asker: Writer, form: Form) -> Any:
    """Write down what the patient said."""
    told = told_of(asker, course)
    try:
        purpose, given = Purpose(form.choice("purpose", tuple(Purpose))), form.choice("given", ("yes", "no")) == "yes"
        day, note = form.day("day"), form.text("note", required=False, most=500) or None
        answers = {purpose: given}
        consent(pseudonym=told.line.patient or "", answers=answers, day=day, note=note, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _page(request, course, asker, form=form, part="consents", fault=fault)
    return _back(course, "consents")


@router.post("/courses/{course}/about/screen")
def take_screen(request: Request, course: CourseId, asker: Writer, form: Form) -> Any:
    """Write down the answers to the questions before the course."""
    label = label_of(record=asker.record, course=str(course))
    try:
        names = [name.removeprefix("ask-") for name in form.fields if name.startswith("ask-")]
        answers = {name: form.choice(f"ask-{name}", ("yes", "no")) == "yes" for name in names}
        reason, seen = form.text("reason", required=False, most=500), form.number("seen", most=10**12)
        password = (form.fields.get("password") or [""])[-1]
        words: dict[str, Any] = {"answers": answers, "reason": reason, "seen": seen}
        changed = answer_screen(label=label, ask=lambda name: password, data=asker.record, by=asker.who, **words)
    except PigtrackError as fault:
        return _page(request, course, asker, form=form, part="screen", fault=fault)
    measure_again(request, changed)
    return _back(course, "screen")


@router.post("/courses/{course}/about/closed")
def take_closed(request: Request, course: CourseId, asker: Writer, form: Form) -> Any:
    """Close the course, or open it again."""
    label = label_of(record=asker.record, course=str(course))
    try:
        closed, reason = form.choice("closed", ("yes", "no")) == "yes", form.text("reason", most=500)
        close_course(label=label, closed=closed, reason=reason, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _page(request, course, asker, form=form, part="closed", fault=fault)
    return _back(course, "closed")

"""Corrections by hand: kept with their reason, undone with another; the course is measured with them at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import FormError, NotAllowedError, PigtrackError
from pigtrack.model.correction import CorrectionKind, Point
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.drawing_corrections import DrawnCorrection, correct_drawn, undo
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.routes.course import CourseId
from pigtrack.web.routes.review import Refused, review_page

router = APIRouter(include_in_schema=False)

Correcting = Annotated[Asker, Depends(Needs(Verb.CORRECT))]
Form = Annotated[Posted, Depends(read_form)]
Query = Annotated[Posted, Depends(read_query)]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Of the correction, as the course counts them.")]

_SEE_OTHER = 303
_POINTS_LETTERS_MOST = 100_000


@router.post("/courses/{course}/corrections")
def take_correction(request: Request, course: CourseId, asker: Correcting, form: Form, query: Query) -> Any:
    """Keep a correction, and have the course measured with it."""
    try:
        told = _told(form)
        correct_drawn(
            label=label_of(record=asker.record, course=str(course)), told=told, data=asker.record, by=asker.who
        )
    except NotAllowedError:
        raise
    except PigtrackError as fault:
        return review_page(request, str(course), asker, query, Refused(fault, "correct", form))
    return _measured_soon(request, str(course), query)


@router.post("/courses/{course}/corrections/{number}/undo")
def take_undo(request: Request, course: CourseId, number: Number, asker: Correcting, form: Form, query: Query) -> Any:
    """Let a correction count no more, and have the course measured without it."""
    try:
        label = label_of(record=asker.record, course=str(course))
        undo(label=label, number=number, reason=form.text("reason", most=300), data=asker.record, by=asker.who)
    except NotAllowedError:
        raise
    except PigtrackError as fault:
        return review_page(request, str(course), asker, query, Refused(fault, f"undo-{number}", form))
    return _measured_soon(request, str(course), query)


def _measured_soon(request: Request, course: str, query: Posted) -> RedirectResponse:
    background = desk_of(request).background
    if background is not None:
        background.measure_soon(course, at_once=True)
    kept = {name: query.number(name, default=0, most=9_999) for name in ("session", "against")}
    asked = "&".join(f"{name}={value}" for name, value in kept.items() if value)
    return RedirectResponse(f"/courses/{course}/review?{asked}#corrections", status_code=_SEE_OTHER)


def _told(form: Posted) -> DrawnCorrection:
    return DrawnCorrection(
        kind=CorrectionKind(form.choice("kind", tuple(CorrectionKind))),
        reason=form.text("reason", most=300),
        seen=form.number("measurement", least=1),
        lesions=_lesions(form),
        drawn=_points(form.text("points", required=False, most=_POINTS_LETTERS_MOST)),
        photo=form.text("photo", required=False, most=300) or None,
    )


def _lesions(form: Posted) -> tuple[int, ...]:
    """Return the spots that were ticked or typed: ``3, 7``."""
    typed = form.text("spots", required=False).replace(",", " ").split()
    numbers = (*form.many("lesion"), *typed)
    if not all(each.isascii() and each.isdigit() and len(each) <= 6 for each in numbers):
        raise FormError("The spots are not numbers.", "Write them as 3, 7.", field="spots")
    return tuple(sorted({int(each) for each in numbers}))


def _points(text: str) -> tuple[Point, ...]:
    """Return points written as ``812,640 890,655``."""
    pairs = [each.split(",") for each in text.replace(";", " ").split()]
    try:
        points = tuple((float(x), float(y)) for x, y in pairs)
    except ValueError as fault:
        raise FormError(
            "The points can't be read.", "Write them as 812,640 890,655 870,720.", field="points"
        ) from fault
    if not all(abs(value) < 1e6 for point in points for value in point):  # nan and infinity too
        raise FormError("A point lies nowhere on the picture.", "Stay within its edges.", field="points")
    return points

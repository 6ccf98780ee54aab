"""A measurement is signed: with the password, for a meaning, and only the one that was looked at."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import PigtrackError
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.signing import sign
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.routes.course import CourseId
from pigtrack.web.routes.review import Refused, review_page

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303
_DIGEST_LETTERS = 64


@router.post("/courses/{course}/sign")
def take_signature(
    request: Request,
    course: CourseId,
    asker: Annotated[Asker, Depends(Needs(Verb.SIGN))],
    form: Annotated[Posted, Depends(read_form)],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Sign the measurement that the page showed."""
    password = (form.fields.get("password") or [""])[-1]
    try:
        sign(
            label=label_of(record=asker.record, course=str(course)),
            meaning=form.text("meaning", most=200),
            ask=lambda name: password,
            measurement=form.number("measurement", least=1),
            seen=form.text("rows_digest", most=_DIGEST_LETTERS),
            data=asker.record,
            by=asker.who,
        )
    except PigtrackError as fault:
        return review_page(request, str(course), asker, query, Refused(fault, "sign", form))
    return RedirectResponse(f"/courses/{course}/review#sign", status_code=_SEE_OTHER)

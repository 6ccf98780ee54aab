"""What a patient sees: their link asks for its code, and shows their own page."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from pigtrack.errors import TooOftenError
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.sharing import OpenedLink, PatientView, Refusal
from pigtrack.tracker.record.opening_link import leave, open_link, picture_by_link, see_by_link
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import ByLink, LinkAsker, link_cookie_name, refuse_foreign
from pigtrack.web.patient_pages import render_for_patient, render_told, words_of
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.rates import rates_of, refuse_hasty_code

router = APIRouter(include_in_schema=False)

Token = Annotated[str, Path(description="Of the link: a secret.")]

_SEE_OTHER = 303
_TEXT = 2_000
_SECRET = {"Referrer-Policy": "strict-origin"}
"""The address of the page for the code is half of the secret: no other page is told where somebody came from. (With
``no-referrer`` browsers would send the form as if it came from nowhere.)"""

_STATUS = {Refusal.CODE: 403, Refusal.WAIT: 429, Refusal.ENDED: 410, Refusal.CLOSED: 410}
_MEDIA = {"svg": "image/svg+xml", "jpg": "image/jpeg"}


def media_type(name: str) -> str:
    """Return what a picture of the page is, by its name."""
    return _MEDIA.get(name.rsplit(".", 1)[-1], "application/octet-stream")


@router.get("/link")
def show_way_in(request: Request, query: Annotated[Posted, Depends(read_query)]) -> Any:
    """Say how the page is opened, to who comes without having typed a code, or too long ago."""
    return render_told(request, _words(request, query), "again")


@router.get("/link/page")
def show_page(
    request: Request, asker: Annotated[LinkAsker, Depends(ByLink())], query: Annotated[Posted, Depends(read_query)]
) -> Any:
    """Show the patient's page."""
    view = see_by_link(record=asker.record, link=asker.link, language=_chosen(query))
    return (
        render_told(request, _words(request, query), "closed", status=410)
        if view is None
        else render_view(request, view)
    )


@router.get("/link/pictures/{measurement}/{language}/{name}")
def show_picture(
    request: Request,
    measurement: UUID,
    language: str,
    name: str,
    asker: Annotated[LinkAsker, Depends(ByLink())],
) -> Any:
    """Show a picture of that page, and no other."""
    wanted = {"measurement": str(measurement), "language": language, "name": name}
    data = picture_by_link(record=asker.record, link=asker.link, **wanted)
    if data is None:
        return render_told(request, _words(request, Posted({})), "closed", status=410)
    return Response(data, media_type=media_type(name))


@router.get("/link/leave")
def ask_whether_to_leave(
    request: Request, asker: Annotated[LinkAsker, Depends(ByLink())], query: Annotated[Posted, Depends(read_query)]
) -> Any:
    """Ask whether the page shall be closed on this device."""
    return render_for_patient(request, "link_leave.html", _words(request, query), leaving=asker)


@router.post("/link/leave")
def take_leave(
    request: Request, asker: Annotated[LinkAsker, Depends(ByLink())], query: Annotated[Posted, Depends(read_query)]
) -> Any:
    """Close the page on this device; the browser forgets what it kept of us."""
    leave(record=asker.record, session=request.cookies.get(link_cookie_name(request), ""))
    answer = render_told(request, _words(request, query), "left")
    answer.delete_cookie(link_cookie_name(request), path="/")
    # not "storage": a patient's page keeps nothing there, and on a clinic's own device photographs wait in it
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/link/{token}")
def ask_for_code(request: Request, token: Token, query: Annotated[Posted, Depends(read_query)]) -> Any:
    """Ask for the code: in the same way whether there is such a link or not."""
    return _ask(request, token, query)


def _ask(request: Request, token: str, query: Posted, *, tried: OpenedLink | None = None, status: int = 200) -> Any:
    shown = {"token": token, "tried": tried, "refusals": Refusal, "chosen": _chosen(query)}
    answer = render_for_patient(request, "link_code.html", _words(request, query), status=status, **shown)
    answer.headers.update(_SECRET)
    return answer


@router.post("/link/{token}")
async def take_code(
    request: Request,
    token: Token,
    form: Annotated[Posted, Depends(read_form)],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Open the page with its code; from then on the address holds no secret."""
    refuse_foreign(request)
    try:
        refuse_hasty_code(request)
        with rates_of(request).waiting_room():
            proving = partial(open_link, record=desk_of(request).record, token=token, code=_code(form))
            tried = await rates_of(request).in_turn(proving)
    except TooOftenError as fault:
        answer = _ask(request, token, query, tried=OpenedLink(refusal=Refusal.WAIT), status=429)
        answer.headers["Retry-After"] = str(int(fault.wait_s) + 1)
        return answer
    if tried.session is None:
        return _ask(request, token, query, tried=tried, status=_STATUS.get(tried.refusal or Refusal.CODE, 403))
    before = request.cookies.get(link_cookie_name(request), "")  # of a link that was open in this browser
    await run_in_threadpool(leave, record=desk_of(request).record, session=before)
    where = "/link/page"  # in the language that the clinic chose, unless they chose one themselves
    if _chosen(query):
        where += f"?language={_words(request, query).language}"
    answer = RedirectResponse(where, status_code=_SEE_OTHER, headers=_SECRET)
    secure = desk_of(request).serving.secure
    answer.set_cookie(link_cookie_name(request), tried.session, httponly=True, samesite="lax", secure=secure, path="/")
    return answer


def _chosen(query: Posted) -> str:
    return query.text("language", required=False, most=_TEXT)


def _code(form: Posted) -> str:
    """Return the code as it was typed: whatever it holds beside digits is for nobody to complain of."""
    return (form.fields.get("code") or [""])[-1]


def render_view(request: Request, view: PatientView) -> Any:
    """Return the patient's page; the clinician's look at it beforehand is the same, byte by byte."""
    return render_for_patient(
        request, "link_page.html", view.catalogue, page=view.page, counting=_counting(view.catalogue)
    )


def _counting(words: Catalogue) -> dict[str, str]:
    """Return the words that the page counts hours with, by the name of the attribute that hands them over."""
    counted = {
        f"{unit}-{number}": words.say(f"patient.care.left_{unit}.{number}", count="#")
        for unit in ("hours", "days")
        for number in ("one", "other")
    }
    return {**counted, **{name: words.say(f"patient.care.left_{name}") for name in ("soon", "today", "over")}}


def _words(request: Request, query: Posted) -> Catalogue:
    return words_of(request, _chosen(query))

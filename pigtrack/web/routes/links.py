"""Sharing a patient's page: links as they stand, a new one after a look at what it shows, its code told once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from pigtrack.errors import FormError, UnknownError
from pigtrack.model.roles import Verb
from pigtrack.model.sharing import LinkState, Shown
from pigtrack.tracker.record.patient_view import words_for
from pigtrack.tracker.record.sharing import (
    DAYS_MOST,
    DAYS_USUAL,
    links_of,
    preview,
    preview_picture,
    share,
    withdraw,
)
from pigtrack.web.desk import Serving, desk_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.patient_pages import render_told
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.routes.course import CourseId
from pigtrack.web.routes.patient import media_type, render_view
from pigtrack.web.working import work_on

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303
_NO_PHOTOGRAPHS, _ALL = "none", "all"
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_TEXT = 2_000
_DIGITS_MOST = 5


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a new link shall be, as somebody chose it; ``key`` is the part of an address that says what is shown."""

    shown: Shown
    days: int

    @property
    def key(self) -> str:
        if not self.shown.photographs:
            return _NO_PHOTOGRAPHS
        return "-".join(map(str, self.shown.left_out)) or _ALL


def _wish(form: Posted, language: str = "") -> _Wish:
    """Read a wish; without a language it is the given one, or a fault."""
    left_out = tuple(sorted({_number(each) for each in form.many("left_out")}))
    chosen = form.text("language", required=not language, most=2) or language
    shown = Shown(chosen, left_out, photographs=not form.flag("no_photographs"))
    return _Wish(shown, form.number("days", least=1, most=DAYS_MOST, default=DAYS_USUAL))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise FormError("There is no such visit.", "Load the page again.", field="left_out")
    return int(text)


@router.get("/courses/{course}/share")
def show_links(request: Request, course: CourseId, asker: Annotated[Asker, Depends(Needs(Verb.VIEW))]) -> Any:
    """Show the links there are, and the form for a new one."""
    return _links(request, course, asker)


def _links(request: Request, course: UUID, asker: Asker, *, status: int = 200, **values: Any) -> Any:
    sharing = links_of(course=str(course), data=asker.record, by=asker.who)
    work = work_on(request, str(course), drawn=sharing.ready or sharing.overview.version is None)
    shown = {"problem": "", "remedy": "", "days": DAYS_USUAL, "most": DAYS_MOST, "work": work, **values}
    shown["near"] = _reached_at(request).near
    place = {"sharing": sharing, "line": sharing.overview, "states": LinkState, "tab": "share"}
    return render(request, "share.html", asker, status=status, **place, **shown)


@router.get("/courses/{course}/share/new")
def show_before_sharing(
    request: Request,
    course: CourseId,
    asker: Annotated[Asker, Depends(Needs(Verb.SHARE))],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Show what the patient would see, and have the link made after that."""
    sharing = links_of(course=str(course), data=asker.record, by=asker.who)
    try:
        wish = _wish(query, sharing.language)
    except FormError as fault:
        return _links(request, course, asker, status=422, problem=fault.problem, remedy=fault.remedy)
    return render(
        request, "share_new.html", asker, sharing=sharing, line=sharing.overview, wish=wish, most=DAYS_MOST, tab="share"
    )


@router.post("/courses/{course}/share")
def take_link(
    request: Request,
    course: CourseId,
    asker: Annotated[Asker, Depends(Needs(Verb.SHARE))],
    form: Annotated[Posted, Depends(read_form)],
) -> Any:
    """Make a link, and show its secrets: not after a redirect, as they are kept nowhere to be shown from."""
    try:
        wish = _wish(form)
        made = share(
            course=str(course),
            days=wish.days,
            left_out=wish.shown.left_out,
            photographs=wish.shown.photographs,
            language=wish.shown.language,
            data=asker.record,
            by=asker.who,
        )
    except FormError as fault:
        return _links(request, course, asker, status=422, problem=fault.problem, remedy=fault.remedy)
    place = _reached_at(request)
    address = f"{place.address}/link/{made.token}"
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    shown: dict[str, Any] = {"made": made, "address": address, "picture": picture, "near": place.near, "course": course}
    words, ends = words_for(wish.shown.language), datetime.fromisoformat(made.expires).astimezone().date()
    return render(request, "share_made.html", asker, say=words.say, slip=words.language, ends=words.day(ends), **shown)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a phone finds us: ``near`` says that only this computer does."""

    address: str
    near: bool


def _reached_at(request: Request) -> _Place:
    """Return our address for a phone: the one that is asked now, or another name of ours if that is this computer's."""
    serving: Serving = desk_of(request).serving
    host, port = request.url.hostname or "", request.url.port
    own = f"[{host}]" if ":" in host else host
    others = [each for each in serving.hosts if each not in _LOOPBACK]
    name = own if own not in _LOOPBACK else next(iter(others), own)
    scheme = "https" if serving.secure else "http"  # as phones come: a proxy may ask us without TLS
    return _Place(f"{scheme}://{name}{'' if port is None else f':{port}'}", near=name in _LOOPBACK)


@router.post("/courses/{course}/share/{link}/withdraw")
def take_withdrawal(course: CourseId, link: UUID, asker: Annotated[Asker, Depends(Needs(Verb.SHARE))]) -> Any:
    """Have a link open nothing any more."""
    withdraw(course=str(course), link=str(link), data=asker.record, by=asker.who)
    return RedirectResponse(f"/courses/{course}/share", status_code=_SEE_OTHER)


@router.get("/courses/{course}/share/preview/{wish}/page")
def show_preview(
    request: Request,
    course: CourseId,
    wish: str,
    asker: Annotated[Asker, Depends(Needs(Verb.SHARE))],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Show exactly what the patient would see: the same page, set by the same function."""
    shown = _shown(wish, query.text("language", required=False, most=_TEXT))
    view = preview(
        course=str(course),
        language=shown.language,
        left_out=shown.left_out,
        photographs=shown.photographs,
        data=asker.record,
        by=asker.who,
    )
    return render_view(request, view)


@router.get("/courses/{course}/share/preview/{wish}/pictures/{measurement}/{language}/{name}")
def show_preview_picture(
    course: CourseId,
    wish: str,
    measurement: UUID,
    language: str,
    name: str,
    asker: Annotated[Asker, Depends(Needs(Verb.SHARE))],
) -> Any:
    """Show a picture of it."""
    shown = _shown(wish, language)
    data = preview_picture(
        course=str(course),
        measurement=str(measurement),
        language=language,
        name=name,
        left_out=shown.left_out,
        photographs=shown.photographs,
        data=asker.record,
        by=asker.who,
    )
    return Response(data, media_type=media_type(name))


@router.get("/courses/{course}/share/preview/{wish}/leave")
def leave_preview(
    request: Request,
    course: CourseId,
    wish: str,
    asker: Annotated[Asker, Depends(Needs(Verb.SHARE))],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Show what the patient sees after they closed their page."""
    shown = _shown(wish, query.text("language", required=False, most=_TEXT))
    return render_told(request, words_for(shown.language), "left")


def _shown(wish: str, language: str) -> Shown:
    if wish in (_ALL, _NO_PHOTOGRAPHS):
        return Shown(language, photographs=wish == _ALL)
    try:
        return Shown(language, tuple(_number(each) for each in wish.split("-")))
    except FormError:
        raise UnknownError("There is no such page.", "Go back to the patient's links.") from None

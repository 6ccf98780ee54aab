"""Faults as people and programs are told of them: a page with problem and remedy, or a JSON problem (RFC 9457)."""

import logging
import math
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from pigtrack.errors import (
    FormError,
    NotAllowedError,
    NotSignedInError,
    OriginalError,
    PigtrackError,
    TooOftenError,
    UnknownError,
    UnusableError,
)
from pigtrack.web.desk import desk_of
from pigtrack.web.pages import render
from pigtrack.web.patient_pages import PATIENTS, render_trouble
from pigtrack.web.rates import address_of
from pigtrack.web.safety import headers_for

LOG = logging.getLogger("pigtrack.web")
_API = "/api/"

PROBLEM_JSON = "application/problem+json"
"""Media type of RFC 9457."""


class Problem(BaseModel):
    """What went wrong, as RFC 9457 tells it."""

    type: str = Field(default="about:blank", description="Always about:blank: the title says it all.")
    title: str = Field(description="What is wrong, one sentence.")
    status: int = Field(description="The answer's status.")
    detail: str = Field(default="", description="What to do about it.")


def status_of(fault: PigtrackError) -> int:
    """Return the status of an answer that tells of a fault.

    What the machine is at fault for is 503: a phone goes on to hold the photograph, and sends it again.
    """
    kinds: tuple[tuple[type[PigtrackError] | tuple[type[PigtrackError], ...], int], ...] = (
        (NotSignedInError, HTTPStatus.UNAUTHORIZED),
        (TooOftenError, HTTPStatus.TOO_MANY_REQUESTS),
        (NotAllowedError, HTTPStatus.FORBIDDEN),
        (UnknownError, HTTPStatus.NOT_FOUND),
        (FormError, HTTPStatus.UNPROCESSABLE_ENTITY),
        ((UnusableError, OriginalError), HTTPStatus.SERVICE_UNAVAILABLE),
    )
    return next((status for kind, status in kinds if isinstance(fault, kind)), HTTPStatus.CONFLICT)


def headers_of(fault: Exception) -> dict[str, str]:
    """Return the headers of an answer that tells of a fault: when to come again, what may be done instead."""
    if isinstance(fault, TooOftenError):
        return {"Retry-After": str(math.ceil(fault.wait_s))}
    return dict(fault.headers or {}) if isinstance(fault, HTTPException) else {}


def add_problems(app: FastAPI) -> None:
    """Have the app tell every fault by a page or a JSON problem, and none by a traceback."""
    app.add_exception_handler(PigtrackError, _tell_fault)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_exception_handler(ClientDisconnect, _tell_cut_off)
    app.add_exception_handler(Exception, _tell_bug)


async def _tell_fault(request: Request, fault: Exception) -> Any:
    if not isinstance(fault, PigtrackError):
        raise fault
    if isinstance(fault, NotSignedInError) and not _is_api(request):
        return _to_sign_in(request)
    if isinstance(fault, NotAllowedError):
        LOG.warning("Refused %s, from %s", _asked(request), address_of(request))
    return _tell(request, status_of(fault), fault.problem, fault.remedy, headers_of(fault))


def _asked(request: Request) -> str:
    """Return what was asked for as a log may hold it: by the route, without ids, words or line ends of whoever asks."""
    return f"{request.method} {getattr(request.scope.get('route'), 'path', 'nothing that is here')}"


def _to_sign_in(request: Request) -> Any:
    """Send somebody to the sign-in page, and back afterwards; a part of a page can't, so it has the whole page go."""
    back = request.url.path if request.method == "GET" else "/"
    where = "/link" if back.startswith("/link") else f"/sign-in?back={quote(back)}"
    if "hx-request" in request.headers:
        return JSONResponse({}, status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": where})
    return RedirectResponse(where, status_code=HTTPStatus.SEE_OTHER)


async def _tell_http(request: Request, fault: Exception) -> Any:
    status = fault.status_code if isinstance(fault, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    told = {
        HTTPStatus.BAD_REQUEST: ("What was sent can't be read.", "See the API's own schema."),
        HTTPStatus.NOT_FOUND: ("There is no such page.", "Go back, or begin at the first page."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("More was sent than is taken.", "Send less at a time."),
        HTTPStatus.METHOD_NOT_ALLOWED: ("That can't be done here.", "Go back, and use the page's own buttons."),
    }
    problem, remedy = told.get(HTTPStatus(status), (HTTPStatus(status).phrase + ".", "Go back, and try again."))
    return _tell(request, status, problem, remedy, headers_of(fault))


async def _tell_invalid(request: Request, fault: Exception) -> Any:
    told = fault.errors() if isinstance(fault, RequestValidationError) else []
    where = ", ".join(sorted({".".join(map(str, each["loc"][1:])) for each in told})) or "what was sent"
    return _tell(
        request, HTTPStatus.UNPROCESSABLE_ENTITY, f"This can't be taken: {where}.", "See the API's own schema."
    )


async def _tell_bug(request: Request, fault: Exception) -> Any:
    """Tell of a defect of ours by a number under which the log tells the rest: never to whoever asks."""
    number = secrets.token_hex(4)
    LOG.error("Fault %s at %s", number, _asked(request), exc_info=fault)
    remedy = f"Try again. If it stays, tell whoever looks after this pigtrack: fault {number}."
    secure = desk_of(request).serving.secure  # this answer is made outside of all that gives the others their headers
    problem = "pigtrack itself failed; nothing was changed."
    return _tell(request, HTTPStatus.INTERNAL_SERVER_ERROR, problem, remedy, headers_for(secure=secure))


async def _tell_cut_off(request: Request, fault: Exception) -> Any:
    """Answer whoever broke off in the middle of what they sent: they are gone, and hear nothing of it."""
    return _tell(request, HTTPStatus.BAD_REQUEST, "What was sent did not arrive whole.", "Send it again.")


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(_API)


def _tell(request: Request, status: int, problem: str, remedy: str, headers: Mapping[str, str] | None = None) -> Any:
    if _is_api(request):
        body = Problem(title=problem, status=int(status), detail=remedy).model_dump()
        return JSONResponse(body, status_code=status, media_type=PROBLEM_JSON, headers=dict(headers or {}))
    if request.url.path.startswith(PATIENTS):
        answer = render_trouble(request, int(status))
        answer.headers.update(headers or {})
        return answer
    part = "hx-request" in request.headers
    template = "problem_part.html" if part else "problem.html"
    answer = render(request, template, status=status, problem=problem, remedy=remedy)
    answer.headers.update(headers or {})
    return answer

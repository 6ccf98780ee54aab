"""Signing in and out."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from pigtrack.errors import FormError, NotAllowedError
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.signing_in import knows_users, sign_in, sign_out
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker, Needs, cookie_name, refuse_foreign
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form
from pigtrack.web.problems import headers_of, status_of
from pigtrack.web.rates import counted_sign_in, rates_of

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303


@router.get("/sign-in")
def show_sign_in(request: Request, back: str = "/") -> Any:
    """Show the form."""
    return _form(request, back=back)


def _form(request: Request, *, back: str, status: int = 200, **values: Any) -> Any:
    serving, record = desk_of(request).serving, desk_of(request).record
    shown = {"name": "", "problem": "", "remedy": "", "people": serving.demo, "begun": knows_users(record=record)}
    return render(request, "sign_in.html", status=status, back=_own(back), **{**shown, **values})


@router.post("/sign-in")
async def take_sign_in(request: Request, form: Annotated[Posted, Depends(read_form)]) -> Any:
    """Sign in, and go where somebody wanted to go."""
    refuse_foreign(request)
    name, back = form.text("name", required=False, most=100), form.text("back", required=False)
    try:
        password = (form.fields.get("password") or [""])[-1]
        with counted_sign_in(request, name):
            proving = partial(sign_in, record=desk_of(request).record, name=name, password=password)
            token = await rates_of(request).in_turn(proving)
    except (NotAllowedError, FormError) as fault:
        told = {"name": name, "problem": fault.problem, "remedy": fault.remedy}
        answer = await run_in_threadpool(_form, request, back=back, status=status_of(fault), **told)
        answer.headers.update(headers_of(fault))
        return answer
    before = request.cookies.get(cookie_name(request), "")
    await run_in_threadpool(sign_out, record=desk_of(request).record, token=before)  # ASVS 5.0, 7.2.4
    return keep_secret(request, RedirectResponse(_own(back), status_code=_SEE_OTHER), token)


def keep_secret(request: Request, answer: RedirectResponse, token: str) -> RedirectResponse:
    """Have a browser keep the secret of a session that was begun."""
    secure = desk_of(request).serving.secure
    answer.set_cookie(cookie_name(request), token, httponly=True, samesite="lax", secure=secure, path="/")
    return answer


def _own(back: str) -> str:
    """Return where to go on: only ever a page of ours."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else "/"


@router.post("/sign-out")
def take_sign_out(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VIEW))]) -> Any:
    """Sign out; the browser forgets what it kept of us (ASVS 5.0, 14.3.1)."""
    sign_out(record=asker.record, token=request.cookies.get(cookie_name(request), ""))
    answer = RedirectResponse("/sign-in", status_code=_SEE_OTHER)
    answer.delete_cookie(cookie_name(request), path="/")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer

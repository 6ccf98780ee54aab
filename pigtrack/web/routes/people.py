"""The record's users, as its owners keep them; and what everybody sees of themselves: password, where signed in.

Whoever changes anything here shows their own password each time.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import FormError, PigtrackError, UnknownError
from pigtrack.model.record import Role
from pigtrack.model.roles import Verb
from pigtrack.tracker.record import users
from pigtrack.tracker.record.presence import sign_out_elsewhere, signed_in_where
from pigtrack.tracker.record.signing_in import sign_in
from pigtrack.web.guard import Asker, Needs, cookie_name
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.problems import headers_of, status_of
from pigtrack.web.rates import rates_of
from pigtrack.web.routes.signing_in import keep_secret

router = APIRouter(include_in_schema=False)

Owner = Annotated[Asker, Depends(Needs(Verb.MANAGE_USERS))]
Anyone = Annotated[Asker, Depends(Needs(Verb.VIEW))]
Form = Annotated[Posted, Depends(read_form)]
Query = Annotated[Posted, Depends(read_query)]
UserId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]

_PEOPLE = "/clinic/people"
_ROLES = tuple(role.value for role in Role)
_SEE_OTHER = 303
_DONE = {
    "added": "The user was added.",
    "role": "The role was changed; they are signed out everywhere.",
    "disabled": "They can do nothing any more, and are signed out everywhere.",
    "enabled": "They can sign in again.",
    "password": "The password was changed; all browsers signed in by the old one are signed out.",
    "elsewhere": "Every other browser is signed out.",
}


@router.get(_PEOPLE)
def show_people(request: Request, asker: Owner, query: Query) -> Any:
    """Show all users, and a form for one more."""
    return _people(request, asker, done=_done(query))


def _people(request: Request, asker: Asker, *, done: str = "", fault: PigtrackError | None = None, **typed: str) -> Any:
    everybody = users.listed(data=asker.record, by=asker.who)
    shown = {"name": "", "role": "", **typed}
    return _page(request, "people.html", asker, fault, people=everybody, done=done, typed=shown)


def _page(request: Request, template: str, asker: Asker, fault: PigtrackError | None, **values: Any) -> Any:
    """Return a page, with what went wrong on it where something did."""
    told = ("", "") if fault is None else (fault.problem, fault.remedy)
    status = 200 if fault is None else status_of(fault)
    answer = render(request, template, asker, status=status, problem=told[0], remedy=told[1], **values)
    answer.headers.update({} if fault is None else headers_of(fault))
    return answer


def _done(query: Posted) -> str:
    return _DONE.get(query.text("done", required=False), "")


def _password(form: Posted, name: str) -> Callable[[str], str]:
    """Return what asks for a password of a form: exactly as it was typed, spaces and all."""
    return lambda _: (form.fields.get(name) or [""])[-1]


def _new_password(form: Posted) -> Callable[[str], str]:
    """Return what asks for a new password that was typed twice.

    Raises
    ------
    FormError
        If it was not the same twice.
    """
    once, again = _password(form, "new_password")(""), _password(form, "again")("")
    if once != again:
        raise FormError("The new password was not typed the same twice.", "Type it again.", field="again")
    return lambda _: once


@router.post(_PEOPLE)
def take_person(request: Request, asker: Owner, form: Form) -> Any:
    """Add a user."""
    name, role = "", ""
    try:
        name, role = form.text("name", most=100), form.choice("role", _ROLES)
        new = _new_password(form)
        mine = _password(form, "password")
        users.add(name=name, role=Role(role), ask=mine, ask_new=new, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _people(request, asker, fault=fault, name=name, role=role)
    return _on(f"{_PEOPLE}?done=added")


def _on(where: str) -> RedirectResponse:
    return RedirectResponse(where, status_code=_SEE_OTHER)


@router.get(_PEOPLE + "/{user}")
def show_person(request: Request, user: UserId, asker: Owner, query: Query) -> Any:
    """Show one user, and what can be changed of them."""
    return _person(request, asker, _named(asker, user), done=_done(query))


def _named(asker: Asker, user: str) -> users.User:
    found = next((each for each in users.listed(data=asker.record, by=asker.who) if each.id == user), None)
    if found is None:
        raise UnknownError("There is no such user.", "Go back to the list of users.")
    return found


def _person(
    request: Request, asker: Asker, person: users.User, *, done: str = "", fault: PigtrackError | None = None
) -> Any:
    return _page(request, "people_one.html", asker, fault, person=person, done=done, roles=_ROLES)


@router.post(_PEOPLE + "/{user}/role")
def take_role(request: Request, user: UserId, asker: Owner, form: Form) -> Any:
    """Give a user another role."""
    person = _named(asker, user)
    try:
        role, mine = Role(form.choice("role", _ROLES)), _password(form, "password")
        users.give_role(name=person.name, role=role, ask=mine, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _person(request, asker, person, fault=fault)
    return _on(f"{_PEOPLE}/{user}?done=role")


@router.post(_PEOPLE + "/{user}/active")
def take_active(request: Request, user: UserId, asker: Owner, form: Form) -> Any:
    """Disable a user, or let them in again."""
    person = _named(asker, user)
    try:
        active, mine = form.choice("active", ("yes", "no")) == "yes", _password(form, "password")
        users.set_active(name=person.name, active=active, ask=mine, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _person(request, asker, person, fault=fault)
    return _on(f"{_PEOPLE}/{user}?done={'enabled' if active else 'disabled'}")


@router.post(_PEOPLE + "/{user}/password")
def take_password(request: Request, user: UserId, asker: Owner, form: Form) -> Any:
    """Give a user another password."""
    person = _named(asker, user)
    try:
        new, mine = _new_password(form), _password(form, "password")
        users.give_password(name=person.name, ask=mine, ask_new=new, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _person(request, asker, person, fault=fault)
    rates_of(request).wrong.forgive(person.name)
    return _on(f"{_PEOPLE}/{user}?done=password")


@router.get("/me")
def show_me(request: Request, asker: Anyone, query: Query) -> Any:
    """Show who asks what there is of them."""
    return _me(request, asker, done=_done(query))


def _me(request: Request, asker: Asker, *, done: str = "", fault: PigtrackError | None = None) -> Any:
    token = request.cookies.get(cookie_name(request), "")
    where = signed_in_where(record=asker.record, by=asker.who, token=token)
    return _page(request, "people_me.html", asker, fault, where=where, done=done)


@router.post("/me/password")
def take_my_password(request: Request, asker: Anyone, form: Form) -> Any:
    """Change one's own password; this browser is signed in anew, all others are signed out."""
    mine = _password(form, "password")
    try:
        new = _new_password(form)
        users.give_password(name=asker.who.name, ask=mine, ask_new=new, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _me(request, asker, fault=fault)
    rates_of(request).wrong.forgive(asker.who.name)
    token = sign_in(record=asker.record, name=asker.who.name, password=new(""))
    return keep_secret(request, _on("/me?done=password"), token)


@router.post("/me/elsewhere")
def take_sign_out_elsewhere(request: Request, asker: Anyone, form: Form) -> Any:
    """Sign out of every other browser."""
    token, mine = request.cookies.get(cookie_name(request), ""), _password(form, "password")
    try:
        sign_out_elsewhere(record=asker.record, by=asker.who, token=token, ask=mine)
    except PigtrackError as fault:
        return _me(request, asker, fault=fault)
    return _on("/me?done=elsewhere")

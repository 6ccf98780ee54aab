"""Somebody signs in to the web app, is known by their browser's secret, and signs out."""

from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from pigtrack.errors import NotAllowedError, PigtrackError, UnknownError
from pigtrack.model.record import Actor
from pigtrack.model.trail import as_moment
from pigtrack.store.record.opening import Record
from pigtrack.store.record.passwords import waste_time
from pigtrack.store.record.users import has_users, need_user
from pigtrack.store.record.web_sessions import WebSession, begin_session, end_session, find_session, touch_session
from pigtrack.tracker.record.desk import actor_of, now
from pigtrack.tracker.record.proving import prove_actor

VIA = "web"
"""The door, as the trail names it."""

_TOUCH = timedelta(minutes=1)
"""How often it is written down that somebody is there still: each is a write."""


def sign_in(*, record: Record, name: str, password: str) -> str:
    """Sign a user in by name and password; return the secret that their browser keeps.

    Raises
    ------
    NotAllowedError
        If there is no such user, the password is wrong, or too many wrong ones were given: in the same words for the
        first two, and as slowly.
    """
    try:
        actor = actor_of(record, Actor(name, via=VIA))
        if actor.role is None:
            raise UnknownError("The record has no users yet.", "Add an owner first: pigtrack user add NAME.")
    except PigtrackError:
        waste_time(password)
        raise _refused() from None
    before = _known(record, actor)
    try:
        prove_actor(record, actor, password)
    except NotAllowedError as fault:
        raise (_refused() if fault.problem.startswith("That is not") else fault) from None
    with record.writing(actor) as unit:
        user = need_user(unit.connection, actor.name)
        if not user["active"] or user["password"] != before["password"]:  # everybody of that name was just signed out
            raise _refused()
        unit.note("sign in", "users", user["id"])
        return begin_session(unit, user=user["id"])


def _known(record: Record, actor: Actor) -> RowMapping:
    with record.reading() as connection:
        return need_user(connection, actor.name)


def _refused() -> NotAllowedError:
    return NotAllowedError("Name and password do not belong together.", "Try again, or ask an owner of the record.")


def known_by(*, record: Record, token: str) -> WebSession | None:
    """Return who is signed in by a secret; None: nobody, or not any more."""
    at = now()
    with record.reading() as connection:
        found = find_session(connection, token, now=at)
    if found is not None and found.seen < as_moment(datetime.fromisoformat(at) - _TOUCH):
        with record.writing(Actor(found.user or "patient", via=VIA)) as unit:
            touch_session(unit, token)
    return found


def sign_out(*, record: Record, token: str) -> None:
    """Sign out whoever is signed in by a secret."""
    with record.writing(Actor("web", via=VIA)) as unit:
        end_session(unit, token)


def knows_users(*, record: Record) -> bool:
    """Tell whether anybody can sign in yet."""
    with record.reading() as connection:
        return has_users(connection)

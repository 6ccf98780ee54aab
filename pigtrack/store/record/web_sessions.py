"""Who is signed in to the web app: a row each, found by the SHA-256 of a secret that only their browser has."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from pigtrack.model.record import Role
from pigtrack.model.trail import as_moment
from pigtrack.store.record.tables import users, web_sessions
from pigtrack.store.record.unit import Unit

_TOKEN_BYTES = 32
"""256 bits; ASVS 5.0, 7.2.3 asks for 128."""

LASTS = timedelta(hours=12)
"""A working day; ASVS 5.0, 7.3.2: signed in for so long at most."""

IDLE = timedelta(minutes=30)
"""ASVS 5.0, 7.3.1: signed out after so long without a word. Not for a patient by a link, who sees one page of their
own, changes nothing, and can't be asked to type a code again at every look of a day."""

_AHEAD = timedelta(minutes=5)
"""A session that was last heard of later than this from now is of a clock that was wrong, and set back since: nobody
knows how old it is. A clock that is kept right by the network is corrected by seconds."""


@dataclass(frozen=True, slots=True)
class WebSession:
    """Somebody signed in: a user, or a patient by a link. ``form_token`` stands in every form that they are given.

    ``seen``: when they were last heard of (UTC, ISO 8601).
    """

    form_token: str
    seen: str
    user: str | None = None
    role: Role | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """One browser in which a user is signed in: since when, last heard of (UTC, ISO 8601), and whether it is this."""

    begun: str
    seen: str
    here: bool


def begin_session(unit: Unit, *, user: str | None = None, link: str | None = None, lasts: timedelta = LASTS) -> str:
    """Begin a session of a user's or a link's id; return the secret that its browser keeps. Nothing else tells it."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expires = as_moment(datetime.fromisoformat(unit.at) + lasts)
    row = {"token_digest": _digest(token), "user_id": user, "link_id": link, "begun": unit.at, "seen": unit.at}
    form_token = secrets.token_urlsafe(_TOKEN_BYTES)
    unit.connection.execute(delete(web_sessions).where(web_sessions.c.expires <= unit.at))
    unit.connection.execute(insert(web_sessions), {**row, "form_token": form_token, "expires": expires})
    return token


def find_session(connection: Connection, token: str, *, now: str) -> WebSession | None:
    """Return the session of a secret; None: there is none, it is over, or its user may not act any more."""
    idle_since = as_moment(datetime.fromisoformat(now) - IDLE)
    wanted = (
        select(web_sessions, users.c.name, users.c.role)
        .outerjoin(users, users.c.id == web_sessions.c.user_id)
        .where(web_sessions.c.token_digest == _digest(token))
        .where(web_sessions.c.expires > now)
        .where(web_sessions.c.seen <= as_moment(datetime.fromisoformat(now) + _AHEAD))
        .where(or_(web_sessions.c.seen > idle_since, web_sessions.c.link_id.is_not(None)))
        .where(or_(web_sessions.c.user_id.is_(None), users.c.active))
    )
    row = connection.execute(wanted).mappings().first()
    if row is None:
        return None
    role = None if row["role"] is None else Role(row["role"])
    return WebSession(row["form_token"], row["seen"], user=row["name"], role=role, link=row["link_id"])


def touch_session(unit: Unit, token: str) -> None:
    """Say that somebody is there still."""
    mine = web_sessions.c.token_digest == _digest(token)
    unit.connection.execute(update(web_sessions).where(mine).values(seen=unit.at))


def end_session(unit: Unit, token: str) -> None:
    """Sign somebody out."""
    unit.connection.execute(delete(web_sessions).where(web_sessions.c.token_digest == _digest(token)))


def end_sessions_of(unit: Unit, *, user: str | None = None, link: str | None = None, but: str = "") -> int:
    """Sign a user or a link's patient out, wherever they are signed in but by one secret; return from how many."""
    whose = web_sessions.c.user_id == user if user is not None else web_sessions.c.link_id == link
    others = web_sessions.c.token_digest != _digest(but)
    return unit.connection.execute(delete(web_sessions).where(whose, others)).rowcount


def end_all_sessions(unit: Unit) -> None:
    """Sign everybody out, users and patients: in a record that was restored, whoever was signed in long ago."""
    unit.connection.execute(delete(web_sessions))


def read_presences(connection: Connection, user: str, token: str, *, now: str) -> tuple[Presence, ...]:
    """Return where a user is signed in, the latest first; ``token`` is the secret of whoever looks."""
    idle_since = as_moment(datetime.fromisoformat(now) - IDLE)
    wanted = (
        select(web_sessions.c.begun, web_sessions.c.seen, web_sessions.c.token_digest)
        .where(web_sessions.c.user_id == user, web_sessions.c.expires > now, web_sessions.c.seen > idle_since)
        .order_by(web_sessions.c.begun.desc())
    )
    own = _digest(token)
    return tuple(Presence(each.begun, each.seen, each.token_digest == own) for each in connection.execute(wanted))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

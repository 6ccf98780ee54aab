"""Users of the record: who may act, in which role, and what tells that it is they."""

import unicodedata
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, func, select

from pigtrack.errors import RecordError, TooOftenError, UnknownError
from pigtrack.model.record import Role
from pigtrack.store.naming import quoted
from pigtrack.store.record.passwords import hash_password
from pigtrack.store.record.tables import trail, users
from pigtrack.store.record.unit import Unit

_NAME_LETTERS_MOST = 100
TRIES = 5
"""Wrong passwords in a row after which a user must wait (21 CFR 11.300(d): attempts are held up, and told of)."""

MEMORY = timedelta(minutes=15)
"""How long wrong passwords count."""

_AT_ONCE = 500
"""Entries fetched together."""

REFUSED = "refuse"
"""Action of the entry that tells of a wrong password."""

PROVED = "prove"
"""Action of the entry that tells of a right password after a wrong one."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may act; the name is what a signature prints."""

    name: str
    role: Role
    active: bool
    id: str = ""


def find_user(connection: Connection, name: str) -> RowMapping | None:
    """Return the row of a user, if there is one of that name."""
    return connection.execute(select(users).where(users.c.name == name)).mappings().first()


def need_user(connection: Connection, name: str) -> RowMapping:
    """Return the row of a user.

    Raises
    ------
    RecordError
        If there is none of that name.
    """
    found = find_user(connection, name)
    if found is None:
        raise UnknownError(f"{quoted(name)} is no user of this record.", "See who is: pigtrack user list.")
    return found


def read_users(connection: Connection) -> tuple[User, ...]:
    """Return all users by name, those that were disabled too: entries of theirs stay in the trail."""
    found = connection.execute(select(users).order_by(users.c.name)).mappings()
    return tuple(User(row["name"], Role(row["role"]), row["active"], row["id"]) for row in found)


def has_users(connection: Connection) -> bool:
    """Tell whether the record knows users; without any, whoever sits at the computer may do everything."""
    return connection.execute(select(func.count()).select_from(users)).scalar_one() > 0


def add_user(unit: Unit, name: str, role: Role, *, password: str) -> str:
    """Add a user; return the id.

    Raises
    ------
    RecordError
        If the name is taken or no name, the password too weak, or the first user is no owner.
    """
    refuse_user(unit.connection, name, role)
    row = {"name": name, "role": role.value, "active": True, "password": hash_password(password, name=name)}
    return unit.add(users, row)


def refuse_user(connection: Connection, name: str, role: Role) -> None:
    """Refuse a new user who can't be; to be asked before anybody thinks of a password.

    Raises
    ------
    RecordError
        If the name is taken or no name, or the first user is no owner.
    """
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= _NAME_LETTERS_MOST:
        raise RecordError(
            f"{quoted(name)} is no name for a user.",
            f"Give 1 to {_NAME_LETTERS_MOST} letters, as they shall stand under a signature.",
        )
    taken = {_alike(each.name): each.name for each in read_users(connection)}.get(_alike(name))
    if taken is not None:
        raise RecordError(f"{quoted(taken)} is a user already.", "Take another name: names are never given twice.")
    if role is not Role.OWNER and not has_users(connection):
        raise RecordError("The first user must be an owner.", "Add an owner: pigtrack user add NAME --role owner.")


def _alike(name: str) -> str:
    """Return what names share that people would take for one (21 CFR 11.100(a)): case, spelling of letters."""
    return unicodedata.normalize("NFKC", name).casefold()


def change_role(unit: Unit, name: str, role: Role) -> None:
    """Give a user another role."""
    row = need_user(unit.connection, name)
    if role is not Role.OWNER:
        _refuse_ownerless(unit.connection, row)
    unit.change(users, row["id"], {"role": role.value})


def change_active(unit: Unit, name: str, *, active: bool) -> None:
    """Disable a user, or let them in again; none is ever taken out of the record."""
    row = need_user(unit.connection, name)
    if not active:
        _refuse_ownerless(unit.connection, row)
    unit.change(users, row["id"], {"active": active})


def change_password(unit: Unit, name: str, password: str) -> None:
    """Give a user another password; wrong ones that were tried before are forgiven."""
    row = need_user(unit.connection, name)
    unit.change(users, row["id"], {"password": hash_password(password, name=name)}, action=PROVED)


def _refuse_ownerless(connection: Connection, row: RowMapping) -> None:
    """Refuse to leave the record without an owner who can act."""
    wanted = select(func.count()).where(users.c.role == Role.OWNER.value, users.c.active, users.c.id != row["id"])
    if row["role"] == Role.OWNER.value and row["active"] and connection.execute(wanted).scalar_one() == 0:
        raise RecordError(f"{quoted(row['name'])} is the last owner who can act.", "Make somebody else owner first.")


def prove(unit: Unit, name: str, *, kept: str | None, fits: bool, since: str) -> bool:
    """Tell whether a user has shown their password, and tell the trail of a wrong one.

    The password is held to the kept one beforehand, where no other write waits for it; whether it still may count is
    decided here, so that of many guesses at once no more than the few in a row are ever answered.

    Parameters
    ----------
    kept : str or None
        Hash that the password was held to; where it was changed meanwhile, nothing was proved.
    fits : bool
        Whether the password is that one.
    since : str
        Wrong passwords before that time (UTC, ISO 8601) no longer count.

    Raises
    ------
    TooOftenError
        If too many wrong ones came in a row.
    """
    row = need_user(unit.connection, name)
    wrong = _wrong_in_a_row(unit.connection, row["id"], since)
    if wrong >= TRIES:
        raise locked_out(name)
    proved = fits and row["password"] == kept
    if not proved or wrong:
        unit.note(PROVED if proved else REFUSED, users.name, row["id"])
    return proved


def locked_out(name: str) -> TooOftenError:
    """Return what refuses a name after too many wrong passwords: in the same words whether there is such a user."""
    return TooOftenError(
        f"{TRIES} wrong passwords were given for {quoted(name)}.",
        "Wait a quarter of an hour, or have an owner give a new one.",
        wait_s=MEMORY.total_seconds(),
    )


def _wrong_in_a_row(connection: Connection, user: str, since: str) -> int:
    """Count wrong passwords from the end of the trail backwards: it may be long, and the last minutes are short."""
    columns = (trail.c.at, trail.c.action, trail.c.entity, trail.c.entity_id)
    told = connection.execute(
        select(*columns).order_by(trail.c.seq.desc()), execution_options={"stream_results": True, "yield_per": _AT_ONCE}
    )
    wrong = 0
    with closing(told):
        for entry in told:
            mine = (entry.entity, entry.entity_id) == (users.name, user)
            if entry.at < since or (mine and entry.action == PROVED):
                break
            wrong += mine and entry.action == REFUSED
    return wrong

"""Opens the record for a use case, with the one clock and the one actor there are."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from pigtrack.errors import NotAllowedError, RecordError
from pigtrack.model.record import Actor, Role
from pigtrack.model.roles import Verb, may, roles_for
from pigtrack.model.trail import as_moment
from pigtrack.store.naming import quoted
from pigtrack.store.record.data_folder import SETTINGS_FILE, usual_folder
from pigtrack.store.record.opening import Record, create_record, open_record
from pigtrack.store.record.tables import users


def now() -> str:
    """Return the time, UTC in ISO 8601 to the microsecond."""
    return as_moment(datetime.now(UTC))


__all__ = ["By", "Data", "Record", "actor_of", "named_user", "now", "opened"]

Data = Path | Record | None
"""Where a record is: its data folder, None for the usual one; or the record itself, that somebody holds open."""

By = str | Actor | None
"""Who asks: a name, None for whoever `named_user` finds; or somebody who came through another door."""


@contextmanager
def opened(data: Data, *, begin: bool = False) -> Iterator[Record]:
    """Open the record of a data folder; ``begin`` one where there is none yet. One that is open already stays open.

    Raises
    ------
    RecordError
        If there is none, or it can't be opened.
    """
    if isinstance(data, Record):
        yield data
        return
    folder = usual_folder() if data is None else Path(data)
    if begin and not (folder / SETTINGS_FILE).exists():
        _begin(folder)
    with open_record(folder, clock=now) as record:
        yield record


def _begin(folder: Path) -> None:
    """Begin a record, unless another process did so a moment ago."""
    try:
        create_record(folder, clock=now)
    except RecordError:
        if not (folder / SETTINGS_FILE).exists():
            raise


def named_user(name: str | None) -> str:
    """Return the name of who asks: as they say it, else as $PIGTRACK_USER does, else the computer's own account."""
    return name or os.environ.get("PIGTRACK_USER") or _account()


def actor_of(record: Record, name: By, *, to: Verb = Verb.VIEW) -> Actor:
    """Return who asks ``to`` do something: the named user, else the one of the computer's own account.

    Where the record has no users yet, whoever sits at the computer may do everything, under any name.

    Raises
    ------
    NotAllowedError
        If the record has users and this is none of them, or one whose role may not do it.
    """
    door = name if isinstance(name, Actor) else Actor(named_user(name))
    asked = door.name
    with record.reading() as connection:
        found = connection.execute(select(users).where(users.c.name == asked)).mappings().first()
        anybody = connection.execute(select(func.count()).select_from(users)).scalar_one() == 0
    if anybody:
        return door
    if found is None or not found["active"]:
        raise NotAllowedError(
            f"{quoted(asked)} is no user of this record.", "Say who you are with --by NAME, or have an owner add you."
        )
    role = Role(found["role"])
    if not may(role, to):
        wanted = " or ".join(each.value for each in roles_for(to))
        raise NotAllowedError(f"{quoted(asked)} is {role.told} and may not {to}.", f"That is for: {wanted}.")
    return replace(door, role=role)


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as fault:
        raise RecordError("The computer does not say who you are.", "Say it with --by NAME.") from fault

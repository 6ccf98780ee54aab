"""Somebody proves who they are, before what the record takes from nobody else's hand."""

from collections.abc import Callable
from datetime import datetime

from pigtrack.errors import NotAllowedError
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.model.trail import as_moment
from pigtrack.store.naming import quoted
from pigtrack.store.record.opening import Record
from pigtrack.store.record.passwords import fits_password
from pigtrack.store.record.users import MEMORY, TRIES, locked_out, need_user, prove
from pigtrack.tracker.record.desk import By, actor_of, now

__all__ = ["MEMORY", "TRIES", "Ask", "locked_out", "prove_actor", "proven_actor"]

Ask = Callable[[str], str]
"""Asks whoever acts for the password of a user by name; called only where one is needed."""


def proven_actor(record: Record, name: By, *, to: Verb, ask: Ask) -> Actor:
    """Return who asks, who has shown their password; in a record without users nobody has one.

    Raises
    ------
    NotAllowedError
        If they may not do it, or the password is wrong. The trail tells of a wrong one.
    """
    actor = actor_of(record, name, to=to)
    if actor.role is not None:
        prove_actor(record, actor, ask(actor.name))
    return actor


def prove_actor(record: Record, actor: Actor, password: str) -> None:
    """Hold a password to the one of a user.

    Raises
    ------
    NotAllowedError
        If it is another, or too many wrong ones were given.
    """
    with record.reading() as connection:
        kept = need_user(connection, actor.name)["password"]
    fits = fits_password(password, kept)
    since = as_moment(datetime.fromisoformat(now()) - MEMORY)
    with record.writing(actor) as unit:
        proved = prove(unit, actor.name, kept=kept, fits=fits, since=since)
    if not proved:
        raise NotAllowedError(f"That is not the password of {quoted(actor.name)}.", "The trail tells of it. Try again.")

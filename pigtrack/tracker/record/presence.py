"""Where somebody is signed in to the web app, and how they sign out everywhere else."""

from pigtrack.model.roles import Verb
from pigtrack.store.record.opening import Record
from pigtrack.store.record.users import need_user
from pigtrack.store.record.web_sessions import Presence, end_sessions_of, read_presences
from pigtrack.tracker.record.desk import By, actor_of, now
from pigtrack.tracker.record.proving import Ask, proven_actor

__all__ = ["Presence", "sign_out_elsewhere", "signed_in_where"]


def signed_in_where(*, record: Record, by: By, token: str) -> tuple[Presence, ...]:
    """Return every browser in which who asks is signed in; ``token`` is the secret of the one they ask with."""
    actor = actor_of(record, by)
    with record.reading() as connection:
        user = need_user(connection, actor.name)["id"]
        return read_presences(connection, user, token, now=now())


def sign_out_elsewhere(*, record: Record, by: By, token: str, ask: Ask) -> int:
    """Sign who asks out of every browser but the one they ask with, once they showed their password (ASVS 5.0, 7.5.2).

    Returns
    -------
    int
        Out of how many.
    """
    actor = proven_actor(record, by, to=Verb.VIEW, ask=ask)
    with record.writing(actor) as unit:
        user = need_user(unit.connection, actor.name)["id"]
        ended = end_sessions_of(unit, user=user, but=token)
        unit.note("sign out", "users", user, browsers=ended)
    return ended

"""Users of the record, as its owners keep them."""

from pigtrack.model.record import Role
from pigtrack.model.roles import Verb
from pigtrack.store.record.unit import Unit
from pigtrack.store.record.users import (
    User,
    add_user,
    change_active,
    change_password,
    change_role,
    need_user,
    read_users,
    refuse_user,
)
from pigtrack.store.record.web_sessions import end_sessions_of
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.proving import Ask, proven_actor

__all__ = ["User", "add", "give_password", "give_role", "listed", "set_active"]


def add(*, name: str, role: Role, ask: Ask, ask_new: Ask, data: Data = None, by: By = None) -> None:
    """Add a user; the first is an owner, and from then on everybody is asked who they are.

    Parameters
    ----------
    ask, ask_new : callable
        Ask for the password of whoever adds (not asked for while there are no users), and for the new user's.

    Raises
    ------
    RecordError
        If the name is taken or the password too weak.
    NotAllowedError
        If it is not an owner who asks.
    """
    with opened(data, begin=True) as record:
        actor = proven_actor(record, by, to=Verb.MANAGE_USERS, ask=ask)
        with record.reading() as connection:
            refuse_user(connection, name, role)
        password = ask_new(name)
        with record.writing(actor) as unit:
            add_user(unit, name, role, password=password)


def listed(*, data: Data = None, by: By = None) -> tuple[User, ...]:
    """Return all users by name."""
    with opened(data) as record:
        actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            return read_users(connection)


def give_role(*, name: str, role: Role, ask: Ask, data: Data = None, by: By = None) -> None:
    """Give a user another role; they are signed out everywhere."""
    with opened(data) as record:
        actor = proven_actor(record, by, to=Verb.MANAGE_USERS, ask=ask)
        with record.writing(actor) as unit:
            change_role(unit, name, role)
            _sign_out(unit, name)


def set_active(*, name: str, active: bool, ask: Ask, data: Data = None, by: By = None) -> None:
    """Disable a user, or let them in again; they are signed out everywhere."""
    with opened(data) as record:
        actor = proven_actor(record, by, to=Verb.MANAGE_USERS, ask=ask)
        with record.writing(actor) as unit:
            change_active(unit, name, active=active)
            _sign_out(unit, name)


def give_password(*, name: str, ask: Ask, ask_new: Ask, data: Data = None, by: By = None) -> None:
    """Give a user another password: their own by themselves, anybody's by an owner; they are signed out everywhere."""
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            need_user(connection, name)
        to = Verb.VIEW if actor.name == name else Verb.MANAGE_USERS
        actor = proven_actor(record, by, to=to, ask=ask)
        password = ask_new(name)
        with record.writing(actor) as unit:
            change_password(unit, name, password)
            _sign_out(unit, name)


def _sign_out(unit: Unit, name: str) -> None:
    """Sign a user out of every browser: whoever sits there came by what does not hold any more."""
    end_sessions_of(unit, user=need_user(unit.connection, name)["id"])

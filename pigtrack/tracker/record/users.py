"""Users of the record, as its owners keep them."""

from pigtrack.model.record import Role
from pigtrack.model.roles import Verb
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
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.proving import Ask, proven_actor


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
    """Give a user another role."""
    with opened(data) as record:
        actor = proven_actor(record, by, to=Verb.MANAGE_USERS, ask=ask)
        with record.writing(actor) as unit:
            change_role(unit, name, role)


def set_active(*, name: str, active: bool, ask: Ask, data: Data = None, by: By = None) -> None:
    """Disable a user, or let them in again."""
    with opened(data) as record:
        actor = proven_actor(record, by, to=Verb.MANAGE_USERS, ask=ask)
        with record.writing(actor) as unit:
            change_active(unit, name, active=active)


def give_password(*, name: str, ask: Ask, ask_new: Ask, data: Data = None, by: By = None) -> None:
    """Give a user another password: their own by themselves, anybody's by an owner."""
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            need_user(connection, name)
        to = Verb.VIEW if actor.name == name else Verb.MANAGE_USERS
        actor = proven_actor(record, by, to=to, ask=ask)
        password = ask_new(name)
        with record.writing(actor) as unit:
            change_password(unit, name, password)

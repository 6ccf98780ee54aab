"""What each role may do with the clinic's record: one table, asked by every use case."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from pigtrack.model.record import Role


class Verb(StrEnum):
    """What somebody may want of the record; the words are those of a refusal."""

    VIEW = "look at patients' data"
    RECORD = "add to the record"
    CORRECT = "correct what was measured"
    MEASURE = "measure"
    SIGN = "sign"
    SHARE = "share a patient's page"
    EXPORT = "export"
    VERIFY = "verify"
    STAMP = "have the trail time-stamped"
    BACK_UP = "back up"
    MANAGE_USERS = "manage users"
    ERASE = "erase a patient's data"


_READING = frozenset({Verb.VIEW, Verb.EXPORT, Verb.VERIFY, Verb.STAMP})

MAY: Mapping[Role, frozenset[Verb]] = MappingProxyType(
    {
        Role.CLINICIAN: _READING | {Verb.RECORD, Verb.CORRECT, Verb.MEASURE, Verb.SIGN, Verb.SHARE},
        Role.AUDITOR: _READING,
        Role.OWNER: frozenset(Verb),
    }
)
"""By role. An auditor reads all and changes nothing; keys leave the record only with the owner (backup, erasure)."""

PROVEN = frozenset({Verb.SIGN, Verb.MANAGE_USERS, Verb.ERASE})
"""What asks for the password of whoever does it, each time (21 CFR 11.200(a)(1))."""


def may(role: Role | None, verb: Verb) -> bool:
    """Tell whether a role may do something; no role: whoever sits at the computer of a record without users.

    Examples
    --------
    >>> may(Role.AUDITOR, Verb.RECORD), may(Role.AUDITOR, Verb.VERIFY), may(None, Verb.ERASE)
    (False, True, True)
    """
    return role is None or verb in MAY[role]


def roles_for(verb: Verb) -> tuple[Role, ...]:
    """Return who may do something, in the order in which roles are told.

    Examples
    --------
    >>> [role.value for role in roles_for(Verb.SIGN)]
    ['clinician', 'owner']
    """
    return tuple(role for role in Role if may(role, verb))

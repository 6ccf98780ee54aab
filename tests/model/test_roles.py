"""Who may do what: one table, and nothing beside it."""

import pytest

from pigtrack.model.record import Role
from pigtrack.model.roles import MAY, PROVEN, Verb, may, roles_for


def test_an_owner_may_do_everything():
    assert MAY[Role.OWNER] == frozenset(Verb)


@pytest.mark.parametrize(
    "verb",
    [Verb.RECORD, Verb.CORRECT, Verb.MEASURE, Verb.SIGN, Verb.SHARE, Verb.MANAGE_USERS, Verb.ERASE],
)
def test_an_auditor_changes_nothing(verb):
    assert not may(Role.AUDITOR, verb)


@pytest.mark.parametrize("verb", [Verb.VIEW, Verb.EXPORT, Verb.VERIFY])
def test_an_auditor_reads_exports_and_verifies(verb):
    assert may(Role.AUDITOR, verb)


def test_a_patients_page_is_shared_by_who_treats_or_owns():
    assert roles_for(Verb.SHARE) == (Role.CLINICIAN, Role.OWNER)


@pytest.mark.parametrize("verb", [Verb.BACK_UP, Verb.ERASE, Verb.MANAGE_USERS])
def test_what_hands_out_or_destroys_keys_is_for_owners(verb):
    assert roles_for(verb) == (Role.OWNER,)


def test_every_role_is_in_the_table_and_what_must_be_proven_changes_something():
    assert set(MAY) == set(Role)
    assert not PROVEN & MAY[Role.AUDITOR]

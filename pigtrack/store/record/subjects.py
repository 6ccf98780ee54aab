"""Subjects: patients under their pseudonyms, each with a key of their own, and what they agreed to."""

import tomllib
from datetime import date

import tomli_w
from sqlalchemy import Connection, RowMapping, func, insert, select

from pigtrack.errors import UnknownError
from pigtrack.model.record import Consent, Purpose
from pigtrack.store.naming import quoted
from pigtrack.store.record.tables import consents, subject_keys, subjects
from pigtrack.store.record.unit import Unit, content_label, new_id, open_content, subject_key
from pigtrack.store.vault.sealing import make_key, seal


def find_subject(connection: Connection, pseudonym: str) -> RowMapping | None:
    """Return the row of the patient with a pseudonym, if there is one."""
    return connection.execute(select(subjects).where(subjects.c.pseudonym == pseudonym)).mappings().first()


def need_subject(connection: Connection, pseudonym: str) -> RowMapping:
    """Return the row of the patient with a pseudonym.

    Raises
    ------
    RecordError
        If there is none.
    """
    found = find_subject(connection, pseudonym)
    if found is None:
        raise UnknownError(f"The record knows no patient {quoted(pseudonym)}.", "Check it: pigtrack courses.")
    return found


def add_subject(unit: Unit, pseudonym: str) -> str:
    """Open a patient with a new key; return the id.

    The content is empty but sealed: without its bytes nobody can find the pseudonym by trying which one fits the
    digest that the trail keeps of the row, once both are blanked.
    """
    subject, key = new_id(), make_key()
    sealed = seal(key, b"", label=content_label(subjects.name, subject))
    row = {"id": subject, "pseudonym": pseudonym, "content": sealed, "erased": None}
    unit.connection.execute(insert(subjects), row)
    unit.connection.execute(insert(subject_keys), {"subject_id": subject, "key": key})
    unit.tell_created(subjects, row, subject=subject)
    return subject


def add_consent(unit: Unit, subject: str, consent: Consent) -> bool:
    """Add a patient's yes or no; say whether it was news."""
    known = [each for each in read_consents(unit.connection, subject) if each.purpose is consent.purpose]
    if known and known[0] == consent:
        return False
    counted = select(func.count()).where(consents.c.subject_id == subject, consents.c.purpose == consent.purpose.value)
    row = {"subject_id": subject, "purpose": consent.purpose.value, "given": consent.given}
    words = {name: value for name, value in (("day", consent.day), ("note", consent.note)) if value is not None}
    unit.add(
        consents,
        {**row, "number": unit.connection.execute(counted).scalar_one() + 1},
        content=tomli_w.dumps(words),
        subject=subject,
    )
    return True


def read_consents(connection: Connection, subject: str) -> tuple[Consent, ...]:
    """Return what a patient agreed to or not, the last word on each purpose."""
    latest = {each.purpose: each for each in consent_history(connection, subject)}
    return tuple(latest[purpose] for purpose in Purpose if purpose in latest)


def consent_history(connection: Connection, subject: str) -> tuple[Consent, ...]:
    """Return all that a patient said, in the order in which the record took it; see `read_consents`."""
    wanted = select(consents).where(consents.c.subject_id == subject).order_by(consents.c.number)
    return tuple(_consent(connection, row, subject) for row in connection.execute(wanted).mappings().all())


def _consent(connection: Connection, row: RowMapping, subject: str) -> Consent:
    words = tomllib.loads(open_content(connection, consents, row, subject) or "")
    day = words.get("day")
    return Consent(Purpose(row["purpose"]), row["given"], day if isinstance(day, date) else None, words.get("note"))


def consented(connection: Connection, subject: str, purpose: Purpose) -> bool:
    """Tell whether a patient agreed to a purpose; who was not asked, or was erased, did not."""
    if subject_key(connection, subject) is None:
        return False
    return any(each.given for each in read_consents(connection, subject) if each.purpose is purpose)


def read_agreed(connection: Connection, purpose: Purpose) -> frozenset[str]:
    """Return the ids of all patients who agreed to a purpose, as `consented` tells of one."""
    mine = select(consents.c.subject_id, consents.c.given).join(
        subject_keys, subject_keys.c.subject_id == consents.c.subject_id
    )
    found = connection.execute(mine.where(consents.c.purpose == purpose.value).order_by(consents.c.number))
    last = {row.subject_id: row.given for row in found}
    return frozenset(subject for subject, given in last.items() if given)

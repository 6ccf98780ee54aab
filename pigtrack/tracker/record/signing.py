"""Signs a measurement: a user's name, the time, and what it means, under these rows and no others."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from pigtrack.errors import NotAllowedError, RecordError
from pigtrack.model.roles import Verb
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import find_version
from pigtrack.store.record.signing import add_sign_off
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.proving import Ask, prove_actor


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it stands in the record; ``added``: it was not there before."""

    label: str
    measurement: int
    by: str
    meaning: str
    added: bool

    @property
    def told(self) -> str:
        """Say what was signed by whom."""
        how = "is signed" if self.added else "was signed already"
        return f"Measurement {self.measurement} of course {self.label} {how} by {self.by}: {self.meaning}"


def sign(
    *,
    label: str,
    meaning: str,
    ask: Ask,
    measurement: int | None = None,
    seen: str | None = None,
    data: Data = None,
    by: By = None,
) -> Signed:
    """Sign a measurement of a course: the one it stands at, or the one that is named.

    Parameters
    ----------
    seen : str or None
        Digest of the rows that were looked at: only those are signed, and only while the course stands at them.

    Raises
    ------
    NotAllowedError
        If who asks may not sign, or can't show that it is they.
    RecordError
        If there is nothing to sign, or the rows were changed.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.SIGN)
        if actor.role is None:
            raise NotAllowedError(
                "This record has no users, so nobody can sign.", "Add an owner first: pigtrack user add NAME."
            )
        with record.reading() as connection:
            number = find_version(connection, need_course(connection, label), measurement)["number"]
        prove_actor(record, actor, ask(actor.name))
        with record.writing(actor) as unit:
            course = need_course(unit.connection, label)
            version = find_version(unit.connection, course, number)
            if seen is not None:
                _refuse_unseen(course, version, seen)
            added = add_sign_off(unit, course, version, meaning)
    return Signed(label, number, actor.name, meaning, added)


def _refuse_unseen(course: RowMapping, version: RowMapping, seen: str) -> None:
    """Refuse what is not, or not any more, what somebody looked at before they signed."""
    if version["id"] != course["measurement_id"] or version["rows_digest"] != seen:
        raise RecordError(
            f"Meanwhile the course stands at another measurement than {version['number']}, which you looked at.",
            "Nothing was signed. Look at the page anew, and sign what it shows.",
        )

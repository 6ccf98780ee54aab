"""Signs a measurement: a user's name, the time, and what it means, under these rows and no others."""

from dataclasses import dataclass

from pigtrack.errors import NotAllowedError
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
    data: Data = None,
    by: By = None,
) -> Signed:
    """Sign a measurement of a course: the one it stands at, or the one that is named.

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
            seen = find_version(connection, need_course(connection, label), measurement)["number"]
        prove_actor(record, actor, ask(actor.name))
        with record.writing(actor) as unit:
            course = need_course(unit.connection, label)
            added = add_sign_off(unit, course, find_version(unit.connection, course, seen), meaning)
    return Signed(label, seen, actor.name, meaning, added)

"""What patients agree to: care, research and teaching, each apart, each yes or no with its day."""

from collections.abc import Mapping
from datetime import date

from pigtrack.errors import RecordError
from pigtrack.model.record import Consent, Purpose
from pigtrack.model.roles import Verb
from pigtrack.store.record.subjects import add_consent, need_subject, read_consents
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened


def consent(
    *,
    pseudonym: str,
    answers: Mapping[Purpose, bool],
    day: date | None = None,
    note: str | None = None,
    data: Data = None,
    by: By = None,
) -> tuple[Consent, ...]:
    """Add what a patient said; return what stands now. Earlier words stay in the record.

    Without answers, only what stands is looked at.

    Raises
    ------
    RecordError
        If there is no such patient, or the day is still to come.
    """
    if day is not None and day > date.today():
        raise RecordError(f"{day.isoformat()} is still to come; nobody can have agreed on it.", "Check the day.")
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD if answers else Verb.VIEW)
        with record.reading() as connection:
            subject = need_subject(connection, pseudonym)["id"]
        if answers:
            with record.writing(actor) as unit:
                for purpose, given in answers.items():
                    add_consent(unit, subject, Consent(purpose, given, day, note))
        with audited_view(record, actor, "subjects", subject=subject) as connection:
            return read_consents(connection, subject)

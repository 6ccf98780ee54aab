"""A patient opens their link: types its code, and sees their own page, and nothing else."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select

from pigtrack.model.record import Actor
from pigtrack.model.sharing import OpenedLink, PatientView, Refusal
from pigtrack.model.trail import as_moment
from pigtrack.store.record.links import (
    PatientLink,
    find_link,
    fits_code,
    link_by_id,
    note_opening,
    note_wrong_code,
    withdraw_link,
)
from pigtrack.store.record.passwords import waste_time
from pigtrack.store.record.tables import courses
from pigtrack.store.record.unit import Unit
from pigtrack.store.record.web_sessions import LASTS, begin_session, end_session, end_sessions_of
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import Record, now
from pigtrack.tracker.record.patient_view import compose_view, known_language, read_picture
from pigtrack.tracker.record.sharing import is_agreed, own_language
from pigtrack.tracker.record.signing_in import VIA

PATIENT = Actor("patient by link", via=VIA)
"""Who opens a link, as the trail names them: which patient that is says the link."""

TRIES = 5
"""Wrong codes in a row after which the link waits, as a user does (21 CFR 11.300(d))."""

TRIES_MOST = 20
"""Wrong codes in a row after which the link is withdrawn: whoever has it does not know its code."""

WAIT = timedelta(minutes=15)

_CODE_LETTERS_MOST = 64


def open_link(*, record: Record, token: str, code: str) -> OpenedLink:
    """Try a code at a link; what there is no such link for, is expired or withdrawn takes as long as a wrong code.

    Wrong codes are written down before anybody learns that they are: of those who try at once, only the first few
    are answered.
    """
    typed = "".join(letter for letter in code[:_CODE_LETTERS_MOST] if letter.isdigit())
    with record.reading() as connection:
        link = find_link(connection, token)
    if link is None or link.words is None:
        waste_time(typed)
        return OpenedLink(refusal=Refusal.CODE)
    if _waits(link, now()):
        return OpenedLink(refusal=Refusal.WAIT)
    fits = fits_code(typed, link)
    with record.writing(PATIENT) as unit:
        return _tried(unit, link.id, fits=fits)


def _tried(unit: Unit, link_id: str, *, fits: bool) -> OpenedLink:
    """Write down what came of a code, by the link as it stands now: others may have tried in the meantime."""
    link = link_by_id(unit.connection, link_id)
    if link is None or link.words is None:
        return OpenedLink(refusal=Refusal.CODE)
    if _waits(link, unit.at):
        return OpenedLink(refusal=Refusal.WAIT)
    if not fits:
        return _wrong(unit, link)
    if not _is_open(unit.connection, link, unit.at):
        ended = not link.withdrawn and link.expires <= unit.at
        return OpenedLink(
            refusal=Refusal.ENDED if ended else Refusal.CLOSED,
            day=datetime.fromisoformat(link.expires).astimezone().date() if ended else None,
        )
    note_opening(unit, link)
    lasts = min(LASTS, datetime.fromisoformat(link.expires) - datetime.fromisoformat(unit.at))
    return OpenedLink(session=begin_session(unit, link=link.id, lasts=lasts))


def _wrong(unit: Unit, link: PatientLink) -> OpenedLink:
    note_wrong_code(unit, link)
    if link.words is not None and len(link.words.wrong) + 1 >= TRIES_MOST and not link.withdrawn:
        withdraw_link(unit, link)
        end_sessions_of(unit, link=link.id)
    return OpenedLink(refusal=Refusal.CODE)


def _waits(link: PatientLink, at: str) -> bool:
    since = as_moment(datetime.fromisoformat(at) - WAIT)
    return link.words is not None and sum(each > since for each in link.words.wrong) >= TRIES


def _is_open(connection: Connection, link: PatientLink, at: str) -> bool:
    return link.opens(at) and is_agreed(connection, _course(connection, link))


def see_by_link(*, record: Record, link: str, language: str | None = None) -> PatientView | None:
    """Return the page of a link whose code was typed; None: it opens nothing any more. The trail tells of each look."""
    with record.reading() as connection:
        found = _open_link(connection, link)
        course = None if found is None else _course(connection, found)
    if found is None or course is None:
        return None
    with audited_view(record, PATIENT, "patient page", course=course, link=found.id) as connection:
        return _view(record, connection, found, course, language)


def picture_by_link(*, record: Record, link: str, measurement: str, language: str, name: str) -> bytes | None:
    """Return a picture of the page of a link, whose entry in the trail stands for it; None as for `see_by_link`.

    Raises
    ------
    UnknownError
        If the page shows no such picture: another course's, or one that is kept back.
    """
    with record.reading() as connection:
        found = _open_link(connection, link)
        if found is None or found.words is None:
            return None
        return read_picture(
            record,
            connection,
            _course(connection, found),
            measurement=measurement,
            language=language,
            name=name,
            left_out=found.words.left_out,
            photographs=found.words.photographs,
        )


def leave(*, record: Record, session: str) -> None:
    """End a patient's session: the next look asks for the code."""
    with record.writing(PATIENT) as unit:
        end_session(unit, session)


def _open_link(connection: Connection, link: str) -> PatientLink | None:
    found = link_by_id(connection, link)
    return found if found is not None and _is_open(connection, found, now()) else None


def _view(
    record: Record, connection: Connection, link: PatientLink, course: RowMapping, language: str | None
) -> PatientView:
    words = link.words
    if words is None:
        raise ValueError("an open link has its words")
    told = known_language(language, words.language, own_language(connection, course))
    return compose_view(
        record, connection, course, language=told, left_out=words.left_out, photographs=words.photographs
    )


def _course(connection: Connection, link: PatientLink) -> RowMapping:
    return connection.execute(select(courses).where(courses.c.id == link.course)).mappings().one()

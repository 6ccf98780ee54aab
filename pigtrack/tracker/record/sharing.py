"""The clinic shares a patient's page: makes a link with its code, sees how it is used, withdraws it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping

from pigtrack.errors import FormError, RecordError, UnknownError
from pigtrack.model.record import Purpose
from pigtrack.model.roles import Verb
from pigtrack.model.sharing import LinkLine, LinkState, NewLink, PatientView, Sharing, VisitChoice
from pigtrack.model.trail import as_moment
from pigtrack.store.derived import is_drawn
from pigtrack.store.record.browsing import label_by_id
from pigtrack.store.record.courses import need_course, read_pieces
from pigtrack.store.record.links import (
    LinkWords,
    PatientLink,
    SharedVisit,
    add_link,
    hash_code,
    link_by_id,
    read_links,
    read_visits,
    withdraw_link,
)
from pigtrack.store.record.overview import read_series
from pigtrack.store.record.parts import join_course
from pigtrack.store.record.subjects import read_consents
from pigtrack.store.record.web_sessions import end_sessions_of
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, Record, actor_of, now, opened
from pigtrack.tracker.record.patient_view import compose_view, find_page, known_language, languages, read_picture

DAYS_USUAL = 90
"""A link lasts as long as a few visits, and not for ever: phones are lost and sold."""

DAYS_MOST = 400
"""A year and the month around its last visit."""

CODE_DIGITS = 8
"""Digits are told and typed alike in every language. With at most 20 tries (`opening_link.TRIES_MOST`) they are
guessed once in 5 million links, by somebody who has the link already."""

_TOKEN_BYTES = 32
"""256 bits: an address that nobody guesses."""

_PAGE = "patient page"
"""What is looked at, as the trail names it."""


def share(
    *,
    course: str,
    days: int = DAYS_USUAL,
    left_out: Sequence[int] = (),
    photographs: bool = True,
    language: str | None = None,
    data: Data = None,
    by: By = None,
) -> NewLink:
    """Make a link to a patient's page; its address and its code are told this once, and kept nowhere.

    Parameters
    ----------
    course : str
        Its id.
    left_out : sequence of int
        Numbers of visits whose photographs are kept back.
    photographs : bool
        False: none is shown, nor any of later visits.
    language : str or None
        What the page is first shown in; None: the course's own.

    Raises
    ------
    FormError
        If the days or the visits make no sense.
    RecordError
        If there is no such course, or the patient said no to being cared for here.
    """
    if not 1 <= days <= DAYS_MOST:
        raise FormError(f"A link can't last {days} days.", f"Give 1 to {DAYS_MOST}.", field="days")
    token, code = secrets.token_urlsafe(_TOKEN_BYTES), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    hashed = hash_code(code)  # before the unit of work: it takes long
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.SHARE)
        with record.writing(actor) as unit:
            row = _need_course(unit.connection, course)
            refuse_unagreed(unit.connection, row)
            expires = as_moment(datetime.fromisoformat(unit.at) + timedelta(days=days))
            names = _names(read_visits(unit.connection, row), left_out)
            link = add_link(
                unit,
                row,
                token=token,
                code=hashed,
                expires=expires,
                left_out=names,
                photographs=photographs,
                language=known_language(language) if language else "",
            )
    return NewLink(link, token, code, expires)


def withdraw(*, course: str, link: str, data: Data = None, by: By = None) -> None:
    """Make a link open nothing any more; whoever looks by it just now sees nothing from then on.

    Raises
    ------
    UnknownError
        If the course has no such link.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.SHARE)
        with record.writing(actor) as unit:
            found = link_by_id(unit.connection, link)
            if found is None or found.course != course:
                raise UnknownError("The course has no such link.", "Load the page of its links again.")
            withdraw_link(unit, found)
            end_sessions_of(unit, link=found.id)


def links_of(*, course: str, data: Data = None, by: By = None) -> Sharing:
    """Return how a course is shared, and what a new link may hold."""
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            row = _need_course(connection, course)
        with audited_view(record, actor, "patient_links", course=row) as connection:
            return _sharing(record, connection, row)


def _sharing(record: Record, connection: Connection, row: RowMapping) -> Sharing:
    def pictured(number: int) -> bool:
        return row["measurement_id"] is not None and is_drawn(record, row["measurement_id"], f"thumb/{number}.jpg")

    visits, at = read_visits(connection, row), now()
    links = sorted(read_links(connection, row), key=lambda each: each.words.made if each.words else "", reverse=True)
    return Sharing(
        overview=read_series(connection, row).overview,
        links=tuple(_line(each, visits, at) for each in links),
        visits=tuple(VisitChoice(each.number, each.day, pictured(each.number)) for each in visits if each.names),
        languages=languages(),
        language=own_language(connection, row),
        agreed=is_agreed(connection, row),
        ready=find_page(record, connection, row) is not None,
    )


def _line(link: PatientLink, visits: Sequence[SharedVisit], at: str) -> LinkLine:
    words = link.words or LinkWords()
    state = LinkState.WITHDRAWN if link.withdrawn else LinkState.OPEN if at < link.expires else LinkState.ENDED
    hidden = tuple(each.number for each in visits if set(each.names) & set(words.left_out))
    return LinkLine(
        id=link.id,
        state=state,
        made=words.made,
        by=words.by,
        expires=link.expires,
        openings=words.openings,
        opened=words.opened,
        left_out=hidden,
        photographs=words.photographs,
        language=words.language,
        wrong=len(words.wrong),
    )


def preview(
    *,
    course: str,
    language: str | None = None,
    left_out: Sequence[int] = (),
    photographs: bool = True,
    data: Data = None,
    by: By = None,
) -> PatientView:
    """Return what a patient would see by a link that is not made yet; parameters as for `share`."""
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.SHARE)
        with record.reading() as connection:
            row = _need_course(connection, course)
        with audited_view(record, actor, _PAGE, course=row, preview=True) as connection:
            told = known_language(language, own_language(connection, row))
            names = _names(read_visits(connection, row), left_out)
            return compose_view(record, connection, row, language=told, left_out=names, photographs=photographs)


def preview_picture(
    *,
    course: str,
    measurement: str,
    language: str,
    name: str,
    left_out: Sequence[int] = (),
    photographs: bool = True,
    data: Data = None,
    by: By = None,
) -> bytes:
    """Return a picture of the page that `preview` shows, whose entry in the trail stands for it.

    Raises
    ------
    UnknownError
        If the page shows no such picture.
    """
    with opened(data) as record:
        actor_of(record, by, to=Verb.SHARE)
        with record.reading() as connection:
            row = _need_course(connection, course)
            return read_picture(
                record,
                connection,
                row,
                measurement=measurement,
                language=language,
                name=name,
                left_out=_names(read_visits(connection, row), left_out),
                photographs=photographs,
            )


def has_page(*, course: str, record: Record) -> bool:
    """Tell whether a course has a page to be shown; nothing of the patient's is looked at."""
    with record.reading() as connection:
        return find_page(record, connection, _need_course(connection, course)) is not None


def is_agreed(connection: Connection, course: RowMapping) -> bool:
    """Tell whether nothing speaks against sharing: the patient never said no to care, and was not erased."""
    said = read_consents(connection, course["subject_id"])
    return not any(each.purpose is Purpose.CARE and not each.given for each in said)


def refuse_unagreed(connection: Connection, course: RowMapping) -> None:
    """Refuse to share what a patient does not want to be kept for their care.

    Raises
    ------
    RecordError
        If they said no.
    """
    if not is_agreed(connection, course):
        raise RecordError(
            "The patient withdrew their consent to care, so nothing is shared.", "Ask them, and note what they say."
        )


def own_language(connection: Connection, course: RowMapping) -> str:
    """Return the language that a course is told to its patient in."""
    pieces = read_pieces(connection, course)
    told = None if pieces is None else join_course(pieces, label=str(course["label"])).patient_language
    return known_language(told)


def _need_course(connection: Connection, course: str) -> RowMapping:
    return need_course(connection, label_by_id(connection, course))


def _names(visits: Sequence[SharedVisit], left_out: Sequence[int]) -> tuple[str, ...]:
    """Return the photographs of visits by name: numbers move when a visit is put in between, names do not."""
    known = {each.number: each.names for each in visits}
    if not set(left_out) <= set(known):
        raise FormError("There is no such visit.", "Load the page again.", field="left_out")
    return tuple(name for number in sorted(set(left_out)) for name in known[number])

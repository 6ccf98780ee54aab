"""Links by which a patient comes to their own chart: a secret token, a code to type, a last day; no user's account.

Neither secret is kept, only what tells them when they are shown: the token's SHA-256 and the code's argon2id hash.
Every opening and every wrong code is written into the link itself, and so stands in the trail.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import tomli_w
from sqlalchemy import Connection, RowMapping, select

from pigtrack.store.record.passwords import fits_password, hash_code
from pigtrack.store.record.tables import courses, patient_links, photographs, sessions
from pigtrack.store.record.unit import Unit, open_content

__all__ = [
    "LinkWords",
    "PatientLink",
    "SharedVisit",
    "add_link",
    "find_link",
    "fits_code",
    "hash_code",
    "link_by_id",
    "note_opening",
    "note_wrong_code",
    "read_links",
    "read_visits",
    "token_digest",
    "withdraw_all",
    "withdraw_link",
]


@dataclass(frozen=True, slots=True)
class LinkWords:
    """What is sealed of a link.

    Attributes
    ----------
    left_out : tuple of str
        Photographs that the clinician keeps back, by the course's names.
    photographs : bool
        False: none is shown, nor those of later visits.
    language : str
        What the page is first shown in; empty: as the course says.
    by : str
        Who made it; ``made`` is when (UTC, ISO 8601).
    openings : int
        How often its code was typed right; ``opened`` is when last.
    wrong : tuple of str
        When wrong codes were typed since the last right one.
    """

    left_out: tuple[str, ...] = ()
    photographs: bool = True
    language: str = ""
    by: str = ""
    made: str = ""
    openings: int = 0
    opened: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientLink:
    """A link that opens one course to its patient.

    Attributes
    ----------
    course, subject : str
        Ids.
    code : str
        Argon2id hash of what the patient types.
    expires : str
        UTC, ISO 8601; from then on it opens nothing.
    words : LinkWords or None
        None: the patient's data were erased.
    """

    id: str
    course: str
    subject: str
    code: str
    expires: str
    withdrawn: bool
    words: LinkWords | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """Photographs that the clinician keeps back."""
        return () if self.words is None else self.words.left_out

    def opens(self, now: str) -> bool:
        """Tell whether the link opens anything at a time."""
        return not self.withdrawn and self.words is not None and now < self.expires


@dataclass(frozen=True, slots=True)
class SharedVisit:
    """A visit whose photographs may be kept back: its number, its day, and their names."""

    number: int
    day: str | None
    names: tuple[str, ...]


def token_digest(token: str) -> str:
    """Return what a token is found by; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def fits_code(code: str, link: PatientLink) -> bool:
    """Tell whether a code is a link's. It takes long, and must not be asked within a unit of work."""
    return fits_password(code, link.code)


def add_link(
    unit: Unit,
    course: RowMapping,
    *,
    token: str,
    code: str,
    expires: str,
    left_out: tuple[str, ...] = (),
    photographs: bool = True,
    language: str = "",
) -> str:
    """Add a link to a course; return its id. ``code`` is the hash already."""
    row = {"course_id": course["id"], "token_digest": token_digest(token), "code": code, "expires": expires}
    words = LinkWords(left_out, photographs, language, by=unit.actor.name, made=unit.at)
    return unit.add(
        patient_links,
        {**row, "withdrawn": False},
        content=_text(words),
        subject=course["subject_id"],
        course=course["id"],
    )


def withdraw_link(unit: Unit, link: PatientLink) -> None:
    """Make a link open nothing any more."""
    values = {"withdrawn": True}
    unit.change(patient_links, link.id, values, subject=link.subject, course=link.course, action="withdraw")


def withdraw_all(unit: Unit) -> int:
    """Make no link open anything any more; return how many did."""
    wanted = select(patient_links.c.id).where(~patient_links.c.withdrawn, patient_links.c.expires > unit.at)
    links = [link_by_id(unit.connection, each) for each in unit.connection.execute(wanted).scalars().all()]
    opening = [each for each in links if each is not None and each.opens(unit.at)]
    for link in opening:
        withdraw_link(unit, link)
    return len(opening)


def note_opening(unit: Unit, link: PatientLink) -> None:
    """Write down that the right code was typed; wrong ones before it are forgiven."""
    if link.words is not None:
        told = replace(link.words, openings=link.words.openings + 1, opened=unit.at, wrong=())
        _change(unit, link, told, action="open")


def note_wrong_code(unit: Unit, link: PatientLink) -> None:
    """Write down that a wrong code was typed."""
    if link.words is not None:
        _change(unit, link, replace(link.words, wrong=(*link.words.wrong, unit.at)), action="refuse")


def _change(unit: Unit, link: PatientLink, words: LinkWords, *, action: str) -> None:
    where = {"subject": link.subject, "course": link.course}
    unit.change(patient_links, link.id, {}, content=_text(words), action=action, **where)


def find_link(connection: Connection, token: str) -> PatientLink | None:
    """Return the link of a token, whether it still opens anything or not; None: there never was one."""
    return _find(connection, patient_links.c.token_digest == token_digest(token))


def link_by_id(connection: Connection, link: str) -> PatientLink | None:
    """Return a link by its id; None: there is none."""
    return _find(connection, patient_links.c.id == link)


def _find(connection: Connection, which: Any) -> PatientLink | None:
    row = connection.execute(select(patient_links).where(which)).mappings().first()
    return None if row is None else _link(connection, row)


def read_links(connection: Connection, course: RowMapping) -> tuple[PatientLink, ...]:
    """Return a course's links, by their last day."""
    wanted = select(patient_links).where(patient_links.c.course_id == course["id"]).order_by(patient_links.c.expires)
    return tuple(_link(connection, row) for row in connection.execute(wanted).mappings().all())


def read_visits(connection: Connection, course: RowMapping) -> tuple[SharedVisit, ...]:
    """Return a course's visits with the names of their photographs, in order."""
    wanted = select(sessions).where(sessions.c.course_id == course["id"]).order_by(sessions.c.number)
    return tuple(
        SharedVisit(row["number"], row["day"], _names(connection, row["id"], course["subject_id"]))
        for row in connection.execute(wanted).mappings().all()
    )


def _names(connection: Connection, session: str, subject: str) -> tuple[str, ...]:
    wanted = select(photographs).where(photographs.c.session_id == session).order_by(photographs.c.position)
    rows = connection.execute(wanted).mappings().all()
    texts = (open_content(connection, photographs, row, subject) for row in rows)
    return tuple(str(tomllib.loads(text)["name"]) for text in texts if text)


def _link(connection: Connection, row: RowMapping) -> PatientLink:
    subject = connection.execute(select(courses.c.subject_id).where(courses.c.id == row["course_id"])).scalar_one()
    text = open_content(connection, patient_links, row, subject)
    names = ("id", "code", "expires", "withdrawn")
    words = None if text is None else _words(tomllib.loads(text))
    return PatientLink(course=row["course_id"], subject=subject, words=words, **{name: row[name] for name in names})


def _text(words: LinkWords) -> str:
    return tomli_w.dumps(
        {name: list(told) if isinstance(told, tuple) else told for name, told in asdict(words).items()}
    )


def _words(told: Mapping[str, Any]) -> LinkWords:
    """Return what a link's content tells; one of an earlier pigtrack tells less."""
    known: dict[str, Any] = {each.name: told[each.name] for each in fields(LinkWords) if each.name in told}
    lists: dict[str, Any] = {name: tuple(each) for name, each in known.items() if isinstance(each, list)}
    return LinkWords(**{**known, **lists})

"""Links by which a patient comes to their own chart: a secret token, a code to type, a last day; no user's account.

Neither secret is kept, only what tells them when they are shown: the token's SHA-256 and the code's argon2id hash.
"""

import hashlib
import tomllib
from dataclasses import dataclass

import tomli_w
from sqlalchemy import Connection, RowMapping, select

from pigtrack.store.record.tables import courses, patient_links
from pigtrack.store.record.unit import Unit, open_content


@dataclass(frozen=True, slots=True)
class PatientLink:
    """A link that opens one course to its patient.

    Attributes
    ----------
    code : str
        Argon2id hash of what the patient types.
    expires : str
        UTC, ISO 8601; from then on it opens nothing.
    left_out : tuple of str
        Photographs that the clinician keeps back.
    """

    id: str
    course: str
    code: str
    expires: str
    withdrawn: bool
    left_out: tuple[str, ...] = ()

    def opens(self, now: str) -> bool:
        """Tell whether the link opens anything at a time."""
        return not self.withdrawn and now < self.expires


def token_digest(token: str) -> str:
    """Return what a token is found by; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_link(
    unit: Unit, course: RowMapping, *, token: str, code: str, expires: str, left_out: tuple[str, ...] = ()
) -> str:
    """Add a link to a course; return its id. ``code`` is the hash already."""
    row = {"course_id": course["id"], "token_digest": token_digest(token), "code": code, "expires": expires}
    return unit.add(
        patient_links,
        {**row, "withdrawn": False},
        content=tomli_w.dumps({"left_out": list(left_out)}),
        subject=course["subject_id"],
        course=course["id"],
    )


def withdraw_link(unit: Unit, link: PatientLink) -> None:
    """Make a link open nothing any more."""
    course = unit.connection.execute(select(courses).where(courses.c.id == link.course)).mappings().one()
    values = {"withdrawn": True}
    unit.change(patient_links, link.id, values, subject=course["subject_id"], course=link.course, action="withdraw")


def find_link(connection: Connection, token: str) -> PatientLink | None:
    """Return the link of a token, whether it still opens anything or not; None: there never was one."""
    wanted = select(patient_links).where(patient_links.c.token_digest == token_digest(token))
    row = connection.execute(wanted).mappings().first()
    return None if row is None else _link(connection, row)


def read_links(connection: Connection, course: RowMapping) -> tuple[PatientLink, ...]:
    """Return a course's links, by their last day."""
    wanted = select(patient_links).where(patient_links.c.course_id == course["id"]).order_by(patient_links.c.expires)
    return tuple(_link(connection, row) for row in connection.execute(wanted).mappings().all())


def _link(connection: Connection, row: RowMapping) -> PatientLink:
    subject = connection.execute(select(courses.c.subject_id).where(courses.c.id == row["course_id"])).scalar_one()
    words = tomllib.loads(open_content(connection, patient_links, row, subject) or "")
    names = ("id", "code", "expires", "withdrawn")
    return PatientLink(course=row["course_id"], left_out=tuple(words.get("left_out", ())), **{n: row[n] for n in names})

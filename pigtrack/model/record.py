"""What the clinic's record holds beside a course: people who act, consents, versions of measurements, signatures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pigtrack.model.course import Course
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import LabelImage

Cells = Mapping[str, str]
"""One row of a promised table: by column, the text that `measure` writes; empty: could not be measured."""


class Role(StrEnum):
    """What a user may do; patients are no users, they come by a link."""

    CLINICIAN = "clinician"
    AUDITOR = "auditor"
    OWNER = "owner"

    @property
    def told(self) -> str:
        """The role with its article, as in "Anna is an auditor"."""
        return f"{'a' if self is Role.CLINICIAN else 'an'} {self.value}"


class Purpose(StrEnum):
    """What a patient agrees to, each apart from the others."""

    CARE = "care"
    RESEARCH = "research"
    TEACHING = "teaching"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user's name (a pseudonym of staff), and the door they came through."""

    name: str
    role: Role | None = None
    via: str = "command line"


@dataclass(frozen=True, slots=True)
class Consent:
    """A patient's yes or no to one purpose; a later one of the same purpose stands in place of an earlier one."""

    purpose: Purpose
    given: bool
    day: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SignOff:
    """A signature under one version of a measurement: who, when (UTC, ISO 8601), and what it means."""

    measurement: int
    by: str
    at: str
    meaning: str


@dataclass(frozen=True, slots=True)
class MeasurementVersion:
    """Where the numbers of a course came from.

    Attributes
    ----------
    number : int
        Counts the measurements of one course from 1.
    at : str
        UTC, ISO 8601. Not in anything that must be the same bytes twice.
    pigtrack : str
        Version of the software.
    settings_digest, input_digest, rows_digest : str
        SHA-256, hexadecimal: of the settings; of course and photographs; of the rows that came out.
    corrected : bool
        Whether corrections by hand went into it; the automatic result is another version beside it.
    """

    number: int
    at: str
    by: str
    pigtrack: str
    algorithms: tuple[Algorithm, ...]
    settings_digest: str
    input_digest: str
    rows_digest: str
    corrected: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class RecordedPhotograph:
    """An original photograph of a session; ``read`` gives its bytes, exactly those that were taken in.

    Attributes
    ----------
    position : int
        Counts the photographs of a session from 1.
    name : str
        As the course names it: a relative path with ``/``.
    sha256 : str
        Of the original bytes.
    size : int
        In bytes.
    media_type : str
        ``image/jpeg`` and the like.
    """

    session: int
    position: int
    name: str
    sha256: str
    size: int
    media_type: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, eq=False, slots=True)
class RecordedCourse:
    """All that the record holds of one course under one version of its measurement, for exports and checks.

    Attributes
    ----------
    uid, subject_uid : str
        UUIDs that never change and say nothing of anybody.
    course : Course
        As its course.toml would tell it; ``course.id`` is its label, ``course.subject`` the pseudonym.
    measurement : MeasurementVersion or None
        None: not measured yet; then there are no rows.
    sessions, lesions, photos : tuple of Cells
        Rows of the promised tables, by column, in their order.
    labels : callable
        From a photograph's name to its label image (value = lesion_id, upright pixels), or None where there is none.
    files : mapping of str to bytes
        What course.toml refers to beside photographs: card, protocol, noise files, by relative path.
    versions : tuple of MeasurementVersion
        All of this course, the one at hand among them.
    erased : bool
        The patient's key was destroyed: numbers alone are left.
    """

    uid: str
    subject_uid: str
    course: Course
    measurement: MeasurementVersion | None
    sessions: tuple[Cells, ...]
    lesions: tuple[Cells, ...]
    photos: tuple[Cells, ...]
    photographs: tuple[RecordedPhotograph, ...]
    labels: Callable[[str], LabelImage | None] = field(repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    versions: tuple[MeasurementVersion, ...] = ()
    erased: bool = False

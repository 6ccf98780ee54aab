"""What the clinic sees of its courses: one line each, and one course through its sessions."""

from dataclasses import dataclass
from enum import StrEnum

from pigtrack.model.course import Endpoint
from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.quantity import Measured
from pigtrack.model.record import MeasurementVersion, SignOff


class CourseState(StrEnum):
    """Where a course stands in the record."""

    OPEN = "open"
    CLOSED = "closed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class CourseOverview:
    """One line of the clinic's overview.

    Attributes
    ----------
    label : str
        ``erased-`` and the beginning of ``uid`` where the patient's data were erased.
    patient, site, first_day, last_day, next_day : str or None
        Pseudonym, words and days in ISO 8601; None: not told, or erased. ``next_day`` is the first on which the next
        session is due by the protocol.
    sessions : int
        In the record; ``measured`` of them have rows in the course's own measurement.
    change : Change or None
        Of the primary endpoint in the last session with a verdict; None: not measured.
    version : int or None
        Number of the measurement that the course stands at.
    versions : int
        Measurements of it that are kept.
    corrected, signed : bool
        Whether that measurement rests on corrections by hand, and whether somebody signed it.
    """

    uid: str
    label: str
    patient: str | None
    site: str | None
    protocol: str | None
    endpoint: Endpoint
    sessions: int
    measured: int
    first_day: str | None
    last_day: str | None
    next_day: str | None
    state: CourseState
    change: Change | None
    version: int | None
    versions: int
    corrected: bool
    signed: bool

    @property
    def verdict(self) -> Verdict | None:
        """What the course came to so far; None: not measured."""
        return None if self.change is None else self.change.verdict


@dataclass(frozen=True, slots=True)
class SeriesSession:
    """One session of a course under one version of its measurement; what could not be measured is None.

    Attributes
    ----------
    day : str or None
        ISO 8601; None: not told, or erased.
    area, contrast, load : Measured or None
        In mm², melanin index, and their product.
    changes : tuple of Change
        Of area, contrast and load against the baseline.
    """

    session: int
    day: str | None
    days_from_baseline: int | None
    qc_status: str
    lesion_count: int | None
    area: Measured | None
    contrast: Measured | None
    load: Measured | None
    changes: tuple[Change, ...]
    verdict: Verdict
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseSeries:
    """A course through its sessions, under one version of its measurement.

    Attributes
    ----------
    version : MeasurementVersion or None
        That the sessions rest on; None: not measured, and no sessions.
    versions : tuple of MeasurementVersion
        All that are kept, oldest first.
    signatures : tuple of SignOff
        Under any of them.
    """

    overview: CourseOverview
    version: MeasurementVersion | None
    sessions: tuple[SeriesSession, ...]
    versions: tuple[MeasurementVersion, ...]
    signatures: tuple[SignOff, ...]

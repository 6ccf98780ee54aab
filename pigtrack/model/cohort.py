"""Courses side by side: what is read of each, and what may be told of the groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pigtrack.model.course import Course, Endpoint
from pigtrack.model.quantity import FloatArray

FEWEST = 5
"""Patients of a group that may be shared, as health statistics commonly have it; see docs/cohort.md."""

FEWEST_INSIDE = 3
"""Patients of a group that a clinic may look at by itself; with fewer there is no spread between patients to see."""

FEWEST_ADJUSTED = 10
"""Patients of a group from which a coefficient for the level at the baseline can be borne: ten to a coefficient, as
the rule of thumb goes (Peduzzi et al., J. Clin. Epidemiol. 48 (1995) 1503-1510, doi:10.1016/0895-4356(95)00048-8)."""

MOST_COMPARED = 6
"""Groups beyond which pairs are not compared: sixteen and more intervals, each widened for all, say nothing."""


class Factor(StrEnum):
    """What courses are put side by side by."""

    PRODUCT = "product"
    TECHNIQUE = "technique"
    CAUSE = "cause"
    SKIN_TYPE = "skin_type"
    PROTOCOL = "protocol"
    DIAGNOSIS = "diagnosis"
    SITE = "site"


class Axis(StrEnum):
    """Along what a change is followed: days since the baseline, or treatments received."""

    DAYS = "days"
    TREATMENTS = "treatments"


class LeftOut(StrEnum):
    """Why a course takes no part."""

    NOT_MEASURED = "not_measured"
    DAMAGED = "damaged"
    OUT_OF_STEP = "out_of_step"
    EXPLORATORY = "exploratory"
    NO_SUBJECT = "no_subject"
    UNDATED = "undated"
    TWICE = "twice"
    NO_LATER_SESSION = "no_later_session"
    OTHER_MODE = "other_mode"


@dataclass(frozen=True, eq=False, slots=True)
class MeasuredTables:
    """A measured course as its folder tells it.

    Attributes
    ----------
    course : Course
        From course.toml.
    sessions : tuple of mapping of str to str
        Rows of sessions.csv, cells as they stand there.
    algorithms : mapping of str to int
        Versions that made them.
    version : str
        Of pigtrack.
    exploratory : bool
        The baseline shows no card.
    digest : str
        SHA-256 of sessions.csv.
    """

    course: Course
    sessions: tuple[Mapping[str, str], ...]
    algorithms: Mapping[str, int]
    version: str
    exploratory: bool
    digest: str


@dataclass(frozen=True, eq=False, slots=True)
class CohortCourse:
    """One course as it enters a cohort: one endpoint against the baseline at its later sessions.

    Attributes
    ----------
    days, treatments : ndarray, shape (sessions,), float64
        Since the baseline; treatments received before the session's photograph.
    change : ndarray, shape (sessions,), float64
        Log ratio to the baseline; of contrast the difference, in melanin index units.
    variance : ndarray, shape (sessions,), float64
        Of each change, the session's own part.
    shared : float
        The baseline's part, in all changes of this course alike.
    level : float or None
        The endpoint at the baseline (log of load and area); None where it is not known.
    groups : mapping of Factor to str or None
        What the course says of itself; None: nothing.
    primary : Endpoint
        What it named beforehand.
    """

    id: str
    subject: str
    digest: str
    days: FloatArray
    treatments: FloatArray
    change: FloatArray
    variance: FloatArray
    shared: float
    level: float | None
    groups: Mapping[Factor, str | None]
    primary: Endpoint


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A straight line from the baseline, fitted over the patients of one group.

    Attributes
    ----------
    slope, u : float
        Change in a unit of the axis (30 days, or one treatment) and its standard uncertainty.
    degrees : float
        Of freedom of Student's t that ``u`` goes with.
    tau : float
        Standard deviation of the slopes between patients, and of a patient's courses, together.
    residual : float
        Standard deviation of a session about its course's line beyond the photographs' own uncertainty.
    between_share : float or None
        Share of the spread of the patients' slopes that is between patients (I²); None where it can't be told.
    bent : bool
        The changes do not run along the line.
    """

    patients: int
    courses: int
    sessions: int
    slope: float
    u: float
    degrees: float
    tau: float
    residual: float
    between_share: float | None
    bent: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A value with the ends of its 95 % interval: percent of the baseline, or melanin index units for contrast."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """What one group came to at one point of an axis.

    Attributes
    ----------
    at : float
        Days, or treatments.
    adjusted : bool
        For the level at the baseline.
    mean : Span
        Of the group's patients.
    patients : Span or None
        Where 95 of 100 further patients like these would be expected (prediction interval).
    """

    axis: Axis
    at: float
    adjusted: bool
    trajectory: Trajectory
    mean: Span
    patients: Span | None


@dataclass(frozen=True, eq=False, slots=True)
class CourseLine:
    """One course as the chart draws it, without a name: days since the baseline and change, the baseline first."""

    days: FloatArray
    change: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class MeanCurve:
    """A group's mean over the days to which enough of its patients were followed, with its 95 % band."""

    days: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class CohortGroup:
    """Courses that say the same of themselves.

    Attributes
    ----------
    label : str or None
        None: the courses that say nothing.
    hidden : bool
        Fewer patients than may be told of; then there is nothing but the label.
    effects : tuple of GroupEffect
        Empty where hidden, and where too few were followed for long enough.
    notes : tuple of str
        Keys of what is to be said of it besides.
    """

    label: str | None
    hidden: bool
    patients: int | None = None
    courses: int | None = None
    sessions: int | None = None
    effects: tuple[GroupEffect, ...] = ()
    lines: tuple[CourseLine, ...] = ()
    curve: MeanCurve | None = None
    notes: tuple[str, ...] = ()

    @property
    def plain_effect(self) -> GroupEffect | None:
        """Its figure after days that is not adjusted; None where there is none."""
        return next((each for each in self.effects if each.axis is Axis.DAYS and not each.adjusted), None)


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """One group against another at one point of an axis: what is left of the first over what is left of the second.

    ``difference`` is percent (of the ratio of the two, less 1), or melanin index units for contrast. With several
    comparisons its interval is wider, so that all of them together hold in 95 of 100 cohorts.
    """

    first: str | None
    second: str | None
    axis: Axis
    at: float
    adjusted: bool
    difference: Span
    in_both: bool


@dataclass(frozen=True, eq=False, slots=True)
class CohortResult:
    """Courses side by side.

    Attributes
    ----------
    groups : tuple of CohortGroup
        In alphabetical order; courses that say nothing last.
    patients, courses : int or None
        Of all groups; None where they would give away a hidden group.
    left_out : mapping of LeftOut to int
        Courses by reason.
    mixed_versions : bool
        Tables of several algorithm versions stand side by side.
    named_beforehand : bool
        Every course names this endpoint as its primary one.
    """

    factor: Factor
    endpoint: Endpoint
    least: int
    groups: tuple[CohortGroup, ...]
    differences: tuple[GroupDifference, ...]
    patients: int | None
    courses: int | None
    at: Mapping[Axis, float]
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    algorithms: tuple[Mapping[str, int], ...] = ()
    versions: tuple[str, ...] = ()
    named_beforehand: bool = True
    digest: str = ""

    @property
    def mixed_versions(self) -> bool:
        """Whether tables of several algorithm versions stand side by side."""
        return len(self.algorithms) > 1

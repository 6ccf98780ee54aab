"""What a reviewer follows: the lesions of a course through its sessions, and what was corrected of them by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from pigtrack.model.correction import CorrectionKind
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.metrics import Change, Status, Verdict
from pigtrack.model.overview import CourseSeries
from pigtrack.model.quantity import Measured


@dataclass(frozen=True, slots=True)
class LesionLine:
    """A lesion in a session, as its row of the record tells it; what could not be measured is None.

    Attributes
    ----------
    area, contrast, load : Measured or None
        In mm², melanin index, and their product.
    changes : tuple of Change
        Of area, contrast and load against the baseline.
    state : str
        The status in words.
    remarks : tuple of str
        What was noted of this spot beside it, in words.
    pointed : bool
        Whether this or another session's row says to have it looked at.
    excluded : bool
        Whether a person left it out: it is in no total and has no verdict.
    """

    lesion: int
    session: int
    status: Status
    state: str
    area: Measured | None
    contrast: Measured | None
    load: Measured | None
    changes: tuple[Change, ...]
    verdict: Verdict
    remarks: tuple[str, ...]
    pointed: bool
    excluded: bool

    def change_of(self, endpoint: Endpoint) -> Change | None:
        """Return the change of an endpoint."""
        return next((each for each in self.changes if each.endpoint is endpoint), None)

    @property
    def changed(self) -> bool:
        """Whether it is said to have changed since the baseline."""
        return self.verdict in (Verdict.IMPROVED, Verdict.WORSENED)


@dataclass(frozen=True, slots=True)
class MadeCorrection:
    """A correction with who made it, when and why, and who withdrew it.

    Attributes
    ----------
    at, withdrawn_at : str or None
        UTC, ISO 8601; None: the trail does not tell (taken in with the course), or it still counts.
    """

    number: int
    kind: CorrectionKind
    reason: str
    active: bool
    by: str | None = None
    at: str | None = None
    withdrawn_by: str | None = None
    withdrawn_at: str | None = None
    withdrawn_why: str | None = None
    blinded: bool = False


@dataclass(frozen=True, slots=True)
class FollowedCourse:
    """A course for its reviewer, under one version of its measurement.

    Attributes
    ----------
    lesions : tuple of LesionLine
        Of all sessions, by session and number.
    pointed : tuple of str
        Sentences that name the spots to be looked at.
    current : int or None
        Number of the measurement that the course stands at; the one that is shown may be an earlier one.
    stale : bool
        Whether something was changed since: a correction made or withdrawn, a photograph added.
    """

    series: CourseSeries
    mode: Mode
    lesions: tuple[LesionLine, ...]
    pointed: tuple[str, ...]
    corrections: tuple[MadeCorrection, ...]
    current: int | None
    stale: bool

    def of_session(self, session: int) -> Sequence[LesionLine]:
        """Return the lesions of a session."""
        return [each for each in self.lesions if each.session == session]

    def through_sessions(self, lesion: int) -> Sequence[LesionLine]:
        """Return a lesion in every session."""
        return [each for each in self.lesions if each.lesion == lesion]

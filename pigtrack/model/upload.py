"""A photograph on its way into a course: it has arrived for good, and somebody still decides what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pigtrack.model.quality import QualityCheck, QualityVerdict

READABLE = "readable"
"""The check that a file fails which is no picture at all; such a one can't be kept, as no course could be measured."""


class UploadState(StrEnum):
    """What became of a photograph that was sent."""

    ARRIVED = "arrived"
    KEPT = "kept"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What looking at a photograph came to: its checks, and the verdict that follows from them.

    Attributes
    ----------
    compared : bool
        Whether it was held against the baseline, too; False for the first one of a course.
    taken_on : date or None
        The day that the camera's clock showed, as the file tells it: a wrong visit is seen by it. None: it tells none.
    """

    verdict: QualityVerdict
    checks: tuple[QualityCheck, ...] = ()
    compared: bool = False
    taken_on: date | None = None

    @property
    def is_readable(self) -> bool:
        """Whether it is a picture at all."""
        return all(check.name != READABLE for check in self.checks)


@dataclass(frozen=True, slots=True)
class Upload:
    """A photograph that was sent.

    Attributes
    ----------
    id : str
        Given by whoever sent it, so that sending it twice is told from sending two.
    course : str
        The course's own id.
    sha256 : str
        Of its bytes.
    at : str
        When it arrived: UTC, ISO 8601.
    session : int or None
        The visit that it was kept for.
    suffix : str
        With its dot; what its bytes are, not what somebody called them.
    capture : mapping of str to str
        How it was taken, as the sender says: ``way`` (camera, file), and what the camera was set to.
    judgement : Judgement or None
        None: nobody looked at it yet.
    name : str or None
        What the course calls it, once it is kept.
    """

    id: str
    course: str
    sha256: str
    bytes: int
    media_type: str
    at: str
    state: UploadState
    session: int | None
    suffix: str
    capture: Mapping[str, str] = field(default_factory=dict)
    judgement: Judgement | None = None
    name: str | None = None

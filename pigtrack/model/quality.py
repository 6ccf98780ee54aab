"""What the checks of a photograph say."""

from dataclasses import dataclass
from enum import StrEnum


class QualityVerdict(StrEnum):
    """How a check, or a photograph as a whole, came out."""

    PASS = "pass"
    WARN = "warn"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """One check of a photograph.

    Attributes
    ----------
    name : str
        Lower case, words joined by underscores.
    value, limit : float or None
        What was measured, and from where it is worse than ``pass``; None where there is nothing to measure.
    remedy : str
        What to do at the camera, one sentence; also given where the check passed.
    """

    name: str
    value: float | None
    limit: float | None
    verdict: QualityVerdict
    remedy: str

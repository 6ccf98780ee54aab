"""What a person corrects of a measurement by hand, as course.toml tells it."""

from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]


class CorrectionKind(StrEnum):
    """What is corrected."""

    EXCLUDE = "exclude"
    MERGE = "merge"
    SPLIT = "split"
    OUTLINE = "outline"
    REGION = "region"
    CONTROL = "control"
    PHOTOGRAPH = "photograph"


ON_LESIONS = frozenset({CorrectionKind.EXCLUDE, CorrectionKind.MERGE, CorrectionKind.SPLIT, CorrectionKind.OUTLINE})
"""Kinds that change what was found; the others change what is looked at."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction. Points are x, y in upright pixels of the first usable photograph, as a course's polygons are.

    A lesion is named by a point on it, never by its number, which may differ between versions of the algorithms.

    Attributes
    ----------
    kind : CorrectionKind
    reason : str
        Why, in one line.
    at : tuple of point
        On each lesion that is meant: two or more of a merge, one of the others; none where all is in ``outline``.
    outline : polygon or None
        Around what is excluded, split off, redrawn or drawn anew.
    line : two points, or None
        Of a split: what lies to the right of the straight line, as one walks from the first point to the second in
        the photograph, is split off.
    photo : str or None
        The photograph that is left out, as the course names it.
    by : str or None
        Who corrected, by a pseudonym.
    blinded : bool
        Whether the person could not know the order of the sessions.
    """

    kind: CorrectionKind
    reason: str
    at: tuple[Point, ...] = ()
    outline: tuple[Point, ...] | None = None
    line: tuple[Point, Point] | None = None
    photo: str | None = None
    by: str | None = None
    blinded: bool = False


@dataclass(frozen=True, slots=True)
class AppliedCorrection:
    """What became of a correction when the course was measured.

    Attributes
    ----------
    number : int
        Counts the course's corrections from 1.
    lesions : tuple of int
        Numbers of the lesions that it touched, in this measurement.
    problem : str or None
        Why it could not be applied, as the end of a sentence; None: it was.
    """

    number: int
    correction: Correction
    lesions: tuple[int, ...] = ()
    problem: str | None = None

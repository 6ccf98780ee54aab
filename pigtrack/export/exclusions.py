"""Lesions that somebody left out by hand, with the reason that was told."""

import math
from dataclasses import dataclass

from pigtrack.export.cells import number
from pigtrack.model.record import Cells, RecordedCourse

EXCLUDED = "excluded_by_hand"
"""Flag of a lesion's rows that are in no total."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a lesion was left out; empty where the reason is not there any more."""

    lesion_id: int
    reason: str


UNTOLD = "told in the record"
"""Stands for a reason where dates were left out: it is somebody's own sentence, which may hold one."""


def find_exclusions(course: RecordedCourse, *, offsets: bool = False) -> dict[int, Exclusion]:
    """Return what was left out, by lesion; with ``offsets`` no reasons.

    A correction names a lesion by a point in the baseline photograph: its reason goes to the nearest lesion that is
    flagged as left out.
    """
    first: dict[int, Cells] = {}
    for row in course.lesions:
        if EXCLUDED in row.get("flags", "").split(";"):
            first.setdefault(int(row["lesion_id"]), row)
    return {lesion: Exclusion(lesion, UNTOLD if offsets else _reason(course, row)) for lesion, row in first.items()}


def _reason(course: RecordedCourse, row: Cells) -> str:
    x, y = number(row.get("x_px")), number(row.get("y_px"))
    told = [each for each in course.course.corrections if each.kind == "exclude" and (each.at or each.outline)]
    if x is None or y is None or not told:
        return ""
    nearest = min(told, key=lambda each: min(math.dist((x, y), point) for point in each.at or each.outline or ()))
    return str(nearest.reason)

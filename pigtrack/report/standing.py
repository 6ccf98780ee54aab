"""Which sessions and lesions the pages speak of."""

from collections.abc import Iterable

from pigtrack.model.course import Polygon
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import LesionSession, SessionMetrics, Verdict
from pigtrack.model.result import CourseResult


def latest_session(result: CourseResult) -> SessionMetrics:
    """Return the last session with a verdict; the baseline if no later one has any.

    Where nothing can have a verdict, as without a card, it is the last session that was measured.
    """
    if result.exploratory:
        judged = [each for each in result.sessions if QualityFlag.NO_USABLE_PHOTOGRAPH not in each.flags]
    else:
        judged = [each for each in result.sessions if each.verdict is not Verdict.NOT_MEASURABLE]
    return (judged or list(result.sessions))[-1]


def baseline_session(result: CourseResult) -> int:
    """Return the number of the session that the others are compared with."""
    return next((each.session for each in result.sessions if each.verdict is Verdict.BASELINE), 1)


def single_lesions(result: CourseResult) -> tuple[LesionSession, ...]:
    """Return the rows of the lesions that are followed one by one.

    That is all but a population's members; where there is a population, the many small spots of the control skin are
    left out too: they are held against the others, and say nothing one by one.
    """
    if result.population is None:
        return result.lesions
    together = result.population.members | control_lesions(result)
    return tuple(row for row in result.lesions if row.lesion_id not in together)


def control_lesions(result: CourseResult) -> frozenset[int]:
    """Return the lesions whose middle lies on the control skin, which is not treated."""
    control = result.course.control
    if control is None:
        return frozenset()
    return frozenset(row.lesion_id for row in result.lesions if _inside(_in_photograph(row, result), control))


def sort_flags(flags: Iterable[QualityFlag]) -> list[QualityFlag]:
    """Return flags by name: sets have no order of their own."""
    return sorted(flags, key=str)


def _in_photograph(row: LesionSession, result: CourseResult) -> tuple[float, float]:
    """Middle of a lesion in the baseline's upright pixels, in which the polygons are drawn."""
    (x, y), frame = row.spot.centroid, result.frame
    return frame.origin[0] + frame.step * x, frame.origin[1] + frame.step * y


def _inside(point: tuple[float, float], polygon: Polygon) -> bool:
    """Tell whether a point lies in a polygon: a ray from it to the right crosses the outline an odd number of times."""
    (x, y), inside = point, False
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside

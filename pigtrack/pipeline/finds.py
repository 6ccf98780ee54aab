"""What finding the spots left in doubt, told in the rows that it concerns."""

from dataclasses import replace

from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import SpotMap


def tell_finds(change: CourseChange, spots: SpotMap) -> CourseChange:
    """Flag the lesions that are doubtful or cut, and the sessions whose marks of treatment were left out."""
    marked = frozenset({QualityFlag.TREATMENT_MARKS})
    return replace(
        change,
        sessions=tuple(
            replace(each, flags=each.flags | marked) if spots.marks.get(each.session) else each
            for each in change.sessions
        ),
        lesions=tuple(
            replace(each, flags=each.flags | spots.flags.get(each.lesion_id, frozenset())) for each in change.lesions
        ),
    )

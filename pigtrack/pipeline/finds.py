"""What finding the spots left in doubt, told in the rows that it concerns."""

from dataclasses import replace

from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import SpotMap

FEW = 3
"""Points of blood from which they are a treatment's; one or two are anybody's."""


def tell_finds(change: CourseChange, spots: SpotMap) -> CourseChange:
    """Flag the lesions that are doubtful or cut, and the sessions whose marks of treatment were left out."""
    marked = frozenset({QualityFlag.TREATMENT_MARKS})
    struck = {session for session, marks in spots.marks.items() if marks >= FEW}
    return replace(
        change,
        sessions=tuple(
            replace(each, flags=each.flags | marked) if each.session in struck else each for each in change.sessions
        ),
        lesions=tuple(
            replace(each, flags=each.flags | spots.flags.get(each.lesion_id, frozenset())) for each in change.lesions
        ),
    )

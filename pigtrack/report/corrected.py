"""On which corrections by hand a result rests, in one or two sentences."""

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.flags import QualityFlag
from pigtrack.model.result import CourseResult


def tell_corrected(result: CourseResult, catalogue: Catalogue) -> tuple[str, ...]:
    """Say on how many corrections by hand the result rests, and how many could not be applied; nothing of none."""
    applied = count_corrections(result)
    failed = len(result.corrections) - applied
    key = "report.corrected" if result.automatic_beside else "report.corrected_alone"
    return tuple(catalogue.count(key, count) for key, count in ((key, applied), ("report.not_placed", failed)) if count)


def tell_corrected_to_patient(result: CourseResult, catalogue: Catalogue) -> tuple[str, ...]:
    """Say to the person on the photographs that the clinic corrected something; nothing where it did not."""
    count = count_corrections(result)
    return (catalogue.count("patient.corrected", count),) if count else ()


def count_corrections(result: CourseResult) -> int:
    """Return how many corrections by hand were applied."""
    return sum(each.problem is None for each in result.corrections)


def excluded_lesions(result: CourseResult) -> tuple[int, ...]:
    """Return the numbers of the lesions that a person left out, rising."""
    return tuple(sorted({row.lesion_id for row in result.lesions if QualityFlag.EXCLUDED_BY_HAND in row.flags}))

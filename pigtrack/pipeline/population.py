"""A course whose lesions are freckles: told together, without verdicts one by one."""

from collections.abc import Collection
from dataclasses import replace

from pigtrack.imaging.freckles import find_members, measure_population, withhold_verdicts
from pigtrack.model.linked import CourseChange


def tell_population(
    change: CourseChange, *, control: Collection[int], region_area: float, wanted: bool | None = None
) -> CourseChange:
    """Add the population where the region's lesions are one, and withhold its members' verdicts; else change nothing.

    Parameters
    ----------
    change : CourseChange
        Of a course whose scale is known.
    control : collection of int
        Lesions on untreated skin.
    region_area : float
        mm².
    wanted : bool or None
        What the course asks for; None: it is told from the spots.
    """
    members = find_members(change.lesions, baseline=change.baseline, control=control, wanted=wanted)
    if not members:
        return change
    population = measure_population(change.lesions, members, baseline=change.baseline, region_area=region_area)
    return replace(change, lesions=withhold_verdicts(change.lesions, members), population=population)

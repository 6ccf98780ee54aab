"""Change over a course: how much, how sure, and whether it may be called one.

Each estimate carries ``u² = u²(chance) + u²(own) + u²(common)``: what plain skin of a spot's size scatters between the
two sessions, what a session adds to each lesion for itself, and what it adds to all of them alike, which no sum
averages out. What is the same in every session (the scale, the skin's texture, a bias of the outline) goes out of a
ratio and is left to the tables.
"""

from collections.abc import Collection, Sequence

from pigtrack.imaging.change.budget import widest_diameters
from pigtrack.imaging.change.guards import OUT_OF_TREND, WITHHOLDING, guard_sessions
from pigtrack.imaging.change.inquiry import Inquiry
from pigtrack.imaging.change.lesions import lesion_scatter, measure_lesions
from pigtrack.imaging.change.plain import plain_noise
from pigtrack.imaging.change.repeat import measure_repeatability, with_clinic_noise
from pigtrack.imaging.change.sessions import measure_sessions
from pigtrack.imaging.change.settings import ChangeSettings, SessionNoise
from pigtrack.imaging.change.shots import pool_spread, total_shots
from pigtrack.imaging.change.trend import fit_trend
from pigtrack.model.course import Course, Endpoint
from pigtrack.model.linked import CourseChange, LinkedCourse
from pigtrack.model.provenance import Algorithm

__all__ = [
    "ALGORITHM",
    "OUT_OF_TREND",
    "WITHHOLDING",
    "ChangeSettings",
    "SessionNoise",
    "measure_change",
    "measure_repeatability",
    "pool_spread",
    "total_shots",
    "with_clinic_noise",
]

ALGORITHM = Algorithm("change", 2)


def measure_change(
    course: Course,
    linked: LinkedCourse,
    *,
    calibrated: bool = True,
    region_area: float | None = None,
    control_lesions: Collection[int] = (),
    left_out: Collection[int] = (),
    u_contrast: Sequence[float] | None = None,
    settings: ChangeSettings | None = None,
) -> CourseChange:
    """Compare every session, and every lesion in it, with the baseline.

    Parameters
    ----------
    course : Course
        For the dates, the treatments, the skin's state and the primary endpoint.
    linked : LinkedCourse
        From `pigtrack.imaging.link.link_lesions`, one session for each of the course's.
    calibrated : bool
        False where the baseline has no colour calibration: numbers are given, verdicts are not.
    region_area : float or None
        Area of the region in the unit of the spots' areas, for ``area_fraction``.
    control_lesions : collection of int
        Lesions on untreated skin: kept as rows, left out of the totals.
    left_out : collection of int
        Lesions of which nothing is to be called: they do not make the others' verdicts stricter.
    u_contrast : sequence of float or None
        Of each session, as a share: what its colour calibration leaves on a contrast between neighbouring skins (a
        mean over its photographs, as they share lamp and camera). None: only the settings' own noise.
    settings : ChangeSettings or None
        None: the defaults.

    Returns
    -------
    CourseChange
        Percentages stand against the baseline with 95 % intervals: areas and loads by their log ratio where both
        lie well above zero, contrasts, and all that is near zero, by Fieller's theorem. A session's verdict is that
        of the primary endpoint at ``settings.level``; the lesions' verdicts of one endpoint hold together at that
        level over all lesions and sessions (Holm), so a lesion's own interval may leave out 0 without a call.

    Raises
    ------
    ValueError
        If the sessions do not match.
    """
    if len(course.sessions) != len(linked.sessions):
        raise ValueError(f"linked must have {len(course.sessions)} sessions, got {len(linked.sessions)}")
    if u_contrast is not None and len(u_contrast) != len(linked.sessions):
        raise ValueError(f"u_contrast must have {len(linked.sessions)} values, got {len(u_contrast)}")
    settings = settings or ChangeSettings()
    diameters, reseated = widest_diameters(linked), course.reseated_shots
    baseline = linked.sessions[linked.baseline - 1].plain
    inquiry = Inquiry(
        linked=linked,
        primary=course.primary,
        flags=guard_sessions(course, linked, settings, calibrated=calibrated),
        settings=settings,
        scatter={each: lesion_scatter(linked, each, settings, diameters, reseated=reseated) for each in Endpoint},
        diameters=diameters,
        plain=tuple(plain_noise(baseline, session.plain) for session in linked.sessions),
        u_contrast=tuple(u_contrast or [0.0] * len(linked.sessions)),
        reseated=reseated,
        control_lesions=frozenset(control_lesions),
        left_out=frozenset(left_out),
    )
    sessions = measure_sessions(inquiry, region_area=region_area)
    return CourseChange(linked.baseline, sessions, measure_lesions(inquiry), fit_trend(course, inquiry, sessions))

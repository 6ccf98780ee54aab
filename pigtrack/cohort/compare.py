"""Courses side by side: groups, what each came to, and how far they lie apart."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.special import stdtrit

from pigtrack.cohort.fit import fit_trajectory
from pigtrack.cohort.groups import DAYS_IN_UNIT, count_patients, gather, is_followed, lay_sessions
from pigtrack.model.cohort import (
    FEWEST_ADJUSTED,
    FEWEST_INSIDE,
    MOST_COMPARED,
    Axis,
    CohortCourse,
    CohortGroup,
    CohortResult,
    CourseLine,
    Factor,
    GroupDifference,
    GroupEffect,
    LeftOut,
    MeanCurve,
    Span,
    Trajectory,
)
from pigtrack.model.course import Endpoint
from pigtrack.model.quantity import FloatArray

AT = {Axis.DAYS: (90.0, 60.0, 30.0), Axis.TREATMENTS: (4.0, 3.0, 2.0, 1.0)}
"""Where groups are compared: the farthest of these to which every group was followed that reached the nearest."""

LEVEL = 0.05

_CURVE_POINTS = 25

FOLLOWED_BRIEFLY = "followed_briefly"
ONE_LATER_SESSION = "one_later_session"
BENT = "bent"
"""Keys of what is noted at a group."""

Members = Sequence[CohortCourse]


@dataclass(frozen=True, eq=False, slots=True)
class _Question:
    """What is asked of every group alike; ``centre`` is the level at the baseline that adjusted figures are for."""

    endpoint: Endpoint
    at: Mapping[Axis, float]
    least: int
    centre: float


def compare_groups(
    courses: Members,
    *,
    factor: Factor,
    endpoint: Endpoint,
    least: int,
    at: Mapping[Axis, float] | None = None,
    left_out: Mapping[LeftOut, int] | None = None,
    algorithms: Sequence[Mapping[str, int]] = (),
    versions: Sequence[str] = (),
) -> CohortResult:
    """Put courses side by side.

    Parameters
    ----------
    courses : sequence of CohortCourse
        In any order; it does not matter.
    least : int
        Patients without whom a group is hidden, at least 3.
    at : mapping of Axis to float, or None
        Days and treatments at which groups are compared; an axis that is not named is looked up in `AT`.

    Notes
    -----
    Groups are fitted each by itself (see `pigtrack.cohort.fit`), so that they may differ in spread. A difference's
    degrees of freedom are Welch's. Patients who are in both groups would make it known better, which is not used.

    Raises
    ------
    ValueError
        If ``least`` is smaller than 3.

    References
    ----------
    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
    Biometrika 34 (1947) 28-35, doi:10.1093/biomet/34.1-2.28.
    """
    if least < FEWEST_INSIDE:
        raise ValueError(f"least must be at least {FEWEST_INSIDE}, got {least}")
    gathered = gather(courses, factor)
    shown = {label: members for label, members in gathered.items() if count_patients(members) >= least}
    points = {axis: (at or {}).get(axis) or _farthest(shown.values(), axis, least) for axis in Axis}
    question = _Question(endpoint, points, least, _centre(shown.values()))
    groups = tuple(
        _group(label, members, question) if label in shown else CohortGroup(label, hidden=True)
        for label, members in gathered.items()
    )
    nothing_hidden = len(shown) == len(gathered)
    return CohortResult(
        factor=factor,
        endpoint=endpoint,
        least=least,
        groups=groups,
        differences=_differences(groups, shown, question),
        patients=count_patients(courses) if nothing_hidden else None,
        courses=len(courses) if nothing_hidden else None,
        at=points,
        left_out=dict(left_out or {}),
        algorithms=tuple(algorithms),
        versions=tuple(versions),
        named_beforehand=all(course.primary is endpoint for course in courses),
        digest=hashlib.sha256("".join(sorted(course.digest for course in courses)).encode()).hexdigest(),
    )


def _farthest(groups: Iterable[Members], axis: Axis, least: int) -> float:
    """A group that was not even followed to the nearest point, one without treatments say, holds no other back."""
    points = AT[axis]
    counted = [each for each in groups if is_followed(each, axis, points[-1], least)]
    return next(at for at in points if all(is_followed(each, axis, at, least) for each in counted))


def _group(label: str | None, members: Members, question: _Question) -> CohortGroup:
    followed = [axis for axis, at in question.at.items() if is_followed(members, axis, at, question.least)]
    effects = [
        effect
        for axis in followed
        for adjusted in (False, True)
        if (effect := _effect(members, question, axis, adjusted=adjusted)) is not None
    ]
    notes = [] if Axis.DAYS in followed else [FOLLOWED_BRIEFLY]
    notes += [ONE_LATER_SESSION] if max(len(each.change) for each in members) == 1 else []
    notes += [BENT] if any(each.trajectory.bent for each in effects if not each.adjusted) else []
    return CohortGroup(
        label=label,
        hidden=False,
        patients=count_patients(members),
        courses=len(members),
        sessions=sum(len(each.change) for each in members),
        effects=tuple(effects),
        lines=tuple(
            sorted(
                (_line(each, question.endpoint) for each in members),
                key=lambda line: (float(line.change[-1]), line.change.tolist(), line.days.tolist()),
            )
        ),
        curve=_curve(members, effects, question),
        notes=tuple(notes),
    )


def _curve(members: Members, effects: Sequence[GroupEffect], question: _Question) -> MeanCurve | None:
    """The mean from the baseline to the last day to which so many patients were followed."""
    plain = next((each for each in effects if each.axis is Axis.DAYS and not each.adjusted), None)
    if plain is None:
        return None
    farthest: dict[str, float] = {}
    for each in members:
        farthest[each.subject] = max(farthest.get(each.subject, 0.0), float(each.days.max()))
    days = np.linspace(0.0, sorted(farthest.values())[-question.least], _CURVE_POINTS)
    spans = [mean_at(plain.trajectory, Axis.DAYS, float(day), question.endpoint) for day in days]
    ends = (np.array([getattr(span, name) for span in spans]) for name in ("value", "low", "high"))
    return MeanCurve(days, *ends)


def _line(course: CohortCourse, endpoint: Endpoint) -> CourseLine:
    told = told_in(endpoint)
    return CourseLine(np.append(0.0, course.days), np.append(0.0, [told(float(each)) for each in course.change]))


def _effect(members: Members, question: _Question, axis: Axis, *, adjusted: bool) -> GroupEffect | None:
    """Fit a group along an axis; None where nothing can be fitted, or there are too few patients to adjust."""
    away = [each for each in members if axis is Axis.DAYS or float(each.treatments.max()) > 0]
    levels = _levels(away, question.centre) if adjusted else None
    if adjusted and levels is None:
        return None
    found = fit_trajectory(lay_sessions(away, axis, levels)) if away else None
    if found is None:
        return None
    at, endpoint = question.at[axis], question.endpoint
    patients = _patients(found, axis, at, endpoint)
    return GroupEffect(axis, at, adjusted, found, mean_at(found, axis, at, endpoint), patients)


def _levels(members: Members, centre: float) -> FloatArray | None:
    """Each patient's level at the baseline about ``centre``; None with too few patients or without a spread."""
    means = np.array(list(_patient_levels(members).values()))
    if len(means) < FEWEST_ADJUSTED or float(np.ptp(means)) == 0 or any(each.level is None for each in members):
        return None
    return np.asarray(means - centre, dtype=np.float64)


def _patient_levels(members: Members) -> dict[str, float]:
    """Each patient's level at the baseline, the mean over courses, in the order of the courses."""
    levels: dict[str, list[float]] = {}
    for each in members:
        levels.setdefault(each.subject, []).extend([] if each.level is None else [each.level])
    return {subject: float(np.mean(found)) for subject, found in levels.items() if found}


def _centre(groups: Iterable[Members]) -> float:
    """The level of a patient in the middle of all groups that are told of."""
    levels = [level for members in groups for level in _patient_levels(members).values()]
    return float(np.mean(levels)) if levels else 0.0


def steps_to(axis: Axis, at: float) -> float:
    """Return a point of an axis in the unit that slopes are told in."""
    return at / DAYS_IN_UNIT if axis is Axis.DAYS else at


def told_in(endpoint: Endpoint) -> Callable[[float], float]:
    """Return what turns a change into what is told: percent for load and area, contrast as it is."""
    return float if endpoint is Endpoint.CONTRAST else lambda change: float(100 * np.expm1(change))


def mean_at(found: Trajectory, axis: Axis, at: float, endpoint: Endpoint) -> Span:
    """Return where the group's mean lies at a point of the axis, with its 95 % interval."""
    reach = float(stdtrit(found.degrees, 1 - LEVEL / 2)) * found.u
    return _span(steps_to(axis, at), found.slope, reach, endpoint)


def _patients(found: Trajectory, axis: Axis, at: float, endpoint: Endpoint) -> Span | None:
    """Return where a further patient's course would be expected.

    Notes
    -----
    ``slope ± t(n - 2)·sqrt(τ² + u²)``.

    References
    ----------
    J. P. T. Higgins, S. G. Thompson, D. J. Spiegelhalter, "A re-evaluation of random-effects meta-analysis", J. R.
    Stat. Soc. A 172 (2009) 137-159, doi:10.1111/j.1467-985X.2008.00552.x.
    """
    if found.patients < FEWEST_INSIDE:
        return None
    reach = float(stdtrit(found.patients - 2, 1 - LEVEL / 2) * np.hypot(found.tau, found.u))
    return _span(steps_to(axis, at), found.slope, reach, endpoint)


def _span(steps: float, slope: float, reach: float, endpoint: Endpoint) -> Span:
    told = told_in(endpoint)
    return Span(*(told(steps * each) for each in (slope, slope - reach, slope + reach)))


def _differences(
    groups: Sequence[CohortGroup], members: Mapping[str | None, Members], question: _Question
) -> tuple[GroupDifference, ...]:
    found, compared = [], 0
    for axis, adjusted in product(Axis, (False, True)):
        known = [
            (group.label, effect.trajectory)
            for group in groups
            for effect in group.effects
            if effect.axis is axis and effect.adjusted is adjusted
        ]
        pairs = list(combinations(known, 2)) if len(known) <= MOST_COMPARED else []
        compared = compared if adjusted else len(pairs)  # fewer groups are adjusted; they are read beside the others
        for (first, a), (second, b) in pairs:
            steps = steps_to(axis, question.at[axis])
            span = _apart(a, b, steps, question.endpoint, LEVEL / max(compared, len(pairs)))
            both = {each.subject for each in members[first]} & {each.subject for each in members[second]}
            found.append(GroupDifference(first, second, axis, question.at[axis], adjusted, span, bool(both)))
    return tuple(found)


def _apart(first: Trajectory, second: Trajectory, steps: float, endpoint: Endpoint, level: float) -> Span:
    u = float(np.hypot(first.u, second.u))
    degrees = u**4 / (first.u**4 / first.degrees + second.u**4 / second.degrees)
    return _span(steps, first.slope - second.slope, float(stdtrit(degrees, 1 - level / 2)) * u, endpoint)

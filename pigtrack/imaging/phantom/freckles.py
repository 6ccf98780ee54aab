"""Freckles: many small spots whose number, size and darkness are told together."""

import numpy as np

from pigtrack.imaging.phantom.layout import CONTROL_MM, REGION_MM
from pigtrack.imaging.phantom.lesions import Blob, Fate, LesionState, PlannedLesion
from pigtrack.imaging.phantom.placing import Bounds
from pigtrack.imaging.phantom.plan import ChangeKind, PhantomPlan, Purpose, stream
from pigtrack.model.quantity import FloatArray

DIAMETER_MM = 1.8
"""Median; ephelides are 1 to 4 mm across."""

DIAMETER_SPREAD = 0.3
"""Standard deviation of a diameter's natural logarithm."""

MELANIN = 0.025
"""Median of the melanosome fraction added, between melasma (0.015) and lentigo (0.035)."""

MELANIN_SPREAD = 0.3
"""Standard deviation of its natural logarithm."""

GAP_MM = 0.8
"""Bare skin between two freckles at the least; some nearly touch."""

ATTEMPTS = (12, 200)
"""Rounds, and places tried in each, before the skin counts as full."""


def plan_freckles(plan: PhantomPlan) -> tuple[PlannedLesion, ...]:
    """Strew freckles over the treated skin, as densely over the control, and lead each through the sessions.

    Each of those that change ends at 10 to 70 % of its melanin, area or both, or at what the plan's fall leaves.

    Raises
    ------
    ValueError
        If so many do not fit.
    """
    rng = stream(plan, Purpose.LESIONS)
    untreated = round(plan.freckles * _area(CONTROL_MM) / _area(REGION_MM))
    treated = _strew(rng, plan.freckles, REGION_MM)
    control = _strew(rng, untreated, CONTROL_MM)
    lesions = [_lead(rng, plan, blob, Fate.STAY, control=True) for blob in control]
    lesions = [_lead(rng, plan, blob, _fate(rng, plan), control=False) for blob in treated] + lesions
    return tuple(
        PlannedLesion(number, fate, control, states) for number, (fate, control, states) in enumerate(lesions, start=1)
    )


def _area(bounds: Bounds) -> float:
    left, top, right, bottom = bounds
    return (right - left) * (bottom - top)


def _strew(rng: np.random.Generator, count: int, bounds: Bounds) -> list[Blob]:
    radii = np.clip(DIAMETER_MM / 2 * np.exp(rng.normal(0, DIAMETER_SPREAD, count)), 0.45, 2.2)
    taken = np.zeros((0, 3))
    for radius in np.sort(radii)[::-1]:
        place = _free_place(rng, taken, float(radius), bounds)
        if place is None:
            raise ValueError(f"freckles must leave room for one another, got {count}")
        taken = np.vstack([taken, [*place, radius]])
    return [_blob(rng, place) for place in taken]


def _free_place(rng: np.random.Generator, taken: FloatArray, radius: float, bounds: Bounds) -> FloatArray | None:
    left, top, right, bottom = bounds
    rounds, places = ATTEMPTS
    for _ in range(rounds):
        tried = rng.uniform([left + 2.5, top + 2.5], [right - 2.5, bottom - 2.5], (places, 2))
        away = np.hypot(tried[:, None, 0] - taken[:, 0], tried[:, None, 1] - taken[:, 1])
        free = tried[(away - taken[:, 2] - radius > GAP_MM).all(axis=1)]
        if len(free):
            return np.asarray(free[0])
    return None


def _blob(rng: np.random.Generator, place: FloatArray) -> Blob:
    x, y, radius = (float(value) for value in place)
    waves = tuple((float(rng.normal(0, 0.06)), float(rng.uniform(0, 2 * np.pi))) for _ in range(3))
    return Blob((x, y), radius, float(rng.uniform(0.15, min(0.4, 0.25 * radius + 0.1))), waves)


def _fate(rng: np.random.Generator, plan: PhantomPlan) -> Fate:
    if plan.change is not ChangeKind.MIXED:
        return Fate.STAY if plan.change is ChangeKind.STATIC else Fate(plan.change.value)
    return (Fate.FADE, Fate.SHRINK, Fate.STAY, Fate.APPEAR)[int(rng.choice(4, p=[0.5, 0.2, 0.2, 0.1]))]


_Led = tuple[Fate, bool, tuple[LesionState, ...]]


def _lead(rng: np.random.Generator, plan: PhantomPlan, blob: Blob, fate: Fate, *, control: bool) -> _Led:
    """Change a freckle evenly towards an end of its own; one that fades far enough is gone."""
    melanin = MELANIN * float(np.exp(rng.normal(0, MELANIN_SPREAD)))
    end = float(rng.uniform(0.1, 0.7))
    if plan.fall is not None and not control:
        end = 1 - plan.fall / 100
    states = []
    for session in range(plan.sessions):
        progress = session / max(plan.sessions - 1, 1)
        left = 1 + progress * (end - 1)
        strength = {Fate.FADE: left, Fate.BOTH: left**0.5, Fate.APPEAR: progress}.get(fate, 1.0)
        size = {Fate.SHRINK: left**0.5, Fate.BOTH: left**0.25}.get(fate, 1.0)
        states.append(LesionState(melanin * strength, (_scaled(blob, size),)))
    return fate, control, tuple(states)


def _scaled(blob: Blob, size: float) -> Blob:
    return Blob(blob.centre, blob.radius * size, blob.edge, blob.waves)

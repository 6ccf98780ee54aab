"""What may have moved in place of the pigment: the calendar, the skin around, blood, sun."""

from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging.change.plain import reflectance_of
from pigtrack.imaging.change.settings import ChangeSettings
from pigtrack.model.course import Course, Session, days_between
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import LinkedCourse
from pigtrack.model.metrics import SkinReading

COVERAGE = 2.58
"""Standard uncertainties beyond which a shift of the skin is taken to be real (two-sided 1 %): it costs a verdict."""

DARK = 0.1
"""Reflectance of the skin that the settings of shifts are told for: what light does wrong, dark skin shows more of."""

READABLE_STATES = frozenset({"clean", "tanned"})
"""Skin through which spots can be seen as they are; a tan is watched by its own guard."""

OUT_OF_TREND = frozenset({QualityFlag.AFTER_PROCEDURE, QualityFlag.SOON_AFTER_TREATMENT, QualityFlag.SKIN_STATE})
"""Sessions that show something else than the course: no verdict, no trend, hollow points on charts."""

WITHHOLDING = OUT_OF_TREND | {
    QualityFlag.NO_USABLE_PHOTOGRAPH,
    QualityFlag.EXPLORATORY,
    QualityFlag.SURROUND_MOVED,
}
"""Flags with which no verdict is given."""


@dataclass(frozen=True, slots=True)
class _Shift:
    """Difference between two sessions with its standard uncertainty."""

    value: float
    u: float

    @property
    def real(self) -> bool:
        return abs(self.value) > COVERAGE * self.u


def guard_sessions(
    course: Course, linked: LinkedCourse, settings: ChangeSettings, *, calibrated: bool
) -> tuple[frozenset[QualityFlag], ...]:
    """Return the flags of every session, in order."""
    first = linked.sessions[linked.baseline - 1]
    baseline, settings = first.skin, _for_skin(settings, reflectance_of(first))
    flags = []
    for session, followed in zip(course.sessions, linked.sessions, strict=True):
        found = set(followed.flags) | _calendar_flags(course, session, settings)
        if not calibrated:
            found.add(QualityFlag.EXPLORATORY)
        if baseline is not None and followed.skin is not None and session.number != linked.baseline:
            found |= _skin_flags(baseline, followed.skin, settings)
        flags.append(frozenset(found))
    return tuple(flags)


def _for_skin(settings: ChangeSettings, reflectance: float) -> ChangeSettings:
    darker = DARK / reflectance
    return replace(settings, surround_mi=darker * settings.surround_mi, skin_mi=darker * settings.skin_mi)


def _calendar_flags(course: Course, session: Session, settings: ChangeSettings) -> set[QualityFlag]:
    flags = set()
    if session.after_procedure:
        flags.add(QualityFlag.AFTER_PROCEDURE)
    earlier = (other for other in course.sessions if other.number < session.number and other.treatment)
    passed = (days_between(other, session) for other in earlier)
    if any(days is not None and days < settings.quiet_days for days in passed):
        flags.add(QualityFlag.SOON_AFTER_TREATMENT)
    if session.skin_state not in READABLE_STATES:
        flags.add(QualityFlag.SKIN_STATE)
    return flags


def _skin_flags(before: SkinReading, now: SkinReading, settings: ChangeSettings) -> set[QualityFlag]:
    flags = set()
    if _rise_of_redness(before, now) > settings.redness_ei:
        flags.add(QualityFlag.REDNESS)
    control = _control_shift(before, now, settings)
    if control is None:
        return flags | {QualityFlag.NO_CONTROL}
    region_u = float(np.sqrt(before.region_u**2 + now.region_u**2))
    region = _Shift(now.region_mi - before.region_mi, float(np.hypot(region_u, np.sqrt(2) * settings.skin_mi)))
    apart = _apart(region.value - control.value, before, now, settings)
    if apart.real:
        flags.add(QualityFlag.SURROUND_MOVED)
    elif region.real and control.real and region.value * control.value > 0:
        flags.add(QualityFlag.TAN)
    return flags


def _rise_of_redness(before: SkinReading, now: SkinReading) -> float:
    """Rise of the erythema index over the control's, where a control was read in both."""
    rise = now.region_ei - before.region_ei
    if now.control_ei is None or before.control_ei is None:
        return rise
    return rise - (now.control_ei - before.control_ei)


def _control_shift(before: SkinReading, now: SkinReading, settings: ChangeSettings) -> _Shift | None:
    if before.control_mi is None or now.control_mi is None:
        return None
    u = np.sqrt((before.control_u or 0.0) ** 2 + (now.control_u or 0.0) ** 2 + 2 * settings.skin_mi**2)
    return _Shift(now.control_mi - before.control_mi, float(u))


def _apart(difference: float, before: SkinReading, now: SkinReading, settings: ChangeSettings) -> _Shift:
    """Region against control: what both share (lamp, exposure, colour fit) has gone from it."""
    parts = (before.region_u, now.region_u, before.control_u or 0.0, now.control_u or 0.0)
    variance = sum(part**2 for part in parts) + 2 * settings.surround_mi**2
    return _Shift(difference, float(np.sqrt(variance)))

"""Lesions followed through the sessions of a course, and what became of them."""

from dataclasses import dataclass

from pigtrack.model.course import Endpoint
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import LesionSession, PlainSkin, SessionMetrics, SkinReading, SpotMeasurement, Status
from pigtrack.model.population import Population
from pigtrack.model.quantity import Measured


@dataclass(frozen=True, eq=False, slots=True)
class LinkedLesion:
    """One lesion in one session, its photographs pooled.

    Attributes
    ----------
    spot : SpotMeasurement
        Means over the photographs that show the lesion; ``u`` is the standard uncertainty of such a mean as far as
        it varies from shot to shot.
    shots : tuple of SpotMeasurement or None
        One entry a usable photograph of the session, in their order; None where the lesion is not visible.
    """

    lesion_id: int
    status: Status
    spot: SpotMeasurement
    shots: tuple[SpotMeasurement | None, ...]

    @property
    def photographs(self) -> int:
        """Photographs that show the lesion."""
        return sum(shot is not None for shot in self.shots)


@dataclass(frozen=True, eq=False, slots=True)
class LinkedSession:
    """A session: every lesion of the course once, by rising number, and the spot-free skin.

    Attributes
    ----------
    number : int
        From 1.
    photographs : int
        Usable ones; with 0 all lesions are ``not_visible`` and ``skin`` is None.
    plain : tuple of PlainSkin
        One entry a usable photograph, in their order; empty where it was not read.
    """

    number: int
    lesions: tuple[LinkedLesion, ...]
    skin: SkinReading | None
    photographs: int
    flags: frozenset[QualityFlag] = frozenset()
    plain: tuple[PlainSkin, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class LinkedCourse:
    """All sessions in order; ``baseline`` is the number (from 1) of the one that all others are compared with."""

    sessions: tuple[LinkedSession, ...]
    baseline: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Robust slope of one endpoint over the sessions that count, in percent of the baseline per 30 days.

    ``low`` and ``high`` are the ends of its 95 % interval.
    """

    endpoint: Endpoint
    percent_per_30_days: float
    low: float
    high: float
    sessions: int


@dataclass(frozen=True, eq=False, slots=True)
class CourseChange:
    """What a course came to.

    Attributes
    ----------
    baseline : int
        Number of the session that all others are compared with.
    sessions : tuple of SessionMetrics
        One a session, in order.
    lesions : tuple of LesionSession
        One a lesion and session, sessions in order, within them lesions by rising number; no row is ever dropped.
        Here the ``u`` of a spot holds the session's own component too; only the scale of the card is not in it.
    trend : Trend or None
        Of the primary endpoint; None with fewer than three sessions that count.
    population : Population or None
        Where the region's lesions are freckles that are told together.
    """

    baseline: int
    sessions: tuple[SessionMetrics, ...]
    lesions: tuple[LesionSession, ...]
    trend: Trend | None = None
    population: Population | None = None


def endpoint_value(spot: SpotMeasurement, endpoint: Endpoint) -> Measured | None:
    """Return the number of a spot that an endpoint rests on: ``area``, ``delta_mi`` or ``load``."""
    if endpoint is Endpoint.AREA:
        return spot.area
    return spot.delta_mi if endpoint is Endpoint.CONTRAST else spot.load

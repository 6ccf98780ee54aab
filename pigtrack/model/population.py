"""Freckles told as a population: how many, how large, how dark; not one by one."""

from dataclasses import dataclass
from enum import StrEnum

from pigtrack.model.quantity import Measured


class PopulationFigure(StrEnum):
    """What is told of a population, and compared with the baseline."""

    DENSITY = "density"
    MEDIAN = "median"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class PopulationChange:
    """A change against the baseline in percent of it, with its 95 % interval.

    ``percent`` and the ends are None where nothing of the baseline's stands clear of zero.
    """

    figure: PopulationFigure
    percent: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False, slots=True)
class PopulationSession:
    """A session's population; ``u`` is what varies from session to session, scale is added in the tables.

    Attributes
    ----------
    count : int
        Freckles that stand out by the population's limit.
    density : Measured or None
        Of the skin that is seen, per cm² (per pixel² without scale); None where no region's area is known.
    median : Measured or None
        Diameter of the disc of equal area, mm (pixels without scale).
    quartiles : tuple of float or None
        Lower and upper quartile of the same.
    contrast : Measured or None
        Mean delta MI of all that ever stood out, each freckle counting alike, whether it stands out now or not.
    changes : tuple of PopulationChange
        Against the baseline; empty in the baseline itself.
    """

    session: int
    count: int
    density: Measured | None
    median: Measured | None
    quartiles: tuple[float, float] | None
    contrast: Measured | None
    changes: tuple[PopulationChange, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """The freckles of a course.

    Attributes
    ----------
    limit_mi : float
        Contrast from which a freckle is counted, the same in every session.
    members : frozenset of int
        Lesions that are told together.
    sessions : tuple of PopulationSession
        Those in which the members' skin is seen, in order.
    """

    limit_mi: float
    members: frozenset[int]
    sessions: tuple[PopulationSession, ...]

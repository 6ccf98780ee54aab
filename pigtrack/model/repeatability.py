"""How well a clinic's own photographs repeat themselves."""

from dataclasses import dataclass
from enum import StrEnum

from pigtrack.model.course import Endpoint


class ReplicateKind(StrEnum):
    """What the replicates are, and so what of the noise they show."""

    SHOTS = "shots"
    RESEATED = "reseated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard deviation and what it rests on.

    Attributes
    ----------
    value, low, high : float
        Relative, with the ends of its 95 % interval by chi-square.
    degrees : float
        Of freedom.
    """

    value: float
    low: float
    high: float
    degrees: float


@dataclass(frozen=True, slots=True)
class ShotValues:
    """What one photograph came to, over the lesions that stand clear in every usable photograph of its session.

    Attributes
    ----------
    session, shot : int
        Both from 1; shots are counted over the usable photographs, in their order.
    reseated : bool
        Card and subject were set up anew for each shot.
    area_mm2, load_mi_mm2 : float or None
        Sums over the lesions; None where none stands clear.
    contrast_mi : float or None
        Mean over the lesions, weighted with their areas.
    area_lesions, contrast_lesions, load_lesions : int
        How many lesions stand clear in this endpoint; the same for all shots of a session.
    """

    session: int
    shot: int
    reseated: bool
    area_lesions: int
    area_mm2: float | None
    contrast_lesions: int
    contrast_mi: float | None
    load_lesions: int
    load_mi_mm2: float | None


@dataclass(frozen=True, slots=True)
class EndpointRepeatability:
    """One endpoint's noise between photographs of the same skin. All standard deviations are of single photographs.

    Attributes
    ----------
    total : Spread
        Of the sum (contrast: the mean) over all lesions.
    common : float
        The part of it that all lesions share.
    own : float
        Of a usual lesion on its own: the median of what is foretold, times ``own_factor``.
    common_factor, own_factor : float
        Both in units of what pigtrack foretells for these photographs.
    common_degrees, own_degrees : float
        Of freedom of the factors.
    smallest : mapping-like tuple of (int, float, float, float)
        Shots a session, the smallest fall in percent that they can show at 5 % two-sided, and the ends of its interval.
    """

    endpoint: Endpoint
    total: Spread
    common: float
    own: float
    common_factor: float
    own_factor: float
    common_degrees: float
    own_degrees: float
    smallest: tuple[tuple[int, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Repeatability:
    """What replicate photographs of unchanged skin told.

    Attributes
    ----------
    lesions, photographs, groups : int
        Lesions and photographs that were used, and in how many groups of replicates the photographs stand.
    """

    kind: ReplicateKind
    endpoints: tuple[EndpointRepeatability, ...]
    lesions: int
    photographs: int
    groups: int

"""What is measured on the skin: spots in one photograph, lesions through the sessions, and change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.course import Endpoint
from pigtrack.model.field import FieldSession
from pigtrack.model.flags import QualityFlag
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage, Measured


@dataclass(frozen=True, eq=False, slots=True)
class PigmentCurve:
    """From two readings of optical density to melanin and erythema index, by the skin model.

    Attributes
    ----------
    lift : ndarray, shape (rows, columns, 2), float32
        To be added to the readings along melanin (columns) and along blood (rows); linear between the nodes, constant
        beyond them.
    start : tuple of float
        Readings at the first column and row.
    step : float
        Index units from node to node.
    """

    lift: FloatImage
    start: tuple[float, float]
    step: float


@dataclass(frozen=True, eq=False, slots=True)
class PigmentRuler:
    """How pigment is read from optical density, fixed once for a whole course.

    The readings ``100 · weights · D`` and ``100 · erythema_weights · D``, ``D = -log10(linear sRGB / light)``, go
    through ``curve``. MI is then 100 times the red channel's plain density that skin of this tone has with the
    melanin found, its blood being as usual; EI the green channel's with the blood found, its melanin being as usual.
    ``light`` is the light that falls on a place, 1 where the course's skin has its usual brightness:
    ``-log10(light) = light_weights · (density of the skin around - skin_density)``.

    Attributes
    ----------
    weights, erythema_weights : ndarray, shape (3,)
    melanin, haemoglobin : ndarray, shape (3,)
        Change of D with added melanin, and with added blood, at this skin's tone, for one unit of each index.
    curve : PigmentCurve
    covariance : ndarray, shape (3, 3)
        Of D over spot-free skin after high-pass, pooled over the course.
    light_weights, skin_density : ndarray, shape (3,)
        Direction in density that tells light from melanin and blood, and the course's usual skin.
    baseline_skin : ndarray, shape (rows, columns, 4), float32
        Density of the plain skin around each coarse cell of the first photograph, and 1 where there is any, else 0.
    light_radius_px : float
        Standard deviation in frame pixels of the Gaussian over which light is told from skin.
    calm_radius_px : float
        Likewise of the one that calms pixels before densities are taken.
    """

    weights: FloatArray
    erythema_weights: FloatArray
    melanin: FloatArray
    haemoglobin: FloatArray
    covariance: FloatArray
    curve: PigmentCurve
    palest: float
    light_weights: FloatArray
    skin_density: FloatArray
    baseline_skin: FloatImage
    light_radius_px: float
    calm_radius_px: float


@dataclass(frozen=True, eq=False, slots=True)
class SkinMaps:
    """Maps of one registered photograph on the baseline's frame, in melanin and erythema index units.

    ``sheen``: light that the skin's surface mirrors beyond the baseline's and that was taken off, as a share of white,
    in cells that cover the frame.
    """

    melanin: FloatImage
    erythema: FloatImage
    valid: BoolImage
    sheen: FloatImage | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SpotMap:
    """Where the lesions of a course are, on the baseline's frame, found on all its sessions together.

    Attributes
    ----------
    territories : ndarray, shape (rows, columns), int32
        The skin that belongs to each lesion (its widest footprint and a margin), 0 elsewhere. A lesion's pixels
        in any session lie inside its territory.
    footprints : ndarray, shape (rows, columns), int32
        The widest extent over the sessions, 0 elsewhere.
    skin : ndarray, shape (rows, columns), bool
        Spot-free skin that may serve as ring.
    flags : mapping of int to frozenset of QualityFlag
        By lesion, what finding it leaves in doubt, whatever the session.
    marks : mapping of int to int
        By session, points of blood and crusts that only this session shows and that were left out.
    excluded : frozenset of int
        Lesions that a person left out: followed like the others, but in no total and without verdicts.
    """

    territories: LabelImage
    footprints: LabelImage
    skin: BoolImage
    flags: Mapping[int, frozenset[QualityFlag]] = field(default_factory=dict)
    marks: Mapping[int, int] = field(default_factory=dict)
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class SpotMeasurement:
    """One lesion in one photograph. Every ``u`` is what varies from shot to shot; scale is added in the tables.

    Lengths are frame pixels here and millimetres after `pipeline`; ``None``: could not be measured, see flags.

    Attributes
    ----------
    present : bool
        Whether pigment stands out beyond noise in this photograph.
    parts : int
        Connected parts of the outline.
    centroid : tuple of float
        x, y in frame pixels.
    area, area_frozen : Measured or None
        Extent at half of the spot's own contrast, and at half of the baseline's, in mm² (pixels² without scale).
    lab, ring_lab : tuple of float or None
        Median L*, a*, b* of plateau and ring.
    delta_mi, delta_e00, delta_l, delta_ita, delta_ei : Measured or None
        Spot against ring; delta_mi, delta_l and delta_ita are positive where the spot is darker.
    load : Measured or None
        Pigment load over the lesion's fixed footprint, signed.
    edge_width : float or None
        From 10 to 90 %, mm, without what the photograph's blur adds where that is known.
    variation : float or None
        Standard deviation of the pigment inside beyond that of the skin around, as a share of the contrast; 0: even.
    half_level : float or None
        Half of the plateau's height above the ring, melanin index: where the outline runs.
    """

    lesion_id: int
    present: bool
    parts: int
    centroid: tuple[float, float]
    area: Measured | None
    area_frozen: Measured | None
    diameter: float | None
    lab: tuple[float, float, float] | None
    ring_lab: tuple[float, float, float] | None
    delta_mi: Measured | None
    delta_e00: Measured | None
    delta_l: float | None
    delta_ita: float | None
    delta_ei: float | None
    load: Measured | None
    edge_width: float | None
    merged_with: tuple[int, ...] = ()
    flags: frozenset[QualityFlag] = frozenset()
    half_level: float | None = None
    variation: float | None = None


def unseen_spot(
    lesion_id: int, centroid: tuple[float, float], *, flags: frozenset[QualityFlag] = frozenset()
) -> SpotMeasurement:
    """Return the row of a lesion of which nothing could be measured."""
    nothing = (None,) * 12
    return SpotMeasurement(lesion_id, False, 0, centroid, *nothing, flags=flags)


@dataclass(frozen=True, eq=False, slots=True)
class SkinReading:
    """Spot-free skin of one photograph: median MI, EI, L*a*b* in the region and, where drawn, in the control."""

    region_mi: float
    region_ei: float
    region_lab: tuple[float, float, float]
    region_u: float
    control_mi: float | None = None
    control_ei: float | None = None
    control_u: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class PlainSkin:
    """What patches of plain skin stand out by against their rings, at places fixed on the frame.

    Attributes
    ----------
    diameters_mm : tuple of float
        Of the patches, rising.
    contrasts : tuple of ndarray, shape (rows, columns), float32
        Melanin index of each place, one array a diameter; nan where there is too little plain skin.
    mm_per_unit : float
        Of the spots' lengths: 1, or what a pixel was taken for where the scale is not known.
    """

    diameters_mm: tuple[float, ...]
    contrasts: tuple[FloatImage, ...]
    mm_per_unit: float = 1.0


@dataclass(frozen=True, eq=False, slots=True)
class PhotographMeasurement:
    """All spots of one photograph with the spot-free skin around them."""

    spots: tuple[SpotMeasurement, ...]
    skin: SkinReading
    outlines: NDArray[np.int32]
    """Labels on the frame: value = lesion_id, of this photograph's own outlines."""
    plain: PlainSkin | None = None


class Status(StrEnum):
    """What became of a lesion in a session."""

    BASELINE = "baseline"
    PRESENT = "present"
    NEW = "new"
    SPLIT = "split"
    MERGED = "merged"
    BELOW_LIMIT = "below_limit"
    RESOLVED = "resolved"
    NOT_VISIBLE = "not_visible"


class Verdict(StrEnum):
    """What may be said of a change."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NO_DETECTABLE_CHANGE = "no_detectable_change"
    BASELINE = "baseline"
    NOT_MEASURABLE = "not_measurable"


@dataclass(frozen=True, slots=True)
class Change:
    """A change against the baseline in percent of it, with its 95 % interval.

    ``percent`` and the ends are None where they cannot be given (the baseline not above zero, say).
    ``detectable`` is the smallest fall, in percent, that would have been called.
    """

    endpoint: Endpoint
    percent: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    detectable: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class LesionSession:
    """One row of lesions.csv: a lesion in a session, its photographs pooled."""

    lesion_id: int
    session: int
    status: Status
    spot: SpotMeasurement
    photographs: int
    changes: tuple[Change, ...]
    verdict: Verdict
    flags: frozenset[QualityFlag] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class SessionMetrics:
    """One row of sessions.csv, before it is written.

    ``area``, ``load`` are sums, ``delta_mi``, ``delta_e00`` means weighted with the baseline's areas, over the
    lesions seen in both this session and the baseline. Of a field, one lesion, ``field`` tells the rest.
    """

    session: int
    lesion_count: int
    area: Measured | None
    area_fraction: float | None
    delta_mi: Measured | None
    delta_e00: Measured | None
    load: Measured | None
    changes: tuple[Change, ...]
    verdict: Verdict
    flags: frozenset[QualityFlag] = frozenset()
    field: FieldSession | None = None

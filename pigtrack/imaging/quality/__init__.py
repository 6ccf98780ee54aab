"""Whether a photograph is fit to be measured: what its pixels, its card, its file and the baseline beside it tell.

Every check has a value, a limit from which it warns and one from which it rejects, and a remedy that says what to do
at the camera; `limits` holds them all.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pigtrack.imaging.quality.beside import judge_pair, pair_skin
from pigtrack.imaging.quality.cardface import lay_flat
from pigtrack.imaging.quality.cardlight import fit_light, judge_card_light
from pigtrack.imaging.quality.cardvalues import judge_calibration, judge_card, judge_scale
from pigtrack.imaging.quality.drift import judge_capture, judge_drift
from pigtrack.imaging.quality.edges import blur_of, blur_remedy, judge_edges, read_edges
from pigtrack.imaging.quality.fine import judge_fine
from pigtrack.imaging.quality.limits import BASELINE_LIMITS, LIMITS, OWN_LIMITS, Limits
from pigtrack.imaging.quality.relief import judge_relief
from pigtrack.imaging.quality.skin import SkinView, judge_skin, usual_skin, view_skin
from pigtrack.imaging.quality.traces import judge_traces
from pigtrack.imaging.quality.view import judge_view
from pigtrack.imaging.quality.words import Finding
from pigtrack.model.calibration import CardReading, ColourCalibration, SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Photograph, RegisteredImage, WorkingGrid
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import FloatArray

__all__ = [
    "ALGORITHM",
    "BASELINE_LIMITS",
    "LIMITS",
    "OWN_LIMITS",
    "Finding",
    "Limits",
    "check_card_light",
    "check_photograph",
    "compare_photographs",
    "flags_of",
    "grade",
    "judge",
    "judge_calibration",
    "judge_capture",
    "judge_drift",
    "usual_skin",
    "view_skin",
]

ALGORITHM = Algorithm("quality", 2)

_SKIN_CHECKS = frozenset({"skin_share", "clipped_share", "glare_share", "uneven_light", "mixed_light", "hair_share"})
"""Without a drawn region they may see wood and cloth of skin's colour, so then they warn and never reject."""

_SMALLEST_FACE_PX = 20.0
"""Pixels a pitch below which the card's face shows its patches' edges and little else."""


def check_photograph(
    photograph: Photograph,
    reading: CardReading | None,
    calibration: ColourCalibration | None,
    scale: SpatialCalibration | None,
    *,
    region: FloatArray | None = None,
    exclude: Sequence[FloatArray] = (),
    view: SkinView | None = None,
) -> tuple[QualityCheck, ...]:
    """Judge one photograph.

    Parameters
    ----------
    reading, calibration, scale : optional
        What could be made of its card; None where it has none.
    region : ndarray, shape (n, 2), optional
        Polygon of the skin that matters, x, y upright pixels; None: all of skin's colour but for the card.
    exclude : sequence of ndarray, shape (n, 2)
        Polygons of what else is no skin, such as a scale sticker.
    view : SkinView or None
        What `view_skin` shows of region without ``exclude``; None: looked at here.

    Returns
    -------
    tuple of QualityCheck
        Always in the same order; a check that needs what is missing is left out.
    """
    found = {"card_found": Finding(0.0 if reading is None else 1.0)}
    mm_per_px = None if scale is None else scale.mm_per_px
    if reading is not None:
        found |= _judge_card(photograph, reading, scale)
    if calibration is not None:
        found |= judge_calibration(calibration)
    view = view or view_skin(photograph, reading, region, exclude=exclude)
    found |= judge_skin(view)
    if view.enough:
        found |= judge_fine(photograph, view, mm_per_px)
    found |= judge_traces(photograph)
    return judge(found, lenient=_SKIN_CHECKS if region is None else frozenset())


def check_card_light(photograph: Photograph, reading: CardReading) -> tuple[QualityCheck, ...]:
    """Judge the light on a card alone: exposure, lost patches, shadow, evenness. A tenth of the time of all checks."""
    found = judge_card(reading, None)
    if _is_small(reading):
        return judge(found)
    face = lay_flat(photograph, reading)
    return judge(found | judge_card_light(face, fit_light(face), reading))


def compare_photographs(
    first: RegisteredImage,
    later: RegisteredImage,
    frame: WorkingGrid,
    *,
    shape: tuple[int, int],
    baseline_shape: tuple[int, int],
    focal_length_35mm: float | None = None,
) -> dict[str, Finding]:
    """Compare a photograph with the baseline, both on the baseline's frame.

    Parameters
    ----------
    frame : WorkingGrid
        Of the baseline.
    shape, baseline_shape : tuple of int
        Rows and columns of the upright photographs.
    focal_length_35mm : float or None
        Of the later photograph, as its file tells it.

    Returns
    -------
    dict of str to Finding
        By the checks' names; to be judged by `judge`.
    """
    registration, scaled = later.registration, frame.mm_per_px is not None
    error = Finding(registration.error_px * (frame.mm_per_px or 1.0))
    place = {
        "same_place": Finding(1.0),
        "registration_mm" if scaled else "registration_px": error,
        "overlap": Finding(registration.overlap),
    }
    view = judge_view(registration, frame, shape, baseline_shape, focal_length_35mm=focal_length_35mm)
    skin = judge_pair(pair_skin(first, later, frame.mm_per_px))
    return place | view | skin | judge_relief(first, later, frame.mm_per_px)


def judge(found: Mapping[str, Finding], *, lenient: frozenset[str] = frozenset()) -> tuple[QualityCheck, ...]:
    """Turn findings into checks, in the order of `LIMITS`; those in ``lenient`` warn where they would reject."""
    return tuple(_check(name, found[name], lenient) for name in LIMITS if name in found)


def grade(checks: Sequence[QualityCheck]) -> QualityVerdict:
    """Return the worst verdict of all; ``pass`` where nothing was checked."""
    order = (QualityVerdict.PASS, QualityVerdict.WARN, QualityVerdict.REJECT)
    return max((check.verdict for check in checks), key=order.index, default=QualityVerdict.PASS)


def flags_of(checks: Sequence[QualityCheck]) -> frozenset[QualityFlag]:
    """Return the flags of the checks that did not pass."""
    failed = (check.name for check in checks if check.verdict is not QualityVerdict.PASS)
    return frozenset(LIMITS[name].flag for name in failed if name in LIMITS)


def _judge_card(photograph: Photograph, reading: CardReading, scale: SpatialCalibration | None) -> dict[str, Finding]:
    edges = read_edges(photograph, reading)
    blur = Finding(blur_of(edges, reading.edge_blur_px), blur_remedy(edges))
    found = judge_card(reading, scale) | judge_scale(scale, blur)
    if _is_small(reading):
        return found
    face = lay_flat(photograph, reading)
    return found | judge_edges(edges) | judge_card_light(face, fit_light(face), reading)


def _is_small(reading: CardReading) -> bool:
    return bool(np.linalg.norm(reading.centres[1] - reading.centres[0]) < _SMALLEST_FACE_PX)


def _check(name: str, finding: Finding, lenient: frozenset[str]) -> QualityCheck:
    limits = LIMITS[name]
    verdict = limits.judge(finding.value)
    if name in lenient and verdict is QualityVerdict.REJECT:
        verdict = QualityVerdict.WARN
    limit = limits.reject if verdict is QualityVerdict.REJECT else limits.warn
    return QualityCheck(name, finding.value, limit, verdict, finding.remedy or limits.usual_remedy)

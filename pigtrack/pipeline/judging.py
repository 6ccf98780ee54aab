"""What the checks of one photograph come to, and the one colour method of a course."""

import math
from collections.abc import Sequence

from pigtrack.imaging.calibrate import UNCALIBRATED, choose_method
from pigtrack.imaging.quality import grade
from pigtrack.model.calibration import ColourCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.quality import QualityVerdict
from pigtrack.model.result import PhotographReading, PhotographRecord, Placement
from pigtrack.pipeline.settings import MeasurementSettings

_CARD_CHECKS = frozenset(
    {
        *(
            "card_found",
            "card_patches_lost",
            "card_hidden_share",
            "card_blemishes",
            "card_shadow",
            "card_uneven_light",
            "card_mixed_light",
        ),
        *("card_light_misfit", "calibration_loo_mean", "calibration_loo_max"),
    }
)
"""Checks of the card's colours; the rest hold without a card too."""


def grade_reading(reading: PhotographReading, *, exploratory: bool = False) -> QualityVerdict:
    """Grade a photograph by its own checks, before it is laid over the baseline.

    Parameters
    ----------
    exploratory : bool
        The course is measured without its cards, so what they show is not asked for.
    """
    if QualityFlag.LEFT_OUT_BY_HAND in reading.flags:
        return QualityVerdict.REJECT
    if exploratory:
        return grade([check for check in reading.checks if check.name not in _CARD_CHECKS])
    return QualityVerdict.REJECT if reading.refusal is not None else grade(reading.checks)


def choose_course_method(readings: Sequence[PhotographReading], settings: MeasurementSettings) -> str:
    """Choose the colour method that does best over all usable photographs, or keep to the one that was set.

    A method that changed between the sessions would put a step into the trend.
    """
    if all(not reading.calibrations for reading in readings):
        return UNCALIBRATED.method
    if settings.method != "auto":
        return settings.method
    return choose_method([reading.calibrations for reading in readings if reading.calibrations])


def calibration_of(reading: PhotographReading, method: str) -> ColourCalibration:
    """Return the photograph's fit by the course's method; where that failed, its best other fit, flagged.

    In a course without calibration no photograph has one, whatever card it shows: half of a comparison corrected
    would be a change of its own.
    """
    if method == UNCALIBRATED.method:
        return UNCALIBRATED
    return reading.calibrations.get(method) or next(iter(reading.calibrations.values()), UNCALIBRATED)


def record_photograph(
    reading: PhotographReading, placement: Placement | None, method: str, frame: WorkingGrid
) -> PhotographRecord:
    """Put everything known of a photograph into its row; ``placement`` is None where its checks had failed."""
    calibration = calibration_of(reading, method)
    known = reading.card is not None
    fell_back = {QualityFlag.CALIBRATION_FALLBACK} if known and calibration.method != method else set()
    registration = None if placement is None else placement.registration
    status = QualityVerdict.REJECT if placement is None or registration is None else _status(reading, placement, method)
    return PhotographRecord(
        session=reading.session,
        photo=reading.photo,
        sha256=reading.sha256,
        capture=reading.capture,
        card=None if reading.card is None else reading.card.card.name,
        card_found=known,
        calibration_method=calibration.method,
        loo_delta_e00_mean=calibration.loo_mean,
        loo_delta_e00_max=calibration.loo_max,
        mm_per_px=None if reading.scale is None else reading.scale.mm_per_px,
        u_scale=None if reading.scale is None else reading.scale.u_relative,
        tilt_deg=None if reading.scale is None else reading.scale.tilt_deg,
        registration_error_mm=_error_mm(registration, frame),
        qc_status=status,
        card_centres=None if reading.card is None else reading.card.centres,
        skin_delta_e00_u=calibration.u_skin_delta_e00 if known else None,
        u_contrast=calibration.u_contrast if known else None,
        checks=reading.checks + (() if placement is None else placement.checks),
        refusal=reading.refusal or (None if placement is None else placement.refusal),
        flags=reading.flags | (frozenset() if placement is None else placement.flags) | calibration.flags | fell_back,
    )


def contrast_across_devices(photographs: Sequence[PhotographRecord], sessions: int) -> tuple[float, ...]:
    """Return what an exchange of camera or lens leaves on the contrasts of each session, as a share of them.

    What a calibration leaves open is much the same in all photographs of one camera, and goes out of a change; of two
    cameras it does not: then both sessions' shares count. 0 for sessions by the baseline's camera.
    """
    return tuple(_across_devices([each for each in photographs if each.session == n]) for n in range(1, sessions + 1))


def _across_devices(taken: Sequence[PhotographRecord]) -> float:
    used = [each for each in taken if each.qc_status != QualityVerdict.REJECT]
    if not any(QualityFlag.OTHER_DEVICE in each.flags for each in used):
        return 0.0
    shares = [each.u_contrast for each in used if each.u_contrast is not None]
    return math.sqrt(2) * sum(shares) / len(shares) if shares else 0.0


def _status(reading: PhotographReading, placement: Placement, method: str) -> QualityVerdict:
    return QualityVerdict.WARN if method == UNCALIBRATED.method else grade(reading.checks + placement.checks)


def _error_mm(registration: Registration | None, frame: WorkingGrid) -> float | None:
    if registration is None or frame.mm_per_px is None:
        return None
    return registration.error_px * frame.mm_per_px

"""The checks of a photograph that need the baseline beside it: same place, same distance, same camera."""

from pigtrack.errors import RegistrationError
from pigtrack.imaging.register import register_image
from pigtrack.model.photograph import Photograph, Registration
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.frame import grid_over
from pigtrack.pipeline.placing import calibrate_on
from pigtrack.pipeline.settings import MeasurementSettings

_WORST_ERROR_MM = (0.4, 1.0)
_LEAST_OVERLAP = (0.9, 0.3)
_SCALE_RATIO = (0.10, 0.25)
"""Where a check warns, and where it rejects; scale: clinical photography guides ask for one distance."""


def check_against_baseline(
    photograph: Photograph,
    reading: PhotographReading,
    baseline: Photograph,
    baseline_reading: PhotographReading,
    *,
    method: str,
    settings: MeasurementSettings,
) -> tuple[QualityCheck, ...]:
    """Compare a photograph with the baseline; both with their cards read."""
    try:
        registration = _lay_over(photograph, reading, baseline, baseline_reading, method, settings)
    except RegistrationError as fault:
        failed = QualityCheck("registration_mm", None, _WORST_ERROR_MM[0], QualityVerdict.REJECT, str(fault))
        return (failed, _device(reading, baseline_reading))
    mm_per_px = baseline_reading.scale.mm_per_px if baseline_reading.scale else None
    return (
        *_registration(registration, mm_per_px, settings),
        _scale(registration),
        _device(reading, baseline_reading),
    )


def _lay_over(
    photograph: Photograph,
    reading: PhotographReading,
    baseline: Photograph,
    baseline_reading: PhotographReading,
    method: str,
    settings: MeasurementSettings,
) -> Registration:
    images = []
    for picture, facts in ((baseline, baseline_reading), (photograph, reading)):
        rows, columns = facts.shape
        mm_per_px = None if facts.scale is None else facts.scale.mm_per_px
        box = (0.0, 0.0, columns - 1.0, rows - 1.0)
        grid = grid_over(box, mm_per_px, settings.frame_px_per_mm, settings.moving_megapixels)
        images.append(calibrate_on(picture, facts, method, grid))
    return register_image(*images)


def _registration(
    registration: Registration, mm_per_px: float | None, settings: MeasurementSettings
) -> tuple[QualityCheck, ...]:
    error = registration.error_px * (1 / settings.frame_px_per_mm if mm_per_px is None else mm_per_px)
    return (
        QualityCheck(
            "registration_mm",
            error,
            _WORST_ERROR_MM[0],
            _above(error, _WORST_ERROR_MM),
            "Retake from the same place, the skin relaxed as in the baseline.",
        ),
        QualityCheck(
            "overlap",
            registration.overlap,
            _LEAST_OVERLAP[0],
            _above(-registration.overlap, (-_LEAST_OVERLAP[0], -_LEAST_OVERLAP[1])),
            "Frame the site as in the baseline.",
        ),
    )


def _scale(registration: Registration) -> QualityCheck:
    away = abs(registration.area_ratio**0.5 - 1)
    remedy = "Keep the distance of the baseline photograph."
    return QualityCheck("scale_against_baseline", away, _SCALE_RATIO[0], _above(away, _SCALE_RATIO), remedy)


def _device(reading: PhotographReading, baseline: PhotographReading) -> QualityCheck:
    same = reading.capture.camera == baseline.capture.camera and reading.capture.lens == baseline.capture.lens
    verdict = QualityVerdict.PASS if same else QualityVerdict.WARN
    return QualityCheck("same_camera", float(same), 1.0, verdict, "Keep to one camera and lens for a course.")


def _above(value: float, limits: tuple[float, float]) -> QualityVerdict:
    if value > limits[1]:
        return QualityVerdict.REJECT
    return QualityVerdict.WARN if value > limits[0] else QualityVerdict.PASS

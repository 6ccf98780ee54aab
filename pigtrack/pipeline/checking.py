"""The checks of a photograph that need the baseline beside it: same place, same distance, same camera."""

from pigtrack.errors import RegistrationError
from pigtrack.imaging.register import register_image
from pigtrack.model.photograph import CalibratedImage, Photograph, Registration
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.frame import grid_over
from pigtrack.pipeline.placing import calibrate_on
from pigtrack.pipeline.settings import MeasurementSettings

_WORST_ERROR_MM = (0.4, 1.0)
_WORST_ERROR_PX = (6.0, 16.0)
_LEAST_OVERLAP = (0.9, 0.3)
_SCALE_RATIO = (0.10, 0.25)
"""Where a check warns, and where it rejects; scale: clinical photography guides ask for one distance.
Without scale the registration's error stays in pixels of the grid; the limits are those in mm at 15 to 16 px/mm."""


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
    first, later = (
        _calibrated(picture, facts, method, settings)
        for picture, facts in ((baseline, baseline_reading), (photograph, reading))
    )
    unscaled = first.grid.mm_per_px is None
    name, limits = ("registration_px", _WORST_ERROR_PX) if unscaled else ("registration_mm", _WORST_ERROR_MM)
    try:
        registration = register_image(first, later)
    except RegistrationError as fault:
        failed = QualityCheck(name, None, limits[0], QualityVerdict.REJECT, str(fault))
        return (failed, _device(reading, baseline_reading))
    return (
        _error(name, registration.error_px * (first.grid.mm_per_px or 1.0), limits),
        _overlap(registration),
        _scale(registration),
        _device(reading, baseline_reading),
    )


def _calibrated(
    photograph: Photograph, reading: PhotographReading, method: str, settings: MeasurementSettings
) -> CalibratedImage:
    rows, columns = reading.shape
    mm_per_px = None if reading.scale is None else reading.scale.mm_per_px
    box = (0.0, 0.0, columns - 1.0, rows - 1.0)
    grid = grid_over(box, mm_per_px, settings.frame_px_per_mm, settings.moving_megapixels)
    return calibrate_on(photograph, reading, method, grid)


def _error(name: str, error: float, limits: tuple[float, float]) -> QualityCheck:
    remedy = "Retake from the same place, the skin relaxed as in the baseline."
    return QualityCheck(name, error, limits[0], _above(error, limits), remedy)


def _overlap(registration: Registration) -> QualityCheck:
    verdict = _above(-registration.overlap, (-_LEAST_OVERLAP[0], -_LEAST_OVERLAP[1]))
    remedy = "Frame the site as in the baseline."
    return QualityCheck("overlap", registration.overlap, _LEAST_OVERLAP[0], verdict, remedy)


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

"""The checks of a photograph that need the baseline beside it: same place, view, light, skin, card and camera."""

from dataclasses import dataclass, replace

import numpy as np

from pigtrack.errors import RegistrationError
from pigtrack.imaging.calibrate import UNCALIBRATED, calibrate_patches
from pigtrack.imaging.colour import xyz_to_lab
from pigtrack.imaging.quality import LIMITS, Finding, compare_photographs, judge, judge_capture, judge_drift
from pigtrack.imaging.register import Landmarks, apply_registration, find_landmarks, register_image
from pigtrack.model.photograph import CalibratedImage, Photograph, RegisteredImage, WorkingGrid
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.frame import grid_over
from pigtrack.pipeline.judging import calibration_of
from pigtrack.pipeline.placing import calibrate_on, place_baseline
from pigtrack.pipeline.settings import MeasurementSettings

SKIN_STATE = frozenset({"tan_ita", "redness_ei", "bruise_share", "skin_texture"})
"""What the skin itself may do. In a course its own guards decide about these; the photograph is not to blame."""

_CALIBRATED = frozenset({"skin_light", "tan_ita", "redness_ei"})
"""What can't be told of photographs whose exposure and white balance are their own."""

_MIRRORED = (
    "This is the mirror image of the baseline's skin: turn mirroring off (selfie camera), or photograph the other side "
    "of the body."
)
_ELSEWHERE = (
    "This does not look like the same place: photograph the site and side of the baseline, sharp and from as near as "
    "then, with the baseline as a ghost image."
)


@dataclass(frozen=True, eq=False, slots=True)
class BaselineView:
    """A baseline photograph as others are compared with it; made once, for many."""

    reading: PhotographReading
    image: CalibratedImage
    landmarks: Landmarks
    method: str


def view_baseline(
    photograph: Photograph, reading: PhotographReading, *, method: str, settings: MeasurementSettings
) -> BaselineView:
    """Calibrate a baseline by a colour method and find its skin's landmarks."""
    image = _calibrated(photograph, reading, method, settings)
    return BaselineView(reading, image, find_landmarks(image), method)


def check_against_baseline(
    photograph: Photograph, reading: PhotographReading, baseline: BaselineView, *, settings: MeasurementSettings
) -> tuple[QualityCheck, ...]:
    """Compare a photograph, its card read, with the baseline."""
    later = _calibrated(photograph, reading, baseline.method, settings)
    try:
        registration = register_image(baseline.landmarks, later)
    except RegistrationError as fault:
        capture = judge(judge_capture(baseline.reading.capture, reading.capture))
        return (*refuse_place(baseline.landmarks, later, fault), *capture)
    frame = baseline.image.grid
    laid = apply_registration(later, registration, frame)
    first = place_baseline(baseline.image)
    return check_placed(first, laid, frame, reading, baseline.reading, method=baseline.method)


def check_placed(
    first: RegisteredImage,
    later: RegisteredImage,
    frame: WorkingGrid,
    reading: PhotographReading,
    baseline_reading: PhotographReading,
    *,
    method: str,
    lenient: frozenset[str] = frozenset(),
) -> tuple[QualityCheck, ...]:
    """Compare a photograph that lies on the baseline's frame with the baseline.

    Parameters
    ----------
    lenient : frozenset of str
        Checks that warn where they would reject.
    """
    found = compare_photographs(
        first,
        later,
        frame,
        shape=reading.shape,
        baseline_shape=baseline_reading.shape,
        focal_length_35mm=reading.capture.focal_length_35mm,
    )
    if method == UNCALIBRATED.method:
        found = {name: finding for name, finding in found.items() if name not in _CALIBRATED}
    else:
        found |= _drift(reading, baseline_reading, method)
    return judge(found | judge_capture(baseline_reading.capture, reading.capture), lenient=lenient)


def refuse_place(baseline: Landmarks, later: CalibratedImage, fault: RegistrationError) -> tuple[QualityCheck, ...]:
    """Say why a photograph was not found again on the baseline: mirrored, or another place."""
    try:
        register_image(baseline, _mirrored(later))
        remedy = _MIRRORED
    except RegistrationError:
        remedy = _ELSEWHERE
    name = "registration_px" if baseline.grid.mm_per_px is None else "registration_mm"
    error = QualityCheck(name, None, LIMITS[name].reject, QualityVerdict.REJECT, str(fault))
    return (*judge({"same_place": Finding(0.0, remedy)}), error)


def _mirrored(image: CalibratedImage) -> CalibratedImage:
    return replace(
        image, linear=np.ascontiguousarray(image.linear[:, ::-1]), valid=np.ascontiguousarray(image.valid[:, ::-1])
    )


def _calibrated(
    photograph: Photograph, reading: PhotographReading, method: str, settings: MeasurementSettings
) -> CalibratedImage:
    rows, columns = reading.shape
    mm_per_px = None if reading.scale is None else reading.scale.mm_per_px
    box = (0.0, 0.0, columns - 1.0, rows - 1.0)
    grid = grid_over(box, mm_per_px, settings.frame_px_per_mm, settings.moving_megapixels)
    return calibrate_on(photograph, reading, method, grid)


def _drift(reading: PhotographReading, baseline: PhotographReading, method: str) -> dict[str, Finding]:
    if reading.card is None or baseline.card is None or reading.card.card.name != baseline.card.card.name:
        return {}
    first, later = (
        xyz_to_lab(calibrate_patches(each.card, calibration_of(each, method)))
        for each in (baseline, reading)
        if each.card is not None
    )
    return judge_drift(first, later, ~(reading.card.clipped | baseline.card.clipped))

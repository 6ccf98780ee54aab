"""A photograph's way onto the frame: calibrated by the course's method, registered, resampled once."""

from dataclasses import replace

from pigtrack.imaging.calibrate import calibrate_image
from pigtrack.imaging.register import Landmarks, apply_registration, identity_registration, register_image
from pigtrack.imaging.scale import mask_sticker
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import CalibratedImage, Photograph, RegisteredImage, WorkingGrid
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.frame import grid_over
from pigtrack.pipeline.judging import calibration_of
from pigtrack.pipeline.settings import MeasurementSettings


def calibrate_on(photograph: Photograph, reading: PhotographReading, method: str, grid: WorkingGrid) -> CalibratedImage:
    """Calibrate the part of a photograph that a working grid covers; what lies on the skin is no skin."""
    image = calibrate_image(photograph, calibration_of(reading, method), grid, card=reading.card)
    if reading.sticker is None:
        return image
    return replace(image, valid=image.valid & ~mask_sticker(reading.sticker, grid))


def place_baseline(image: CalibratedImage) -> RegisteredImage:
    """Lay the baseline on its own frame."""
    registration = identity_registration(image.grid)
    return RegisteredImage(image.linear, image.valid, registration, image.sharpness_px, image.flags)


def place_photograph(
    photograph: Photograph,
    reading: PhotographReading,
    method: str,
    baseline: Landmarks,
    settings: MeasurementSettings,
) -> RegisteredImage:
    """Lay a photograph over the baseline.

    Raises
    ------
    RegistrationError
        If the skin is not found again.
    """
    rows, columns = reading.shape
    mm_per_px = None if reading.scale is None else reading.scale.mm_per_px
    grid = grid_over(
        (0.0, 0.0, columns - 1.0, rows - 1.0), mm_per_px, settings.frame_px_per_mm, settings.moving_megapixels
    )
    moving = calibrate_on(photograph, reading, method, grid)
    registration = register_image(baseline, moving)
    return apply_registration(moving, registration, baseline.grid)


def compare_with_baseline(placement: Placement, reading: PhotographReading, baseline: PhotographReading) -> Placement:
    """Add the flag that only shows beside the baseline: another device."""
    if placement.registration is None:
        return placement
    return replace(placement, flags=placement.flags | compare_devices(reading, baseline))


def compare_devices(reading: PhotographReading, baseline: PhotographReading) -> frozenset[QualityFlag]:
    """Flag a photograph whose file names another camera or lens than the baseline's; a silent file names none."""
    pairs = (
        (reading.capture.camera, baseline.capture.camera),
        (reading.capture.lens, baseline.capture.lens),
    )
    differ = any(one is not None and other is not None and one != other for one, other in pairs)
    return frozenset({QualityFlag.OTHER_DEVICE}) if differ else frozenset()

"""One photograph, from its card to maps of its pigment: what `measure` does with each, step by step to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pigtrack.charts.overlay import display_pixels
from pigtrack.errors import CardError
from pigtrack.imaging.pigment import fit_ruler, map_skin
from pigtrack.model.calibration import CardReading, ColourCalibration
from pigtrack.model.course import Course, Polygon
from pigtrack.model.photograph import Photograph
from pigtrack.model.quantity import BoolImage, FloatImage
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.frame import mask_of, plan_frame, point_of_interest
from pigtrack.pipeline.judging import calibration_of, choose_course_method
from pigtrack.pipeline.placing import calibrate_on, place_baseline
from pigtrack.pipeline.reading import TOO_FEW_PATCHES, read_card
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card, load_spectra
from pigtrack.tracker.colours import know_colours


@dataclass(frozen=True, eq=False, slots=True)
class PigmentView:
    """The calibrated skin of one photograph and its pigment.

    The maps stand on a ruler fitted to this photograph alone: to compare photographs, measure them as a course.

    Attributes
    ----------
    photograph : Photograph
        As it was read.
    card : CardReading
        The card found in it: ``centres`` in upright pixels, ``patches`` in linear R, G, B.
    calibration : ColourCalibration
        With its name, ``method``, and ``loo_delta_e00``, what each patch is foretold to from the others.
    skin : ndarray, shape (rows, columns, 3), uint8
        What was calibrated, sRGB, the card and all else that is no skin in grey.
    melanin, redness : ndarray, shape (rows, columns), float32
        Melanin and erythema index: 100 × optical density; nan where nothing can be measured.
    mm_per_px : float or None
        Of the maps; None where the card's size is not known.
    corner : tuple of float
        Upright x, y of the photograph at the maps' first pixel.
    px_per_px : float
        Upright pixels of the photograph to one pixel of the maps.
    """

    photograph: Photograph
    card: CardReading
    calibration: ColourCalibration
    skin: NDArray[np.uint8]
    melanin: FloatImage
    redness: FloatImage
    mm_per_px: float | None
    corner: tuple[float, float]
    px_per_px: float


def map_pigment(
    photo: str | Path,
    *,
    card: str | Path = "colorchecker-classic",
    card_patch_pitch_mm: float | None = None,
    region: Sequence[tuple[float, float]] | None = None,
) -> PigmentView:
    """Read one photograph from its card to maps of melanin and redness.

    Parameters
    ----------
    photo : str or Path
        A photograph with a colour card in it.
    card : str or Path
        The card's name or file, as for `load_card`.
    card_patch_pitch_mm : float or None
        From patch centre to patch centre; None: as the card's file has it.
    region : sequence of (x, y), or None
        Polygon around the skin, upright pixels; None: all of the photograph but the card.

    Returns
    -------
    PigmentView

    Raises
    ------
    PigtrackError
        If the photograph or its card can't be read.
    """
    known, settings = load_card(card), MeasurementSettings()
    photograph = read_photograph(Path(photo))
    outline = None if region is None else tuple((float(x), float(y)) for x, y in region)
    reading = read_card(
        photograph,
        known,
        session=1,
        pitch_mm=known.pitch_mm if card_patch_pitch_mm is None else card_patch_pitch_mm,
        point=point_of_interest(outline, photograph.pixels.shape[:2]),
        region=outline,
        knowledge=know_colours(),
        method=settings.method,
    )
    if reading.card is None or not reading.calibrations:
        raise CardError(f"{photograph.name}: {reading.refusal or TOO_FEW_PATCHES}", "Run 'pigtrack check' on it.")
    return _map(photograph, reading, reading.card, outline, settings)


def _map(
    photograph: Photograph,
    reading: PhotographReading,
    card: CardReading,
    region: Polygon | None,
    settings: MeasurementSettings,
) -> PigmentView:
    method = choose_course_method([reading], settings)
    scale = None if reading.scale is None else reading.scale.mm_per_px
    grid = plan_frame(Course(photograph.name, (), region=region), reading.shape, scale, settings)
    image = place_baseline(calibrate_on(photograph, reading, method, grid))
    ruler = fit_ruler([image], tables=load_spectra(), mm_per_px=grid.mm_per_px, region=mask_of(region, grid))
    maps = map_skin(image, ruler)
    return PigmentView(
        photograph,
        card,
        calibration_of(reading, method),
        display_pixels(image.linear, valid=image.valid),
        _shown(maps.melanin, maps.valid),
        _shown(maps.erythema, maps.valid),
        grid.mm_per_px,
        grid.origin,
        grid.step,
    )


def _shown(index: FloatImage, valid: BoolImage) -> FloatImage:
    """An index where it was read, nan elsewhere."""
    return np.where(valid, index, np.float32(np.nan))

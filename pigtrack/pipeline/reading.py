"""One photograph on its own: its card, the colour fits it allows, its scale, its checks."""

import numpy as np

from pigtrack.errors import CardError
from pigtrack.imaging.calibrate import Knowledge, choose_method, fit_methods
from pigtrack.imaging.card import find_card
from pigtrack.imaging.quality import check_photograph, flags_of, usual_skin, view_skin
from pigtrack.imaging.scale import find_sticker, measure_scale, sticker_outline
from pigtrack.model.calibration import Card, StickerReading
from pigtrack.model.course import Polygon
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import CaptureFacts, Photograph
from pigtrack.model.quantity import FloatArray
from pigtrack.model.result import PhotographReading

TOO_FEW_PATCHES = "Too few patches of the card can be read. Retake with the card evenly lit and without glare."


def read_card(
    photograph: Photograph,
    card: Card,
    *,
    session: int,
    pitch_mm: float | None,
    point: tuple[float, float],
    region: Polygon | None,
    knowledge: Knowledge,
    method: str = "auto",
    sticker_mm: float | None = None,
) -> PhotographReading:
    """Find the card, fit every colour method it allows, and take the scale.

    Parameters
    ----------
    session : int
        The session's number, from 1.
    pitch_mm : float or None
        From patch centre to patch centre; None where the card's size is not known.
    point : tuple of float
        Upright x, y at which the scale is wanted.
    region : polygon or None
        Upright x, y of the skin that the checks look at; None: all but the card.
    sticker_mm : float or None
        Side of a printed scale sticker that may lie on the skin; None: none is looked for.

    Returns
    -------
    PhotographReading
        With ``refusal`` in place of a card where none can be read.
    """
    shape = photograph.pixels.shape[:2]
    outline = None if region is None else np.asarray(region, dtype=np.float64)
    sticker = None if sticker_mm is None else find_sticker(photograph, side_mm=sticker_mm)
    try:
        reading = find_card(photograph, card)
    except CardError as fault:
        return _without_card(photograph, session, fault, outline, sticker=sticker, point=point)
    calibrations = fit_methods(reading, knowledge, method=method)
    scale = measure_scale(
        reading,
        pitch_mm,
        point,
        image_shape=(shape[0], shape[1]),
        focal_length_35mm=told_focal_length(photograph.capture),
        sticker=sticker,
    )
    best = calibrations[choose_method([calibrations])] if calibrations else None
    view = view_skin(photograph, reading, outline, exclude=_not_skin(sticker))
    checks = check_photograph(photograph, reading, best, scale, region=outline, view=view)
    return PhotographReading(
        session=session,
        photo=photograph.name,
        sha256=photograph.sha256,
        capture=photograph.capture,
        shape=(shape[0], shape[1]),
        card=reading,
        calibrations=calibrations,
        scale=scale,
        checks=checks,
        refusal=None if calibrations else TOO_FEW_PATCHES,
        flags=reading.flags | scale.flags | flags_of(checks),
        pitch_mm=pitch_mm,
        sticker=sticker,
        skin_rgb=usual_skin(view),
    )


def told_focal_length(capture: CaptureFacts) -> float | None:
    """Return the focal length that the file tells; None where it was edited, and may have been cropped, since."""
    altered = any(trace.startswith(("edited", "screenshot")) for trace in capture.processing)
    return None if altered else capture.focal_length_35mm


def _not_skin(sticker: StickerReading | None) -> tuple[FloatArray, ...]:
    return () if sticker is None else (sticker_outline(sticker),)


def _without_card(
    photograph: Photograph,
    session: int,
    fault: CardError,
    outline: FloatArray | None,
    *,
    sticker: StickerReading | None,
    point: tuple[float, float],
) -> PhotographReading:
    shape, focal, scale = photograph.pixels.shape[:2], told_focal_length(photograph.capture), None
    if sticker is not None:
        scale = measure_scale(
            None, None, point, image_shape=(shape[0], shape[1]), focal_length_35mm=focal, sticker=sticker
        )
    checks = check_photograph(photograph, None, None, scale, region=outline, exclude=_not_skin(sticker))
    return PhotographReading(
        session=session,
        photo=photograph.name,
        sha256=photograph.sha256,
        capture=photograph.capture,
        shape=(shape[0], shape[1]),
        card=None,
        calibrations={},
        scale=scale,
        checks=checks,
        refusal=str(fault),
        flags=(flags_of(checks) - {QualityFlag.NO_CARD})
        | {QualityFlag.CARD_UNUSABLE if fault.seen else QualityFlag.NO_CARD},
        sticker=sticker,
    )

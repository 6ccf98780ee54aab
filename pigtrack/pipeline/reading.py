"""One photograph on its own: its card, the colour fits it allows, its scale, its checks."""

import numpy as np

from pigtrack.errors import CardError
from pigtrack.imaging.calibrate import Knowledge, choose_method, fit_methods
from pigtrack.imaging.card import find_card
from pigtrack.imaging.quality import check_photograph, flags_of
from pigtrack.imaging.scale import measure_scale
from pigtrack.model.calibration import Card
from pigtrack.model.course import Polygon
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Photograph
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

    Returns
    -------
    PhotographReading
        With ``refusal`` in place of a card where none can be read.
    """
    shape = photograph.pixels.shape[:2]
    outline = None if region is None else np.asarray(region, dtype=np.float64)
    try:
        reading = find_card(photograph, card)
    except CardError as fault:
        return _without_card(photograph, session, fault, outline)
    calibrations = fit_methods(reading, knowledge, method=method)
    focal = photograph.capture.focal_length_35mm
    scale = measure_scale(reading, pitch_mm, point, image_shape=(shape[0], shape[1]), focal_length_35mm=focal)
    best = calibrations[choose_method([calibrations])] if calibrations else None
    checks = check_photograph(photograph, reading, best, scale, region=outline)
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
    )


def _without_card(
    photograph: Photograph, session: int, fault: CardError, outline: FloatArray | None
) -> PhotographReading:
    shape = photograph.pixels.shape[:2]
    checks = check_photograph(photograph, None, None, None, region=outline)
    return PhotographReading(
        session=session,
        photo=photograph.name,
        sha256=photograph.sha256,
        capture=photograph.capture,
        shape=(shape[0], shape[1]),
        card=None,
        calibrations={},
        scale=None,
        checks=checks,
        refusal=str(fault),
        flags=(flags_of(checks) - {QualityFlag.NO_CARD})
        | {QualityFlag.CARD_UNUSABLE if fault.seen else QualityFlag.NO_CARD},
    )

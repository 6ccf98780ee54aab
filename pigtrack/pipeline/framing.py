"""A live picture's card held against the baseline's: what to do until the next photograph is framed as that one was."""

import numpy as np

from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.imaging.quality import LIMITS, check_card_light
from pigtrack.imaging.scale import stand_of
from pigtrack.model.calibration import Card, CardReading
from pigtrack.model.framing import Aim, CardStand, Glimpse, Hint, HintKind
from pigtrack.model.photograph import Photograph
from pigtrack.model.quality import QualityCheck

_TURN_DEG, _DISTANCE, _TILT_DEG = 7.0, 0.07, 7.0
"""What is let pass: two thirds of what a photograph's checks warn from (`imaging.quality.limits`)."""

_CENTRE = 0.1
"""Of the picture's longer side. The card is laid anew at every visit, so its place tells less than its size."""

_QUARTER_DEG = 60.0
"""From here on the picture stands upright where the baseline lay, or the other way round."""

_ROOM = 0.1
"""Where there is no baseline: a tenth closer than the least resolution needs, as no hand stands still."""

_SAID = {
    "overexposure_l": (HintKind.BRIGHT, "Too bright: less light, or lower the exposure."),
    "underexposure_l": (HintKind.DARK, "Too dark: more light."),
    "card_patches_lost": (HintKind.GLARE, "Glare on the card: turn it, or move the lamp."),
}
_REMEDIED = {"card_shadow": HintKind.SHADOW, "card_uneven_light": HintKind.UNEVEN}
"""Checks whose own remedy is a sentence of where and what."""

_FIRST = frozenset({HintKind.BRIGHT, HintKind.DARK, HintKind.GLARE})
"""What spoils everything else, and is told first."""


def glimpse(picture: Photograph, card: Card, aim: Aim, *, width_px: int | None = None) -> Glimpse:
    """Tell how a live picture is framed.

    Parameters
    ----------
    width_px : int or None
        Longer side of the photograph that would be taken now; None: not known.
    """
    compared = aim.stand is not None
    try:
        reading = find_card(picture, card)
    except CardError as fault:
        said = fault.problem if fault.seen else "Bring the whole card into the picture, flat and sharp."
        return Glimpse((), (Hint(HintKind.CARD, said, np.inf),), compared)
    shape = (picture.pixels.shape[0], picture.pixels.shape[1])
    stand = stand_of(reading, shape, focal_length_35mm=aim.focal_length_35mm)
    pitch_mm = card.pitch_mm if aim.pitch_mm is None else aim.pitch_mm
    view = _alone(stand, pitch_mm, width_px) if aim.stand is None else _compared(stand, aim.stand)
    light = _light(picture, reading)
    first = tuple(each for each in light if each.kind in _FIRST)
    return Glimpse(stand.outline, (*first, *view, *(each for each in light if each.kind not in _FIRST)), compared)


def _light(picture: Photograph, reading: CardReading) -> tuple[Hint, ...]:
    found = {each.name: each for each in check_card_light(picture, reading)}
    hints = [Hint(kind, said, _times(found[name])) for name, (kind, said) in _SAID.items() if name in found]
    own = [Hint(kind, found[name].remedy, _times(found[name])) for name, kind in _REMEDIED.items() if name in found]
    return (*hints, *own)


def _times(check: QualityCheck) -> float:
    """How often the value holds what a check warns from; below 0: it is off to the harmless side."""
    return float(check.value or 0.0) / LIMITS[check.name].warn


def _compared(live: CardStand, baseline: CardStand) -> tuple[Hint, ...]:
    turn = (live.turn_deg - baseline.turn_deg + 180) % 360 - 180
    lean = np.asarray(live.lean) - _turned(baseline.lean, turn)
    away = np.asarray(live.centre) - _turned(baseline.centre, turn)
    return (_turn(turn), _distance(live.pitch / baseline.pitch), _tilt(lean, "as then"), _centre(away))


def _alone(live: CardStand, pitch_mm: float | None, width_px: int | None) -> tuple[Hint, ...]:
    tilt = _tilt(np.asarray(live.lean), "flat before the skin")
    if pitch_mm is None or width_px is None:
        return (tilt,)
    resolved = live.pitch * width_px / pitch_mm / LIMITS["px_per_mm"].warn
    return (Hint(HintKind.DISTANCE, _move(resolved / (1 + _ROOM)), (1 + _ROOM - resolved) / _ROOM), tilt)


def _turned(vector: tuple[float, float], degrees: float) -> np.ndarray:
    """Turn x, y clockwise as seen, y growing downwards."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([cos * vector[0] - sin * vector[1], sin * vector[0] + cos * vector[1]])


def _turn(degrees: float) -> Hint:
    way = "clockwise" if degrees > 0 else "anticlockwise"
    said = f"Turn the camera {abs(degrees):.0f}° {way}."
    if abs(degrees) > _QUARTER_DEG:
        said = f"Turn the camera {way} by about {90 * round(abs(degrees) / 90)}°: as it was held at the baseline."
    return Hint(HintKind.TURN, said, abs(degrees) / _TURN_DEG)


def _distance(near: float) -> Hint:
    """``near``: how much larger the card is seen than in the baseline."""
    return Hint(HintKind.DISTANCE, _move(near), abs(near - 1) / _DISTANCE)


def _move(near: float) -> str:
    """Say by which share of its distance the camera must move, ``near`` times as near as it should be."""
    return f"Move {100 * abs(1 - near):.0f} % {'closer' if near < 1 else 'further away'}."


def _tilt(lean: np.ndarray, how: str) -> Hint:
    """``lean``: towards the side of the picture that is too near."""
    degrees = float(np.degrees(np.arcsin(min(1.0, float(np.hypot(*lean))))))
    edge = _way(-lean, "left", "right", "upper", "lower")
    said = f"Tip the camera’s {edge} edge {degrees:.0f}° towards the skin, {how}."
    return Hint(HintKind.TILT, said, degrees / _TILT_DEG)


def _centre(away: np.ndarray) -> Hint:
    """``away``: how far the card lies from its place in the baseline, in longer sides of the picture."""
    way = _way(away, "left", "right", "up", "down")
    said = f"Move the camera {way}: the card belongs into the frame."
    return Hint(HintKind.CENTRE, said, float(np.hypot(*away)) / _CENTRE)


def _way(vector: np.ndarray, left: str, right: str, up: str, down: str) -> str:
    """Return the word for where x, y points most, y growing downwards."""
    across, along = vector
    if abs(across) > abs(along):
        return right if across > 0 else left
    return down if along > 0 else up

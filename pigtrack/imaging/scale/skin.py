"""Millimetres of skin on a pixel, from what lies on the skin."""

import numpy as np

from pigtrack.imaging.scale.pose import Lens, lens_of
from pigtrack.imaging.scale.sightings import CameraTilt, Sighting, camera_tilt, log_scale, sight_card, sight_sticker
from pigtrack.model.calibration import CardReading, SpatialCalibration, StickerReading
from pigtrack.model.flags import QualityFlag
from pigtrack.model.quantity import FloatArray

_STEP = 1e-5
"""For derivatives of the scale by numbers."""

_DISAGREE = 3.0
"""Card and sticker are said to disagree from so many standard uncertainties of their difference on."""

_LEAST_DISAGREEMENT = 0.01
_DISTANCE_KNOWN = 0.1
"""A focal length known better than this (relative) makes a distance worth telling."""


def measure_scale(
    reading: CardReading | None,
    pitch_mm: float | None,
    point_xy: tuple[float, float],
    *,
    image_shape: tuple[int, int],
    focal_length_35mm: float | None = None,
    sticker: StickerReading | None = None,
) -> SpatialCalibration:
    """Scale at a point of the skin, from the card, or from a sticker on the skin itself where there is one.

    Parameters
    ----------
    reading : CardReading or None
        The card as found; None only where there is a sticker.
    pitch_mm : float or None
        From patch centre to patch centre; None takes the card file's own, which may not know it either.
    point_xy : tuple of float
        Where on the skin, upright pixels.
    image_shape : tuple of int
        Rows and columns of the photograph.
    focal_length_35mm : float or None
        Focal length in 35 mm film, in millimetres, as the file tells it.
    sticker : StickerReading or None
        It lies in the plane of the skin, so its scale is taken; the card then only helps to tell the camera's tilt.

    Returns
    -------
    SpatialCalibration
        ``mm_per_px`` None and the flag ``card_size_unknown`` where no size is known; ``scale_mismatch`` where card
        and sticker differ by more than they may.

    Raises
    ------
    ValueError
        If there is neither card nor sticker.

    Notes
    -----
    Perspective tells the card's tilt, which is the camera's and the card's own; only the camera's is the skin's too.
    It is split by what is usual of both (`camera_tilt`), and the skin's plane laid at the card's height under the
    card. What cannot be told apart goes into the uncertainty.
    """
    if reading is None and sticker is None:
        raise ValueError("reading and sticker must not both be None")
    lens, point = lens_of(image_shape, focal_length_35mm), np.asarray(point_xy, dtype=np.float64)
    pitch = pitch_mm if pitch_mm is not None or reading is None else reading.card.pitch_mm
    card = None if reading is None else sight_card(reading, pitch or 1.0, lens)
    on_skin = None if sticker is None else sight_sticker(sticker, lens)
    seen = tuple(each for each in (card, on_skin) if each is not None)
    skin = camera_tilt(seen)
    if on_skin is None and pitch is None:
        unknown = frozenset({QualityFlag.CARD_SIZE_UNKNOWN})
        return SpatialCalibration(None, 0.0, seen[0].pose.tilt_deg, unknown)
    chosen = on_skin or seen[0]
    mm_per_px, own, shared = _carry(chosen, skin, point, lens)
    differs = card is not None and on_skin is not None and pitch is not None and _disagree(card, on_skin, skin, lens)
    return SpatialCalibration(
        mm_per_px=mm_per_px,
        u_relative=float(np.hypot(own, shared)),
        tilt_deg=seen[0].pose.tilt_deg,
        flags=frozenset({QualityFlag.SCALE_MISMATCH}) if differs else frozenset(),
        u_shared=shared,
        distance_mm=chosen.pose.distance * chosen.unit_mm if lens.log_spread < _DISTANCE_KNOWN else None,
        source="card" if on_skin is None else "sticker",
    )


def _carry(seen: Sighting, skin: CameraTilt, point: FloatArray, lens: Lens) -> tuple[float, float, float]:
    """Millimetres a pixel at a point, and the two parts of its relative uncertainty: own and shared."""
    pose, height = seen.pose.values, seen.height_mm / seen.unit_mm
    start = np.concatenate([pose[2:], skin.tilt, [height]])

    def at(values: FloatArray) -> float:
        return log_scale(np.concatenate([[0.0, 0.0], values[:5]]), values[5:7], float(values[7]), point, lens)

    base = at(start)
    slope = np.array([at(start + step) - base for step in _STEP * np.eye(8)]) / _STEP
    covariance = np.zeros((8, 8))
    covariance[:5, :5] = seen.pose.covariance[2:, 2:]
    covariance[5:7, 5:7] = skin.covariance
    covariance[7, 7] = (seen.u_height_mm / seen.unit_mm) ** 2
    own = float(np.sqrt(slope @ covariance @ slope))
    shared = float(np.hypot(seen.u_unit, slope[7] * seen.u_height_shared_mm / seen.unit_mm))
    return seen.unit_mm * float(np.exp(-base)), own, shared


def _disagree(card: Sighting, sticker: Sighting, skin: CameraTilt, lens: Lens) -> bool:
    """Compare the two where the sticker lies."""
    rows, columns = lens.shape
    pose = sticker.pose.values
    place = np.exp(pose[6]) * pose[3:5] + [(columns - 1) / 2, (rows - 1) / 2]
    first, second = (_carry(each, skin, place, lens) for each in (card, sticker))
    apart = abs(np.log(first[0] / second[0]))
    return bool(apart > max(_DISAGREE * float(np.linalg.norm([*first[1:], *second[1:]])), _LEAST_DISAGREEMENT))

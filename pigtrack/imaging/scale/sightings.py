"""What a card or a sticker tells of the skin that it lies on: how far, how tilted, how far that can be believed."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.geometry import apply_homography, scale_at
from pigtrack.imaging.scale.pose import Lens, PlanePose, fit_pose, normal_of
from pigtrack.model.calibration import CardReading, StickerReading
from pigtrack.model.quantity import FloatArray

CAMERA_TILT = float(np.radians(5.0))
"""Standard deviation, about each axis, of a hand-held camera that was meant to face the skin."""

CARD_TILT = float(np.radians(1.4))
"""The same of a card against the skin that it lies on: one end of a card of 90 mm 2 mm higher than the
other, or skin that curves away by as much."""

STICKER_TILT = float(np.radians(1.5))
"""The same of a small sticker against the skin around it: it follows the skin right under it."""

_HEIGHT_MM, _U_HEIGHT_MM = 1.0, 0.5
"""Height of a card's face above the skin where its file does not give it: card and board are 0.5 to 2 mm thick."""

_U_THICKNESS_MM = 0.1
_GAP_MM, _U_GAP_MM = 0.2, 0.35
"""Air under a stiff card on soft skin; it differs from session to session."""

_STICKER_HEIGHT_MM, _U_STICKER_MM = 0.1, 0.05

PITCH_TOLERANCE = 0.002
"""Relative standard uncertainty of a patch pitch taken from a drawing or a ruler."""

STICKER_TOLERANCE_MM = 0.04
"""Standard uncertainty of a printed side measured with a ruler of half millimetres under a lens."""

_PRINT_ERROR = 0.002
"""How far a printed patch lies from its place, and a consumer lens bends, in pitches."""

_FINEST_PX = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class Sighting:
    """A flat thing on the skin, as seen.

    Attributes
    ----------
    unit_mm : float
        Its own unit: pitch or side.
    own_tilt : float
        Prior standard deviation of its tilt against the skin, about each axis, radians.
    height_mm : float
        Of its face above the skin.
    u_height_shared_mm, u_height_mm : float
        Standard uncertainty of the height: the part that a whole course shares, and the rest.
    u_unit : float
        Relative standard uncertainty of ``unit_mm``, which a whole course shares.
    """

    pose: PlanePose
    unit_mm: float
    own_tilt: float
    height_mm: float
    u_height_shared_mm: float
    u_height_mm: float
    u_unit: float


@dataclass(frozen=True, eq=False, slots=True)
class CameraTilt:
    """Tilt of the skin against the camera, radians about its x and y axis, and its covariance (2, 2)."""

    tilt: FloatArray
    covariance: FloatArray


def sight_card(reading: CardReading, pitch_mm: float, lens: Lens) -> Sighting:
    """Fit where the card stands."""
    card, thickness = reading.card, reading.card.thickness_mm
    rows, columns = np.divmod(np.arange(card.columns * card.rows), card.columns)
    points = np.column_stack([columns, rows]).astype(np.float64)
    middle = points.mean(axis=0)
    noise = max(
        float(np.nan_to_num(reading.centre_error_px)), _PRINT_ERROR * scale_at(reading.homography, middle), _FINEST_PX
    )
    pixels = apply_homography(reading.homography, points)
    spread = float(np.hypot(CAMERA_TILT, CARD_TILT))
    known = thickness is not None
    return Sighting(
        pose=fit_pose(points - middle, pixels, lens=lens, noise_px=noise, tilt_spread=spread),
        unit_mm=pitch_mm,
        own_tilt=CARD_TILT,
        height_mm=_HEIGHT_MM if thickness is None else thickness + _GAP_MM,
        u_height_shared_mm=_U_THICKNESS_MM if known else _U_HEIGHT_MM,
        u_height_mm=_U_GAP_MM,
        u_unit=card.pitch_u_mm / pitch_mm if card.pitch_u_mm and pitch_mm == card.pitch_mm else PITCH_TOLERANCE,
    )


def sight_sticker(reading: StickerReading, lens: Lens) -> Sighting:
    """Fit where the sticker stands."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    spread = float(np.hypot(CAMERA_TILT, STICKER_TILT))
    noise = max(reading.corner_error_px, _FINEST_PX)
    return Sighting(
        pose=fit_pose(corners, reading.corners, lens=lens, noise_px=noise, tilt_spread=spread),
        unit_mm=reading.side_mm,
        own_tilt=STICKER_TILT,
        height_mm=_STICKER_HEIGHT_MM,
        u_height_shared_mm=0.0,
        u_height_mm=_U_STICKER_MM,
        u_unit=STICKER_TOLERANCE_MM / reading.side_mm,
    )


def camera_tilt(sightings: tuple[Sighting, ...]) -> CameraTilt:
    """Tell the camera's tilt against the skin from the tilts of things that lie on it.

    Notes
    -----
    A thing's tilt in the picture is the camera's plus its own. With Gaussian priors of both, the camera's share of
    what is seen is ``camera² / (camera² + own²)``, and what remains unknown is ``camera² own² / (camera² + own²)``
    beside the fit's own error. Several things are weighed by their precision, the camera's prior counted once.
    """
    prior = np.eye(2) / CAMERA_TILT**2
    precision, pull = prior.copy(), np.zeros(2)
    for each in sightings:
        share = CAMERA_TILT**2 / (CAMERA_TILT**2 + each.own_tilt**2)
        covariance = share * each.own_tilt**2 * np.eye(2) + share**2 * each.pose.covariance[:2, :2]
        own = np.asarray(np.linalg.inv(covariance))
        pull = pull + own @ (share * each.pose.values[:2])
        precision = precision + own - prior
    covariance = np.asarray(np.linalg.inv(precision))
    return CameraTilt(covariance @ pull, covariance)


def log_scale(pose: FloatArray, tilt: FloatArray, height: float, pixel: FloatArray, lens: Lens) -> float:
    """Logarithm of upright pixels on a unit of skin at a pixel.

    Parameters
    ----------
    pose : ndarray, shape (7,)
        Values of a `PlanePose`.
    tilt : ndarray, shape (2,)
        Of the skin against the camera, radians.
    height : float
        Of the thing's centre above the skin, in its own unit.

    Notes
    -----
    Skin is the plane with unit normal n at the distance d = n·centre + height. A pixel with the ray r (third
    component 1) meets it at the depth d / (n·r), and an area of it is seen f² (n·r)³ / d² times as large.
    """
    normal, focal = normal_of(tilt), float(np.exp(pose[6]))
    centre = float(np.exp(pose[5])) * np.array([pose[3], pose[4], 1.0])
    facing = max(float(normal @ lens.ray(pixel, focal)), 0.25)
    return float(np.log(focal) + 1.5 * np.log(facing) - np.log(float(normal @ centre) + height))

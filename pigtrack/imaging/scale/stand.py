"""Where the card stands in a picture, told so that two pictures of different size can be held against one another."""

import numpy as np

from pigtrack.imaging.geometry import FULL_FRAME_DIAGONAL_MM, apply_homography, card_outline, scale_at
from pigtrack.imaging.scale.pose import Lens, fit_pose, normal_of
from pigtrack.model.calibration import CardReading
from pigtrack.model.framing import CardStand

_HANDHELD_MM = 28.0
"""Focal length on 35 mm film where none is told: the main cameras of phones and tablets have 24 to 30, and their live
pictures are often cut a little."""

_SPREAD = 0.2
"""Standard deviation of its logarithm; also of one that the baseline tells, as the live picture may be cut."""

_TILT_SPREAD = float(np.radians(15.0))
"""Of a camera that is still being aimed."""

_NOISE = 0.002
_FINEST_PX = 0.05
"""Of a patch's place: in pitches, and at least in pixels."""

_HALF_PATCH = 0.5


def stand_of(
    reading: CardReading, image_shape: tuple[int, int], *, focal_length_35mm: float | None = None
) -> CardStand:
    """Tell where the card stands before the camera.

    Parameters
    ----------
    reading : CardReading
        The card as found.
    image_shape : tuple of int
        Rows and columns of the upright picture.
    focal_length_35mm : float or None
        In millimetres on 35 mm film; None: that of a phone.
    """
    rows, columns = np.divmod(np.arange(reading.card.columns * reading.card.rows), reading.card.columns)
    points = np.column_stack([columns, rows]).astype(np.float64)
    middle = points.mean(axis=0)
    noise = max(
        _NOISE * scale_at(reading.homography, middle), _FINEST_PX, float(np.nan_to_num(reading.centre_error_px))
    )
    pixels = apply_homography(reading.homography, points)
    lens = _lens(image_shape, focal_length_35mm or _HANDHELD_MM)
    values = fit_pose(points - middle, pixels, lens=lens, noise_px=noise, tilt_spread=_TILT_SPREAD).values
    return _told(reading, image_shape, values, apply_homography(reading.homography, middle))


def _lens(shape: tuple[int, int], focal_length_35mm: float) -> Lens:
    return Lens(shape, focal_length_35mm / FULL_FRAME_DIAGONAL_MM * float(np.hypot(*shape)), _SPREAD)


def _told(reading: CardReading, shape: tuple[int, int], values: np.ndarray, middle: np.ndarray) -> CardStand:
    height, width = shape
    longer = float(max(shape))
    corners = card_outline(reading, rim=_HALF_PATCH, foot=_HALF_PATCH)
    normal = normal_of(values[:2])
    return CardStand(
        outline=tuple((float(x / width), float(y / height)) for x, y in corners),
        centre=(float(middle[0] - (width - 1) / 2) / longer, float(middle[1] - (height - 1) / 2) / longer),
        pitch=float(np.exp(values[6] - values[5])) / longer,
        turn_deg=float(np.degrees(values[2])),
        lean=(float(normal[0]), float(normal[1])),
    )

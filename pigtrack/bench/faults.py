"""Faults to be injected into good photographs: arrays in, arrays out, each of a stated strength.

Light is changed in linear light and written back as 8-bit sRGB, so a fault meets the same rounding and clipping as in
a camera. None of this is used by the phantom, whose own nuisances are drawn before the camera, not after it.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decoding_table, encode_srgb
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.calibration import CardReading
from pigtrack.model.photograph import Encoding
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

Codes = NDArray[np.uint8]
"""Upright pixels, shape (rows, columns, 3), encoded sRGB."""

_RIM_PITCHES, _FOOT_PITCHES = 1.1, 1.9
"""The card's body reaches so far beyond the outermost patch centres."""

_MELANIN = np.array([1.0, 1.7, 2.9])
_BLOOD = np.array([0.33, 1.0, 0.82])
"""Change of R, G, B density with melanin and with blood on skin of intermediate tone, from the physical model."""


def linear_of(codes: Codes) -> FloatImage:
    """Linear sRGB of 8-bit codes, float32."""
    return opencv.look_up(codes, decoding_table(Encoding.SRGB, 8))


def codes_of(linear: FloatArray | FloatImage) -> Codes:
    """8-bit sRGB codes of linear light; what is beyond full scale is clipped."""
    return np.rint(encode_srgb(np.asarray(linear, dtype=np.float64)) * 255).astype(np.uint8)


def card_mask(codes: Codes, reading: CardReading) -> BoolImage:
    """Tell which pixels the card's body covers."""
    low, right, bottom = -_RIM_PITCHES, reading.card.columns - 1 + _RIM_PITCHES, reading.card.rows - 1 + _FOOT_PITCHES
    corners = np.array([[low, low], [right, low], [right, bottom], [low, bottom]])
    return opencv.fill_polygon((codes.shape[0], codes.shape[1]), apply_homography(reading.homography, corners))


def expose(codes: Codes, *, stops: float) -> Codes:
    """Expose by so many stops more."""
    return codes_of(linear_of(codes) * np.float32(2**stops))


def slope_light(codes: Codes, *, share: float, angle_deg: float) -> Codes:
    """Let the light grow by ``share`` from one side of the picture to the other."""
    return codes_of(linear_of(codes) * (1 + np.float32(share) * _ramp(codes, angle_deg))[..., None])


def mix_lamps(codes: Codes, *, share: float, angle_deg: float) -> Codes:
    """Let red over blue grow by ``share`` from one side of the picture to the other."""
    ramp = np.float32(np.log1p(share)) * _ramp(codes, angle_deg)
    return codes_of(linear_of(codes) * np.exp(np.stack([ramp / 2, 0 * ramp, -ramp / 2], axis=-1)))


def shade(codes: Codes, *, point: FloatArray, angle_deg: float, depth: float, soft_px: float) -> Codes:
    """Cast a shadow of ``depth`` over all that lies beyond a line through a point, with a soft edge."""
    x, y = _grid(codes)
    turn = np.radians(angle_deg)
    beyond = (x - np.float32(point[0])) * np.float32(np.cos(turn)) + (y - np.float32(point[1])) * np.float32(
        np.sin(turn)
    )
    cover = 1 / (1 + np.exp(np.clip(-beyond / np.float32(soft_px), -30, 30)))
    return codes_of(linear_of(codes) * (1 - np.float32(depth) * cover)[..., None])


def map_tones(codes: Codes, *, power: float, reach: float) -> Codes:
    """Lift dark and dim bright surroundings: each pixel times (0.2 / brightness around)^power.

    ``reach`` is the surroundings' standard deviation as a share of the picture's width.
    """
    linear = linear_of(codes)
    rows, columns = codes.shape[:2]
    small = opencv.resize_area(np.log(np.maximum(linear.mean(axis=2), np.float32(0.01))), (rows // 8, columns // 8))
    around = opencv.resize_linear(opencv.blur(small, reach * columns / 8), (rows, columns))
    return codes_of(linear * np.exp(np.float32(power) * (np.float32(np.log(0.2)) - around))[..., None])


def blur(codes: Codes, *, sigma_px: float, where: BoolImage | None = None) -> Codes:
    """Miss the focus, everywhere or where a mask says."""
    soft = codes_of(opencv.blur(linear_of(codes), sigma_px))
    return soft if where is None else np.where(where[..., None], soft, codes)


def move(codes: Codes, *, length_px: int, angle_deg: float) -> Codes:
    """Move the camera along a line during the exposure."""
    linear, turn = linear_of(codes), np.radians(angle_deg)
    steps = np.arange(length_px) - (length_px - 1) / 2
    total = np.zeros_like(linear)
    for step in steps:
        shift = np.array([[1, 0, step * np.cos(turn)], [0, 1, step * np.sin(turn)], [0, 0, 1.0]])
        total += opencv.warp_perspective(linear, shift, (codes.shape[0], codes.shape[1]))
    return codes_of(total / np.float32(length_px))


def grain(codes: Codes, *, share: float, rng: np.random.Generator) -> Codes:
    """Add noise of a relative standard deviation of ``share`` at mid grey, growing as photons' does."""
    linear = linear_of(codes)
    deviation = np.float32(share) * np.sqrt(np.maximum(linear, np.float32(0.002)) * np.float32(0.2))
    return codes_of(linear + deviation * rng.standard_normal(linear.shape, dtype=np.float32))


def compress(codes: Codes, *, quality: int) -> Codes:
    """Write as JPEG of a quality, colour at half the resolution, and read again."""
    file = BytesIO()
    Image.fromarray(codes).save(file, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(file).convert("RGB"))


def sharpen(codes: Codes, *, amount: float, sigma_px: float) -> Codes:
    """Apply an unsharp mask."""
    encoded = codes.astype(np.float32)
    return np.clip(encoded + np.float32(amount) * (encoded - opencv.blur(encoded, sigma_px)) + 0.5, 0, 255).astype(
        np.uint8
    )


def shrink(codes: Codes, *, share: float) -> Codes:
    """Take the picture from further away: fewer pixels on the same field."""
    return np.asarray(opencv.resize_area(codes, (round(codes.shape[0] * share), round(codes.shape[1] * share))))


def enlarge(codes: Codes, *, share: float) -> Codes:
    """Enlarge a shrunk picture back, as digital zoom and messengers do."""
    return np.asarray(opencv.resize_linear(shrink(codes, share=share), (codes.shape[0], codes.shape[1])))


def view_from(
    codes: Codes, *, tilt_deg: float, roll_deg: float = 0.0, nearer: float = 1.0, side_deg: float = 0.0
) -> Codes:
    """See the picture's plane from another place: tilted about an axis, rolled, nearer. 50 mm lens."""
    rows, columns = codes.shape[:2]
    focal = 1.15 * float(np.hypot(rows, columns))
    camera = np.array([[focal, 0, (columns - 1) / 2], [0, focal, (rows - 1) / 2], [0, 0, 1]])
    turned = _about(roll_deg, 2) @ _about(side_deg, 2) @ _about(tilt_deg, 1) @ _about(-side_deg, 2)
    plane = np.column_stack([turned[:, 0], turned[:, 1], np.array([0, 0, 1 / nearer])])
    forward = camera @ plane @ np.linalg.inv(camera)
    seen = opencv.warp_perspective(linear_of(codes), np.asarray(np.linalg.inv(forward)), (rows, columns))
    return codes_of(seen)


def pan(codes: Codes, *, share: float) -> Codes:
    """Point the camera to the right by a share of the picture's width; what comes in is a plain wall."""
    columns = round(share * codes.shape[1])
    return np.concatenate([codes[:, columns:], np.full_like(codes[:, :columns], 120)], axis=1)


def shine(
    codes: Codes, *, spots: int, radius_px: float, light: float, where: BoolImage, rng: np.random.Generator
) -> Codes:
    """Lay round highlights of white light on places that a mask allows."""
    linear = linear_of(codes)
    x, y = _grid(codes)
    places = np.argwhere(where)[rng.integers(0, int(where.sum()), spots)]
    for row, column in places.tolist():
        away = ((x - column) ** 2 + (y - row) ** 2) / np.float32(2 * radius_px**2)
        linear = linear + (np.float32(light) * np.exp(-np.minimum(away, 30)))[..., None]
    return codes_of(linear)


def hair(
    codes: Codes, *, count: int, thickness_px: float, length_px: float, where: BoolImage, rng: np.random.Generator
) -> Codes:
    """Lay dark hairs, gently bent and mostly one way, on places that a mask allows."""
    lie, lines = rng.uniform(0, 2 * np.pi), []
    starts = np.argwhere(where)[rng.integers(0, int(where.sum()), count)][:, ::-1]
    for start in starts:
        heading = lie + rng.normal(0, 0.3) + np.cumsum(rng.normal(0, 0.05, 12))
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (length_px / 12)
        lines.append(start + np.cumsum(steps, axis=0))
    drawn = opencv.draw_lines((codes.shape[0], codes.shape[1]), lines, thickness_px=max(1, round(thickness_px)))
    cover = opencv.blur((drawn & where).astype(np.float32), 0.6)[..., None] * np.float32(min(1.0, thickness_px))
    return codes_of(linear_of(codes) * (1 - cover) + cover * np.float32(0.03))


def tint(codes: Codes, *, melanin: float = 0.0, blood: float = 0.0, light: float = 0.0, where: BoolImage) -> Codes:
    """Add density by melanin (red), by blood (green) and by shade (all) where a mask says."""
    factors = 10 ** -(melanin * _MELANIN + blood * _BLOOD + light)
    return codes_of(np.where(where[..., None], linear_of(codes) * factors.astype(np.float32), linear_of(codes)))


def bruise(
    codes: Codes, *, blood: float, radius_px: float, count: int, where: BoolImage, rng: np.random.Generator
) -> Codes:
    """Let blood pool in round patches with soft edges."""
    x, y = _grid(codes)
    density = np.zeros(codes.shape[:2], np.float32)
    for row, column in np.argwhere(where)[rng.integers(0, int(where.sum()), count)].tolist():
        away = np.hypot(x - column, y - row) / np.float32(radius_px)
        density = np.maximum(density, np.float32(blood) / (1 + np.exp(np.clip(6 * (away - 1), -30, 30))))
    density = np.where(where, density, 0)
    return codes_of(linear_of(codes) * 10 ** -(density[..., None] * _BLOOD.astype(np.float32)))


def make_up(codes: Codes, *, cover: float, sigma_px: float, where: BoolImage) -> Codes:
    """Cover the skin's relief and mottling: blend with a wide mean of itself."""
    linear = linear_of(codes)
    even = opencv.blur(linear, sigma_px)
    return codes_of(np.where(where[..., None], linear + np.float32(cover) * (even - linear), linear))


def soil(codes: Codes, reading: CardReading, *, patches: int, density: float, rng: np.random.Generator) -> Codes:
    """Smear dirt over a third of some patches."""
    linear = linear_of(codes)
    for patch in rng.choice(len(reading.centres), patches, replace=False).tolist():
        column, row = patch % reading.card.columns, patch // reading.card.columns
        low, high = (column - 0.36, row - 0.05), (column + 0.1, row + 0.36)
        corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
        mask = opencv.fill_polygon((codes.shape[0], codes.shape[1]), apply_homography(reading.homography, corners))
        cover = opencv.blur(mask.astype(np.float32), 2.0)
        linear = linear * 10 ** (-np.float32(density) * cover)[..., None]
    return codes_of(linear)


def fade(codes: Codes, reading: CardReading, *, patch: int, share: float) -> Codes:
    """Let one patch, from 0, fade by a share of its colour towards its own grey."""
    column, row = patch % reading.card.columns, patch // reading.card.columns
    half = reading.card.patch_width / 2
    corners = np.array([column, row]) + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    mask = opencv.fill_polygon((codes.shape[0], codes.shape[1]), apply_homography(reading.homography, corners))
    linear = linear_of(codes)
    grey = linear.mean(axis=2, keepdims=True)
    return codes_of(np.where(mask[..., None], linear + np.float32(share) * (grey - linear), linear))


def cover_card(codes: Codes, reading: CardReading, *, share: float) -> Codes:
    """Hide a share of the card, from its right, under something of skin's colour."""
    left = -_RIM_PITCHES + (1 - share) * (reading.card.columns - 1 + 2 * _RIM_PITCHES)
    right, bottom = reading.card.columns - 1 + _RIM_PITCHES, reading.card.rows - 1 + _FOOT_PITCHES
    corners = np.array([[left, -_RIM_PITCHES], [right, -_RIM_PITCHES], [right, bottom], [left, bottom]])
    mask = opencv.fill_polygon((codes.shape[0], codes.shape[1]), apply_homography(reading.homography, corners))
    skin = np.median(codes[~card_mask(codes, reading)][::97], axis=0).astype(np.uint8)
    return np.where(mask[..., None], skin, codes)


def drape(codes: Codes, reading: CardReading, *, share: float) -> Codes:
    """Hang a blue-grey cloth over a share of the picture, from its left, but not over the card."""
    x, _ = _grid(codes)
    cloth = (x < share * codes.shape[1]) & ~card_mask(codes, reading)
    weave = (70 + 12 * np.sin(x[..., None] / 3)).astype(np.uint8) + np.array([0, 15, 40], np.uint8)
    return np.where(cloth[..., None], weave, codes)


def other_side(codes: Codes, reading: CardReading) -> Codes:
    """Mirror the skin but not the card: the other side of the body, or a selfie with the card held up."""
    mask = card_mask(codes, reading)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    mirrored = np.ascontiguousarray(codes[:, ::-1])
    mirrored[box[0], codes.shape[1] - columns[-1] - 1 : codes.shape[1] - columns[0]] = codes[box]
    return mirrored


def _grid(codes: Codes) -> tuple[FloatImage, FloatImage]:
    rows, columns = codes.shape[:2]
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    return x, y


def _ramp(codes: Codes, angle_deg: float) -> FloatImage:
    """From -1/2 to 1/2 across the picture, along a direction."""
    x, y = _grid(codes)
    turn = np.radians(angle_deg)
    along = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn))
    return np.asarray((along - along.min()) / (along.max() - along.min()) - np.float32(0.5), dtype=np.float32)


def _about(angle_deg: float, axis: int) -> FloatArray:
    """Rotation about x, y or z."""
    turn = np.radians(angle_deg)
    first, second = [k for k in range(3) if k != axis]
    matrix = np.eye(3)
    matrix[[first, second], [first, second]] = np.cos(turn)
    matrix[first, second], matrix[second, first] = -np.sin(turn), np.sin(turn)
    return matrix

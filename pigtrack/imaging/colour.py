"""Colour spaces and colour differences that every stage shares. D65, 2° observer, perfect white Y = 1."""

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.model.quantity import FloatArray, FloatImage

WHITE_D65: FloatArray = np.array([0.95047, 1.0, 1.08883])
"""XYZ of D65, ASTM E308 (2° observer)."""

WHITE_D50: FloatArray = np.array([0.96422, 1.0, 0.82521])

SRGB_TO_XYZ: FloatArray = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""IEC 61966-2-1 primaries, linear."""

LUMINANCE: FloatArray = SRGB_TO_XYZ[1]
"""Shares of linear sRGB in the luminance Y."""

XYZ_TO_SRGB: FloatArray = np.asarray(np.linalg.inv(SRGB_TO_XYZ), dtype=np.float64)

BRADFORD: FloatArray = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_DELTA = 6 / 29


def decode(encoded: FloatArray, encoding: Encoding) -> FloatArray:
    """Undo an encoding's transfer curve: values 0..1 → linear 0..1, in the encoding's own primaries."""
    if encoding is Encoding.LINEAR:
        return encoded
    if encoding is Encoding.ADOBE_RGB:
        return np.asarray(np.power(np.maximum(encoded, 0.0), 563 / 256))
    curved = ((np.maximum(encoded, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(encoded <= 0.04045, encoded / 12.92, curved))


def encode_srgb(linear: FloatArray) -> FloatArray:
    """Apply the sRGB transfer curve: linear → encoded, clipped to 0..1, float64."""
    clipped = np.clip(np.asarray(linear, dtype=np.float64), 0.0, 1.0)
    return np.asarray(np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055))


def eight_bit(pixels: Pixels) -> NDArray[np.uint8]:
    """Upper 8 bits of codes of 8 or 16, any shape; codes of 8 come back as they are."""
    return pixels.astype(np.uint8, copy=False) if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)


def decoding_table(encoding: Encoding, depth: int) -> FloatImage:
    """Return the linear value of every code of ``depth`` bits, shape (2**depth,), float32."""
    codes = np.arange(2**depth, dtype=np.float64) / (2**depth - 1)
    return decode(codes, encoding).astype(np.float32)


def xyz_to_lab(xyz: FloatArray, white: FloatArray = WHITE_D65) -> FloatArray:
    """CIE 1976 L*a*b* of XYZ, shape (..., 3). CIE 015:2018, section 8.2.1.

    Examples
    --------
    >>> xyz_to_lab(WHITE_D65).round(3).tolist()
    [100.0, 0.0, 0.0]
    """
    ratio = np.asarray(xyz, dtype=np.float64) / white
    f = np.where(ratio > _DELTA**3, np.cbrt(ratio), ratio / (3 * _DELTA**2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def lab_to_xyz(lab: FloatArray, white: FloatArray = WHITE_D65) -> FloatArray:
    """XYZ of CIE 1976 L*a*b*, shape (..., 3)."""
    lab = np.asarray(lab, dtype=np.float64)
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    return np.asarray(white * np.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29)))


def adapt_d50_to_d65(xyz: FloatArray) -> FloatArray:
    """Bradford chromatic adaptation of XYZ from D50 to D65, shape (..., 3)."""
    gain = np.diag((BRADFORD @ WHITE_D65) / (BRADFORD @ WHITE_D50))
    return np.asarray(xyz @ (np.linalg.inv(BRADFORD) @ gain @ BRADFORD).T)


def srgb_to_lab(linear: FloatArray) -> FloatArray:
    """CIE 1976 L*a*b* of linear sRGB, shape (..., 3), float64, exact."""
    return xyz_to_lab(np.asarray(linear, dtype=np.float64) @ SRGB_TO_XYZ.T)


def srgb_image_to_lab(linear: FloatImage) -> FloatImage:
    """L*a*b* of a linear sRGB picture, shape (rows, columns, 3), float32; skin colours within 0.002 ΔE."""
    return opencv.lab_from_linear(linear)


def ita(lab: FloatArray) -> FloatArray:
    """Individual typology angle in degrees, shape (...): atan2(L* − 50, b*)·180/π. Chardon et al. 1991.

    Examples
    --------
    >>> float(ita(np.array([65.0, 10.0, 15.0])))
    45.0
    """
    lab = np.asarray(lab)
    return np.asarray(np.degrees(np.arctan2(lab[..., 0] - 50.0, lab[..., 2])))


def delta_e_2000(first: FloatArray, second: FloatArray) -> FloatArray:
    """CIEDE2000 colour difference of L*a*b*, shape (..., 3) → (...), kL = kC = kH = 1.

    References
    ----------
    Sharma, Wu, Dalal 2005, doi:10.1002/col.20070.

    Examples
    --------
    >>> round(float(delta_e_2000(np.array([50.0, 2.6772, -79.7751]), np.array([50.0, 0.0, -82.7485]))), 4)
    2.0425
    """
    l1, a1, b1, l2, a2, b2 = _channels(first, second)
    chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(chroma7 / (chroma7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = _hue(a1 * stretch, b1), _hue(a2 * stretch, b2)
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    turn = np.where((h2 - h1 == 180) & ~grey, 180.0, turn)
    mean_hue = np.where(
        grey, h1 + h2, np.where(np.abs(h1 - h2) <= 180, (h1 + h2) / 2, (h1 + h2 + 360) / 2 - 360 * (h1 + h2 >= 360))
    )
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c = 1 + 0.045 * chroma
    s_h = 1 + 0.015 * chroma * _hue_weight(mean_hue)
    d_l, d_c = (l2 - l1) / s_l, (c2 - c1) / s_c
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / s_h
    rotation = _rotation(chroma, mean_hue)
    return np.asarray(np.sqrt(np.maximum(d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h, 0)))


def _channels(first: FloatArray, second: FloatArray) -> tuple[NDArray[np.float64], ...]:
    first, second = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    return (*np.moveaxis(first, -1, 0), *np.moveaxis(second, -1, 0))


def _hue(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.where((a == 0) & (b == 0), 0.0, np.degrees(np.arctan2(b, a)) % 360)


def _hue_weight(hue: FloatArray) -> FloatArray:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(k * np.cos(np.radians(n * hue + shift)) for k, n, shift in terms))


def _rotation(chroma: FloatArray, hue: FloatArray) -> FloatArray:
    weight = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    return np.asarray(-weight * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))))

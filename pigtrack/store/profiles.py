"""From an embedded ICC profile to one of the encodings that the measurement knows, or a conversion to sRGB."""

import io
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.store.containers import Refusal

ImageCms: Any = import_module("PIL.ImageCms")  # its published types are years behind it

_COLORANTS: Mapping[Encoding, tuple[tuple[float, float, float], ...]] = MappingProxyType(
    {
        Encoding.SRGB: ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)),
        Encoding.DISPLAY_P3: ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841)),
        Encoding.ADOBE_RGB: ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)),
    }
)
"""XYZ of the primaries adapted to D50 (Bradford), from IEC 61966-2-1, SMPTE EG 432-1 and Adobe RGB (1998)."""

_COLORANT_TOLERANCE = 0.004
_GREY_TOLERANCE = 2
"""Codes of 255: a profile's parametric and tabled curves differ by one, rounding adds one."""

_STRIP_ROWS = 128

_BT_2020, _P3_D65 = 9, 12
"""Primaries; ITU-T H.273, table 2."""
_HDR_CURVES = (16, 18)
"""PQ and HLG; table 3."""

EXPORT_SRGB = "Export it as sRGB, Display P3 or Adobe RGB."


def honour_profile(pixels: Pixels, profile: bytes | None) -> tuple[Pixels, Encoding, tuple[str, ...]]:
    """Return pixels with the encoding they stand in; pixels of an unknown profile are converted to sRGB.

    The third part names the conversion, where there was one.
    """
    if not profile:
        return pixels, Encoding.SRGB, ()
    encoding, title = _recognise(profile)
    if encoding is not None:
        return pixels, encoding, ()
    if pixels.dtype != np.uint8:
        raise Refusal(f"has 16 bits and the unusual colour profile '{title}'", EXPORT_SRGB)
    return _to_srgb(pixels, profile), Encoding.SRGB, (f"converted from the profile {title}",)


def honour_numbers(primaries: int, transfer: int, profile: bytes | None) -> Encoding | None:
    """Return the encoding that a picture's colour numbers stand for; None: the profile or the usual, sRGB.

    Parameters
    ----------
    primaries, transfer : int
        As ITU-T H.273 counts them, in HEIC's ``nclx`` box and PNG's ``cICP`` chunk; 2 where the file is silent.
    profile : bytes or None
        An embedded profile comes before the primaries' number.
    """
    if transfer in _HDR_CURVES:
        raise Refusal("is encoded for HDR screens", "Turn HDR off and photograph again.")
    if primaries == _BT_2020 and not profile:
        raise Refusal("has the colours of BT.2020 screens", EXPORT_SRGB)
    return Encoding.DISPLAY_P3 if primaries == _P3_D65 and not profile else None


@lru_cache(maxsize=16)
def _recognise(profile: bytes) -> tuple[Encoding | None, str]:
    opened = _open(profile)
    title = " ".join(ImageCms.getProfileDescription(opened).split())[:80] or "without a name"
    core = opened.profile
    found = (core.red_colorant, core.green_colorant, core.blue_colorant)
    if not all(found):
        return None, title
    colorants = np.array([colorant[0] for colorant in found if colorant])
    for encoding, expected in _COLORANTS.items():
        if np.abs(colorants - expected).max() <= _COLORANT_TOLERANCE and _same_curve(opened, encoding):
            return encoding, title
    return None, title


def _open(profile: bytes) -> Any:
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError) as fault:
        raise Refusal("has a damaged colour profile", EXPORT_SRGB) from fault
    if opened.profile.xcolor_space.strip() != "RGB":
        raise Refusal("has a colour profile that is not for RGB", EXPORT_SRGB)
    return opened


def _same_curve(profile: Any, encoding: Encoding) -> bool:
    """Send greys through the profile: between spaces of one white point they feel the transfer curve alone."""
    from pigtrack.imaging.colour import decode, encode_srgb  # OpenCV comes with it: headers are read without

    codes = np.arange(256)
    greys = np.repeat(codes.astype(np.uint8)[:, None, None], 3, axis=2)
    seen = _to_srgb(greys, profile.tobytes())[:, 0, 1].astype(int)
    expected = np.round(255 * encode_srgb(decode(codes / 255, encoding)))
    return bool(np.abs(seen - expected).max() <= _GREY_TOLERANCE)


def _to_srgb(pixels: Pixels, profile: bytes) -> NDArray[np.uint8]:
    """Convert strip by strip, as the library holds four bytes a pixel, twice."""
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    converted = np.empty(pixels.shape, np.uint8)
    try:
        transform = ImageCms.buildTransform(source, target, "RGB", "RGB", renderingIntent=intent)
        for first in range(0, len(pixels), _STRIP_ROWS):
            strip = Image.fromarray(pixels[first : first + _STRIP_ROWS])
            converted[first : first + _STRIP_ROWS] = ImageCms.applyTransform(strip, transform)
    except ImageCms.PyCMSError as fault:
        raise Refusal("has a damaged colour profile", EXPORT_SRGB) from fault
    return converted

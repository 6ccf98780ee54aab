"""The scale sticker in a photograph: found by its code, measured by `stickerfit`, kept out of the skin."""

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decode, eight_bit
from pigtrack.imaging.geometry import apply_homography, bounding_box, fit_homography, scale_at
from pigtrack.imaging.scale.stickerface import MODULES, nominal_side_mm, paper_corners, square_corners
from pigtrack.imaging.scale.stickerfit import StickerFit, fit_sticker
from pigtrack.model.calibration import StickerReading
from pigtrack.model.photograph import Encoding, Photograph, Pixels, WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

_SEARCH_PIXELS, _SEARCH_SHARE = 6.0e6, 0.5
"""A photograph is searched at this many pixels, or at half of its own if these are more: 5 pixels a cell are then 3.5,
and still found."""

_LEAST_SIDE_PX = 16.0
"""Smallest side in the searched picture; below two pixels a cell no code can be read."""

_SIZE_TOLERANCE = 0.2
"""A sticker whose printed size is further from the asked one is another sticker."""

_LEAST_CONTRAST = 1.8
"""Of white to black, in linear light; ink on paper has 10 and more, in shade and haze less."""

_LEAST_EXPLAINED = 0.85
"""Of the picture's variance; a wrong code explains half of it."""


def find_sticker(photograph: Photograph, *, side_mm: float) -> StickerReading | None:
    """Find a printed scale sticker on the skin.

    Parameters
    ----------
    photograph : Photograph
        8 or 16 bit, any encoding.
    side_mm : float
        Side of its black square as measured on the print.

    Returns
    -------
    StickerReading or None
        The largest sticker of about this size; None where there is none, or none that can be measured.
    """
    grey = _grey(photograph.pixels)
    shrink = float(np.sqrt(min(1.0, max(_SEARCH_PIXELS / grey.size, _SEARCH_SHARE))))
    fits = [(_measure(photograph, number, rough), number) for number, rough in _search(grey, shrink, side_mm)]
    good = [(fit, number) for fit, number in fits if fit is not None and _is_sticker(fit)]
    if not good:
        return None
    fit, number = max(good, key=lambda each: _module_px(each[0]))
    corners = apply_homography(fit.homography, square_corners())
    return StickerReading(number, side_mm, corners, fit.corner_error * _module_px(fit))


def mask_sticker(sticker: StickerReading, grid: WorkingGrid) -> BoolImage:
    """Return the pixels of a working grid that the sticker's paper covers, a rim around it included."""
    outline = (sticker_outline(sticker) - np.asarray(grid.origin)) / grid.step
    return opencv.fill_polygon(grid.shape, outline)


def sticker_outline(sticker: StickerReading) -> FloatArray:
    """Corners of the sticker's paper and a rim around it, upright pixels, shape (4, 2)."""
    return apply_homography(fit_homography(square_corners(), sticker.corners), paper_corners(beyond=1.0))


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    return eight_bit(pixels[..., 1])


def _search(grey: NDArray[np.uint8], step: float, side_mm: float) -> list[tuple[int, FloatArray]]:
    """Candidates of the right printed size, corners in upright pixels."""
    shape = (round(grey.shape[0] * step), round(grey.shape[1] * step))
    small = grey if step == 1 else opencv.resize_area(np.ascontiguousarray(grey), shape)
    scale = np.array([grey.shape[1] / shape[1], grey.shape[0] / shape[0]])
    found = opencv.find_markers(small, least_side_px=_LEAST_SIDE_PX)
    return [(number, (corners + 0.5) * scale - 0.5) for number, corners in found if _fits_size(number, side_mm)]


def _fits_size(number: int, side_mm: float) -> bool:
    nominal = nominal_side_mm(number)
    return nominal is not None and abs(side_mm / nominal - 1) <= _SIZE_TOLERANCE


def _measure(photograph: Photograph, number: int, corners: FloatArray) -> StickerFit | None:
    """Lay the sticker on its surroundings in the photograph; the homography is that of the whole picture."""
    homography = fit_homography(square_corners(), corners)
    shape = (photograph.pixels.shape[0], photograph.pixels.shape[1])
    left, top, right, bottom = bounding_box(apply_homography(homography, paper_corners(beyond=1.0)), shape)
    light = _light(photograph.pixels[top:bottom, left:right], photograph.encoding)
    inside = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    fit = fit_sticker(light, number, inside @ homography)
    if fit is None:
        return None
    whole = np.asarray(np.linalg.inv(inside) @ fit.homography)
    return StickerFit(whole, fit.explained, fit.contrast, fit.corner_error)


def _light(part: Pixels, encoding: Encoding) -> FloatImage:
    """Mean of the linear channels."""
    shares = part.astype(np.float64) / np.iinfo(part.dtype).max
    return np.asarray(decode(shares, encoding).mean(axis=-1), dtype=np.float32)


def _is_sticker(fit: StickerFit) -> bool:
    return fit.explained >= _LEAST_EXPLAINED and fit.contrast >= _LEAST_CONTRAST


def _module_px(fit: StickerFit) -> float:
    return scale_at(fit.homography, np.array([MODULES / 2, MODULES / 2]))

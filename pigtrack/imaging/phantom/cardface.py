"""The colour card: its frame, gaps and patches, drawn from spectra straight onto the photograph's pixels."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.phantom.layout import CARD_PITCH_MM
from pigtrack.imaging.phantom.plan import PhantomPlan, Purpose, stream
from pigtrack.imaging.phantom.pose import project
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray, FloatImage
from pigtrack.model.spectra import WAVELENGTHS

RIM_MM = 3.2
FOOT_MM = 4.4
"""Of the frame beyond the outer cells, and more of it below the last row, where the maker's line stands."""

_FRAME = 0.045
"""Reflectance of the matt black frame."""

_FINISH_STEP_MM = 0.08


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a photograph that holds something: first row and column, and the ones after the last."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index a picture with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def printed_spectra(plan: PhantomPlan, card: Card) -> FloatArray:
    """Reflectance of this very card, shape (patches, 31): the reference, a little off as every print is."""
    if card.spectra is None:
        raise ValueError(f"card must have spectra, got {card.name} without")
    rng = stream(plan, Purpose.CARD)
    slope = rng.normal(0, 0.004, (len(card.spectra), 1)) * (WAVELENGTHS - 550) / 150
    return np.asarray(card.spectra * (1 + slope + rng.normal(0, 0.003, (len(card.spectra), 1))))


def patch_centres_mm(card: Card) -> FloatArray:
    """Centres of the patches on the card, 0, 0 at the middle of the grid, shape (patches, 2)."""
    rows, columns = np.divmod(np.arange(card.rows * card.columns), card.columns)
    x = (columns - (card.columns - 1) / 2) * CARD_PITCH_MM
    y = (rows - (card.rows - 1) / 2) * CARD_PITCH_MM
    return np.stack([x, y], axis=1)


def card_outline_mm(card: Card, *, beyond_mm: float = 0.0) -> FloatArray:
    """Corners of the frame, shape (4, 2), clockwise from the top left."""
    half_x = card.columns * CARD_PITCH_MM / 2 + RIM_MM + beyond_mm
    half_y = card.rows * CARD_PITCH_MM / 2 + RIM_MM + beyond_mm
    return np.array([[-half_x, -half_y], [half_x, -half_y], [half_x, half_y + FOOT_MM], [-half_x, half_y + FOOT_MM]])


def card_window(card: Card, homography: FloatArray, shape: tuple[int, int], *, beyond_mm: float) -> Window:
    """Smallest window of the photograph that holds the card and ``beyond_mm`` around it."""
    corners = project(homography, card_outline_mm(card, beyond_mm=beyond_mm))
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, [shape[1], shape[0]])
    return Window(int(top), int(left), max(int(bottom), int(top)), max(int(right), int(left)))


def card_at_pixels(homography: FloatArray, window: Window) -> FloatImage:
    """Millimetres on the card at every pixel of a window, shape (rows, columns, 2), float32."""
    y, x = np.mgrid[window.top : window.bottom, window.left : window.right]
    back: FloatArray = np.asarray(np.linalg.inv(homography), dtype=np.float64)
    return project(back, np.stack([x, y], axis=-1).astype(np.float64)).astype(np.float32)


def draw_face(
    card: Card, colours: FloatArray, frame: FloatArray, millimetres: FloatImage, *, px_per_mm: float
) -> FloatImage:
    """Draw the card's face, edges antialiased.

    Parameters
    ----------
    colours : ndarray, shape (patches, 3)
        Raw camera colour of each patch.
    frame : ndarray, shape (3,)
        Of the frame.
    millimetres : ndarray, shape (rows, columns, 2)
        Place on the card of every pixel.

    Returns
    -------
    ndarray, shape (rows, columns, 3), float32
    """
    half = card.patch_width * CARD_PITCH_MM / 2
    cell = millimetres / np.float32(CARD_PITCH_MM) + np.array([card.columns / 2, card.rows / 2], np.float32)
    index = np.clip(np.floor(cell), 0, [card.columns - 1, card.rows - 1]).astype(np.int32)
    outside = _rounded_box((cell - index - 0.5) * CARD_PITCH_MM, (half, half), 0.25)
    cover = np.clip(0.5 - outside * px_per_mm, 0, 1).astype(np.float32)[..., None]
    number = index[..., 1] * card.columns + index[..., 0]
    print_mark = _mark(card, millimetres)[..., None]
    ground = frame.astype(np.float32) * (1 + np.float32(8.0) * print_mark)
    return np.asarray(ground + cover * (colours.astype(np.float32)[number] - ground))


def card_cover(card: Card, millimetres: FloatImage, *, px_per_mm: float) -> FloatImage:
    """Share of each pixel that the card's body covers, 0..1, float32."""
    centred = millimetres - np.array([0, FOOT_MM / 2], np.float32)
    half_x, half_y = card_outline_mm(card)[2] - np.array([0, FOOT_MM / 2])
    outside = _rounded_box(centred, (float(half_x), float(half_y)), 2.0)
    return np.asarray(np.clip(0.5 - outside * px_per_mm, 0, 1), dtype=np.float32)


def card_distance(card: Card, millimetres: FloatImage) -> FloatImage:
    """Millimetres from each pixel to the card's body, negative within it."""
    half_x, half_y = card_outline_mm(card)[2] - np.array([0, FOOT_MM / 2])
    return _rounded_box(millimetres - np.array([0, FOOT_MM / 2], np.float32), (float(half_x), float(half_y)), 2.0)


def finish(plan: PhantomPlan, millimetres: FloatImage) -> FloatImage:
    """Relative unevenness of the print, about 0.4 %, fixed to the card; shape (rows, columns)."""
    rng = stream(plan, Purpose.CARD, 0, 1)
    noise = opencv.blur(rng.standard_normal((900, 1100), dtype=np.float32), 1.2) * np.float32(0.017)
    x = millimetres[..., 0] / np.float32(_FINISH_STEP_MM) + 550
    y = millimetres[..., 1] / np.float32(_FINISH_STEP_MM) + 450
    grain: FloatImage = opencv.remap_linear(noise, np.ascontiguousarray(x), np.ascontiguousarray(y))
    return grain


def frame_reflectance() -> FloatArray:
    """Reflectance of the frame, shape (31,)."""
    return np.full(len(WAVELENGTHS), _FRAME)


def _rounded_box(points: FloatImage, half: tuple[float, float], corner: float) -> FloatImage:
    """Signed distance to a box with round corners, negative inside."""
    away = np.abs(points) - np.array([half[0] - corner, half[1] - corner], np.float32)
    beyond = np.maximum(away, 0)
    within = np.minimum(np.maximum(away[..., 0], away[..., 1]), 0)
    return np.asarray(np.hypot(beyond[..., 0], beyond[..., 1]) + within - np.float32(corner))


def _mark(card: Card, millimetres: FloatImage) -> FloatImage:
    """The maker's line on the foot, 0..1: a row of strokes that reads as small print."""
    step = 0.05
    half_x, half_y = card.columns * CARD_PITCH_MM / 2, card.rows * CARD_PITCH_MM / 2
    shape = (round(FOOT_MM / step), round(2 * half_x / step))
    text = opencv.draw_text(shape, "PHANTOM 24   colour reference", origin=(30, shape[0] - 22), scale=1.05)
    x = (millimetres[..., 0] + np.float32(half_x)) / np.float32(step)
    y = (millimetres[..., 1] - np.float32(half_y + 1.2)) / np.float32(step)
    mark: FloatImage = opencv.remap_linear(text, np.ascontiguousarray(x), np.ascontiguousarray(y))
    return mark

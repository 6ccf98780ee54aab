"""What a close-up shows, shrunk and calmed: hairs, ruler marks and gel bubbles are gone, a lesion's border stays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatImage

WORKING_PX = 512
"""Longer side of the picture that a lesion is sought on: one of a tenth of the view is 50 pixels wide there."""

CALM_SHARE = 0.025
"""Side of the median's window as a share of the longer side. What is thinner than half of it vanishes: hairs and ruler
marks are 0.2 to 1 % of a view of 10 to 20 mm."""

SOFT_SHARE = 0.003
"""Standard deviation of the Gaussian that follows, which takes the steps out of the median's codes."""

DARKEST = 2e-3
"""Light below this share of white is noise in any photograph."""

CODE = 0.01
"""Optical density of one code of the median: a 255th of the range, a tenth of the faintest lesion's contrast."""

BLACK = 0.02
"""Linear light under which what touches the picture's edge is the rim of a dermoscope and no skin."""


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """A close-up at `WORKING_PX`.

    Attributes
    ----------
    density : ndarray, shape (rows, columns, 3), float32
        Optical density of R, G, B, calmed.
    valid : ndarray, shape (rows, columns), bool
        Neither blown out nor the black rim around what a dermoscope shows, and so far off both that the median sees
        none of them.
    """

    density: FloatImage
    valid: BoolImage

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.valid.shape[0], self.valid.shape[1]

    @property
    def width_px(self) -> float:
        """Side of the square of the valid view's area."""
        return float(np.sqrt(max(self.valid.sum(), 1)))


def look(image: RegisteredImage) -> View:
    """Shrink a photograph and take what is thin off it."""
    shape = small_shape((image.valid.shape[0], image.valid.shape[1]))
    linear = np.asarray(opencv.resize_area(image.linear, shape), dtype=np.float32)
    shown = np.asarray(opencv.resize_area(image.valid.astype(np.float32), shape)) > 0.5
    window = 2 * round(CALM_SHARE * max(shape) / 2) + 1
    codes = np.round(-np.log10(np.maximum(linear, DARKEST)) / CODE).clip(0, 255).astype(np.uint8)
    calm = opencv.median_codes(codes, window).astype(np.float32) * np.float32(CODE)
    hidden = opencv.median_codes((~shown | _rim(linear)).astype(np.uint8), window) > 0
    return View(opencv.blur(calm, SOFT_SHARE * max(shape)), ~opencv.dilate(hidden, window // 2))


def small_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns at which a picture is looked at; never more than it has."""
    shrink = max(max(shape) / WORKING_PX, 1.0)
    return max(round(shape[0] / shrink), 1), max(round(shape[1] / shrink), 1)


def off_centre(shape: tuple[int, int]) -> FloatImage:
    """Distance from the middle of the view: 1 at the middle of each side."""
    y, x = _axes(shape)
    return np.hypot(y[:, None], x[None]).astype(np.float32)


def slopes_and_bends(shape: tuple[int, int]) -> FloatImage:
    """Polynomials of second degree over the view, shape (rows, columns, 6), the constant first."""
    y, x = (each.astype(np.float32) for each in np.meshgrid(*_axes(shape), indexing="ij"))
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def edge_of(valid: BoolImage) -> BoolImage:
    """Pixels beside the end of the view: two deep."""
    return valid & ~opencv.erode(valid, 2)


def _axes(shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = shape
    return np.linspace(-1, 1, rows), np.linspace(-1, 1, columns)


def _rim(linear: FloatImage) -> BoolImage:
    labels = opencv.label_components(linear.max(axis=2) < BLACK)
    outermost = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.isin(labels, outermost[outermost > 0])

"""A photograph, and what it becomes on its way to the measurement."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.flags import QualityFlag
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


class Encoding(StrEnum):
    """How the stored numbers stand for light, as far as the file tells."""

    SRGB = "sRGB"
    DISPLAY_P3 = "Display P3"
    ADOBE_RGB = "Adobe RGB (1998)"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """What the file tells about its making; place, owner and serial numbers are never read into it."""

    time: datetime | None = None
    camera: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: float | None = None
    white_balance: str | None = None
    flash: bool | None = None
    software: str | None = None
    processing: tuple[str, ...] = ()
    focal_length_35mm: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Photograph:
    """Pixels as they were stored, turned upright.

    Attributes
    ----------
    name : str
        Path within its course, with forward slashes.
    pixels : ndarray, shape (rows, columns, 3), uint8 or uint16
        Encoded R, G, B. Pixel centres lie on whole numbers, y grows downwards.
    encoding : Encoding
        The embedded profile; sRGB where the file is silent.
    sha256 : str
        Of the file's bytes.
    """

    name: str
    pixels: Pixels
    encoding: Encoding
    sha256: str
    capture: CaptureFacts = field(default_factory=CaptureFacts)


@dataclass(frozen=True, eq=False, slots=True)
class WorkingGrid:
    """How the pixels of a calibrated image lie in the upright photograph.

    The centre of working pixel (column i, row j) lies at upright pixel ``origin + step * (i, j)``.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns of the working image.
    origin : tuple of float
        x, y in upright pixels.
    step : float
        Upright pixels per working pixel, at least 1.
    mm_per_px : float or None
        Millimetres of skin per *working* pixel at the centre of the region; None where scale is unknown.
    scale_point, scale_slope : tuple of float
        Working x, y at which ``mm_per_px`` holds, and the relative change of scale a working pixel along x and y from
        there: of the baseline's frame, where its camera leaned against the skin.
    """

    shape: tuple[int, int]
    origin: tuple[float, float]
    step: float
    mm_per_px: float | None
    scale_point: tuple[float, float] = (0.0, 0.0)
    scale_slope: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class CalibratedImage:
    """Skin in a named standard space: linear sRGB primaries, D65, perfect white = 1.

    Attributes
    ----------
    linear : ndarray, shape (rows, columns, 3), float32
        May leave [0, 1] where the colour lies outside sRGB.
    valid : ndarray, shape (rows, columns), bool
        False where the pixel was clipped, or is the card.
    grid : WorkingGrid
        Where the pixels come from.
    sharpness_px : float
        Standard deviation in *working* pixels of the Gaussian that blurs the card's edges; 0 where unknown.
    """

    linear: FloatImage
    valid: BoolImage
    grid: WorkingGrid
    sharpness_px: float = 0.0
    flags: frozenset[QualityFlag] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class Registration:
    """Where each pixel of the baseline's frame is found in another photograph.

    Attributes
    ----------
    to_photograph : ndarray, shape (grid rows, grid columns, 2), float64
        Upright x, y of frame pixels ``(grid_step * column, grid_step * row)``; interpolate linearly between.
    grid_step : int
        Frame pixels between the grid's nodes.
    area_ratio : float
        Median over the region of the local Jacobian: upright pixels² of the photograph per upright pixel² of
        the baseline photograph.
    error_px : float
        Root mean square distance of held-out matches after registration, in frame pixels.
    overlap : float
        Share of the frame's valid pixels that this photograph shows, 0 to 1.
    """

    to_photograph: FloatArray
    grid_step: int
    area_ratio: float
    error_px: float
    overlap: float
    flags: frozenset[QualityFlag] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class RegisteredImage:
    """A calibrated image resampled once, into the baseline's frame.

    Attributes
    ----------
    linear : ndarray, shape (rows, columns, 3), float32
        As in `CalibratedImage`, but on the baseline's working grid.
    valid : ndarray, shape (rows, columns), bool
        False outside the photograph and where `CalibratedImage.valid` is False.
    registration : Registration
        How it was laid there; of the baseline itself, the identity.
    sharpness_px : float
        Blur of this image in frame pixels.
    """

    linear: FloatImage
    valid: BoolImage
    registration: Registration
    sharpness_px: float = 0.0
    flags: frozenset[QualityFlag] = frozenset()

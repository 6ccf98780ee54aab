"""The mean of the usable skin around each pixel, shared by the stages that take a background away."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.quantity import FloatImage

FINEST_SIGMA_PX = 4.0
"""A Gaussian this wide is still drawn well; wider ones are computed on a picture shrunk to it."""


def surrounding_mean(image: FloatImage, weight: FloatImage, sigma_px: float) -> FloatImage:
    """Gaussian mean of a picture, each pixel counting with its weight.

    Parameters
    ----------
    image : ndarray, shape (rows, columns) or (rows, columns, channels), float32
    weight : ndarray, shape (rows, columns), float32
        0 where a pixel must not count.
    sigma_px : float
        Standard deviation of the Gaussian. Wide ones cost less: they are computed on a shrunk picture.

    Returns
    -------
    ndarray, shape of ``image``, float32
        0 where no weight is near.
    """
    shape = (image.shape[0], image.shape[1])
    shrink = max(sigma_px / FINEST_SIGMA_PX, 1.0)
    small = (max(round(shape[0] / shrink), 1), max(round(shape[1] / shrink), 1))
    spread = weight if image.ndim == 2 else weight[..., None]
    total, around = np.ascontiguousarray(image * spread, dtype=np.float32), weight
    if shrink > 1:
        total, around = opencv.resize_area(total, small), opencv.resize_area(around, small)
    total, around = opencv.blur(total, sigma_px / shrink), opencv.blur(around, sigma_px / shrink)
    mean = np.asarray(total / np.maximum(around if image.ndim == 2 else around[..., None], 1e-6), dtype=np.float32)
    return np.asarray(opencv.resize_linear(mean, shape)) if shrink > 1 else mean

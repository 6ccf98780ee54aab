"""The one room where OpenCV is called: typed, contiguous in, plain arrays out, every known trap handled here.

OpenCV 5's own float RGB→Lab is quantised to 0.2 L*, so light is linearised first and `COLOR_LRGB2Lab` used.
int64 would come back as int32, and bool is refused by some calls: both are turned here.
"""

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage


def use_threads(count: int) -> None:
    """Limit OpenCV to ``count`` threads in this process."""
    cv2.setNumThreads(count)


def lab_from_linear(linear: FloatImage) -> FloatImage:
    """CIE L*a*b* (D65) of linear sRGB in 0..1, float32."""
    return cast(FloatImage, cv2.cvtColor(np.ascontiguousarray(linear), cv2.COLOR_LRGB2Lab))


def look_up(codes: NDArray[np.uint8], table: FloatImage) -> FloatImage:
    """Map each 8-bit code through a table of 256 float32 values."""
    return cast(FloatImage, cv2.LUT(np.ascontiguousarray(codes), np.ascontiguousarray(table)))


def transform_channels(image: FloatImage, matrix: FloatArray) -> FloatImage:
    """Multiply each pixel's channels by a matrix of shape (out, in)."""
    return cast(FloatImage, cv2.transform(np.ascontiguousarray(image), matrix))


def blur(image: FloatImage, sigma_px: float) -> FloatImage:
    """Gaussian blur; the border is mirrored."""
    return cast(FloatImage, cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101))


def box_mean(image: FloatImage, size_px: int) -> FloatImage:
    """Mean over a square of odd side; the border is mirrored."""
    return cast(FloatImage, cv2.blur(image, (size_px, size_px), borderType=cv2.BORDER_REFLECT_101))


def resize_area(image: Any, shape: tuple[int, int]) -> Any:
    """Shrink to (rows, columns) by averaging over the area of each new pixel."""
    return cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)


def resize_linear(image: Any, shape: tuple[int, int]) -> Any:
    """Resize to (rows, columns) with linear interpolation."""
    return cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def remap_linear(image: Any, x: FloatImage, y: FloatImage, *, outside: float = 0.0) -> Any:
    """Sample ``image`` at the float32 positions x, y; linear, exact to 1e-5 px in OpenCV 5."""
    border = (outside,) * 4
    return cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border)


def remap_nearest(image: Any, x: FloatImage, y: FloatImage) -> Any:
    """Sample ``image`` at the nearest pixel; 0 outside."""
    return cv2.remap(image, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)


def warp_perspective(image: Any, homography: FloatArray, shape: tuple[int, int]) -> Any:
    """Sample the picture so that output point p shows input point ``homography @ p``; linear, 0 outside."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(image, homography, (shape[1], shape[0]), flags=flags)


def fill_polygon(shape: tuple[int, int], polygon: FloatArray) -> BoolImage:
    """Mask of the pixels inside a polygon of x, y points, shape (n, 2)."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32).reshape(-1, 1, 2)], 1)
    return mask.astype(bool)


def distance_inside(mask: BoolImage) -> FloatImage:
    """Distance in pixels of each True pixel to the nearest False one."""
    return cast(FloatImage, cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5))


def label_components(mask: BoolImage) -> LabelImage:
    """8-connected components, numbered from 1, 0 elsewhere."""
    return cast(LabelImage, cv2.connectedComponents(mask.view(np.uint8), connectivity=8)[1])


def dilate(mask: BoolImage, radius_px: int) -> BoolImage:
    """Grow a mask by a disc."""
    return cast(BoolImage, cv2.dilate(mask.view(np.uint8), _disc(radius_px)).astype(bool))


def erode(mask: BoolImage, radius_px: int) -> BoolImage:
    """Shrink a mask by a disc; the picture's border counts as outside."""
    kernel = _disc(radius_px)
    return cast(
        BoolImage,
        cv2.erode(mask.view(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0).astype(bool),
    )


def _disc(radius_px: int) -> NDArray[np.uint8]:
    side = 2 * radius_px + 1
    return cast(NDArray[np.uint8], cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))

"""The one room where OpenCV is called: typed, contiguous in, plain arrays out, every known trap handled here.

OpenCV 5's own float RGB→Lab is quantised to 0.2 L*, so light is linearised first and `COLOR_LRGB2Lab` used.
int64 would come back as int32, and bool is refused by some calls: both are turned here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage

VERSION: str = cv2.__version__
"""OpenCV's own version."""


@contextmanager
def honest_about_memory() -> Iterator[None]:
    """Let OpenCV's want of memory be the `MemoryError` that it is."""
    try:
        yield
    except cv2.error as fault:
        if f"({cv2.Error.StsNoMem}:" in str(fault):  # its code is lost on the way back from a worker
            raise MemoryError(str(fault)) from fault
        raise


def decode_to_lab(data: bytes) -> FloatImage:
    """Decode a picture's file to L*a*b* the plain way; the yardstick that `pigtrack bench speed` counts in.

    Its L*a*b* is a sketch, good to 0.7 of a unit (docs/decisions): nothing is measured in it.
    """
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("data must be a picture that OpenCV decodes")
    return cast(FloatImage, cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_BGR2Lab))


def use_threads(count: int) -> None:
    """Limit OpenCV to ``count`` threads in this process."""
    cv2.setNumThreads(count)


def lab_from_linear(linear: FloatImage) -> FloatImage:
    """CIE L*a*b* (D65) of linear sRGB in 0..1, float32."""
    return cast(FloatImage, cv2.cvtColor(np.ascontiguousarray(linear), cv2.COLOR_LRGB2Lab))


def look_up(codes: NDArray[np.uint8], table: FloatImage) -> FloatImage:
    """Map each 8-bit code through a table of 256 float32 values."""
    return cast(FloatImage, cv2.LUT(np.ascontiguousarray(codes), np.ascontiguousarray(table)))


def look_up_channels(codes: NDArray[np.uint8] | NDArray[np.uint16], table: FloatImage) -> FloatImage:
    """Map each channel's codes through its own column of a (256, 3) or, for 16 bits, (65536, 3) float32 table."""
    return cast(FloatImage, cv2.LUT(np.ascontiguousarray(codes), np.ascontiguousarray(table[None])))


def within(pixels: NDArray[np.uint8] | NDArray[np.uint16], low: int, high: int) -> BoolImage:
    """Tell where all three channels lie between two codes, both included."""
    inside = cv2.inRange(np.ascontiguousarray(pixels), (low,) * 3, (high,) * 3)
    return np.asarray(inside > 0)


def transform_channels(image: FloatImage, matrix: FloatArray) -> FloatImage:
    """Multiply each pixel's channels by a matrix of shape (out, in)."""
    return cast(FloatImage, cv2.transform(np.ascontiguousarray(image), matrix))


def rotate_channels(image: FloatImage) -> FloatImage:
    """Move three channels up by one: R, G, B → G, B, R."""
    rotated = np.empty_like(image)
    cv2.mixChannels([np.ascontiguousarray(image)], [rotated], [1, 0, 2, 1, 0, 2])
    return rotated


def log(image: FloatImage) -> FloatImage:
    """Natural logarithm; right to 1e-6."""
    return cast(FloatImage, cv2.log(image))


def blur(image: FloatImage, sigma_px: float) -> FloatImage:
    """Gaussian blur; the border is mirrored."""
    return cast(FloatImage, cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101))


def blur_codes(image: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """Gaussian blur of 8-bit codes, rounded to whole codes; the border is mirrored."""
    return cast(NDArray[np.uint8], cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101))


def median_codes(image: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """Median of each channel's 8-bit codes over a square of odd side; the border is continued."""
    return cast(NDArray[np.uint8], cv2.medianBlur(np.ascontiguousarray(image), size_px))


def box_mean(image: FloatImage, size_px: int) -> FloatImage:
    """Mean over a square of odd side; the border is mirrored."""
    return cast(FloatImage, cv2.blur(image, (size_px, size_px), borderType=cv2.BORDER_REFLECT_101))


def resize_area(image: Any, shape: tuple[int, int]) -> Any:
    """Shrink to (rows, columns) by averaging over the area of each new pixel."""
    return cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)


def resize_linear(image: Any, shape: tuple[int, int]) -> Any:
    """Resize to (rows, columns) with linear interpolation."""
    return cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def resize_nearest(image: Any, shape: tuple[int, int]) -> Any:
    """Resize to (rows, columns) by the nearest pixel."""
    return cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST_EXACT)


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


def step_heights(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Largest difference within each 3x3 neighbourhood, of whichever channel differs most; shape (rows, columns)."""
    kernel = np.ones((3, 3), np.uint8)
    steps = cv2.morphologyEx(np.ascontiguousarray(codes), cv2.MORPH_GRADIENT, kernel)
    first, second, third = cv2.split(steps)
    return cast(NDArray[np.uint8], cv2.max(cv2.max(first, second), third))


def measure_components(mask: NDArray[np.uint8]) -> tuple[LabelImage, NDArray[np.int32]]:
    """4-connected components of a 0/1 mask: their numbers from 1, and left, top, width, height, area of each.

    The table's row 0 is the background's.
    """
    found = cv2.connectedComponentsWithStats(mask, connectivity=4, ltype=cv2.CV_32S)
    return cast(LabelImage, found[1]), cast(NDArray[np.int32], found[2])


def white_top_hat(image: FloatImage, radius_px: int) -> FloatImage:
    """What stands out from the opening by a disc: bright structures thinner than it."""
    return cast(FloatImage, cv2.morphologyEx(image, cv2.MORPH_TOPHAT, _disc(radius_px)))


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


def find_features(image: NDArray[np.uint8], mask: BoolImage, *, count: int) -> tuple[FloatArray, FloatImage]:
    """SIFT features inside a mask: x, y of shape (n, 2), sub-pixel, and descriptors of shape (n, 128).

    The contrast threshold is a quarter of the usual one, as skin is faint; the strongest ``count`` are kept.
    """
    sift = cast(Any, cv2).SIFT_create(nfeatures=count, contrastThreshold=0.01)
    points, descriptors = sift.detectAndCompute(np.ascontiguousarray(image), mask.view(np.uint8) * np.uint8(255))
    if not points:
        return np.zeros((0, 2)), np.zeros((0, 128), np.float32)
    return np.array([point.pt for point in points], dtype=np.float64), cast(FloatImage, descriptors)


def match_features(first: FloatImage, second: FloatImage, *, ratio: float) -> NDArray[np.intp]:
    """Pairs of row numbers, shape (n, 2), whose best match is ``ratio`` times nearer than the second best."""
    if len(first) < 2 or len(second) < 2:
        return np.zeros((0, 2), np.intp)
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first, second, k=2)
    kept = [(p[0].queryIdx, p[0].trainIdx) for p in pairs if len(p) == 2 and p[0].distance < ratio * p[1].distance]
    return np.array(kept, np.intp).reshape(-1, 2)


def fit_homography(
    source: FloatArray, target: FloatArray, *, tolerance_px: float
) -> tuple[FloatArray, BoolImage] | None:
    """Fit target ≈ H source to point pairs, shape (n, 2), by MAGSAC++ with a fixed seed; with the inliers, or None."""
    if len(source) < 4:
        return None
    found, inliers = cv2.findHomography(
        source.reshape(-1, 1, 2), target.reshape(-1, 1, 2), cv2.USAC_MAGSAC, tolerance_px, None, 10_000, 0.9999
    )
    return None if found is None else (np.asarray(found, dtype=np.float64), inliers.ravel().astype(bool))


def fit_affine(source: FloatArray, target: FloatArray, *, tolerance_px: float) -> tuple[FloatArray, BoolImage] | None:
    """Like `fit_homography`, for an affine map written as a 3x3 matrix."""
    if len(source) < 3:
        return None
    found, inliers = cv2.estimateAffine2D(
        source.reshape(-1, 1, 2),
        target.reshape(-1, 1, 2),
        method=cv2.USAC_MAGSAC,
        ransacReprojThreshold=tolerance_px,
        maxIters=10_000,
        confidence=0.9999,
    )
    if found is None:
        return None
    return np.vstack([np.asarray(found, dtype=np.float64), [0, 0, 1]]), inliers.ravel().astype(bool)


def dense_flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> FloatImage:
    """DIS optical flow, shape (rows, columns, 2): ``first(x, y)`` looks like ``second(x + u, y + v)``."""
    flow = cast(Any, cv2).DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return cast(FloatImage, flow.calc(np.ascontiguousarray(first), np.ascontiguousarray(second), None))


def remap_cubic(image: FloatImage, x: FloatImage, y: FloatImage) -> FloatImage:
    """Sample ``image`` at the float32 positions x, y with a smooth kernel; the border is mirrored."""
    return cast(FloatImage, cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))


def label_nearest(seeds: BoolImage) -> LabelImage:
    """Number of the nearest seed for every pixel: the cells of a Voronoi diagram, from 1."""
    away = (~seeds).view(np.uint8)
    return cast(
        LabelImage,
        cv2.distanceTransformWithLabels(away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)[1],
    )


def draw_lines(shape: tuple[int, int], lines: list[FloatArray], *, thickness_px: int) -> BoolImage:
    """Mask of open polylines, each x, y of shape (n, 2)."""
    mask = np.zeros(shape, np.uint8)
    points = [np.round(line).astype(np.int32).reshape(-1, 1, 2) for line in lines]
    cv2.polylines(mask, points, isClosed=False, color=1, thickness=thickness_px)
    return mask.astype(bool)


def draw_text(shape: tuple[int, int], text: str, *, origin: tuple[int, int], scale: float) -> FloatImage:
    """Picture of a line of small print, 0..1; ``origin`` is x, y of its bottom left corner."""
    canvas = np.zeros(shape, np.uint8)
    cv2.putText(canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 2, cv2.LINE_AA)
    return cast(FloatImage, canvas.astype(np.float32) / np.float32(255))


def turn(image: Any, quarters: int) -> Any:
    """Turn a picture clockwise by 0 to 3 quarters; pixels are moved, never resampled."""
    codes = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return cv2.rotate(image, codes[quarters]) if quarters else image


def mirror(image: Any) -> Any:
    """Swap left and right."""
    return cv2.flip(image, 1)


def decode_rgb(data: bytes) -> Any:
    """Decode a picture file of 3 or 4 channels as stored, R first; ValueError where OpenCV can't.

    OpenCV's own log is silenced meanwhile: the caller says what is wrong.
    """
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    finally:
        cv2.utils.logging.setLogLevel(level)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError("not a decodable colour picture")
    order = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    for first in range(0, len(pixels), 128):  # in place, as two copies of a large picture are too much
        strip = pixels[first : first + 128]
        strip[:] = cv2.cvtColor(strip, order)
    return pixels


def outlines_of(mask: BoolImage) -> list[FloatArray]:
    """Outer outlines and holes of a mask, each (n, 2) as x, y through the centres of its border pixels."""
    found = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
    return [outline.reshape(-1, 2).astype(np.float64) for outline in found]


def simplify_outline(outline: FloatArray, tolerance_px: float) -> FloatArray:
    """Leave out points of a closed outline, (n, 2), that lie within a tolerance of the line without them."""
    kept = cv2.approxPolyDP(outline.astype(np.float32).reshape(-1, 1, 2), tolerance_px, True)
    return cast(FloatArray, kept.reshape(-1, 2).astype(np.float64))


def draw_outlines(
    image: NDArray[np.uint8], outlines: list[FloatArray], *, colour: tuple[int, int, int], thickness_px: int
) -> NDArray[np.uint8]:
    """Return the picture with closed, anti-aliased outlines of sub-pixel x, y points drawn over it."""
    shift = 4
    drawn = image.copy()
    points = [np.round(outline * 2**shift).astype(np.int32).reshape(-1, 1, 2) for outline in outlines]
    cv2.polylines(drawn, points, True, colour, thickness_px, cv2.LINE_AA, shift)
    return drawn


def decode_png(data: bytes) -> NDArray[np.uint16]:
    """Decode a label image of one 16-bit channel."""
    return cast(NDArray[np.uint16], cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def encode_png(labels: NDArray[np.uint16]) -> bytes:
    """Return a label image as a 16-bit grey PNG; unfiltered, as areas of one value pack best that way, and fastest."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 3, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    return bytes(cv2.imencode(".png", np.ascontiguousarray(labels), options)[1])


_MARKERS = cv2.aruco.DICT_ARUCO_MIP_36h12
"""250 codes of 6 x 6 bits that differ in at least 12 (Garrido-Jurado et al. 2016, doi:10.1016/j.patcog.2015.09.023)."""


def marker_modules(number: int) -> BoolImage:
    """Black modules of a square marker with its border, shape (8, 8)."""
    markers = cv2.aruco.getPredefinedDictionary(_MARKERS)
    return np.asarray(cv2.aruco.generateImageMarker(markers, number, 8) == 0)


def find_markers(grey: NDArray[np.uint8], *, least_side_px: float) -> list[tuple[int, FloatArray]]:
    """Propose square markers: number, and roughly the corners of the black square, x, y clockwise from the top left.

    Up to 4 of 36 bits may be wrong, as they are in a small and blurred marker; check what is proposed.
    """
    options = cv2.aruco.DetectorParameters()
    options.adaptiveThreshWinSizeMin = options.adaptiveThreshWinSizeMax = 23
    options.minMarkerPerimeterRate = 4 * least_side_px / max(grey.shape)
    options.errorCorrectionRate = 0.8
    options.perspectiveRemovePixelPerCell = 8
    options.perspectiveRemoveIgnoredMarginPerCell = 0.33
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(_MARKERS), options)
    corners, numbers, _ = detector.detectMarkers(np.ascontiguousarray(grey))
    if numbers is None:
        return []
    flat = np.asarray(numbers).ravel().tolist()
    return [(int(n), np.asarray(each, np.float64).reshape(4, 2)) for n, each in zip(flat, corners, strict=True)]

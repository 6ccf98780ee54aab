"""The coarse step: features of the skin, matched, and a plane's homography through them."""

from dataclasses import dataclass

import numpy as np

from pigtrack.errors import RegistrationError
from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.register.texture import Texture, draw_texture
from pigtrack.model.photograph import CalibratedImage, WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

FEATURES = 5000
RATIO = 0.8
"""Lowe's ratio test (Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94)."""

RIM_MM = 1.0
"""Features nearer than this to invalid pixels describe the mask, not the skin."""

TOLERANCE_MM = 0.5
"""Skin moves by about this much against one plane between sessions; MAGSAC++ weighs within it."""

FEWEST = 10
"""Inliers of the fitting half below which a match could be chance."""

ENOUGH_FOR_PLANE = 30
"""Below this many inliers the eight parameters of a homography are not pinned down: affine."""

SCALES = (0.3, 3.0)
"""Range of believable magnification between two photographs of one site."""

REMEDY = "Retake from the same place, with the baseline as a ghost image, sharp and without glare."


@dataclass(frozen=True, eq=False, slots=True)
class CoarseFit:
    """Texture pixels of the baseline to texture pixels of the moving photograph.

    Attributes
    ----------
    homography : ndarray, shape (3, 3)
    test_source, test_target : ndarray, shape (n, 2)
        Matches that took no part in the fit and do not contradict it grossly.
    support : float
        Share of the held-out matches that agree with the fit.
    """

    homography: FloatArray
    test_source: FloatArray
    test_target: FloatArray
    support: float


@dataclass(frozen=True, eq=False, slots=True)
class Landmarks:
    """A calibrated image as registration sees it.

    Attributes
    ----------
    grid, valid
        Of the image.
    points : ndarray, shape (n, 2)
        Features of its texture, x, y in texture pixels.
    descriptors : ndarray, shape (n, 128), float32
    """

    grid: WorkingGrid
    valid: BoolImage
    texture: Texture
    points: FloatArray
    descriptors: FloatImage


def find_landmarks(image: CalibratedImage) -> Landmarks:
    """Draw the texture of an image and find its features."""
    texture = draw_texture(image)
    inside = opencv.erode(texture.valid, round(RIM_MM / texture.mm_per_px))
    points, descriptors = opencv.find_features(texture.grey, inside, count=FEATURES)
    return Landmarks(image.grid, image.valid, texture, points, descriptors)


def fit_coarse(baseline: Landmarks, moving: Landmarks) -> CoarseFit:
    """Match features and fit a homography to one half of the matches.

    Raises
    ------
    RegistrationError
        If too few matches agree, or only an impossible view would explain them.
    """
    source, target = _matches(baseline, moving)
    fitting = np.arange(len(source)) % 2 == 0
    tolerance_px = TOLERANCE_MM / moving.texture.mm_per_px
    homography = _fit(source[fitting], target[fitting], tolerance_px)
    away = np.hypot(*(apply_homography(homography, source[~fitting]) - target[~fitting]).T)
    agreeing = away < 4 * tolerance_px
    if agreeing.sum() < FEWEST // 2:
        raise RegistrationError("The skin's pattern does not match the baseline photograph.", REMEDY)
    return CoarseFit(homography, source[~fitting][agreeing], target[~fitting][agreeing], float(agreeing.mean()))


def _matches(baseline: Landmarks, moving: Landmarks) -> tuple[FloatArray, FloatArray]:
    pairs = opencv.match_features(baseline.descriptors, moving.descriptors, ratio=RATIO)
    source, target = baseline.points[pairs[:, 0]], moving.points[pairs[:, 1]]
    order = np.lexsort((source[:, 0], source[:, 1]))
    return source[order], target[order]


def _fit(source: FloatArray, target: FloatArray, tolerance_px: float) -> FloatArray:
    fit = opencv.fit_homography(source, target, tolerance_px=tolerance_px)
    if fit is not None and fit[1].sum() < ENOUGH_FOR_PLANE:
        fit = opencv.fit_affine(source, target, tolerance_px=tolerance_px)
    if fit is None or fit[1].sum() < FEWEST or not _believable(fit[0], source):
        raise RegistrationError("Too little of the skin's pattern is found again in this photograph.", REMEDY)
    return fit[0]


def _believable(homography: FloatArray, points: FloatArray) -> bool:
    """Neither mirrored nor folded, and of moderate magnification, all over the matched part."""
    steps = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    corners = np.array(
        [[x, y] for x in (points[:, 0].min(), points[:, 0].max()) for y in (points[:, 1].min(), points[:, 1].max())]
    )
    mapped = apply_homography(homography, corners[:, None] + steps)
    across = mapped[:, 1:] - mapped[:, :1]
    stretch = np.linalg.det(across)
    return bool(np.all((stretch > SCALES[0] ** 2) & (stretch < SCALES[1] ** 2)))

"""The coarse step: features of the skin, matched, and a plane's homography through them."""

from dataclasses import dataclass

import numpy as np

from pigtrack.errors import RegistrationError
from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.register.texture import Texture
from pigtrack.model.quantity import FloatArray

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


def fit_coarse(baseline: Texture, moving: Texture) -> CoarseFit:
    """Match two textures and fit a homography to one half of the matches.

    Raises
    ------
    RegistrationError
        If too few matches agree, or only an impossible view would explain them.
    """
    source, target = _matches(baseline, moving)
    fitting = np.arange(len(source)) % 2 == 0
    homography = _fit(source[fitting], target[fitting], TOLERANCE_MM / moving.mm_per_px)
    away = np.hypot(*(apply_homography(homography, source[~fitting]) - target[~fitting]).T)
    agreeing = away < 4 * TOLERANCE_MM / moving.mm_per_px
    if agreeing.sum() < FEWEST // 2:
        raise RegistrationError("The skin's pattern does not match the baseline photograph.", REMEDY)
    return CoarseFit(homography, source[~fitting][agreeing], target[~fitting][agreeing], float(agreeing.mean()))


def _matches(baseline: Texture, moving: Texture) -> tuple[FloatArray, FloatArray]:
    first, second = (
        opencv.find_features(t.grey, opencv.erode(t.valid, round(RIM_MM / t.mm_per_px)), count=FEATURES)
        for t in (baseline, moving)
    )
    pairs = opencv.match_features(first[1], second[1], ratio=RATIO)
    source, target = first[0][pairs[:, 0]], second[0][pairs[:, 1]]
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

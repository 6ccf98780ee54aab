"""The coarse step: features of the skin, matched, and a plane's homography through them."""

from dataclasses import dataclass

import numpy as np

from pigtrack.errors import RegistrationError
from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.register.texture import Band, Texture, draw_texture, scale_of
from pigtrack.model.photograph import CalibratedImage, WorkingGrid
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

RATIO = 0.8
"""Lowe's ratio test (Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94)."""

RIM_MM = 1.0
"""Features nearer than this to invalid pixels describe the mask, not the skin."""

TOLERANCE_MM = 0.5
"""Skin moves by about this much against one plane between sessions; MAGSAC++ weighs within it."""

FEWEST = 7
"""Inliers of the fitting half below which a match could be chance.

A false match lies within a millimetre of where a view sends it once in 5000; of 25 false ones four lie on the view
through three others once in ten million courses, and as many of the other half must agree."""

FEWEST_HELD_OUT = 5

PLENTY = 40
"""Inliers of the fitting half with which coarser features are not asked."""

ENOUGH_FOR_PLANE = 30
"""Below this many inliers the eight parameters of a homography are not pinned down: affine."""

SCALES = (0.3, 3.0)
"""Range of believable magnification between two photographs of one site."""

SAME_SCALE = 1.35
"""Where both scales are known, the magnification may differ from what they say by this factor: cards are off by 8 %
where they lie 2 cm above the skin, and a lean of 20 degrees adds as much at the edge."""

MOST_PIXELS = 1.2e6
"""Of the texture of a photograph that shows much more than the baseline's frame."""

FINE_PIXELS = 1.2e6
"""The frame is registered at about this size: furrows and pores still show."""

FINE_BAND = Band(0.0, 1.5, 4.0)

REMEDY = "Retake from the same place, with the baseline as a ghost image, sharp and without glare."


@dataclass(frozen=True, slots=True)
class Level:
    """Size at which features are sought: texture pixels of the baseline's frame, and features kept at the most.

    Coarse features are found again far more often than furrows and pores (of one dark skin by phone 184 of 5000 right
    at 0.12 mm a pixel, 590 of 3000 at 0.33), and at a tenth of the cost.
    """

    pixels: float
    features: int
    band: Band


LEVELS = (Level(0.15e6, 3000, Band(0.2, 3.0, 4.0)), Level(0.08e6, 1000, Band(0.8, 6.0, 12.0)))
"""The second shows spots alone: all that is left of dark skin in a dim room."""


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """Features of one texture.

    Attributes
    ----------
    points : ndarray, shape (n, 2)
        x, y in *working* pixels of the image.
    descriptors : ndarray, shape (n, 128), float32
    mm_per_px : float
        Of the texture they were found in.
    """

    points: FloatArray
    descriptors: FloatImage
    mm_per_px: float


@dataclass(frozen=True, eq=False, slots=True)
class Landmarks:
    """What is looked for again in another photograph: found once in a baseline, for a whole course.

    Attributes
    ----------
    grid : WorkingGrid
        Of the image.
    valid : ndarray, shape (rows, columns), bool
        Of the image.
    texture : Texture
        For the fine step.
    features : tuple of Features
        One for each of `LEVELS`.
    """

    grid: WorkingGrid
    valid: BoolImage
    texture: Texture
    features: tuple[Features, ...]


@dataclass(frozen=True, eq=False, slots=True)
class CoarseFit:
    """Working pixels of the baseline to working pixels of the moving photograph.

    Attributes
    ----------
    homography : ndarray, shape (3, 3)
    test_source, test_target : ndarray, shape (n, 2)
        Matches that took no part in the fit and do not contradict it grossly.
    """

    homography: FloatArray
    test_source: FloatArray
    test_target: FloatArray


def find_landmarks(image: CalibratedImage) -> Landmarks:
    """Draw the textures of a baseline and find its features."""
    fine = draw_texture(image, _shrink_to(image, FINE_PIXELS), FINE_BAND)
    features = tuple(_find_features(image, level, _shrink_to(image, level.pixels)) for level in LEVELS)
    return Landmarks(image.grid, image.valid, fine, features)


def fit_coarse(baseline: Landmarks, moving: CalibratedImage) -> CoarseFit:
    """Match features and fit a homography to one half of the matches; coarser ones join in where few are found again.

    Raises
    ------
    RegistrationError
        If too few matches agree, or only an impossible view would explain them.
    """
    known = np.zeros((0, 4))
    fit: tuple[FloatArray, int] | None = None
    for level, features in zip(LEVELS, baseline.features, strict=True):
        seen = _find_features(moving, level, _shrink_like(moving, features, baseline.grid))
        known = np.vstack([known, _matches(features, seen)])
        fit = _fit(known[::2], baseline.grid, moving)
        if fit is not None and fit[1] >= PLENTY:
            break
    if fit is None:
        raise RegistrationError("Too little of the skin's pattern is found again in this photograph.", REMEDY)
    source, target = known[1::2, :2], known[1::2, 2:]
    away = np.hypot(*(apply_homography(fit[0], source) - target).T)
    agreeing = away < 4 * TOLERANCE_MM / scale_of(moving.grid)
    if agreeing.sum() < FEWEST_HELD_OUT:
        raise RegistrationError("The skin's pattern does not match the baseline photograph.", REMEDY)
    return CoarseFit(fit[0], source[agreeing], target[agreeing])


def _shrink_to(image: CalibratedImage, pixels: float) -> float:
    return float(np.sqrt(image.valid.size / pixels))


def _shrink_like(moving: CalibratedImage, features: Features, grid: WorkingGrid) -> float:
    """Shrink to the millimetres of the baseline's texture where both scales are known, else by size."""
    least = _shrink_to(moving, MOST_PIXELS)
    if grid.mm_per_px is None or moving.grid.mm_per_px is None:
        return max(least, float(np.sqrt(moving.valid.size / LEVELS[0].pixels)))
    return max(least, features.mm_per_px / moving.grid.mm_per_px)


def _find_features(image: CalibratedImage, level: Level, shrink: float) -> Features:
    texture = draw_texture(image, shrink, level.band)
    inside = opencv.erode(texture.valid, round(RIM_MM / texture.mm_per_px))
    points, descriptors = opencv.find_features(texture.grey, inside, count=level.features)
    return Features(texture.to_working(points), descriptors, texture.mm_per_px)


def _matches(baseline: Features, moving: Features) -> FloatArray:
    """Source x, y and target x, y of each match, in the order of their places, shape (n, 4)."""
    pairs = opencv.match_features(baseline.descriptors, moving.descriptors, ratio=RATIO)
    matches = np.hstack([baseline.points[pairs[:, 0]], moving.points[pairs[:, 1]]])
    return np.asarray(matches[np.lexsort((matches[:, 0], matches[:, 1]))])


def _fit(matches: FloatArray, grid: WorkingGrid, moving: CalibratedImage) -> tuple[FloatArray, int] | None:
    """Homography (affine where matches are few) and how many agree with it; None where no view explains them."""
    source, target, tolerance_px = matches[:, :2], matches[:, 2:], TOLERANCE_MM / scale_of(moving.grid)
    fit = opencv.fit_homography(source, target, tolerance_px=tolerance_px)
    if fit is not None and fit[1].sum() < ENOUGH_FOR_PLANE:
        fit = opencv.fit_affine(source, target, tolerance_px=tolerance_px)
    if fit is None or fit[1].sum() < FEWEST or not _believable(fit[0], source, grid, moving.grid):
        return None
    return fit[0], int(fit[1].sum())


def _believable(homography: FloatArray, points: FloatArray, grid: WorkingGrid, moving: WorkingGrid) -> bool:
    """Neither mirrored nor folded, and of the magnification that the scales tell, all over the matched part."""
    steps = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    corners = np.array(
        [[x, y] for x in (points[:, 0].min(), points[:, 0].max()) for y in (points[:, 1].min(), points[:, 1].max())]
    )
    mapped = apply_homography(homography, corners[:, None] + steps)
    stretch = np.linalg.det(mapped[:, 1:] - mapped[:, :1])
    low, high = SCALES
    if grid.mm_per_px is not None and moving.mm_per_px is not None:
        told = grid.mm_per_px / moving.mm_per_px
        low, high = told / SAME_SCALE, told * SAME_SCALE
    return bool(np.all((stretch > low**2) & (stretch < high**2)))

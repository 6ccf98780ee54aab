"""What is true of a phantom's field of melasma: its map, its load, the skin that it covers."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.phantom.course import CoursePlan
from pigtrack.imaging.phantom.field import MELANIN, STEP_MM, draw_field
from pigtrack.imaging.phantom.layout import MARGIN_MM, REGION_MM
from pigtrack.imaging.phantom.truth import session_ruler
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage
from pigtrack.model.spectra import SpectralTables


@dataclass(frozen=True, eq=False, slots=True)
class FieldTruth:
    """The field in one session, on the baseline's skin.

    Attributes
    ----------
    delta_mi : ndarray, shape (rows, columns)
        Of the region, a point each `field.STEP_MM` from its top left corner: 100 times the difference of the red
        channel's density to skin without the field, linear sRGB under D65; nan where the course excludes the skin.
    load : float
        Its sum times mm².
    half_area_mm2 : float
        Where the field adds at least half of melasma's usual melanin.
    """

    delta_mi: FloatArray
    load: float
    half_area_mm2: float


def field_truth(course: CoursePlan, session: int, tables: SpectralTables) -> FieldTruth:
    """What is true of the field in a session, sessions counting from 1.

    Raises
    ------
    ValueError
        If the course has no field.
    """
    if course.field is None:
        raise ValueError("course must have a field, got one with single spots")
    added = _of_region(draw_field(course.field, session)).astype(np.float64)
    kept = ~_excluded(course, added.shape)
    delta_mi = session_ruler(course, session, tables).delta_mi(added)
    cell = STEP_MM**2
    return FieldTruth(
        delta_mi=np.where(kept, delta_mi, np.nan),
        load=float(delta_mi[kept].sum() * cell),
        half_area_mm2=float((added[kept] >= MELANIN / 2).sum() * cell),
    )


def _of_region(raster: FloatImage) -> FloatImage:
    left, top, right, bottom = (round((edge + MARGIN_MM) / STEP_MM) for edge in REGION_MM)
    return raster[top:bottom, left:right]


def _excluded(course: CoursePlan, shape: tuple[int, ...]) -> BoolImage:
    mask = np.zeros((shape[0], shape[1]), bool)
    for polygon in course.decoys.exclude:
        corners = (np.array(polygon) - np.array(REGION_MM[:2])) / STEP_MM
        mask |= opencv.fill_polygon(mask.shape, corners)
    return mask

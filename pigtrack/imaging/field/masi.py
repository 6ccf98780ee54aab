"""Grades in the manner of MASI, from what is measured. They are pigtrack's own, not a rater's.

The area grade is MASI's own scale of area fractions. Darkness and homogeneity are graded by eye in a clinic; here they
are classes of the measured contrast and of its evenness, chosen so that each covers about what its words say. Nobody
has yet compared them with raters, so they serve to follow one person, not to be put beside published MASI values.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from pigtrack.model.field import FieldGrade, RegionGrade, RegionReading
from pigtrack.model.quantity import Measured, Unit

WEIGHTS = {"forehead": 0.3, "right_malar": 0.3, "left_malar": 0.3, "chin": 0.1}
"""Of MASI's four regions (Kimbrough-Green et al. 1994)."""

AREA_STEPS = (0.005, 0.10, 0.30, 0.50, 0.70, 0.90)
"""Lower ends of the grades 1 to 6 (Pandya et al. 2011); below half a percent is none."""

DARKNESS_STEPS = (1.0, 3.0, 6.0, 9.0)
"""Melanin index units over clear skin, lower ends of grades 1 (slight), 2 (mild), 3 (marked), 4 (maximum): about 1, 3,
6 and 9 CIEDE2000 on light skin. Ours."""

HOMOGENEITY_STEPS = (0.05, 0.25, 0.50, 0.75)
"""Lower ends of grades 1 to 4 of evenness times area fraction: specks, small patches, large patches, uniform. Ours."""

_CERTAIN = 1e-6
"""Stands in for an uncertainty of 0."""


def grade_field(regions: Sequence[RegionReading], *, u_level: float, scale_error: float) -> FieldGrade:
    """Grade the regions of a face and sum them up.

    Parameters
    ----------
    regions : sequence of RegionReading
        Those that were drawn, pooled over a session's photographs; one alone gives its own share of the total.
    u_level : float
        Standard uncertainty of the background, melanin index units.
    scale_error : float
        Relative standard uncertainty of a contrast.

    Notes
    -----
    ``mMASI-style = Σ w·A·D`` and ``MASI-style = Σ w·A·(D + H)``. Grades are whole numbers, so their uncertainty is the
    root mean square distance from the grade given to the one that the true value would have been given, over the
    normal distribution of what it rests on; A, D and H count as independent.
    """
    grades, totals, variances = [], np.zeros(2), np.zeros(2)
    for region in regions:
        grade, spread = _grade(region, u_level, scale_error)
        grades.append(grade)
        a, d, h = grade.area, grade.darkness, grade.homogeneity
        totals += grade.weight * np.array([a * (d + h), a * d])
        of_area, of_darkness, of_homogeneity = spread
        variances += grade.weight**2 * np.array(
            [
                ((d + h) * of_area) ** 2 + a**2 * (of_darkness**2 + of_homogeneity**2),
                (d * of_area) ** 2 + (a * of_darkness) ** 2,
            ]
        )
    both, plain = (
        Measured(float(total), float(np.sqrt(variance)), Unit.FRACTION)
        for total, variance in zip(totals, variances, strict=True)
    )
    return FieldGrade(tuple(grades), both, plain)


def _grade(region: RegionReading, u_level: float, scale_error: float) -> tuple[RegionGrade, tuple[float, float, float]]:
    u_contrast = float(np.hypot(u_level, scale_error * region.contrast))
    u_fraction = abs(region.fraction_slope) * u_contrast
    even = max(1 - region.variation, 0.0) * region.fraction
    area, of_area = _class(region.fraction, u_fraction, AREA_STEPS)
    darkness, of_darkness = _class(region.contrast, u_contrast, DARKNESS_STEPS)
    homogeneity, of_homogeneity = _class(even, u_fraction, HOMOGENEITY_STEPS)
    if area == 0:
        darkness = homogeneity = 0
    grade = RegionGrade(
        name=region.name,
        weight=WEIGHTS[region.name],
        area=area,
        darkness=darkness,
        homogeneity=homogeneity,
        fraction=Measured(region.fraction, u_fraction, Unit.FRACTION),
        contrast=Measured(region.contrast, u_contrast, Unit.MELANIN_INDEX),
    )
    return grade, (of_area, of_darkness, of_homogeneity)


def _class(value: float, u: float, steps: tuple[float, ...]) -> tuple[int, float]:
    """Grade of a value, and the root mean square of how far off it is when the value is."""
    given = int(np.searchsorted(steps, value, side="right"))
    reached = ndtr((value - np.array(steps)) / max(u, _CERTAIN))
    chances = -np.diff(np.concatenate([[1.0], reached, [0.0]]))
    return given, float(np.sqrt(chances @ (np.arange(len(steps) + 1) - given) ** 2))

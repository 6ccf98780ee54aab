"""The algorithms that make a result, by name and version. Results of different versions are never compared silently."""

from pigtrack.imaging import (
    calibrate,
    card,
    change,
    closeup,
    field,
    freckles,
    link,
    measure,
    pigment,
    quality,
    register,
    scale,
    segment,
)
from pigtrack.model.provenance import Algorithm

ALGORITHMS: tuple[Algorithm, ...] = (
    card.ALGORITHM,
    calibrate.ALGORITHM,
    scale.ALGORITHM,
    quality.ALGORITHM,
    register.ALGORITHM,
    pigment.ALGORITHM,
    segment.ALGORITHM,
    measure.ALGORITHM,
    closeup.ALGORITHM,
    field.ALGORITHM,
    link.ALGORITHM,
    change.ALGORITHM,
    freckles.ALGORITHM,
)
"""In the order in which the photograph flows."""

"""Scale and tilt: where card and sticker stand before the camera, and how large the skin beside them is."""

from pigtrack.imaging.scale.pooling import (
    PooledScale,
    ScaleClue,
    place_in_photograph,
    pool_scales,
    registered_ratio,
)
from pigtrack.imaging.scale.skin import measure_scale
from pigtrack.model.provenance import Algorithm

__all__ = [
    "ALGORITHM",
    "PooledScale",
    "ScaleClue",
    "measure_scale",
    "place_in_photograph",
    "pool_scales",
    "registered_ratio",
]

ALGORITHM = Algorithm("scale", 1)

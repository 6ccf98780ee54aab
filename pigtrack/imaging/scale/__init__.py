"""Scale and tilt: where card and sticker stand before the camera, and how large the skin beside them is."""

from pigtrack.imaging.scale.pooling import (
    PooledScale,
    ScaleClue,
    place_in_photograph,
    pool_scales,
    registered_ratio,
)
from pigtrack.imaging.scale.skin import measure_scale
from pigtrack.imaging.scale.stand import stand_of
from pigtrack.imaging.scale.sticker import find_sticker, mask_sticker, sticker_outline
from pigtrack.model.provenance import Algorithm

__all__ = [
    "ALGORITHM",
    "PooledScale",
    "ScaleClue",
    "find_sticker",
    "mask_sticker",
    "measure_scale",
    "place_in_photograph",
    "pool_scales",
    "registered_ratio",
    "stand_of",
    "sticker_outline",
]

ALGORITHM = Algorithm("scale", 1)

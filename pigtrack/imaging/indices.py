"""From readings of optical density to melanin and erythema index, shared by the stages that read pigment."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.metrics import PigmentCurve
from pigtrack.model.quantity import FloatImage


def apply_curve(curve: PigmentCurve, readings: FloatImage) -> FloatImage:
    """Turn readings into melanin and erythema index, both of shape (..., columns, 2), float32."""
    along, down = (
        np.clip((readings[..., k] - np.float32(curve.start[k])) * np.float32(1 / curve.step), 0, last)
        for k, last in ((0, curve.lift.shape[1] - 1.001), (1, curve.lift.shape[0] - 1.001))
    )
    lifted: FloatImage = opencv.remap_linear(curve.lift, along, down)
    lifted += readings
    return lifted

"""Numbers with unit and standard uncertainty."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
FloatImage = NDArray[np.float32]
BoolImage = NDArray[np.bool_]
LabelImage = NDArray[np.int32]


class Unit(StrEnum):
    """Units by their UCUM code; braces mark units that UCUM leaves to the user."""

    MILLIMETRE = "mm"
    SQUARE_MILLIMETRE = "mm2"
    PIXEL = "{pixel}"
    SQUARE_PIXEL = "{pixel}2"
    PER_SQUARE_CENTIMETRE = "/cm2"
    PER_SQUARE_PIXEL = "/{pixel}2"
    PERCENT = "%"
    DEGREE = "deg"
    FRACTION = "1"
    MELANIN_INDEX = "{MI}"
    ERYTHEMA_INDEX = "{EI}"
    PIGMENT_LOAD = "mm2.{MI}"
    PIGMENT_LOAD_PIXEL = "{pixel}2.{MI}"
    DELTA_E_2000 = "{DeltaE00}"
    LIGHTNESS = "{L*}"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its standard uncertainty (coverage factor 1) and unit.

    Raises
    ------
    ValueError
        If the value is not finite or the uncertainty is negative or not finite.
    """

    value: float
    u: float
    unit: Unit

    def __post_init__(self) -> None:
        if not np.isfinite(self.value):
            raise ValueError(f"value must be finite, got {self.value}")
        if not (np.isfinite(self.u) and self.u >= 0):
            raise ValueError(f"u must be finite and not negative, got {self.u}")

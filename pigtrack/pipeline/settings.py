"""The settings of a measurement. Their digest stands in every result."""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class MeasurementSettings:
    """What can be set about a measurement.

    Attributes
    ----------
    method : str
        Colour calibration: ``auto`` (chosen once for the whole course), ``spectral-prior``, ``root-polynomial``
        or ``linear``.
    frame_px_per_mm : float
        Pixels per millimetre at which skin is measured, as far as the photograph has them. At 16 a spot of 3 mm
        is 48 pixels wide, which leaves the pixel grid's own error of an area far under 1 %.
    frame_megapixels : float
        Upper bound of the frame; a larger region is measured at fewer pixels per millimetre.
    moving_megapixels : float
        Likewise for the whole photograph that is laid over the baseline.
    margin_mm : float
        Skin around the drawn polygons that is looked at too, for rings and background.
    closeup : bool
        Measure photographs without card, scale and drawn region as close-ups, where one lesion holds most of the
        pigment in view.
    """

    method: str = "auto"
    frame_px_per_mm: float = 16.0
    frame_megapixels: float = 4.0
    moving_megapixels: float = 6.0
    margin_mm: float = 6.0
    closeup: bool = True

    def entries(self) -> dict[str, object]:
        """Return the settings by name, with their digest."""
        return {**asdict(self), "digest": self.digest()}

    def digest(self) -> str:
        """Return the SHA-256 of the settings in canonical JSON."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

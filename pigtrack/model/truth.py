"""The truth of a phantom course as its folder tells it."""

from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.model.quantity import FloatArray


@dataclass(frozen=True, slots=True)
class TrueLesion:
    """One lesion in one session; see `pigtrack.imaging.phantom` for how each number is defined."""

    id: int
    fate: str
    control: bool
    centre_mm: tuple[float, float]
    area_mm2: float
    delta_mi: float
    delta_e00: float
    lab: tuple[float, float, float]
    ring_lab: tuple[float, float, float]
    pigment_load: float
    visible: bool


@dataclass(frozen=True, eq=False, slots=True)
class TruePhotograph:
    """Geometry of one photograph.

    Attributes
    ----------
    mask_name : str
        Path of the 16-bit mask, relative to the course's folder.
    homography : ndarray, shape (3, 3)
        From displaced skin millimetres to upright pixels.
    displacement_mm : ndarray, shape (rows, columns, 2)
        At nodes ``displacement_step_mm`` apart from ``displacement_origin_mm``.
    """

    mask_name: str
    px_per_mm: float
    patch_centres: FloatArray
    homography: FloatArray
    displacement_mm: FloatArray
    displacement_origin_mm: tuple[float, float]
    displacement_step_mm: float


@dataclass(frozen=True, eq=False, slots=True)
class TrueSession:
    """Lesions and photographs of one session."""

    number: int
    lesions: tuple[TrueLesion, ...]
    photographs: Mapping[str, TruePhotograph]

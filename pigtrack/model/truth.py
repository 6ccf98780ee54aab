"""What is true of a phantom course: its lesions, and where everything lies in its photographs."""

from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.model.quantity import FloatArray


@dataclass(frozen=True, slots=True)
class TrueLesion:
    """One lesion in one session.

    The spot's values are medians over its mask, without other lesions; the ring is the tone's own skin, which is
    what lies 1 to 3 mm off with other spots masked. Both have the tone's base blood.

    Attributes
    ----------
    area_mm2 : float
        Inside half of the lesion's own added melanin, on the baseline's skin; 0 where it is absent. Where two
        lesions have merged, the skin that both cover counts for both; the mask gives it to one.
    delta_mi : float
        100 times the difference of the red channel's density, linear sRGB under D65.
    pigment_load : float
        Sum of delta MI times mm² over the baseline's footprint (or of the first session that shows the lesion)
        widened by 1 mm, two widths of the softest edge.
    visible, resolved : bool
        Its plateau is at least 1 CIEDE2000 off the skin; it was so before and is no more.
    """

    id: int
    fate: str
    control: bool
    centre_mm: tuple[float, float]
    area_mm2: float
    delta_mi: float
    delta_e00: float
    delta_l: float
    delta_ita: float
    lab: tuple[float, float, float]
    ring_lab: tuple[float, float, float]
    pigment_load: float
    visible: bool
    resolved: bool


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
class TrueField:
    """A field of melasma in one session, on the baseline's skin.

    Attributes
    ----------
    delta_mi : ndarray, shape (rows, columns)
        Map over the region, a point each ``step_mm``: 100 times the difference of the red channel's density to skin
        without the field; nan where the course excludes the skin.
    load : float
        Its sum times mm².
    half_area_mm2 : float
        Where the field adds at least half of melasma's usual melanin.
    """

    delta_mi: FloatArray
    step_mm: float
    load: float
    half_area_mm2: float


@dataclass(frozen=True, eq=False, slots=True)
class TrueSession:
    """Lesions and photographs of one session, and its field of melasma where there is one."""

    number: int
    lesions: tuple[TrueLesion, ...]
    photographs: Mapping[str, TruePhotograph]
    field: TrueField | None = None

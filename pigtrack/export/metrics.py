"""What is measured, by the names of the tables' columns: its unit, and in which columns the rest of it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.model.course import FACE_REGIONS
from pigtrack.model.quantity import Unit
from pigtrack.model.record import Cells

_ENDPOINTS = ("area", "contrast", "load")
_COLOURS = {"l": "{L*}", "a": "{a*}", "b": "{b*}"}
"""Axes of CIE L*a*b*; a* and b* have no member of `Unit`, as no `Measured` is given in them."""

_CHANGE = "_change_percent"


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity of a row, as text; what is not known of it is empty.

    Attributes
    ----------
    name : str
        Column of the table of `measure`.
    unit : str
        UCUM.
    u : str
        Standard uncertainty.
    low, high : str
        Ends of the 95 % interval.
    detectable : str
        Smallest detectable change, 95 %: the smallest fall in percent that would have been called.
    """

    name: str
    unit: str
    value: str
    u: str = ""
    low: str = ""
    high: str = ""
    detectable: str = ""
    verdict: str = ""


SESSION_UNITS: Mapping[str, str] = {
    "lesion_count": "1",
    "area_total_mm2": Unit.SQUARE_MILLIMETRE,
    "area_fraction": Unit.FRACTION,
    "contrast_delta_mi": Unit.MELANIN_INDEX,
    "contrast_delta_e00": Unit.DELTA_E_2000,
    "pigment_load": Unit.PIGMENT_LOAD,
    **{f"{endpoint}{_CHANGE}": Unit.PERCENT for endpoint in _ENDPOINTS},
    "freckle_count": "1",
    "freckle_density_per_cm2": Unit.PER_SQUARE_CENTIMETRE,
    "freckle_median_mm": Unit.MILLIMETRE,
    "freckle_q1_mm": Unit.MILLIMETRE,
    "freckle_q3_mm": Unit.MILLIMETRE,
    "freckle_contrast_delta_mi": Unit.MELANIN_INDEX,
    **{f"freckle_{figure}{_CHANGE}": Unit.PERCENT for figure in ("density", "median", "contrast")},
    "field_level_mi": Unit.MELANIN_INDEX,
    "field_variation": Unit.FRACTION,
    "masi_style": "1",
    "mmasi_style": "1",
    **{
        f"{region}_{what}": unit
        for region in FACE_REGIONS
        for what, unit in {
            "area_fraction": Unit.FRACTION,
            "area_grade": "1",
            "delta_mi": Unit.MELANIN_INDEX,
            "darkness_grade": "1",
            "homogeneity_grade": "1",
        }.items()
    },
}
"""What sessions.csv measures, by column, with its unit."""

LESION_UNITS: Mapping[str, str] = {
    "area_mm2": Unit.SQUARE_MILLIMETRE,
    "area_frozen_mm2": Unit.SQUARE_MILLIMETRE,
    "diameter_mm": Unit.MILLIMETRE,
    "delta_mi": Unit.MELANIN_INDEX,
    "delta_e00": Unit.DELTA_E_2000,
    "delta_l": Unit.LIGHTNESS,
    "delta_ita": Unit.DEGREE,
    "delta_ei": Unit.ERYTHEMA_INDEX,
    **_COLOURS,
    **{f"ring_{axis}": unit for axis, unit in _COLOURS.items()},
    "pigment_load": Unit.PIGMENT_LOAD,
    "edge_width_mm": Unit.MILLIMETRE,
    "variation": "1",
    **{f"{endpoint}{_CHANGE}": Unit.PERCENT for endpoint in _ENDPOINTS},
}
"""What lesions.csv measures, by column, with its unit."""


def read_metrics(row: Cells, units: Mapping[str, str]) -> tuple[Metric, ...]:
    """Return what a row measures; a quantity without a column in this table is left out, an empty one is not."""
    return tuple(_metric(row, name, str(unit)) for name, unit in units.items() if name in row)


def _metric(row: Cells, name: str, unit: str) -> Metric:
    if not name.endswith(_CHANGE):
        return Metric(name, unit, row[name], u=row.get(f"{name}_u", ""))
    stem = name.removesuffix(_CHANGE)
    return Metric(
        name,
        unit,
        row[name],
        low=row.get(f"{stem}_change_ci_low", ""),
        high=row.get(f"{stem}_change_ci_high", ""),
        detectable=row.get(f"{stem}_detectable_percent", ""),
        verdict=row.get(f"{stem}_verdict", ""),
    )

"""The colours of a card file: as they are given, or measured with an instrument; and whether they can be right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.colour import WHITE_D50, WHITE_D65, adapt_d50_to_d65, delta_e_2000, lab_to_xyz, xyz_to_lab
from pigtrack.imaging.reflectance import adapt_spectra, tristimulus
from pigtrack.imaging.skin import xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.store.card_tables import ColourTable, read_colour_table
from pigtrack.store.naming import leads_outside, quoted
from pigtrack.store.spectral_data import data_folder, load_spectra

_VALUES = ("lab_d50", "lab_d65", "xyz_d50", "xyz_d65")
COLOUR_KEYS = (*_VALUES, "measured", "illuminant", "order", "spectra", "spectra_estimated")
"""Keys of a card file that tell its colours."""

_COLUMNS, _ROWS = 6, 4
_PATCHES = _COLUMNS * _ROWS

_FAR = 20.0
"""CIEDE2000 from the base at which a patch is another colour; printing and fading stay below 10, a wrong order of a
ColorChecker gives 20 to 90."""

_GREY_CHROMA = 8.0
"""Chroma of a patch that is still named neutral; those of the cards here stay below 4."""

_DISAGREEING = 5.0
"""Mean CIEDE2000 between a file's spectra and its L*a*b*; the ColorChecker's own differ by 0.8."""

_BRIGHTEST = 1.3
"""Reflectance with the most that optical brighteners add."""

_DIM = 0.2
"""Y of the whitest patch below which XYZ were surely given from 0 to 1."""

_MOST_TOLD = 4

Report = Callable[[str, str | None], None]
"""Takes a fault and the key it belongs to."""


@dataclass(frozen=True, eq=False, slots=True)
class CardColours:
    """What a card file says of its colours.

    Attributes
    ----------
    xyz : ndarray, shape (24, 3)
        D65, perfect white Y = 1.
    spectra : ndarray, shape (24, 31), or None
    estimated : bool
        The spectra were not measured: the base's, bent to these colours.
    own : bool
        The colours are the file's own, not its base's.
    """

    xyz: FloatArray
    spectra: FloatArray | None
    estimated: bool
    own: bool


def orders() -> dict[str, NDArray[np.intp]]:
    """Ways to read 24 patches off a card: the row of the table for each patch, left to right and top to bottom."""
    numbers = np.arange(_PATCHES, dtype=np.intp)
    by_rows = numbers.reshape(_ROWS, _COLUMNS)
    by_columns = numbers.reshape(_COLUMNS, _ROWS).T
    ways = {"rows": by_rows, "columns": by_columns}
    turned = {f"{name}-backwards": way[::-1, ::-1] for name, way in ways.items()}
    snakes = {f"{name}-from-below": way[::-1] for name, way in ways.items()}
    return {name: np.ascontiguousarray(way).ravel() for name, way in {**ways, **turned, **snakes}.items()}


def read_colours(
    entries: Mapping[str, Any], base: Card | None, folder: Path, neutral: tuple[int, ...], report: Report
) -> CardColours | None:
    """Read a card file's colours; None where there are none, with the faults reported."""
    given = [key for key in (*_VALUES, "measured") if key in entries]
    if len(given) > 1:
        report(f"only one of {', '.join(given)} can be the reference.", given[1])
    if not given and "spectra" not in entries:
        if base is None:
            report(f"the colours are missing: one of {', '.join(_VALUES)}, measured or spectra, or a base.", None)
            return None
        _refuse_wrong_greys(xyz_to_lab(base.xyz), neutral, report)
        return CardColours(base.xyz, base.spectra, base.spectra_estimated, own=False)
    key = given[0] if given else "spectra"
    readings = _readings(entries, key, folder, report)
    if readings is None:
        return None
    lab = xyz_to_lab(readings.xyz_d65())
    if base is not None and _order_faults(lab, base, key, report):
        return None
    _refuse_wrong_greys(lab, neutral, report)
    return _colours(readings, base, _flag(entries, "spectra_estimated", report), report)


@dataclass(frozen=True, eq=False, slots=True)
class _Readings:
    """Colours that a card file brings along: XYZ for D50 or D65, spectra, or both."""

    xyz: FloatArray | None
    d50: bool
    spectra: FloatArray | None

    def xyz_d65(self) -> FloatArray:
        """XYZ for D65: from the spectra where there are any (docs/decisions/0003)."""
        if self.spectra is not None:
            return xyz_d65(self.spectra, load_spectra())
        if self.xyz is None:
            raise ValueError("readings must hold XYZ or spectra")
        return adapt_d50_to_d65(self.xyz) if self.d50 else self.xyz

    def bend(self, spectra: FloatArray) -> FloatArray:
        """Spectra that show these XYZ under their own light, as near to the given ones as can be."""
        if self.xyz is None:
            raise ValueError("readings must hold XYZ")
        tables = load_spectra()
        weights = tristimulus(tables.lamps["D50" if self.d50 else "D65"], tables.observer)
        white = WHITE_D50 if self.d50 else WHITE_D65
        return adapt_spectra(spectra, self.xyz / white * weights.sum(axis=0), weights)


def _readings(entries: Mapping[str, Any], key: str, folder: Path, report: Report) -> _Readings | None:
    order = _order(entries, report)
    if key == "measured":
        table = _table(entries[key], key, folder, order, report)
        return None if table is None else _table_readings(table, entries, report)
    xyz, d50 = None, key.endswith("d50")
    if key in _VALUES:
        xyz = _values(entries[key], key, order, report)
        if xyz is None:
            return None
    if "spectra" not in entries:
        return _Readings(xyz, d50, None)
    table = _table(entries["spectra"], "spectra", folder, order, report)
    return None if table is None else _Readings(xyz, d50, table.values)


def _table_readings(table: ColourTable, entries: Mapping[str, Any], report: Report) -> _Readings:
    """Instruments for print report for D50 (ISO 13655) unless they, or the card file, say otherwise."""
    illuminant = entries.get("illuminant", table.illuminant or "D50")
    if illuminant not in ("D50", "D65"):
        report("illuminant must be D50 or D65.", "illuminant")
    d50 = illuminant != "D65"
    if table.kind == "spectra":
        return _Readings(None, d50, table.values)
    return _Readings(table.values if table.kind == "xyz" else _lab_xyz(table.values, d50), d50, None)


def _colours(readings: _Readings, base: Card | None, estimated: bool, report: Report) -> CardColours:
    spectra, xyz = readings.spectra, readings.xyz_d65()
    if spectra is None:
        if base is None or base.spectra is None:
            return CardColours(xyz, None, estimated=False, own=True)
        bent = readings.bend(base.spectra)
        return CardColours(xyz_d65(bent, load_spectra()), bent, estimated=True, own=True)
    if readings.xyz is not None:
        beside = _Readings(readings.xyz, readings.d50, None).xyz_d65()
        away = float(delta_e_2000(xyz_to_lab(xyz), xyz_to_lab(beside)).mean())
        if away > _DISAGREEING:
            report(f"the spectra differ by {away:.0f} ΔE00 from the colours beside them.", "spectra")
    return CardColours(xyz, spectra, estimated=estimated, own=True)


def _flag(entries: Mapping[str, Any], key: str, report: Report) -> bool:
    value = entries.get(key, False)
    if not isinstance(value, bool):
        report(f"{key} must be true or false.", key)
    return bool(value)


def _values(given: object, key: str, order: NDArray[np.intp], report: Report) -> FloatArray | None:
    """XYZ, for the illuminant that the key names, of a list of L*a*b* or XYZ; in the order of the patches."""
    values = _array(given)
    if values is None or values.shape != (_PATCHES, 3) or not np.isfinite(values).all():
        count = f", not {len(given)}" if isinstance(given, list) and len(given) != _PATCHES else ""
        report(f"{key} must be {_PATCHES} rows of three numbers{count}.", key)
        return None
    values = values[order]
    kind = key[:3]
    if _impossible(values if kind == "lab" else values / 100, kind, key, report):
        return None
    return values / 100 if kind == "xyz" else _lab_xyz(values, key.endswith("d50"))


def _impossible(values: FloatArray, kind: str, key: str, report: Report) -> bool:
    """Report colours that no patch can have: L*a*b*, XYZ with white Y = 1, or reflectances."""
    if kind == "spectra":
        wrong = bool(values.min() < 0 or values.max() > _BRIGHTEST)
        said = "the reflectances must lie between 0 and 1, or be percentages."
    elif kind == "xyz":
        wrong = bool(values.min() < 0 or not _DIM <= values[:, 1].max() <= _BRIGHTEST or values.max() > _BRIGHTEST)
        said = "XYZ must be told with 100 for a perfect white."
    else:
        beyond = [int(n) + 1 for n in np.nonzero((np.abs(values - [50, 0, 0]) > [55, 130, 130]).any(axis=1))[0]]
        wrong, said = bool(beyond), f"patch {_several(beyond)} lies outside what L*a*b* can hold."
    if wrong:
        report(f"{key}: {said}", key)
    return wrong


def _lab_xyz(lab: FloatArray, d50: bool) -> FloatArray:
    return lab_to_xyz(lab, WHITE_D50 if d50 else WHITE_D65)


def _array(given: object) -> FloatArray | None:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _table(name: object, key: str, folder: Path, order: NDArray[np.intp], report: Report) -> ColourTable | None:
    """Read a table of the file's, its rows put into the order of the patches."""
    if not isinstance(name, str) or leads_outside(name):
        report(f"{key} must be the name of a file in the card file's folder.", key)
        return None
    path = folder / name
    if key == "spectra" and not path.is_file():
        path = data_folder("calibration") / "spectra" / name
    try:
        table = read_colour_table(path)
    except OSError as fault:
        report(f"{key}: {quoted(name)} can't be read ({fault.strerror}).", key)
        return None
    except ValueError as fault:
        report(f"{key}: {quoted(name)} can't be used: {fault}.", key)
        return None
    if len(table.values) != _PATCHES:
        report(f"{key}: {quoted(name)} must hold {_PATCHES} patches, not {len(table.values)}.", key)
        return None
    if key == "spectra" and table.kind != "spectra":
        report(f"{key}: {quoted(name)} holds no spectra; name it as measured.", key)
        return None
    if _impossible(table.values, table.kind, key, report):
        return None
    return replace(table, values=table.values[order])


def _order(entries: Mapping[str, Any], report: Report) -> NDArray[np.intp]:
    name = entries.get("order", "rows")
    if not isinstance(name, str) or name not in orders():
        report(f"order must be one of {', '.join(orders())}.", "order")
        return orders()["rows"]
    return orders()[name]


def _refuse_wrong_greys(lab: FloatArray, neutral: tuple[int, ...], report: Report) -> None:
    grey = list(neutral)
    coloured = [n + 1 for n in grey if np.hypot(lab[n, 1], lab[n, 2]) > _GREY_CHROMA]
    if coloured:
        report(
            f"patch {_several(coloured)} is named neutral but is coloured: are its number and the illuminant right?",
            "neutral",
        )
    elif (np.diff(lab[grey, 0]) >= 0).any():
        report("neutral must name the grey patches from the brightest to the darkest.", "neutral")


def _order_faults(lab: FloatArray, base: Card, key: str, report: Report) -> bool:
    """Report patches that are not of the base's colour, and the order in which they would be."""
    expected = xyz_to_lab(base.xyz)
    away = delta_e_2000(lab, expected)
    far = np.nonzero(away > _FAR)[0]
    for name, order in orders().items() if far.size else ():
        if delta_e_2000(lab[order], expected).max() <= _FAR:
            report(f'{key}: the patches come in another order than on {base.name}; order = "{name}" fits.', key)
            return True
    for n in far[:_MOST_TOLD]:
        report(f"{key}: patch {n + 1} is {away[n]:.0f} ΔE00 from {base.name}'s: is the order right?", key)
    if far.size > _MOST_TOLD:
        report(f"{key}: so are {far.size - _MOST_TOLD} more.", key)
    return bool(far.size)


def _several(numbers: list[int]) -> str:
    return ", ".join(str(n) for n in numbers)

"""The colours of a card file: as they are given, or measured with an instrument; and whether they can be right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.colour import WHITE_D50, adapt_d50_to_d65, delta_e_2000, lab_to_xyz, xyz_to_lab
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

_DIM = 20.0
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
        The spectra were not measured.
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
    colours = _own_colours(entries, given[0] if given else None, folder, report)
    if colours is not None:
        lab, key = xyz_to_lab(colours.xyz), given[0] if given else "spectra"
        if base is None or not _order_faults(lab, base, key, report):
            _refuse_wrong_greys(lab, neutral, report)
    return colours


def _own_colours(entries: Mapping[str, Any], key: str | None, folder: Path, report: Report) -> CardColours | None:
    order = _order(entries, report)
    xyz = _values(entries[key], key, order, report) if key in _VALUES else None
    name, where = (entries["measured"], "measured") if key == "measured" else (entries.get("spectra"), "spectra")
    spectra = None
    if name is not None:
        table = _table(name, where, folder, order, report)
        if table is None:
            return None
        spectra = table.values if table.kind == "spectra" else None
        xyz = xyz if table.kind == "spectra" else _table_xyz(table, entries)
    if spectra is None:
        return None if xyz is None else CardColours(xyz, None, estimated=False, own=True)
    return _with_spectra(spectra, xyz, entries, report)


def _with_spectra(
    spectra: FloatArray, xyz: FloatArray | None, entries: Mapping[str, Any], report: Report
) -> CardColours:
    """Spectra decide over a triplet given beside them (docs/decisions/0003)."""
    estimated = entries.get("spectra_estimated", False)
    if not isinstance(estimated, bool):
        report("spectra_estimated must be true or false.", "spectra_estimated")
    if spectra.min() < 0 or spectra.max() > _BRIGHTEST:
        report("the spectra must be reflectances from 0 to 1, or in percent.", "spectra")
    computed = xyz_d65(spectra, load_spectra())
    if xyz is not None:
        away = float(delta_e_2000(xyz_to_lab(computed), xyz_to_lab(xyz)).mean())
        if away > _DISAGREEING:
            report(f"the spectra differ by {away:.0f} ΔE00 from the colours beside them.", "spectra")
    return CardColours(computed, spectra, estimated=bool(estimated), own=True)


def _values(given: object, key: str, order: NDArray[np.intp], report: Report) -> FloatArray | None:
    """XYZ for D65 of a list of L*a*b* or XYZ, in the order of the patches."""
    values = _array(given)
    if values is None or values.shape != (_PATCHES, 3) or not np.isfinite(values).all():
        count = f", not {len(given)}" if isinstance(given, list) and len(given) != _PATCHES else ""
        report(f"{key} must be {_PATCHES} rows of three numbers{count}.", key)
        return None
    values = values[order]
    if key.startswith("xyz"):
        wrong = (values.min() < 0) | (values[:, 1].max() > 120) | (values[:, 1].max() < _DIM)
        if wrong:
            report(f"{key} must hold XYZ with 100 for a perfect white.", key)
        return _to_d65(values / 100, key.endswith("d50"))
    beyond = [int(n) + 1 for n in np.nonzero((np.abs(values - [50, 0, 0]) > [55, 130, 130]).any(axis=1))[0]]
    if beyond:
        report(f"{key}: patch {_several(beyond)} lies outside what L*a*b* can hold.", key)
        return None
    d50 = key.endswith("d50")
    return _to_d65(lab_to_xyz(values, WHITE_D50) if d50 else lab_to_xyz(values), d50)


def _array(given: object) -> FloatArray | None:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _to_d65(xyz: FloatArray, d50: bool) -> FloatArray:
    return adapt_d50_to_d65(xyz) if d50 else xyz


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
    return replace(table, values=table.values[order])


def _order(entries: Mapping[str, Any], report: Report) -> NDArray[np.intp]:
    name = entries.get("order", "rows")
    if not isinstance(name, str) or name not in orders():
        report(f"order must be one of {', '.join(orders())}.", "order")
        return orders()["rows"]
    return orders()[name]


def _table_xyz(table: ColourTable, entries: Mapping[str, Any]) -> FloatArray:
    """Instruments for print report for D50 (ISO 13655) unless they say otherwise."""
    d50 = str(entries.get("illuminant", table.illuminant or "D50")) == "D50"
    xyz = table.values if table.kind == "xyz" else lab_to_xyz(table.values, WHITE_D50) if d50 else None
    return _to_d65(lab_to_xyz(table.values) if xyz is None else xyz, d50)


def _refuse_wrong_greys(lab: FloatArray, neutral: tuple[int, ...], report: Report) -> None:
    grey = list(neutral)
    coloured = [n + 1 for n in grey if np.hypot(lab[n, 1], lab[n, 2]) > _GREY_CHROMA]
    if coloured:
        report(f"patch {_several(coloured)} is named neutral but is coloured.", "neutral")
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

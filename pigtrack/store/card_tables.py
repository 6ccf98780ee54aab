"""Tables of colours as instruments write them: CGATS text, comma, semicolon or tab separated columns."""

import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS

_LARGEST_BYTES = 1_000_000
"""A table of 24 spectra is some 20 kB."""

_LAB = (("LAB_L", "LAB_A", "LAB_B"), ("L*", "A*", "B*"), ("L", "A", "B"))
_XYZ = (("XYZ_X", "XYZ_Y", "XYZ_Z"), ("X", "Y", "Z"))
_WAVELENGTH = re.compile(
    r"^(?:SPECTRAL_|SPECTRAL|SPEC_|SPEC|NM_|NM|R_|LAMBDA_|)?(?:NM_|NM)?(\d{3})(?:\.0+)?\s*(?:NM)?$"
)
"""Names of spectral columns: SPECTRAL_NM400, SPECTRAL_NM_400, SPEC_400, nm400, 400nm, R_400, 400."""

_COARSEST_NM = 20.0
_PERCENT = 2.0
"""Reflectances above this are percentages; fluorescence does not lift a patch so high."""


@dataclass(frozen=True, eq=False, slots=True)
class ColourTable:
    """What a table of readings holds.

    Attributes
    ----------
    kind : str
        ``lab``, ``xyz`` (perfect white Y = 1) or ``spectra`` (0..1 at `WAVELENGTHS`); spectra where there are any.
    values : ndarray, shape (patches, 3) or (patches, 31)
    illuminant : str or None
        As the table says, ``D50`` for instance.
    """

    kind: str
    values: FloatArray
    illuminant: str | None


def read_colour_table(path: Path) -> ColourTable:
    """Read a table of patches.

    Raises
    ------
    ValueError
        If it holds no colours that can be used: one clause without a full stop.
    OSError
        If the file can't be read.
    """
    text = _decoded(path)
    if "BEGIN_DATA" in text:
        names, rows = _cgats(text)
    else:
        names, rows = _columns(text)
    table = _spectra(names, rows) or _triplets(names, rows, text)
    if table is None:
        raise ValueError("it has no columns LAB_L LAB_A LAB_B, XYZ_X XYZ_Y XYZ_Z or of wavelengths")
    return table


def _decoded(path: Path) -> str:
    if path.stat().st_size > _LARGEST_BYTES:
        raise ValueError("it is too large to be a table of 24 patches")
    data = path.read_bytes()
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("it is not text")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return data.decode(encoding, errors="replace")


def _cgats(text: str) -> tuple[list[str], list[list[str]]]:
    fields = re.search(r"BEGIN_DATA_FORMAT\s(.*?)END_DATA_FORMAT", text, re.DOTALL)
    data = re.search(r"BEGIN_DATA\s(.*?)END_DATA\b", text, re.DOTALL)
    if fields is None or data is None:
        raise ValueError("its BEGIN_DATA_FORMAT or BEGIN_DATA has no end")
    names = _split_words(fields[1])
    return names, [_split_words(line) for line in data[1].splitlines() if line.strip()]


def _split_words(line: str) -> list[str]:
    words = re.findall(r'"([^"]*)"|([^\s,;"]+)', line)
    return [quoted or bare for quoted, bare in words]


def _columns(text: str) -> tuple[list[str], list[list[str]]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise ValueError("it is empty")
    separator = next((mark for mark in ("\t", ";", ",") if mark in lines[0]), None)
    rows = [[word.strip().strip('"') for word in line.split(separator)] for line in lines]
    if separator == ";":
        rows = [[word.replace(",", ".") for word in row] for row in rows]
    if rows[0][0].lower() in ("wavelength_nm", "wavelength", "nm"):
        rows = [list(column) for column in zip(*rows, strict=False)]
    return rows[0], rows[1:]


def _spectra(names: list[str], rows: list[list[str]]) -> ColourTable | None:
    found = {k: float(match[1]) for k, name in enumerate(names) if (match := _WAVELENGTH.match(name.upper()))}
    if len(found) < 3:
        return None
    columns = sorted(found, key=lambda k: found[k])
    wavelengths = np.array([found[k] for k in columns])
    if wavelengths[0] > WAVELENGTHS[0] or wavelengths[-1] < WAVELENGTHS[-1]:
        raise ValueError("its wavelengths do not reach from 400 to 700 nm")
    if np.diff(wavelengths).max() > _COARSEST_NM:
        raise ValueError(f"its wavelengths lie more than {_COARSEST_NM:g} nm apart")
    values = _numbers(rows, columns)
    values = values / 100 if values.max() > _PERCENT else values
    at_steps = np.stack([np.interp(WAVELENGTHS, wavelengths, row) for row in values])
    return ColourTable("spectra", at_steps, None)


def _triplets(names: list[str], rows: list[list[str]], text: str) -> ColourTable | None:
    upper = [name.upper() for name in names]
    said = re.search(r"\b(?:ILLUMINANT|WEIGHTING_FUNCTION)\b[^\n]*?\b(D50|D65)\b", text.upper())
    illuminant = said[1] if said else None
    for kind, choices in (("lab", _LAB), ("xyz", _XYZ)):
        for choice in choices:
            if all(name in upper for name in choice):
                values = _numbers(rows, [upper.index(name) for name in choice])
                return ColourTable(kind, values / 100 if kind == "xyz" else values, illuminant)
    return None


def _numbers(rows: list[list[str]], columns: list[int]) -> FloatArray:
    if any(len(row) <= max(columns) for row in rows):
        raise ValueError("a row is shorter than the names of its columns")
    try:
        values = np.array([[float(row[k]) for k in columns] for row in rows], dtype=np.float64)
    except ValueError as fault:
        raise ValueError(f"a value is no number ({_first_wrong(rows, columns)!r})") from fault
    if not values.size or not np.isfinite(values).all():
        raise ValueError("it holds no rows of finite numbers")
    return values


def _first_wrong(rows: list[list[str]], columns: list[int]) -> str:
    for word in chain.from_iterable([row[k] for k in columns] for row in rows):
        try:
            float(word)
        except ValueError:
            return word[:20]
    return ""

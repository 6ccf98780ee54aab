"""Reads the reference data that travels with pigtrack: cards and spectra of the folder ``calibration``."""

import csv
import tomllib
from functools import cache
from pathlib import Path

import numpy as np

from pigtrack.errors import CardError
from pigtrack.imaging.colour import WHITE_D50, adapt_d50_to_d65, lab_to_xyz
from pigtrack.imaging.skin import xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS, ColourPrior, ResponseFamily, SpectralTables


def data_folder(name: str) -> Path:
    """Return a packaged data folder (``calibration`` or ``sample_images``), installed or in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


def list_cards() -> tuple[Card, ...]:
    """Return every card that pigtrack knows, by name."""
    return tuple(load_card(path.stem) for path in sorted((data_folder("calibration") / "cards").glob("*.toml")))


@cache
def load_card(name: str | Path) -> Card:
    """Load a card by name, or from the path of a card file.

    Raises
    ------
    CardError
        If there is no such card, or its file is wrong.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = data_folder("calibration") / "cards" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(p.stem for p in sorted((data_folder("calibration") / "cards").glob("*.toml")))
        raise CardError(f"There is no card named '{name}'.", f"Name one of: {known}; or give the path of a card file.")
    try:
        return _card(tomllib.loads(path.read_text(encoding="utf-8")), path)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, UnicodeDecodeError) as fault:
        raise CardError(
            f"The card file {path.name} cannot be used ({fault}).", "Compare it with the files of calibration/cards."
        ) from fault


def _card(entries: dict[str, object], path: Path) -> Card:
    lab = np.asarray(entries["lab_d50"], dtype=np.float64)
    rows, columns = int(str(entries["rows"])), int(str(entries["columns"]))
    if lab.shape != (rows * columns, 3):
        raise ValueError(f"lab_d50 must hold {rows * columns} rows of 3, got shape {lab.shape}")
    pitch = entries.get("pitch_mm")
    spectra = _card_spectra(entries.get("spectra"), path)
    from_lab = adapt_d50_to_d65(lab_to_xyz(lab, WHITE_D50))
    return Card(
        name=str(entries["name"]),
        title=str(entries["title"]),
        columns=columns,
        rows=rows,
        xyz=from_lab if spectra is None else xyz_d65(spectra, load_spectra()),
        spectra=spectra,
        pitch_mm=None if pitch is None else float(str(pitch)),
        patch_width=float(str(entries["patch_width"])),
        neutral=_indices(entries["neutral"]),
        skin=_indices(entries["skin"]),
        source=str(entries["source"]),
    )


def _indices(numbers: object) -> tuple[int, ...]:
    return tuple(int(n) - 1 for n in numbers)  # type: ignore[attr-defined]


def _card_spectra(name: object, card_path: Path) -> FloatArray | None:
    if name is None:
        return None
    beside = card_path.parent / str(name)
    path = beside if beside.is_file() else data_folder("calibration") / "spectra" / str(name)
    return np.stack(list(_read_table(path).values()))


@cache
def load_spectra() -> SpectralTables:
    """Load observer, lamps, cameras and blood."""
    folder = data_folder("calibration") / "spectra"
    cameras = {path.stem.removeprefix("camera-"): _columns(path) for path in sorted(folder.glob("camera-*.csv"))}
    return SpectralTables(
        observer=_columns(folder / "observer.csv"),
        lamps=_read_table(folder / "lamps.csv"),
        cameras=cameras,
        haemoglobin=_columns(folder / "haemoglobin.csv"),
    )


@cache
def load_colour_prior() -> ColourPrior:
    """Load what cameras under lamps are like; made by ``calibration/make_colour_prior.py``."""
    with np.load(data_folder("calibration") / "colour_prior.npz") as table:
        names = [str(name) for name in table["families"]]
        parts = zip(names, table["means"], table["bases"], strict=True)
        families = tuple(ResponseFamily(name, mean.astype(float), basis.astype(float)) for name, mean, basis in parts)
        return ColourPrior(table["mean"].astype(float), families)


def _columns(path: Path) -> FloatArray:
    return np.stack(list(_read_table(path).values()), axis=1)


def _read_table(path: Path) -> dict[str, FloatArray]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    table = np.array(rows[1:], dtype=np.float64)
    if not np.array_equal(table[:, 0], WAVELENGTHS):
        raise ValueError(f"{path.name}: wavelengths must run from 400 to 700 nm in steps of 10")
    return {name: table[:, k + 1] for k, name in enumerate(rows[0][1:])}

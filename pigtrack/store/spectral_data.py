"""Reads the spectra that travel with pigtrack: the tables of the folder ``calibration``."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS, ColourPrior, ResponseFamily, SpectralTables


def data_folder(name: str) -> Path:
    """Return a packaged data folder (``calibration`` or ``sample_images``), installed or in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


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

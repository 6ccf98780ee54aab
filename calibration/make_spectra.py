"""Write the spectral tables of this folder: 400–700 nm in steps of 10 nm, one column a spectrum.

Run once, by hand, where colour-science is installed (it is in the dev group):

    python calibration/make_spectra.py PRAHL.txt

PRAHL.txt holds the molar extinction of haemoglobin compiled by Scott Prahl (OMLC), three columns:
wavelength in nm, oxygenated, deoxygenated, in cm-1/(mol/l).
"""

import sys
from pathlib import Path

import colour
import numpy as np

FOLDER = Path(__file__).parent / "spectra"
SHAPE = colour.SpectralShape(400, 700, 10)
LAMPS = [
    "A",
    "D50",
    "D55",
    "D65",
    "D75",
    "FL2",
    "FL3.12",
    "FL7",
    "FL9",
    "FL11",
    "LED-B1",
    "LED-B2",
    "LED-B3",
    "LED-B4",
    "LED-B5",
    "LED-BH1",
    "LED-V1",
    "LED-V2",
]


def write_table(name: str, source: str, columns: dict[str, np.ndarray]) -> None:
    """Write one CSV with a comment line for the source."""
    rows = [f"# {source}", ",".join(["wavelength_nm", *columns])]
    for index, wavelength in enumerate(SHAPE.wavelengths):
        values = ",".join(f"{columns[column][index]:.6g}" for column in columns)
        rows.append(f"{wavelength:.0f},{values}")
    (FOLDER / name).write_text("\n".join(rows) + "\n")


def aligned(spectrum: colour.SpectralDistribution) -> np.ndarray:
    """Interpolate a spectrum to the tables' wavelengths."""
    return np.asarray(spectrum.copy().align(SHAPE).values)


def main() -> None:
    """Write all the tables."""
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"].copy().align(SHAPE).values
    write_table(
        "observer.csv",
        "CIE 1931 2 degree colour-matching functions, CIE 015:2018",
        {"x": observer[:, 0], "y": observer[:, 1], "z": observer[:, 2]},
    )
    write_table(
        "lamps.csv",
        "CIE standard illuminants, relative power, CIE 015:2018 (FL and LED series included)",
        {lamp: aligned(colour.SDS_ILLUMINANTS[lamp]) for lamp in LAMPS},
    )
    patches = colour.SDS_COLOURCHECKERS["BabelColor Average"]
    write_table(
        "colorchecker-classic.csv",
        "Reflectance of the 24 patches, mean of 30 charts made before November 2014, "
        "BabelColor (Pascale 2012), by way of colour-science",
        {f"p{k + 1:02d}": aligned(s) for k, s in enumerate(patches.values())},
    )
    cameras = colour.MSDS_CAMERA_SENSITIVITIES
    for name, key in {"nikon-d5100": "Nikon 5100 (NPL)", "sigma-sd-merrill": "Sigma SDMerill (NPL)"}.items():
        values = cameras[key].copy().align(SHAPE).values
        write_table(
            f"camera-{name}.csv",
            f"Relative sensitivities of {key}, National Physical Laboratory "
            "(Darrodi et al. 2015), by way of colour-science",
            {"r": values[:, 0], "g": values[:, 1], "b": values[:, 2]},
        )
    prahl = np.loadtxt(sys.argv[1], skiprows=1)
    blood = {
        name: np.interp(SHAPE.wavelengths, prahl[:, 0], prahl[:, column])
        for name, column in {"oxygenated": 1, "deoxygenated": 2}.items()
    }
    write_table(
        "haemoglobin.csv",
        "Molar extinction in cm-1/(mol/l), compiled by Scott Prahl from "
        "W. B. Gratzer and N. Kollias, omlc.org/spectra/hemoglobin/summary.html",
        blood,
    )


if __name__ == "__main__":
    main()

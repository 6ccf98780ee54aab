"""Predict the skin-like patches of real card photographs from their other patches, beside what others do.

    python benchmarks/real_cards_colour.py

Reads ``cards`` with its MANIFEST.csv in the folder of PIGTRACK_REAL_PHOTOS, or in ``../shared/data`` beside the
checkout. Printed for each photograph in which a card is found: mean CIEDE2000 of the skin-like patches when both are
left out of the fit at once, and when each is left out alone.

Which reference a card has (before or from November 2014) is only told by the date on its back. A card with Calibrite's
name is from 2014 or later; for the others both are tried, and the one is kept under which all methods together predict
the patches that are *not* skin better. All methods get the same reference, the same patches, the same values.

The peers are written anew from what is known of them: PlantCV's ``affine_color_correction`` is the least squares 3 by 4
matrix from encoded values to encoded reference values; the thin-plate spline goes from encoded values to L*a*b*.

The skin-like patches are paint. The spectral prior's correction is made for skin and gives paint another colour by
design; the last column tells what is left of its error when what the camera shows of these patches is held against
what the other patches foretell of their spectra.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cost import PHOTOS
from scipy.interpolate import RBFInterpolator

from pigtrack.errors import PigtrackError
from pigtrack.imaging.calibrate import METHODS, SPECTRAL_PRIOR, choose_fit, fit_all, fit_patches
from pigtrack.imaging.calibrate.assumptions import places_of
from pigtrack.imaging.card import find_card
from pigtrack.imaging.colour import SRGB_TO_XYZ, XYZ_TO_SRGB, decode, delta_e_2000, encode_srgb, xyz_to_lab
from pigtrack.model.calibration import Card, CardReading
from pigtrack.model.photograph import Encoding
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.colours import know_colours

REFERENCES = ("colorchecker-classic", "colorchecker-classic-2014")

COPIES = ("plantcv_seedhead-rgb.jpg",)
"""Shows a '24 Standard Color Calibration Chart' by 'Pixel Perfect', as is printed on it: its colours are not known."""

SUFFIXES = (".jpg", ".png", ".tif")

AFFINE, SPLINE, AUTO = "PlantCV affine", "thin-plate", "auto"

Predict = Callable[[np.ndarray, Card, np.ndarray, np.ndarray], np.ndarray]
"""Values, card, patches to fit on, patches to predict → their L*a*b*."""


def plantcv_affine(values: np.ndarray, card: Card, known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Least squares from encoded values with a constant to encoded sRGB reference values, all patches alike."""
    seen = np.column_stack([encode_srgb(values), np.ones(len(values))])
    wanted = encode_srgb(card.xyz @ XYZ_TO_SRGB.T)
    matrix = np.linalg.lstsq(seen[known], wanted[known], rcond=None)[0]
    return xyz_to_lab(decode(np.clip(seen[asked] @ matrix, 0, 1), Encoding.SRGB) @ SRGB_TO_XYZ.T)


def thin_plate(values: np.ndarray, card: Card, known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Thin-plate spline with smoothing 0.01 from encoded values to L*a*b*."""
    seen, wanted = encode_srgb(values), xyz_to_lab(card.xyz)
    return RBFInterpolator(seen[known], wanted[known], kernel="thin_plate_spline", smoothing=0.01)(seen[asked])


def own(method: str) -> Predict:
    """Our own fits, the light's slope over the card taken off."""

    def predict(values: np.ndarray, card: Card, known: np.ndarray, asked: np.ndarray) -> np.ndarray:
        names = METHODS if method == AUTO else (method,)
        fit = choose_fit(fit_all(values, card, known, names, know_colours()), card)
        fall = 1 + places_of(card) @ fit.light
        return xyz_to_lab(fit.apply(values[asked]) / fall[asked, None])

    return predict


WAYS: dict[str, Predict] = {
    AFFINE: plantcv_affine,
    SPLINE: thin_plate,
    **{name: own(name) for name in METHODS},
    AUTO: own(AUTO),
}


@dataclass(frozen=True)
class Case:
    """A card in a photograph, with the reference that it is judged by."""

    name: str
    reading: CardReading
    card: Card
    why: str


def off(case: Case, predict: Predict, left_out: list[int], asked: list[int]) -> np.ndarray:
    """CIEDE2000 of some patches, predicted without others."""
    known = ~case.reading.clipped
    known[left_out] = False
    found = predict(case.reading.patches, case.card, known, np.array(asked))
    return delta_e_2000(found, xyz_to_lab(case.card.xyz[asked]))


def skin_of(case: Case) -> list[int]:
    """Skin-like patches that are not at an end of the scale."""
    return [k for k in case.card.skin if not case.reading.clipped[k]]


def both_out(case: Case, predict: Predict) -> float:
    """Mean error of the skin-like patches, all of them left out at once."""
    return float(off(case, predict, list(case.card.skin), skin_of(case)).mean())


def each_out(case: Case, predict: Predict) -> float:
    """Mean error of the skin-like patches, each left out alone."""
    return float(np.mean([off(case, predict, [k], [k])[0] for k in skin_of(case)]))


def surprise(case: Case) -> float:
    """What the spectral prior foretells of the skin-like patches without each, against what the camera shows."""
    fit = fit_patches(case.reading.patches, case.card, ~case.reading.clipped, SPECTRAL_PRIOR, know_colours())
    return float(np.nanmean(fit.surprise_delta_e00[list(case.card.skin)]))


def others_out(case: Case) -> float:
    """Mean error over methods of the patches that are no skin, each left out alone."""
    ways = [WAYS[name] for name in (AFFINE, SPLINE, *METHODS)]
    asked = [k for k in np.flatnonzero(~case.reading.clipped) if k not in case.card.skin]
    return float(np.mean([off(case, way, [k], [k])[0] for way in ways for k in asked]))


def judge_by(name: str, reading: CardReading, shows: str) -> Case:
    """Settle which reference a card is judged by."""
    cases = [Case(name, reading, load_card(each), "") for each in REFERENCES]
    if "calibrite" in shows.lower():
        return Case(name, reading, cases[1].card, "2014, by its maker")
    errors = [others_out(case) for case in cases]
    best = int(np.argmin(errors))
    return Case(
        name, reading, cases[best].card, f"{('before', '2014')[best]}, by {errors[best]:.1f} < {max(errors):.1f}"
    )


def find_cases(folder: Path) -> list[Case]:
    """Every photograph of a folder in which a card is found."""
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        shows = {row["file"]: row["what_it_shows"] for row in csv.DictReader(lines)}
    cases = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES):
        try:
            reading = find_card(read_photograph(path), load_card(REFERENCES[0]))
        except PigtrackError as refusal:
            print(f"{path.name}: {refusal}")
            continue
        cases.append(judge_by(path.name, reading, shows.get(path.name, "")))
    return cases


def report(cases: list[Case], measure: Callable[[Case, Predict], float], title: str) -> None:
    """Print one table and what it comes to."""
    names = [*WAYS, "prior, as paint"]
    print(f"\n{title}\n{'':42}" + "".join(f"{name:>16}" for name in names))
    rows = []
    for case in cases:
        row = [*(measure(case, way) for way in WAYS.values()), surprise(case)]
        rows.append(row)
        print(f"{case.name[:41]:42}" + "".join(f"{value:16.2f}" for value in row) + f"   {case.why}")
    table = np.array(rows)
    counted = np.array([case.name not in COPIES for case in cases])
    for label, reduce in (("mean", np.mean), ("median", np.median), ("worst", np.max)):
        print(f"{label:42}" + "".join(f"{value:16.2f}" for value in reduce(table[counted], axis=0)))
    over = table[counted] - table[counted][:, [names.index(AFFINE)]]
    print(f"{'worst against PlantCV affine':42}" + "".join(f"{value:+16.2f}" for value in over.max(axis=0)))
    print(f"({counted.sum()} photographs; copies by other makers, left out: {', '.join(COPIES)})")


def main() -> None:
    """Read, fit, print."""
    cases = find_cases(PHOTOS / "cards")
    report(cases, both_out, "Both skin-like patches left out, CIEDE2000")
    report(cases, each_out, "Each left out alone, CIEDE2000")


if __name__ == "__main__":
    main()

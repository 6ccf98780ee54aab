"""Draw plausible cameras under plausible lamps and keep their mean and principal components.

    python calibration/make_colour_prior.py

writes ``colour_prior.npz`` beside itself. Cameras are invented (skewed Gaussian bumps with side lobes, cut at both
ends), lamps are CIE illuminants, black bodies and invented LEDs, alone and in pairs; half of the draws carry a
camera's own colour matrix and saturation, as JPEGs do. No measured camera goes in, so that measured cameras can test
the result.
"""

from pathlib import Path

import numpy as np

from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.imaging.skin import xyz_d65
from pigtrack.model.spectra import WAVELENGTHS
from pigtrack.store.reference_data import load_card, load_spectra

DRAWS = 6000
COMPONENTS = 45
SEED = 20261122


def draw_camera(rng: np.random.Generator) -> np.ndarray:
    """Three skewed bumps near 600, 535 and 460 nm with side lobes, UV and IR cut; shape (31, 3)."""
    peaks = np.array([600.0, 535.0, 460.0]) + rng.normal(0, 9, 3)
    widths, skews = rng.normal(36, 6, 3).clip(22, 55), rng.normal(0, 0.2, 3).clip(-0.5, 0.5)
    channels = []
    for peak, width, skew in zip(peaks, widths, skews, strict=True):
        own = np.where(peak > WAVELENGTHS, width * (1 + skew), width * (1 - skew))
        channel = np.exp(-0.5 * ((WAVELENGTHS - peak) / own) ** 2)
        for _ in range(2):
            height, centre, spread = rng.exponential(0.04), rng.uniform(420, 680), rng.uniform(20, 60)
            channel = channel + height * np.exp(-0.5 * ((WAVELENGTHS - centre) / spread) ** 2)
        channels.append(channel)
    low, high = rng.normal(412, 8), rng.normal(678, 12)
    cut = 1 / (1 + np.exp((low - WAVELENGTHS) / 5)) / (1 + np.exp((WAVELENGTHS - high) / 7))
    return np.stack(channels, axis=1) * cut[:, None]


def draw_lamp(rng: np.random.Generator, lamps: dict[str, np.ndarray]) -> np.ndarray:
    """A lamp, or two of them mixed, of equal mean power; shape (31,)."""
    parts = [draw_source(rng, lamps) for _ in range(2)]
    share = rng.choice([0.0, rng.uniform(0, 0.5)])
    return (1 - share) * parts[0] / parts[0].mean() + share * parts[1] / parts[1].mean()


def draw_source(rng: np.random.Generator, lamps: dict[str, np.ndarray]) -> np.ndarray:
    """A CIE illuminant, a black body of 2400 to 9000 K, or a white LED of blue pump and phosphor."""
    kind = rng.uniform()
    if kind < 0.45:
        return lamps[str(rng.choice(sorted(lamps)))]
    if kind < 0.7:
        metres, kelvin = WAVELENGTHS * 1e-9, 1 / rng.uniform(1 / 9000, 1 / 2400)
        return metres**-5 / np.expm1(0.014388 / (metres * kelvin)) * 1e-30
    pump = np.exp(-0.5 * ((WAVELENGTHS - rng.normal(452, 7)) / rng.uniform(8, 14)) ** 2)
    phosphor = np.exp(-0.5 * ((WAVELENGTHS - rng.normal(575, 20)) / rng.uniform(45, 70)) ** 2)
    return pump * rng.uniform(0.3, 1.6) + phosphor + 0.02


def camera_matrix(sensitivities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a maker burns in: best matrix to sRGB under daylight, its saturation turned up or down, white kept."""
    tables, card = load_spectra(), load_card("colorchecker-classic")
    response = tables.lamps[str(rng.choice(["D50", "D55", "D65"]))][:, None] * sensitivities
    seen = card.spectra @ (response / response.sum(axis=0))
    fitted = np.linalg.lstsq(seen, xyz_d65(card.spectra, tables) @ XYZ_TO_SRGB.T, rcond=None)[0].T
    fitted /= fitted.sum(axis=1, keepdims=True)
    saturation, luma = rng.uniform(0.75, 1.45), np.outer(np.ones(3), [0.2126, 0.7152, 0.0722])
    return (saturation * np.eye(3) + (1 - saturation) * luma) @ fitted


def draw_response(rng: np.random.Generator, lamps: dict[str, np.ndarray]) -> np.ndarray:
    """One effective response, shape (31, 3), every channel summing to 1."""
    sensitivities = draw_camera(rng)
    raw = draw_lamp(rng, lamps)[:, None] * sensitivities
    response = raw / raw.sum(axis=0)
    return response @ camera_matrix(sensitivities, rng).T if rng.uniform() < 0.6 else response


def main() -> None:
    """Draw, decompose, write."""
    rng = np.random.default_rng(SEED)
    lamps = dict(load_spectra().lamps)
    draws = np.stack([draw_response(rng, lamps).ravel() for _ in range(DRAWS)])
    mean = draws.mean(axis=0)
    _, sizes, axes = np.linalg.svd(draws - mean, full_matrices=False)
    basis = axes[:COMPONENTS] * (sizes[:COMPONENTS, None] / np.sqrt(DRAWS - 1))
    basis *= np.sign(basis[np.arange(COMPONENTS), np.abs(basis).argmax(axis=1)])[:, None]
    mean, basis = mean.reshape(31, 3).round(7), basis.reshape(-1, 31, 3).round(7)
    path = Path(__file__).parent / "colour_prior.npz"
    np.savez_compressed(path, mean=mean, families=np.array(["any"]), means=mean[None], bases=basis[None])
    print("share of variance kept:", (sizes[:COMPONENTS] ** 2).sum() / (sizes**2).sum())


if __name__ == "__main__":
    main()

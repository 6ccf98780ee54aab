"""Draw plausible cameras under plausible lamps and keep, family by family, their mean and principal components.

    python calibration/make_colour_prior.py

writes ``colour_prior.npz`` beside itself. A family is one kind of camera under one kind of lamp. Kinds of camera:

- ``filters``: a colour filter before each pixel; skewed Gaussian bumps with side lobes, cut at both ends;
- ``jpeg``: the same, carrying the maker's own colour matrix and saturation;
- ``layers``: three photodiodes one below the other, told apart by how deep light of each wavelength reaches into
  silicon (Beer-Lambert), the depths unknown; ``layers-jpeg`` with the maker's matrix;
- ``broad``: filters with wide, overlapping bands, with and without the maker's matrix.

Lamps are CIE illuminants, black bodies and invented LEDs, alone and mixed, their spectra bent a little, since no two
lamps are alike. No measured camera goes in, so that measured cameras can test the result.
"""

from pathlib import Path

import numpy as np

from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.imaging.skin import xyz_d65
from pigtrack.model.spectra import WAVELENGTHS
from pigtrack.store.reference_data import load_card, load_spectra

DRAWS = 1200
COMPONENTS = 30
SEED = 20261122

LAMPS = {
    "bulb": ["A"],
    "daylight": ["D50", "D55", "D65", "D75"],
    "tube": ["FL2", "FL9"],
    "broad-tube": ["FL7"],
    "three-band-tube": ["FL11", "FL3.12"],
    "warm-led": ["LED-B1", "LED-B2"],
    "cool-led": ["LED-B3", "LED-B4", "LED-B5"],
    "blue-and-red-led": ["LED-BH1"],
    "violet-led": ["LED-V1", "LED-V2"],
    "black-body": [],
    "any-led": [],
}
"""CIE illuminants of like spectra; the last two are drawn."""

SILICON_PER_UM = np.concatenate(
    [
        (9.52, 6.74, 5.00, 3.92, 3.11, 2.55, 2.10, 1.72, 1.48, 1.27),
        (1.11, 0.970, 0.880, 0.785, 0.705, 0.639, 0.578, 0.532, 0.488, 0.449),
        (0.414, 0.381, 0.352, 0.327, 0.304, 0.281, 0.258, 0.238, 0.221, 0.205, 0.190),
    ]
)
"""Absorption of silicon at 300 K, 400 to 700 nm. Green and Keevers 1995, doi:10.1002/pip.4670030303."""


def draw_filters(rng: np.random.Generator, *, width: float = 36.0) -> np.ndarray:
    """Three skewed bumps near 600, 535 and 460 nm with side lobes, UV and IR cut; shape (31, 3)."""
    peaks = np.array([600.0, 535.0, 460.0]) + rng.normal(0, 9, 3)
    widths, skews = width / 36 * rng.normal(36, 6, 3).clip(22, 55), rng.normal(0, 0.2, 3).clip(-0.5, 0.5)
    channels = []
    for peak, spread, skew in zip(peaks, widths, skews, strict=True):
        own = np.where(peak > WAVELENGTHS, spread * (1 + skew), spread * (1 - skew))
        channel = np.exp(-0.5 * ((WAVELENGTHS - peak) / own) ** 2)
        for _ in range(2):
            height, centre, lobe = rng.exponential(0.04), rng.uniform(420, 680), rng.uniform(20, 60)
            channel = channel + height * np.exp(-0.5 * ((WAVELENGTHS - centre) / lobe) ** 2)
        channels.append(channel)
    return np.stack(channels, axis=1) * cut_ends(rng.normal(412, 8), 5, rng.normal(678, 12), 7)[:, None]


def draw_layers(rng: np.random.Generator) -> np.ndarray:
    """Deep, middle and top photodiode of one pixel as R, G, B; shape (31, 3).

    What a layer from depth a to b (µm) absorbs is exp(-αa) - exp(-αb) of the photons that come in. Depths and the dead
    zones between them, some carriers straying into the wrong layer, interference in the cover and a smooth error of
    each layer are drawn.
    """
    thick = np.exp(rng.uniform(np.log([0.15, 0.4, 1.2]), np.log([0.6, 1.4, 5.0])))
    dead = rng.uniform(0, [0.1, 0.4, 0.8])
    ends = np.cumsum(np.stack([dead, thick], axis=1).ravel()).reshape(3, 2)[::-1]
    reach = np.exp(-SILICON_PER_UM[:, None, None] * ends)
    layers = (reach[..., 0] - reach[..., 1]) * WAVELENGTHS[:, None]
    stray = rng.uniform(0, 0.06) * np.abs(rng.normal(0, 1, (3, 3))) * (1 - np.eye(3))
    layers = layers / layers.max(axis=0) @ (np.eye(3) + stray)
    waves = np.sin(2 * np.pi * (1e3 / WAVELENGTHS[:, None] * rng.uniform(2, 8, 3) + rng.uniform(0, 1, 3)))
    layers = layers * np.exp(rng.normal(0, 0.04, 3) * waves + np.stack([bend(rng, 0.03, 9) for _ in range(3)], axis=1))
    cut = cut_ends(rng.normal(415, 15), rng.uniform(3, 20), rng.normal(665, 10), rng.uniform(2, 12))
    return np.asarray(layers * cut[:, None])


def cut_ends(low: float, low_width: float, high: float, high_width: float) -> np.ndarray:
    """Transmission of UV and IR filters, shape (31,)."""
    return 1 / (1 + np.exp((low - WAVELENGTHS) / low_width)) / (1 + np.exp((WAVELENGTHS - high) / high_width))


def bend(rng: np.random.Generator, size: float, knots: int) -> np.ndarray:
    """A smooth curve about 0, shape (31,)."""
    places = np.linspace(WAVELENGTHS[0], WAVELENGTHS[-1], knots)
    return np.interp(WAVELENGTHS, places, rng.normal(0, size, knots))


def draw_lamp(rng: np.random.Generator, kind: str, lamps: dict[str, np.ndarray]) -> np.ndarray:
    """A lamp of one kind, every fourth with some of another in it, a little bent; shape (31,)."""
    lamp = draw_source(rng, kind, lamps)
    if rng.uniform() < 0.25:
        share, other = rng.uniform(0, 0.3), draw_source(rng, str(rng.choice(list(LAMPS))), lamps)
        lamp = (1 - share) * lamp + share * other
    return np.asarray(lamp * np.exp(bend(rng, 0.04, 7)))


def draw_source(rng: np.random.Generator, kind: str, lamps: dict[str, np.ndarray]) -> np.ndarray:
    """A lamp of one kind, of mean power 1: from the tables, or drawn."""
    if LAMPS[kind]:
        lamp = lamps[str(rng.choice(LAMPS[kind]))]
    elif kind == "black-body":
        metres, kelvin = WAVELENGTHS * 1e-9, 1 / rng.uniform(1 / 9000, 1 / 2400)
        lamp = metres**-5 / np.expm1(0.014388 / (metres * kelvin))
    else:
        lamp = draw_led(rng)
    return np.asarray(lamp / lamp.mean())


def draw_led(rng: np.random.Generator) -> np.ndarray:
    """A white LED of blue pump and phosphor, two in five with a red LED or narrow red phosphor besides."""
    pump = np.exp(-0.5 * ((WAVELENGTHS - rng.normal(452, 7)) / rng.uniform(8, 14)) ** 2)
    phosphor = np.exp(-0.5 * ((WAVELENGTHS - rng.normal(575, 20)) / rng.uniform(45, 70)) ** 2)
    lamp = pump * rng.uniform(0.3, 1.6) + phosphor + 0.02
    if rng.uniform() < 0.4:
        lamp = lamp + rng.uniform() * np.exp(-0.5 * ((WAVELENGTHS - rng.normal(625, 10)) / rng.uniform(8, 25)) ** 2)
    return np.asarray(lamp)


def camera_matrix(sensitivities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a maker burns in: best matrix to sRGB under daylight, its saturation turned up or down, white kept."""
    tables, card = load_spectra(), load_card("colorchecker-classic")
    response = tables.lamps[str(rng.choice(["D50", "D55", "D65"]))][:, None] * sensitivities
    seen = card.spectra @ (response / response.sum(axis=0))
    fitted = np.linalg.lstsq(seen, xyz_d65(card.spectra, tables) @ XYZ_TO_SRGB.T, rcond=None)[0].T
    fitted /= fitted.sum(axis=1, keepdims=True)
    saturation, luma = rng.uniform(0.75, 1.45), np.outer(np.ones(3), [0.2126, 0.7152, 0.0722])
    return np.asarray((saturation * np.eye(3) + (1 - saturation) * luma) @ fitted)


def draw_response(rng: np.random.Generator, camera: str, lamp: str, lamps: dict[str, np.ndarray]) -> np.ndarray:
    """One effective response of a kind of camera under a kind of lamp, shape (31, 3), each channel summing to 1."""
    if camera.startswith("layers"):
        sensitivities = draw_layers(rng)
    else:
        sensitivities = draw_filters(rng, width=rng.uniform(45, 70) if camera == "broad" else 36.0)
    raw = draw_lamp(rng, lamp, lamps)[:, None] * sensitivities
    response = raw / raw.sum(axis=0)
    burnt_in = camera.endswith("jpeg") or (camera == "broad" and rng.uniform() < 0.5)
    return np.asarray(response @ camera_matrix(sensitivities, rng).T if burnt_in else response)


def families() -> dict[str, tuple[str, list[str]]]:
    """Kind of camera and kinds of lamp of each family; rare kinds of camera share one family for all lamps."""
    fine = {f"{camera} {lamp}": (camera, [lamp]) for camera in ("filters", "jpeg", "layers") for lamp in LAMPS}
    return fine | {f"{camera} any": (camera, list(LAMPS)) for camera in ("layers-jpeg", "broad")}


def make_prior(draws: int) -> dict[str, np.ndarray]:
    """Draw each family and decompose it; the arrays of ``colour_prior.npz``."""
    lamps, rng = dict(load_spectra().lamps), np.random.default_rng(SEED)
    means, bases = [], []
    for camera, kinds in families().values():
        drawn = [draw_response(rng, camera, kinds[k % len(kinds)], lamps).ravel() for k in range(draws)]
        mean, basis = decompose(np.stack(drawn))
        means.append(mean.reshape(31, 3))
        bases.append(basis.reshape(-1, 31, 3))
    stacked = np.stack(means).astype(np.float32)
    return {
        "mean": stacked.mean(axis=0),
        "families": np.array(list(families())),
        "means": stacked,
        "bases": np.stack(bases).astype(np.float16),
    }


def decompose(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and principal components, each scaled by its standard deviation, largest value positive."""
    mean = drawn.mean(axis=0)
    _, sizes, axes = np.linalg.svd(drawn - mean, full_matrices=False)
    basis = axes[:COMPONENTS] * (sizes[:COMPONENTS, None] / np.sqrt(len(drawn) - 1))
    return mean, basis * np.sign(basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)])[:, None]


def main() -> None:
    """Draw, decompose, write."""
    np.savez_compressed(Path(__file__).parent / "colour_prior.npz", **make_prior(DRAWS))


if __name__ == "__main__":
    main()

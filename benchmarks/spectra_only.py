"""How true skin comes out of a card's 24 patches, by spectra alone: no pixels, no tone curve, no uneven light.

    python benchmarks/spectra_only.py [seeds]

Cameras: the two measured ones of ``calibration/spectra`` and freshly invented ones (by the rules of
``make_colour_prior.py``, from another seed than the prior's). Lamps: twelve CIE illuminants. Skins: the model's six
tones with melanin added (0 to 0.07) and blood at 0.7 to 1.5 of the tone's own. Noise: 0.5 % of each patch's value. A
condition is a camera under a lamp, the mean over its seeds. Prints tables and writes nothing.

Below the main table: the same with lamps that the prior has never met, with a card that is not quite what its spectra
say or whose spectra were estimated, on measured skins, and through the whole fit that photographs get, where tone curve
and light are unknown too.
"""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import colour
import numpy as np
from colour.quality.cfi2017 import load_TCS_CIE2017

from pigtrack.imaging.calibrate import Knowledge, fit_patches, simulate_skins
from pigtrack.imaging.calibrate.expansion import expand, fit_matrix
from pigtrack.imaging.calibrate.response import fit_response
from pigtrack.imaging.calibrate.skins import fit_on_skins
from pigtrack.imaging.colour import delta_e_2000, ita, xyz_to_lab
from pigtrack.imaging.reflectance import adapt_spectra, tristimulus
from pigtrack.imaging.skin import TONES, reflectance, xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS
from pigtrack.store.reference_data import load_card, load_colour_prior, load_spectra

CARD, TABLES = load_card("colorchecker-classic"), load_spectra()
KNOWLEDGE = Knowledge(load_colour_prior(), simulate_skins(TABLES))
ALL = np.ones(24, bool)
LAMPS = ("A", "D50", "D65", "FL2", "FL7", "FL11", "FL3.12", "LED-B1", "LED-B3", "LED-B5", "LED-V1", "LED-BH1")
UNMET = ("FL1", "FL4", "FL8", "FL10", "FL12", "FL3.1", "FL3.5", "FL3.7", "FL3.15", "HP1", "HP3", "LED-RGB1")
MELANIN, BLOOD = (0.0, 0.01, 0.02, 0.035, 0.07), (0.7, 1.0, 1.5)
NOISE, SEED, SEEDS = 0.005, 4711, 8
INVENTED = {"filters": 5, "jpeg": 3, "layers": 2}

Corrected = tuple[Callable[[FloatArray], FloatArray], float, float]
Method = Callable[[FloatArray], Corrected]


@dataclass(frozen=True)
class Skins:
    """Skins to be measured; ``pairs`` of a spot and the clear skin beside it, shape (m, 2), may be none."""

    spectra: FloatArray
    pairs: FloatArray

    @property
    def lab(self) -> FloatArray:
        """What they are."""
        return xyz_to_lab(xyz_d65(self.spectra, TABLES))


@dataclass(frozen=True)
class Outcome:
    """Errors of one condition, of skins and of contrasts (as a share of them), and both against what was foretold."""

    name: str
    colour: FloatArray
    angle: FloatArray
    contrast: FloatArray
    colour_against_u: float
    contrast_against_u: float


def model_skins() -> Skins:
    """Every tone, its blood varied, clear and with four depths of spot."""
    spectra, pairs = [], []
    for tone in TONES.values():
        for blood in BLOOD:
            first, melanin = len(spectra), tone.melanin + np.array(MELANIN)
            spectra.extend(reflectance(tone, melanin, np.full(len(melanin), blood * tone.blood), TABLES))
            pairs.extend((first + k, first) for k in range(1, len(MELANIN)))
    return Skins(np.stack(spectra), np.array(pairs))


def measured_skins() -> Skins:
    """Samples 15 and 18 of the 99 of CIE 224:2017, which ANSI/IES TM-30 takes for skin; not this model's."""
    table = load_TCS_CIE2017(colour.SpectralShape(380, 780, 5)).values.T
    return Skins(table[[14, 17], 4:65:2], np.zeros((0, 2), dtype=int))


def cameras() -> dict[str, tuple[FloatArray, FloatArray]]:
    """Sensitivities (31, 3) and the maker's own matrix (3, 3) of measured and invented cameras."""
    path = Path(__file__).parents[1] / "calibration" / "make_colour_prior.py"
    spec = importlib.util.spec_from_file_location("make_colour_prior", path)
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    rng, found = np.random.default_rng(SEED), {name: (each, np.eye(3)) for name, each in TABLES.cameras.items()}
    for kind, count in INVENTED.items():
        for number in range(count):
            sensitivities = rules.draw_layers(rng) if kind == "layers" else rules.draw_filters(rng)
            matrix = rules.camera_matrix(sensitivities, rng) if kind == "jpeg" else np.eye(3)
            found[f"{kind}-{number + 1}"] = sensitivities, matrix
    return found


def responses(lamps: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Response of every camera under every lamp, a perfect white giving 1."""
    found = {}
    for name, (sensitivities, matrix) in cameras().items():
        for lamp, power in lamps.items():
            raw = power[:, None] * sensitivities
            found[f"{name} {lamp}"] = raw / raw.sum(axis=0) @ matrix.T
    return found


def cie_lamps(names: tuple[str, ...]) -> dict[str, FloatArray]:
    """CIE illuminants by way of colour-science, for those that pigtrack has no table of."""
    shape = colour.SpectralShape(400, 700, 10)
    return {name: np.asarray(colour.SDS_ILLUMINANTS[name].copy().align(shape).values) for name in names}


def plain(terms: int) -> Method:
    """Least squares in XYZ, all patches alike: what other tools do."""

    def correct(patches: FloatArray) -> Corrected:
        matrix = np.linalg.lstsq(expand(patches, terms), CARD.xyz, rcond=None)[0].T
        return lambda rgb: expand(rgb, terms) @ matrix.T, np.nan, np.nan

    return correct


def weighted(terms: int) -> Method:
    """Skin-like and grey patches counting for more, errors over √Y."""
    weights = np.ones(24)
    weights[list(CARD.skin)], weights[list(CARD.neutral)] = 4.0, 2.0

    def correct(patches: FloatArray) -> Corrected:
        matrix = fit_matrix(patches, CARD.xyz, weights, terms)
        return lambda rgb: expand(rgb, terms) @ matrix.T, np.nan, np.nan

    return correct


def by_prior(card: Card) -> Method:
    """The spectral prior, values being proportional to light, the card being taken for ``card``."""

    def correct(patches: FloatArray) -> Corrected:
        response = fit_response(patches, card.spectra, ALL, KNOWLEDGE.prior)
        matrix, (u_skin, u_contrast) = fit_on_skins(patches, card, ALL, KNOWLEDGE, response=response)
        return lambda rgb: expand(rgb, 6) @ matrix.T, u_skin, u_contrast

    return correct


def estimated_card() -> Card:
    """The card with spectra estimated as a newer card's are: an elder one's (Ohta 1997), bent to this one's colours."""
    shape = colour.SpectralShape(400, 700, 10)
    elder = [each.copy().align(shape).values for each in colour.SDS_COLOURCHECKERS["ColorChecker N Ohta"].values()]
    weights = tristimulus(TABLES.lamps["D65"], TABLES.observer)
    return replace(CARD, spectra=adapt_spectra(np.array(elder), CARD.xyz, weights), spectra_estimated=True)


def whole_fit(method: str) -> Method:
    """What a photograph's patches go through: tone curve, light and response unknown together."""

    def correct(patches: FloatArray) -> Corrected:
        fit = fit_patches(0.6 * patches, CARD, ALL, method, KNOWLEDGE)
        return lambda rgb: fit.apply(0.6 * rgb), fit.u_skin_delta_e00, fit.u_contrast

    return correct


METHODS = {
    "3x3, all patches alike": plain(3),
    "root-polynomial, all alike": plain(6),
    "3x3, weighted": weighted(3),
    "root-polynomial, weighted": weighted(6),
    "spectral prior": by_prior(CARD),
}


def try_condition(
    name: str, response: FloatArray, method: Method, skins: Skins, seeds: int, card_off: float = 0.0
) -> Outcome:
    """One camera under one lamp, photographed ``seeds`` times; the card's spectra off by a smooth relative error."""
    colours, angles, contrasts, ratios = [], [], [], []
    for seed in range(seeds):
        rng = np.random.default_rng([SEED, seed, *name.encode()])
        patches = bent(CARD.spectra, card_off, rng) @ response
        patches = patches * (1 + NOISE * rng.standard_normal(patches.shape))
        correct, u_skin, u_contrast = method(patches)
        found = xyz_to_lab(correct(skins.spectra @ response))
        colours.append(delta_e_2000(found, skins.lab))
        angles.append(ita(found) - ita(skins.lab))
        contrasts.append(contrast_errors(found, skins))
        ratios.append([np.mean(colours[-1] ** 2) / u_skin**2, np.mean(contrasts[-1] ** 2) / u_contrast**2])
    against = np.sqrt(np.mean(ratios, axis=0))
    return Outcome(name, np.array(colours), np.array(angles), np.array(contrasts), *against.tolist())


def bent(spectra: FloatArray, size: float, rng: np.random.Generator) -> FloatArray:
    """Spectra off by smooth relative errors of a given size."""
    knots = np.linspace(400, 700, 7)
    return np.stack([each * np.exp(np.interp(WAVELENGTHS, knots, rng.normal(0, size, 7))) for each in spectra])


def contrast_errors(found: FloatArray, skins: Skins) -> FloatArray:
    """Error of each spot's contrast with the skin beside it, as a share of the contrast (ΔE*ab)."""
    if not len(skins.pairs):
        return np.full(1, np.nan)
    spots, clear = skins.pairs.T
    off = (found - skins.lab)[spots] - (found - skins.lab)[clear]
    return np.linalg.norm(off, axis=1) / np.linalg.norm(skins.lab[spots] - skins.lab[clear], axis=1)


def print_table(
    title: str, methods: dict[str, Method], conditions: dict[str, FloatArray], skins: Skins, **options
) -> None:
    """One line a method."""
    print(f"\n{title}\n{'':32}  mean   p95  worst condition              ITA rms  contrast  e/u  c/u      n")
    for name, method in methods.items():
        tried = [try_condition(each, response, method, skins, **options) for each, response in conditions.items()]
        errors = np.concatenate([each.colour.ravel() for each in tried])
        worst = max(tried, key=lambda each: each.colour.mean())
        angle, contrast, u_skin, u_contrast = np.sqrt(np.mean(np.square([summary(each) for each in tried]), axis=0))
        print(f"{name:32} {errors.mean():5.2f} {np.percentile(errors, 95):5.2f}", end="  ")
        print(f"{worst.colour.mean():4.2f} {worst.name:23} {angle:6.2f}°", end=" ")
        foretold = f"{100 * contrast:7.1f} % {u_skin:5.2f} {u_contrast:4.2f}"
        print(foretold.replace("nan", "  -"), f"{errors.size:6d}")


def summary(outcome: Outcome) -> tuple[float, float, float, float]:
    """ITA and contrast error, root mean square, and both kinds of error against what was foretold."""
    rms = [float(np.sqrt(np.mean(values**2))) for values in (outcome.angle, outcome.contrast)]
    return rms[0], rms[1], outcome.colour_against_u, outcome.contrast_against_u


def main() -> None:
    """Print the tables."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    known, skins = responses({name: TABLES.lamps[name] for name in LAMPS}), model_skins()
    print_table(f"Skin CIEDE2000, {len(known)} conditions, {seeds} seeds each", METHODS, known, skins, seeds=seeds)
    few, best = max(1, seeds // 4), {name: METHODS[name] for name in ("3x3, all patches alike", "spectral prior")}
    measured = {name: response for name, response in known.items() if name.split()[0] in TABLES.cameras}
    print_table("Measured cameras only", best, measured, skins, seeds=seeds)
    print_table("Lamps that the prior never met", best, responses(cie_lamps(UNMET)), skins, seeds=few)
    print_table("Card's spectra off by 1 %", best, known, skins, seeds=few, card_off=0.01)
    estimated = {"spectral prior": by_prior(estimated_card())}
    print_table("Card's spectra estimated from an elder card's", estimated, known, skins, seeds=few)
    print_table("Measured skins (CIE 224, samples 15 and 18)", best, known, measured_skins(), seeds=few)
    whole = {f"{name}": whole_fit(name) for name in ("spectral-prior", "root-polynomial", "linear")}
    print_table("Tone curve and light unknown too", whole, known, skins, seeds=1)


if __name__ == "__main__":
    main()

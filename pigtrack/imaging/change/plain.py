"""What plain skin tells: the noise of a difference between two sessions that both show it, and how dark it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.colour import lab_to_xyz
from pigtrack.model.linked import LinkedSession
from pigtrack.model.metrics import PlainSkin
from pigtrack.model.quantity import FloatArray, FloatImage

USUAL_GRAIN = 0.4
"""Melanin index over 1 mm where no plain skin tells it: a phone's on light skin, among the grainier ones."""

FEWEST = 12
"""Places below which their spread says nothing."""


DARKEST = 0.02
"""Reflectance below which no skin lies; less is a reading gone wrong."""


@dataclass(frozen=True, eq=False, slots=True)
class PlainNoise:
    """Standard deviation of a contrast's chance part in one session, by the diameter that it is taken over.

    Attributes
    ----------
    diameters : ndarray, shape (sizes,)
        In the unit of the spots' lengths, rising.
    spread : ndarray, shape (sizes,)
        Melanin index.
    mm_per_unit : float
        Of those lengths.
    """

    diameters: FloatArray
    spread: FloatArray
    mm_per_unit: float = 1.0

    def at(self, diameter: float) -> float:
        """Noise over a disc of this diameter.

        Beyond the largest it goes on falling as over the sizes that were read, at the most as independent pixels would.
        """
        sizes, logs = np.log(self.diameters), np.log(self.spread)
        here = np.log(max(diameter, 0.1 * self.diameters[0]))
        slope = (logs[-1] - logs[0]) / (sizes[-1] - sizes[0]) if len(sizes) > 1 else 0.0
        beyond = np.clip(slope, -1.0, 0.0) * max(here - sizes[-1], 0.0)
        return float(np.exp(np.interp(here, sizes, logs) + beyond))

    @property
    def grain(self) -> float:
        """Noise over a disc of 1 mm: how grainy these photographs of this skin are."""
        return self.at(1.0 / self.mm_per_unit)


def grain_of(plain: PlainNoise | None) -> float:
    """Return how grainy two sessions are, `USUAL_GRAIN` where that is not known."""
    return USUAL_GRAIN if plain is None else plain.grain


def plain_noise(before: Sequence[PlainSkin], now: Sequence[PlainSkin]) -> PlainNoise | None:
    """Half the variance of the difference of two sessions at the same places, shots pooled; None with too few places.

    The skin's own texture, alike in both, goes out of the difference.
    """
    if not before or not now:
        return None
    pairs = [
        (diameter, _spread(_mean(now, k) - _mean(before, k)) / np.sqrt(2))
        for k, diameter in enumerate(before[0].diameters_mm)
    ]
    return _noise(pairs, before[0].mm_per_unit)


def shot_noise(shots: Sequence[PlainSkin]) -> PlainNoise | None:
    """Noise of one shot from the scatter of a session's shots at the same places; None with fewer than two shots."""
    if len(shots) < 2:
        return None
    unbiased = np.sqrt(len(shots) / (len(shots) - 1))
    pairs = []
    for k, diameter in enumerate(shots[0].diameters_mm):
        mean = _mean(shots, k)
        pairs.append((diameter, unbiased * _spread(np.stack([shot.contrasts[k] - mean for shot in shots]))))
    return _noise(pairs, shots[0].mm_per_unit)


def _noise(pairs: Sequence[tuple[float, float]], mm_per_unit: float) -> PlainNoise | None:
    known = np.array([pair for pair in pairs if np.isfinite(pair[1])], dtype=np.float64)
    if not len(known):
        return None
    return PlainNoise(known[:, 0] / mm_per_unit, np.maximum(known[:, 1], 1e-6), mm_per_unit)


def _mean(shots: Sequence[PlainSkin], size: int) -> FloatImage:
    """Mean over the shots at the places that all of them show."""
    return np.asarray(np.mean([shot.contrasts[size] for shot in shots], axis=0))


def _spread(differences: FloatImage) -> float:
    """Robust standard deviation of what is known; nan where that is too little."""
    known = differences[np.isfinite(differences)]
    if len(known) < FEWEST:
        return np.nan
    return float(1.4826 * np.median(np.abs(known - np.median(known))))


def reflectance_of(session: LinkedSession) -> float:
    """Luminance of a session's spot-free skin, perfect white = 1; 1 where none was read."""
    skin = session.skin
    return 1.0 if skin is None else max(float(lab_to_xyz(np.array(skin.region_lab))[1]), DARKEST)

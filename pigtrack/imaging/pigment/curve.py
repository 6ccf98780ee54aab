"""From two readings of the density to melanin and blood: the skin model turned round, once for a course."""

import numpy as np

from pigtrack.imaging.pigment.tone import model_density
from pigtrack.imaging.skin import FRESNEL, SkinTone
from pigtrack.model.metrics import PigmentCurve
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import SpectralTables

STEP = 2.0
"""Index units between the nodes; between them the curve is straight within 0.01."""

REACH_MI = (-24.0, 76.0)
REACH_EI = (-26.0, 50.0)
"""How far beyond the plain skin's own readings the nodes go; further out the curve goes on in parallel."""

MELANIN = (-0.02, 0.24)
BLOOD = (0.15, 6.0)
"""Melanosome fraction, and blood as a multiple of the tone's own, to which skin is followed. Below 0: paler than
skin without melanin, as noise may have it."""

ROUNDS = 25
"""Newton's steps, cut short where they are long; nine in ten nodes settle in five."""


def fit_curve(
    tone: SkinTone,
    skin_density: FloatArray,
    readings: FloatArray,
    tables: SpectralTables,
    *,
    surface: float = FRESNEL,
) -> PigmentCurve:
    """Find for every pair of readings the melanin and blood that give it.

    Parameters
    ----------
    tone : SkinTone
    skin_density : ndarray, shape (3,)
        Density of the course's spot-free skin as it is seen: it is taken for the tone's plain skin.
    readings : ndarray, shape (2, 3)
        Directions of the readings along melanin and along blood.
    surface : float
        Share of white that the skin's surface sends back.

    Returns
    -------
    PigmentCurve
    """
    model = _Model(tone, readings, tables, surface)
    plain = model.read(np.array(tone.melanin), np.array(1.0))
    steps = [np.arange(low, high + STEP / 2, STEP) for low, high in (REACH_MI, REACH_EI)]
    wanted = plain + np.stack(np.meshgrid(*steps), axis=-1)
    melanin, blood = model.invert(wanted)
    lift = model.indices(melanin, blood) - model.read(melanin, blood)
    start = readings @ skin_density + [REACH_MI[0], REACH_EI[0]]
    return PigmentCurve(lift.astype(np.float32), (float(start[0]), float(start[1])), STEP)


class _Model:
    """Readings and indices of the model's skin by its melanin and its blood, a multiple of the tone's own."""

    def __init__(self, tone: SkinTone, readings: FloatArray, tables: SpectralTables, surface: float) -> None:
        self._tone, self._readings, self._tables, self._surface = tone, readings, tables, surface

    def read(self, melanin: FloatArray, blood: FloatArray) -> FloatArray:
        dense = model_density(self._tone, melanin, blood * self._tone.blood, self._tables, surface=self._surface)
        return np.asarray(dense @ self._readings.T)

    def indices(self, melanin: FloatArray, blood: FloatArray) -> FloatArray:
        """Plain red density at usual blood, and plain green density at usual melanin, times 100."""
        usual, own = np.full_like(blood, self._tone.blood), np.full_like(melanin, self._tone.melanin)
        red = model_density(self._tone, melanin, usual, self._tables)[..., 0]
        green = model_density(self._tone, own, blood * self._tone.blood, self._tables)[..., 1]
        return np.asarray(100 * np.stack([red, green], axis=-1))

    def invert(self, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Newton's method in melanin and the logarithm of blood, within `MELANIN` and `BLOOD`."""
        melanin, log_blood = np.full(wanted.shape[:-1], self._tone.melanin), np.zeros(wanted.shape[:-1])
        for _ in range(ROUNDS):
            here = self.read(melanin, np.exp(log_blood))
            slopes = np.stack(
                [
                    (self.read(melanin + 1e-4, np.exp(log_blood)) - here) / 1e-4,
                    (self.read(melanin, np.exp(log_blood + 1e-3)) - here) / 1e-3,
                ],
                axis=-1,
            )
            step = np.linalg.solve(slopes, (wanted - here)[..., None])[..., 0]
            melanin = np.clip(melanin + np.clip(step[..., 0], -0.02, 0.02), *MELANIN)
            log_blood = np.clip(log_blood + np.clip(step[..., 1], -0.5, 0.5), *np.log(BLOOD))
        return melanin, np.asarray(np.exp(log_blood))

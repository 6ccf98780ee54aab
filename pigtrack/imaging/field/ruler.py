"""How light is told from a field: the direction in density that melasma's melanin and blood do not move."""

import numpy as np

from pigtrack.imaging.skin import SkinTone, linear_srgb, reflectance
from pigtrack.model.metrics import PigmentRuler
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import SpectralTables

FIELD_MELANIN = 0.01
"""Melanosome fraction at which melasma's direction is taken: it adds 0.015 on its plateau, and less at its borders.

The ruler's own direction is made for spots of twice the plateau. Along it dark skin's melasma read 5 % long on its
plateau and 9 % at a quarter of it, so that every fade looked smaller than it was."""


def fit_light_direction(ruler: PigmentRuler, tone: SkinTone, tables: SpectralTables) -> FloatArray:
    """Weights in density that read light as 1, melasma's melanin and blood as 0; shape (3,)."""
    steps = np.array([0.0, FIELD_MELANIN])
    light = linear_srgb(reflectance(tone, tone.melanin + steps, np.full(2, tone.blood), tables), tables)
    melanin = np.log10(light[0] / light[1])
    basis = np.stack([melanin / melanin[0], ruler.haemoglobin, np.ones(3)])
    return np.asarray(np.linalg.solve(basis, [0.0, 0.0, 1.0]))

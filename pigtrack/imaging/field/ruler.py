"""How long a field's own step of melanin is on the course's ruler."""

import numpy as np

from pigtrack.imaging.field.cells import Indices, light_direction
from pigtrack.imaging.skin import SkinTone, linear_srgb, reflectance
from pigtrack.model.metrics import PigmentRuler
from pigtrack.model.spectra import SpectralTables

FIELD_MELANIN = 0.015
"""Melanosome fraction that melasma adds."""


def read_length(ruler: PigmentRuler, indices: Indices, tone: SkinTone, tables: SpectralTables) -> float:
    """What the levelled ruler reads of melasma's melanin, as a share of its plain red density.

    The light is told along a straight line between skin and darker spots; of faint pigment, off that line, a little
    passes for light, the more the darker the skin.
    """
    steps = np.array([0.0, FIELD_MELANIN])
    light = linear_srgb(reflectance(tone, tone.melanin + steps, np.full(2, tone.blood), tables), tables)
    dense = -np.log10(light)
    level = dense - (light_direction(ruler) @ (dense - dense[0]).T)[:, None]
    weights = 100 * np.stack([ruler.weights, ruler.erythema_weights])
    read = indices(((level - dense[0] + ruler.skin_density) @ weights.T)[None].astype(np.float32))[0, :, 0]
    return float((read[1] - read[0]) / (100 * (dense[1, 0] - dense[0, 0])))

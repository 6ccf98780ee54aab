"""Measured cameras under known lamps, and what the colour fits know beforehand; shared by the tests beside."""

from functools import cache

import numpy as np

from pigtrack.imaging.calibrate import Knowledge, simulate_skins
from pigtrack.store.reference_data import load_colour_prior, load_spectra


@cache
def knowledge() -> Knowledge:
    """Prior and simulated skins, worked out once."""
    return Knowledge(load_colour_prior(), simulate_skins(load_spectra()))


def response(camera: str, lamp: str) -> np.ndarray:
    """Lamp times sensitivities, a perfect white giving 1 in each channel."""
    tables = load_spectra()
    both = tables.lamps[lamp][:, None] * tables.cameras[camera]
    return both / both.sum(axis=0)

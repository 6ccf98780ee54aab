"""The spectral tables that the phantom and the spectral prior are made from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pigtrack.model.quantity import FloatArray

WAVELENGTHS: FloatArray = np.arange(400.0, 701.0, 10.0)
"""Nanometres; every table has one value for each of these 31."""


@dataclass(frozen=True, eq=False, slots=True)
class SpectralTables:
    """Observer, lamps, cameras and blood, each sampled at `WAVELENGTHS`.

    Attributes
    ----------
    observer : ndarray, shape (31, 3)
        CIE 1931 2° colour-matching functions.
    lamps : mapping of str to ndarray, shape (31,)
        Relative spectral power.
    cameras : mapping of str to ndarray, shape (31, 3)
        Relative sensitivities.
    haemoglobin : ndarray, shape (31, 2)
        Molar extinction of oxygenated and deoxygenated blood, cm⁻¹/(mol/l).
    """

    observer: FloatArray
    lamps: Mapping[str, FloatArray]
    cameras: Mapping[str, FloatArray]
    haemoglobin: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class ResponseFamily:
    """One kind of camera under one kind of lamp: a Gaussian over effective responses.

    A response is lamp times sensitivity times the camera's own colour matrix, each channel scaled so that a
    perfect white gives 1. ``response = mean + Σ z_k · basis_k`` with independent standard normal z.

    Attributes
    ----------
    mean : ndarray, shape (31, 3)
    basis : ndarray, shape (components, 31, 3)
        Principal components, each scaled by its standard deviation.
    """

    name: str
    mean: FloatArray
    basis: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class ColourPrior:
    """What cameras under lamps are like before a card is seen: families of them, all as likely as one another.

    Attributes
    ----------
    mean : ndarray, shape (31, 3)
        Of all the families together: where a fit may start.
    families : tuple of ResponseFamily
        At least one.
    """

    mean: FloatArray
    families: tuple[ResponseFamily, ...]

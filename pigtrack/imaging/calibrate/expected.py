"""What a card's patches should come to before its photograph is seen."""

import numpy as np

from pigtrack.imaging.calibrate.unexplained import size_of
from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior

_MIXING, _METAMERISM = 0.15, 0.02
"""For a card without spectra: how far a camera's primaries stray from sRGB's, and what no matrix of them explains."""


def expect_values(card: Card, prior: ColourPrior) -> tuple[FloatArray, FloatArray]:
    """Mean (patches, 3) and covariance (3 patches, 3 patches) of reflectance times response, as the prior has them.

    Without spectra a camera is a matrix near sRGB's, and what no matrix explains is noise of its own.
    """
    if card.spectra is None:
        return _expected_of_xyz(card.xyz)
    mean, covariance = card.spectra @ prior.mean, np.zeros((3 * len(card.xyz),) * 2)
    for family in prior.families:
        seen = (card.spectra @ family.basis).reshape(len(family.basis), -1)
        off = (card.spectra @ (family.mean - prior.mean)).ravel()
        covariance += (seen.T @ seen + np.outer(off, off)) / len(prior.families)
    return mean, covariance


def _expected_of_xyz(xyz: FloatArray) -> tuple[FloatArray, FloatArray]:
    rgb = xyz @ XYZ_TO_SRGB.T
    covariance = np.diag((_METAMERISM * size_of(rgb)).ravel() ** 2)
    for channel in range(3):
        rows = np.arange(channel, rgb.size, 3)
        for other in range(3):
            off = rgb[:, other] - rgb[:, channel]
            covariance[np.ix_(rows, rows)] += _MIXING**2 * np.outer(off, off)
    return rgb, covariance

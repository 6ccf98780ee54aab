"""Light that the surface of the skin mirrors over a broad place: told from the baseline's skin, and taken off.

Sweat, cream or a moved lamp lays white light over the skin. It dilutes every contrast below, half of it on dark skin
where it is brighter than the blue from inside. It can't be told from paler skin in one photograph alone, but beside
the baseline it can: light is lost or gained alike in all channels, blood changes green most, and mirrored light adds
as much to dark channels as to bright ones.
"""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.pigment.around import COARSER, CoarseSkin
from pigtrack.imaging.pigment.tone import DARKEST
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

USUAL_LIGHT = 0.2
USUAL_BLOOD = 0.03
USUAL_SHEEN = 0.03
"""Standard deviations of what changes in a place from session to session: density of the light, green density of the
blood (a third of it), mirrored light as a share of white."""

PLACE_ERROR = 0.0008
"""Of a density: how far the colour of one place against another's may be wrong; unchanged phantom courses show 0.0003
to 0.0006."""

FEWEST = 12
"""Cells without which no sheen is told."""

UNMOVED = 0.25
"""Share of the skin that is taken to have none: what a quarter of the cells agree upon best."""

ROUNDS = 4

GLARE_RIM_MM = 2.0
"""Around glare lies a rim of less mirrored light that can't be told from pale skin."""


def tell_sheen(wide: FloatImage, usual: FloatImage, seen: BoolImage, haemoglobin: FloatArray) -> FloatImage:
    """Tell how much more light the surface mirrors than at the baseline, each place against the picture's usual.

    Parameters
    ----------
    wide, usual : ndarray, shape (rows, columns, 3), float32
        Density of the spot-free skin around each cell, here and in the baseline.
    seen : ndarray, shape (rows, columns), bool
        Cells with skin in both.
    haemoglobin : ndarray, shape (3,)
        Change of density with blood.

    Returns
    -------
    ndarray, shape (rows, columns), float32
        Share of white, shrunk towards 0 where it is no more than colour errors make; 0 where skin was not seen.

    Notes
    -----
    The most probable light, blood and mirrored light a cell (Gauss-Newton). What all cells share is not believed:
    a calibration or a tan gives that too; so a film all over the picture is not told.
    """
    sheen = np.zeros(seen.shape, np.float32)
    if seen.sum() < FEWEST:
        return sheen
    found, u = _most_probable(wide[seen].astype(np.float64), usual[seen].astype(np.float64), haemoglobin)
    found = found - _agreed(found)
    kept = np.maximum(1 - (2 * u / np.maximum(np.abs(found), 1e-9)) ** 2, 0)
    sheen[seen] = found * kept
    return sheen


def find_glare(skin: CoarseSkin, around: FloatImage, *, palest: float, mm_per_px: float) -> BoolImage:
    """Find where skin is brighter than skin without any melanin would be, and a rim around.

    Parameters
    ----------
    around : ndarray, shape (rows, columns, 4), float32
        As `skin_around` gives it.
    palest : float
        Red density that the plain skin has by its melanin.

    Returns
    -------
    ndarray, shape of ``skin.valid``, bool
    """
    plain = np.asarray(opencv.resize_linear(np.ascontiguousarray(around[..., 0]), skin.valid.shape))
    glare = skin.valid & (skin.dense[..., 0] < plain - np.float32(palest))
    return opencv.dilate(glare, max(round(GLARE_RIM_MM / (COARSER * mm_per_px)), 1))


def _agreed(found: FloatArray) -> float:
    """Middle of the narrowest range that holds `UNMOVED` of the values."""
    ordered = np.sort(found)
    held = max(round(UNMOVED * len(ordered)), 2)
    widths = ordered[held - 1 :] - ordered[: len(ordered) - held + 1]
    first = int(np.argmin(widths))
    return float(np.median(ordered[first : first + held]))


def _most_probable(wide: FloatArray, usual: FloatArray, haemoglobin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mirrored light of each cell and its standard uncertainty, shape (n,)."""
    state = np.zeros((len(wide), 3))
    prior = np.diag(1 / np.array([USUAL_LIGHT, USUAL_BLOOD, USUAL_SHEEN]) ** 2)
    for _ in range(ROUNDS):
        inner = 10 ** -(usual + state[:, :1] + state[:, 1:2] * haemoglobin)
        light = np.maximum(inner + state[:, 2:], DARKEST)
        share = inner / light
        slopes = np.stack([share, share * haemoglobin, -1 / (np.log(10) * light)], axis=-1)
        form = slopes.swapaxes(1, 2) @ slopes / PLACE_ERROR**2 + prior
        off = wide + np.log10(light)
        pull = (slopes.swapaxes(1, 2) @ off[..., None])[..., 0] / PLACE_ERROR**2 - state @ prior
        state = state + np.linalg.solve(form, pull[..., None])[..., 0]
    return state[:, 2], np.sqrt(np.linalg.inv(form)[:, 2, 2])

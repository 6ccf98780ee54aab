"""How much of the skin's fine relief and texture a photograph shows, beside the baseline on one frame."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.quality.words import Finding, percent
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

_FINE_MM = (0.08, 0.20)
_COARSE_MM = (0.25, 0.80)
"""Standard deviations of the two Gaussians between which a band lies: furrows and pores; mottling and relief."""

_RIM_MM = 2.0
_TILE_PX = 256
_TILES = 8
_MOSTLY = 0.7
"""Texture is compared in a few tiles of the frame that are mostly skin, clear of what is none."""

_OUTLIER = 5.0
"""Median deviations beyond which texture is a spot's edge, a hair or a glint."""

_LEAST_LIKENESS = 0.35
"""Correlation of the fine bands below which noise hides the furrows, so that sharpness cannot be told from them."""

_CHANNELS = np.array([0.6, 0.4], np.float32)
"""Red and green: relief shows in all channels alike, and on dark skin blue is mostly noise."""

_DARKEST = 2e-3
_ASSUMED_MM_PER_PX = 1 / 17


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How the texture of one band is found again: its size against the baseline's, and the correlation."""

    size: float
    correlation: float


def judge_relief(first: RegisteredImage, later: RegisteredImage, mm_per_px: float | None) -> dict[str, Finding]:
    """Return sharpness and texture of the skin as a share of the baseline's; nothing where there is no tile of skin."""
    spacing = mm_per_px or _ASSUMED_MM_PER_PX
    skin = opencv.erode(first.valid & later.valid, round(_RIM_MM / spacing))
    places = _tiles(skin)
    if not places:
        return {}
    coarse = _compare(first, later, skin, places, _COARSE_MM, spacing)
    fine = _compare(first, later, skin, places, _FINE_MM, spacing)
    found = {"skin_texture": _texture(coarse.size)}
    if fine.correlation > _LEAST_LIKENESS or coarse.size < 1:
        found["skin_sharpness"] = _sharpness(fine, coarse)
    return found


def _sharpness(fine: _Likeness, coarse: _Likeness) -> Finding:
    size = fine.size if fine.correlation > _LEAST_LIKENESS else coarse.size
    how = f"The skin's furrows show {percent(size)} of the baseline's sharpness"
    return Finding(size, f"{how}: focus on the skin, not on the card or the background, and hold still.")


def _texture(size: float) -> Finding:
    how = f"The skin shows {percent(size)} of the baseline's texture"
    return Finding(size, f"{how}: wash off make-up, cream and sunscreen, turn beauty filters off, light as before.")


def _tiles(skin: BoolImage) -> list[tuple[int, int]]:
    """Top left corners of tiles that are mostly skin, evenly picked."""
    rows, columns = skin.shape[0] // _TILE_PX, skin.shape[1] // _TILE_PX
    whole = skin[: rows * _TILE_PX, : columns * _TILE_PX].reshape(rows, _TILE_PX, columns, _TILE_PX).mean(axis=(1, 3))
    places = np.argwhere(whole > _MOSTLY) * _TILE_PX
    if len(places) == 0:
        return []
    chosen = np.unique(np.linspace(0, len(places) - 1, min(_TILES, len(places))).astype(int))
    return [(int(places[k, 0]), int(places[k, 1])) for k in chosen]


def _compare(
    first: RegisteredImage,
    later: RegisteredImage,
    skin: BoolImage,
    places: list[tuple[int, int]],
    band_mm: tuple[float, float],
    mm_per_px: float,
) -> _Likeness:
    parts = []
    for top, left in places:
        tile = (slice(top, top + _TILE_PX), slice(left, left + _TILE_PX))
        bands = [_band(each.linear[tile], each.valid[tile], band_mm, mm_per_px) for each in (first, later)]
        parts.append(_usual(bands, skin[tile]))
    return _likeness(*(np.concatenate([part[k] for part in parts]) for k in (0, 1)))


def _band(linear: FloatImage, valid: BoolImage, band_mm: tuple[float, float], mm_per_px: float) -> FloatImage:
    """Optical density between two Gaussians."""
    density = -np.log10(np.maximum(linear[..., :2], np.float32(_DARKEST))) @ _CHANNELS
    weight = valid.astype(np.float32)
    fine, coarse = (surrounding_mean(density, weight, max(0.5, each / mm_per_px)) for each in band_mm)
    return np.asarray(fine - coarse)


def _usual(bands: list[FloatImage], valid: BoolImage) -> tuple[FloatArray, FloatArray]:
    """Values of both bands where neither stands out."""
    kept = valid
    for band in bands:
        kept = kept & (np.abs(band) < _OUTLIER * np.median(np.abs(band[valid])))
    return bands[0][kept].astype(np.float64), bands[1][kept].astype(np.float64)


def _likeness(first: FloatArray, later: FloatArray) -> _Likeness:
    """Size of the shared texture in the later band against the first.

    With a shared texture of variance s, seen at β times its size later, and noise n in both: the variances are s + n
    and β²s + n, the covariance is βs. So β follows from the three, and the noise drops out.
    """
    covariance = float(np.mean(first * later))
    variances = float(np.mean(first**2)), float(np.mean(later**2))
    correlation = covariance / max(float(np.sqrt(variances[0] * variances[1])), 1e-12)
    half = (variances[0] - variances[1]) / (2 * max(covariance, 1e-3 * variances[0]))
    return _Likeness(float(np.sqrt(half**2 + 1) - half), correlation)

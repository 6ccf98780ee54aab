"""The skin of a photograph beside the baseline's, on one frame: light, tan, redness, bruises, texture, sharpness.

Between two photographs of the same skin optical density moves by light, by melanin and by blood. The three directions
are known from the physical model of skin, so each can be told from the others.
"""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import ita, srgb_to_lab
from pigtrack.imaging.quality.words import Finding, percent
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

_CELL_MM = 0.5
"""Skin is averaged to cells of this side: noise and furrows go, spots and bruises stay."""

_DARKEST = 2e-3

_REDS = np.array([0.182, 0.225, 0.358, 0.424, 0.476, 0.506])
_MELANIN = np.array(
    [[1, 1.449, 1.826], [1, 1.533, 2.134], [1, 1.657, 2.753], [1, 1.702, 2.987], [1, 1.731, 3.136], [1, 1.769, 3.288]]
)
_BLOOD = np.array(
    [[0.632, 1, 0.443], [0.592, 1, 0.495], [0.410, 1, 0.745], [0.333, 1, 0.824], [0.290, 1, 0.861], [0.335, 1, 0.856]]
)
"""Linear red of the six tones of `pigtrack.imaging.skin`, dark to very light, and the change of R, G, B density there
with melanin (red = 1) and with blood (green = 1). A test draws them anew from the model."""

_SPOT_DENSITY = 0.025
_SPOT_RIM_MM = 1.0
_AROUND_MM = 9.0
"""Skin whose red density stands out by so much from its surroundings of this size is a spot; its rim goes too."""

_BRUISE_MM = 2.0
_BRUISE = 0.05
"""Smoothing, and rise of green density by blood over the rest of the skin: a fresh bruise has 0.1 to 0.3."""

_FLUSH_MM = 4.0
_FLUSHED_SHARE = 90.0
"""Redness need not cover all of the skin: smoothing, and the percentile of the skin that is told."""

_FEWEST = 200
"""Cells of spot-free skin below which nothing is compared."""

_ASSUMED_MM_PER_PX = 1 / 17
"""Stands in where the scale is unknown: the usual working scale."""


@dataclass(frozen=True, eq=False, slots=True)
class SkinPair:
    """The same skin twice, in cells.

    Attributes
    ----------
    first, later : ndarray, shape (rows, columns, 3), float32
        Linear sRGB.
    both : ndarray, shape (rows, columns), bool
        Usable in both.
    skin : ndarray, shape (rows, columns), bool
        And no spot in either.
    """

    first: FloatImage
    later: FloatImage
    both: BoolImage
    skin: BoolImage

    @property
    def enough(self) -> bool:
        """Whether there is skin enough to be compared."""
        return bool(self.skin.sum() >= _FEWEST)


def pair_skin(first: RegisteredImage, later: RegisteredImage, mm_per_px: float | None) -> SkinPair:
    """Average both images to cells and leave spots out."""
    shrink = max(1.0, _CELL_MM / (mm_per_px or _ASSUMED_MM_PER_PX))
    rows, columns = first.valid.shape
    shape = (max(1, round(rows / shrink)), max(1, round(columns / shrink)))
    both = opencv.resize_area((first.valid & later.valid).astype(np.float32), shape) > 0.99
    cells = [opencv.resize_area(each.linear, shape) for each in (first, later)]
    skin = _spot_free(cells[0], both) & _spot_free(cells[1], both)
    return SkinPair(cells[0], cells[1], both, skin)


def judge_pair(pair: SkinPair) -> dict[str, Finding]:
    """Return what the skin gives beside the baseline, by the checks' names; nothing where there is too little."""
    if not pair.enough:
        return {}
    before, now = (np.median(each[pair.skin], axis=0).astype(np.float64) for each in (pair.first, pair.later))
    change = _density(pair.later) - _density(pair.first)
    usual = np.median(change[pair.skin], axis=0)
    parts = _unmix(float(before[0]))
    dimmer, _, redder = (parts @ usual).tolist()
    blood = np.linalg.inv(parts)[:, 2]
    lab_before, lab_now = srgb_to_lab(before), srgb_to_lab(now * 10 ** (dimmer + redder * blood))
    return {
        "skin_light": _light(dimmer),
        "redness_ei": _redness(change, parts[2], pair.skin),
        "tan_ita": _tan(float(ita(lab_now) - ita(lab_before))),
        "bruise_share": _bruise(change - usual, parts[2], pair.both),
    }


def _density(linear: FloatImage) -> FloatImage:
    return np.asarray(-np.log10(np.maximum(linear, np.float32(_DARKEST))))


def _spot_free(cells: FloatImage, valid: BoolImage) -> BoolImage:
    red = np.ascontiguousarray(_density(cells)[..., 0])
    skin = valid
    for _ in range(2):
        around = surrounding_mean(red, skin.astype(np.float32), _AROUND_MM / _CELL_MM)
        spots = opencv.dilate(valid & (red - around > _SPOT_DENSITY), round(_SPOT_RIM_MM / _CELL_MM))
        skin = valid & ~spots
    return skin


def _unmix(red: float) -> FloatArray:
    """Matrix (3, 3) from a change of R, G, B density to dimming, melanin and blood, at skin of this linear red."""
    melanin, blood = (
        np.array([np.interp(red, _REDS, table[:, channel]) for channel in range(3)]) for table in (_MELANIN, _BLOOD)
    )
    return np.asarray(np.linalg.inv(np.stack([np.ones(3), melanin, blood], axis=1)))


def _light(dimmer: float) -> Finding:
    share = float(10 ** abs(dimmer) - 1)
    more, less = ("skin", "card") if dimmer < 0 else ("card", "skin")
    how = f"Against the baseline the {more} gets {percent(share)} more light than the {less}"
    return Finding(share, f"{how}: card and skin side by side, same lamps, no shadow on either.")


def _redness(change: FloatImage, blood: FloatArray, skin: BoolImage) -> Finding:
    """Rise of the erythema index, 100 times the density by blood, where the skin reddened most."""
    risen = (100 * change @ blood).astype(np.float32)
    smooth = surrounding_mean(risen, skin.astype(np.float32), _FLUSH_MM / _CELL_MM)
    value = max(0.0, float(np.percentile(smooth[skin], _FLUSHED_SHARE)))
    how = f"Parts of the skin are redder than at the baseline (by {value:.1f} EI)"
    return Finding(value, f"{how}: let it rest for ten minutes, or photograph when the redness has gone.")


def _tan(change: float) -> Finding:
    way = "paler" if change > 0 else "darker"
    how = f"The skin around the spots is {abs(change):.0f}° of ITA {way} than at the baseline"
    return Finding(abs(change), f"{how}: ask about sun, self-tanner and cream, and clean the skin.")


def _bruise(change: FloatImage, blood: FloatArray, valid: BoolImage) -> Finding:
    """Share of the skin where blood rose far more than over the rest."""
    risen = (change @ blood).astype(np.float32)
    smooth = surrounding_mean(risen, valid.astype(np.float32), _BRUISE_MM / _CELL_MM)
    share = float((smooth > _BRUISE)[valid].mean())
    how = f"{100 * share:.1f} % of the skin looks bruised or flushed in patches"
    return Finding(share, f"{how}: photograph when that has gone, and say so in course.toml (skin_state).")

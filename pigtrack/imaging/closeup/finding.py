"""The lesion of a close-up: skin, direction in colour and place, each sharpening the next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.closeup.candidate import Candidate, find_candidate, share_of_pigment
from pigtrack.imaging.closeup.contrast import MELANIN, contrast_of, direction_of, noise_of, relief_of
from pigtrack.imaging.closeup.outline import Outline, outline_lesion
from pigtrack.imaging.closeup.periphery import Skin, find_skin, fit_skin
from pigtrack.imaging.closeup.view import View, look
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

ROUNDS = 3
"""The direction settles in two or three rounds of finding the lesion and reading its contrast."""

CALM_SHARES = (0.0, 0.008, 0.02)
"""Standard deviations of the Gaussians that calm the relief, as shares of the picture's longer side, tried in turn. The
widest moves the half level of a disc of a tenth of the view by 8 % of its radius, so it is the last resort."""

QUIET = 2.0
"""Noise that the level of an outline lies above the skin, so that texture doesn't draw it."""

BESIDE_SHARE = 0.012
"""Of the picture's longer side: how far from a lesion skin begins to serve as skin."""

SURE_SKIN = 3.0
"""Standard deviations beyond which a place is no plain skin."""

LEAST_SKIN = 0.05
"""Share of the picture that must be skin for it to be told from the lesion."""

CUT_SHARE = 0.02
"""Share of a lesion's outline that a photograph may hide and still count as showing it."""

LEAST_AREA = 0.005
"""Share of the view that the lesion of a close-up covers at the least: a disc of a twelfth of its width. In a site's
photograph of 100 mm that would be a spot of 8 mm."""

LEAST_SHARE = 0.5
"""Share of all pigment in the view that the lesion of a close-up makes up at the least; otherwise it shows several."""


@dataclass(frozen=True, eq=False, slots=True)
class Closeup:
    """The lesion of a course of close-ups, as its first photograph shows it; masks at `view.WORKING_PX`.

    Attributes
    ----------
    direction : ndarray, shape (3,)
        Weights of density along which the lesion is read in all photographs.
    contrast : ndarray, shape (3,)
        Density of R, G, B above the skin, median over the footprint.
    footprint : ndarray, shape (rows, columns), bool
        Its outline.
    skin : ndarray, shape (rows, columns), bool
        What serves as skin.
    shown : ndarray, shape (rows, columns), bool
        What all photographs of the course show.
    level : float
        Of the relief at the outline, for the frozen area.
    area_share, pigment_share : float
        Of the view, and of all pigment in it.
    """

    direction: FloatArray
    contrast: FloatArray
    footprint: BoolImage
    skin: BoolImage
    shown: BoolImage
    level: float
    area_share: float
    pigment_share: float

    @property
    def is_of_one_lesion(self) -> bool:
        """Whether the photograph was taken for this one lesion."""
        return self.area_share >= LEAST_AREA and self.pigment_share >= LEAST_SHARE


@dataclass(frozen=True, eq=False, slots=True)
class CalmOutline:
    """An outline, the relief that it was drawn on and that relief's noise over skin."""

    outline: Outline
    relief: FloatImage
    noise: float


@dataclass(frozen=True, eq=False, slots=True)
class _Sight:
    """The lesion in one round: skin, direction, relief, and where it stands out."""

    skin: Skin
    direction: FloatArray
    relief: FloatImage
    noise: float
    candidate: Candidate


def find_lesion(image: RegisteredImage) -> Closeup | None:
    """Find the lesion that a photograph was taken for; None where nothing stands out from the skin.

    Parameters
    ----------
    image : RegisteredImage
        The baseline on its own frame.
    """
    view = look(image)
    if view.valid.mean() < LEAST_SKIN:
        return None
    seen = _settle(view)
    found = None if seen is None else outline_calmly(seen.relief, seen.skin, view, view.valid, seen.candidate.mask)
    if seen is None or found is None:
        return None
    lesion = found.outline.mask
    return Closeup(
        direction=seen.direction,
        contrast=contrast_of(seen.skin, lesion),
        footprint=lesion,
        skin=_plain_skin(seen.relief, seen.noise, lesion, view),
        shown=view.valid,
        level=found.outline.level,
        area_share=float(lesion.sum() / view.valid.sum()),
        pigment_share=share_of_pigment(seen.relief, seen.noise, lesion, view),
    )


def keep_shared_view(closeup: Closeup, later: Iterable[RegisteredImage]) -> Closeup:
    """Keep what later photographs show too, so that all are held against the same skin and loads are of the same place.

    A photograph that cuts the lesion, or shows next to none of its skin, is left to itself.
    """
    shown = closeup.shown
    for image in later:
        shared = shown & look(image).valid
        cut = (closeup.footprint & ~shared).sum() > CUT_SHARE * closeup.footprint.sum()
        shown = shown if cut or (closeup.skin & shared).mean() < LEAST_SKIN else shared
    return replace(closeup, shown=shown)


def outline_calmly(
    relief: FloatImage, skin: Skin, view: View, allowed: BoolImage, start: BoolImage
) -> CalmOutline | None:
    """Outline a lesion on a relief that is calmed as far as the skin's texture asks, and no further.

    Parameters
    ----------
    allowed, start : ndarray, shape (rows, columns), bool
        Where the lesion may lie, and where it was found.
    """
    best: CalmOutline | None = None
    for share in CALM_SHARES:
        calm = _calmed(relief, view, share)
        noise = noise_of(calm, skin)
        found = outline_lesion(calm, allowed, start, noise=noise)
        best = best if found is None else CalmOutline(found, calm, noise)
        if found is not None and found.level >= QUIET * noise:
            break
    return best


def _settle(view: View) -> _Sight | None:
    skin, contrast = find_skin(view), np.array(MELANIN)
    seen: _Sight | None = None
    for _ in range(ROUNDS):
        direction = direction_of(contrast, skin)
        relief = relief_of(skin, direction)
        noise = noise_of(relief, skin)
        candidate = _best_candidate(relief, skin, view)
        if candidate is None:
            return seen
        seen = _Sight(skin, direction, relief, noise, candidate)
        contrast = contrast_of(skin, candidate.mask)
        plain = _plain_skin(relief, noise, candidate.mask, view)
        skin = fit_skin(view, plain) if plain.mean() > LEAST_SKIN else skin
    return seen


def _plain_skin(relief: FloatImage, noise: float, lesion: BoolImage, view: View) -> BoolImage:
    """Return the pixels beside a lesion that look like skin."""
    near = opencv.dilate(lesion, round(BESIDE_SHARE * max(view.shape)))
    return np.asarray(view.valid & ~near & (np.abs(relief) < SURE_SKIN * noise))


def _best_candidate(relief: FloatImage, skin: Skin, view: View) -> Candidate | None:
    """Look at all scales: a broad faint lesion stands out from rough skin only where that is calmed."""
    calmed = [_calmed(relief, view, share) for share in CALM_SHARES]
    found = [find_candidate(calm, noise_of(calm, skin), view) for calm in calmed]
    return max((each for each in found if each is not None), key=lambda each: each.score, default=None)


def _calmed(relief: FloatImage, view: View, share: float) -> FloatImage:
    if share == 0:
        return relief
    return surrounding_mean(relief, view.valid.astype(np.float32), share * max(view.shape))

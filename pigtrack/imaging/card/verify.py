"""Whether what was found is the card: its colours, their order, its geometry. Nothing is believed unverified."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from pigtrack.errors import CardError
from pigtrack.imaging.card.colours import MOTLEY, agreement, colour_misfit, reference_rgb, variety
from pigtrack.imaging.card.patches import FEW, Patches
from pigtrack.imaging.card.refine import Grid, card_points
from pigtrack.imaging.colour import encode_srgb
from pigtrack.imaging.geometry import apply_homography, local_jacobian, scale_at
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray

LEAST_AGREEMENT = 0.75
"""Correlation of root patches with root references. On 56 real photographs right grids gave 0.80 to 0.98, wrong ones
at most 0.67 (design study of 2026); with hues changed for one another it is below 0.5."""

_MOST_MISFIT = 7.5
"""CIEDE2000 that most patches must keep below after tone, lamp and camera. In 20 photographs of genuine cards they kept
below 4.8; a clone with veiling glare had 9.6, cards of other colours 17 and more."""

_SHARE_THAT_FITS = 0.6
"""Of the clean patches; the others may be a hand, or the background beside a card that is cut off."""

_STRANGE = 22.0
"""CIEDE2000 of a single patch: a finger, a sticker, a lamp's reflection. Genuine ones had at most 14."""

_UNEVEN = 0.3
"""Whole patches gave at most 0.11, one with a corner covered 0.18, a half-hidden one 0.4 to 1.2."""

_FEW_PIXELS = 6.0
"""Pitch in pixels at which a quarter of a patch is a single pixel: its noise makes any patch look twice as uneven."""

_LEAST_CLEAN = 8
"""Patches with sides and an even face that must be there to judge the colours at all."""

_CARD_OF_ANOTHER_MAKE = 15
"""So many clean patches, of 24, whose colours do not fit are another card, not this one under a hand."""

_MOST_SPOILED = 2
"""So many patches may be lost; more, and the card counts as hidden."""

_MOST_FULL, _MOST_FULL_NEUTRAL = 0.25, 2
"""Share of blown-out patches, and number of grey ones, that a fit can do without: four greys give the tone curve."""

_EDGES_OF_A_GRID = 0.5
"""Share of the sides that must be seen; real cards gave 0.91 to 1.00, a CameraTrax card (no gaps) 0.27."""

_BRIGHT = 0.1
"""Luminance of a patch whose sides must show against a black gap."""

_LEAST_WIDTH, _MOST_WIDTH = 0.70, 0.93
"""Patch width in pitches; real cards gave 0.74 (tiny) to 0.88."""

_MISFIT, _LEAST_MISFIT_PX = 0.02, 0.25
"""Root mean square distance of patches from the grid, in pitches; real cards gave 0.002 to 0.012."""


class Fault(Enum):
    """Why a card cannot be used: problem and remedy, one sentence each."""

    ABSENT = ("No known colour card was found.", "Retake with the whole card in frame, flat, sharp and without glare.")
    OUTSIDE = ("The card runs out of the picture.", "Retake with the whole card in frame.")
    HIDDEN = (
        "Part of the card is covered, in shadow or shining.",
        "Retake with the card uncovered and evenly lit, without glare.",
    )
    BLOWN_OUT = (
        "The card is blown out: too many of its patches are at full white.",
        "Lower the exposure until the white patch shows detail.",
    )
    FOREIGN = (
        "There is a card of another make: its patches do not have the colours or the spacing that they should have.",
        "Name the right card with --card or in course.toml, or use one of those that `pigtrack cards` lists.",
    )
    MIRRORED = ("The card is mirrored.", "Turn mirroring off in the camera (selfie mode) and retake.")
    MISFIT = (
        "The patches of the card do not lie on a straight grid.",
        "Lay the card flat, do not bend it, and retake from straight above.",
    )


def refusal(reason: Fault) -> CardError:
    """Return the error that tells a person why."""
    return CardError(*reason.value, seen=reason not in (Fault.ABSENT, Fault.MISFIT))


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """What the verifier says.

    Attributes
    ----------
    fault : Fault or None
        None: the card may be used.
    agreement : float
        Of its trusted patches with the reference, 0..1.
    spoiled : ndarray, shape (patches,), bool
        Covered, shaded, shining or strange patches, not to be used.
    misfit : ndarray, shape (patches,)
        CIEDE2000 of each patch after tone, lamp and camera; nan where they could not be fitted.
    """

    fault: Fault | None
    agreement: float
    spoiled: BoolImage
    misfit: FloatArray


def judge(card: Card, image_shape: tuple[int, int], grid: Grid, patches: Patches) -> Verdict:
    """Judge a card laid at ``grid`` in a photograph of ``image_shape`` rows and columns."""
    clean = _clean(card, image_shape, grid, patches)
    if clean.sum() < _LEAST_CLEAN:
        nothing = np.full(len(clean), np.nan)
        blown = _blown_out(card, patches) and grid.edges_found > _EDGES_OF_A_GRID
        return Verdict(Fault.BLOWN_OUT if blown else Fault.ABSENT, 0.0, ~clean, nothing)
    misfit = colour_misfit(patches.mean, card, clean)
    likely = clean & (misfit < _STRANGE)
    found = agreement(patches.mean, reference_rgb(card), kept=likely if likely.sum() >= _LEAST_CLEAN else clean)
    spoiled = _spoiled(card, grid, patches, misfit)
    if found < LEAST_AGREEMENT or np.quantile(misfit[clean], _SHARE_THAT_FITS) > _MOST_MISFIT:
        whole = (
            clean.sum() * 24 >= _CARD_OF_ANOTHER_MAKE * len(clean)
            and variety(encode_srgb(patches.mean[clean])) > MOTLEY
        )
        return Verdict(Fault.FOREIGN if whole else Fault.ABSENT, found, spoiled, misfit)
    return Verdict(_fault_of_the_right_card(card, image_shape, grid, patches, spoiled), found, spoiled, misfit)


def _fault_of_the_right_card(
    card: Card, image_shape: tuple[int, int], grid: Grid, patches: Patches, spoiled: BoolImage
) -> Fault | None:
    if not _inside(card, grid, image_shape).all():
        return Fault.OUTSIDE
    if _blown_out(card, patches):
        return Fault.BLOWN_OUT
    if spoiled.sum() > _MOST_SPOILED:
        return Fault.HIDDEN
    if np.linalg.det(local_jacobian(grid.homography, card.middle)) < 0:
        return Fault.MIRRORED
    return _geometric_fault(card, grid)


def _clean(card: Card, image_shape: tuple[int, int], grid: Grid, patches: Patches) -> BoolImage:
    """Patches that show sides of their own, an even face and no end of the scale."""
    sides = grid.sides_seen >= 2
    return np.asarray(sides & ~_uneven(card, grid, patches) & ~patches.clipped & _inside(card, grid, image_shape))


def _spoiled(card: Card, grid: Grid, patches: Patches, misfit: FloatArray) -> BoolImage:
    """Patches that are covered, shaded, shining or foreign: uneven, off in colour, or without their sides."""
    sideless = (grid.sides_seen <= 1) & (card.xyz[:, 1] > _BRIGHT) & (np.median(grid.sides_seen) >= 3)
    return np.asarray((_uneven(card, grid, patches) | (misfit > _STRANGE) | sideless) & ~patches.clipped)


def _uneven(card: Card, grid: Grid, patches: Patches) -> BoolImage:
    pitch = scale_at(grid.homography, card.middle)
    return np.asarray(patches.uneven > _UNEVEN * (1 + (_FEW_PIXELS / pitch) ** 2))


def _geometric_fault(card: Card, grid: Grid) -> Fault | None:
    if grid.edges_found < _EDGES_OF_A_GRID or not _LEAST_WIDTH <= grid.patch_width <= _MOST_WIDTH:
        return Fault.FOREIGN
    limit = max(_MISFIT * scale_at(grid.homography, card.middle), _LEAST_MISFIT_PX)
    return Fault.MISFIT if not grid.centre_error_px <= limit else None


def _inside(card: Card, grid: Grid, image_shape: tuple[int, int]) -> BoolImage:
    """Patches that lie in the picture with all their corners."""
    half = card.patch_width / 2
    offsets = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    corners = apply_homography(grid.homography, card_points(card)[:, None] + offsets)
    rows, columns = image_shape
    within = (corners > -0.5) & (corners < np.array([columns - 0.5, rows - 0.5]))
    return np.asarray(within.all(axis=(1, 2)))


def _blown_out(card: Card, patches: Patches) -> bool:
    full = patches.full > FEW
    return bool(full.mean() > _MOST_FULL or full[list(card.neutral)].sum() > _MOST_FULL_NEUTRAL)

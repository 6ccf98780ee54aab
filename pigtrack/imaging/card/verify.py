"""Whether what was found is the card: its colours, their order, its geometry. Nothing is believed unverified."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from pigtrack.errors import CardError
from pigtrack.imaging.card.patches import FEW, Patches
from pigtrack.imaging.card.refine import Grid
from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.imaging.geometry import apply_homography, local_jacobian, scale_at
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray

LEAST_AGREEMENT = 0.75
"""Correlation of root patches with root references. On 56 real photographs right grids gave 0.80 to 0.98, wrong ones
at most 0.67 (design study of 2026)."""

_FAINT_AGREEMENT = 0.45
"""Below this there is no reason to speak of a card at all; a card half hidden by a leaf gave 0.53."""

_STRANGE = 1.5
"""Whole and even cards of 19 real photographs gave at most 1.3, a leaf over the card 1.6 to 3.2."""

_UNEVEN = 0.3
"""Whole patches gave at most 0.11, one with a corner covered 0.18, a half-hidden one 0.4 to 1.2."""

_MOST_SPOILED = 2
"""So many patches may be lost; more, and the card counts as hidden."""

_MOST_FULL, _MOST_FULL_NEUTRAL = 6, 2
"""Blown-out patches, and grey ones among them, that a fit can do without: four greys still give the tone curve."""

_EDGES_OF_A_GRID = 0.5
"""Share of the sides that must be seen; real cards gave 0.91 to 1.00, a CameraTrax card (no gaps) 0.27."""

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
        "There is a card of another make: its patches are not spaced as they should be.",
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


def agreement(patches: FloatArray, reference: FloatArray, *, kept: BoolImage | None = None) -> float:
    """Mean over the channels of the correlation of √patch with √reference, both linear RGB, shape (patches, 3).

    A correlation a channel is blind to exposure, white balance and, by the root, to most of a tone curve.
    """
    chosen = np.ones(len(patches), dtype=bool) if kept is None else kept
    first, second = np.sqrt(np.maximum(patches[chosen], 0)), np.sqrt(np.maximum(reference[chosen], 0))
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    size = np.sqrt(np.sum(first**2, axis=0) * np.sum(second**2, axis=0))
    return float(np.mean(np.sum(first * second, axis=0) / np.maximum(size, 1e-12)))


def orders(card: Card) -> dict[str, NDArray[np.intp]]:
    """The four ways a grid of this shape can be numbered: index of the found patch for each of the card's."""
    numbers = np.arange(card.rows * card.columns, dtype=np.intp).reshape(card.rows, card.columns)
    ways = {"upright": numbers, "turned": numbers[::-1, ::-1], "mirrored": numbers[:, ::-1], "flipped": numbers[::-1]}
    return {name: way.ravel() for name, way in ways.items()}


def strangeness(patches: FloatArray, reference: FloatArray) -> FloatArray:
    """How far each patch is from where the others put it, shape (patches,), in standard deviations of √reference.

    Per channel √patch is laid on √reference by a straight line that Tukey's weights keep from following the
    strangers; the largest channel counts.
    """
    found, true = np.sqrt(np.maximum(patches, 0)), np.sqrt(np.maximum(reference, 0))
    columns = [_strangeness(found[:, k], true[:, k]) for k in range(found.shape[1])]
    return np.asarray(np.max(columns, axis=0))


def _strangeness(found: FloatArray, true: FloatArray) -> FloatArray:
    basis = np.column_stack([found, np.ones(len(found))])
    weights = np.ones(len(found))
    for _ in range(10):
        line = np.linalg.lstsq(basis * weights[:, None], true * weights, rcond=None)[0]
        residual = np.abs(true - basis @ line)
        limit = 4.685 * max(1.4826 * float(np.median(residual)), 0.02)
        weights = np.maximum(1 - (residual / limit) ** 2, 0.0) + 1e-6
    return np.asarray(residual / np.std(true))


def spoiled(patches: Patches, reference: FloatArray) -> BoolImage:
    """Patches that are covered, shaded, shining or foreign: uneven within, or far from where the others put them."""
    strange = strangeness(patches.mean, reference) > _STRANGE
    return np.asarray(((patches.uneven > _UNEVEN) | strange) & ~patches.clipped)


def fault(card: Card, image_shape: tuple[int, int], grid: Grid, patches: Patches, *, found: float) -> Fault | None:
    """Name what is wrong with a card laid at ``grid``, or None: it may be used.

    Parameters
    ----------
    image_shape : tuple of int
        Rows and columns of the photograph.
    found : float
        Its agreement after refinement.
    """
    reference = np.clip(card.xyz @ XYZ_TO_SRGB.T, 0.0, 1.0)
    if found < _FAINT_AGREEMENT:
        return Fault.ABSENT
    if not _whole(card, grid, image_shape):
        return Fault.OUTSIDE
    if _blown_out(card, patches):
        return Fault.BLOWN_OUT
    if found < LEAST_AGREEMENT:
        return Fault.HIDDEN if grid.edges_found > _EDGES_OF_A_GRID else Fault.ABSENT
    if np.linalg.det(local_jacobian(grid.homography, _middle(card))) < 0:
        return Fault.MIRRORED
    if np.sum(spoiled(patches, reference)) > _MOST_SPOILED:
        return Fault.HIDDEN
    return _geometric_fault(card, grid)


def _geometric_fault(card: Card, grid: Grid) -> Fault | None:
    if grid.edges_found < _EDGES_OF_A_GRID or not _LEAST_WIDTH <= grid.patch_width <= _MOST_WIDTH:
        return Fault.FOREIGN
    limit = max(_MISFIT * scale_at(grid.homography, _middle(card)), _LEAST_MISFIT_PX)
    return Fault.MISFIT if not grid.centre_error_px <= limit else None


def _middle(card: Card) -> FloatArray:
    return np.array([(card.columns - 1) / 2, (card.rows - 1) / 2])


def _whole(card: Card, grid: Grid, image_shape: tuple[int, int]) -> bool:
    half = card.patch_width / 2
    right, bottom = card.columns - 1 + half, card.rows - 1 + half
    corners = apply_homography(
        grid.homography, np.array([[-half, -half], [right, -half], [right, bottom], [-half, bottom]])
    )
    rows, columns = image_shape
    return bool((corners > -0.5).all() and (corners < np.array([columns - 0.5, rows - 0.5])).all())


def _blown_out(card: Card, patches: Patches) -> bool:
    full = patches.full > FEW
    return bool(full.sum() > _MOST_FULL or full[list(card.neutral)].sum() > _MOST_FULL_NEUTRAL)

"""Does a patch's value depend on what lies around it? A global tone curve doesn't care; local tone mapping does."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from pigtrack.imaging.calibrate.assumptions import places_of
from pigtrack.imaging.calibrate.joint import Joint, State
from pigtrack.imaging.colour import encode_srgb
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray

_REACH_PITCHES = 0.6
"""Standard deviation of the Gaussian that stands for a patch's surroundings."""

_RIM_PITCHES = 0.6
"""The card's dark frame reaches this far beyond the outermost patches' centres."""

_FRAME = 0.045
"""Reflectance of a card's dark frame."""

_GAMMA = 2.2
"""From a power of encoded values to one of light."""


@dataclass(frozen=True, slots=True)
class Locality:
    """Power by which encoded values follow the encoded brightness around them.

    Attributes
    ----------
    power, u_power : float
        0 for a global curve, below 0 where dark surroundings are lifted; and its standard error.
    gain : float
        Log evidence that it would add.
    """

    power: float
    u_power: float
    gain: float


def measure_locality(joint: Joint, state: State, card: Card) -> Locality:
    """Ask a settled fit whether its misfits follow the patches' surroundings, by one more column in closed form."""
    solved = joint.solve(state)
    column = joint.brightened(state, solved) * np.repeat(surroundings_of(card)[joint.kept], 3)
    size = float(column @ solved.inverse @ column)
    power = -float(column @ solved.pull) / size
    return Locality(power, size**-0.5, power**2 * size / 2)


def surroundings_of(card: Card) -> FloatArray:
    """Log brightness around each patch, its own included, as the card's reference has it, shape (patches,)."""
    place, half = places_of(card), card.patch_width / 2
    shares, whole = np.ones((len(place), len(place))), np.ones(len(place))
    for axis, count in enumerate((card.columns, card.rows)):
        edge = (count - 1) / 2 + _RIM_PITCHES
        away = place[None, :, axis] - place[:, None, axis]
        shares *= ndtr((away + half) / _REACH_PITCHES) - ndtr((away - half) / _REACH_PITCHES)
        whole *= ndtr((edge - place[:, axis]) / _REACH_PITCHES) - ndtr((-edge - place[:, axis]) / _REACH_PITCHES)
    frame = (whole - shares.sum(axis=1)) * float(encode_srgb(np.array(_FRAME)))
    around = _GAMMA * np.log((shares @ encode_srgb(card.xyz[:, 1]) + frame) / whole)
    return np.asarray(around - around.mean())

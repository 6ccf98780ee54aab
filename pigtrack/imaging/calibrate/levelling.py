"""Level a card: take tone curve, uneven light and veil off its patches, as the joint model finds them.

Patches that fit no part of the model (shaded, shining, spoilt, of a saturation that the camera has changed) lose
weight after Student's t. Whatever is left that is smooth over colour is kriged, its amplitude weighed by evidence, so
that clean photographs have none.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.joint import PRIOR, Joint, Solution, State
from pigtrack.imaging.calibrate.tone import apply_tone
from pigtrack.imaging.calibrate.unexplained import Unexplained
from pigtrack.model.calibration import Card, ToneCurve
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior

_SHARES = (0.0, 1.0, 2.0, 4.0, 6.0)
"""Sizes of what is smooth over colour but no response's, against the noise's, weighed against one another: a camera
that leaves nothing to noise leaves nothing unexplained."""

_ROUNDS, _MORE_ROUNDS = 8, 3


@dataclass(frozen=True, eq=False, slots=True)
class Levelling:
    """What lies between reflectance and file, and the patches with it taken away.

    Attributes
    ----------
    tone : ToneCurve
    light : ndarray, shape (2,)
        Relative slope of the light along the card's x and y, per pitch, about the card's middle.
    patches : ndarray, shape (patches, 3)
        Values proportional to reflectance times response, white = its reflectance.
    left_out : ndarray, shape (patches, 3)
        The same, each patch levelled by what all the others say; nan where a patch was not kept.
    explained : ndarray, shape (patches, 3)
        ``patches`` without what no response explains, outliers drawn in to where the others have them.
    weights : ndarray, shape (patches,)
        How much each patch is believed, 0 to 1; 0 where it was not kept.
    noise : float
        Relative error of a well-behaved patch.
    amplitude : float
        Relative size of what is unexplained.
    unexplained, unexplained_without : Unexplained
        What no response explains but is smooth over colour, by all kept patches and by all but each in turn.
    """

    tone: ToneCurve
    light: FloatArray
    patches: FloatArray
    left_out: FloatArray
    explained: FloatArray
    weights: FloatArray
    noise: float
    amplitude: float
    unexplained: Unexplained
    unexplained_without: Unexplained
    evidence: float


def level_patches(values: FloatArray, card: Card, kept: NDArray[np.bool_], prior: ColourPrior) -> Levelling:
    """Level the patches of a card.

    Parameters
    ----------
    values : ndarray, shape (patches, 3)
        Decoded R, G, B.
    kept : ndarray of bool, shape (patches,)
        Patches that may be used.
    """
    joint = Joint(values, card, kept, prior)
    settled = _settle(joint, joint.start(), 0.0, _ROUNDS)
    tried = [_settle(joint, settled, each, _MORE_ROUNDS) for each in _SHARES]
    evidence = np.array([each.evidence for each in tried])
    share = np.exp(evidence - evidence.max())
    size = float(np.sqrt(share @ np.square(_SHARES) / share.sum()))
    nearest = tried[int(np.argmin(np.abs(np.array(_SHARES) - size)))]
    return _level(joint, values, _settle(joint, nearest, size, _MORE_ROUNDS))


def _settle(joint: Joint, state: State, share: float, rounds: int) -> State:
    state = replace(state, share=share)
    for _ in range(rounds):
        state = joint.advance(state)
    return state


def _level(joint: Joint, values: FloatArray, state: State) -> Levelling:
    solved, kept = joint.solve(state), joint.kept
    count = int(kept.sum())
    fall = 1 + joint.place @ joint.light(state.theta)
    tone = ToneCurve(joint.coefficients(state.theta), joint.veil(state.theta))
    pulls = np.concatenate([solved.pull[None], _pulls_without(solved, count)])
    unexplained = -(state.amplitude**2) * solved.sizes * pulls.reshape(-1, count, 3)
    left_out = np.full(values.shape, np.nan)
    left_out[kept] = _levelled_without(joint, pulls[1:] @ solved.slopes @ PRIOR)
    patches = apply_tone(values, tone) / fall[:, None]
    return Levelling(
        tone=tone,
        light=joint.light(state.theta),
        patches=patches,
        left_out=left_out,
        explained=_explained(patches, state, joint.noise(solved, state), kept),
        weights=np.where(kept, np.minimum(state.weights, 1.0), 0.0),
        noise=0.01 * state.noise,
        amplitude=state.amplitude,
        unexplained=Unexplained(solved.colours, unexplained[0]),
        unexplained_without=Unexplained(solved.colours, unexplained[1:]),
        evidence=state.evidence,
    )


def _explained(patches: FloatArray, state: State, rest: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    """Expected values with the noise that each patch's weight lets through: what a weighted fit would see."""
    explained = patches.copy()
    explained[kept] = state.expected[kept] + np.minimum(state.weights[kept], 1.0)[:, None] * rest
    return explained


def _pulls_without(solved: Solution, count: int) -> FloatArray:
    """What ``solved.pull`` becomes without each kept patch, shape (count, 3 count), 0 at the patch itself."""
    columns = solved.inverse.reshape(len(solved.inverse), count, 3).transpose(1, 0, 2)
    own = np.stack([solved.inverse[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] for k in range(count)])
    taken = np.linalg.solve(own, solved.pull.reshape(count, 3, 1))
    return np.asarray(solved.pull - (columns @ taken)[..., 0])


def _levelled_without(joint: Joint, thetas: FloatArray) -> FloatArray:
    """Each kept patch levelled by the parameters found without it, shape (kept, 3)."""
    coefficients, veils, slopes = joint.coefficients(thetas), joint.veil(thetas), joint.light(thetas)
    log_gain = np.einsum("pct,pct->pc", joint.terms[joint.kept], coefficients)
    light = np.maximum(joint.values[joint.kept] * np.exp(log_gain) - veils, 0.0)
    fall = 1 + np.sum(joint.place[joint.kept] * slopes, axis=1, keepdims=True)
    return np.asarray(light / fall)

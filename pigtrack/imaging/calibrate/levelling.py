"""Level a card: take tone curve, uneven light and veil off its patches, as the joint model finds them.

Patches that fit no part of the model (shaded, shining, spoilt, of a saturation that the camera has changed) lose
weight after Student's t. Whatever is left that is smooth over colour is kriged, its amplitude weighed by evidence, so
that clean photographs have none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expected import expect_values
from pigtrack.imaging.calibrate.joint import Joint, Solution, State
from pigtrack.imaging.calibrate.pooling import USUAL
from pigtrack.imaging.calibrate.response import narrow_prior
from pigtrack.imaging.calibrate.shadow import SUSPICIOUS, find_shadow
from pigtrack.imaging.calibrate.surroundings import Locality, measure_locality
from pigtrack.imaging.calibrate.tone import DARKEST
from pigtrack.imaging.calibrate.unexplained import Unexplained
from pigtrack.model.calibration import Card, CurveBelief, ToneCurve
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior

_SHARES = (0.0, 1.5, 3.0, 6.0)
"""Sizes of what is smooth over colour but no response's, against the noise's, weighed against one another: a camera
that leaves nothing to noise leaves nothing unexplained."""

_ROUNDS, _MORE_ROUNDS = 8, 2

_BRIGHT = 0.1
"""Luminance from which on a patch tells of the light; of darker ones gloss and veil have their share."""


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
    shadow : float
        Depth of the shadow that was found on a part of the card and taken off its patches; 0: none.
    light_misfit : float
        Root mean square of what a plane of light leaves of the bright patches, relative.
    locality : Locality
        Whether values follow the brightness around them.
    prior : ColourPrior
        The few families of responses that may explain the patches.
    doubt : callable
        Levelled colours, shape (n, 3) → shifts of one standard deviation each, shape (few, n, 3), that curve and veil
        leave open.
    posterior : CurveBelief
        What curve, light and veil may be after the card was seen.
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
    shadow: float
    light_misfit: float
    locality: Locality
    prior: ColourPrior
    doubt: Callable[[FloatArray], FloatArray]
    posterior: CurveBelief


def level_patches(
    values: FloatArray,
    card: Card,
    kept: NDArray[np.bool_],
    prior: ColourPrior,
    *,
    belief: CurveBelief = USUAL,
) -> Levelling:
    """Level the patches of a card.

    Parameters
    ----------
    values : ndarray, shape (patches, 3)
        Decoded R, G, B.
    kept : ndarray of bool, shape (patches,)
        Patches that may be used.
    belief : CurveBelief
        What is assumed of the camera's curve beforehand.
    """
    joint = Joint(values, card, kept, _expect_of_all(card, prior), belief)
    settled = joint.settle(joint.start(), _ROUNDS)
    if settled.noise > SUSPICIOUS:
        rival = measure_locality(joint, settled, card).gain
        joint, settled = find_shadow(joint, settled, card, rounds=_ROUNDS, rival=rival)
    explained = _explained(joint, settled)
    narrowed = prior if card.spectra is None else narrow_prior(explained, card.spectra, kept, prior)
    joint = joint.expecting(expect_values(card, narrowed))
    return _level(joint, _settle_share(joint, joint.settle(settled, _MORE_ROUNDS)), card, narrowed)


@lru_cache(maxsize=16)
def _expect_of_all(card: Card, prior: ColourPrior) -> tuple[FloatArray, FloatArray]:
    """Expectations before anything is seen, which all photographs of a card share."""
    return expect_values(card, prior)


def _settle_share(joint: Joint, settled: State) -> State:
    """Settle how much is left to what is smooth over colour: the mean of the shares by their evidence."""
    tried = [joint.settle(settled, _MORE_ROUNDS, share=each) for each in _SHARES]
    evidence = np.array([each.evidence for each in tried])
    weight = np.exp(evidence - evidence.max())
    size = float(np.sqrt(weight @ np.square(_SHARES) / weight.sum()))
    nearest = tried[int(np.argmin(np.abs(np.array(_SHARES) - size)))]
    return joint.settle(nearest, _MORE_ROUNDS, share=size)


def _level(joint: Joint, state: State, card: Card, prior: ColourPrior) -> Levelling:
    solved, kept = joint.solve(state), joint.kept
    count = int(kept.sum())
    fall = joint.fall(state.theta)
    tone = ToneCurve(joint.coefficients(state.theta), joint.veil(state.theta))
    pulls = np.concatenate([solved.pull[None], _pulls_without(solved, count)])
    unexplained = -(state.amplitude**2) * solved.sizes * pulls.reshape(-1, count, 3)
    left_out = np.full(joint.values.shape, np.nan)
    left_out[kept] = _levelled_without(joint, joint.thetas(solved, pulls[1:]))
    patches = np.maximum(joint.curved(state.theta) - joint.veil(state.theta), 0) / fall[:, None]
    return Levelling(
        tone=tone,
        light=joint.light(state.theta),
        patches=patches,
        left_out=left_out,
        explained=_explained(joint, state),
        weights=np.where(kept, np.minimum(state.weights, 1.0), 0.0),
        noise=0.01 * state.noise,
        amplitude=state.amplitude,
        unexplained=Unexplained(solved.colours, unexplained[0]),
        unexplained_without=Unexplained(solved.colours, unexplained[1:]),
        shadow=joint.shadow(state.theta) if joint.shaded.any() else 0.0,
        light_misfit=_light_misfit(joint, state, patches, card),
        locality=measure_locality(joint, state, card),
        prior=prior,
        doubt=partial(joint.doubt, state, solved),
        posterior=joint.posterior(state, solved),
    )


def _light_misfit(joint: Joint, state: State, patches: FloatArray, card: Card) -> float:
    bright = joint.kept & (card.xyz[:, 1] > _BRIGHT)
    shade = 1 - joint.shadow(state.theta) * joint.shaded[bright, None]
    off = patches[bright].sum(axis=1, keepdims=True) * shade / state.expected[bright].sum(axis=1, keepdims=True)
    return float(np.std(np.log(np.maximum(off, DARKEST))))


def _explained(joint: Joint, state: State) -> FloatArray:
    """Expected values with the noise that each patch's weight lets through: what a weighted fit would see."""
    explained, kept = state.expected.copy(), joint.kept
    rest = joint.noise(joint.solve(state), state)
    explained[kept] += np.minimum(state.weights[kept], 1.0)[:, None] * rest
    return explained


def _pulls_without(solved: Solution, count: int) -> FloatArray:
    """What ``solved.pull`` becomes without each kept patch, shape (count, 3 count), 0 at the patch itself."""
    columns = solved.inverse.reshape(len(solved.inverse), count, 3).transpose(1, 0, 2)
    own = np.stack([solved.inverse[3 * k : 3 * k + 3, 3 * k : 3 * k + 3] for k in range(count)])
    taken = np.linalg.solve(own, solved.pull.reshape(count, 3, 1))
    return np.asarray(solved.pull - (columns @ taken)[..., 0])


def _levelled_without(joint: Joint, thetas: FloatArray) -> FloatArray:
    """Each kept patch levelled by the parameters found without it, shape (kept, 3)."""
    coefficients, veils = joint.coefficients(thetas), joint.veil(thetas)
    log_gain = np.einsum("pct,pct->pc", joint.terms[joint.kept], coefficients)
    light = np.maximum(joint.values[joint.kept] * np.exp(log_gain) - veils, 0.0)
    fall = np.diagonal(joint.fall(thetas)[:, joint.kept])
    return np.asarray(light / fall[:, None])

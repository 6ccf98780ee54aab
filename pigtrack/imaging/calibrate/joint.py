"""The joint model of a card's values: linearised, solved and weighted anew, round after round.

    curve(value) = light · reflectance·response + veil + what is smooth over colour or place + noise

Curve, light, veil, response and the smooth parts have Gaussian priors, so that a round is one solve with the values'
own covariance matrix (72 by 72 for 24 patches), and leaving a patch out is a matter of that matrix's inverse.
"""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.assumptions import (
    CHANNELS,
    PLANE,
    RELATIVE,
    SHADE,
    SHARED,
    SIZE,
    VEILS,
    error_of,
    places_of,
    trust_of,
)
from pigtrack.imaging.calibrate.pooling import USUAL
from pigtrack.imaging.calibrate.tone import DARKEST, tone_shapes, tone_terms
from pigtrack.imaging.calibrate.unexplained import colour_coordinates, covariance, size_of
from pigtrack.model.calibration import Card, CurveBelief
from pigtrack.model.quantity import FloatArray

_BEND, _BEND_REACH = 0.02, 2.0
"""Unevenness of the light beyond a plane, relative, and how far it stays alike, in pitches."""

_DARKEST_SHADOW = 0.8
"""The deepest shadow in which anything can be read."""

_FREEDOM = 3.0
"""Degrees of freedom of Student's t over the three values of a patch."""

_NOISE_TRUST = 10.0
"""The first guess of the noise counts as much as this many values."""

_NOISE_RANGE = (0.3, 8.0)
_HASTE = 1.5
"""Expectation maximisation creeps; its steps are lengthened by this power."""

_NODES = 256
"""Values at which a curve is turned round."""


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Where the rounds have come to.

    Attributes
    ----------
    theta : ndarray, shape (27,)
    expected : ndarray, shape (patches, 3)
        Reflectance times response.
    weights : ndarray, shape (patches,)
        Student's weight of each patch.
    noise : float
        In units of the expected error.
    share : float
        Of what is smooth over colour: its relative size against the noise's.
    evidence : float
        Log probability of the values.
    """

    theta: FloatArray
    expected: FloatArray
    weights: FloatArray
    noise: float = 1.0
    share: float = 0.0
    evidence: float = -np.inf

    @property
    def amplitude(self) -> float:
        """Relative size of what is smooth over colour."""
        return self.share * RELATIVE * self.noise


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """A round's solve, for what is asked of it in closed form; ``m`` values of kept patches, in expected errors.

    Attributes
    ----------
    inverse : ndarray, shape (m, m)
        Of the values' covariance.
    pull : ndarray, shape (m,)
        ``inverse`` times the values.
    given : ndarray, shape (m, m)
        The values' covariance were the response known.
    slopes : ndarray, shape (m, 27)
        Of the values by the parameters.
    deviation : ndarray, shape (kept patches, 3)
        Expected errors.
    colours, sizes : ndarray, shape (kept patches, 4), (kept patches, 3)
        What the kriging went by.
    """

    inverse: FloatArray
    pull: FloatArray
    given: FloatArray
    slopes: FloatArray
    deviation: FloatArray
    colours: FloatArray
    sizes: FloatArray


class Joint:
    """The joint model of one card's values.

    ``expected`` is what `expected.expect_values` gives for the card, ``belief`` what is assumed of curve and light.
    """

    def __init__(
        self,
        values: FloatArray,
        card: Card,
        kept: NDArray[np.bool_],
        expected: tuple[FloatArray, FloatArray],
        belief: CurveBelief = USUAL,
    ) -> None:
        self.belief = belief
        self.values, self.kept = np.maximum(values, DARKEST), kept
        self.terms = tone_terms(self.values)
        step = 1e-4
        self._slope_terms = (tone_terms(self.values * (1 + step)) - self.terms) / step
        self.place = places_of(card)
        self.shaded = np.zeros(len(values))
        self._rows = np.repeat(kept, 3)
        self._expect(expected)
        apart = self.place[kept][:, None] - self.place[kept][None]
        self._alike = _BEND**2 * np.exp(-(apart**2).sum(axis=-1) / (2 * _BEND_REACH**2))
        self.trust = trust_of(self.values)
        self._neutral = [k for k in card.neutral if kept[k]]

    def _expect(self, expected: tuple[FloatArray, FloatArray]) -> None:
        self._first, self._strays = expected
        self._strays_kept = self._strays[np.ix_(self._rows, self._rows)]

    def expecting(self, expected: tuple[FloatArray, FloatArray]) -> "Joint":
        """The same card with other expectations of its patches."""
        other = copy(self)
        other._expect(expected)
        return other

    def with_shadow(self, shaded: FloatArray) -> "Joint":
        """The same card with a shadow over some patches; ``shaded``, shape (patches,), is how much of each."""
        other = copy(self)
        other.shaded = shaded
        return other

    def settle(self, state: State, rounds: int, *, share: float = 0.0) -> State:
        """Advance by some rounds, with so much left to what is smooth over colour."""
        state = replace(state, share=share)
        for left in reversed(range(rounds)):
            state = self.advance(state, judge=left == 0)
        return state

    def start(self) -> State:
        """The usual curve, even light, exposure and white balance by the greys."""
        theta = self.belief.mean.copy()
        off = np.log(np.maximum(self._first, DARKEST)) - np.log(np.maximum(self.curved(theta), DARKEST))
        for channel, own in enumerate(CHANNELS):
            theta[own.start] += np.median(off[self._neutral, channel])
        return State(theta, self._first, self.trust)

    def coefficients(self, theta: FloatArray) -> FloatArray:
        """Of the three channels' curves, shape (..., 27) → (..., 3, 5)."""
        common = tone_shapes().mean + theta[..., SHARED]
        return np.stack([common + theta[..., own] for own in CHANNELS], axis=-2)

    def veil(self, theta: FloatArray) -> FloatArray:
        """Of the three channels, shape (..., 27) → (..., 3)."""
        return np.asarray(theta[..., VEILS][..., :1] + theta[..., VEILS][..., 1:])

    def light(self, theta: FloatArray) -> FloatArray:
        """Slope of the light per pitch, shape (..., 27) → (..., 2)."""
        return theta[..., PLANE]

    def fall(self, theta: FloatArray) -> FloatArray:
        """Relative light on the patches, shape (..., 27) → (..., patches)."""
        plane = 1 + self.light(theta) @ self.place.T
        return np.asarray(plane * (1 - theta[..., SHADE, None] * self.shaded))

    def shadow(self, theta: FloatArray) -> float:
        """Depth of the shadow; below 0 where the other part is the darker one."""
        return float(theta[SHADE])

    def curved(self, theta: FloatArray) -> FloatArray:
        """Values with the curve undone, shape (patches, 3)."""
        return np.asarray(self.values * np.exp(np.einsum("pct,ct->pc", self.terms, self.coefficients(theta))))

    def advance(self, state: State, *, judge: bool = True) -> State:
        """One round: linearise, solve, weigh; and tell the evidence of what the round began with."""
        solved, target, noise = self._solve(state)
        moved, far = self._update(state, solved, noise)
        if not judge:
            return moved
        evidence = _evidence(solved, target, noise, far) + self._stretch(state.theta)
        return replace(moved, evidence=evidence)

    def solve(self, state: State) -> Solution:
        """The solve of a round, for closed forms."""
        return self._solve(state)[0]

    def brightened(self, state: State, solved: Solution) -> FloatArray:
        """What each kept value changes by where its light changes by a share of itself, in expected errors (m,)."""
        lit = state.expected[self.kept] * self.fall(state.theta)[self.kept, None]
        return np.asarray((lit / solved.deviation).ravel())

    def doubt(self, state: State, solved: Solution, levelled: FloatArray) -> FloatArray:
        """Shifts of levelled colours, one standard deviation each, that curve and veil leave open given the response.

        ``levelled``, shape (n, 3), at the card's middle; returned with shape (27, n, 3).
        """
        curved = levelled + self.veil(state.theta)
        slopes = np.zeros((*levelled.shape, SIZE))
        nodes = np.geomspace(DARKEST, 1.0, _NODES)
        terms, coefficients = tone_terms(nodes), self.coefficients(state.theta)
        for channel, own in enumerate(CHANNELS):
            values = np.interp(curved[:, channel], nodes * np.exp(terms @ coefficients[channel]), nodes)
            bent = curved[:, channel, None] * tone_terms(values)
            slopes[:, channel, SHARED] = slopes[:, channel, own] = bent
            slopes[:, channel, VEILS.start] = slopes[:, channel, VEILS.start + 1 + channel] = -1
        known = solved.slopes @ self.belief.covariance
        left = self.belief.covariance - known.T @ np.linalg.solve(solved.given, known)
        sizes, turns = np.linalg.eigh((left + left.T) / 2)
        return np.asarray(np.moveaxis(slopes @ (turns * np.sqrt(np.maximum(sizes, 0))), -1, 0))

    def thetas(self, solved: Solution, pulls: FloatArray) -> FloatArray:
        """Parameters that pulls of the values, shape (..., m), stand for, shape (..., 27)."""
        return np.asarray(self.belief.mean + pulls @ solved.slopes @ self.belief.covariance)

    def posterior(self, state: State, solved: Solution) -> CurveBelief:
        """What is believed of the parameters after the card was seen."""
        known = solved.slopes @ self.belief.covariance
        return CurveBelief(state.theta, self.belief.covariance - known.T @ solved.inverse @ known)

    def noise(self, solved: Solution, state: State) -> FloatArray:
        """What remains of each kept patch as noise, in units of its levelled values, shape (kept, 3)."""
        fall = self.fall(state.theta)[self.kept, None]
        rest = -solved.pull.reshape(-1, 3) / state.weights[self.kept, None]
        return np.asarray(rest * solved.deviation / fall)

    def _solve(self, state: State) -> tuple[Solution, FloatArray, FloatArray]:
        kept, theta = self.kept, state.theta
        curved, fall = self.curved(theta)[kept], self.fall(theta)[kept, None]
        expected = state.expected[kept]
        lit = expected * fall
        deviation = state.noise * error_of(lit)
        slopes = (self._slopes(theta, curved, expected) / deviation[..., None]).reshape(-1, SIZE)
        residual = (curved - lit - self.veil(theta)) / deviation
        scale = (fall / deviation).ravel()
        target = slopes @ (theta - self.belief.mean) - residual.ravel() - scale * (expected - self._first[kept]).ravel()
        levelled = np.maximum(curved - self.veil(theta), 0) / fall
        colours, sizes = colour_coordinates(levelled), size_of(expected) * fall / deviation
        bends = (lit / deviation).ravel()
        smooth = np.repeat(np.repeat(self._alike, 3, 0), 3, 1) * np.outer(bends, bends)
        if state.share > 0:
            smooth = smooth + state.amplitude**2 * covariance(colours, sizes)
        noise = np.repeat(1 / state.weights[kept], 3)
        given = slopes @ self.belief.covariance @ slopes.T + smooth + np.diag(noise)
        whole = given + np.outer(scale, scale) * self._strays_kept
        inverse: FloatArray = np.asarray(np.linalg.inv(whole), dtype=np.float64)
        solved = Solution(inverse, inverse @ target, given, slopes, deviation, colours, sizes)
        return solved, target, noise

    def _update(self, state: State, solved: Solution, noise: FloatArray) -> tuple[State, FloatArray]:
        kept = self.kept
        theta = self.thetas(solved, solved.pull)
        theta[SHADE] = np.clip(theta[SHADE], -_DARKEST_SHADOW, _DARKEST_SHADOW)
        fall = self.fall(state.theta)[kept, None]
        scale = (fall / solved.deviation).ravel()
        strayed = self._strays[:, self._rows] @ (scale * solved.pull)
        rest = (noise * solved.pull).reshape(-1, 3)
        far = (rest**2).sum(axis=1)
        spread = (noise - noise**2 * np.diag(solved.inverse)).reshape(-1, 3).sum(axis=1)
        weights = state.weights[kept]
        grown = (_NOISE_TRUST + weights @ (far + spread)) / (_NOISE_TRUST + 3 * len(weights))
        new, trust = np.ones(len(kept)), self.trust[kept]
        new[kept] = trust * (_FREEDOM + 3) / (_FREEDOM + trust * far)
        moved = replace(
            state,
            theta=theta,
            expected=self._first - strayed.reshape(-1, 3),
            weights=new,
            noise=float(np.clip(state.noise * grown ** (0.5 * _HASTE), *_NOISE_RANGE)),
        )
        return moved, trust * far

    def _stretch(self, theta: FloatArray) -> float:
        """Log of how far the curve spreads the values: what turns a density of light into one of values."""
        gains = np.einsum("pct,ct->pc", self._slope_terms[self.kept], self.coefficients(theta))
        return float(np.log(np.maximum(self.curved(theta)[self.kept] * (1 + gains), DARKEST)).sum())

    def _slopes(self, theta: FloatArray, curved: FloatArray, expected: FloatArray) -> FloatArray:
        """Derivative of the misfit of each kept value by the parameters, shape (kept, 3, 27)."""
        slopes = np.zeros((*curved.shape, SIZE))
        bent = curved[..., None] * self.terms[self.kept]
        slopes[..., SHARED] = bent
        for channel, own in enumerate(CHANNELS):
            slopes[:, channel, own] = bent[:, channel]
            slopes[:, channel, VEILS.start + 1 + channel] = -1
        plane = 1 + self.place[self.kept] @ self.light(theta)
        shade = 1 - theta[SHADE] * self.shaded[self.kept]
        slopes[..., PLANE] = -expected[..., None] * (shade[:, None] * self.place[self.kept])[:, None]
        slopes[..., SHADE] = expected * (plane * self.shaded[self.kept])[:, None]
        slopes[..., VEILS.start] = -1
        return slopes


def _evidence(solved: Solution, target: FloatArray, noise: FloatArray, far: FloatArray) -> float:
    """Log probability of the values, the patches' weights taken for Student's t."""
    bulk = target @ solved.pull - ((noise * solved.pull) ** 2 / noise).sum()
    volume = -np.linalg.slogdet(solved.inverse)[1] - np.log(noise).sum()
    tails = (_FREEDOM + 3) * np.log1p(far / _FREEDOM).sum()
    return float(-0.5 * (bulk + volume + tails) - np.log(solved.deviation).sum())

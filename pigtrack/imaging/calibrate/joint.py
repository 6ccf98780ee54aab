"""The joint model of a card's values: linearised, solved and weighted anew, round after round.

    curve(value) = light · reflectance·response + veil + what is smooth over colour or place + noise

Curve, light, veil, response and the smooth parts have Gaussian priors, so that a round is one solve with the values'
own covariance matrix (72 by 72 for 24 patches), and leaving a patch out is a matter of that matrix's inverse.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.tone import DARKEST, tone_shapes, tone_terms
from pigtrack.imaging.calibrate.unexplained import colour_coordinates, covariance, size_of
from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.model.calibration import TONE_TERMS, Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior

_CHANNEL_SHARE = 0.1
"""How far one channel's curve strays from the common one, against how far the common one strays between cameras."""

_GAIN, _CHANNEL_GAIN = 1.0, 0.5
"""Natural logarithm of exposure and of white balance: as good as free."""

_LIGHT_SLOPE = 0.04
"""Of the light, per pitch: 20 % over a card."""

_BEND, _BEND_REACH = 0.02, 2.0
"""Unevenness of the light beyond a plane, relative, and how far it stays alike, in pitches."""

_VEIL, _CHANNEL_VEIL = 0.005, 0.002
"""Lens flare, lifted or cut blacks; white = 1."""

_RELATIVE, _FLOOR, _SATURATED = 0.01, 0.002, 0.01
"""Error of a value: share of itself, of white, and of the patch's brightest channel, which cameras mix into it."""

_FREEDOM = 4.0
"""Degrees of freedom of Student's t over the three values of a patch."""

_NOISE_TRUST = 10.0
"""The first guess of the noise counts as much as this many values."""

_NOISE_RANGE = (0.3, 8.0)
_HASTE = 1.5
"""Expectation maximisation creeps; its steps are lengthened by this power."""

_MIXING, _METAMERISM = 0.15, 0.02
"""For a card without spectra: how far a camera's primaries stray from sRGB's, and what no matrix of them explains."""

_SHARED, _PLANE, _VEILS = slice(0, 5), slice(20, 22), slice(22, 26)
_CHANNELS = tuple(slice(TONE_TERMS * k, TONE_TERMS * (k + 1)) for k in (1, 2, 3))
_SIZE = 26
"""Parameters: the common curve, three channels' own, the plane of light, a common veil and three channels' own."""


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """Where the rounds have come to.

    Attributes
    ----------
    theta : ndarray, shape (26,)
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
        return self.share * _RELATIVE * self.noise


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """A round's solve, for what is asked of it in closed form; ``m`` values of kept patches, in expected errors.

    Attributes
    ----------
    inverse : ndarray, shape (m, m)
        Of the values' covariance.
    pull : ndarray, shape (m,)
        ``inverse`` times the values.
    slopes : ndarray, shape (m, 26)
        Of the values by the parameters.
    deviation : ndarray, shape (kept patches, 3)
        Expected errors.
    colours, sizes : ndarray, shape (kept patches, 4), (kept patches, 3)
        What the kriging went by.
    """

    inverse: FloatArray
    pull: FloatArray
    slopes: FloatArray
    deviation: FloatArray
    colours: FloatArray
    sizes: FloatArray


class Joint:
    """The joint model of one card's values."""

    def __init__(self, values: FloatArray, card: Card, kept: NDArray[np.bool_], prior: ColourPrior) -> None:
        self.values, self.kept = np.maximum(values, DARKEST), kept
        self.place = places_of(card)
        self.terms = tone_terms(self.values)
        self._first, self._strays = _expected(card, prior)
        rows = np.repeat(kept, 3)
        self._strays_kept = self._strays[np.ix_(rows, rows)]
        apart = self.place[kept][:, None] - self.place[kept][None]
        self._alike = _BEND**2 * np.exp(-(apart**2).sum(axis=-1) / (2 * _BEND_REACH**2))
        self._neutral = [k for k in card.neutral if kept[k]]

    def start(self) -> State:
        """The usual curve, even light, exposure and white balance by the greys."""
        theta = np.zeros(_SIZE)
        straight = np.log(self.values) + self.terms @ tone_shapes().mean
        for channel, own in enumerate(_CHANNELS):
            off = np.log(np.maximum(self._first, DARKEST)) - straight
            theta[own.start] = np.median(off[self._neutral, channel])
        return State(theta, self._first, np.ones(len(self.values)))

    def coefficients(self, theta: FloatArray) -> FloatArray:
        """Of the three channels' curves, shape (..., 26) → (..., 3, 5)."""
        common = tone_shapes().mean + theta[..., _SHARED]
        return np.stack([common + theta[..., own] for own in _CHANNELS], axis=-2)

    def veil(self, theta: FloatArray) -> FloatArray:
        """Of the three channels, shape (..., 26) → (..., 3)."""
        return np.asarray(theta[..., _VEILS][..., :1] + theta[..., _VEILS][..., 1:])

    def light(self, theta: FloatArray) -> FloatArray:
        """Slope of the light per pitch, shape (..., 26) → (..., 2)."""
        return theta[..., _PLANE]

    def curved(self, theta: FloatArray) -> FloatArray:
        """Values with the curve undone, shape (patches, 3)."""
        return np.asarray(self.values * np.exp(np.einsum("pct,ct->pc", self.terms, self.coefficients(theta))))

    def advance(self, state: State) -> State:
        """One round: linearise, solve, weigh."""
        solved, target, covariance_parts = self._solve(state)
        return self._update(state, solved, target, covariance_parts)

    def solve(self, state: State) -> Solution:
        """The solve of a round, for closed forms."""
        return self._solve(state)[0]

    def noise(self, solved: Solution, state: State) -> FloatArray:
        """What remains of each kept patch as noise, in units of its levelled values, shape (kept, 3)."""
        fall = (1 + self.place @ self.light(state.theta))[self.kept, None]
        rest = -solved.pull.reshape(-1, 3) / state.weights[self.kept, None]
        return np.asarray(rest * solved.deviation / fall)

    def _solve(self, state: State) -> tuple[Solution, FloatArray, FloatArray]:
        kept, theta = self.kept, state.theta
        curved, fall = self.curved(theta)[kept], (1 + self.place @ self.light(theta))[kept, None]
        expected = state.expected[kept]
        lit = expected * fall
        deviation = state.noise * _error(lit)
        slopes = (self._slopes(curved, expected) / deviation[..., None]).reshape(-1, _SIZE)
        residual = (curved - lit - self.veil(theta)) / deviation
        scale = (fall / deviation).ravel()
        target = slopes @ theta - residual.ravel() - scale * (expected - self._first[kept]).ravel()
        levelled = np.maximum(curved - self.veil(theta), 0) / fall
        colours, sizes = colour_coordinates(levelled), size_of(expected) * fall / deviation
        bends = (lit / deviation).ravel()
        smooth = np.repeat(np.repeat(self._alike, 3, 0), 3, 1) * np.outer(bends, bends)
        if state.share > 0:
            smooth = smooth + state.amplitude**2 * covariance(colours, sizes)
        noise = np.repeat(1 / state.weights[kept], 3)
        whole = slopes @ PRIOR @ slopes.T
        whole = whole + np.outer(scale, scale) * self._strays_kept + smooth + np.diag(noise)
        inverse: FloatArray = np.asarray(np.linalg.inv(whole), dtype=np.float64)
        solved = Solution(inverse, inverse @ target, slopes, deviation, colours, sizes)
        return solved, target, noise

    def _update(self, state: State, solved: Solution, target: FloatArray, noise: FloatArray) -> State:
        kept = self.kept
        theta = PRIOR @ solved.slopes.T @ solved.pull
        fall = (1 + self.place @ self.light(state.theta))[kept, None]
        scale = (fall / solved.deviation).ravel()
        strayed = self._strays[:, np.repeat(kept, 3)] @ (scale * solved.pull)
        rest = (noise * solved.pull).reshape(-1, 3)
        far = (rest**2).sum(axis=1)
        spread = (noise - noise**2 * np.diag(solved.inverse)).reshape(-1, 3).sum(axis=1)
        weights = state.weights[kept]
        grown = (_NOISE_TRUST + weights @ (far + spread)) / (_NOISE_TRUST + 3 * len(weights))
        new = np.ones(len(kept))
        new[kept] = (_FREEDOM + 3) / (_FREEDOM + far)
        return replace(
            state,
            theta=theta,
            expected=self._first - strayed.reshape(-1, 3),
            weights=new,
            noise=float(np.clip(state.noise * grown ** (0.5 * _HASTE), *_NOISE_RANGE)),
            evidence=_evidence(solved, target, noise, far),
        )

    def _slopes(self, curved: FloatArray, expected: FloatArray) -> FloatArray:
        """Derivative of the misfit of each kept value by the parameters, shape (kept, 3, 26)."""
        slopes = np.zeros((*curved.shape, _SIZE))
        bent = curved[..., None] * self.terms[self.kept]
        slopes[..., _SHARED] = bent
        for channel, own in enumerate(_CHANNELS):
            slopes[:, channel, own] = bent[:, channel]
            slopes[:, channel, _VEILS.start + 1 + channel] = -1
        slopes[..., _PLANE] = -expected[..., None] * self.place[self.kept][:, None]
        slopes[..., _VEILS.start] = -1
        return slopes


def places_of(card: Card) -> FloatArray:
    """Patch positions in pitches about the card's middle, shape (patches, 2)."""
    columns, rows = np.meshgrid(np.arange(card.columns), np.arange(card.rows))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    return np.asarray(points - points.mean(axis=0))


def _error(lit: FloatArray) -> FloatArray:
    """Expected error of values of a response, shape (n, 3)."""
    brightest = np.maximum(lit.max(axis=1, keepdims=True), 0)
    return np.asarray(np.sqrt((_RELATIVE * np.maximum(lit, 0)) ** 2 + _FLOOR**2 + (_SATURATED * brightest) ** 2))


def _evidence(solved: Solution, target: FloatArray, noise: FloatArray, far: FloatArray) -> float:
    """Log probability of the values, the patches' weights taken for Student's t."""
    bulk = target @ solved.pull - ((noise * solved.pull) ** 2 / noise).sum()
    volume = -np.linalg.slogdet(solved.inverse)[1] - np.log(noise).sum()
    tails = (_FREEDOM + 3) * np.log1p(far / _FREEDOM).sum()
    return float(-0.5 * (bulk + volume + tails) - np.log(solved.deviation).sum())


def _prior_covariance() -> FloatArray:
    shapes, prior = tone_shapes().covariance, np.zeros((_SIZE, _SIZE))
    prior[_SHARED, _SHARED] = shapes
    prior[0, 0] += _GAIN**2
    for own in _CHANNELS:
        prior[own, own] = _CHANNEL_SHARE**2 * shapes
        prior[own.start, own.start] += _CHANNEL_GAIN**2
    prior[_PLANE, _PLANE] = _LIGHT_SLOPE**2 * np.eye(2)
    prior[_VEILS, _VEILS] = np.diag([_VEIL**2, *[_CHANNEL_VEIL**2] * 3])
    return prior


PRIOR: FloatArray = _prior_covariance()


@lru_cache(maxsize=16)
def _expected(card: Card, prior: ColourPrior) -> tuple[FloatArray, FloatArray]:
    """Mean (patches, 3) and covariance (3 patches, 3 patches) of reflectance times response before a photograph."""
    if card.spectra is None:
        return _expected_of_xyz(card.xyz)
    mean, covariance = card.spectra @ prior.mean, np.zeros((3 * len(card.xyz),) * 2)
    for family in prior.families:
        seen = (card.spectra @ family.basis).reshape(len(family.basis), -1)
        off = (card.spectra @ (family.mean - prior.mean)).ravel()
        covariance += (seen.T @ seen + np.outer(off, off)) / len(prior.families)
    return mean, covariance


def _expected_of_xyz(xyz: FloatArray) -> tuple[FloatArray, FloatArray]:
    rgb = xyz @ XYZ_TO_SRGB.T
    covariance = np.diag((_METAMERISM * size_of(rgb)).ravel() ** 2)
    for channel in range(3):
        rows = np.arange(channel, rgb.size, 3)
        for other in range(3):
            off = rgb[:, other] - rgb[:, channel]
            covariance[np.ix_(rows, rows)] += _MIXING**2 * np.outer(off, off)
    return rgb, covariance

"""One camera's tone curve told by all photographs of a course together.

24 patches leave a curve's slope at the skin open by a percent or two, anew in every photograph, and that much every
contrast of a session moves. A camera that is left alone draws one curve: what the other photographs say of it becomes
what is assumed before a card is seen. How far curves really differ within the course is weighed by evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.calibrate.assumptions import GAINS, PRIOR, SHAPES
from pigtrack.model.calibration import CurveBelief
from pigtrack.model.quantity import FloatArray

_APART = (0.0025, 0.01, 0.04, 0.16, 1.0)
"""Variances of a photograph's own curve about the course's, against those between cameras: from a camera with all of
its settings held to one that decides for each picture."""


USUAL = CurveBelief(np.zeros(len(PRIOR)), PRIOR)
"""What is assumed of a camera that nothing is known of."""


@dataclass(frozen=True, eq=False, slots=True)
class _Said:
    """What one photograph says, in information form: precision and precision times mean."""

    precision: FloatArray
    pull: FloatArray


def pool_curves(found: Sequence[CurveBelief]) -> tuple[CurveBelief, ...]:
    """Return for each photograph what the others make believe before its own card is seen.

    Parameters
    ----------
    found : sequence of CurveBelief
        Posterior of each photograph on its own, under `USUAL`.

    Notes
    -----
    ``theta_i = c + e_i`` with the common curve ``c ~ N(0, (1 - q)·S)`` and ``e_i ~ N(0, E + q·S)``, S the prior of
    shapes and veils, E that of exposure, white balance, light and shadow; q is the likeliest of `_APART`. With one
    photograph the prior is the usual one.
    """
    said = [_say(each) for each in found]
    evidence = [_evidence(said, apart) for apart in _APART]
    apart = _APART[int(np.argmax(evidence))]
    return tuple(_believe([*said[:index], *said[index + 1 :]], apart) for index in range(len(said)))


def _say(found: CurveBelief) -> _Said:
    """Take the usual prior off a posterior; never less than nothing is said."""
    precision = np.linalg.inv(found.covariance)
    sizes, turns = np.linalg.eigh(_even(precision - np.linalg.inv(PRIOR)))
    return _Said((turns * np.maximum(sizes, 0.0)) @ turns.T, precision @ found.mean)


def _believe(others: Sequence[_Said], apart: float) -> CurveBelief:
    """What photographs make believe of another of the same camera."""
    own = GAINS + apart * SHAPES
    root = np.sqrt(1 - apart) * _root(SHAPES)
    precision, pull = np.eye(root.shape[1]), np.zeros(root.shape[1])
    for each in others:
        through = np.linalg.inv(np.eye(len(own)) + each.precision @ own)
        precision = precision + root.T @ through @ each.precision @ root
        pull = pull + root.T @ through @ each.pull
    spread = np.linalg.inv(_even(precision))
    return CurveBelief(root @ spread @ pull, own + _even(root @ spread @ root.T))


def _evidence(said: Sequence[_Said], apart: float) -> float:
    """Log probability of all that was said, each photograph foretold by those before it."""
    total = 0.0
    for index, each in enumerate(said):
        belief = _believe(said[:index], apart)
        inverse = np.linalg.inv(belief.covariance)
        held = inverse @ belief.mean
        pull = each.pull + held
        gained = pull @ np.linalg.solve(each.precision + inverse, pull) - belief.mean @ held
        total += 0.5 * float(gained - np.linalg.slogdet(np.eye(len(inverse)) + belief.covariance @ each.precision)[1])
    return total


def _root(covariance: FloatArray) -> FloatArray:
    sizes, turns = np.linalg.eigh(covariance)
    kept = sizes > 1e-12 * sizes[-1]
    return np.asarray(turns[:, kept] * np.sqrt(sizes[kept]))


def _even(matrix: FloatArray) -> FloatArray:
    return np.asarray((matrix + matrix.T) / 2)

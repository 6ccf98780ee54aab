"""A shadow's edge across the card: found among straight edges, taken into the joint model where it explains much."""

from dataclasses import replace

import numpy as np

from pigtrack.imaging.calibrate.assumptions import places_of
from pigtrack.imaging.calibrate.joint import Joint, State
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray

SUSPICIOUS = 1.0
"""Noise, against the expected 1 %, from which a shadow's edge is looked for."""

_ANGLES, _EDGE_STEP = 12, 0.5
"""Directions across the edge, and pitches between the edges tried."""

_FEWEST = 3
"""Patches on either side of a shadow's edge; fewer are outliers."""

_TRIED = 4
"""So many of the most promising edges are fitted."""

_WORTH_A_SHADOW = 30.0
"""Log evidence that a shadow must gain: true ones of a third gave 47 and more, other faults of light and tone up to 19
(drawn courses and real photographs)."""


def find_shadow(joint: Joint, settled: State, card: Card, *, rounds: int, rival: float) -> tuple[Joint, State]:
    """Take the shadow that explains the values best, if it explains them a good deal better than none.

    Parameters
    ----------
    settled : State
        Without any shadow.
    rival : float
        Log evidence that another explanation would gain.
    """
    edges = shadow_edges(card)
    gains = _gains(joint, settled, edges)
    bar = settled.evidence + max(_WORTH_A_SHADOW, rival)
    best = (joint, settled)
    for shaded in edges[np.argsort(-gains, kind="stable")[:_TRIED]]:
        found = _fit(joint, shaded, rounds)
        if found[1].evidence > bar:
            best, bar = found, found[1].evidence
    return best


def _fit(joint: Joint, shaded: FloatArray, rounds: int) -> tuple[Joint, State]:
    """Fit one shadow from scratch; turned round where the other side proves to be the darker one."""
    other = joint.with_shadow(shaded)
    state = other.settle(other.start(), rounds)
    if other.shadow(state.theta) >= 0:
        return other, state
    other = joint.with_shadow(1 - shaded)
    return other, other.settle(other.start(), rounds)


def _gains(joint: Joint, state: State, edges: FloatArray) -> FloatArray:
    """Gain of log evidence by each shadow, to first order, all patches believed alike."""
    even = replace(state, weights=np.ones_like(state.weights))
    solved = joint.solve(even)
    darker = joint.brightened(even, solved) * np.repeat(edges[:, joint.kept], 3, axis=1)
    size = np.einsum("sm,mn,sn->s", darker, solved.inverse, darker, optimize=True)
    return np.asarray((darker @ solved.pull) ** 2 / (2 * np.maximum(size, 1e-9)))


def shadow_edges(card: Card) -> FloatArray:
    """How much of each patch a shadow covers, for straight edges at even angles and steps, shape (edges, patches)."""
    place, width = places_of(card), card.patch_width
    covers = []
    for angle in np.arange(_ANGLES) * np.pi / _ANGLES:
        along = place @ [np.cos(angle), np.sin(angle)]
        for offset in np.arange(along.min() + _EDGE_STEP, along.max(), _EDGE_STEP):
            covers.append(np.clip((along - offset) / width + 0.5, 0, 1))
    return np.stack([each for each in covers if _FEWEST <= each.sum() <= len(place) - _FEWEST])

"""What the card's face says of the light on it, of tone mapping, and of its own condition."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import local_jacobian
from pigtrack.imaging.quality.cardface import (
    LUMA,
    SAMPLES,
    CardFace,
    area_noise,
    fit_robustly,
    sample_map,
    worst_areas,
)
from pigtrack.imaging.quality.words import Finding, percent, side_of
from pigtrack.model.calibration import CardReading
from pigtrack.model.quantity import FloatArray

_SURROUND_PITCHES = ((0.5, 0.0), (1.0, 2.0))
"""Standard deviations of the Gaussians that stand for a patch's surroundings, tone mapping working on 2 to 10 % of a
picture's width; and how many standard errors are taken off, as the wider one is told less surely."""

_EDGE_PITCHES = 0.15
"""Softness of a shadow's edge: that of a hand 5 cm above the card in the light of a lamp 10 cm wide at 1 m."""

_ANGLES = 16
_OFFSETS = 15
_FEWEST_IN_STEP = 1.0
"""Places that a shadow's edge is tried at; those that hardly cross a patch tell nothing."""

_LEAST_SHARE = 0.12
"""Share of the unevenness that a step must explain to be called a shadow; good cards gave up to 0.16 by chance, but
then with steps under 6 %."""

_STRANGE_FRAME = 1.0
"""Natural log units by which a place on the frame must differ to be something else than the frame: deep shadow and a
glossy frame make 0.6."""

_BLEMISH = 0.06
_BLEMISH_NOISE = 5.0
"""Deviation of a third of a patch each way (natural log units) that no slope of light explains: a scratch, dust, a
glint; and at least so many standard deviations of its own noise."""


@dataclass(frozen=True, eq=False, slots=True)
class CardLight:
    """The common slope of light over the card, and how well it explains the cells.

    Attributes
    ----------
    base : ndarray, shape (n, 2)
        Place of each cell within its patch.
    slope : ndarray, shape (2,)
        Natural log units a pitch along the card's x and y.
    values : ndarray, shape (n,)
        Levelled brightness of the cells.
    weights : ndarray, shape (n,)
    """

    base: FloatArray
    slope: FloatArray
    values: FloatArray
    weights: FloatArray

    @property
    def rest(self) -> FloatArray:
        """What the slope leaves of each cell."""
        return np.asarray(self.values - self.base @ self.slope)


def fit_light(face: CardFace) -> CardLight:
    """Fit the slope of light that all patches share."""
    base, values = face.levelled(face.places), face.levelled(face.luma)
    slope, weights, _ = fit_robustly(base, values)
    return CardLight(base, slope, values, weights)


def judge_card_light(face: CardFace, light: CardLight, reading: CardReading) -> dict[str, Finding]:
    """Return what the card's face gives, by the checks' names."""
    return {
        "card_hidden_share": _hidden(face),
        "card_uneven_light": _uneven(light, reading),
        "card_mixed_light": _mixed(face, reading),
        "card_shadow": _shadow(face, light, reading),
        "local_tone": _tone_locality(face, light),
        "card_blemishes": _blemishes(face, light, reading),
    }


def _hidden(face: CardFace) -> Finding:
    """Share of the frame that is far from the frame's usual brightness."""
    frame = face.luma[face.groups < 0]
    return Finding(float((np.abs(frame - np.median(frame)) > _STRANGE_FRAME).mean()))


def _uneven(light: CardLight, reading: CardReading) -> Finding:
    across = light.slope * [reading.card.columns, reading.card.rows]
    share = float(np.expm1(np.abs(across).sum()))
    side = side_of(_towards(light.slope, reading))
    return Finding(share, f"The card's {side} is {percent(share)} brighter: light from two sides, or turn the card.")


def _mixed(face: CardFace, reading: CardReading) -> Finding:
    """Change of red over blue across the card: two kinds of light meet on it."""
    base = face.levelled(face.places)
    slope = fit_robustly(base, face.levelled(face.logs[:, 0] - face.logs[:, 2]))[0]
    share = float(np.expm1(np.abs(slope * [reading.card.columns, reading.card.rows]).sum()))
    side = side_of(_towards(slope, reading))
    return Finding(share, f"The light on the card is {percent(share)} redder at its {side}: leave one kind of lamp on.")


def _shadow(face: CardFace, light: CardLight, reading: CardReading) -> Finding:
    """Depth of the shadow whose edge best explains what a slope of light does not."""
    root = np.sqrt(light.weights)
    steps, towards = _steps(face)
    kept = (steps**2).sum(axis=0) > _FEWEST_IN_STEP
    steps, towards = steps[:, kept], towards[kept]
    base, _ = np.linalg.qr(light.base * root[:, None])
    weighted = steps * root[:, None]
    weighted -= base @ (base.T @ weighted)
    rest = light.values * root
    rest -= base @ (base.T @ rest)
    gain = weighted.T @ rest
    size = np.maximum((weighted**2).sum(axis=0), 1e-9)
    best = int(np.argmax(gain**2 / size))
    step, share = float(gain[best] / size[best]), float(gain[best] ** 2 / size[best] / max(rest @ rest, 1e-12))
    depth = float(-np.expm1(-abs(step))) * (1.0 if share > _LEAST_SHARE else 0.0)
    side = side_of(_towards(-np.sign(step) * towards[best], reading))
    how = f"A shadow lies on the card's {side} ({percent(depth)} darker)"
    return Finding(depth, f"{how}: keep hand, head and phone out of the light.")


def _steps(face: CardFace) -> tuple[FloatArray, FloatArray]:
    """Soft steps over the cells, levelled, shape (n, steps), and where each rises to, shape (steps, 2)."""
    columns, towards = [], []
    for angle in np.arange(_ANGLES) * np.pi / _ANGLES:
        direction = np.array([np.cos(angle), np.sin(angle)])
        along = face.places @ direction
        for offset in np.linspace(along.min() + 0.4, along.max() - 0.4, _OFFSETS):
            columns.append(1 / (1 + np.exp(-(along - offset) / _EDGE_PITCHES)))
            towards.append(direction)
    return face.levelled(np.stack(columns, axis=1)), np.array(towards)


def _tone_locality(face: CardFace, light: CardLight) -> Finding:
    """How far brightness within a patch leans away from its surroundings: 0 for a global tone curve."""
    luma, patches = (face.linear @ LUMA).astype(np.float32), face.groups >= 0
    powers = [0.0]
    for pitches, errors in _SURROUND_PITCHES:
        around = np.log(np.maximum(opencv.blur(luma, pitches * SAMPLES), 1e-4))
        beside = face.levelled(sample_map(around, face.places))
        design = np.column_stack([light.base, beside])[patches]
        fitted, weights, spread = fit_robustly(design, light.values[patches])
        error = spread * float(np.sqrt(np.linalg.inv((design.T * weights) @ design)[2, 2]))
        powers.append(-float(fitted[2]) - errors * error)
    return Finding(max(powers))


def _blemishes(face: CardFace, light: CardLight, reading: CardReading) -> Finding:
    """Patches with a cell that no light explains."""
    limits = np.hypot(_BLEMISH, _BLEMISH_NOISE * area_noise(reading))
    spoilt = [patch for patch, size in worst_areas(face, light.rest).items() if size > limits[patch]]
    names = ", ".join(str(patch + 1) for patch in spoilt[:6])
    which = "patch" if len(spoilt) == 1 else "patches"
    return Finding(float(len(spoilt)), f"Clean the card ({which} {names}), or replace it where it is scratched.")


def _towards(direction: FloatArray, reading: CardReading) -> FloatArray:
    """Turn a direction on the card into one in the photograph."""
    middle = reading.card.middle
    return np.asarray(local_jacobian(reading.homography, middle) @ direction)

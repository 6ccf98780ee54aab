"""What a check found, and the words for sides and sizes that its remedy needs."""

from dataclasses import dataclass

import numpy as np

from pigtrack.model.quantity import FloatArray

_SIDES = (
    "right side",
    "lower right corner",
    "lower side",
    "lower left corner",
    "left side",
    "upper left corner",
    "upper side",
    "upper right corner",
)
"""In steps of 45 degrees from x towards y, which grows downwards."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A value, and what to do about it; an empty ``remedy`` stands for the check's usual one."""

    value: float
    remedy: str = ""


def side_of(direction: FloatArray) -> str:
    """Name the side of the upright photograph to which x, y points.

    Examples
    --------
    >>> side_of(np.array([-1.0, 0.1]))
    'left side'
    """
    turn = round(float(np.arctan2(direction[1], direction[0])) / (np.pi / 4)) % 8
    return _SIDES[turn]


def percent(share: float) -> str:
    """Write a share in whole per cent.

    Examples
    --------
    >>> percent(0.184)
    '18 %'
    """
    return f"{100 * share:.0f} %"

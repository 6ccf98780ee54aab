"""How a live picture is framed: where the card stands in it, and what to do until it stands as at the baseline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class HintKind(StrEnum):
    """What a hint is about."""

    CARD = "card"
    BRIGHT = "bright"
    DARK = "dark"
    GLARE = "glare"
    TURN = "turn"
    DISTANCE = "distance"
    TILT = "tilt"
    CENTRE = "centre"
    SHADOW = "shadow"
    UNEVEN = "uneven"


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that could be better, and what to do about it.

    Attributes
    ----------
    said : str
        One short sentence.
    size : float
        How far it is off, as a multiple of what is let pass: above 1 it is worth saying.
    """

    kind: HintKind
    said: str
    size: float


@dataclass(frozen=True, slots=True)
class CardStand:
    """Where a card stands before a camera, in numbers that do not depend on the picture's pixels.

    Attributes
    ----------
    outline : tuple of (float, float)
        Its four corners as shares of the picture's width and height.
    centre : tuple of float
        x, y of its middle from the picture's, in lengths of the picture's longer side.
    pitch : float
        From patch to patch, were it to face the camera where it stands, in lengths of the picture's longer side.
    turn_deg : float
        Of its rows in the picture, clockwise.
    lean : tuple of float
        x, y of its unit normal away from the camera: towards the side of the picture on which it is nearer; 0, 0
        where it faces the camera.
    """

    outline: tuple[tuple[float, float], ...]
    centre: tuple[float, float]
    pitch: float
    turn_deg: float
    lean: tuple[float, float]


@dataclass(frozen=True, eq=False, slots=True)
class Aim:
    """What live pictures of a course are held against.

    Attributes
    ----------
    card : str
        By name, or the name of one of ``files``.
    files : mapping of str to bytes
        That the course brings along.
    pitch_mm : float or None
        Of its patches, over that of its file.
    stand : CardStand or None
        Of the baseline's card; None: there is no baseline, or no card in it.
    focal_length_35mm : float or None
        Of the camera, as the baseline's file tells it.
    """

    card: str
    files: Mapping[str, bytes] = field(repr=False)
    pitch_mm: float | None = None
    stand: CardStand | None = None
    focal_length_35mm: float | None = None


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What was seen in one live picture.

    Attributes
    ----------
    card : tuple of (float, float)
        Its corners as shares of the picture's width and height; empty: none was found.
    hints : tuple of Hint
        The most important first, those that are let pass among them.
    compared : bool
        Whether it was held against a baseline.
    """

    card: tuple[tuple[float, float], ...]
    hints: tuple[Hint, ...]
    compared: bool

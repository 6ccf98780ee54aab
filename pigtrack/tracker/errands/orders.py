"""What a server says to the process of an errand."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pigtrack.model.errand import ErrandKind
from pigtrack.model.record import Actor


@dataclass(frozen=True, slots=True)
class Order:
    """An errand.

    Attributes
    ----------
    place : Path
        The folder it may write to.
    key : bytes
        What it makes is sealed with.
    """

    kind: ErrandKind
    data: Path
    by: Actor
    place: Path
    key: bytes = field(repr=False)
    asked: Any = None

"""What a server says to the process of an errand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pigtrack.model.errand import ErrandKind
from pigtrack.model.record import Actor


@dataclass(frozen=True, slots=True)
class Order:
    """An errand; ``place`` is the folder it may write to."""

    kind: ErrandKind
    data: Path
    by: Actor
    place: Path
    asked: Any = None

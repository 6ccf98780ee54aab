"""Work that somebody asked for on a page and comes back to: an export, a check, figures over the whole clinic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ErrandKind(StrEnum):
    """What is done."""

    EXPORT = "export"
    CHECK = "check"
    CLINIC = "clinic"
    COHORT = "cohort"


class ErrandState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand as it stands.

    Attributes
    ----------
    uid : str
        Random: nobody guesses it.
    by : str
        Who asked; an export is for them alone.
    asked : str
        What for, in words.
    begun, ended : str
        UTC in ISO 8601; empty: not yet.
    done, total, what
        How far it is, as `Progress` tells it; total 0: nobody knows.
    fault : str
        Why it failed, problem and remedy.
    result : mapping
        What came of it, as JSON has it.
    """

    uid: str
    kind: ErrandKind
    by: str
    asked: str
    begun: str
    state: ErrandState = ErrandState.WAITING
    done: int = 0
    total: int = 0
    what: str = ""
    fault: str = ""
    ended: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_going_on(self) -> bool:
        """Whether it waits or is worked at."""
        return self.state in (ErrandState.WAITING, ErrandState.WORKING)

"""Work on a course that goes on in the background, as whoever waits for it is told."""

from dataclasses import dataclass
from enum import StrEnum


class WorkState(StrEnum):
    """Where the work stands."""

    WAITING = "waiting"
    MEASURING = "measuring"
    DRAWING = "drawing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Work:
    """What is being done with a course.

    Attributes
    ----------
    done, total : int
        How far ``what`` is; a total of 0: nobody knows yet.
    what : str
        The step at hand: "Reading photograph".
    fault : str or None
        Why it failed, problem and remedy.
    """

    state: WorkState
    done: int = 0
    total: int = 0
    what: str = ""
    fault: str | None = None

    @property
    def is_going_on(self) -> bool:
        """Tell whether there is anything to wait for."""
        return self.state is not WorkState.FAILED

"""What a server and the process that measures for it say to each other."""

from dataclasses import dataclass

from pigtrack.tracker.record.runs import Run


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: measure a course of a run and draw it, or draw what stands measured."""

    run: Run
    course: str
    measure: bool


@dataclass(frozen=True, slots=True)
class Came:
    """What came of it: the fault in a sentence; or ``later``, as somebody else is at the course."""

    fault: str | None = None
    later: bool = False

"""What is planned for a course: a protocol as its file tells it. It records practice and promises nothing."""

from dataclasses import dataclass

from pigtrack.model.catalogue import Words


@dataclass(frozen=True, eq=False, slots=True)
class Aftercare:
    """One thing to leave alone, or to do, after a session; ``hours`` from the session, None: all the course."""

    hours: float | None
    what: Words


@dataclass(frozen=True, eq=False, slots=True)
class Protocol:
    """How a course of one treatment usually goes.

    Attributes
    ----------
    name : str
        The file's name without its suffix.
    title : Words
        For people.
    source : str
        Where the numbers come from.
    sessions_usual : tuple of int
        Fewest and most sessions of most courses.
    sessions_range : tuple of int
        Fewest and most of any course.
    interval_days : tuple of int
        Least and most days from one session to the next.
    visible_from_session, clearer_from_session : int
        From which session on a change may be seen at all, and from which more clearly. Before it, a flat chart is
        what is expected.
    visible_from_days : int
        Days from the first session before which nothing is expected to show.
    quiet_days : int
        Days after a procedure in which photographs are kept out of the trend.
    capture : tuple of Words
        When and how to photograph at a session, in order.
    aftercare : tuple of Aftercare
    screen : tuple of Words
        Questions before a course; a yes is signed with a reason.
    complications : tuple of Words
        Adverse events to be recorded if they happen.
    """

    name: str
    title: Words
    source: str
    sessions_usual: tuple[int, int]
    sessions_range: tuple[int, int]
    interval_days: tuple[int, int]
    visible_from_session: int
    clearer_from_session: int
    visible_from_days: int
    quiet_days: int
    capture: tuple[Words, ...] = ()
    aftercare: tuple[Aftercare, ...] = ()
    screen: tuple[Words, ...] = ()
    complications: tuple[Words, ...] = ()

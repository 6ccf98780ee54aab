"""What somebody wrote down about a course, beside what was done and what happened."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """A note; it is never changed, another one may say better.

    Attributes
    ----------
    number : int
        Counts the notes of a course from 1.
    session : int or None
        That it belongs to; None: to the course.
    at : str
        UTC, ISO 8601.
    by : str
        A user's name.
    """

    number: int
    session: int | None
    at: str
    by: str
    text: str

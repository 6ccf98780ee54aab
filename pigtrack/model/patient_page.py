"""What the patient's page holds, top to bottom: sentences and pictures ready to be set."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with the day it shows.

    Attributes
    ----------
    source : str
        A data URI; on a page that is kept, the name of a file beside it.
    session : int or None
        Number of the visit it was taken at.
    names : tuple of str
        Of that visit's photographs, as the course names them: by these it can be kept back.
    """

    source: str
    alt: str
    caption: str
    session: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: its name, its day where it is known, and what happened, a sentence a line."""

    name: str
    day: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when to mind something after a treatment, and what.

    ``ends``: the same as a day or a moment of the clinic's own clock (ISO 8601), for a page that counts; or empty.
    ``over``: where that is not known exactly, from when on it is over whatever the hour of the treatment was; or empty.
    """

    until: str
    what: tuple[str, ...]
    ends: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Everything on the page, top to bottom; what is not known is empty and left out.

    Attributes
    ----------
    headline : str
        The answer in one sentence.
    findings : tuple of str
        What it rests on, each percentage with its interval.
    notices : tuple of str
        What the clinic will look at together with the patient.
    earlier : tuple of Visit
        Visits of a long course that are folded away.
    next_visit : tuple of str
        When the next one is usual, and how many there are in most courses.
    relative : bool
        Without a card on the first photograph: no colour is matched, and no number is told.
    """

    title: str
    site: str
    headline: str
    findings: tuple[str, ...]
    notices: tuple[str, ...]
    chart: Photo | None
    photos: tuple[Photo, ...]
    earlier: tuple[Visit, ...]
    visits: tuple[Visit, ...]
    next_visit: tuple[str, ...]
    aftercare_from: str
    aftercare: tuple[Deadline, ...]
    watch_for: tuple[str, ...]
    course: str
    version: str
    relative: bool = False

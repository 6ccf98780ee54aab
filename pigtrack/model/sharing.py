"""A patient's link to their own page: what the clinic sees of it, what the patient does, and why it may stay shut."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.overview import CourseOverview
from pigtrack.model.patient_page import PatientPage


class Refusal(StrEnum):
    """Why a link opens nothing, as far as whoever has it is told."""

    CODE = "code"
    """No such link, or not its code: in the same words, so that nobody learns which."""

    WAIT = "wait"
    """Too many wrong codes a moment ago."""

    ENDED = "ended"
    """The right code, after the last day."""

    CLOSED = "closed"
    """The right code, but the clinic withdrew the link, or the patient no longer agrees to be cared for here."""


class LinkState(StrEnum):
    """Whether a link opens anything."""

    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as it is shown once: ``token`` is the end of its address, ``code`` what the patient types.

    ``expires``: UTC, ISO 8601.
    """

    id: str
    token: str
    code: str
    expires: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link as the clinic sees it afterwards; moments are UTC in ISO 8601, empty where there is none yet.

    Attributes
    ----------
    left_out : tuple of int
        Numbers of the visits whose photographs are kept back.
    photographs : bool
        False: none is shown.
    wrong : int
        Wrong codes since the last right one.
    """

    id: str
    state: LinkState
    made: str
    by: str
    expires: str
    openings: int
    opened: str
    left_out: tuple[int, ...]
    photographs: bool
    language: str
    wrong: int


@dataclass(frozen=True, slots=True)
class VisitChoice:
    """A visit whose photographs may be kept back; ``day`` in ISO 8601, ``pictured``: whether a small one was drawn."""

    number: int
    day: str | None
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a course is shared: its links, latest first, and what a new one may hold.

    Attributes
    ----------
    languages : tuple of (str, str)
        Code and own name of each that the page can be shown in; ``language`` is the course's own.
    agreed : bool
        False: the patient said no to being cared for here, so nothing is shared.
    ready : bool
        Whether there is a page to be shown yet.
    """

    overview: CourseOverview
    links: tuple[LinkLine, ...]
    visits: tuple[VisitChoice, ...]
    languages: tuple[tuple[str, str], ...]
    language: str
    agreed: bool
    ready: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a page is shown: ``left_out`` are numbers of visits in a wish, names of photographs in a link."""

    language: str
    left_out: tuple[int, ...] = ()
    photographs: bool = True


@dataclass(frozen=True, slots=True)
class PatientView:
    """What a patient sees: the page in a language, and those it can be switched to.

    Attributes
    ----------
    page : PatientPage or None
        None: nothing was measured yet that could be shown.
    languages : tuple of (str, str)
        Code and own name.
    """

    page: PatientPage | None
    catalogue: Catalogue
    languages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What came of a code: the secret of a session, or why there is none.

    ``day``: when a link ended, where that is why.
    """

    session: str | None = None
    refusal: Refusal | None = None
    day: date | None = None

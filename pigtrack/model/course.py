"""A course of treatment as its course.toml tells it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pigtrack.model.correction import Correction
from pigtrack.model.treatment import Screen, Treatment, read_treatment

Polygon = tuple[tuple[float, float], ...]


class Mode(StrEnum):
    """What is outlined: single spots, or a region measured as a whole."""

    SPOTS = "spots"
    FIELD = "field"


class Endpoint(StrEnum):
    """The three things a verdict can rest on."""

    AREA = "area"
    CONTRAST = "contrast"
    LOAD = "load"


FACE_REGIONS = ("forehead", "right_malar", "left_malar", "chin")
"""Regions of a face that can be drawn to be graded, by the names of MASI; right and left are the subject's own."""


SEVERITIES = ("mild", "moderate", "severe")
"""How much an adverse event weighed, as the person who treated judged it."""

OUTCOMES = ("resolved", "resolving", "ongoing", "lasting", "unknown")
"""What became of an adverse event when it was last asked about; lasting: it is over, and something stayed."""


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """Something unwanted after a treatment, recorded as it was told; ``day`` None: the session's day.

    ``severity`` is one of `SEVERITIES`, ``outcome`` one of `OUTCOMES`; ``until`` the day it was over.
    """

    kind: str
    day: date | None = None
    severity: str | None = None
    outcome: str | None = None
    note: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One visit: photographs in the order of the file (relative to the course's folder), and what was done.

    ``date`` is None where photographs without course.toml carry no capture time: then for every session.
    ``treatment`` are the entries of the first treatment, in keys of the file; a session may hold several.
    """

    number: int
    date: date | datetime | None
    photos: tuple[str, ...]
    treatment: dict[str, Any] = field(default_factory=dict)
    after_procedure: bool = False
    skin_state: str = "clean"
    adverse_events: tuple[AdverseEvent, ...] = ()
    further_treatments: tuple[dict[str, Any], ...] = ()

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What was done, each treatment as a record; empty: nothing."""
        told = (self.treatment, *self.further_treatments) if self.treatment else self.further_treatments
        return tuple(map(read_treatment, told))


@dataclass(frozen=True, slots=True)
class Course:
    """One subject, one site, one view. Polygons are x, y upright pixels of the first usable photograph.

    ``reseated_shots``: the several shots of a session were each set up anew. ``noise``: a file of the clinic's own
    repeatability, relative to the course's folder.
    ``population``: many small spots are told together, or are not; None: as they look.
    ``protocol`` is a name, or a file relative to the folder. ``patient_language``: of what the patient is given to
    read; None: that of the run.
    ``face`` holds the drawn ones of `FACE_REGIONS` by name, in that order. ``corrections`` were made by hand, and are
    applied in their order.
    """

    id: str
    sessions: tuple[Session, ...]
    subject: str | None = None
    site: str | None = None
    diagnosis: str | None = None
    cause: str | None = None
    depth: str | None = None
    skin_type: str | None = None
    protocol: str | None = None
    mode: Mode = Mode.SPOTS
    primary: Endpoint = Endpoint.LOAD
    card: str = "colorchecker-classic"
    card_patch_pitch_mm: float | None = None
    scale_sticker_mm: float | None = None
    region: Polygon | None = None
    control: Polygon | None = None
    exclude: tuple[Polygon, ...] = ()
    reseated_shots: bool = False
    noise: str | None = None
    face: tuple[tuple[str, Polygon], ...] = ()
    population: bool | None = None
    patient_language: str | None = None
    screen: Screen | None = None
    assumptions: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()


def treated_polygons(course: Course) -> tuple[Polygon, ...]:
    """Return what was drawn as treated: the region, or the regions of a face where there is no region."""
    return tuple(polygon for _, polygon in course.face) if course.region is None else (course.region,)


def days_between(first: Session, later: Session) -> int | None:
    """Whole calendar days from one session to another; negative if ``later`` came first, None if undated."""
    start, end = day_of(first), day_of(later)
    return None if start is None or end is None else (end - start).days


def day_of(session: Session) -> date | None:
    """Return the calendar day of a session, whatever the hour; None if undated."""
    return session.date.date() if isinstance(session.date, datetime) else session.date

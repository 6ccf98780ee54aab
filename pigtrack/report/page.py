"""What the report's page holds, top to bottom: records of sentences and pictures ready to be set."""

from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.model.metrics import Verdict


@dataclass(frozen=True, slots=True)
class Foreign:
    """A text that the page's language has no words for; ``language`` is its own, for those who hear the page."""

    text: str
    language: str = "en"


Said = str | Foreign

Fact = tuple[str, Said]

Measurement = tuple[str, str, str]
"""Endpoint, value with its interval, change with its interval."""


@dataclass(frozen=True, eq=False, slots=True)
class ReportPictures:
    """Pictures that the report carries; each may be left out.

    Attributes
    ----------
    course_chart, lesion_charts : bytes or None
        SVG.
    lesion_charts_wide : bytes or None
        SVG of the same charts for a wide screen.
    before, after : bytes or None
        JPEG of the baseline and of the latest session with a verdict, aligned and colour-matched.
    overlays : mapping of int to bytes
        Session number → JPEG with outlines.
    timeline : bytes or None
        SVG of the course's photographs in a row, with what was done between them.
    melanin, redness : mapping of int to bytes
        Session number → JPEG of the map on the baseline's frame, its legend in it.
    plain_before, plain_after : bytes or None
        As ``before`` and ``after``, without outlines and numbers.
    patient_chart : bytes or None
        SVG for the patient's page.
    """

    course_chart: bytes | None = None
    lesion_charts: bytes | None = None
    lesion_charts_wide: bytes | None = None
    before: bytes | None = None
    after: bytes | None = None
    overlays: Mapping[int, bytes] | None = None
    timeline: bytes | None = None
    melanin: Mapping[int, bytes] | None = None
    redness: Mapping[int, bytes] | None = None
    plain_before: bytes | None = None
    plain_after: bytes | None = None
    patient_chart: bytes | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its caption and what those hear of it who cannot see it; ``source`` is a data URI."""

    source: str
    caption: str
    alt: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One endpoint of the latest session at a glance; ``role`` says whether the verdict rests on it."""

    endpoint: str
    change: str
    value: str
    verdict: Verdict
    verdict_words: str
    limit: str
    role: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Pointed:
    """Spots that are to be looked at for one reason; ``spots`` are their numbers with what was measured of each."""

    sentence: str
    spots: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as the table shows it."""

    number: int
    date: str
    day: str
    found: str
    verdict: Verdict
    verdict_words: str
    measured: tuple[Measurement, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LesionRow:
    """One lesion in the latest session as the table shows it; ``pointed``: it is to be looked at."""

    number: int
    status: str
    verdict: Verdict
    verdict_words: str
    measured: tuple[Measurement, ...]
    notes: tuple[str, ...]
    pointed: bool = False


@dataclass(frozen=True, slots=True)
class LesionGroup:
    """Rows of lesions under one heading; empty: no heading."""

    title: str
    rows: tuple[LesionRow, ...]


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """The freckles of one session as the table shows them."""

    number: int
    date: str
    count: int
    measured: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class TreatmentGroup:
    """One way of treating, and the sessions that it was used in."""

    title: str
    facts: tuple[Fact, ...]
    sessions: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One adverse event as it was told."""

    day: str
    session: int
    kind: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the protocol plans beside what was done."""

    title: str
    facts: tuple[Fact, ...]
    visits: tuple[tuple[str, str, str], ...]
    notes: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class PhotographRow:
    """One photograph with what its checks say."""

    session: int
    photo: str
    status: str
    status_words: str
    facts: tuple[Fact, ...]
    complaints: tuple[Said, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One heading of the page of method and quality, with what stands under it."""

    title: str
    facts: tuple[Fact, ...] = ()
    sentences: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page, top to bottom."""

    title: str
    headline: str
    verdict: Verdict
    verdict_words: str
    compared: str
    tiles: tuple[Tile, ...]
    summary: tuple[Said, ...]
    expected: str
    pointed: tuple[Pointed, ...]
    course_chart: Picture | None
    pair: tuple[Picture, ...]
    pair_title: str
    sessions: tuple[SessionRow, ...]
    lesions: tuple[LesionGroup, ...]
    lesions_session: str
    lesions_legend: tuple[Fact, ...]
    lesion_charts: Picture | None
    lesion_charts_wide: Picture | None
    timeline: Picture | None
    overlays: tuple[Picture, ...]
    maps: tuple[Picture, ...]
    facts: tuple[Fact, ...]
    notes: tuple[Said, ...]
    treatments: tuple[TreatmentGroup, ...]
    events: tuple[EventRow, ...]
    plan: Plan | None
    photographs: tuple[PhotographRow, ...]
    method: tuple[Chapter, ...]
    version: str
    field: bool = False
    population: tuple[PopulationRow, ...] = ()
    session_notes: tuple[str, ...] = ()
    relative: bool = False

"""What the report's page holds, top to bottom: records of sentences and pictures ready to be set."""

from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.model.metrics import Verdict

Fact = tuple[str, str]

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
class SessionRow:
    """One session as the table shows it."""

    number: int
    date: str
    day: str
    verdict: Verdict
    verdict_words: str
    photographs: str
    found: str
    measured: tuple[Measurement, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LesionRow:
    """One lesion in the latest session as the table shows it."""

    number: int
    status: str
    verdict: Verdict
    verdict_words: str
    measured: tuple[Measurement, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """The freckles of one session as the table shows them."""

    number: int
    date: str
    count: int
    measured: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class PhotographRow:
    """One photograph with what its checks say."""

    session: int
    photo: str
    status: str
    facts: tuple[Fact, ...]
    complaints: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its caption; ``source`` is a data URI."""

    source: str
    caption: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the page, top to bottom."""

    title: str
    facts: tuple[Fact, ...]
    headline: str
    verdict: Verdict
    verdict_words: str
    summary: tuple[str, ...]
    referrals: tuple[str, ...]
    course_chart: Picture | None
    pair: tuple[Picture, ...]
    sessions: tuple[SessionRow, ...]
    lesions: tuple[LesionRow, ...]
    lesions_session: str
    lesion_charts: Picture | None
    lesion_charts_wide: Picture | None
    overlays: tuple[Picture, ...]
    photographs: tuple[PhotographRow, ...]
    method: tuple[Fact, ...]
    algorithms: tuple[str, ...]
    settings: tuple[Fact, ...]
    notes: tuple[str, ...]
    version: str
    field: bool = False
    population: tuple[PopulationRow, ...] = ()

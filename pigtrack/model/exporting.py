"""What may leave the record, and how: formats, and what of them is asked for."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pigtrack.model.record import Purpose


class ExportFormat(StrEnum):
    """In what form the record goes out."""

    CSV = "csv"
    LONG = "long"
    PARQUET = "parquet"
    JSONL = "jsonl"
    FHIR_R4B = "fhir-r4b"
    FHIR_R5 = "fhir-r5"
    DICOM = "dicom"
    CDISC = "cdisc"
    PDF = "pdf"
    BUNDLE = "bundle"


class ExportVersions(StrEnum):
    """Which measurements of a course go out."""

    CURRENT = "current"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What is asked for.

    Attributes
    ----------
    courses : tuple of str
        Labels; empty: all.
    offsets : bool
        Days from the baseline instead of dates; photographs without their own names and metadata.
    purpose : Purpose or None
        Leave out whose patient did not agree to it.
    since, until : date or None
        Courses with a session in between, the days themselves included; whole, as changes refer to the baseline.
    measurement : int or None
        Number of the measurement of each course; None: see ``versions``.
    up_to : int or None
        Last entry of the trail that a bundle holds; None: the last there is.
    originals, pages : bool
        Whether a bundle holds the photographs, and the printed pages.
    """

    format: ExportFormat
    courses: tuple[str, ...] = ()
    offsets: bool = False
    purpose: Purpose | None = None
    since: date | None = None
    until: date | None = None
    measurement: int | None = None
    versions: ExportVersions = ExportVersions.CURRENT
    up_to: int | None = None
    originals: bool = True
    pages: bool = True

    @property
    def entries(self) -> dict[str, object]:
        """What is asked for, without a word that names anybody: the trail keeps it for ever."""
        return {
            "format": self.format.value,
            "named_courses": len(self.courses),
            "offsets": self.offsets,
            "purpose": None if self.purpose is None else self.purpose.value,
            "by_days": self.since is not None or self.until is not None,
            "measurement": self.measurement,
            "versions": self.versions.value,
            "up_to": self.up_to,
            "originals": self.originals,
            "pages": self.pages,
        }

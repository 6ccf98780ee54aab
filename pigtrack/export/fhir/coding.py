"""Words of FHIR: codes, quantities, references and ids, the same in both releases."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pigtrack.model.record import RecordedCourse

Resource = dict[str, Any]
Entry = dict[str, Any]

BASE = "https://pigtrack.invalid/fhir"
"""Names pigtrack's own codes and identifiers. ``.invalid`` never leads anywhere (RFC 2606): nothing is looked up."""

METRICS, STATUSES, VERDICTS = (f"{BASE}/CodeSystem/{name}" for name in ("metric", "lesion-status", "verdict"))
PSEUDONYM, STAFF, PHOTOGRAPH_DIGEST, DIGEST = (
    f"{BASE}/identifier/{name}" for name in ("pseudonym", "staff", "photograph-sha256", "sha256")
)
DAYS, INTERVAL, DETECTABLE, EVENT_END, EVENT_NOTE = (
    f"{BASE}/StructureDefinition/{name}"
    for name in ("days-from-baseline", "interval-95", "smallest-detectable-change", "event-end", "event-note")
)
UNCERTAINTY = "http://hl7.org/fhir/StructureDefinition/iso21090-uncertainty"
ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
UCUM = "http://unitsofmeasure.org"

NAMESPACE = uuid.UUID("6a1df0b7-4d5e-5f1b-9d0c-6f0f6a7f9c11")
"""Of every id that pigtrack makes for FHIR and DICOM; drawn once, never to be changed."""


class Release(StrEnum):
    """Releases of FHIR that can be written."""

    R4B = "R4B"
    R5 = "R5"


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """One course in one release: what every resource needs to know. ``offsets``: days instead of dates."""

    course: RecordedCourse
    release: Release
    offsets: bool

    @property
    def newer(self) -> bool:
        """Whether it is R5, which renamed and moved several elements."""
        return self.release is Release.R5

    @property
    def patient(self) -> Resource:
        """Reference to the subject."""
        return {"reference": f"urn:uuid:{resource_id(self.course.subject_uid, 'Patient')}"}

    def reference(self, kind: str, *names: object) -> Resource:
        """Return a reference to another resource of the course."""
        return {"reference": f"urn:uuid:{resource_id(self.course.uid, kind, *names)}"}

    def resource(self, kind: str, *names: object, **elements: Any) -> Resource:
        """Return a resource of the course without its empty elements.

        Its id is made of the course's and of ``names``, the same in every export of the same record.
        """
        return {"resourceType": kind, "id": resource_id(self.course.uid, kind, *names), **filled(elements)}

    def subject_resource(self, kind: str, *names: object, **elements: Any) -> Resource:
        """Return a resource of the subject, the same for all of the subject's courses."""
        return {"resourceType": kind, "id": resource_id(self.course.subject_uid, kind, *names), **filled(elements)}

    def day_extension(self, day: int | None) -> list[Resource]:
        """Return the day of something as an extension; empty: undated."""
        return [] if day is None else [{"url": DAYS, "valueInteger": day}]

    @property
    def version(self) -> int:
        """Number of the measurement; 0: none."""
        return 0 if self.course.measurement is None else self.course.measurement.number


def resource_id(*names: object) -> str:
    """Return a UUID (version 5) of names."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, names))))


def filled(elements: Mapping[str, Any]) -> Resource:
    """Return the elements that hold anything; FHIR knows no empty ones."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {}, ())}


def in_words(text: str | None) -> Resource:
    """Return a concept that has words and no code."""
    return {"text": text.strip()} if text and text.strip() else {}


def concept(system: str, code: str, text: str = "") -> Resource:
    """Return a concept by its code."""
    return {"coding": [{"system": system, "code": code}], **in_words(text)}


def quantity(value: str, unit: str, *, u: str = "") -> Resource:
    """Return a quantity in UCUM, with its standard uncertainty where there is one."""
    doubt = [{"url": UNCERTAINTY, "valueDecimal": float(u)}] if u else []
    return filled({"extension": doubt}) | {"value": float(value), "unit": unit, "system": UCUM, "code": unit}


def staff(name: str) -> Resource:
    """Return a reference to somebody of the staff by pseudonym."""
    return {"identifier": {"system": STAFF, "value": name}}


def notes(texts: Sequence[str | None]) -> list[Resource]:
    """Return what was told in words, one annotation each."""
    return [{"text": text.strip()} for text in texts if text and text.strip()]


def absent(reason: str, text: str = "") -> Resource:
    """Return why a value is missing, by HL7's code and in words."""
    return concept(ABSENT, reason, text)

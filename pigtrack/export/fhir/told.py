"""What people told of a course, as FHIR resources: the subject, findings, treatments, events and consents."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from pigtrack.export.fhir.coding import (
    EVENT_END,
    EVENT_NOTE,
    PSEUDONYM,
    Resource,
    Scope,
    concept,
    filled,
    in_words,
    notes,
    staff,
)
from pigtrack.export.visits import Visit, days_after_baseline, list_visits
from pigtrack.model.course import AdverseEvent, Session, day_of
from pigtrack.model.record import Consent
from pigtrack.model.treatment import PatchTestRecord, Treatment

_ICD_10 = "http://hl7.org/fhir/sid/icd-10"
_SNOMED = "http://snomed.info/sct"

DIAGNOSES = {
    "melasma": "L81.1",
    "post-inflammatory hyperpigmentation": "L81.0",
    "lentigo": "L81.4",
    "solar lentigo": "L81.4",
}
"""ICD-10 of the words that name exactly its categories; any other diagnosis stays in its own words."""

SKIN_TYPES = dict(
    zip(
        ("I", "II", "III", "IV", "V", "VI"),
        ("403221005", "403222003", "403226000", "403231003", "403235007", "403236008"),
        strict=True,
    )
)
"""SNOMED CT of Fitzpatrick's types, as in the value set of the German medical informatics initiative."""

_OUTCOMES = {
    "resolved": "resolved",
    "resolving": "recovering",
    "ongoing": "ongoing",
    "lasting": "resolvedWithSequelae",
    "unknown": "unknown",
}
_SEVERITY, _OUTCOME = (
    f"http://terminology.hl7.org/CodeSystem/adverse-event-{name}" for name in ("severity", "outcome")
)
_NOT_OURS = "As assessed by a professional; pigtrack gives no diagnosis."


def told_resources(scope: Scope) -> Iterator[Resource]:
    """Yield what was told, in the order of time."""
    yield _patient(scope)
    yield from _findings(scope)
    yield from _consents(scope)
    for visit in list_visits(scope.course):
        if visit.told is None:
            continue
        for number, treatment in enumerate(visit.told.treatments, start=1):
            yield _procedure(scope, visit, number, treatment)
        for number, event in enumerate(visit.told.adverse_events, start=1):
            yield _event(scope, visit.told, number, event)


def _patient(scope: Scope) -> Resource:
    """Return the subject: a pseudonym and nothing else."""
    name = scope.course.course.subject or scope.course.subject_uid
    return scope.subject_resource("Patient", identifier=[{"system": PSEUDONYM, "value": name}])


def _findings(scope: Scope) -> Iterator[Resource]:
    course = scope.course.course
    if course.diagnosis:
        # R5 wants to know whether it is active; nobody said so. R4B lets it be.
        status = {"clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "unknown")}
        code = DIAGNOSES.get(course.diagnosis.strip().lower())
        known = concept(_ICD_10, code) if code else {}
        yield scope.resource(
            "Condition",
            **(status if scope.newer else {}),
            code={**known, **in_words(course.diagnosis)},
            bodySite=[in_words(course.site)] if course.site else [],
            subject=scope.patient,
            note=notes([_NOT_OURS, course.cause and f"Cause, as told: {course.cause}."]),
        )
    if course.skin_type:
        yield _skin_type(scope, course.skin_type)


def _skin_type(scope: Scope, told: str) -> Resource:
    code = SKIN_TYPES.get(told.strip().upper())
    return scope.resource(
        "Observation",
        "skin-type",
        status="final",
        code=in_words("Skin type after Fitzpatrick, as assessed"),
        subject=scope.patient,
        valueCodeableConcept={**(concept(_SNOMED, code) if code else {}), **in_words(told)},
    )


def _procedure(scope: Scope, visit: Visit, number: int, treatment: Treatment) -> Resource:
    used = _used(treatment)
    when = "occurrenceDateTime" if scope.newer else "performedDateTime"
    what = (
        {"used": [{"concept": in_words(each)} for each in used]}
        if scope.newer
        else {"usedCode": list(map(in_words, used))}
    )
    return scope.resource(
        "Procedure",
        visit.number,
        number,
        extension=scope.day_extension(visit.day),
        status="completed",
        code=in_words(treatment.technique or "treatment"),
        subject=scope.patient,
        **{when: "" if scope.offsets else visit.date[:10]},
        performer=[{"actor": staff(treatment.operator)}] if treatment.operator else [],
        bodySite=[in_words(treatment.area)] if treatment.area else [],
        note=notes([_patch_test(treatment.patch_test), None if scope.offsets else treatment.note]),
        **what,
    )


def _used(treatment: Treatment) -> list[str]:
    """Return what was used, in words; a FHIR procedure has no place for a dose or a lot."""
    dose = None if treatment.dose is None else f"{treatment.dose:g} {treatment.dose_unit or ''}".strip()
    lot = treatment.lot and f"lot {treatment.lot}"
    maker = ", ".join(each for each in (treatment.maker, treatment.country) if each)
    inside = treatment.ingredients and "with " + ", ".join(treatment.ingredients)
    product = "; ".join(each for each in (treatment.product, maker, dose, lot, inside) if each)
    return [each for each in (product, treatment.device) if each]


def _patch_test(test: PatchTestRecord | None) -> str | None:
    if test is None:
        return None
    hours = None if test.hours is None else f"read after {test.hours:g} h"
    told = ", ".join(each for each in (test.site, hours, test.result) if each)
    return f"Patch test before: {told or 'done'}."


def _event(scope: Scope, session: Session, number: int, event: AdverseEvent) -> Resource:
    seen = event.day or day_of(session)
    days = scope.day_extension(days_after_baseline(scope.course, seen))
    outcome = {**concept(_OUTCOME, _OUTCOMES[event.outcome]), **in_words(event.outcome)} if event.outcome else {}
    shown = replace(event, day=None, until=None, note=None) if scope.offsets else replace(event, day=seen)
    shape = _newer_event if scope.newer else _older_event
    return scope.resource(
        "AdverseEvent", session.number, number, actuality="actual", subject=scope.patient, **shape(shown, days, outcome)
    )


def _older_event(event: AdverseEvent, days: list[Resource], outcome: Resource) -> Resource:
    """R4B: a day and a severity; the end and what was told have no element of their own."""
    until = [{"url": EVENT_END, "valueDate": _iso(event.until)}] if event.until else []
    told = [{"url": EVENT_NOTE, "valueString": event.note}] if event.note else []
    severity = concept(_SEVERITY, event.severity) if event.severity else {}
    return {
        "extension": [*days, *until, *told],
        "event": in_words(event.kind),
        "date": _iso(event.day),
        "severity": severity,
        "outcome": outcome,
    }


def _newer_event(event: AdverseEvent, days: list[Resource], outcome: Resource) -> Resource:
    """R5: a period and notes, and no severity, which is told in words."""
    over: Resource = (
        {"occurrencePeriod": filled({"start": _iso(event.day), "end": _iso(event.until)})} if event.until else {}
    )
    when: Resource = over or {"occurrenceDateTime": _iso(event.day)}
    weight = event.severity and f"Severity, as judged by the person who treated: {event.severity}."
    return {
        "extension": days,
        "status": "completed" if event.outcome in ("resolved", "lasting") else "in-progress",
        "code": in_words(event.kind),
        **when,
        "outcome": [outcome] if outcome else [],
        "note": notes([weight, event.note]),
    }


def _consents(scope: Scope) -> Iterator[Resource]:
    """Yield each yes or no; a later one of the same purpose stands in place of an earlier one."""
    told = scope.course.consents
    for number, consent in enumerate(told, start=1):
        later = any(other.purpose == consent.purpose for other in told[number:])
        yield scope.subject_resource(
            "Consent",
            number,
            status="inactive" if later else "active",
            category=[in_words(f"consent to {consent.purpose}")],
            **(_newer_consent if scope.newer else _older_consent)(scope, consent),
        )


def _older_consent(scope: Scope, consent: Consent) -> Resource:
    return filled(
        {
            "scope": in_words(str(consent.purpose)),
            "patient": scope.patient,
            "dateTime": "" if scope.offsets else _iso(consent.day),
            "policyRule": in_words("as the clinic asked it"),
            "provision": {"type": "permit" if consent.given else "deny"},
        }
    )


def _newer_consent(scope: Scope, consent: Consent) -> Resource:
    return filled(
        {
            "subject": scope.patient,
            "date": "" if scope.offsets else _iso(consent.day),
            "regulatoryBasis": [in_words("as the clinic asked it")],
            "decision": "permit" if consent.given else "deny",
        }
    )


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()[:10]

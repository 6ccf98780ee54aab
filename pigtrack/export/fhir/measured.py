"""What was measured, as FHIR observations: one a lesion and session, one a session, with doubt and verdict on each."""

from collections.abc import Iterator, Mapping

from pigtrack.export.exclusions import Exclusion, find_exclusions
from pigtrack.export.fhir.coding import (
    DETECTABLE,
    INTERVAL,
    METRICS,
    STATUSES,
    VERDICTS,
    Resource,
    Scope,
    absent,
    concept,
    filled,
    in_words,
    notes,
    quantity,
)
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS, Metric, read_metrics
from pigtrack.export.provenance import signers
from pigtrack.export.visits import Visit, lesion_ids, list_visits
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Verdict
from pigtrack.model.record import Cells

_IMAGING = ("http://terminology.hl7.org/CodeSystem/observation-category", "imaging")
LESION, TOTALS = "lesion-measurement", "session-totals"
MEASURED_KINDS = {
    LESION: "A pigmented lesion against the skin around it",
    TOTALS: "All lesions of a session together",
}


def measured_resources(scope: Scope) -> Iterator[Resource]:
    """Yield a body structure a lesion, and the observations of every session."""
    for lesion in lesion_ids(scope.course):
        yield _structure(scope, lesion)
    excluded = find_exclusions(scope.course, offsets=scope.offsets)
    for visit in list_visits(scope.course):
        for row in visit.lesions:
            yield _lesion(scope, visit, row, excluded.get(int(row["lesion_id"])))
        if visit.totals is not None:
            yield _totals(scope, visit, visit.totals)


def observation_names(scope: Scope) -> Iterator[tuple[object, ...]]:
    """Yield what each observation of a measurement is named by."""
    for visit in list_visits(scope.course):
        for row in visit.lesions:
            yield lesion_name(scope, visit.number, row["lesion_id"])
        if visit.totals is not None:
            yield totals_name(scope, visit.number)


def lesion_name(scope: Scope, session: int, lesion: str) -> tuple[object, ...]:
    """Return what a lesion's observation is named by."""
    return LESION, scope.version, session, int(lesion)


def totals_name(scope: Scope, session: int) -> tuple[object, ...]:
    """Return what a session's observation is named by."""
    return TOTALS, scope.version, session


def _structure(scope: Scope, lesion: int) -> Resource:
    site = in_words(scope.course.course.site or "skin")
    where = {"includedStructure": [{"structure": site}]} if scope.newer else {"location": site}
    return scope.resource(
        "BodyStructure",
        lesion,
        patient=scope.patient,
        morphology=in_words("pigmented lesion of the skin"),
        description=f"Lesion {lesion} of course {scope.course.course.id}; the same number in every session.",
        **where,
    )


def _lesion(scope: Scope, visit: Visit, row: Cells, excluded: Exclusion | None) -> Resource:
    structure = scope.reference("BodyStructure", int(row["lesion_id"]))
    why = None if excluded is None else f"Left out by hand, in no total. Reason: {excluded.reason or 'not recorded'}"
    return scope.resource(
        "Observation",
        *lesion_name(scope, visit.number, row["lesion_id"]),
        **_common(scope, visit, row, LESION),
        # R5 refuses a site beside a body structure (obs-8); R4B has no element for the structure but `focus`.
        **({"bodyStructure": structure} if scope.newer else {"bodySite": _site(scope), "focus": [structure]}),
        component=[_status(row), *_components(row, LESION_UNITS)],
        note=notes([*_flag_notes(row), why]),
    )


def _totals(scope: Scope, visit: Visit, row: Cells) -> Resource:
    members = [
        scope.reference("Observation", *lesion_name(scope, visit.number, each["lesion_id"])) for each in visit.lesions
    ]
    return scope.resource(
        "Observation",
        *totals_name(scope, visit.number),
        **_common(scope, visit, row, TOTALS),
        bodySite=_site(scope),
        hasMember=members,
        component=_components(row, SESSION_UNITS),
        note=notes(_flag_notes(row)),
    )


def _common(scope: Scope, visit: Visit, row: Cells, kind: str) -> Resource:
    used = {cells["photo"] for cells in visit.used}
    photographs = [each for each in visit.photographs if each.name in used]
    image = "DocumentReference" if scope.newer else "Media"
    verdict = row.get("verdict", "")
    return filled(
        {
            "extension": scope.day_extension(visit.day),
            "status": "final" if signers(scope.course) else "preliminary",
            "category": [concept(*_IMAGING)],
            "code": concept(METRICS, kind, MEASURED_KINDS[kind]),
            "subject": scope.patient,
            "effectiveDateTime": "" if scope.offsets else visit.date[:10],
            "interpretation": [concept(VERDICTS, verdict)] if verdict else [],
            "device": scope.reference("Device", scope.version),
            "derivedFrom": [scope.reference(image, each.session, each.position) for each in photographs],
        }
    )


def _site(scope: Scope) -> Resource:
    return in_words(scope.course.course.site)


def _status(row: Cells) -> Resource:
    return {"code": concept(METRICS, "status"), "valueCodeableConcept": concept(STATUSES, row["status"])}


def _components(row: Cells, units: Mapping[str, str]) -> list[Resource]:
    """Return what a row measures; a change of the baseline against itself is none."""
    metrics = (each for each in read_metrics(row, units) if each.verdict != Verdict.BASELINE)
    return [_component(metric, row) for metric in metrics]


def _component(metric: Metric, row: Cells) -> Resource:
    code = {"code": concept(METRICS, metric.name)}
    interpretation = [concept(VERDICTS, metric.verdict)] if metric.verdict else []
    if not metric.value:
        why = absent("unknown", " ".join(_flag_notes(row)) or "Could not be measured.")
        return filled({**code, "dataAbsentReason": why, "interpretation": interpretation})
    ends = {"low": quantity(metric.low, metric.unit), "high": quantity(metric.high, metric.unit)} if metric.low else {}
    smallest = f"Smallest fall that would have been called a change (95 %): {metric.detectable} {metric.unit}"
    return filled(
        {
            "extension": [
                *([{"url": INTERVAL, "valueRange": ends}] if ends else []),
                *(
                    [{"url": DETECTABLE, "valueQuantity": quantity(metric.detectable, metric.unit)}]
                    if metric.detectable
                    else []
                ),
            ],
            **code,
            "valueQuantity": quantity(metric.value, metric.unit, u=metric.u),
            "interpretation": interpretation,
            "referenceRange": [{"text": smallest}] if metric.detectable else [],
        }
    )


def _flag_notes(row: Cells) -> list[str]:
    known = {flag.value: flag.meaning for flag in QualityFlag}
    return [f"{name}: {known.get(name, '')}".rstrip(": ") for name in row.get("flags", "").split(";") if name]

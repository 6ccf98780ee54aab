"""Where the numbers came from, as FHIR resources: photographs, the software, who measured and who signed."""

from collections.abc import Iterator

from pigtrack.export.fhir.coding import (
    ABSENT_EXTENSION,
    DIGEST,
    PHOTOGRAPH_DIGEST,
    Resource,
    Scope,
    concept,
    in_words,
    notes,
    staff,
)
from pigtrack.export.fhir.measured import observation_names
from pigtrack.export.visits import Visit, list_visits
from pigtrack.model.record import MeasurementVersion, RecordedPhotograph, SignOff

_MEDIA_TYPE = "http://terminology.hl7.org/CodeSystem/media-type"
_NOT_HERE = "The photograph itself is not in this bundle; its SHA-256 names it."


def origin_resources(scope: Scope) -> Iterator[Resource]:
    """Yield the photographs, and of a measured course the software and the acts of measuring and signing."""
    for visit in list_visits(scope.course):
        yield from (_photograph(scope, visit, each) for each in visit.photographs)
    version = scope.course.measurement
    if version is None:
        return
    yield _device(scope, version)
    targets = [scope.reference("Observation", *names) for names in observation_names(scope)]
    if targets:
        yield _measuring(scope, version, targets)
        signed = (each for each in scope.course.sign_offs if each.measurement == version.number)
        for number, sign_off in enumerate(signed, start=1):
            yield _signing(scope, version, number, sign_off, targets)


def _photograph(scope: Scope, visit: Visit, photograph: RecordedPhotograph) -> Resource:
    names = photograph.session, photograph.position
    # FHIR's own hash is SHA-1; ours stands as an identifier.
    file = {
        "contentType": photograph.media_type,
        "title": f"Session {photograph.session}, photograph {photograph.position}",
    }
    shared = {
        "extension": scope.day_extension(visit.day),
        "identifier": [{"system": PHOTOGRAPH_DIGEST, "value": photograph.sha256}],
        "subject": scope.patient,
    }
    taken = "" if scope.offsets else visit.date[:10]
    if scope.newer:
        return scope.resource("DocumentReference", *names, **shared, **_document(scope, file, taken))
    return scope.resource("Media", *names, **shared, **_media(scope, file, taken))


def _document(scope: Scope, file: Resource, taken: str) -> Resource:
    site = scope.course.course.site
    return {
        "status": "current",
        "type": in_words("clinical photograph with a colour card"),
        "bodySite": [{"concept": in_words(site)}] if site else [],
        "period": {"start": taken, "end": taken} if taken else {},
        "content": [{"attachment": file}],
        "description": _NOT_HERE,
    }


def _media(scope: Scope, file: Resource, taken: str) -> Resource:
    return {
        "status": "completed",
        "type": concept(_MEDIA_TYPE, "image"),
        "createdDateTime": taken,
        "bodySite": in_words(scope.course.course.site),
        "content": file,
        "note": notes([_NOT_HERE]),
    }


def _device(scope: Scope, version: MeasurementVersion) -> Resource:
    """Return the software with the version of each step of the method."""
    name = {"value" if scope.newer else "name": "pigtrack", "type": "user-friendly-name"}
    steps = [{"type": in_words(each.name), "value": str(each.version)} for each in version.algorithms]
    kind = in_words("software that measures pigmented skin in photographs")
    return scope.resource(
        "Device",
        version.number,
        **{"name" if scope.newer else "deviceName": [name]},
        type=[kind] if scope.newer else kind,
        version=[{"type": in_words("software"), "value": version.pigtrack}, *steps],
    )


def _measuring(scope: Scope, version: MeasurementVersion, targets: list[Resource]) -> Resource:
    device = scope.reference("Device", version.number)
    agents = [
        {"type": in_words("measured with"), "who": device},
        {"type": in_words("had it measured"), "who": staff(version.by)},
    ]
    digests = {"input": version.input_digest, "settings": version.settings_digest, "rows": version.rows_digest}
    hand = " after corrections by hand" if version.corrected else ""
    return scope.resource(
        "Provenance",
        "measuring",
        version.number,
        target=targets,
        **_recorded(scope, version.at),
        activity=in_words(f"measurement {version.number} of this course{hand}"),
        agent=agents,
        entity=[
            {"role": "source", "what": {"identifier": {"system": f"{DIGEST}/{name}", "value": value}}}
            for name, value in digests.items()
        ],
    )


def _signing(
    scope: Scope, version: MeasurementVersion, number: int, sign_off: SignOff, targets: list[Resource]
) -> Resource:
    """Return that somebody signed; no signature in the cryptographer's sense, so no FHIR signature."""
    return scope.resource(
        "Provenance",
        "signing",
        version.number,
        number,
        target=targets,
        **_recorded(scope, sign_off.at),
        activity=in_words(f"signed: {sign_off.meaning}"),
        agent=[{"type": in_words("signed by"), "who": staff(sign_off.by)}],
    )


def _recorded(scope: Scope, at: str) -> Resource:
    """Return when; R4B demands a time, so one that was left out is said to be."""
    if at and not scope.offsets:
        return {"recorded": at}
    left_out = {"extension": [{"url": ABSENT_EXTENSION, "valueCode": "masked"}]}
    return {} if scope.newer else {"_recorded": left_out}

"""Recorded courses as one FHIR bundle, in release R4B or R5."""

from collections.abc import Iterable, Iterator

from pigtrack.export.fhir.codes import code_systems
from pigtrack.export.fhir.coding import Release, Resource, Scope, resource_id
from pigtrack.export.fhir.measured import measured_resources
from pigtrack.export.fhir.origin import origin_resources
from pigtrack.export.fhir.told import told_resources
from pigtrack.export.fhir.validating import refuse_invalid
from pigtrack.model.record import RecordedCourse

__all__ = ["Release", "bundle"]


def bundle(courses: Iterable[RecordedCourse], *, release: str = Release.R5, offsets: bool = False) -> Resource:
    """Return courses as a FHIR bundle of type ``collection``, ready for JSON; each resource is valid by its release.

    Parameters
    ----------
    courses : iterable of RecordedCourse
    release : str
        ``R4B`` or ``R5``.
    offsets : bool
        No dates or notes: days from the baseline stand in an extension, which is there in both ways.

    Raises
    ------
    ExportError
        If ``pigtrack[fhir]`` is not installed, or a course says what FHIR can't.
    ValueError
        If there is no such release.

    Notes
    -----
    The subject is a pseudonym; names of files are not told. Ids are UUIDs of version 5 made of the record's own, so
    the same record gives the same bundle; there is no time of export in it.
    """
    wanted = Release(release)
    resources: dict[str, Resource] = {each["id"]: each for each in code_systems()}
    for course in courses:
        for resource in _course_resources(Scope(course, wanted, offsets)):
            resources.setdefault(resource["id"], resource)  # courses of one subject share the subject
    refuse_invalid(resources.values(), wanted)
    return {
        "resourceType": "Bundle",
        "id": resource_id("Bundle", wanted, *resources),
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{name}", "resource": resource} for name, resource in resources.items()],
    }


def _course_resources(scope: Scope) -> Iterator[Resource]:
    yield from told_resources(scope)
    yield from origin_resources(scope)
    yield from measured_resources(scope)

"""pigtrack's own codes as FHIR code systems: no terminology has a code for most of what is measured."""

from collections.abc import Iterator, Mapping

from pigtrack.export.fhir.coding import METRICS, STATUSES, VERDICTS, Resource, resource_id
from pigtrack.export.fhir.measured import MEASURED_KINDS
from pigtrack.export.metrics import LESION_UNITS, SESSION_UNITS
from pigtrack.model.metrics import Status, Verdict

_WORDS = {
    **MEASURED_KINDS,
    "status": "What became of the lesion in this session",
    "area_mm2": "Area: extent at half of the lesion's own contrast",
    "area_total_mm2": "Sum of the areas of the lesions seen here and at the baseline",
    "delta_mi": "Contrast: melanin index of the lesion less that of the skin around it",
    "contrast_delta_mi": "Mean contrast of those lesions, weighted with their areas at the baseline",
    "delta_e00": "CIEDE2000 colour difference between lesion and the skin around it",
    "contrast_delta_e00": "Mean CIEDE2000 of lesion against skin around it, with the same weights",
    "delta_ita": "Individual typology angle of the skin around less that of the lesion",
    "pigment_load": "Pigment load: contrast summed over the skin it covers",
    "area_change_percent": "Change of the area against the baseline",
    "contrast_change_percent": "Change of the contrast against the baseline",
    "load_change_percent": "Change of the pigment load against the baseline",
}
"""What people read; other codes are columns of pigtrack's tables, by their own names."""


def code_systems() -> Iterator[Resource]:
    """Yield the code systems that a bundle's own codes are of, complete."""
    columns = {name: name for name in (*SESSION_UNITS, *LESION_UNITS)}
    yield _system("metric", METRICS, {**columns, **_WORDS})
    yield _system("lesion-status", STATUSES, {each.value: each.value for each in Status})
    yield _system("verdict", VERDICTS, {each.value: each.value for each in Verdict})


def _system(name: str, url: str, words: Mapping[str, str]) -> Resource:
    return {
        "resourceType": "CodeSystem",
        "id": resource_id("CodeSystem", name),
        "url": url,
        "name": "Pigtrack" + "".join(map(str.capitalize, name.split("-"))),
        "status": "active",
        "caseSensitive": True,
        "content": "complete",
        "concept": [{"code": code, "display": display} for code, display in words.items()],
    }

"""What a mapping can fill: the keys of course.toml, and the consents, each with the kind of its values."""

from enum import StrEnum

from pigtrack.model.treatment import TREATMENT_TEXTS


class Kind(StrEnum):
    """What a cell must be."""

    TEXT = "a text"
    TEXTS = "several texts in one cell"
    NUMBER = "a number"
    TRUTH = "true or false"
    ANSWER = "yes or no"
    DAY = "a day"
    MOMENT = "a day, or a day with a time"
    PHOTOS = "names of photographs"


def _texts(*keys: str) -> dict[str, Kind]:
    return dict.fromkeys(keys, Kind.TEXT)


COURSE_FIELDS = {
    **_texts(
        "subject", "id", "site", "diagnosis", "cause", "depth", "skin_type", "protocol", "mode", "primary", "card"
    ),
    **{"card_patch_pitch_mm": Kind.NUMBER, "scale_sticker_mm": Kind.NUMBER, "population": Kind.TRUTH},
    **{"reseated_shots": Kind.TRUTH, "noise": Kind.TEXT, "patient_language": Kind.TEXT},
}
SESSION_FIELDS = {
    **{"date": Kind.MOMENT, "photos": Kind.PHOTOS, "after_procedure": Kind.TRUTH, "skin_state": Kind.TEXT},
}
PATCH_TEST_FIELDS = {
    **{"patch_test_date": Kind.DAY, "patch_test_site": Kind.TEXT, "patch_test_hours": Kind.NUMBER},
    **{"patch_test_result": Kind.TEXT},
}
"""Of a treatment, named as in treatments.csv."""

TREATMENT_FIELDS = {
    **_texts(*TREATMENT_TEXTS),
    **{"ingredients": Kind.TEXTS, "dose": Kind.NUMBER},
    **PATCH_TEST_FIELDS,
}
EVENT_FIELDS = {
    **{"kind": Kind.TEXT, "date": Kind.DAY, "severity": Kind.TEXT, "outcome": Kind.TEXT, "until": Kind.DAY},
    **{"note": Kind.TEXT},
}
CONSENT_FIELDS = {"given": Kind.TRUTH, "day": Kind.DAY, "note": Kind.TEXT}
SIGNATURE_FIELDS = {"signed_by": Kind.TEXT, "signed_on": Kind.DAY, "reason": Kind.TEXT}
"""Of the screen; its other keys are the protocol's questions, answered yes or no."""

PSEUDONYMS = ("subject", "operator", "signed_by")
"""Fields that must hold pseudonyms."""

PATTERN_FIELDS = tuple(key for key, kind in COURSE_FIELDS.items() if kind is Kind.TEXT)
"""What a pattern may name beside ``date``: the texts of a course."""

"""Columns of the tables of what people told, did and signed."""

from collections.abc import Mapping

from pigtrack.export.columns import VERSION_COLUMNS, ExportColumn
from pigtrack.model.correction import CorrectionKind
from pigtrack.model.course import OUTCOMES, SEVERITIES, Endpoint, Mode
from pigtrack.model.record import Purpose

_COURSE = ExportColumn("course_id", "text", "The course's id.", always=True)
_SESSION = ExportColumn("session", "integer", "Number of the session, from 1.", "1", always=True)
_DAYS = ExportColumn("days_from_baseline", "integer", "Whole calendar days from the baseline session to it.", "d")


def _day(name: str, meaning: str) -> ExportColumn:
    return ExportColumn(name, "date", f"{meaning}, ISO 8601; empty where days were asked for instead of dates.")


def _texts(**meanings: str) -> tuple[ExportColumn, ...]:
    return tuple(ExportColumn(name, "text", meaning) for name, meaning in meanings.items())


def _note(meaning: str = "As told") -> ExportColumn:
    return ExportColumn("note", "text", f"{meaning}; empty where days were asked for instead of dates.")


_COURSES = (
    _COURSE,
    *_texts(
        subject_id="Pseudonym of the subject; the record's own number where it has none.",
        site="Of the body, as told, its side included.",
        diagnosis="As assessed by a professional.",
        cause="As told.",
        depth="As told.",
        skin_type="As told.",
        protocol="Name of the protocol, or its file.",
    ),
    ExportColumn("mode", "category", "What is outlined.", allowed=tuple(each.value for each in Mode), always=True),
    ExportColumn(
        "primary",
        "category",
        "The endpoint that the verdict rests on.",
        allowed=tuple(each.value for each in Endpoint),
        always=True,
    ),
    *_texts(card="Name of the card, or its file."),
    ExportColumn("card_patch_pitch_mm", "number", "From patch centre to patch centre, where it was given.", "mm"),
    ExportColumn("sessions", "integer", "How many sessions there are.", "1", always=True),
    *_texts(screen_signed_by="Who asked the questions before the course, a pseudonym."),
    _day("screen_signed_on", "When they were asked"),
    ExportColumn("screen_days_from_baseline", "integer", "Days from the baseline session to that day.", "d"),
    ExportColumn("screen_reason", "text", "Why the course starts in spite of a yes; empty where days were asked for."),
    ExportColumn("erased", "boolean", "The patient asked to be forgotten: numbers of lesions are left.", always=True),
)

_TREATMENTS = (
    _COURSE,
    _SESSION,
    ExportColumn("treatment", "integer", "Number of the treatment within its session, from 1.", "1", always=True),
    _day("date", "Of the session"),
    *_texts(
        technique="How, as told.",
        device="With what, as told.",
        product="Product, as told.",
        maker="Who makes it.",
        country="Where it is made.",
        lot="Lot, as on the package.",
    ),
    ExportColumn("ingredients", "list", "Ingredients, as told, joined by semicolons."),
    ExportColumn("dose", "number", "Dose, in dose_unit."),
    *_texts(dose_unit="Unit of the dose, as told.", area="Where, in words."),
    _day("patch_test_date", "Day of the patch test"),
    *_texts(patch_test_site="Where it was done."),
    ExportColumn("patch_test_hours", "number", "After how many hours it was read.", "h"),
    *_texts(patch_test_result="negative, positive or doubtful."),
    *_texts(operator="Who treated, a pseudonym."),
    _note(),
    ExportColumn("more", "text", "Keys of the clinic's own, as one JSON object; empty where days were asked for."),
    _DAYS,
    ExportColumn("patch_test_days_from_baseline", "integer", "Days from the baseline session to the patch test.", "d"),
)

_EVENTS = (
    _COURSE,
    _SESSION,
    ExportColumn("event", "integer", "Number of the event within its session, from 1.", "1", always=True),
    ExportColumn("kind", "text", "A name of the protocol's complications, or as told.", always=True),
    _day("date", "When it was first seen; the session's day where none was told"),
    ExportColumn("days_after_session", "integer", "Whole calendar days from the session to that day.", "d"),
    ExportColumn("severity", "category", "As judged by the person who treated.", allowed=SEVERITIES),
    ExportColumn("outcome", "category", "What became of it.", allowed=OUTCOMES),
    _day("until", "When it was over"),
    _note(),
    _DAYS,
    ExportColumn("until_days_from_baseline", "integer", "Days from the baseline session to its end.", "d"),
)

_SCREEN = (
    _COURSE,
    ExportColumn("question", "text", "Key of the protocol's question.", always=True),
    ExportColumn("answer", "boolean", "true: yes.", always=True),
)

_CONSENTS = (
    ExportColumn("subject_id", "text", "Pseudonym of the subject; the record's own number where it has none."),
    _COURSE,
    ExportColumn("number", "integer", "In the order they were told, from 1.", "1", always=True),
    ExportColumn("purpose", "category", "To what.", allowed=tuple(each.value for each in Purpose), always=True),
    ExportColumn("given", "boolean", "true: yes; a later word on the same purpose stands for an earlier.", always=True),
    _day("date", "When"),
    _DAYS,
    _note(),
)

_CORRECTIONS = (
    _COURSE,
    ExportColumn("number", "integer", "In the order of course.toml, from 1.", "1", always=True),
    ExportColumn(
        "kind", "category", "What was corrected.", allowed=tuple(each.value for each in CorrectionKind), always=True
    ),
    ExportColumn("reason", "text", "Why, in words.", always=True),
    ExportColumn("at", "text", "Points on the lesions meant: x y, upright pixels, joined by semicolons."),
    ExportColumn("outline", "text", "Polygon, written likewise."),
    ExportColumn("line", "text", "Of a split: the line, written likewise."),
    *_texts(photo="The photograph left out.", by="Who corrected, a pseudonym."),
    ExportColumn("blinded", "boolean", "The person could not know the order of the sessions.", always=True),
)

_MEASUREMENTS = (
    _COURSE,
    *VERSION_COLUMNS,
    ExportColumn("algorithms", "list", "Steps of the method, each with its version, joined by semicolons."),
    *_texts(measured_by="Who had it measured."),
    _day("measured_at", "When, UTC"),
    ExportColumn("current", "boolean", "The rows of this export are of this measurement.", always=True),
)

_SIGNATURES = (
    _COURSE,
    ExportColumn("measurement", "integer", "Number of the measurement that was signed.", "1", always=True),
    ExportColumn("signed_by", "text", "Who signed.", always=True),
    _day("signed_at", "When, UTC"),
    ExportColumn("meaning", "text", "What the signature means.", always=True),
)

TOLD: Mapping[str, tuple[ExportColumn, ...]] = {
    "courses": _COURSES,
    "treatments": _TREATMENTS,
    "adverse_events": _EVENTS,
    "screen": _SCREEN,
    "consents": _CONSENTS,
    "corrections": _CORRECTIONS,
    "measurements": _MEASUREMENTS,
    "signatures": _SIGNATURES,
}
"""Tables of what people told, by name, with their columns."""

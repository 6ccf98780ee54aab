"""What each column of an export means: of the long table, and of those that every table gets beside its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from pigtrack.model.metrics import Status, Verdict


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column as the data dictionary tells it.

    Attributes
    ----------
    kind : str
        text, list, category, date, integer, number or boolean.
    unit : str
        UCUM; empty where it is no number, or where each row has its own.
    allowed : tuple of str
        What a category may be.
    always : bool
        Never empty in a measured course that was not erased.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    always: bool = False


VERSION_COLUMNS = (
    ExportColumn("measurement", "integer", "Number of the measurement of this course, from 1.", "1"),
    ExportColumn("pigtrack", "text", "Version of the software that measured."),
    ExportColumn("algorithms_digest", "text", "SHA-256 of all steps of the method with their versions."),
    ExportColumn("settings_digest", "text", "SHA-256 of the settings."),
    ExportColumn("input_digest", "text", "SHA-256 of course.toml, photographs and other files that were measured."),
    ExportColumn("rows_digest", "text", "SHA-256 of the rows that came out."),
    ExportColumn("corrected", "boolean", "Whether corrections by hand went into the measurement."),
)
"""Where a row's numbers came from; rows that differ in pigtrack, algorithms or settings are not to be compared."""

LONG = (
    ExportColumn("subject_id", "text", "Pseudonym of the subject; the record's own number where it has none."),
    ExportColumn("course_id", "text", "The course's id.", always=True),
    ExportColumn("session", "integer", "Number of the session, from 1.", "1", always=True),
    ExportColumn("date", "date", "Of the session, ISO 8601; empty where days were asked for instead of dates."),
    ExportColumn("days_from_baseline", "integer", "Whole calendar days from the baseline session.", "d"),
    ExportColumn("after_procedure", "boolean", "Photographed after the procedure of that day: not in the trend."),
    ExportColumn("skin_state", "text", "As told at the session."),
    ExportColumn("body_site", "text", "As told, its side included."),
    ExportColumn("lesion_id", "integer", "Number of the lesion, from 1; empty: the row is the whole session's.", "1"),
    ExportColumn(
        "status",
        "category",
        "What became of the lesion; empty: the whole session.",
        allowed=tuple(each.value for each in Status),
    ),
    ExportColumn(
        "metric",
        "text",
        "What was measured: a column of the sessions or lesions table, whose meaning is its.",
        always=True,
    ),
    ExportColumn("value", "number", "In the row's own unit; empty: could not be measured, the reason is in flags."),
    ExportColumn("unit", "text", "Unit of value, u, ci_low, ci_high and sdc95: UCUM.", always=True),
    ExportColumn("u", "number", "Standard uncertainty (coverage factor 1)."),
    ExportColumn("ci_low", "number", "Lower end of the 95 % interval; changes have one."),
    ExportColumn("ci_high", "number", "Upper end of the 95 % interval; changes have one."),
    ExportColumn("sdc95", "number", "Smallest detectable change: the smallest fall that would have been called."),
    ExportColumn(
        "verdict",
        "category",
        "What may be said of a change; empty: the metric is none.",
        allowed=tuple(each.value for each in Verdict),
    ),
    ExportColumn("qc_status", "category", "Of the session's best photograph.", allowed=("pass", "warn", "reject")),
    ExportColumn("flags", "list", "Reasons to trust the row less, or why it is empty, joined by semicolons."),
    ExportColumn("n_shots", "integer", "Photographs that the row rests on.", "1"),
    ExportColumn("calibration_method", "text", "Colour fit of the session's first measured photograph."),
    ExportColumn(
        "loo_delta_e00_mean",
        "number",
        "Mean leave-one-patch-out error; the largest of the session's measured photographs.",
        "{DeltaE00}",
    ),
    ExportColumn("loo_delta_e00_max", "number", "The largest of these errors.", "{DeltaE00}"),
    ExportColumn("mm_per_px", "number", "Scale of the session's first measured photograph.", "mm/{pixel}"),
    ExportColumn("camera", "text", "Model of the camera, from the first measured file; never a serial number."),
    ExportColumn("operator", "text", "Who treated at the session, a pseudonym; several joined by semicolons."),
    ExportColumn("measured_by", "text", "Who had it measured."),
    ExportColumn("measured_at", "date", "When, UTC, ISO 8601; empty where days were asked for instead of dates."),
    ExportColumn("reviewed_by", "text", "Who signed this measurement; several joined by semicolons."),
    *VERSION_COLUMNS,
    ExportColumn("algorithms", "list", "Steps of the method, each with its version, joined by semicolons."),
    ExportColumn("excluded", "boolean", "Left out by hand: in no total, without a verdict."),
    ExportColumn("exclusion_reason", "text", "Why, as told by who excluded it."),
    ExportColumn("image_sha256", "list", "SHA-256 of the session's measured photographs, joined by semicolons."),
)
"""The long table: one row a course, session, lesion (or the whole session) and metric."""

LONG_COLUMNS = tuple(column.name for column in LONG)
LONG_KINDS = {column.name: column.kind for column in LONG}


def dictionary_rows(columns: Sequence[ExportColumn], table: str) -> tuple[tuple[str, ...], ...]:
    """Return columns as rows of a data dictionary.

    Fields: table, column, type, unit, allowed values joined by spaces, may be empty, meaning, part of the method.
    """
    return tuple(
        (
            table,
            each.name,
            each.kind,
            each.unit,
            " ".join(each.allowed),
            "false" if each.always else "true",
            each.meaning,
            "",
        )
        for each in columns
    )

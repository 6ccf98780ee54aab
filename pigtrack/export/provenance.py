"""Where an export's numbers came from, in the cells that every row gets."""

from pigtrack.model.provenance import digest_versions
from pigtrack.model.record import MeasurementVersion, RecordedCourse


def version_cells(course: RecordedCourse) -> dict[str, str]:
    """Return the cells of `pigtrack.export.columns.VERSION_COLUMNS`; empty where nothing was measured yet."""
    return cells_of_version(course.measurement)


def cells_of_version(version: MeasurementVersion | None) -> dict[str, str]:
    """Return the same cells of a version alone."""
    if version is None:
        names = ("measurement", "pigtrack", "algorithms_digest", "settings_digest", "input_digest", "rows_digest")
        return {**dict.fromkeys(names, ""), "corrected": ""}
    return {
        "measurement": str(version.number),
        "pigtrack": version.pigtrack,
        "algorithms_digest": digest_versions(version.algorithms),
        "settings_digest": version.settings_digest,
        "input_digest": version.input_digest,
        "rows_digest": version.rows_digest,
        "corrected": truth(version.corrected),
    }


def algorithm_names(course: RecordedCourse) -> tuple[str, ...]:
    """Return the steps of the method that measured a course, each with its version."""
    steps = () if course.measurement is None else course.measurement.algorithms
    return tuple(f"{each.name} {each.version}" for each in steps)


def signers(course: RecordedCourse) -> tuple[str, ...]:
    """Return who signed the measurement at hand, each once, in the order of signing."""
    number = None if course.measurement is None else course.measurement.number
    return tuple(dict.fromkeys(each.by for each in course.sign_offs if each.measurement == number))


def truth(told: bool) -> str:
    """Return a truth as the tables write it.

    Examples
    --------
    >>> truth(True)
    'true'
    """
    return "true" if told else "false"

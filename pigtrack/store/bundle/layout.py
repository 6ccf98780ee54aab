"""Where things lie in an audit bundle: who writes it and who checks it look in the same places."""

TRAIL = "trail.jsonl"
OPENED = "trail-opened.jsonl"
"""The sealed words of the trail about the bundle's own patients."""

ROWS = "rows.jsonl"
"""In a course's folder: every row of the record about it."""

TABLES = ("sessions", "lesions", "photos")
"""Of a measurement, as `measure` writes them; each with the suffix .csv."""


def measurement_folder(course: str, number: int) -> str:
    """Return where a course's measurement lies.

    Examples
    --------
    >>> measurement_folder("courses/C-0001", 2)
    'courses/C-0001/measurement-2'
    """
    return f"{course}/measurement-{number}"

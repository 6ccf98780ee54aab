"""Names of folders and files for courses, whatever people called them."""

import re

_KNOWN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z", re.IGNORECASE)
"""What Windows keeps for itself."""


def course_folder_name(label: str, uid: str) -> str:
    """Return a name that is safe on every system, the course's own where it is, else one with its identifier.

    Examples
    --------
    >>> course_folder_name("C-0001", "8f2b2f0e-4f0f-5d9d")
    'C-0001'
    >>> course_folder_name("../x", "8f2b2f0e-4f0f-5d9d")
    'x-8f2b2f0e'
    """
    if _KNOWN.match(label) and not _RESERVED.match(label) and not label.endswith("."):
        return label
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", label).strip("-")[:40] or "course"
    return f"{plain}-{uid[:8]}"

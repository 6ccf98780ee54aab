"""course.toml, read strictly: everything that is wrong with it is found in one pass, each with its line.

Chapters: `about` (the course itself), `polygons`, `sessions` (the visits), `treatments` (what was done and what
happened after it), `screen` (what was asked before), `corrections` (what was corrected by hand), `planned` (all of it
beside the protocol).
"""

from pigtrack.model.course import Course, Mode
from pigtrack.store.course_file.about import COURSE_KEYS, read_about
from pigtrack.store.course_file.corrections import CORRECTION_KEYS, read_corrections
from pigtrack.store.course_file.polygons import read_face
from pigtrack.store.course_file.screen import SCREEN_KEYS, read_screen
from pigtrack.store.course_file.sessions import SESSION_KEYS, read_sessions
from pigtrack.store.faults import Faults, parse_toml
from pigtrack.store.naming import quoted

__all__ = ["CORRECTION_KEYS", "COURSE_KEYS", "SCREEN_KEYS", "SESSION_KEYS", "Faults", "parse_course"]

_TABLES = frozenset({"course", "session", "regions", "screen", "correction"})


def parse_course(text: str, default_id: str, *, begun: bool = False) -> tuple[Course | None, Faults]:
    """Read the text of a course.toml.

    Parameters
    ----------
    text : str
        Of the whole file.
    default_id : str
        The course's id where none is given.
    begun : bool
        It may have no session yet, as in the record a course has that has only begun. A folder needs one.

    Returns
    -------
    course : Course or None
        None where no record can be made.
    faults : Faults
        Empty where all is well. Whether the photographs and the protocol exist is for `folder` to see.
    """
    entries, faults = parse_toml(text)
    if entries is None:
        return None, faults
    for key in entries.keys() - _TABLES:
        known = "[course], [regions], [screen], [[session]] and [[correction]]"
        faults.add(f"there is no table or key {quoted(key)} here; only {known}.", key)
    fields = read_about(entries.get("course", {}), faults)
    fields["face"] = read_face(entries.get("regions", {}), faults)
    if fields["face"] and fields.get("mode") is Mode.SPOTS:
        faults.add('[regions] are graded in mode = "field" only.', "regions")
    if "screen" in entries:
        fields["screen"] = read_screen(entries["screen"], faults)
    sessions = read_sessions(entries.get("session", []), faults, begun=begun)
    mode = fields.get("mode", Mode.SPOTS)
    fields["corrections"] = read_corrections(entries.get("correction", []), sessions, mode, faults)
    fields["id"] = fields.get("id") or default_id
    return Course(sessions=sessions, **fields), faults

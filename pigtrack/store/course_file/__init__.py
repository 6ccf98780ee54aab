"""course.toml, read strictly: everything that is wrong with it is found in one pass, each with its line.

Chapters: `about` (the course itself), `polygons`, `sessions` (the visits), `treatments` (what was done and what
happened after it), `screen` (what was asked before), `planned` (all of it beside the protocol).
"""

import re
import tomllib

from pigtrack.model.course import Course, Mode
from pigtrack.store.course_file.about import COURSE_KEYS, read_about
from pigtrack.store.course_file.polygons import read_face
from pigtrack.store.course_file.screen import SCREEN_KEYS, read_screen
from pigtrack.store.course_file.sessions import SESSION_KEYS, read_sessions
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted
from pigtrack.store.toml_lines import TomlLines, locate

__all__ = ["COURSE_KEYS", "SCREEN_KEYS", "SESSION_KEYS", "Faults", "line_of_fault", "parse_course", "said_by_toml"]

_TABLES = frozenset({"course", "session", "regions", "screen"})


def parse_course(text: str, default_id: str) -> tuple[Course | None, Faults]:
    """Read the text of a course.toml.

    Parameters
    ----------
    text : str
        Of the whole file.
    default_id : str
        The course's id where none is given.

    Returns
    -------
    course : Course or None
        None where no record can be made.
    faults : Faults
        Empty where all is well. Whether the photographs and the protocol exist is for `folder` to see.
    """
    lines = locate(text)
    faults = Faults(lines)
    try:
        entries = tomllib.loads(text)
    except (RecursionError, ValueError) as fault:  # TOML's own faults are ValueErrors
        faults.add_at(line_of_fault(str(fault), lines), f"this is not TOML ({said_by_toml(str(fault))}).")
        return None, faults
    for key in entries.keys() - _TABLES:
        known = "[course], [regions], [screen] and [[session]]"
        faults.add(f"there is no table or key {quoted(key)} here; only {known}.", key)
    fields = read_about(entries.get("course", {}), faults)
    fields["face"] = read_face(entries.get("regions", {}), faults)
    if fields["face"] and fields.get("mode") is Mode.SPOTS:
        faults.add('[regions] are graded in mode = "field" only.', "regions")
    if "screen" in entries:
        fields["screen"] = read_screen(entries["screen"], faults)
    sessions = read_sessions(entries.get("session", []), faults)
    fields["id"] = fields.get("id") or default_id
    return Course(sessions=sessions, **fields), faults


def line_of_fault(said: str, lines: TomlLines) -> int:
    """Return the line that TOML's own message speaks of."""
    told = re.search(r"at line (\d+)", said)
    if told:
        return int(told[1])
    if "end of document" in said:
        return len(lines.lines)
    return max(range(len(lines.lines)), key=lambda index: len(lines.lines[index])) + 1  # a number or nest too long


def said_by_toml(said: str) -> str:
    """Return TOML's own message in short, without its place."""
    return " ".join(said.split(" (at ")[0].split(";")[0].split()).rstrip(".")

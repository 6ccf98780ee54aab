"""[screen]: what was asked before the course, by the questions of its protocol."""

from pigtrack.model.course import Course
from pigtrack.model.protocol import Protocol
from pigtrack.model.treatment import Screen
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted
from pigtrack.store.toml_tables import TomlTable

SCREEN_KEYS = ("signed_by", "signed_on", "reason")
_ANSWERS = {"yes": True, "no": False}


def read_screen(entries: object, faults: Faults) -> Screen | None:
    """Return the answers. Whether they are the protocol's questions is for `judge_screen` to see."""
    if not isinstance(entries, dict):
        faults.add("[screen] must be one table.", "screen")
        return None
    told = TomlTable(entries, "screen", 0, faults)
    answers = []
    for key, value in entries.items():
        if key in SCREEN_KEYS:
            continue
        if isinstance(value, str) and value in _ANSWERS:
            answers.append((key, _ANSWERS[value]))
        else:
            told.add(f'{quoted(key)} must be answered with "yes" or "no".', key)
    screen = Screen(tuple(answers), told.text("signed_by"), told.day("signed_on"), told.text("reason"))
    _refuse_unsigned(screen, told)
    return screen


def _refuse_unsigned(screen: Screen, told: TomlTable) -> None:
    missing = [key for key in ("signed_by", "reason") if key not in told.entries]
    for key in screen.yes:
        if missing:
            told.add(f"a yes to {quoted(key)} must be signed, with a reason: {' and '.join(missing)} missing.", key)


def judge_screen(course: Course, protocol: Protocol | None, faults: Faults) -> None:
    """Note every answer to a question that the protocol does not ask."""
    if course.screen is None:
        return
    if protocol is None:
        if course.protocol is None:
            faults.add("[screen] answers the questions of a protocol; name one in [course].", "screen")
        return
    for key, _ in course.screen.answers:
        if key not in protocol.screen_keys:
            asked = ", ".join(protocol.screen_keys) or "nothing"
            faults.add(f"the protocol does not ask {quoted(key)}; it asks {asked}.", "screen", 0, key)

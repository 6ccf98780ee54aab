"""course.toml, read strictly: everything that is wrong with it is found in one pass, each with its line."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pigtrack.model.course import FACE_REGIONS, Course, Endpoint, Mode, Polygon, Session
from pigtrack.store.naming import leads_outside, quoted
from pigtrack.store.toml_lines import TomlLines, locate

_TEXTS = ("id", "subject", "site", "diagnosis", "cause", "depth", "skin_type", "protocol", "card", "noise")
_COURSE_KEYS = (
    *(*_TEXTS, "mode", "primary", "card_patch_pitch_mm", "scale_sticker_mm"),
    *("region", "control", "exclude", "reseated_shots", "population"),
)
_SESSION_KEYS = ("date", "photos", "treatment", "after_procedure", "skin_state")
_LARGEST_PITCH_MM = 100.0
"""The largest card on sale, the mega size for film, has patches 90 mm apart."""

_STICKERS_MM, _STICKER_TOLERANCE = (10.0, 20.0), 0.2
"""Sides that ``pigtrack cards --sticker`` prints, and how far a printer may be off before it is another size."""

_LONGEST_TEXT = 500
_MOST_CORNERS = 1000
_FARTHEST = 1e9

Choice = TypeVar("Choice", bound=StrEnum)


class Faults:
    """Collects what is wrong, each with its line; nothing is raised before all is read."""

    def __init__(self, lines: TomlLines) -> None:
        self._lines = lines
        self._found: list[tuple[int, str]] = []

    def add(self, what: str, table: str, index: int = 0, key: str | None = None, value: str | None = None) -> None:
        """Note a fault of a table, of a key in it, or of a string among that key's values."""
        self._found.append((self._lines.of(table, index, key, value) or 0, what))

    def add_at(self, line: int, what: str) -> None:
        """Note a fault of a line."""
        self._found.append((line, what))

    def said(self) -> list[str]:
        """Return one line a fault, in the order of the file."""
        found = sorted(dict.fromkeys(self._found), key=lambda fault: fault[0])
        return [f"line {line}: {what}" if line else what for line, what in found]


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
        Empty where all is well. Whether the photographs exist is for `folder` to see.
    """
    lines = locate(text)
    faults = Faults(lines)
    try:
        entries = tomllib.loads(text)
    except (RecursionError, ValueError) as fault:  # TOML's own faults are ValueErrors
        faults.add_at(_line_of_fault(str(fault), lines), f"this is not TOML ({_brief(str(fault))}).")
        return None, faults
    for key in entries.keys() - {"course", "session", "regions"}:
        faults.add(f"there is no table or key {quoted(key)} here; only [course], [regions] and [[session]].", key)
    fields = _course_fields(entries.get("course", {}), faults)
    fields["face"] = _face(entries.get("regions", {}), faults)
    if fields["face"] and fields.get("mode") is Mode.SPOTS:
        faults.add('[regions] are graded in mode = "field" only.', "regions")
    sessions = _sessions(entries.get("session", []), faults)
    fields["id"] = fields.get("id") or default_id
    return Course(sessions=sessions, **fields), faults


def _line_of_fault(said: str, lines: TomlLines) -> int:
    told = re.search(r"at line (\d+)", said)
    if told:
        return int(told[1])
    if "end of document" in said:
        return len(lines.lines)
    return max(range(len(lines.lines)), key=lambda index: len(lines.lines[index])) + 1  # a number or nest too long


def _brief(said: str) -> str:
    return " ".join(said.split(" (at ")[0].split(";")[0].split()).rstrip(".")


def _course_fields(entries: object, faults: Faults) -> dict[str, Any]:
    if not isinstance(entries, dict):
        faults.add("[course] must be one table.", "course")
        return {}
    _refuse_unknown(entries, _COURSE_KEYS, "course", 0, faults)
    fields: dict[str, Any] = {key: _text(entries[key], key, faults) for key in _TEXTS if key in entries}
    fields["mode"] = _choice(entries.get("mode", Mode.SPOTS), Mode, "mode", faults)
    fields["primary"] = _choice(entries.get("primary", Endpoint.LOAD), Endpoint, "primary", faults)
    if "card_patch_pitch_mm" in entries:
        fields["card_patch_pitch_mm"] = _pitch(entries["card_patch_pitch_mm"], faults)
    if "population" in entries:
        fields["population"] = _truth(entries["population"], "population", faults)
    if "scale_sticker_mm" in entries:
        fields["scale_sticker_mm"] = _sticker(entries["scale_sticker_mm"], faults)
    for key in ("region", "control"):
        if key in entries:
            fields[key] = _polygon(entries[key], key, faults)
    fields["exclude"] = _polygons(entries.get("exclude", []), faults)
    fields["reseated_shots"] = entries.get("reseated_shots", False)
    if not isinstance(fields["reseated_shots"], bool):
        faults.add("reseated_shots must be true or false.", "course", 0, "reseated_shots")
    return {key: value for key, value in fields.items() if value is not None}


def _refuse_unknown(entries: Mapping[str, Any], known: Iterable[str], table: str, index: int, faults: Faults) -> None:
    for key in entries:
        if key not in known:
            faults.add(f"unknown key {quoted(key)}; known are {', '.join(known)}.", table, index, key)


def _text(value: object, key: str, faults: Faults) -> str | None:
    if isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= _LONGEST_TEXT:
        return value
    what = "a text in quotes" if not isinstance(value, str) else f"one line of 1 to {_LONGEST_TEXT} letters"
    faults.add(f"{key} must be {what}.", "course", 0, key)
    return None


def _choice(value: object, kind: type[Choice], key: str, faults: Faults) -> Choice | None:
    try:
        return kind(str(value))
    except ValueError:
        faults.add(f"{key} must be one of {', '.join(kind)}, not {quoted(value)}.", "course", 0, key)
        return None


def _pitch(value: object, faults: Faults) -> float | None:
    if _is_number(value) and 0 < float(str(value)) <= _LARGEST_PITCH_MM:
        return float(str(value))
    faults.add(
        f"card_patch_pitch_mm must be a number of millimetres above 0 and up to {_LARGEST_PITCH_MM:.0f}.",
        "course",
        0,
        "card_patch_pitch_mm",
    )
    return None


def _sticker(value: object, faults: Faults) -> float | None:
    if _is_number(value) and any(abs(float(str(value)) / size - 1) <= _STICKER_TOLERANCE for size in _STICKERS_MM):
        return float(str(value))
    sizes = " or ".join(f"{size:.0f}" for size in _STICKERS_MM)
    faults.add(
        f"scale_sticker_mm must be the measured side of a printed sticker of about {sizes} mm.",
        "course",
        0,
        "scale_sticker_mm",
    )
    return None


def _truth(value: object, key: str, faults: Faults) -> bool | None:
    if isinstance(value, bool):
        return value
    faults.add(f"{key} must be true or false.", "course", 0, key)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FARTHEST


def _polygons(value: object, faults: Faults) -> tuple[Polygon, ...]:
    if not isinstance(value, list):
        faults.add("exclude must be a list of polygons.", "course", 0, "exclude")
        return ()
    found = (_polygon(each, "exclude", faults) for each in value)
    return tuple(polygon for polygon in found if polygon is not None)


def _polygon(value: object, key: str, faults: Faults, table: str = "course") -> Polygon | None:
    points = value if isinstance(value, list) else []
    well_made = 3 <= len(points) <= _MOST_CORNERS and all(
        isinstance(point, list) and len(point) == 2 and all(map(_is_number, point)) for point in points
    )
    if not well_made:
        faults.add(f"{key} must be a polygon of 3 to {_MOST_CORNERS} corners [x, y] in pixels.", table, 0, key)
        return None
    polygon = tuple((float(x), float(y)) for x, y in points)
    if abs(_doubled_area(polygon)) < 2 or _crosses_itself(polygon):
        faults.add(f"{key} has an outline that encloses nothing or crosses itself.", table, 0, key)
        return None
    return polygon


def _face(entries: object, faults: Faults) -> tuple[tuple[str, Polygon], ...]:
    """Regions of a face by name, in their usual order."""
    if not isinstance(entries, dict):
        faults.add("[regions] must be one table.", "regions")
        return ()
    _refuse_unknown(entries, FACE_REGIONS, "regions", 0, faults)
    drawn = ((name, _polygon(entries[name], name, faults, "regions")) for name in FACE_REGIONS if name in entries)
    return tuple((name, polygon) for name, polygon in drawn if polygon is not None)


def _doubled_area(polygon: Polygon) -> float:
    following = (*polygon[1:], polygon[0])
    return math.fsum(x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True))


def _crosses_itself(polygon: Polygon) -> bool:
    sides = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    return any(
        _cross(*sides[first], *sides[second]) for first in range(len(sides)) for second in range(first + 2, len(sides))
    )


def _cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    """Tell whether the insides of two stretches cross; touching ends do not count."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> float:
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return math.copysign(1.0, turn) if turn else 0.0


def _sessions(entries: object, faults: Faults) -> tuple[Session, ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        faults.add("sessions are written [[session]], in double brackets.", "session")
        return ()
    if not entries:
        faults.add("there is no [[session]].", "")
    sessions = tuple(_session(entry, index, faults) for index, entry in enumerate(entries))
    _refuse_disorder(sessions, faults)
    _refuse_twice(sessions, faults)
    return sessions


def _session(entry: Mapping[str, Any], index: int, faults: Faults) -> Session:
    _refuse_unknown(entry, _SESSION_KEYS, "session", index, faults)
    session = {
        "after_procedure": entry.get("after_procedure", False),
        "skin_state": entry.get("skin_state", "clean"),
        "treatment": entry.get("treatment", {}),
    }
    for key, kind, what in (
        ("after_procedure", bool, "true or false"),
        ("skin_state", str, "a text in quotes"),
        ("treatment", dict, 'a table such as { product = "…" }'),
    ):
        if not isinstance(session[key], kind) or session[key] == "":
            faults.add(f"{key} must be {what}.", "session", index, key)
    return Session(index + 1, _date(entry, index, faults), _photos(entry, index, faults), **session)


def _date(entry: Mapping[str, Any], index: int, faults: Faults) -> date | datetime | None:
    if "date" not in entry:
        faults.add(f"session {index + 1} has no date.", "session", index)
    elif isinstance(entry["date"], date):
        return entry["date"]
    else:
        faults.add("date must be written like 2026-01-11, without quotes.", "session", index, "date")
    return None


def _photos(entry: Mapping[str, Any], index: int, faults: Faults) -> tuple[str, ...]:
    photos = entry.get("photos")
    if not isinstance(photos, list) or not photos:
        faults.add(f'session {index + 1} has no photographs: photos = ["…"].', "session", index, "photos")
        return ()
    kept = []
    for photo in photos:
        if not isinstance(photo, str):
            faults.add("photos must be a list of names in quotes.", "session", index, "photos")
        elif leads_outside(photo):
            outside = f"the photograph {quoted(photo)} lies outside the course's folder."
            faults.add(outside, "session", index, "photos", photo)
        else:
            kept.append(str(PurePosixPath(photo)))
    return tuple(kept)


def _refuse_disorder(sessions: tuple[Session, ...], faults: Faults) -> None:
    dated = [(session.number, session.date) for session in sessions if session.date is not None]
    for (before, first), (number, second) in pairwise(dated):
        if _earlier(second, first):
            faults.add(f"session {number} is dated before session {before}.", "session", number - 1, "date")


def _earlier(second: date, first: date) -> bool:
    if (
        isinstance(second, datetime)
        and isinstance(first, datetime)
        and (second.tzinfo is None) == (first.tzinfo is None)
    ):
        return second < first
    days = [moment.date() if isinstance(moment, datetime) else moment for moment in (second, first)]
    return days[0] < days[1]


def _refuse_twice(sessions: tuple[Session, ...], faults: Faults) -> None:
    named = [(photo, session.number) for session in sessions for photo in session.photos]
    for photo, count in Counter(photo for photo, _ in named).items():
        if count > 1:
            number = [session for each, session in named if each == photo][1]
            said = f"the photograph {quoted(photo)} is named {count} times."
            faults.add(said, "session", number - 1, "photos", photo)
    labels: dict[PurePosixPath, str] = {}
    for photo, number in named:
        other = labels.setdefault(PurePosixPath(photo).with_suffix(".png"), photo)
        if other != photo:
            said = (
                f"{quoted(photo)} and {quoted(other)} differ in their suffix alone; their results would share a name."
            )
            faults.add(said, "session", number - 1, "photos", photo)

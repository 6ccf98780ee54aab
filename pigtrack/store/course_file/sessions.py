"""[[session]]: the visits."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from pigtrack.model.course import Session
from pigtrack.store.course_file.treatments import read_events, read_treatments
from pigtrack.store.faults import Faults
from pigtrack.store.naming import leads_outside, quoted
from pigtrack.store.toml_tables import TomlTable

SESSION_KEYS = ("date", "photos", "treatment", "adverse_events", "after_procedure", "skin_state")


def read_sessions(entries: object, faults: Faults, *, begun: bool = False) -> tuple[Session, ...]:
    """Return the sessions in the order of the file; ``begun``: there may be none yet."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        faults.add("sessions are written [[session]], in double brackets.", "session")
        return ()
    if not entries and not begun:
        faults.add("there is no [[session]].", "")
    sessions = tuple(_session(entry, index, faults) for index, entry in enumerate(entries))
    _refuse_disorder(sessions, faults)
    _refuse_twice(sessions, faults)
    return sessions


def _session(entry: Mapping[str, Any], index: int, faults: Faults) -> Session:
    told = TomlTable(entry, "session", index, faults)
    told.refuse_unknown(SESSION_KEYS)
    state = entry.get("skin_state", "clean")
    if not isinstance(state, str) or state == "":
        told.add("skin_state must be a text in quotes.", "skin_state")
    day = _date(entry, index, faults)
    treatment, *further = read_treatments(told, day) or ({},)
    return Session(
        number=index + 1,
        date=day,
        photos=_photos(entry, index, faults),
        treatment=treatment,
        after_procedure=told.truth("after_procedure") or False,
        skin_state=state,
        adverse_events=read_events(told, day),
        further_treatments=tuple(further),
    )


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
    for label, photo in labels.items():
        if any(folder in labels for folder in label.parents):
            said = f"{quoted(photo)} lies in a folder that is named like another's label image; rename the folder."
            faults.add(said, "session", dict(named)[photo] - 1, "photos", photo)

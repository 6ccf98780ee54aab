"""An entry of the audit trail as people read it: who did what and when, then each value that is new or other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pigtrack.model.trail import OpenedEntry

_FRAME = frozenset({"seq", "at", "actor", "role", "via", "action", "entity", "id", "subject", "course", "old", "new"})
"""What the first line says already, and digests, which `--json` shows."""

_UNREADABLE = {
    "erased": "the patient was erased; nobody can read it any more",
    "blinded": "closed until the blinded review is",
    "damaged": "it can't be opened; run pigtrack verify",
}

_LONGEST = 240
"""Letters of one value, three lines of a terminal: a region's corners fit, a measurement's settings do not."""


def entry_lines(entry: OpenedEntry) -> Iterator[str]:
    """Yield an entry's lines: one for all that happened, and one for each value that is new or other than before.

    Values longer than a few lines of a terminal are cut, and say so.
    """
    body = entry.body
    who = str(body.get("actor")) + ("" if body.get("role") is None else f" ({body['role']})")
    of = "" if entry.label is None else f" of course {entry.label}"
    part = f" {str(body['id'])[:8]}" if body.get("id") else ""
    yield f"{entry.seq}  {body.get('at')}  {who}  {body.get('action')} {body.get('entity')}{part}{of}"
    yield from (f"    {line}" for line in detail_lines(entry))


def detail_lines(entry: OpenedEntry) -> Iterator[str]:
    """Yield what an entry tells beyond who did what: its reason, and each value that is new or other than before."""
    body = entry.body
    if entry.sealed.value not in ("none", "opened"):
        yield f"sealed: {_UNREADABLE[entry.sealed.value]}"
    told = {**{name: value for name, value in body.items() if name not in _FRAME}, **entry.words}
    if told.get("reason"):
        yield f"reason: {told['reason']}"
    yield from _changes(told)


_DONE = {
    "create": "wrote down",
    "change": "changed",
    "view": "looked at",
    "measure": "measured",
    "sign": "signed",
    "sign in": "signed in",
    "sign out": "signed out",
    "export": "exported",
    "verify": "checked",
    "stamp": "had time-stamped",
    "backup": "backed up",
    "restore": "restored",
    "reprocess": "measured again",
    "upgrade": "upgraded",
    "erase": "erased",
    "withdraw": "took back",
    "close": "closed",
    "open": "opened",
    "judge": "judged",
    "refuse": "refused",
    "keep": "kept",
    "discard": "discarded",
}
_THINGS = {
    "courses": "a course",
    "subjects": "a patient",
    "sessions": "a session",
    "photographs": "a photograph",
    "uploads": "a photograph that arrived",
    "pictures": "pictures of a course",
    "treatments": "a treatment",
    "adverse_events": "an adverse event",
    "consents": "a consent",
    "screens": "the screen before a course",
    "notes": "a note",
    "corrections": "a correction",
    "measurements": "a measurement",
    "signatures": "a signature",
    "reviews": "a review",
    "patient_links": "a patient’s link",
    "users": "a user",
    "record": "the record",
    "overview": "the list of courses",
    "patient page": "a patient’s page",
    "trail": "the trail",
    "download": "a file that was made, by taking it along",
}


_ALONE = frozenset({"sign in", "sign out"})
"""What is done to nothing."""


def told_action(entry: OpenedEntry) -> str:
    """Return what was done, in words: the action as the trail has it where it has no words of its own.

    Examples
    --------
    >>> from pigtrack.model.trail import Sealed
    >>> told_action(OpenedEntry(7, "", {"action": "view", "entity": "overview"}, {}, Sealed.NONE))
    'looked at the list of courses'
    """
    action, entity = str(entry.body.get("action")), str(entry.body.get("entity"))
    done = _DONE.get(action, action)
    return done if action in _ALONE else f"{done} {_THINGS.get(entity, entity)}"


def _changes(told: Mapping[str, Any]) -> Iterator[str]:
    values, before = told.get("values") or {}, told.get("before") or {}
    for name, value in values.items():
        if name in before and before[name] != value:
            yield f"{name}: {_value(before[name])} -> {_value(value)}"
        elif name not in before and value is not None and name != "id":
            yield f"{name}: {_value(value)}"
    was, stands = (_content(told.get(name)) for name in ("content_before", "content"))
    yield from (f"- {_short(line)}" for line in was if line not in stands)
    yield from (f"+ {_short(line)}" for line in stands if line not in was)
    for name, value in told.items():
        if name not in ("values", "before", "content", "content_before", "reason") and value is not None:
            yield f"{name}: {_value(value)}"


def _value(value: object) -> str:
    """Return a value in people's words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]} ... ({len(text)} letters; --json shows them all)"


def _content(text: str | None) -> Sequence[str]:
    """Return the lines of what was told, a list in one line however TOML broke it."""
    lines: list[str] = []
    depth = 0
    for line in (text or "").splitlines():
        part = line.strip()
        closes = part in ("]", "],")
        if depth and lines:
            lines[-1] += part if closes or lines[-1].endswith("[") else f" {part}"
        elif part:
            lines.append(part)
        depth += part.endswith("[") - closes
    return [line.replace(",]", "]") for line in lines]

"""What the forms of a visit tell: a treatment with keys of the clinic, an adverse event; and what they show again."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pigtrack.errors import FormError
from pigtrack.model.course import OUTCOMES, SEVERITIES, AdverseEvent
from pigtrack.model.treatment import PATCH_TEST_RESULTS, TREATMENT_TEXTS
from pigtrack.web.posted import Posted

DEPTH = "depth_mm"
"""The clinic's own key for which the form has a field: how deep it was brought in."""

_TEST = {"test_site": "site", "test_result": "result"}
_KNOWN = {*TREATMENT_TEXTS, "ingredients", "dose", "patch_test", DEPTH}
_OPEN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_OPEN_KEYS_MOST = 50
_LETTERS_MOST = 500
_FARTHEST = 1e9


def read_decimal(form: Posted, name: str) -> float | None:
    """Return a field as a number that may have decimals, with a point or a comma; None where it is empty.

    Raises
    ------
    FormError
        If it is none.
    """
    text = form.text(name, required=False, most=20).replace(",", ".")
    try:
        number = float(text) if text else None
    except ValueError as fault:
        raise FormError(f"“{text}” is no number.", "Write it as 9.0.", field=name) from fault
    if number is not None and not abs(number) <= _FARTHEST:
        raise FormError(f"“{text}” is out of range.", "Write it as 9.0.", field=name)
    return number


def show_treatment_fields(entries: Mapping[str, Any]) -> dict[str, str]:
    """Return a treatment's entries as its form shows them, by field."""
    test = entries.get("patch_test") or {}
    fields = {name: str(entries[name]) for name in (*TREATMENT_TEXTS, "dose", DEPTH) if name in entries}
    fields["ingredients"] = ", ".join(entries.get("ingredients", ()))
    fields |= {field: str(test[key]) for field, key in _TEST.items() if key in test}
    fields |= {"test_day": str(test["date"])} if "date" in test else {}
    fields |= {"test_hours": f"{test['hours']:g}"} if "hours" in test else {}
    own = {key: value for key, value in entries.items() if key not in _KNOWN}
    return {**fields, "more": "\n".join(f"{key} = {_shown(value)}" for key, value in own.items())}


def _shown(value: Any) -> str:
    """A value of the clinic's own as one line: a text as it is, all else as JSON says it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def read_treatment(form: Posted, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return a treatment's entries as a form tells them; ``before``: as it was told, to keep what only looks the same.

    Raises
    ------
    FormError
        If a field can't be read.
    """
    entries: dict[str, Any] = {}
    for name in TREATMENT_TEXTS:
        if text := form.text(name, required=False, most=_LETTERS_MOST):
            entries[name] = text
    names = [each.strip() for each in form.text("ingredients", required=False).split(",")]
    if any(names):
        entries["ingredients"] = [each for each in names if each]
    for name in ("dose", DEPTH):
        if (number := read_decimal(form, name)) is not None:
            entries[name] = number
    if "dose" not in entries and "dose_unit" not in before:
        entries.pop("dose_unit", None)  # the form offers one before there is a dose
    if test := _test(form):
        entries["patch_test"] = test
    return {**entries, **_own(form.text("more", required=False, most=20_000), before)}


def _test(form: Posted) -> dict[str, Any]:
    told = {key: form.text(field, required=False, most=_LETTERS_MOST) for field, key in _TEST.items()}
    if told["result"]:
        form.choice("test_result", PATCH_TEST_RESULTS)
    all_told = {"date": form.day("test_day", required=False), **told, "hours": read_decimal(form, "test_hours")}
    return {key: value for key, value in all_told.items() if value not in (None, "")}


def _own(text: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the clinic's own keys, one a line; a value that reads as it did before stays exactly what it was."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _OPEN_KEYS_MOST:
        raise FormError(f"There are {len(lines)} keys of your own.", f"Up to {_OPEN_KEYS_MOST} are kept.", field="more")
    own: dict[str, Any] = {}
    for line in lines:
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not value or (not _OPEN_KEY.fullmatch(key) and key not in before):
            raise FormError(f"“{line}” is no key with its value.", "Write it as: needle = 32G", field="more")
        if key in _KNOWN or key in own:
            raise FormError(f"“{key}” is told already.", "Tell each thing once, in its own field.", field="more")
        own[key] = before[key] if key in before and _shown(before[key]) == value else _value(value)
    return own


def _value(text: str) -> Any:
    """Return a number or a yes and no as such, everything else as a text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, bool | int | float) and abs(value) <= _FARTHEST else text


def show_event_fields(event: AdverseEvent) -> dict[str, str]:
    """Return an adverse event as its form shows it, by field."""
    told = {"kind": event.kind, "day": event.day, "severity": event.severity, "outcome": event.outcome}
    return {name: str(value or "") for name, value in {**told, "until": event.until, "note": event.note}.items()}


def read_event(form: Posted) -> AdverseEvent:
    """Return an adverse event as a form tells it.

    Raises
    ------
    FormError
        If a field can't be read.
    """
    return AdverseEvent(
        kind=form.text("kind", most=_LETTERS_MOST),
        day=form.day("day", required=False),
        severity=form.choice("severity", ("", *SEVERITIES), default="") or None,
        outcome=form.choice("outcome", ("", *OUTCOMES), default="") or None,
        note=form.text("note", required=False, most=_LETTERS_MOST) or None,
        until=form.day("until", required=False),
    )

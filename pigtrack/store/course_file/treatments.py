"""What was done at a session, and what happened after it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pigtrack.model.course import OUTCOMES, SEVERITIES, AdverseEvent
from pigtrack.model.treatment import PATCH_TEST_RESULTS, TREATMENT_TEXTS
from pigtrack.store.toml_tables import TomlTable

EVENT_KEYS = ("kind", "date", "severity", "outcome", "until", "note")
PATCH_TEST_KEYS = ("date", "site", "hours", "result")

_LARGEST_DOSE = 1e6
_LONGEST_TEST_HOURS = 24.0 * 14
"""A patch test is read after hours or days; delayed readings end within two weeks."""


def read_treatments(session: TomlTable, day: date | None) -> tuple[dict[str, Any], ...]:
    """Return the entries of every treatment of a session that says anything.

    Keys that pigtrack knows are checked; others are the clinic's own and kept as they are.
    """
    value = session.entries.get("treatment", {})
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(each, Mapping) for each in several):
        session.add('treatment must be a table such as { product = "…" }, or a list of such.', "treatment")
        return ()
    for entries in several:
        _check_treatment(session.inner("treatment", entries, _first_text(entries)), day)
    return tuple(dict(entries) for entries in several if entries)


def _first_text(entries: Mapping[str, Any]) -> str | None:
    return next((each for each in entries.values() if isinstance(each, str)), None)


def _check_treatment(treatment: TomlTable, day: date | None) -> None:
    for key in TREATMENT_TEXTS:
        treatment.text(key)
    treatment.texts("ingredients")
    treatment.number("dose", "a number above 0", most=_LARGEST_DOSE)
    if ("dose" in treatment.entries) != ("dose_unit" in treatment.entries):
        treatment.add('dose and dose_unit go together: dose = 2.5, dose_unit = "ml".', "dose")
    test = treatment.entries.get("patch_test")
    if isinstance(test, Mapping):
        _check_patch_test(treatment.inner("treatment", test), day)
    elif test is not None:
        treatment.add('patch_test must be a table such as { hours = 3, result = "negative" }.', "patch_test")


def _check_patch_test(test: TomlTable, day: date | None) -> None:
    test.refuse_unknown(PATCH_TEST_KEYS)
    tested = test.day("date")
    if tested is not None and day is not None and tested > _day(day):
        test.add("the patch test is dated after the session.", "date")
    test.text("site")
    test.number("hours", f"a number of hours above 0 and up to {_LONGEST_TEST_HOURS:.0f}", most=_LONGEST_TEST_HOURS)
    test.one_of("result", PATCH_TEST_RESULTS)


def read_events(session: TomlTable, day: date | None) -> tuple[AdverseEvent, ...]:
    """Return the adverse events of a session."""
    value = session.entries.get("adverse_events", [])
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        session.add('adverse_events must be a list of tables: [{ kind = "bruise" }].', "adverse_events")
        return ()
    events = (_event(session.inner("adverse_events", entries, _kind(entries)), day) for entries in value)
    return tuple(event for event in events if event is not None)


def _kind(entries: Mapping[str, Any]) -> str | None:
    kind = entries.get("kind")
    return kind if isinstance(kind, str) else None


def _event(told: TomlTable, day: date | None) -> AdverseEvent | None:
    told.refuse_unknown(EVENT_KEYS)
    kind, seen, until = told.text("kind"), told.day("date"), told.day("until")
    if "kind" not in told.entries:
        told.add('an adverse event needs its kind: kind = "bruise".')
    if seen is not None and day is not None and seen < _day(day):
        told.add("an adverse event is dated before its session.", "date")
    begin = seen or (None if day is None else _day(day))
    if until is not None and begin is not None and until < begin:
        told.add("an adverse event ends (until) before it begins.", "until")
    severity, outcome = told.one_of("severity", SEVERITIES), told.one_of("outcome", OUTCOMES)
    if until is not None and outcome in ("ongoing", "resolving"):
        told.add(f"an adverse event that is {outcome} has no day at which it ended (until).", "until")
    note = told.text("note")
    return None if kind is None else AdverseEvent(kind, seen, severity, outcome, note, until)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment

"""What was done and what happened afterwards, beside what the protocol plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import AdverseEvent, Course, Session, day_of
from pigtrack.model.flags import QualityFlag
from pigtrack.model.plan import PlannedVisit, next_visit, plan_visits, treatment_days
from pigtrack.model.protocol import Protocol
from pigtrack.model.result import CourseResult
from pigtrack.model.telling import DASH, MISSING, SPACE, digits_told
from pigtrack.model.treatment import PatchTestRecord, Treatment
from pigtrack.report import words
from pigtrack.report.page import EventRow, Fact, Foreign, Plan, Said, TreatmentGroup

_KEPT_OUT = frozenset({QualityFlag.AFTER_PROCEDURE, QualityFlag.SOON_AFTER_TREATMENT})
_OF_ONE_DAY = ("lot", "operator", "note")

_Kind = tuple[str, tuple[Fact, ...]]


def treatment_groups(result: CourseResult, catalogue: Catalogue) -> tuple[TreatmentGroup, ...]:
    """Return what was done, each way of treating once with all its sessions, in the order of its first use."""
    used: dict[_Kind, list[int]] = {}
    apart: dict[_Kind, dict[Fact, list[int]]] = {}
    for session in result.course.sessions:
        for treatment in session.treatments:
            kind = _kind(treatment, result.protocol, catalogue)
            used.setdefault(kind, []).append(session.number)
            for fact in _day_facts(treatment, catalogue):
                apart.setdefault(kind, {}).setdefault(fact, []).append(session.number)
    return tuple(
        TreatmentGroup(
            title=kind[0],
            facts=(*kind[1], *_of_some(apart.get(kind, {}), numbers, catalogue)),
            sessions=_sessions(result.course, numbers, catalogue),
        )
        for kind, numbers in used.items()
    )


def event_rows(result: CourseResult, catalogue: Catalogue) -> tuple[EventRow, ...]:
    """Return the adverse events as they were told, in the order of the sessions."""
    return tuple(
        _event_row(event, session, result.protocol, catalogue)
        for session in result.course.sessions
        for event in session.adverse_events
    )


def tell_plan(result: CourseResult, catalogue: Catalogue) -> Plan | None:
    """Return what the protocol plans beside what was done; None without a protocol."""
    course, protocol = result.course, result.protocol
    if protocol is None:
        return None
    visits = plan_visits(course, protocol)
    return Plan(
        title=catalogue.choose(protocol.title),
        facts=_plan_facts(course, protocol, catalogue),
        visits=tuple(_visit(course, each.session, each, catalogue) for each in visits if each.session is not None),
        notes=_plan_notes(result, protocol, catalogue),
    )


def _kind(treatment: Treatment, protocol: Protocol | None, catalogue: Catalogue) -> _Kind:
    """Return what makes two treatments alike: product and technique as a title, and all else that is no day's own."""
    title = ", ".join(filter(None, (treatment.product, _technique(treatment.technique, protocol, catalogue))))
    dose = None if treatment.dose is None else catalogue.number(treatment.dose, digits_told(treatment.dose))
    known: tuple[tuple[str, str | None], ...] = (
        ("device", treatment.device),
        ("maker", treatment.maker),
        ("country", treatment.country),
        ("ingredients", ", ".join(treatment.ingredients) or None),
        ("dose", " ".join(filter(None, (dose, treatment.dose_unit))) or None),
        ("area", treatment.area),
    )
    told = [(catalogue.say(f"report.treatment.{name}"), value) for name, value in known if value]
    more = [(key.replace("_", " "), _plain(value)) for key, value in sorted(treatment.more.items())]
    return title or catalogue.say("report.treatment.unnamed"), (*told, *more)


def _day_facts(treatment: Treatment, catalogue: Catalogue) -> list[Fact]:
    """Return what belongs to one day alone."""
    texts = {name: getattr(treatment, name) for name in _OF_ONE_DAY}
    if treatment.patch_test is not None:
        texts["patch_test"] = _patch_test(treatment.patch_test, catalogue)
    return [(catalogue.say(f"report.treatment.{name}"), text) for name, text in texts.items() if text]


def _of_some(facts: Mapping[Fact, list[int]], numbers: list[int], catalogue: Catalogue) -> list[Fact]:
    """Say each fact of single days once, with its sessions where it does not hold for all."""
    return [
        (name if days == numbers else _of_sessions(name, days, catalogue), text) for (name, text), days in facts.items()
    ]


def _of_sessions(name: str, days: list[int], catalogue: Catalogue) -> str:
    sessions = words.list_words(map(str, days), catalogue)
    return catalogue.count("report.treatment.of_sessions", len(days), what=name, sessions=sessions)


def _technique(told: str | None, protocol: Protocol | None, catalogue: Catalogue) -> str | None:
    known = None if told is None or protocol is None else protocol.find_technique(told)
    return told if known is None else catalogue.choose(known.what)


def _patch_test(test: PatchTestRecord, catalogue: Catalogue) -> str:
    hours = None if test.hours is None else catalogue.number(test.hours, digits_told(test.hours)) + SPACE + "h"
    day = None if test.day is None else catalogue.day(test.day)
    result = test.result and catalogue.say(f"report.patch_test.{test.result}")
    return ", ".join(filter(None, (day, test.site, hours, result)))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(each)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_plain(each) for each in value)
    return str(value)


def _sessions(course: Course, numbers: list[int], catalogue: Catalogue) -> str:
    days = words.list_words(
        (words.tell_day(course.sessions[number - 1], catalogue) for number in dict.fromkeys(numbers)), catalogue
    )
    return catalogue.count("report.treatment.sessions", len(set(numbers)), days=days)


def _event_row(event: AdverseEvent, session: Session, protocol: Protocol | None, catalogue: Catalogue) -> EventRow:
    known = None if protocol is None else protocol.find_complication(event.kind)
    told = [catalogue.say(f"report.event.{each}") for each in (event.severity, event.outcome) if each]
    if event.until is not None:
        told.append(catalogue.say("report.event.until", day=catalogue.day(event.until)))
    day = event.day or day_of(session)
    return EventRow(
        day=catalogue.say("words.session.undated") if day is None else catalogue.day(day),
        session=session.number,
        kind=event.kind if known is None else catalogue.choose(known),
        facts=(*told, *filter(None, (event.note,))),
    )


def _plan_facts(course: Course, protocol: Protocol, catalogue: Catalogue) -> tuple[Fact, ...]:
    say = catalogue.say
    told = [
        (say("report.plan.sessions"), _between("report.plan.count", protocol.sessions_usual, catalogue)),
        (say("report.plan.interval"), _between("report.plan.days", protocol.interval_days, catalogue)),
        (say("report.plan.done"), catalogue.count("report.plan.treatments", _treated(course))),
    ]
    coming = next_visit(course, protocol)
    if coming is not None:
        told.append((say("report.plan.next"), _window(coming, catalogue)))
    if protocol.treats:
        told.append((say("report.plan.quiet"), catalogue.count("report.plan.quiet_days", protocol.quiet_days)))
    return tuple(told)


def _treated(course: Course) -> int:
    """Days of treatment that were written down; undated sessions count as they stand."""
    if not any(session.treatment for session in course.sessions):
        return 0
    return len(treatment_days(course)) or sum(bool(session.treatment) for session in course.sessions)


def _between(key: str, ends: tuple[int, int], catalogue: Catalogue) -> str:
    low, high = ends
    return catalogue.count(key, high, span=str(high) if low == high else f"{low}{DASH}{high}")


def _window(visit: PlannedVisit, catalogue: Catalogue) -> str:
    first, last = catalogue.day(visit.earliest), catalogue.day(visit.latest)
    return first if first == last else catalogue.say("report.plan.window", first=first, last=last)


def _visit(course: Course, session: int, visit: PlannedVisit, catalogue: Catalogue) -> tuple[str, str, str]:
    name = words.tell_session(course, session, catalogue)
    return name, _window(visit, catalogue), _punctuality(visit, catalogue)


def _punctuality(visit: PlannedVisit, catalogue: Catalogue) -> str:
    if visit.days_off is None:
        return catalogue.say("report.plan.unplanned")
    if visit.days_off == 0:
        return catalogue.say("report.plan.in_time")
    told = catalogue.count(f"report.plan.{'late' if visit.days_off > 0 else 'early'}", abs(visit.days_off))
    missed = catalogue.count("report.plan.missed", visit.missed) if visit.missed else ""
    return f"{told}; {missed}" if missed else told


def _plan_notes(result: CourseResult, protocol: Protocol, catalogue: Catalogue) -> tuple[Said, ...]:
    notes: list[Said] = []
    kept_out = [each.session for each in result.sessions if each.flags & _KEPT_OUT]
    if kept_out:
        numbers = words.list_words(map(str, kept_out), catalogue)
        notes.append(catalogue.count("report.plan.kept_out", len(kept_out), sessions=numbers))
    notes += _screen_notes(result.course, protocol, catalogue)
    if protocol.example:
        notes.append(catalogue.say("report.plan.example"))
    if protocol.source:
        notes.append(Foreign(protocol.source) if catalogue.language != "en" else protocol.source)
    return tuple(notes)


def _screen_notes(course: Course, protocol: Protocol, catalogue: Catalogue) -> list[str]:
    """Tell who asked before the course, and what was answered with yes."""
    screen = course.screen
    if screen is None or not screen.answers:
        return []
    asked = dict(zip(protocol.screen_keys, protocol.screen, strict=True))
    yes = [catalogue.choose(asked[key]) if key in asked else key for key in screen.yes]
    told = [catalogue.count("report.screen.asked", len(screen.answers), by=screen.signed_by or MISSING)]
    if yes:
        what = words.list_words(yes, catalogue)
        told.append(catalogue.say("report.screen.yes", what=what, reason=screen.reason or MISSING))
    return told

"""Days and hours that follow from the course's own dates. No clock is read: a page made later says the same."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Session, day_of
from pigtrack.model.patient_page import Deadline
from pigtrack.model.plan import next_visit
from pigtrack.model.protocol import Aftercare, Protocol
from pigtrack.model.telling import digits_told

DAY_HOURS = 24


def tell_visit_in_text(session: Session, catalogue: Catalogue) -> str:
    """Name a visit inside a sentence by its day; by its number where there is none."""
    day = day_of(session)
    if day is None:
        return catalogue.say("patient.visit_number", number=session.number)
    return catalogue.say("patient.visit_day", day=catalogue.day(day))


def tell_next_visit(course: Course, protocol: Protocol | None, catalogue: Catalogue) -> tuple[str, ...]:
    """Say how many treatments there were, how many are usual, and when the next visit is; empty if unknown."""
    if protocol is None:
        return ()
    treated = sum(bool(session.treatments) for session in course.sessions)
    fewest, most = protocol.sessions_usual
    told = []
    if protocol.treats and treated:
        told = [catalogue.count("patient.next.treated", treated), _usual(fewest, most, catalogue)]
    planned = next_visit(course, protocol)
    if planned is None or (protocol.treats and treated >= most):
        return *told, catalogue.say("patient.next.clinic")
    key = "patient.next.sure" if treated < fewest or not protocol.treats else "patient.next.perhaps"
    window = tell_window(planned.earliest, planned.latest, catalogue)
    return *told, catalogue.say(key, window=window), catalogue.say("patient.next.exact")


def _usual(fewest: int, most: int, catalogue: Catalogue) -> str:
    if fewest == most:
        return catalogue.say("patient.next.usual_count", count=most)
    return catalogue.say("patient.next.usual", low=fewest, high=most)


def tell_window(first: date, last: date, catalogue: Catalogue) -> str:
    """Write two days as one span, the month and the year said once where they are the same."""
    if first == last:
        return catalogue.say("patient.window.day", day=catalogue.day(first))
    month = catalogue.months[first.month - 1]
    if (first.year, first.month) == (last.year, last.month):
        return catalogue.say("patient.window.month", first=first.day, last=catalogue.day(last))
    if first.year == last.year:
        return catalogue.say("patient.window.year", first=first.day, month=month, last=catalogue.day(last))
    return catalogue.say("patient.window.years", first=catalogue.day(first), last=catalogue.day(last))


def last_treated(course: Course) -> Session | None:
    """Return the last visit with a treatment."""
    return next((session for session in reversed(course.sessions) if session.treatments), None)


def tell_aftercare_from(course: Course, protocol: Protocol | None, catalogue: Catalogue) -> str:
    """Say from when the hours are counted; empty where no treatment has a day."""
    session = last_treated(course)
    if session is None or session.date is None or protocol is None or not protocol.aftercare:
        return ""
    day = catalogue.day(session.date)
    if isinstance(session.date, datetime):
        return catalogue.say("patient.care.from_time", day=day, time=f"{session.date:%H:%M}")
    return catalogue.say("patient.care.from_day", day=day)


def tell_aftercare(course: Course, protocol: Protocol | None, catalogue: Catalogue) -> tuple[Deadline, ...]:
    """Tell what to mind after a treatment, the soonest over first, what ends together under one head."""
    if protocol is None:
        return ()
    session = last_treated(course)
    told: dict[tuple[str, str, str], list[str]] = {}
    for each in sorted(protocol.aftercare, key=_hours):
        heading = _until(each, session, catalogue), _ends(each, session), _over(each, session)
        told.setdefault(heading, []).append(catalogue.choose(each.what))
    return tuple(Deadline(until, _unique(what), ends, over) for (until, ends, over), what in told.items())


def _hours(care: Aftercare) -> float:
    return float("inf") if care.hours is None else care.hours


def _unique(what: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(what))


def _ends(care: Aftercare, session: Session | None) -> str:
    """Return when it is over, as exactly as the treatment's own time is known; empty where that would be a guess."""
    when = None if session is None else session.date
    if care.hours is None or when is None:
        return ""
    if isinstance(when, datetime):
        return (when + timedelta(hours=care.hours)).isoformat(timespec="minutes")
    if care.hours < DAY_HOURS or care.hours % DAY_HOURS:
        return ""
    return (when + timedelta(hours=care.hours)).isoformat()


def _over(care: Aftercare, session: Session | None) -> str:
    """Return when hours after a day are over at the latest: as if the treatment had been at that day's end."""
    when = None if session is None else session.date
    if care.hours is None or when is None or _ends(care, session):
        return ""
    end_of_day = datetime.combine(when, time()) + timedelta(days=1)
    return (end_of_day + timedelta(hours=care.hours)).isoformat(timespec="minutes")


def _until(care: Aftercare, session: Session | None, catalogue: Catalogue) -> str:
    if care.hours is None:
        return catalogue.say("patient.care.course")
    when = None if session is None else session.date
    if isinstance(when, datetime):
        end = when + timedelta(hours=care.hours)
        return catalogue.say("patient.care.until_time", day=catalogue.day(end.date()), time=f"{end:%H:%M}")
    if care.hours < DAY_HOURS or care.hours % DAY_HOURS:
        number = catalogue.number(care.hours, digits_told(care.hours))
        return catalogue.count("patient.care.hours", 1 if care.hours == 1 else 2, number=number)
    days = int(care.hours // DAY_HOURS)
    if when is None:
        return catalogue.count("patient.care.days", days)
    return catalogue.count("patient.care.until_day", days, day=catalogue.day(when + timedelta(days=days)))

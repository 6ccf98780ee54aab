"""Numbers and days as charts write them, in the catalogue's way."""

from datetime import date

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, day_of
from pigtrack.model.metrics import Change
from pigtrack.model.telling import DASH, SPACE


def signed_percent(value: float, catalogue: Catalogue) -> str:
    """Write a percentage with its sign: −20 %, 0 %, +20 %."""
    return f"{catalogue.signed(value)}{SPACE}%"


def change_with_interval(change: Change, catalogue: Catalogue) -> str:
    """Write a change as briefly as it goes with its interval: +121 % (105–137); empty without one."""
    if change.percent is None or change.low is None or change.high is None:
        return ""
    ends = [catalogue.number(end) for end in (change.low, change.high)]
    between = DASH if change.low >= 0 else f" {catalogue.say('words.interval.to')} "
    return f"{signed_percent(change.percent, catalogue)} ({between.join(ends)})"


def short_day(day: date, catalogue: Catalogue) -> str:
    """Write a day without its year: 25 Jan."""
    return catalogue.say("chart.short_day", day=day.day, month=catalogue.months[day.month - 1])


def picture_caption(course: Course, number: int, catalogue: Catalogue, *, form: str = "caption") -> str:
    """Say what a picture shows, by the sentence ``chart.FORM``.

    Parameters
    ----------
    form : str
        ``caption``: course, session and day; ``plain_caption``: session and day; ``visit_caption``: the same in the
        patient's words.
    """
    day = day_of(course.sessions[number - 1])
    if day is None:
        return catalogue.say(f"chart.{form}_undated", course=course.id, number=number)
    return catalogue.say(f"chart.{form}", course=course.id, number=number, day=catalogue.day(day))

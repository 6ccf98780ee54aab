"""The patient's page in the order of the page."""

from base64 import b64encode

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Session, day_of
from pigtrack.model.patient_page import PatientPage, Photo
from pigtrack.model.result import CourseResult
from pigtrack.report.corrected import tell_corrected_to_patient
from pigtrack.report.page import ReportPictures
from pigtrack.report.patient.days import tell_aftercare, tell_aftercare_from, tell_next_visit
from pigtrack.report.patient.finding import is_compared, tell_finding, tell_notices, tell_withheld
from pigtrack.report.patient.visits import tell_visits
from pigtrack.report.standing import baseline_session, latest_session

UNFOLDED = 8
"""Visits that are shown at once: about two screens of a phone."""


def compose_patient_page(
    result: CourseResult, pictures: ReportPictures, *, catalogue: Catalogue, version: str
) -> PatientPage:
    """Put a measured course into the words of the person on the photographs."""
    course, protocol = result.course, result.protocol
    finding = tell_finding(result, catalogue)
    visits = tell_visits(result, catalogue)
    treated = any(session.treatments for session in course.sessions)
    return PatientPage(
        title=catalogue.say("patient.title" if treated else "patient.title_untreated"),
        site=catalogue.say("patient.site", site=course.site) if course.site else "",
        headline=finding.headline,
        findings=(*finding.sentences, *_corrected(result, catalogue), *tell_withheld(result, catalogue)),
        notices=tell_notices(result, catalogue),
        chart=_chart(pictures, finding.headline, catalogue) if is_compared(result) else None,
        photos=_photos(result, pictures, catalogue),
        earlier=visits[:-UNFOLDED],
        visits=visits[-UNFOLDED:],
        next_visit=tell_next_visit(course, protocol, catalogue),
        aftercare_from=tell_aftercare_from(course, protocol, catalogue),
        aftercare=tell_aftercare(course, protocol, catalogue) if treated else (),
        watch_for=() if protocol is None else tuple(catalogue.choose(each) for each in protocol.complications),
        course=course.id,
        version=version,
        relative=result.exploratory,
    )


def _corrected(result: CourseResult, catalogue: Catalogue) -> tuple[str, ...]:
    """What is said of corrections, where there is a finding that rests on them."""
    return tell_corrected_to_patient(result, catalogue) if is_compared(result) else ()


def _chart(pictures: ReportPictures, headline: str, catalogue: Catalogue) -> Photo | None:
    if pictures.patient_chart is None:
        return None
    alt = catalogue.say("patient.chart.alt", headline=headline)
    return Photo(_uri(pictures.patient_chart, "image/svg+xml"), alt, "")


def _photos(result: CourseResult, pictures: ReportPictures, catalogue: Catalogue) -> tuple[Photo, ...]:
    """Show the first and the latest compared visit; the first alone where there is nothing to compare."""
    plain = pictures.plain_before is not None and pictures.plain_after is not None
    before = pictures.plain_before if plain else pictures.before
    after = pictures.plain_after if plain else pictures.after
    numbers = [baseline_session(result), latest_session(result).session]
    sessions = [result.course.sessions[number - 1] for number in dict.fromkeys(numbers)]
    return tuple(
        _photo(data, session, catalogue)
        for data, session in zip((before, after), sessions, strict=False)
        if data is not None
    )


def _photo(data: bytes, session: Session, catalogue: Catalogue) -> Photo:
    day = day_of(session)
    caption = catalogue.say("patient.visits.name", number=session.number) if day is None else catalogue.day(day)
    alt = catalogue.say("patient.photos.alt", when=caption)
    return Photo(_uri(data, "image/jpeg"), alt, caption, session.number, session.photos)


def _uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"

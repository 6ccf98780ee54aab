"""The report's pictures with their captions, and with words for those who cannot see them."""

from base64 import b64encode
from collections.abc import Mapping

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course
from pigtrack.model.metrics import SessionMetrics
from pigtrack.model.result import CourseResult
from pigtrack.report.page import Picture, ReportPictures
from pigtrack.report.standing import baseline_session
from pigtrack.report.words import tell_session


def drawn(data: bytes | None, kind: str, catalogue: Catalogue, **values: object) -> Picture | None:
    """Return a chart with its title and its alternative text, ``report.KIND.title`` and ``report.KIND.alt``."""
    if data is None:
        return None
    title, alt = catalogue.say(f"report.{kind}.title"), catalogue.say(f"report.{kind}.alt", **values)
    return Picture(_uri(data, "image/svg+xml"), title, alt, kind)


def before_and_after(
    result: CourseResult, latest: SessionMetrics, pictures: ReportPictures, catalogue: Catalogue
) -> tuple[Picture, ...]:
    """Return the baseline and the latest session with a verdict; the baseline alone where nothing else is known."""
    baseline = baseline_session(result)
    told = [(pictures.before, baseline, "report.pair.baseline")]
    if latest.session != baseline:
        told.append((pictures.after, latest.session, "report.pair.latest"))
    return tuple(
        Picture(_uri(data, "image/jpeg"), caption, catalogue.say("report.pair.alt", session=caption), f"pair-{number}")
        for data, number, key in told
        if data is not None
        for caption in (catalogue.say(key, session=tell_session(result.course, number, catalogue)),)
    )


def gallery(
    course: Course, pictures: Mapping[int, bytes] | None, kind: str, catalogue: Catalogue
) -> tuple[Picture, ...]:
    """Return one picture a session, captioned ``report.KIND.caption``."""
    return tuple(
        Picture(
            _uri(data, "image/jpeg"),
            catalogue.say(f"report.{kind}.caption", session=session),
            catalogue.say(f"report.{kind}.alt", session=session),
            f"{kind}-{number}",
        )
        for number, data in sorted((pictures or {}).items())
        for session in (tell_session(course, number, catalogue),)
    )


def _uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"

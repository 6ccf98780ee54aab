"""The report's content in the order of the page: every sentence and number ready to be set."""

from base64 import b64encode

from pigtrack.imaging.change import WITHHOLDING
from pigtrack.model.course import Course, Endpoint, Mode, Session, days_between
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, LesionSession, SessionMetrics, Verdict
from pigtrack.model.population import PopulationFigure, PopulationSession
from pigtrack.model.quantity import Measured
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.report import words
from pigtrack.report.page import (
    Fact,
    LesionRow,
    Measurement,
    PhotographRow,
    Picture,
    PopulationRow,
    Report,
    ReportPictures,
    SessionRow,
)


def compose_report(result: CourseResult, pictures: ReportPictures, *, version: str) -> Report:
    """Put a measured course into words."""
    course = result.course
    latest = latest_session(result)
    change = words.change_for(latest.changes, course.primary)
    field = course.mode is Mode.FIELD
    return Report(
        title=course.id,
        facts=_facts(course),
        headline=tell_course(result),
        verdict=latest.verdict,
        verdict_words=words.VERDICT_WORDS[latest.verdict],
        summary=_summary(result, latest, change),
        referrals=tuple(words.tell_referral(row, field=field) for row in _referrals(result)),
        course_chart=_svg(pictures.course_chart, "Change since the baseline with 95 % intervals"),
        pair=_pair(result, latest, pictures),
        sessions=tuple(_session_row(result, session) for session in result.sessions),
        lesions=() if field else _lesion_rows(result, latest),
        lesions_session=_name(course, latest.session),
        lesion_charts=_svg(pictures.lesion_charts, "Change of each spot with 95 % intervals"),
        lesion_charts_wide=_svg(pictures.lesion_charts_wide, "Change of each spot with 95 % intervals"),
        overlays=_overlays(course, pictures),
        photographs=tuple(_photograph_row(each) for each in result.photographs),
        method=_method(result),
        algorithms=tuple(f"{each.name} {each.version}" for each in result.algorithms),
        settings=tuple((str(name), str(value)) for name, value in sorted(result.settings.items())),
        notes=tuple(dict.fromkeys((*course.assumptions, *result.notes))),
        version=version,
        field=field,
        population=_population_rows(result),
    )


def latest_session(result: CourseResult) -> SessionMetrics:
    """Return the last session with a verdict; the baseline if no later one has any."""
    judged = [each for each in result.sessions if each.verdict is not Verdict.NOT_MEASURABLE]
    return (judged or list(result.sessions))[-1]


def tell_course(result: CourseResult) -> str:
    """Say in one sentence what the course came to, by its primary endpoint in the latest session with a verdict."""
    latest = latest_session(result)
    if result.exploratory:
        return "The baseline shows no usable colour card: relative numbers only, no verdict."
    if latest.verdict is Verdict.BASELINE and len(result.sessions) > 1:
        return "No later session could be compared with the baseline yet."
    return words.headline(result.course.primary, words.change_for(latest.changes, result.course.primary))


def _summary(result: CourseResult, latest: SessionMetrics, change: Change) -> tuple[str, ...]:
    sentences = [f"{_name(result.course, latest.session)}, against the baseline."] if change.percent is not None else []
    if latest.verdict is Verdict.NO_DETECTABLE_CHANGE:
        sentences.append(f"Measured: {words.ENDPOINT_WORDS[change.endpoint]} {words.tell_change(change)}.")
    for other in latest.changes:
        if other.endpoint is not result.course.primary and other.percent is not None:
            sentences.append(f"{words.ENDPOINT_WORDS[other.endpoint]} {words.tell_change(other)}.")
    if result.trend is not None:
        sentences.append(words.tell_trend(result.trend))
    for session in result.sessions[latest.session :]:
        reasons = " ".join(flag.meaning for flag in _sorted(session.flags & WITHHOLDING))
        sentences.append(f"{_name(result.course, session.session)} has no verdict. {reasons}".strip())
    return tuple(sentences)


def _facts(course: Course) -> tuple[Fact, ...]:
    known = (
        ("Subject", course.subject), ("Site", course.site), ("Diagnosis, as assessed", course.diagnosis),
        ("Cause", course.cause), ("Depth", course.depth), ("Skin type", course.skin_type),
        ("Protocol", course.protocol), ("Treatments", _treatments(course)),
        ("Judged by", f"{words.ENDPOINT_WORDS[course.primary].lower()}, named beforehand"),
    )  # fmt: skip
    return tuple((name, value) for name, value in known if value)


def _treatments(course: Course) -> str:
    count = sum(bool(session.treatment) for session in course.sessions)
    kinds = {", ".join(str(value) for _, value in sorted(s.treatment.items())) for s in course.sessions if s.treatment}
    return f"{count} ({'; '.join(sorted(kinds))})" if count else ""


def _referrals(result: CourseResult) -> list[LesionSession]:
    """Keep the last pointed-out row of each lesion: a spot that has calmed since is still to be looked at."""
    last = {row.lesion_id: row for row in result.lesions if QualityFlag.REFERRAL in row.flags}
    return [last[number] for number in sorted(last)]


def _session_row(result: CourseResult, session: SessionMetrics) -> SessionRow:
    own = result.course.sessions[session.session - 1]
    taken = [each for each in result.photographs if each.session == session.session]
    usable = sum(each.qc_status != "reject" for each in taken)
    return SessionRow(
        number=session.session,
        date=words.tell_date(own),
        day=_day(result, own),
        verdict=session.verdict,
        verdict_words=words.VERDICT_WORDS[session.verdict],
        photographs=f"{usable} of {len(taken)} photographs",
        found=_found(result.course, session),
        measured=_measured(result.course, (session.area, session.delta_mi, session.load), session.changes),
        notes=tuple(flag.meaning for flag in _sorted(session.flags)),
    )


def _found(course: Course, session: SessionMetrics) -> str:
    """What was outlined: so many spots, or the field with what it was graded."""
    if course.mode is Mode.SPOTS:
        return f"{session.lesion_count} spots"
    told = "field" if session.lesion_count else "no field above the level"
    if session.field is None or session.field.grade is None:
        return told
    return f"{told}; MASI-style {words.tell_measured(session.field.grade.masi_style)}"


def _lesion_rows(result: CourseResult, latest: SessionMetrics) -> tuple[LesionRow, ...]:
    apart = single_lesions(result)
    return tuple(_lesion_row(result.course, row) for row in apart if row.session == latest.session)


def single_lesions(result: CourseResult) -> tuple[LesionSession, ...]:
    """Return the rows of the lesions that are followed one by one: all but a population's members."""
    together = frozenset() if result.population is None else result.population.members
    return tuple(row for row in result.lesions if row.lesion_id not in together)


def _population_rows(result: CourseResult) -> tuple[PopulationRow, ...]:
    sessions = () if result.population is None else result.population.sessions
    return tuple(
        PopulationRow(
            number=each.session,
            date=words.tell_date(result.course.sessions[each.session - 1]),
            count=each.count,
            measured=_population_figures(each),
        )
        for each in sessions
    )


def _population_figures(session: PopulationSession) -> tuple[Measurement, ...]:
    values = (session.density, session.median, session.contrast)
    changes = {change.figure: words.tell_briefly(change) for change in session.changes}
    return tuple(
        (words.POPULATION_WORDS[figure], words.tell_measured(value), changes.get(figure, ""))
        for figure, value in zip(PopulationFigure, values, strict=True)
    )


def _lesion_row(course: Course, row: LesionSession) -> LesionRow:
    spot = row.spot
    own = row.flags - WITHHOLDING
    return LesionRow(
        number=row.lesion_id,
        status=words.STATUS_WORDS[row.status],
        verdict=row.verdict,
        verdict_words=words.VERDICT_WORDS[row.verdict],
        measured=_measured(course, (spot.area, spot.delta_mi, spot.load), row.changes),
        notes=tuple(flag.meaning for flag in _sorted(own)),
    )


def _measured(
    course: Course, values: tuple[Measured | None, ...], changes: tuple[Change, ...]
) -> tuple[Measurement, ...]:
    """Tell area, contrast and load, the one that the verdict rests on first."""
    told = {
        endpoint: (words.ENDPOINT_WORDS[endpoint], words.tell_measured(value), words.tell_briefly(change))
        for endpoint, value in zip(Endpoint, values, strict=True)
        for change in (words.change_for(changes, endpoint),)
    }
    return (told.pop(course.primary), *told.values())


def _photograph_row(record: PhotographRecord) -> PhotographRow:
    facts = (
        ("Card", record.card if record.card_found else "not found"),
        ("Colour, left out and predicted", _pair_of(record.loo_delta_e00_mean, record.loo_delta_e00_max, "ΔE00")),
        ("Scale", None if record.mm_per_px is None else f"{record.mm_per_px:.4f} mm/px"),
        ("Card tilt", None if record.tilt_deg is None else f"{record.tilt_deg:.0f}°"),
        ("Alignment", None if record.registration_error_mm is None else f"{record.registration_error_mm:.2f} mm"),
    )
    failed = tuple(f"{check.name}: {check.remedy}" for check in record.checks if str(check.verdict) != "pass")
    said = failed or tuple(f"{flag.meaning} {flag.remedy}" for flag in _sorted(record.flags))
    return PhotographRow(
        session=record.session,
        photo=record.photo,
        status=record.qc_status,
        facts=tuple((name, str(value)) for name, value in facts if value is not None),
        complaints=(record.refusal, *said) if record.refusal else said,
        sha256=record.sha256,
    )


def _pair_of(mean: float | None, most: float | None, unit: str) -> str | None:
    return None if mean is None or most is None else f"mean {mean:.1f}, worst {most:.1f} {unit}"


def _method(result: CourseResult) -> tuple[Fact, ...]:
    scale = (
        "unknown" if result.u_scale is None else f"{100 * result.u_scale:.1f} % (standard uncertainty, not in changes)"
    )
    return (
        ("Colour calibration", f"{result.method}, one method for the whole course"),
        ("Scale", scale),
        ("Intervals", "95 %"),
    )


def _pair(result: CourseResult, latest: SessionMetrics, pictures: ReportPictures) -> tuple[Picture, ...]:
    if pictures.before is None or pictures.after is None:
        return ()
    baseline = next((s.session for s in result.sessions if s.verdict is Verdict.BASELINE), 1)
    return (
        Picture(_uri(pictures.before, "image/jpeg"), f"{_name(result.course, baseline)}, baseline"),
        Picture(_uri(pictures.after, "image/jpeg"), _name(result.course, latest.session)),
    )


def _overlays(course: Course, pictures: ReportPictures) -> tuple[Picture, ...]:
    known = sorted((pictures.overlays or {}).items())
    return tuple(Picture(_uri(data, "image/jpeg"), _name(course, number)) for number, data in known)


def _svg(data: bytes | None, caption: str) -> Picture | None:
    return None if data is None else Picture(_uri(data, "image/svg+xml"), caption)


def _uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def _name(course: Course, number: int) -> str:
    return f"Session {number}, {words.tell_date(course.sessions[number - 1])}"


def _day(result: CourseResult, session: Session) -> str:
    baseline = next((s.session for s in result.sessions if s.verdict is Verdict.BASELINE), 1)
    days = days_between(result.course.sessions[baseline - 1], session)
    return "" if days is None else f"day {days}"


def _sorted(flags: frozenset[QualityFlag]) -> list[QualityFlag]:
    return sorted(flags, key=str)

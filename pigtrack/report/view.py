"""The report's content in the order of the page: every sentence and number ready to be set."""

from pigtrack.imaging.change import WITHHOLDING
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Mode
from pigtrack.model.metrics import Change, SessionMetrics
from pigtrack.model.plan import Phase, may_be_darker, session_phase
from pigtrack.model.result import CourseResult
from pigtrack.model.telling import MISSING
from pigtrack.report import words
from pigtrack.report.corrected import tell_corrected
from pigtrack.report.lesions import explain_rows, lesion_groups, population_rows
from pigtrack.report.page import Fact, Foreign, Report, ReportPictures, Said, Tile
from pigtrack.report.photographs import photograph_rows
from pigtrack.report.pictures import before_and_after, drawn, gallery
from pigtrack.report.pointed import point_out
from pigtrack.report.quality import compose_method
from pigtrack.report.sessions import leave_out_notes, measured_rows, session_rows, shared_notes
from pigtrack.report.standing import baseline_session, latest_session, single_lesions, sort_flags
from pigtrack.report.treatments import event_rows, tell_plan, treatment_groups

__all__ = ["baseline_session", "compose_report", "latest_session", "single_lesions", "tell_course"]


def compose_report(result: CourseResult, pictures: ReportPictures, catalogue: Catalogue, *, version: str) -> Report:
    """Put a measured course into words."""
    course = result.course
    latest = latest_session(result)
    field, several = course.mode is Mode.FIELD, len(course.sessions) > 1
    pair = before_and_after(result, latest, pictures, catalogue)
    rows = session_rows(result, catalogue)
    shared = shared_notes(rows)
    groups = () if field else lesion_groups(result, latest, catalogue)
    return Report(
        title=course.id,
        headline=tell_course(result, catalogue),
        verdict=latest.verdict,
        verdict_words=catalogue.say(f"words.verdict.{latest.verdict.value}"),
        compared=_compared(result, latest, catalogue),
        tiles=_tiles(result, latest, catalogue),
        summary=_summary(result, latest, catalogue),
        expected=_expected(result, latest, catalogue),
        pointed=point_out(result, catalogue),
        course_chart=drawn(pictures.course_chart, "chart", catalogue) if several else None,
        pair=pair,
        pair_title=catalogue.say("report.pair.title" if len(pair) > 1 else "report.pair.title_single"),
        sessions=leave_out_notes(rows, shared),
        session_notes=shared,
        lesions=groups,
        lesions_session=words.tell_session(course, latest.session, catalogue),
        lesions_legend=explain_rows(groups, result, latest, catalogue),
        lesion_charts=drawn(pictures.lesion_charts, "spots", catalogue) if several else None,
        lesion_charts_wide=drawn(pictures.lesion_charts_wide, "spots", catalogue) if several else None,
        timeline=drawn(pictures.timeline, "timeline", catalogue, sessions=len(course.sessions)) if several else None,
        overlays=gallery(course, pictures.overlays, "outlines", catalogue),
        maps=(
            *gallery(course, pictures.melanin, "melanin", catalogue),
            *gallery(course, pictures.redness, "redness", catalogue),
        ),
        facts=_facts(course, catalogue),
        notes=tuple(Foreign(each) for each in dict.fromkeys((*course.assumptions, *result.notes))),
        treatments=treatment_groups(result, catalogue),
        events=event_rows(result, catalogue),
        plan=tell_plan(result, catalogue),
        photographs=photograph_rows(result, catalogue),
        method=compose_method(result, latest, catalogue, version=version),
        version=version,
        field=field,
        relative=result.exploratory,
        population=population_rows(result, catalogue),
    )


def tell_course(result: CourseResult, catalogue: Catalogue) -> str:
    """Say in one sentence what the course came to, by its primary endpoint in the latest session with a verdict."""
    latest = latest_session(result)
    if result.exploratory:
        return catalogue.say("report.headline.exploratory")
    if latest.session == baseline_session(result) and len(result.sessions) > 1:
        return catalogue.say("report.headline.nothing_to_compare")
    change = words.change_for(latest.changes, result.course.primary)
    return words.headline(result.course.primary, change, catalogue)


def _compared(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> str:
    """Name the two sessions behind the verdict; empty where only one was measured."""
    course, baseline = result.course, baseline_session(result)
    if latest.session == baseline:
        return ""
    later = words.tell_session(course, latest.session, catalogue)
    first = words.tell_session(course, baseline, catalogue, within=True)
    return catalogue.say("report.compared", later=later, first=first)


def _tiles(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> tuple[Tile, ...]:
    """Tell the three endpoints side by side, the one that decides first."""
    if latest.session == baseline_session(result):
        return ()
    primary = result.course.primary
    rows = measured_rows(result.course, latest, catalogue)
    changes = sorted(latest.changes, key=lambda change: (change.endpoint is not primary, change.endpoint.value))
    return tuple(
        Tile(
            endpoint=name,
            change=told or MISSING,
            value=value,
            verdict=change.verdict,
            verdict_words=catalogue.say(f"words.verdict.{change.verdict.value}"),
            limit="" if result.exploratory else _limit(change, catalogue),
            role=catalogue.say(f"report.tile.{_role(change, result)}"),
            decides=change.endpoint is primary,
        )
        for change, (name, value, told) in zip(changes, rows, strict=True)
    )


def _role(change: Change, result: CourseResult) -> str:
    if result.exploratory:
        return "relative"
    return "decides" if change.endpoint is result.course.primary else "beside"


def _limit(change: Change, catalogue: Catalogue) -> str:
    if words.is_blind(change):
        return ""
    return catalogue.say("report.tile.limit", percent=words.tell_detectable(change, catalogue))


def _summary(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> tuple[Said, ...]:
    usable = sum(each.qc_status != "reject" for each in result.photographs)
    sentences = [catalogue.count("report.usable", len(result.photographs), usable=usable)]
    if result.trend is not None:
        sentences.insert(0, words.tell_trend(result.trend, catalogue))
    sentences += tell_corrected(result, catalogue)
    if result.exploratory:
        return tuple(sentences)
    for session in result.sessions[latest.session :]:
        name = words.tell_session(result.course, session.session, catalogue)
        reasons = " ".join(catalogue.meaning(flag) for flag in sort_flags(session.flags & WITHHOLDING))
        sentences.append(catalogue.say("report.withheld", session=name, reasons=reasons).strip())
    return tuple(sentences)


def _expected(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> str:
    """Say what the protocol lets expect of the latest session; empty where it says nothing."""
    protocol = result.protocol
    if protocol is None or not protocol.treats:
        return ""
    told = catalogue.say(
        "report.expected.window",
        protocol=catalogue.choose(protocol.title),
        visible=protocol.visible_from_session,
        days=protocol.visible_from_days,
        clearer=protocol.clearer_from_session,
    )
    session = result.course.sessions[latest.session - 1]
    if session_phase(session, result.course, protocol) is Phase.NOT_YET:
        told += " " + catalogue.say("report.expected.early")
    if may_be_darker(session, result.course, protocol):
        told += " " + catalogue.say("report.expected.darker")
    return told


def _facts(course: Course, catalogue: Catalogue) -> tuple[Fact, ...]:
    names = ("subject", "site", "diagnosis", "cause", "depth", "skin_type")
    told = [(catalogue.say(f"report.course.{name}"), getattr(course, name)) for name in names]
    primary = catalogue.say(f"words.endpoint_within.{course.primary.value}")
    judged = catalogue.say("report.course.judged", endpoint=primary)
    return (*((name, value) for name, value in told if value), (catalogue.say("report.course.endpoint"), judged))

"""What the photographs show, told to the person on them: one plain answer, and what it rests on."""

from dataclasses import dataclass

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, SessionMetrics, Verdict
from pigtrack.model.plan import Phase, may_be_darker, session_phase
from pigtrack.model.result import CourseResult
from pigtrack.report.patient.days import tell_visit_in_text
from pigtrack.report.standing import baseline_session, latest_session
from pigtrack.report.words import NARROW_PERCENT, change_for, is_blind, tell_detectable

_REASONS = {
    QualityFlag.AFTER_PROCEDURE: "healing",
    QualityFlag.SOON_AFTER_TREATMENT: "healing",
    QualityFlag.SKIN_STATE: "skin",
    QualityFlag.NO_USABLE_PHOTOGRAPH: "photograph",
    QualityFlag.SURROUND_MOVED: "around",
}
"""Why a visit is not compared, the first that holds is told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer in one sentence, and the sentences under it."""

    headline: str
    sentences: tuple[str, ...]


def tell_finding(result: CourseResult, catalogue: Catalogue) -> Finding:
    """Say what the latest visit that could be compared shows, by the endpoint that was named beforehand."""
    if result.exploratory:
        return _told(catalogue, "exploratory")
    latest = latest_session(result)
    if latest.verdict is Verdict.BASELINE:
        return _told(catalogue, "first" if len(result.sessions) == 1 else "nothing_to_compare")
    if latest.verdict is Verdict.NOT_MEASURABLE:
        return _told(catalogue, "nothing_to_compare")
    change = change_for(latest.changes, result.course.primary)
    if latest.verdict is Verdict.NO_DETECTABLE_CHANGE:
        return _no_change(result, latest, change, catalogue)
    return _change(result, latest, change, catalogue)


def is_compared(result: CourseResult) -> bool:
    """Tell whether there is a change to speak of, and to draw."""
    judged = latest_session(result).verdict not in (Verdict.BASELINE, Verdict.NOT_MEASURABLE)
    return judged and not result.exploratory


def tell_withheld(result: CourseResult, catalogue: Catalogue) -> tuple[str, ...]:
    """Say of each visit after the latest compared one why it is not compared, in the order of the course."""
    if result.exploratory:
        return ()
    after = result.sessions[latest_session(result).session :]
    return tuple(_withheld(result, session, catalogue) for session in after)


def tell_notices(result: CourseResult, catalogue: Catalogue) -> tuple[str, ...]:
    """Say that the clinic will look at something together with the patient, without naming or numbering it."""
    spots = {row.lesion_id for row in result.lesions if QualityFlag.REFERRAL in row.flags}
    if not spots:
        return ()
    if result.course.mode is Mode.FIELD:
        told = catalogue.say("patient.notice.field")
    else:
        told = catalogue.count("patient.notice.spots", len(spots))
    return told, catalogue.say("patient.notice.why")


def _told(catalogue: Catalogue, what: str) -> Finding:
    return Finding(catalogue.say(f"patient.{what}.headline"), (catalogue.say(f"patient.{what}.text"),))


def _change(result: CourseResult, latest: SessionMetrics, change: Change, catalogue: Catalogue) -> Finding:
    way = "less" if latest.verdict is Verdict.IMPROVED else "more"
    sentences = [_tell_change(result, change, catalogue), _compared(result, latest, catalogue)]
    if _is_early(result, latest):
        sentences.append(catalogue.say("patient.early.still"))
    if way == "more":
        sentences.append(
            catalogue.say("patient.darker_text" if _may_be_darker(result, latest) else "patient.more_text")
        )
    headline = catalogue.say(f"patient.{result.course.primary}.{way}", since=_since(result, catalogue))
    return Finding(headline, tuple(filter(None, sentences)))


def _no_change(result: CourseResult, latest: SessionMetrics, change: Change, catalogue: Catalogue) -> Finding:
    early = _is_early(result, latest)
    headline = catalogue.say("patient.early.headline" if early else "patient.no_change.headline")
    sentences = [_tell_change(result, change, catalogue), _limit(change, catalogue)]
    sentences.append(_compared(result, latest, catalogue))
    if early and result.protocol is not None:
        sentences.append(
            catalogue.say(
                "patient.early.text",
                visible=result.protocol.visible_from_session,
                clearer=result.protocol.clearer_from_session,
            )
        )
    return Finding(headline, tuple(filter(None, sentences)))


def _tell_change(result: CourseResult, change: Change, catalogue: Catalogue) -> str:
    """Tell how much, with what the photographs allow; empty where there is no percentage."""
    if change.percent is None or change.low is None or change.high is None:
        return ""
    digits = 1 if change.high - change.low < NARROW_PERCENT else 0
    low, high = (round(end, digits) for end in (change.low, change.high))
    near, far = (catalogue.number(size, digits) for size in sorted((abs(low), abs(high))))
    if low < 0 < high or low == high == 0:
        values = {"less": catalogue.number(-low, digits), "more": catalogue.number(high, digits)}
        return catalogue.say(f"patient.{change.endpoint}.around", since=_since(result, catalogue), **values)
    way = "less" if high <= 0 else "more"
    percent = catalogue.number(abs(change.percent), digits)
    told = catalogue.say(f"patient.{change.endpoint}.about_{way}", since=_since(result, catalogue), percent=percent)
    return catalogue.say("patient.allowed", told=told, low=near, high=far)


def _limit(change: Change, catalogue: Catalogue) -> str:
    if is_blind(change):
        return catalogue.say("patient.no_change.blind")
    return catalogue.say("patient.no_change.limit", percent=tell_detectable(change, catalogue))


def _is_early(result: CourseResult, latest: SessionMetrics) -> bool:
    """Tell whether the protocol expects nothing to show yet."""
    if result.protocol is None:
        return False
    session = result.course.sessions[latest.session - 1]
    return session_phase(session, result.course, result.protocol) is Phase.NOT_YET


def _may_be_darker(result: CourseResult, latest: SessionMetrics) -> bool:
    session = result.course.sessions[latest.session - 1]
    return result.protocol is not None and may_be_darker(session, result.course, result.protocol)


def _since(result: CourseResult, catalogue: Catalogue) -> str:
    baseline = baseline_session(result)
    if baseline == 1:
        return catalogue.say("patient.since_first")
    return catalogue.say(
        "patient.since_later", visit=tell_visit_in_text(result.course.sessions[baseline - 1], catalogue)
    )


def _compared(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> str:
    sessions = result.course.sessions
    first, later = sessions[baseline_session(result) - 1], sessions[latest.session - 1]
    return catalogue.say(
        "patient.compared", first=tell_visit_in_text(first, catalogue), later=tell_visit_in_text(later, catalogue)
    )


def _withheld(result: CourseResult, session: SessionMetrics, catalogue: Catalogue) -> str:
    reason = next((name for flag, name in _REASONS.items() if flag in session.flags), "other")
    visit = tell_visit_in_text(result.course.sessions[session.session - 1], catalogue)
    return catalogue.say(f"patient.withheld.{reason}", visit=visit)

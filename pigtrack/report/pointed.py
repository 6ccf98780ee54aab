"""Spots that a professional is to look at, told without naming what they might be."""

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, LesionSession, Status, Verdict
from pigtrack.model.result import CourseResult
from pigtrack.model.telling import tell_measured
from pigtrack.report import words
from pigtrack.report.page import Pointed
from pigtrack.report.standing import control_lesions, latest_session, single_lesions

_ORDER = ("new", "grew", "darkened", "gained")


def point_out(result: CourseResult, catalogue: Catalogue) -> tuple[Pointed, ...]:
    """Return the spots that are to be looked at, one sentence for all that did the same."""
    found = _pointed_rows(result)
    if result.course.mode is Mode.FIELD:
        return tuple(Pointed(catalogue.say(f"report.pointed.field.{_what(row)}"), ()) for row in found[:1])
    told = []
    for what in _ORDER:
        rows = [row for row in found if _what(row) == what]
        if rows:
            told.append(Pointed(_sentence(what, rows, result, catalogue), _numbers(rows, result, catalogue)))
    return tuple(told)


def _pointed_rows(result: CourseResult) -> list[LesionSession]:
    """Keep the last pointed-out row of each lesion: a spot that has calmed since is still to be looked at."""
    last = {row.lesion_id: row for row in result.lesions if QualityFlag.REFERRAL in row.flags}
    return [last[number] for number in sorted(last)]


def _what(row: LesionSession) -> str:
    if row.status is Status.NEW:
        return "new"
    risen = {change.endpoint for change in row.changes if _is_rise(change)}
    return "grew" if Endpoint.AREA in risen else "darkened" if Endpoint.CONTRAST in risen else "gained"


def _is_rise(change: Change) -> bool:
    if change.verdict is Verdict.NOT_MEASURABLE:
        return change.low is not None and change.low > 0
    return change.verdict is Verdict.WORSENED


def _sentence(what: str, rows: list[LesionSession], result: CourseResult, catalogue: Catalogue) -> str:
    """Say it as the contract does; "while the others did not" only where there are others that did not."""
    spots = words.list_words((str(row.lesion_id) for row in rows), catalogue)
    alone = what != "new" and not _has_calm_ones(result)
    return catalogue.count(f"report.pointed.{what}{'_alone' if alone else ''}", len(rows), spots=spots)


def _has_calm_ones(result: CourseResult) -> bool:
    pointed = {row.lesion_id for row in _pointed_rows(result)}
    treated = {row.lesion_id for row in single_lesions(result)} - control_lesions(result)
    return bool(treated - pointed)


def _numbers(rows: list[LesionSession], result: CourseResult, catalogue: Catalogue) -> tuple[tuple[int, str], ...]:
    return tuple((row.lesion_id, _tell(row, result, catalogue)) for row in rows)


def _tell(row: LesionSession, result: CourseResult, catalogue: Catalogue) -> str:
    """Tell area and contrast: what they are and how they changed, and in which session if it was an earlier one."""
    told = []
    for endpoint, value in ((Endpoint.AREA, row.spot.area), (Endpoint.CONTRAST, row.spot.delta_mi)):
        change = words.tell_briefly(words.change_for(row.changes, endpoint), catalogue)
        name = catalogue.say(f"words.endpoint_within.{endpoint.value}")
        told.append(
            catalogue.say("report.pointed.value", endpoint=name, told=change or tell_measured(value, catalogue))
        )
    if row.session != latest_session(result).session:
        told.append(words.tell_session(result.course, row.session, catalogue, within=True))
    return "; ".join(told)

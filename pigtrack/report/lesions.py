"""The lesions of the latest session as the report's tables show them."""

from pigtrack.imaging.change import WITHHOLDING
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import LesionSession, SessionMetrics, Status
from pigtrack.model.population import PopulationFigure, PopulationSession
from pigtrack.model.result import CourseResult
from pigtrack.model.telling import tell_measured
from pigtrack.report import words
from pigtrack.report.page import Fact, LesionGroup, LesionRow, Measurement, PopulationRow
from pigtrack.report.sessions import tell_measurements
from pigtrack.report.standing import control_lesions, single_lesions, sort_flags

_EXPLAINED = {
    Status.SPLIT: QualityFlag.SPLIT,
    Status.MERGED: QualityFlag.MERGED,
    Status.BELOW_LIMIT: QualityFlag.BELOW_LIMIT,
    Status.NOT_VISIBLE: QualityFlag.NOT_VISIBLE,
}
"""What the status says already; the flag's sentence stands once, under the table."""

_OF_SPOTS = frozenset(
    {
        QualityFlag.AT_EDGE,
        QualityFlag.SMALL,
        QualityFlag.HAIR,
        QualityFlag.PALER_THAN_RING,
        QualityFlag.DOUBTFUL_MARK,
        QualityFlag.DECOY,
        QualityFlag.REDNESS,
        QualityFlag.CORRECTED_BY_HAND,
        QualityFlag.EXCLUDED_BY_HAND,
    }
)
"""Told beside the spot by a name; the others are the session's, and told there."""


def lesion_groups(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> tuple[LesionGroup, ...]:
    """Return the rows of the latest session, treated skin first, the control skin under its own head."""
    control = control_lesions(result)
    rows = [row for row in single_lesions(result) if row.session == latest.session]
    treated, untreated = (
        tuple(_lesion_row(result, row, catalogue) for row in rows if (row.lesion_id in control) is side)
        for side in (False, True)
    )
    groups = (LesionGroup("", treated), LesionGroup(catalogue.say("report.spots.control"), untreated))
    return tuple(group for group in groups if group.rows)


def explain_rows(
    groups: tuple[LesionGroup, ...], result: CourseResult, latest: SessionMetrics, catalogue: Catalogue
) -> tuple[Fact, ...]:
    """Explain each status and each remark that the rows carry, once."""
    shown = {row.number for group in groups for row in group.rows}
    rows = [row for row in result.lesions if row.session == latest.session and row.lesion_id in shown]
    states = sorted({row.status for row in rows} & set(_EXPLAINED), key=str)
    flags = sort_flags({flag for row in rows for flag in row.flags & _OF_SPOTS})
    told = [(catalogue.say(f"words.status.{each.value}"), catalogue.meaning(_EXPLAINED[each])) for each in states]
    told += [(catalogue.say(f"words.flag.{each.value}"), _advice(each, catalogue)) for each in flags]
    return tuple(told)


def population_rows(result: CourseResult, catalogue: Catalogue) -> tuple[PopulationRow, ...]:
    """Return one row a session in which many small spots are told together."""
    sessions = () if result.population is None else result.population.sessions
    return tuple(
        PopulationRow(
            number=each.session,
            date=words.tell_day(result.course.sessions[each.session - 1], catalogue),
            count=each.count,
            measured=_population_figures(each, catalogue),
        )
        for each in sessions
    )


def _population_figures(session: PopulationSession, catalogue: Catalogue) -> tuple[Measurement, ...]:
    values = (session.density, session.median, session.contrast)
    changes = {change.figure: words.tell_briefly(change, catalogue) for change in session.changes}
    return tuple(
        (
            catalogue.say(f"words.population.{figure.value}"),
            tell_measured(value, catalogue),
            changes.get(figure, ""),
        )
        for figure, value in zip(PopulationFigure, values, strict=True)
    )


def _lesion_row(result: CourseResult, row: LesionSession, catalogue: Catalogue) -> LesionRow:
    spot = row.spot
    remarks = sort_flags((row.flags - WITHHOLDING) & _OF_SPOTS)
    return LesionRow(
        number=row.lesion_id,
        status=catalogue.say(f"words.status.{row.status.value}"),
        verdict=row.verdict,
        verdict_words=catalogue.say(f"words.verdict.{row.verdict.value}"),
        measured=tell_measurements(result.course, (spot.area, spot.delta_mi, spot.load), row.changes, catalogue),
        notes=tuple(catalogue.say(f"words.flag.{flag.value}") for flag in remarks),
        pointed=any(each.lesion_id == row.lesion_id and QualityFlag.REFERRAL in each.flags for each in result.lesions),
    )


def _advice(flag: QualityFlag, catalogue: Catalogue) -> str:
    return f"{catalogue.meaning(flag)} {catalogue.remedy(flag)}"

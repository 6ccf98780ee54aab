"""From a cohort's records to the sentences of its page."""

from base64 import b64encode

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.cohort import (
    FEWEST,
    FEWEST_ADJUSTED,
    MOST_COMPARED,
    Axis,
    CohortGroup,
    CohortResult,
    GroupDifference,
    GroupEffect,
    LeftOut,
)
from pigtrack.model.course import Endpoint
from pigtrack.report.cohort.page import CohortPage, GroupRow, PairRow, SpreadCard
from pigtrack.report.cohort.words import tell_mean, tell_patients

_LIMITS = ("measurement", "mean_regression", "season", "selection", "dropout", "line")


def compose_cohort(result: CohortResult, chart: bytes | None, *, catalogue: Catalogue, version: str) -> CohortPage:
    """Put the page's sentences together; hidden groups have a name and nothing else."""
    return CohortPage(
        title=catalogue.say(
            "cohort.title",
            endpoint=catalogue.say(f"cohort.endpoint.{result.endpoint}"),
            factor=catalogue.say(f"cohort.factor.{result.factor}"),
        ),
        scope=_scope(result, catalogue),
        warnings=_warnings(result, catalogue),
        chart=None if chart is None else "data:image/svg+xml;base64," + b64encode(chart).decode(),
        headings=_headings(result, catalogue),
        groups=tuple(_group_row(group, result, catalogue) for group in result.groups),
        group_notes=_group_notes(result, catalogue),
        pairs=_pair_rows(result, catalogue),
        pair_notes=_pair_notes(result, catalogue),
        left_out=_left_out(result, catalogue),
        spread=_spread(result, catalogue),
        method=_method(result, catalogue),
        limits=tuple(catalogue.say(f"cohort.limit.{name}") for name in _LIMITS),
        footer=catalogue.say("cohort.footer", version=version),
    )


def name_of(label: str | None, catalogue: Catalogue) -> str:
    """Return a group's label, or what says that there is none."""
    return catalogue.say("cohort.not_stated") if label is None else label


def _scope(result: CohortResult, catalogue: Catalogue) -> str:
    if result.courses is None or result.patients is None:
        return ""
    patients = catalogue.count("cohort.patients", result.patients)
    return catalogue.count("cohort.scope", result.courses, patients=patients)


def _warnings(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    said = []
    if result.least < FEWEST:
        said.append(catalogue.say("cohort.least_low", least=result.least, usual=FEWEST))
    if result.mixed_versions:
        said.append(catalogue.say("cohort.mixed"))
    if not result.named_beforehand:
        within = catalogue.say(f"cohort.endpoint_within.{result.endpoint}")
        said.append(catalogue.say("cohort.not_named", endpoint=within))
    return tuple(said)


def _headings(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    days = catalogue.say("cohort.after_days", count=catalogue.number(result.at[Axis.DAYS]))
    return days, catalogue.count("cohort.after_treatments", int(result.at[Axis.TREATMENTS]))


def _group_row(group: CohortGroup, result: CohortResult, catalogue: Catalogue) -> GroupRow:
    name = name_of(group.label, catalogue)
    if group.hidden or group.patients is None or group.courses is None or group.sessions is None:
        nothing = (catalogue.say("cohort.no_figure"),)
        return GroupRow(name, (catalogue.say("cohort.hidden", least=result.least),), (nothing, nothing), ())
    counts = (("patients", group.patients), ("courses", group.courses), ("sessions", group.sessions))
    return GroupRow(
        name,
        tuple(catalogue.count(f"cohort.{what}", count) for what, count in counts),
        tuple(_figures(group, axis, result.endpoint, catalogue) for axis in Axis),
        tuple(catalogue.say(f"cohort.note.{note}") for note in group.notes),
    )


def _figures(group: CohortGroup, axis: Axis, endpoint: Endpoint, catalogue: Catalogue) -> tuple[str, ...]:
    told: list[str] = []
    for effect in group.effects:
        if effect.axis is axis and not effect.adjusted:
            told.append(tell_mean(effect.mean, endpoint, catalogue))
            told += [] if effect.patients is None else [tell_patients(effect.patients, endpoint, catalogue)]
        elif effect.axis is axis:
            told.append(catalogue.say("cohort.adjusted", told=tell_mean(effect.mean, endpoint, catalogue)))
    return tuple(told) or (catalogue.say("cohort.no_figure"),)


def _group_notes(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    notes = [catalogue.say("cohort.change_note"), catalogue.say("cohort.groups_order")]
    if any(group.hidden for group in result.groups):
        notes.append(catalogue.say("cohort.hidden_why", least=result.least))
    return tuple(notes)


def _pair_rows(result: CohortResult, catalogue: Catalogue) -> tuple[PairRow, ...]:
    pairs = dict.fromkeys((each.first, each.second) for each in result.differences)
    rows = []
    for first, second in pairs:
        own = [each for each in result.differences if (each.first, each.second) == (first, second)]
        names = catalogue.say("cohort.against", first=name_of(first, catalogue), second=name_of(second, catalogue))
        figures = tuple(_pair_figures(own, axis, result.endpoint, catalogue) for axis in Axis)
        shared = (catalogue.say("cohort.in_both"),) if any(each.in_both for each in own) else ()
        rows.append(PairRow(names, figures, (catalogue.say("cohort.not_randomised_short"), *shared)))
    return tuple(rows)


def _pair_figures(
    differences: list[GroupDifference], axis: Axis, endpoint: Endpoint, catalogue: Catalogue
) -> tuple[str, ...]:
    told = []
    for each in sorted((each for each in differences if each.axis is axis), key=lambda each: each.adjusted):
        text = tell_mean(each.difference, endpoint, catalogue)
        told.append(catalogue.say("cohort.adjusted", told=text) if each.adjusted else text)
    return tuple(told) or (catalogue.say("cohort.no_figure"),)


def _pair_notes(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    shown = [group for group in result.groups if group.effects]
    if len(shown) > MOST_COMPARED:
        return (catalogue.say("cohort.too_many_groups", count=MOST_COMPARED),)
    if not result.differences:
        return ()
    contrast = result.endpoint is Endpoint.CONTRAST
    notes = [catalogue.say("cohort.difference_note_mi" if contrast else "cohort.difference_note")]
    pairs = len({(each.first, each.second) for each in result.differences})
    if pairs > 1:
        notes.append(catalogue.say("cohort.widened", count=pairs))
    return tuple(notes)


def _left_out(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    told = []
    for reason in LeftOut:
        count = result.left_out.get(reason, 0)
        if count:
            few = catalogue.say("cohort.left_out.fewer", least=result.least)
            courses = few if count < result.least else catalogue.count("cohort.courses", count)
            told.append(catalogue.say(f"cohort.left_out.{reason}", courses=courses))
    return tuple(told) or (catalogue.say("cohort.left_out_nothing"),)


def _spread(result: CohortResult, catalogue: Catalogue) -> tuple[SpreadCard, ...]:
    cards = []
    for group in result.groups:
        if (plain := group.plain_effect) is not None:
            cards.append(SpreadCard(name_of(group.label, catalogue), _facts(plain, result.endpoint, catalogue)))
    return tuple(cards)


def _facts(effect: GroupEffect, endpoint: Endpoint, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    found = effect.trajectory
    unit = catalogue.say("cohort.mi_unit" if endpoint is Endpoint.CONTRAST else "cohort.log_unit")
    slope = catalogue.say(
        "cohort.spread_slope_value",
        slope=catalogue.signed(found.slope, 3),
        u=catalogue.number(found.u, 3),
        degrees=catalogue.number(found.degrees, 1),
    )
    share = found.between_share
    facts = [("cohort.spread_slope", f"{slope}, {unit}")]
    facts += [("cohort.spread_tau", f"{catalogue.number(found.tau, 3)} {unit}")]
    facts += [("cohort.spread_residual", f"{catalogue.number(found.residual, 3)} {unit}")]
    facts += [] if share is None else [("cohort.spread_share", catalogue.number(share, 2))]
    return tuple((catalogue.say(key), told) for key, told in facts)


def _method(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    return (
        catalogue.say(f"cohort.model_{result.endpoint}"),
        catalogue.say("cohort.model_line"),
        catalogue.say("cohort.model_adjusted", count=FEWEST_ADJUSTED),
        catalogue.say("cohort.versions", versions=", ".join(result.versions)),
        catalogue.say("cohort.digest", digest=result.digest),
    )


def tell_cohort(result: CohortResult, catalogue: Catalogue) -> tuple[str, ...]:
    """Tell a cohort in a few lines: each group with its figure, each difference, and that nothing was randomised."""
    said = [_scope(result, catalogue)] if result.courses is not None else []
    days, _ = _headings(result, catalogue)
    for group in result.groups:
        row = _group_row(group, result, catalogue)
        who = ", ".join(row.who)
        figure = "" if group.hidden else f". {days}: {row.figures[0][0]}"
        said.append(f"{row.name}: {who}{figure}.")
    for pair in _pair_rows(result, catalogue):
        said.append(f"{pair.names}, {days[:1].lower()}{days[1:]}: {pair.figures[0][0]}. {' '.join(pair.notes)}")
    return (*said, *_warnings(result, catalogue))

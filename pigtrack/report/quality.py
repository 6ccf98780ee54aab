"""The page of method and quality: how it was measured, how far to trust it, what was left out, and what it is not."""

from collections.abc import Iterable, Mapping

from pigtrack.imaging.change import WITHHOLDING
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SessionMetrics
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.model.telling import DASH
from pigtrack.report import words
from pigtrack.report.corrected import excluded_lesions
from pigtrack.report.page import Chapter, Fact
from pigtrack.report.standing import baseline_session, sort_flags

_OF_ONE_SESSION = WITHHOLDING - {QualityFlag.EXPLORATORY}
"""Why a session took no part; that nothing is calibrated holds for all of them, and is told with the colour."""


def compose_method(
    result: CourseResult, latest: SessionMetrics, catalogue: Catalogue, *, version: str
) -> tuple[Chapter, ...]:
    """Return the chapters of the page, in their order."""
    return (
        _colour(result, catalogue),
        _geometry(result, catalogue),
        _decision(result, latest, catalogue),
        _left_out(result, catalogue),
        _numbers(result, catalogue),
        _purpose(result, catalogue),
        _versions(result, catalogue, version=version),
    )


def _colour(result: CourseResult, catalogue: Catalogue) -> Chapter:
    used = _used(result)
    say = catalogue.say
    told = [(say("report.method.calibration"), say("report.method.calibration_value", method=result.method))]
    mean, worst = _span(each.loo_delta_e00_mean for each in used), _span(each.loo_delta_e00_max for each in used)
    if mean and worst:
        told.append((say("report.method.left_out_patch"), _errors(mean, worst, catalogue)))
    skin = _span(each.skin_delta_e00_u for each in used)
    if skin:
        value = catalogue.number(skin[1], 1)
        told.append((say("report.method.skin_colour"), say("report.method.skin_colour_value", value=value)))
    contrast = _span(each.u_contrast for each in used)
    if contrast:
        value = catalogue.number(100 * contrast[1], 1)
        told.append((say("report.method.contrast"), say("report.method.contrast_value", value=value)))
    return Chapter(say("report.method.colour"), tuple(told), (say(f"report.method.colour_text{_relative(result)}"),))


def _relative(result: CourseResult) -> str:
    return "_relative" if result.exploratory else ""


def _errors(mean: tuple[float, float], worst: tuple[float, float], catalogue: Catalogue) -> str:
    low, high = (catalogue.number(each, 1) for each in mean)
    span = low if low == high else f"{low}{DASH}{high}"
    return catalogue.say("report.method.left_out_value", mean=span, worst=catalogue.number(worst[1], 1))


def _geometry(result: CourseResult, catalogue: Catalogue) -> Chapter:
    say = catalogue.say
    told = [(say("report.method.scale"), _scale(result, catalogue))]
    error = _span(each.registration_error_mm for each in _used(result) if each.session != baseline_session(result))
    if error:
        value = catalogue.number(error[1], 2)
        told.append((say("report.method.alignment"), say("report.method.alignment_value", value=value)))
    return Chapter(say("report.method.geometry"), tuple(told), (say("report.method.geometry_text"),))


def _scale(result: CourseResult, catalogue: Catalogue) -> str:
    if result.u_scale is None or result.frame.mm_per_px is None:
        return catalogue.say("report.method.scale_unknown")
    pixels = catalogue.number(1 / result.frame.mm_per_px, 1)
    return catalogue.say("report.method.scale_value", pixels=pixels, percent=catalogue.number(100 * result.u_scale, 1))


def _decision(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> Chapter:
    say = catalogue.say
    told = [
        (say("report.method.noise"), _noise(result, catalogue)),
        (say("report.method.level"), say("report.method.level_value")),
    ]
    if latest.session != baseline_session(result) and not result.exploratory:
        told.append((say("report.method.smallest"), _smallest(result, latest, catalogue)))
    return Chapter(
        say("report.method.decision"), tuple(told), (say(f"report.method.decision_text_{result.course.mode.value}"),)
    )


def _smallest(result: CourseResult, latest: SessionMetrics, catalogue: Catalogue) -> str:
    """Tell the smallest fall of each endpoint that would have been called, the one that decides first."""
    changes = sorted(latest.changes, key=lambda change: change.endpoint is not result.course.primary)
    return ", ".join(
        f"{catalogue.say(f'words.endpoint_within.{each.endpoint.value}')} {words.tell_detectable(each, catalogue)}"
        for each in changes
    )


def _noise(result: CourseResult, catalogue: Catalogue) -> str:
    noise = result.settings.get("noise")
    file = noise.get("file") if isinstance(noise, Mapping) else result.course.noise
    if file:
        return catalogue.say("report.method.noise_clinic", file=file)
    return catalogue.say("report.method.noise_usual")


def _left_out(result: CourseResult, catalogue: Catalogue) -> Chapter:
    """Name every photograph, session and spot that took no part, and why."""
    told: list[Fact] = []
    for record in result.photographs:
        if str(record.qc_status) == "reject":
            told.append((record.photo, catalogue.say("report.method.rejected")))
    for session in result.sessions:
        reasons = [catalogue.meaning(flag) for flag in sort_flags(session.flags & _OF_ONE_SESSION)]
        if reasons:
            told.append((words.tell_session(result.course, session.session, catalogue), " ".join(reasons)))
    if result.course.exclude:
        count = catalogue.count("report.method.excluded_value", len(result.course.exclude))
        told.append((catalogue.say("report.method.excluded"), count))
    if spots := excluded_lesions(result):
        listed = words.list_words(map(str, spots), catalogue)
        count = catalogue.count("report.method.excluded_spots_value", len(spots), spots=listed)
        told.append((catalogue.say("report.method.excluded_spots"), count))
    nothing = () if told else (catalogue.say("report.method.nothing_left_out"),)
    return Chapter(catalogue.say("report.method.left_out"), tuple(told), nothing)


def _numbers(result: CourseResult, catalogue: Catalogue) -> Chapter:
    kind = result.course.mode.value
    keys = (f"report.numbers.{kind}_area", f"report.numbers.{kind}_contrast", f"report.numbers.{kind}_load")
    told = [catalogue.say(key) for key in keys]
    if any(each.field is not None and each.field.grade is not None for each in result.sessions):
        told.append(catalogue.say("report.numbers.masi"))
    return Chapter(catalogue.say("report.numbers.title"), (), (*told, catalogue.say("report.numbers.intervals")))


def _purpose(result: CourseResult, catalogue: Catalogue) -> Chapter:
    names = ("measurement", "device", f"reassurance_{result.course.mode.value}", "other_causes", "interval")
    return Chapter(catalogue.say("report.limits.title"), (), tuple(catalogue.say(f"report.limits.{n}") for n in names))


def _versions(result: CourseResult, catalogue: Catalogue, *, version: str) -> Chapter:
    say = catalogue.say
    steps = ", ".join(f"{each.name} {each.version}" for each in result.algorithms)
    settings = {name: value for name, value in result.settings.items() if name not in ("digest", "noise")}
    told: list[Fact] = [(say("report.versions.program"), f"pigtrack {version}"), (say("report.versions.steps"), steps)]
    told.append((say("report.versions.settings"), ", ".join(f"{name} = {settings[name]}" for name in sorted(settings))))
    if "digest" in result.settings:
        told.append((say("report.versions.digest"), str(result.settings["digest"])))
    if result.protocol is not None and result.protocol.digest:
        told.append((say("report.versions.protocol", name=result.protocol.name), result.protocol.digest))
    return Chapter(say("report.versions.title"), tuple(told), (say("report.versions.text"),))


def _used(result: CourseResult) -> list[PhotographRecord]:
    return [each for each in result.photographs if str(each.qc_status) != "reject"]


def _span(values: Iterable[float | None]) -> tuple[float, float] | None:
    """Least and greatest of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else None

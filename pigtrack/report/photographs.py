"""The photographs as the report shows them: what was measured of each, and what to do better."""

from pigtrack.imaging.quality.limits import LIMITS
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.quality import QualityCheck
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.report.page import Fact, Foreign, PhotographRow, Said
from pigtrack.report.standing import sort_flags

_DIGITS = 3
"""Significant digits of a check's value, which no interval stands beside."""


def photograph_rows(result: CourseResult, catalogue: Catalogue) -> tuple[PhotographRow, ...]:
    """Return one row a photograph, in the course's order."""
    return tuple(_photograph_row(each, catalogue) for each in result.photographs)


def _photograph_row(record: PhotographRecord, catalogue: Catalogue) -> PhotographRow:
    failed = [check for check in record.checks if str(check.verdict) != "pass"]
    told = tuple(_complaint(check, catalogue) for check in failed)
    if not told:
        told = tuple(f"{catalogue.meaning(flag)} {catalogue.remedy(flag)}" for flag in sort_flags(record.flags))
    refusal: tuple[Said, ...] = (Foreign(record.refusal or ""),) if _says_more(record, catalogue) else ()
    return PhotographRow(
        session=record.session,
        photo=record.photo,
        status=str(record.qc_status),
        status_words=catalogue.say(f"report.photographs.{record.qc_status}"),
        facts=_facts(record, catalogue),
        complaints=(*refusal, *told),
        sha256=record.sha256,
    )


def _says_more(record: PhotographRecord, catalogue: Catalogue) -> bool:
    """Tell whether the refusal holds what no check says in the page's own language."""
    if not record.refusal:
        return False
    failed = [check for check in record.checks if str(check.verdict) == "reject"]
    return not failed or (catalogue.language == "en" and all(check.remedy not in record.refusal for check in failed))


def _complaint(check: QualityCheck, catalogue: Catalogue) -> str:
    """Tell a check that did not pass: its name, its value against the limit, and what to do."""
    name, remedy = catalogue.check_name(check.name), catalogue.check_remedy(check)
    if check.value is None or check.limit is None or not _counts(check.name) or _tells_numbers(check, remedy):
        return catalogue.say("report.photographs.complaint", name=name, remedy=remedy)
    unit = LIMITS[check.name].unit if check.name in LIMITS else ""
    value, limit = (_tell(number, unit, catalogue) for number in (check.value, check.limit))
    return catalogue.say("report.photographs.measured", name=name, value=value, limit=limit, remedy=remedy)


def _tells_numbers(check: QualityCheck, remedy: str) -> bool:
    """Tell whether the remedy holds the finding's own numbers already."""
    return check.name in LIMITS and remedy != LIMITS[check.name].usual_remedy and remedy == check.remedy


def _counts(name: str) -> bool:
    """Tell whether a check's value is a quantity; some only say yes or no."""
    return name not in LIMITS or not LIMITS[name].meaning.startswith("1 if ")


def _tell(value: float, unit: str, catalogue: Catalogue) -> str:
    text = catalogue.number(value, _digits(value))
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit not in ("", "1") else text


def _digits(value: float) -> int:
    """Digits after the decimal sign that leave three significant ones, none of them a needless zero."""
    shown = f"{value:.{_DIGITS}g}"
    return 0 if "e" in shown else len(shown.partition(".")[2])


def _facts(record: PhotographRecord, catalogue: Catalogue) -> tuple[Fact, ...]:
    say = catalogue.say
    card = record.card if record.card_found and record.card else say("report.photographs.no_card")
    told = [(say("report.photographs.card"), card)]
    if record.loo_delta_e00_mean is not None and record.loo_delta_e00_max is not None:
        mean, worst = (catalogue.number(each, 1) for each in (record.loo_delta_e00_mean, record.loo_delta_e00_max))
        told.append((say("report.photographs.colour"), say("report.photographs.errors", mean=mean, worst=worst)))
    for name, value, digits in (
        ("scale", record.mm_per_px, 4),
        ("tilt", record.tilt_deg, 0),
        ("alignment", record.registration_error_mm, 2),
    ):
        if value is not None:
            number = catalogue.number(value, digits)
            told.append((say(f"report.photographs.{name}"), say(f"report.photographs.{name}_value", value=number)))
    return tuple(told)

"""What a measurement says on the terminal, and what its run.json holds."""

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pigtrack import __version__
from pigtrack.model.course import Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.protocol import Protocol
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.report import tell_course
from pigtrack.report.corrected import tell_corrected
from pigtrack.store.catalogues import load_catalogue

_LIBRARIES = ("numpy", "opencv-python-headless", "scikit-image", "scipy", "pandas", "pillow", "matplotlib")


def warn(result: CourseResult) -> tuple[str, ...]:
    """Return what was assumed and which photographs could not be used, one sentence each."""
    rejected = [
        f"Not used: {each.photo}. {each.refusal or _worst(each)}"
        for each in result.photographs
        if each.qc_status == "reject"
    ]
    exploratory = [QualityFlag.EXPLORATORY.meaning + " " + QualityFlag.EXPLORATORY.remedy] if result.exploratory else []
    unscaled = [QualityFlag.CARD_SIZE_UNKNOWN.meaning + " " + QualityFlag.CARD_SIZE_UNKNOWN.remedy]
    said = (*result.course.assumptions, *result.notes, *_unanswered(result))
    return (*said, *rejected, *exploratory, *(unscaled if _lacks_scale(result) else ()))


def summarise(result: CourseResult, out: Path | None, *, pdf: bool = False) -> tuple[str, ...]:
    """Return what became of the course, and where the pages are."""
    spots = len({row.lesion_id for row in result.lesions})
    found = "the field" if result.course.mode is Mode.FIELD else f"{spots} spots"
    used = sum(each.qc_status != "reject" for each in result.photographs)
    counts = f"{result.course.id}: {found} in {used} of {len(result.photographs)} photographs."
    english = load_catalogue("en")
    return (counts, tell_course(result, english), *tell_corrected(result, english), *_where(out, pdf=pdf))


def _where(out: Path | None, *, pdf: bool) -> tuple[str, ...]:
    if out is None:
        return ()
    pages = (f"Report: {out / 'report.html'}", f"For the patient: {out / 'patient.html'}")
    return (*pages, "Both are there as PDF too.") if pdf else pages


def describe_run(result: CourseResult) -> dict[str, Any]:
    """Return versions, settings and digests of a measurement; no clock, so that the same input gives the same bytes."""
    run = {
        "pigtrack": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "algorithms": {each.name: each.version for each in result.algorithms},
        "settings": dict(result.settings),
        "course": result.course.id,
        "protocol": _protocol_entries(result.protocol),
        "screen": _screen_entries(result),
        "calibration_method": result.method,
        "exploratory": result.exploratory,
        "frame": asdict(result.frame),
        "ruler": {
            "melanin_weights": [round(float(each), 6) for each in result.ruler.weights],
            "erythema_weights": [round(float(each), 6) for each in result.ruler.erythema_weights],
        },
        "photographs": {each.photo: each.sha256 for each in result.photographs},
        "notes": [*result.course.assumptions, *result.notes],
    }
    return {**run, "corrections": _correction_entries(result)} if result.corrections else run


def _correction_entries(result: CourseResult) -> list[dict[str, Any]]:
    """What became of each correction; its words and who made it are in course.toml alone."""
    return [
        {
            "number": each.number,
            "kind": each.correction.kind.value,
            "applied": each.problem is None,
            "lesions": list(each.lesions),
            "blinded": each.correction.blinded,
        }
        for each in result.corrections
    ]


def _protocol_entries(protocol: Protocol | None) -> dict[str, Any] | None:
    if protocol is None:
        return None
    return {"name": protocol.name, "sha256": protocol.digest, "quiet_days": protocol.quiet_days}


def _screen_entries(result: CourseResult) -> dict[str, Any] | None:
    """How far the screen before the course was answered; what was answered is the patient's own."""
    screen, protocol = result.course.screen, result.protocol
    if screen is None or protocol is None:
        return None
    return {
        "asked": len(protocol.screen_keys),
        "answered": len(screen.answers),
        "signed": screen.signed_by is not None,
    }


def _unanswered(result: CourseResult) -> tuple[str, ...]:
    """One sentence where a screen was begun and not ended."""
    screen, protocol = result.course.screen, result.protocol
    if screen is None or protocol is None:
        return ()
    answered = {key for key, _ in screen.answers}
    missing = [key for key in protocol.screen_keys if key not in answered]
    return (f"The screen has no answer to: {', '.join(missing)}. Add them to course.toml.",) if missing else ()


def _worst(photograph: PhotographRecord) -> str:
    return " ".join(dict.fromkeys(check.remedy for check in photograph.checks if check.verdict == "reject"))


def _lacks_scale(result: CourseResult) -> bool:
    return not result.exploratory and result.frame.mm_per_px is None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

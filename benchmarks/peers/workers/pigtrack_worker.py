"""pigtrack itself, as a person runs it: a whole course at once; single pictures are only asked for their card."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from exchange import NoCardError, Photograph, Reading, answer, peak_mib, weighed

import pigtrack
from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.store.results import label_path
from pigtrack.tracker import measuring
from pigtrack.tracker.measuring import MeasuredCourse

CARD = "colorchecker-classic"
ENDPOINTS = ("area", "contrast", "load")


def main() -> None:
    """Answer the job named on the command line."""
    cv2.setNumThreads(1)
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    courses: dict[str, list[Photograph]] = {}
    for photograph in job["photographs"]:
        courses.setdefault(photograph.get("course", ""), []).append(photograph)
    if job["photographs"]:
        answer(look, job["photographs"][0], {})  # warm-up: not told
    with Path(job["answers"]).open("a", encoding="utf-8") as answers:
        for folder, photographs in courses.items():
            told = measured(Path(folder), photographs) if folder else (answer(look, each, {}) for each in photographs)
            for line in told:
                answers.write(json.dumps(line) + "\n")
                answers.flush()


def look(photograph: Photograph, settings: Mapping[str, Any]) -> Reading:
    """Look for the card."""
    try:
        reading = find_card(pigtrack.read_photograph(photograph["path"]), pigtrack.load_card(CARD))
    except CardError as refusal:
        raise NoCardError from refusal
    return Reading(reading.centres)


def measured(folder: Path, photographs: list[Photograph]) -> list[dict[str, Any]]:
    """Measure a course as the command does; what drawing charts, pictures and report costs is weighed apart."""
    costs: dict[str, float] = {}
    drawn: dict[str, float] = {}
    out = Path(photographs[0]["labels"]).parent / "results"
    draw = measuring.draw_files

    def draw_apart(*given: Any, **named: Any) -> Any:
        before["mib"] = peak_mib()
        with weighed(drawn):
            return draw(*given, **named)

    before: dict[str, float] = {}
    with weighed(costs), patch.object(measuring, "draw_files", draw_apart):
        course = measuring.measure(course_folder=folder, out=out)
    each = {name: (costs[name] - drawn[name]) / len(photographs) for name in ("wall", "cpu")}
    more = {"mib": before["mib"], "cpu_with_report": costs["cpu"] / len(photographs)}
    return [{**told_of(course, photograph, out), **each, **more} for photograph in photographs]


def told_of(course: MeasuredCourse, photograph: Photograph, out: Path) -> dict[str, Any]:
    """What the tables say of one photograph, and of its session."""
    record = next(each for each in course.result.photographs if each.photo == photograph["photo"])
    usable = record.qc_status != "reject"
    return {
        "id": photograph["id"],
        "centres": None if record.card_centres is None else np.asarray(record.card_centres).tolist(),
        "mm_per_px": record.mm_per_px,
        "measured": usable,
        "labels": str(out / label_path(record.photo)) if usable else None,
        "spots": _spots(course, record.session) if usable else [],
        "own": _own(course, record.session),
    }


def _spots(course: MeasuredCourse, session: int) -> list[dict[str, Any]]:
    rows = course.lesions[course.lesions["session"] == session].to_dict("records")
    return [_spot(row) for row in rows if np.isfinite(float(row["area_mm2"]))]


def _spot(row: Mapping[Any, Any]) -> dict[str, Any]:
    spot = {"label": int(row["lesion_id"]), "area_mm2": float(row["area_mm2"])}
    values = [float(row[name]) for name in ("delta_mi", "l", "a", "b", "ring_l", "ring_a", "ring_b")]
    if np.isfinite(values).all():
        spot |= {"delta_mi": values[0], "lab": values[1:4], "ring_lab": values[4:]}
    return spot


def _own(course: MeasuredCourse, session: int) -> dict[str, Any]:
    """Changes and verdicts of a session as the table has them."""
    row = course.sessions[course.sessions["session"] == session].to_dict("records")[0]
    changes = {name: float(row[f"{name}_change_percent"]) for name in ENDPOINTS}
    verdicts = {f"{name}_verdict": str(row[f"{name}_verdict"]) for name in ENDPOINTS}
    return {name: value for name, value in changes.items() if np.isfinite(value)} | verdicts


if __name__ == "__main__":
    main()

"""Recorded courses for tests: as the record would give them, without a record.

`recorded` takes any folder with the results that `measure` wrote; `story` draws, tells and measures a small one.
"""

import csv
import hashlib
import io
import json
import mimetypes
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from drawn_courses import Drawn
from PIL import Image

from pigtrack.model.correction import Correction, CorrectionKind
from pigtrack.model.course import Course, Session
from pigtrack.model.provenance import Algorithm
from pigtrack.model.record import Consent, MeasurementVersion, Purpose, RecordedCourse, RecordedPhotograph, SignOff
from pigtrack.store.cells import csv_text
from pigtrack.store.folder import load_course
from pigtrack.store.results import label_path
from pigtrack.tracker.measuring import measure_labelled
from pigtrack.tracker.summary import describe_run

COURSE_UID = "8f2b2f0e-4f0f-5d9d-9c50-6b8f4f2d0a01"
SUBJECT_UID = "0d1f6a52-7c3c-5a9e-8a11-3f1d5f6c7b02"
MEASURED_AT = "2026-11-22T09:30:00.000000Z"
TABLES = ("sessions", "lesions", "photos")

_TOLD = """
[course]
id = "C-0001"
subject = "P-0007"
site = "left cheek"
diagnosis = "solar lentigo"
cause = "sun"
skin_type = "II"
card_patch_pitch_mm = 9.0
region = {region}
control = {control}

[[session]]
date = 2026-01-11
photos = ["anna-2026-01-11.jpg"]

[session.treatment]
technique = "manual injection"
product = "F-RADIANCE"
lot = "L-77"
ingredients = ["arbutin", "ascorbic acid"]
dose = 2.0
dose_unit = "ml"
area = "left cheek"
operator = "staff-2"
note = "told on 2026-01-11: going to sea"
patch_test = {{ date = 2026-01-08, site = "inner elbow", hours = 3, result = "negative" }}

[[session]]
date = 2026-01-25
photos = ["visit-2/anna.jpg"]
adverse_events = [
    {{ kind = "bruise", date = 2026-01-26, severity = "mild", outcome = "resolved", until = 2026-01-29 }},
]
treatment = {{ technique = "manual injection", product = "F-RADIANCE", operator = "staff-2" }}

[[session]]
date = 2026-02-08
photos = ["anna-3.jpg"]
"""


def story(folder: Path, drawn: Drawn) -> RecordedCourse:
    """A measured course of three sessions with a treatment, an adverse event, notes, and names that tell too much."""
    (folder / "visit-2").mkdir(parents=True)
    text = _TOLD.format(**{key: json.dumps(drawn.settings[key]) for key in ("region", "control")})
    (folder / "course.toml").write_text(text, encoding="utf-8")
    course = load_course_of(folder, drawn)
    measured = measure_labelled(folder)
    tables = {name: rows_of(csv_text(getattr(measured.measured, name))) for name in TABLES}
    run = json.loads(json.dumps(describe_run(measured.measured.result)))
    return compose(folder, course, tables, run, partial(_decoded, measured.labels))


def load_course_of(folder: Path, drawn: Drawn) -> Course:
    for number, name in enumerate(("anna-2026-01-11.jpg", "visit-2/anna.jpg", "anna-3.jpg"), start=1):
        (folder / name).write_bytes(drawn.bytes_of(number))
    return load_course(folder)


def recorded(folder: Path, results: Path | None = None, **more: Any) -> RecordedCourse:
    """A course folder with the results that `measure` wrote (default: inside it) as the record gives a course."""
    results = folder / "results" if results is None else results
    tables = {name: rows_of((results / f"{name}.csv").read_text(encoding="utf-8")) for name in TABLES}
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    return replace(compose(folder, load_course(folder), tables, run, partial(_label_of, results)), **more)


def compose(
    folder: Path,
    course: Course,
    tables: dict[str, tuple[dict[str, str], ...]],
    run: dict[str, Any],
    labels: Callable[[str], np.ndarray | None],
) -> RecordedCourse:
    version = measurement_of(tables, run)
    return RecordedCourse(
        uid=COURSE_UID,
        subject_uid=SUBJECT_UID,
        course=course,
        measurement=version,
        **tables,
        photographs=tuple(
            photograph_of(folder, session.number, position, name)
            for session in course.sessions
            for position, name in enumerate(session.photos, start=1)
        ),
        labels=labels,
        consents=(Consent(Purpose.CARE, given=True), Consent(Purpose.RESEARCH, given=False, note="asked twice")),
        sign_offs=(SignOff(1, "clinician-1", MEASURED_AT, "reviewed and accepted"),),
        versions=(version,),
    )


def with_exclusion(course: RecordedCourse, lesion: int, reason: str) -> RecordedCourse:
    """The course as it is once somebody left a lesion out by hand."""
    flags = {"flags": "excluded_by_hand", "load_verdict": "", "verdict": ""}
    rows = tuple({**row, **(flags if row["lesion_id"] == str(lesion) else {})} for row in course.lesions)
    first = next(row for row in rows if row["lesion_id"] == str(lesion))
    at = ((float(first["x_px"]) + 1, float(first["y_px"]) - 1),)
    correction = Correction(CorrectionKind.EXCLUDE, reason, at=at, by="clinician-1")
    told = replace(course.course, corrections=(correction,))
    return replace(course, course=told, lesions=rows, measurement=replace(course.measurement, corrected=True))


def erased(course: RecordedCourse) -> RecordedCourse:
    """What the record gives of a course once its patient's key was destroyed."""
    label = f"erased-{course.uid[:8]}"
    visits = tuple(Session(number=each.number, date=None, photos=()) for each in course.course.sessions)
    return replace(
        course,
        course=Course(id=label, sessions=visits, mode=course.course.mode, primary=course.course.primary),
        sessions=(),
        lesions=tuple({**row, "course_id": label} for row in course.lesions),
        photos=(),
        photographs=(),
        labels=lambda photo: None,
        files={},
        consents=(),
        erased=True,
    )


def rows_of(text: str) -> tuple[dict[str, str], ...]:
    return tuple(csv.DictReader(io.StringIO(text)))


def photograph_of(folder: Path, session: int, position: int, name: str) -> RecordedPhotograph:
    data = (folder / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    read = (folder / name).read_bytes
    return RecordedPhotograph(session, position, name, hashlib.sha256(data).hexdigest(), len(data), kind, read)


def measurement_of(tables: dict[str, tuple[dict[str, str], ...]], run: dict[str, Any]) -> MeasurementVersion:
    return MeasurementVersion(
        number=1,
        at=MEASURED_AT,
        by="clinician-1",
        pigtrack=run["pigtrack"],
        algorithms=tuple(Algorithm(name, version) for name, version in sorted(run["algorithms"].items())),
        settings_digest=_digest(run["settings"]),
        input_digest=_digest(run["photographs"]),
        rows_digest=_digest(tables),
    )


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _label_of(results: Path, photo: str) -> np.ndarray | None:
    path = results / label_path(photo)
    return _opened(path.read_bytes()) if path.is_file() else None


def _decoded(labels: dict[str, bytes], photo: str) -> np.ndarray | None:
    return _opened(labels[photo]) if photo in labels else None


def _opened(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image).astype(np.int32)

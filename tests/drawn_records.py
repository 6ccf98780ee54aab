"""Courses for records that are to be full rather than true: numbers drawn, photographs of a few bytes, quickly.

Everything goes through the record's own ways: units of work, sealed contents, the chain. Only what is measured is
drawn instead of measured, and originals may be kept without waiting for the disk.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from pigtrack.model.course import Course, Session
from pigtrack.model.provenance import Algorithm
from pigtrack.model.record import Actor
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.record.courses import KeptOriginal, add_course, find_course
from pigtrack.store.record.measurements import NewMeasurement, add_measurement, csv_line
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import seal_label
from pigtrack.store.record.subjects import add_subject, find_subject
from pigtrack.store.record.tables import courses
from pigtrack.store.record.unit import Unit
from pigtrack.store.tables import LESION_COLUMNS, PHOTO_COLUMNS, SESSION_COLUMNS
from pigtrack.store.vault.digests import parts_of
from pigtrack.store.vault.sealing import seal

ANNA = Actor("anna")
FIRST_DAY = date(2026, 1, 11)
SITES = ("left cheek", "right cheek", "forehead", "back of the left hand", "Dekolleté", "upper lip")
ALGORITHMS = (Algorithm("card", 3), Algorithm("calibrate", 5), Algorithm("measure", 4), Algorithm("change", 6))
PHOTOGRAPH_BYTES = 200

Keep = Callable[[bytes], str]
"""Keeps sealed bytes and returns their name, as `Originals.put`."""


def drawn_course(number: int, *, sessions: int = 6) -> Course:
    """The ``number``-th course: of a patient of its own, two weeks from session to session."""
    start = FIRST_DAY + timedelta(days=number % 300)
    visits = tuple(
        Session(n, start + timedelta(days=14 * (n - 1)), (f"session-{n:02d}.png",), _treatment(n))
        for n in range(1, sessions + 1)
    )
    about = {"site": SITES[number % len(SITES)], "diagnosis": "solar lentigo", "protocol": "dark-spot-mesotherapy"}
    return Course(id=f"C-{number:05d}", subject=f"P-{number:05d}", sessions=visits, **about)


def _treatment(number: int) -> dict[str, object]:
    return {"technique": "manual injection", "product": "F-RADIANCE"} if number % 2 else {}


def lay_out_drawn(folder: Path, course: Course) -> Path:
    """Write a drawn course as a folder with course.toml and photographs of a few pixels."""
    folder.mkdir(parents=True)
    for session in course.sessions:
        for name in session.photos:
            (folder / name).write_bytes(picture(f"{course.id}/{name}"))
    (folder / "course.toml").write_text(course_text(course), encoding="utf-8")
    return folder


def picture(name: str) -> bytes:
    """A photograph of 64 by 64 pixels, the smallest there may be; another one for every name."""
    pixels, written = random.Random(name).randbytes(64 * 64 * 3), BytesIO()
    Image.frombytes("RGB", (64, 64), pixels).save(written, "PNG")
    return written.getvalue()


def drawn_measurement(
    course: Course, *, lesions: int = 10, version: int = 1, labels: str | None = None
) -> NewMeasurement:
    """What measuring a course might come to; other numbers for another version of the last algorithm."""
    chance = random.Random(f"{course.id}/{version}")
    return NewMeasurement(
        sessions=_table(SESSION_COLUMNS, _session_rows(course, lesions, chance)),
        lesions=_table(LESION_COLUMNS, _lesion_rows(course, lesions, chance)),
        photos=_table(PHOTO_COLUMNS, _photo_rows(course)),
        algorithms=(*ALGORITHMS[:-1], replace(ALGORITHMS[-1], version=version)),
        settings_digest=hashlib.sha256(b"settings").hexdigest(),
        input_digest=hashlib.sha256(course_text(course).encode()).hexdigest(),
        run=json.dumps({"pigtrack": "0.1.0", "settings": {"seed": 1}, "photographs": len(course.sessions)}),
        exploratory=False,
        corrected=False,
        pigtrack="0.1.0",
        labels=labels,
    )


def _table(columns: tuple[str, ...], rows: Iterator[dict[str, str]]) -> str:
    return "".join([csv_line(columns), *(csv_line([row.get(name, "") for name in columns]) for row in rows)])


def _changes(session: int, chance: random.Random) -> dict[str, str]:
    """Changes that fade by some percent a session, with their intervals and verdicts."""
    cells = {}
    for endpoint in ("area", "contrast", "load"):
        if session == 1:
            cells[f"{endpoint}_verdict"] = "baseline"
            continue
        middle, half = -4.0 * (session - 1) + chance.gauss(0, 2), 2.0 + chance.random()
        ends = {"percent": middle, "ci_low": middle - half, "ci_high": middle + half}
        cells |= {f"{endpoint}_change_{what}": f"{value:.2f}" for what, value in ends.items()}
        cells[f"{endpoint}_verdict"] = "improved" if middle + half < 0 else "no_detectable_change"
    return {**cells, "verdict": cells["load_verdict"]}


def _session_rows(course: Course, lesions: int, chance: random.Random) -> Iterator[dict[str, str]]:
    for session in course.sessions:
        figures = {
            name: f"{chance.uniform(1, 400):.4f}"
            for name in SESSION_COLUMNS
            if name.endswith(("_mm2", "_mi", "_u", "load"))
        }
        days = str((session.date - course.sessions[0].date).days)
        about = {"session": str(session.number), "date": session.date.isoformat(), "days_from_baseline": days}
        counts = {"photos": "1", "qc_status": "pass", "lesion_count": str(lesions)}
        yield {"course_id": course.id, **about, **counts, **figures, **_changes(session.number, chance)}


def _lesion_rows(course: Course, lesions: int, chance: random.Random) -> Iterator[dict[str, str]]:
    plain = [name for name in LESION_COLUMNS if name not in ("course_id", "session", "lesion_id", "status", "flags")]
    figured = [name for name in plain if "change" not in name and "verdict" not in name and "detectable" not in name]
    for session in course.sessions:
        for lesion in range(1, lesions + 1):
            figures = {name: f"{chance.uniform(1, 90):.4f}" for name in figured}
            about = {"session": str(session.number), "lesion_id": str(lesion)}
            status = {"status": "baseline" if session.number == 1 else "present", "photographs": "1"}
            yield {"course_id": course.id, **about, **figures, **status, **_changes(session.number, chance)}


def _photo_rows(course: Course) -> Iterator[dict[str, str]]:
    for session in course.sessions:
        for name in session.photos:
            about = {"session": str(session.number), "photo": name, "sha256": hashlib.sha256(name.encode()).hexdigest()}
            yield {"course_id": course.id, **about, "card_found": "true", "qc_status": "pass"}


def add_drawn(unit: Unit, course: Course, keep: Keep, *, lesions: int = 10, versions: int = 1) -> None:
    """Take a drawn course in with measurements, inside a unit of work: its patient, its originals, its rows."""
    found = find_subject(unit.connection, str(course.subject))
    subject = add_subject(unit, str(course.subject)) if found is None else str(found["id"])
    key, label = unit.key(subject), seal_label(subject)
    originals = {}
    for session in course.sessions:
        for name in session.photos:
            data = random.Random(f"{course.id}/{name}").randbytes(PHOTOGRAPH_BYTES)
            stored = keep(seal(key, data, label=label))
            originals[name] = KeptOriginal(hashlib.sha256(data).hexdigest(), stored, len(data), "image/jpeg")
    due = course.sessions[-1].date + timedelta(days=14)
    add_course(unit, course, subject=subject, originals=originals, files={}, next_day=due.isoformat())
    for version in range(1, versions + 1):
        labels = keep(seal(key, f"{course.id}/{version}".encode(), label=label))
        add_drawn_measurement(unit, course, lesions=lesions, version=version, labels=labels)


def add_drawn_measurement(
    unit: Unit, course: Course, *, lesions: int = 10, version: int = 1, labels: str | None = None
) -> str:
    """Add a drawn measurement to a course that is in the record."""
    row = find_course(unit.connection, course.id)
    return add_measurement(unit, row, drawn_measurement(course, lesions=lesions, version=version, labels=labels))


def fill(record: Record, numbers: range, *, sessions: int = 6, lesions: int = 10, at_once: int = 200) -> None:
    """Fill a record with drawn courses, many in one transaction."""
    for start in range(numbers.start, numbers.stop, at_once):
        with record.writing(ANNA) as unit:
            for number in range(start, min(start + at_once, numbers.stop)):
                add_drawn(unit, drawn_course(number, sessions=sessions), keep_at_once(record), lesions=lesions)


def keep_at_once(record: Record) -> Keep:
    """A way to keep originals in the record's local folder that does not wait for the disk."""
    base = record.folder.path / record.folder.originals

    def keep(sealed: bytes) -> str:
        digest = hashlib.sha256(sealed).hexdigest()
        path = base.joinpath(*parts_of(digest))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sealed)
        return digest

    return keep


def labels_of(record: Record) -> list[str]:
    """The labels of all courses in a record, in order."""
    with record.reading() as connection:
        return sorted(connection.execute(select(courses.c.label)).scalars())

"""A record of courses with tiny photographs, and cheap ways to "measure" them: for what happens around a measuring.

A method's numbers are made of the photographs' digests, so that a lost, doubled or mixed-up one shows.
"""

import hashlib
import json
import os
import time
import tomllib
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from pigtrack.errors import CourseError
from pigtrack.model.course import Course, Session
from pigtrack.model.pictures import MANIFEST
from pigtrack.model.provenance import Algorithm
from pigtrack.model.record import Actor
from pigtrack.store.record.courses import KeptOriginal, add_course, add_told
from pigtrack.store.record.data_folder import DATABASE
from pigtrack.store.record.opening import Record, create_record, open_record
from pigtrack.store.record.originals import seal_label
from pigtrack.store.record.subjects import add_subject
from pigtrack.store.record.tables import courses as courses_table
from pigtrack.store.record.tables import sessions as sessions_table
from pigtrack.store.record.tables import treatments
from pigtrack.store.record.unit import subject_key
from pigtrack.store.vault.sealing import seal
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.methods import MeasuredFolder, Method

WHO = Actor("anna")

LOG = "CHEAP_COURSES_LOG"
"""Environment variable: a file that gets a line at each measuring, so that what is done twice shows."""

SESSION_COLUMNS = (
    "course_id,session,date,days_from_baseline,qc_status,lesion_count,area_total_mm2,pigment_load,verdict,flags"
)
LESION_COLUMNS = "course_id,session,lesion_id,status,area_mm2,pigment_load,verdict,flags"
PHOTO_COLUMNS = "course_id,session,photo,sha256,qc_status,flags"


def fill(
    data: Path, courses: int, *, sessions: int = 2, photos: int = 1, start: int = 1, database: str = DATABASE
) -> Path:
    """Begin a record, or go on with one, with courses ``C-00001`` on; their photographs are a few bytes each."""
    if not data.exists():
        create_record(data, clock=now, database=database)
    with open_record(data, clock=now) as record:
        for number in range(start, start + courses):
            add_cheap_course(record, f"C-{number:05}", sessions=sessions, photos=photos)
    return data


def add_cheap_course(record: Record, label: str, *, sessions: int = 2, photos: int = 1) -> None:
    """Take a course in, as `pigtrack import` would."""
    course = Course(id=label, subject=f"P-{label}", sessions=_visits(sessions, photos))
    with record.writing(WHO) as unit:
        subject = add_subject(unit, f"P-{label}")
        key = subject_key(unit.connection, subject)
        data = {name: f"{label}/{name}".encode() for visit in course.sessions for name in visit.photos}
        kept = {name: keep(record, key, subject, each) for name, each in data.items()}
        add_course(unit, course, subject=subject, originals=kept, files={})


def _visits(sessions: int, photos: int) -> tuple[Session, ...]:
    from datetime import date, timedelta

    return tuple(
        Session(
            number=number,
            date=date(2026, 1, 1) + timedelta(days=14 * number),
            photos=tuple(f"{number}-{shot}.jpg" for shot in range(1, photos + 1)),
        )
        for number in range(1, sessions + 1)
    )


def tell_treatment(record: Record, course: str) -> None:
    """Tell of a treatment at a course's visit, as a clinician does: its measurement lags behind then."""
    with record.writing(WHO) as unit:
        row = unit.connection.execute(select(courses_table).where(courses_table.c.id == course)).mappings().one()
        visits = select(sessions_table.c.id).where(sessions_table.c.course_id == course)
        visit = unit.connection.execute(visits.limit(1)).scalar_one()
        where = {"subject": row["subject_id"], "course": course}
        add_told(unit, treatments, visit, ['technique = "manual injection"'], **where)


def keep(record: Record, key: bytes, subject: str, data: bytes) -> KeptOriginal:
    """Keep an original as an import does."""
    original = record.originals.put(seal(key, data, label=seal_label(subject)))
    return KeptOriginal(hashlib.sha256(data).hexdigest(), original, len(data), "image/jpeg")


def numbers_of(folder: Path, factor: float = 1.0) -> MeasuredFolder:
    """Make a row a session, a lesion and a photograph out of the photographs' bytes."""
    told = tomllib.loads((folder / "course.toml").read_text(encoding="utf-8"))
    label, sessions, lesions, photos = told["course"]["id"], [], [], []
    if LOG in os.environ:
        with Path(os.environ[LOG]).open("a", encoding="utf-8") as log:
            log.write(f"{label}\n")
    for number, session in enumerate(told["session"], start=1):
        digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in session["photos"]}
        area = factor * (1 + int(next(iter(digests.values()))[:4], 16) / 1000)
        verdict = "baseline" if number == 1 else "no_detectable_change"
        day = session["date"]
        sessions.append(f"{label},{number},{day},{14 * (number - 1)},pass,1,{area:.4f},{area:.4f},{verdict},")
        lesions.append(f"{label},{number},1,present,{area:.4f},{area:.4f},{verdict},")
        photos += [f"{label},{number},{name},{digest},pass," for name, digest in digests.items()]
    return MeasuredFolder(
        sessions="\n".join([SESSION_COLUMNS, *sessions, ""]),
        lesions="\n".join([LESION_COLUMNS, *lesions, ""]),
        photos="\n".join([PHOTO_COLUMNS, *photos, ""]),
        run=json.dumps({"course": label}),
        labels={name: b"no picture" for session in told["session"] for name in session["photos"]},
    )


def quick(folder, *, workers=1, progress=None):
    return numbers_of(folder)


def quick_and_newer(folder, *, workers=1, progress=None):
    return numbers_of(folder, 1.1)


def slow(folder, *, workers=1, progress=None):
    time.sleep(0.15)
    return numbers_of(folder)


def refusing(folder, *, workers=1, progress=None):
    if 'id = "C-00002"' in (folder / "course.toml").read_text(encoding="utf-8"):
        raise CourseError("No session is usable.", "Take the photographs anew.")
    return numbers_of(folder)


def deadly(folder, *, workers=1, progress=None):
    """End the process at one course, as for want of memory."""
    if 'id = "C-00002"' in (folder / "course.toml").read_text(encoding="utf-8"):
        os._exit(9)
    return numbers_of(folder)


def drawn(folder, *, workers=1, progress=None):
    """Slow enough to be met in the middle; with pictures, so that nothing is left to be drawn."""
    for done in range(1, 6):
        time.sleep(0.05)
        progress(done, 5, "Reading photograph")
    return replace(numbers_of(folder), pictures={MANIFEST: b"{}"})


def endless(folder, *, workers=1, progress=None):
    """Go on until somebody ends it."""
    progress(1, 2, "Reading photograph")
    while True:
        time.sleep(0.05)


QUICK = Method(quick, (Algorithm("cheap", 1),), "0" * 64)
NEWER = Method(quick_and_newer, (Algorithm("cheap", 2),), "0" * 64)
SLOW = Method(slow, (Algorithm("cheap", 3),), "0" * 64)
REFUSING = Method(refusing, (Algorithm("cheap", 4),), "0" * 64)
DEADLY = Method(deadly, (Algorithm("cheap", 5),), "0" * 64)
DRAWN = Method(drawn, (Algorithm("cheap", 6),), "0" * 64)
ENDLESS = Method(endless, (Algorithm("cheap", 7),), "0" * 64)
HELD_UP = Method(endless, DRAWN.algorithms, DRAWN.settings_digest)

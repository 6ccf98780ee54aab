"""Measures the courses of an exported bundle again, from nothing but the bundle."""

import json
from collections.abc import Iterator
from functools import partial

import numpy as np

from pigtrack.errors import ExportError, PigtrackError
from pigtrack.imaging import opencv
from pigtrack.model.course import Course
from pigtrack.model.progress import Progress
from pigtrack.model.quantity import LabelImage
from pigtrack.store.bundle import Bundle
from pigtrack.store.bundle.layout import TABLES, measurement_folder
from pigtrack.store.folder import COURSE_FILE
from pigtrack.store.record.checking import Mismatch, Tally
from pigtrack.store.record.checking.bundled import BundledCourse, bundled_course, listed_courses
from pigtrack.store.record.measurements import to_version
from pigtrack.store.results import label_path
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.record.course_folder import digest_input
from pigtrack.tracker.record.methods import METHOD, Method
from pigtrack.tracker.record.recomputing import PART, RecordedNumbers, recompute_folder, rows_of, why_not


def recompute_bundle(
    bundle: Bundle, *, workers: int, progress: Progress | None, tally: Tally, method: Method = METHOD
) -> Iterator[Mismatch]:
    """Yield each number of the courses' own measurements that the bundle's photographs do not give again."""
    courses = list(listed_courses(bundle))
    if not courses:
        yield Mismatch(PART, "", "Not measured again: this export holds no course with its photographs.")
    for course in courses:
        if course.erased:
            tally.notes.append(f"Course {course.label} was erased: nothing is left to be measured.")
            continue
        try:
            yield from _recompute(bundle, course, method, workers, progress, tally)
        except (PigtrackError, ValueError, KeyError, TypeError) as fault:
            why = fault.problem if isinstance(fault, PigtrackError) else "something of it can't be read."
            yield Mismatch(PART, f"course {course.label}", f"Not measured again: {why}")


def _recompute(
    bundle: Bundle, course: BundledCourse, method: Method, workers: int, progress: Progress | None, tally: Tally
) -> Iterator[Mismatch]:
    own = _own(course)
    if own is None:
        tally.notes.append(f"Course {course.label} was never measured: there is nothing to compare.")
        return
    parsed = bundled_course(bundle, course)
    if parsed is None:
        raise ExportError("its course.toml can't be read.", "Get the bundle once more.")
    numbers = _numbers(bundle, course, own, parsed)
    if told := why_not(numbers, method):
        yield Mismatch(PART, numbers.where, told)
        return
    with Workspace() as workspace:
        folder = workspace.folder / "course"
        bundle.unpack(f"{course.folder}/course/", folder)
        yield from recompute_folder(folder, numbers, method, workers=workers, progress=progress, tally=tally)


def _own(course: BundledCourse) -> int | None:
    """Return the number of the measurement that the course stands at."""
    (row,) = course.rows["courses"].values()
    found = course.rows.get("measurements", {}).get(row["measurement_id"] or "")
    if found is not None and found["number"] not in course.measurements:
        raise ExportError(f"the bundle does not hold measurement {found['number']}, at which it stands.", "Export it.")
    return None if found is None else int(found["number"])


def _numbers(bundle: Bundle, course: BundledCourse, own: int, parsed: Course) -> RecordedNumbers:
    place = f"{course.folder}/course/"
    files = {name.removeprefix(place): each for name, each in bundle.manifest.files.items() if name.startswith(place)}
    names = {name for session in parsed.sessions for name in session.photos}
    if missing := sorted(names - files.keys()):
        raise ExportError(f"the bundle does not hold {missing[0]}.", "Export it with its originals.")
    input_digest = digest_input(
        bundle.read(place + COURSE_FILE),
        {name: files[name].sha256 for name in names},
        {name: each.sha256 for name, each in files.items() if name not in names and name != COURSE_FILE},
    )
    folder = measurement_folder(course.folder, own)
    row = course.measurement(own)
    if row is None:
        raise ExportError(f"measurement {own} has no row.", "Get the bundle once more.")
    tables = {name: rows_of(bundle.read(f"{folder}/{name}.csv").decode()) for name in TABLES}
    run = json.loads(bundle.read(f"{folder}/run.json"))
    labels = partial(_label_image, bundle, folder)
    return RecordedNumbers(course.label, to_version(row), input_digest, tables, run, labels)


def _label_image(bundle: Bundle, folder: str, photo: str) -> LabelImage | None:
    name = f"{folder}/{label_path(photo)}"
    return opencv.decode_png(bundle.read(name)).astype(np.int32) if bundle.has(name) else None

"""An exported bundle by itself: every file, the trail, every row and table of its courses against the trail."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pigtrack.errors import ExportError
from pigtrack.model.course import Course
from pigtrack.store.bundle import MANIFEST, SUMS, Bundle, FileDigest
from pigtrack.store.bundle.layout import ROWS, TABLES, TRAIL, measurement_folder
from pigtrack.store.bundle.manifest import sums_bytes
from pigtrack.store.course_file import parse_course
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.checking.told import Told, check_entries
from pigtrack.store.record.course_rows import COURSE_TABLES
from pigtrack.store.record.measurements import digest_rows
from pigtrack.store.record.trail import Head, canonical, entry_columns


@dataclass(frozen=True, slots=True)
class BundledCourse:
    """A course as the bundle lists it, with its rows by table and id."""

    folder: str
    uid: str
    label: str
    erased: bool
    measurements: tuple[int, ...]
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def measurement(self, number: int) -> Mapping[str, Any] | None:
        """Return the row of a measurement."""
        found = (row for row in self.rows.get("measurements", {}).values() if row.get("number") == number)
        return next(found, None)


def check_bundle(bundle: Bundle, tally: Tally) -> Iterator[Mismatch]:
    """Yield everything in a bundle that is not what was exported; its numbers are not measured again."""
    yield from check_files(bundle, tally)
    if not bundle.has(TRAIL):
        if _promises_trail(bundle):
            yield Mismatch("trail", TRAIL, "The bundle was given out with its trail, and there is none.")
        tally.notes.append(
            "There is no trail in this export: that its files are those that were written is all to see."
        )
        return
    told = Told(of_course={})
    yield from _check_trail(bundle, told, tally)
    if not all(map(_is_course, _list_of(bundle))):
        yield Mismatch("files", MANIFEST, "Its list of courses can't be read.")
    for course in listed_courses(bundle):
        try:
            yield from _check_course(bundle, course, told, tally)
        except (ExportError, ValueError, KeyError, TypeError, csv.Error, RecursionError) as fault:
            why = fault.problem if isinstance(fault, ExportError) else "It can't be read."
            yield Mismatch("rows", course.folder, why)


def _promises_trail(bundle: Bundle) -> bool:
    """Tell whether an export of this kind holds the trail: an audit bundle with its dates."""
    asked = bundle.manifest.about.get("export")
    return isinstance(asked, dict) and asked.get("format") == "bundle" and asked.get("offsets") is not True


def check_files(bundle: Bundle, tally: Tally) -> Iterator[Mismatch]:
    """Yield each file that is missing, changed, or not listed."""
    names = Counter(bundle.names())
    listed = bundle.manifest.files
    for name in tally.watch(sorted(listed), "files", len(listed)):
        if name not in names:
            yield Mismatch("files", name, "The file is missing.")
        elif _digest(bundle, name) != listed[name]:
            yield Mismatch("files", name, "The file was changed.")
    for name in sorted(names.keys() - listed.keys() - {MANIFEST, SUMS}):
        yield Mismatch("files", name, "The manifest knows no such file.")
    for name in sorted(name for name, count in names.items() if count > 1):
        yield Mismatch("files", name, "There are several of this name.")
    yield from _check_sums(bundle, names)


def _digest(bundle: Bundle, name: str) -> FileDigest | None:
    try:
        return bundle.digest(name)
    except ExportError:
        return None


def _check_sums(bundle: Bundle, names: Mapping[str, int]) -> Iterator[Mismatch]:
    if SUMS not in names:
        yield Mismatch("files", SUMS, "The file is missing.")
        return
    expected = sums_bytes({**bundle.manifest.files, MANIFEST: bundle.digest(MANIFEST)})
    found = _digest(bundle, SUMS)
    if found is None or found.sha256 != hashlib.sha256(expected).hexdigest():
        yield Mismatch("files", SUMS, f"It does not fit {MANIFEST}: one of the two was changed.")


def _check_trail(bundle: Bundle, told: Told, tally: Tally) -> Iterator[Mismatch]:
    last: list[Head] = []
    head = bundle.manifest.about.get("head")
    total = head["seq"] if isinstance(head, dict) and isinstance(head.get("seq"), int) else 0
    try:
        entries = tally.watch(_entries(bundle, last), "entries of the trail", total)
        yield from check_entries(entries, told)
    except (ExportError, ValueError, KeyError, TypeError, RecursionError):
        yield Mismatch("trail", TRAIL, "It can't be read to its end.")
    if not last or head != {"seq": last[0].seq, "hash": last[0].hash}:
        yield Mismatch("trail", "", "It does not end where the manifest says: entries were cut off or added.")


def _entries(bundle: Bundle, last: list[Head]) -> Iterator[dict[str, Any]]:
    with bundle.open(TRAIL) as file:
        for line in file:
            entry = json.loads(line)
            last[:] = [Head(entry["seq"], entry["hash"])]
            yield {**_columns(entry["body"]), **entry}


def _columns(body: str) -> dict[str, Any]:
    """Return an entry's columns; of one that can't be read none, and the chain has a word on it."""
    try:
        return entry_columns(json.loads(body))
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def listed_courses(bundle: Bundle) -> Iterator[BundledCourse]:
    """Yield the courses that the manifest lists, with their rows; one that can't be read has none."""
    for told in filter(_is_course, _list_of(bundle)):
        try:
            rows: dict[str, dict[str, Mapping[str, Any]]] = {}
            for line in bundle.read(f"{told['folder']}/{ROWS}").splitlines():
                each = json.loads(line)
                rows.setdefault(each["table"], {})[each["row"]["id"]] = each["row"]
        except (ExportError, ValueError, KeyError, TypeError, RecursionError):
            rows = {}
        about = {name: told[name] for name in ("folder", "uid", "label")}
        yield BundledCourse(
            **about, erased=bool(told.get("erased")), measurements=tuple(told["measurements"]), rows=rows
        )


def _list_of(bundle: Bundle) -> list[Any]:
    """Return the manifest's list of courses; where it is none, one thing that is no course."""
    listed = bundle.manifest.about.get("listed", [])
    return listed if isinstance(listed, list) else [listed]


def _is_course(told: Any) -> bool:
    """Tell whether a thing of the manifest's list tells of a course, in the kinds of values that we write."""
    if not isinstance(told, dict) or not isinstance(told.get("measurements"), list):
        return False
    words, numbers = ("folder", "uid", "label"), told["measurements"]
    return all(isinstance(told.get(name), str) for name in words) and all(isinstance(each, int) for each in numbers)


def _check_course(bundle: Bundle, course: BundledCourse, told: Told, tally: Tally) -> Iterator[Mismatch]:
    yield from _check_rows(course, told, tally)
    for number in course.measurements:
        tally.counts["measurements"] += 1
        if sentence := _check_measurement(bundle, course, number, tally):
            yield Mismatch("measurements", f"measurement {number} of course {course.label}", sentence)
    if not course.erased:
        yield from _check_photographs(bundle, course, tally)


def _check_rows(course: BundledCourse, told: Told, tally: Tally) -> Iterator[Mismatch]:
    for table, rows in course.rows.items():
        digests = told.digests.get(table, {})
        for name, row in rows.items():
            tally.counts["rows"] += 1
            where = f"{table} of course {course.label}, {name}"
            if name not in digests:
                yield Mismatch("rows", where, "No entry of the trail tells of this row.")
            elif hashlib.sha256(canonical(row).encode()).digest() != digests[name]:
                yield Mismatch("rows", where, "The row was changed since it was last written.")
    known = (told.of_course or {}).get(course.uid, {})
    for table in sorted(COURSE_TABLES & known.keys()):
        for name in sorted(known[table] - course.rows.get(table, {}).keys()):
            yield Mismatch("rows", f"{table} of course {course.label}, {name}", "The row is missing.")


def _check_measurement(bundle: Bundle, course: BundledCourse, number: int, tally: Tally) -> str | None:
    """Say what is wrong with a measurement's tables; None: they are those whose digest the trail vouches for."""
    row = course.measurement(number)
    if row is None:
        return "Its row is missing."
    if course.erased:
        tally.counts["measurements of erased patients"] += 1
        return None
    tables = []
    for name in TABLES:
        header, *cells = read_table(bundle, f"{measurement_folder(course.folder, number)}/{name}.csv")
        tally.counts["rows of measurements"] += len(cells)
        tables.append((header[1:], [line[1:] for line in cells]))
    return None if digest_rows(tables) == row["rows_digest"] else "Its tables are not those that came out of it."


def read_table(bundle: Bundle, name: str) -> list[list[str]]:
    """Return a table's header and rows."""
    text = bundle.read(name).decode("utf-8")
    return list(csv.reader(io.StringIO(text)))


def bundled_course(bundle: Bundle, course: BundledCourse) -> Course | None:
    """Return what course.toml tells; None: it is none."""
    text = bundle.read(f"{course.folder}/course/course.toml").decode("utf-8", "replace")
    return parse_course(text, course.label, begun=True)[0]


def _check_photographs(bundle: Bundle, course: BundledCourse, tally: Tally) -> Iterator[Mismatch]:
    """Hold each photograph's file against the digest that its row, and so the trail, tells."""
    parsed = bundled_course(bundle, course)
    if parsed is None:
        yield Mismatch("rows", f"{course.folder}/course/course.toml", "It can't be read.")
        return
    numbers = {row["id"]: row["number"] for row in course.rows.get("sessions", {}).values()}
    for row in course.rows.get("photographs", {}).values():
        session, position = numbers.get(row["session_id"], 0), row["position"]
        where = f"photograph {position} of session {session} of course {course.label}"
        visit = next((each for each in parsed.sessions if each.number == session), None)
        if visit is None or position > len(visit.photos):
            yield Mismatch("originals", where, "course.toml does not name it.")
            continue
        file = bundle.manifest.files.get(f"{course.folder}/course/{visit.photos[position - 1]}")
        if file is None:
            tally.counts["photographs left out"] += 1
            continue
        tally.counts["originals"] += 1
        if file.sha256 != row["sha256"]:
            yield Mismatch("originals", where, "It is not the photograph that was taken in.")

"""The audit bundle: all of a record's forms, the trail, and what it takes to check and recompute them without us."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import ExportError
from pigtrack.export.dicom import require_dicom
from pigtrack.export.fhir.validating import require_fhir
from pigtrack.export.parquet import require_parquet
from pigtrack.imaging import opencv
from pigtrack.model.record import RecordedCourse
from pigtrack.store.bundle import BundleWriter
from pigtrack.store.bundle.layout import OPENED, ROWS, TABLES, TRAIL, measurement_folder
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.folder import COURSE_FILE
from pigtrack.store.record.course_rows import read_course_rows
from pigtrack.store.record.measurements import COURSE_COLUMN, csv_line, read_measurement, read_run
from pigtrack.store.record.opened_trail import read_opened
from pigtrack.store.record.tables import trail
from pigtrack.store.record.trail import Choice, Head, canonical, read_entries
from pigtrack.store.results import label_path
from pigtrack.tracker.record.exporting.documents import (
    RELEASES,
    add_dicom,
    add_fhir,
    print_course,
)
from pigtrack.tracker.record.exporting.naming import course_folder_name
from pigtrack.tracker.record.exporting.readme import readme
from pigtrack.tracker.record.exporting.tables import (
    Export,
    add_cdisc,
    add_csv,
    add_dictionary,
    add_jsonl,
    add_long,
    add_parquet,
    add_told,
)


def bundle_head(connection: Connection, head: Head, up_to: int | None) -> Head:
    """Return where a bundle's trail ends: at the record's head, or at an earlier entry after which nothing changed.

    Raises
    ------
    ExportError
        If there is no such entry, or the record was changed after it: what stood then can't be given out any more.
    """
    if up_to is None or up_to == head.seq:
        return head
    found = connection.execute(select(trail.c.hash).where(trail.c.seq == up_to)).scalar()
    if found is None:
        raise ExportError(f"The trail has no entry {up_to}.", f"It ends at {head.seq}.")
    for entry in read_entries(connection, after=up_to):
        if "new" in json.loads(entry["body"]):
            raise ExportError(
                f"The record was changed after entry {up_to} of the trail (entry {entry['seq']}).",
                "Only what stands now can be exported: leave --up-to away.",
            )
    return Head(up_to, found)


def add_bundle(writer: BundleWriter, export: Export, head: Head) -> dict[str, object]:
    """Add everything; return what the manifest says of it.

    Without dates, what would tell them stays out: the trail, the originals, course.toml and the printed pages.
    """
    left_out: list[str] = []
    for add in (add_csv, add_long, add_jsonl):
        add(writer, export, folder="tables/")
    add_told(writer, export, folder="told/")
    add_cdisc(writer, export, folder="cdisc/")
    add_dictionary(writer)
    _add_optional(writer, export, left_out)
    if export.choice.offsets:
        left_out.append("trail, originals, course.toml, label images and pages: they tell dates")
        listed: list[dict[str, object]] = []
    else:
        left_out += [f"{what}: not asked for" for what in _unasked(export)]
        _add_trail(writer, export, head)
        listed = list(_add_courses(writer, export, left_out))
    writer.add("README.txt", [readme(export, head, left_out, writer.files).encode()])
    return {"left_out_of_it": left_out, "listed": listed}


def _unasked(export: Export) -> Iterator[str]:
    if not export.choice.originals:
        yield "photographs"
    if not export.choice.pages:
        yield "printed pages"


def _add_optional(writer: BundleWriter, export: Export, left_out: list[str]) -> None:
    """Add what needs a package that may not be installed; what is left out for that is said."""
    if _is_there(require_parquet, left_out):
        add_parquet(writer, export, folder="tables/")
    for release in RELEASES.values():
        if _is_there(partial(require_fhir, release), left_out):
            add_fhir(writer, export, release=release, folder=f"fhir-{release.value.lower()}/")
    if _is_there(require_dicom, left_out):
        add_dicom(writer, export, folder="dicom/")


def _is_there(require: Callable[[], object], left_out: list[str]) -> bool:
    try:
        require()
    except ExportError as fault:
        left_out.append(f"{fault.problem} {fault.remedy}")
        return False
    return True


def _add_trail(writer: BundleWriter, export: Export, head: Head) -> None:
    """Add the trail as it is, sealed parts and all; and beside it, opened, what concerns these courses' patients."""
    entries = read_entries(export.connection, until=head.seq)
    lines = (canonical({"seq": each["seq"], "hash": each["hash"], "body": each["body"]}) + "\n" for each in entries)
    writer.add(TRAIL, (line.encode() for line in lines))
    ours = {each.subject for each in export.chosen.courses}
    opened = read_opened(export.connection, until=head.seq, choice=Choice())
    words = (
        canonical({"seq": each.seq, "sealed": each.sealed.value, "words": each.words}) + "\n"
        for each in opened
        if each.body.get("subject") in ours
    )
    writer.add(OPENED, (line.encode("utf-8", "backslashreplace") for line in words))


def _add_courses(writer: BundleWriter, export: Export, left_out: list[str]) -> Iterator[dict[str, object]]:
    """Add a folder a course; yield what the manifest says of each."""
    found = export.recorded("courses", unmeasured=True)
    for _, versions in groupby(found, key=lambda course: course.uid):
        first = next(versions)
        place = f"courses/{course_folder_name(first.course.id, first.uid)}"
        rows = read_course_rows(export.connection, first.uid, first.subject_uid)
        lines = (canonical({"table": each.table, "row": each.values}) + "\n" for each in rows)
        writer.add(f"{place}/{ROWS}", (line.encode("utf-8", "backslashreplace") for line in lines))
        if not first.erased:
            _add_folder(writer, first, f"{place}/course", originals=export.choice.originals)
        numbers = [_add_version(writer, export, course, place, left_out) for course in (first, *versions)]
        told = {"folder": place, "uid": first.uid, "label": first.course.id, "erased": first.erased}
        yield {**told, "measurements": [number for number in numbers if number is not None]}


def _add_folder(writer: BundleWriter, course: RecordedCourse, place: str, *, originals: bool) -> None:
    """Add a course as the folder that `pigtrack measure` takes."""
    writer.add(f"{place}/{COURSE_FILE}", [course_text(course.course).encode()])
    for path, data in sorted(course.files.items()):
        writer.add(f"{place}/{path}", [data])
    for shot in course.photographs if originals else ():
        written = writer.add(f"{place}/{shot.name}", [shot.read()])
        if written.sha256 != shot.sha256:
            raise ExportError(
                f"A photograph of course {course.course.id} is not what was taken in.",
                "Run pigtrack verify, and restore the originals from a backup.",
            )


def _add_version(
    writer: BundleWriter, export: Export, course: RecordedCourse, place: str, left_out: list[str]
) -> int | None:
    """Add a measurement's tables as `measure` wrote them, its label images, and its pages where they can be drawn."""
    if course.measurement is None:
        return None
    folder = measurement_folder(place, course.measurement.number)
    row = read_measurement(export.connection, course)
    _add_measured(writer, course, row, folder)
    run = read_run(export.connection, row, course.subject_uid)
    if run is not None:
        writer.add(f"{folder}/run.json", [run.encode() + b"\n"])
    if export.choice.pages:
        printed = print_course(course, export)
        for name, data in printed.files.items():
            writer.add(f"{folder}/{name}", [data])
        if printed.left_out is not None:
            left_out.append(f"pages of course {course.course.id}, {folder.rsplit('/', 1)[1]}: {printed.left_out}")
    return course.measurement.number


def _add_measured(writer: BundleWriter, course: RecordedCourse, row: RowMapping, folder: str) -> None:
    for name in TABLES:
        rows = getattr(course, name)
        if rows or not course.erased:
            columns = [COURSE_COLUMN, *json.loads(row[f"{name.removesuffix('s')}_columns"])]
            writer.add(f"{folder}/{name}.csv", [_table(columns, rows)])
    for shot in course.photographs:
        if (image := course.labels(shot.name)) is not None:
            writer.add(f"{folder}/{label_path(shot.name)}", [opencv.encode_png(image.astype(np.uint16))])


def _table(columns: list[str], rows: tuple[Mapping[str, Any], ...]) -> bytes:
    """Return a table exactly as `measure` writes it."""
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    return "".join(map(csv_line, lines)).encode("utf-8", "backslashreplace")

"""Documents of a course: FHIR, DICOM, the long table of CDISC, printed pages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pigtrack.errors import ExportError, PigtrackError
from pigtrack.export.fhir import Release
from pigtrack.export.fhir import bundle as fhir_bundle
from pigtrack.imaging.colour import decode, eight_bit, encode_srgb
from pigtrack.model.exporting import ExportFormat
from pigtrack.model.photograph import Encoding
from pigtrack.model.record import RecordedCourse
from pigtrack.store.bundle import BundleWriter
from pigtrack.store.pdf import require_printer
from pigtrack.store.photographs import read_photograph
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.record.exporting.naming import course_folder_name
from pigtrack.tracker.record.exporting.tables import Export

RELEASES = {ExportFormat.FHIR_R4B: Release.R4B, ExportFormat.FHIR_R5: Release.R5}
PAGES = ("report.pdf", "patient.pdf")

_TO_SRGB = {
    Encoding.DISPLAY_P3: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]),
    Encoding.ADOBE_RGB: np.array([[1.3983, -0.3983, 0.0], [0.0, 1.0, 0.0], [0.0, -0.0429, 1.0429]]),
}
"""From linear numbers of other primaries to those of sRGB, all with white D65 (SMPTE EG 432-1; Adobe RGB (1998), 4.3;
IEC 61966-2-1)."""


def add_fhir(writer: BundleWriter, export: Export, *, release: Release, folder: str = "") -> None:
    """Add a FHIR bundle a course."""
    for course in export.recorded(f"FHIR {release.value}"):
        told = fhir_bundle([course], release=release, offsets=export.choice.offsets)
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        writer.add(f"{folder}{file_name(course)}.json", [text.encode("utf-8", "backslashreplace")])


def add_dicom(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add each photograph, and a structured report a session."""
    from pigtrack.export.dicom import measurement_report, photographic_image

    offsets = export.choice.offsets
    for course in export.recorded("DICOM"):
        place = f"{folder}{file_name(course)}"
        for shot in course.photographs:
            name = f"{place}/session-{shot.session}-photo-{shot.position}.dcm"
            writer.add(name, [photographic_image(course, shot, offsets=offsets, decode=decode_upright)])
        for session in _reported(course):
            writer.add(f"{place}/session-{session}-report.dcm", [measurement_report(course, session, offsets=offsets)])


def decode_upright(data: bytes) -> NDArray[np.uint8]:
    """Return a photograph's upright pixels, 8-bit sRGB, of any container that is read."""
    with Workspace() as workspace:
        path = workspace.folder / "photograph.dng"  # what it is its bytes tell; the suffix matters for raw files alone
        path.write_bytes(data)
        read = read_photograph(path)
    if read.encoding is Encoding.SRGB:
        return eight_bit(read.pixels)
    linear = decode(read.pixels / np.float64(np.iinfo(read.pixels.dtype).max), read.encoding)
    matrix = _TO_SRGB.get(read.encoding)
    return np.rint(255 * encode_srgb(np.clip(linear if matrix is None else linear @ matrix.T, 0, 1))).astype(np.uint8)


def _reported(course: RecordedCourse) -> Iterator[int]:
    """Yield sessions with a photograph that was measured; a report shows outlines on it."""
    used = {row["session"] for row in course.photos if row["qc_status"] != "reject"}
    measured = {row["session"] for row in course.lesions}
    return (session.number for session in course.course.sessions if str(session.number) in used & measured)


def file_name(course: RecordedCourse) -> str:
    """Return how a course's files are called, its measurement behind where it has one."""
    version = "" if course.measurement is None else f"-measurement-{course.measurement.number}"
    return f"{course_folder_name(course.course.id, course.uid)}{version}"


@dataclass(frozen=True, slots=True)
class PrintedPages:
    """A course's pages as PDF by name; or why there are none."""

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: str | None = None


def add_pages(writer: BundleWriter, export: Export, *, folder: str = "") -> None:
    """Add the printed pages of each course.

    Raises
    ------
    PigtrackError
        If pages can't be printed here, or tell other numbers than the record: then none are given out.
    """
    require_printer()
    if export.choice.offsets:
        raise ExportError("Printed pages tell days and dates.", "Leave --offsets away, or ask for another format.")
    for course in export.recorded("pages"):
        printed = print_course(course, export)
        if printed.left_out is not None:
            raise ExportError(f"Course {course.course.id} can't be printed: {printed.left_out}", "Ask for the rest.")
        for name, data in printed.files.items():
            writer.add(f"{folder}{file_name(course)}/{name}", [data])


def print_course(course: RecordedCourse, export: Export) -> PrintedPages:
    """Draw and print a course's pages from its originals, if they tell the recorded numbers."""
    from pigtrack.store.record.checking import Tally
    from pigtrack.tracker.measuring import measure
    from pigtrack.tracker.record.course_folder import write_course_folder
    from pigtrack.tracker.record.methods import METHOD
    from pigtrack.tracker.record.recomputing import compare_results, numbers_of, why_not

    if course.erased or course.measurement is None:
        return PrintedPages(left_out="It was erased." if course.erased else "It was not measured.")
    numbers = numbers_of(export.connection, course)
    if told := why_not(numbers, METHOD):
        return PrintedPages(left_out=told)
    try:
        with Workspace() as workspace:
            folder = write_course_folder(course, workspace.folder / "course")
            out = workspace.folder / "results"
            measure(course_folder=folder, out=out, pdf=True)
            unlike = next(compare_results(numbers, out, Tally()), None)
            if unlike is not None:
                return PrintedPages(left_out=f"{unlike.where}: {unlike.told}")
            return PrintedPages({name: Path(out / name).read_bytes() for name in PAGES})
    except PigtrackError as fault:
        return PrintedPages(left_out=fault.problem)

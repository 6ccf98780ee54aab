"""The files that people look at: charts, overlays, aligned pictures, the report."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pigtrack import __version__
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.result import CourseResult
from pigtrack.report import ReportPictures, latest_session, render_report, single_lesions
from pigtrack.report.patient import render_patient_page
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.drawings import WIDE, CourseDrawing, LesionDrawing, region_box
from pigtrack.tracker.picturing import draw_maps, draw_plain, picture_path
from pigtrack.tracker.rounds import LaidCourse
from pigtrack.tracker.workers import Workers

_FOLDERS = ("overlays", "aligned", "maps/melanin", "maps/redness")


class KeptLabels(Mapping[str, NDArray[np.uint16]]):
    """Label images of a course by photograph, read from the workspace one at a time."""

    def __init__(self, workspace: Path, laid: LaidCourse) -> None:
        self._workspace = workspace
        self._indices = {laid.readings[index].photo: index for index in laid.placed}

    def __getitem__(self, photo: str) -> NDArray[np.uint16]:
        return np.asarray(recall_record(self._workspace, f"labels-{self._indices[photo]}"), dtype=np.uint16)

    def __iter__(self) -> Iterator[str]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._indices)


def draw_files(
    result: CourseResult, laid: LaidCourse, workspace: Path, crew: Workers, *, catalogue: Catalogue, reader: Catalogue
) -> dict[str, bytes]:
    """Draw everything of a measured course that is neither table nor label image, by its path in the results.

    ``reader``: the words of what the patient is given to read.
    """
    charts = _draw_charts(result, laid, workspace, catalogue, reader)
    wide = charts.pop(WIDE)
    maps = draw_maps(result.course, laid, workspace, crew, catalogue=catalogue)
    files = {**charts, **maps}
    for folder in ("overlays", "aligned"):
        for index in laid.placed:
            path = picture_path(folder, laid.readings[index].photo)
            files[path] = recall_record(workspace, f"{folder}-{index}")
    ends = _ends(result, laid)
    plain = draw_plain(result.course, laid, ends, workspace, catalogue=reader)
    pictures = _report_pictures(laid, files, ends, plain, wide)
    files["report.html"] = _encode(render_report(result, pictures, catalogue=catalogue, version=__version__))
    files["patient.html"] = _encode(render_patient_page(result, pictures, catalogue=reader, version=__version__))
    return files


def _draw_charts(
    result: CourseResult, laid: LaidCourse, workspace: Path, catalogue: Catalogue, reader: Catalogue
) -> dict[str, bytes]:
    """Draw the charts in this process: to start matplotlib in every worker takes longer than they do."""
    course, lesions = result.course, single_lesions(result)
    box = region_box(laid.masks.region)
    drawings: tuple[CourseDrawing | LesionDrawing, ...] = (
        CourseDrawing(course, result.sessions, result.protocol, catalogue, workspace, laid.first_placed, reader, box),
        LesionDrawing(course, lesions, catalogue),
    )
    return {path: data for drawing in drawings for path, data in drawing.draw().items()}


def _encode(page: str) -> bytes:
    return page.encode("utf-8", "backslashreplace")


def _ends(result: CourseResult, laid: LaidCourse) -> tuple[int, int]:
    """The baseline and the latest session with a verdict."""
    return laid.baseline_session, latest_session(result).session


def _report_pictures(
    laid: LaidCourse, files: Mapping[str, bytes], ends: tuple[int, int], plain: Mapping[int, bytes], wide: bytes
) -> ReportPictures:
    shown = {folder: _first_of_session(folder, laid, files) for folder in _FOLDERS}
    melanin, redness = (
        {session: shown[f"maps/{kind}"][session] for session in sorted(set(ends)) if session in shown[f"maps/{kind}"]}
        for kind in ("melanin", "redness")
    )
    first, latest = ends
    return ReportPictures(
        course_chart=files["charts/course.svg"],
        lesion_charts=files["charts/lesions.svg"],
        lesion_charts_wide=wide,
        before=shown["aligned"].get(first),
        after=shown["aligned"].get(latest),
        overlays=shown["overlays"],
        timeline=files["charts/timeline.svg"],
        melanin=melanin,
        redness=redness,
        plain_before=plain.get(first),
        plain_after=plain.get(latest),
        patient_chart=files["charts/patient.svg"],
    )


def _first_of_session(folder: str, laid: LaidCourse, files: Mapping[str, bytes]) -> dict[int, bytes]:
    first = laid.first_placed
    return {session: files[picture_path(folder, laid.readings[index].photo)] for session, index in first.items()}

"""The files that people look at: charts, overlays, aligned pictures, the report."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from pigtrack import __version__
from pigtrack.charts import draw_course_chart, draw_lesion_charts, figure_bytes
from pigtrack.model.result import CourseResult
from pigtrack.report import ReportPictures, latest_session, render_report
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.rounds import LaidCourse


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


def draw_files(result: CourseResult, laid: LaidCourse, workspace: Path) -> dict[str, bytes]:
    """Draw everything of a measured course that is neither table nor label image, by its path in the results."""
    files: dict[str, bytes] = {}
    for name, figure in {
        "course": draw_course_chart(result.course, result.sessions),
        "lesions": draw_lesion_charts(result.course, result.lesions),
    }.items():
        for kind in ("svg", "png"):
            files[f"charts/{name}.{kind}"] = figure_bytes(figure, kind)
    for folder in ("overlays", "aligned"):
        for index in laid.placed:
            path = _picture_path(folder, laid.readings[index].photo)
            files[path] = recall_record(workspace, f"{folder}-{index}")
    pictures = _report_pictures(result, laid, files)
    files["report.html"] = render_report(result, pictures, version=__version__).encode()
    return files


def _report_pictures(result: CourseResult, laid: LaidCourse, files: Mapping[str, bytes]) -> ReportPictures:
    aligned = _first_of_session("aligned", laid, files)
    return ReportPictures(
        course_chart=files["charts/course.svg"],
        lesion_charts=files["charts/lesions.svg"],
        lesion_charts_wide=figure_bytes(draw_lesion_charts(result.course, result.lesions, columns=6), "svg"),
        before=aligned.get(laid.baseline_session),
        after=aligned.get(latest_session(result).session),
        overlays=_first_of_session("overlays", laid, files),
    )


def _first_of_session(folder: str, laid: LaidCourse, files: Mapping[str, bytes]) -> dict[int, bytes]:
    chosen: dict[int, bytes] = {}
    for index in laid.placed:
        reading = laid.readings[index]
        chosen.setdefault(reading.session, files[_picture_path(folder, reading.photo)])
    return chosen


def _picture_path(folder: str, photo: str) -> str:
    return f"{folder}/{PurePosixPath(photo).with_suffix('.jpg')}"

"""The files that people look at: charts, overlays, aligned pictures, the report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pigtrack import __version__
from pigtrack.charts import draw_course_chart, draw_lesion_charts, figure_files
from pigtrack.charts.lesion_charts import COLUMNS
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course
from pigtrack.model.metrics import LesionSession, SessionMetrics
from pigtrack.model.result import CourseResult
from pigtrack.report import ReportPictures, latest_session, render_report, single_lesions
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.rounds import LaidCourse
from pigtrack.tracker.workers import Workers

_WIDE = 6
"""Small charts side by side where the report is read on a screen."""


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


@dataclass(frozen=True, eq=False, slots=True)
class ChartJob:
    """Draw one chart of a course; ``columns``: of the lesions' small charts, None: the course's chart."""

    course: Course
    sessions: tuple[SessionMetrics, ...]
    lesions: tuple[LesionSession, ...]
    columns: int | None
    kinds: tuple[Literal["svg", "png"], ...]


def chart_job(job: ChartJob) -> tuple[bytes, ...]:
    """Draw a chart, once in each kind."""
    if job.columns is None:
        figure = draw_course_chart(job.course, job.sessions)
    else:
        figure = draw_lesion_charts(job.course, job.lesions, columns=job.columns)
    return figure_files(figure, job.kinds)


def draw_files(
    result: CourseResult, laid: LaidCourse, workspace: Path, crew: Workers, *, catalogue: Catalogue
) -> dict[str, bytes]:
    """Draw everything of a measured course that is neither table nor label image, by its path in the results."""
    wanted: tuple[tuple[int | None, tuple[Literal["svg", "png"], ...]], ...] = (
        (COLUMNS, ("svg", "png")),
        (_WIDE, ("svg",)),
        (None, ("svg", "png")),
    )
    lesions = single_lesions(result)
    jobs = [ChartJob(result.course, result.sessions, lesions, columns, kinds) for columns, kinds in wanted]
    narrow, wide, course = crew.run(chart_job, jobs, "Drawing charts")
    files = {
        "charts/course.svg": course[0],
        "charts/course.png": course[1],
        "charts/lesions.svg": narrow[0],
        "charts/lesions.png": narrow[1],
    }
    for folder in ("overlays", "aligned"):
        for index in laid.placed:
            path = _picture_path(folder, laid.readings[index].photo)
            files[path] = recall_record(workspace, f"{folder}-{index}")
    pictures = _report_pictures(result, laid, files, wide[0])
    files["report.html"] = _encode(render_report(result, pictures, catalogue=catalogue, version=__version__))
    return files


def _encode(page: str) -> bytes:
    return page.encode("utf-8", "backslashreplace")


def _report_pictures(result: CourseResult, laid: LaidCourse, files: Mapping[str, bytes], wide: bytes) -> ReportPictures:
    aligned = _first_of_session("aligned", laid, files)
    return ReportPictures(
        course_chart=files["charts/course.svg"],
        lesion_charts=files["charts/lesions.svg"],
        lesion_charts_wide=wide,
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

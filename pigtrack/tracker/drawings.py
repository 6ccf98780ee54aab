"""The charts of a course, cut into jobs for the workers: each returns files by their path in the results."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pigtrack.charts import (
    draw_course_chart,
    draw_lesion_charts,
    draw_patient_chart,
    draw_timeline,
    figure_bytes,
    figure_files,
)
from pigtrack.charts.overlay import shrink
from pigtrack.charts.picture import Picture
from pigtrack.charts.timeline import THUMBNAIL_PX, chosen_sessions
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Endpoint
from pigtrack.model.metrics import LesionSession, SessionMetrics
from pigtrack.model.protocol import Protocol
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.jobs import plain_name

Files = dict[str, bytes]

WIDE = "wide"
"""Key of the lesions' charts for a wide screen, which stand in the report alone."""
_WIDE_COLUMNS = 6


@dataclass(frozen=True, eq=False, slots=True)
class CourseDrawing:
    """The chart of the course, the patient's, and the timeline.

    ``photographs``: by session, the index of the photograph that stands for it.
    """

    course: Course
    sessions: tuple[SessionMetrics, ...]
    protocol: Protocol | None
    catalogue: Catalogue
    workspace: Path
    photographs: Mapping[int, int]

    def draw(self) -> Files:
        """Return ``charts/course``, ``charts/patient`` and ``charts/timeline``."""
        which, protocol, words = self.course, self.protocol, self.catalogue
        figures = {
            "course": draw_course_chart(which, self.sessions, protocol=protocol, catalogue=words),
            "patient": draw_patient_chart(which, self.sessions, protocol=protocol, catalogue=words),
            "timeline": draw_timeline(which, self.sessions, self._thumbnails(), protocol=protocol, catalogue=words),
        }
        return {
            f"charts/{name}.{kind}": data
            for name, figure in figures.items()
            for kind, data in zip(("svg", "png"), figure_files(figure, ("svg", "png")), strict=True)
        }

    def _thumbnails(self) -> dict[int, Picture]:
        wanted = set(chosen_sessions(len(self.course.sessions))) & set(self.photographs)
        plain = {number: recall_record(self.workspace, plain_name(self.photographs[number])) for number in wanted}
        return {number: shrink(each, min(1.0, THUMBNAIL_PX / each.shape[1])) for number, each in plain.items()}


@dataclass(frozen=True, eq=False, slots=True)
class LesionDrawing:
    """The lesions' small charts of one endpoint; of the primary one for a wide screen too."""

    course: Course
    lesions: tuple[LesionSession, ...]
    endpoint: Endpoint
    catalogue: Catalogue

    def draw(self) -> Files:
        """Return ``charts/lesions``, or ``charts/lesions-ENDPOINT``."""
        primary = self.endpoint is self.course.primary
        name = "lesions" if primary else f"lesions-{self.endpoint.value}"
        narrow = draw_lesion_charts(self.course, self.lesions, endpoint=self.endpoint, catalogue=self.catalogue)
        svg, png = figure_files(narrow, ("svg", "png"))
        files = {f"charts/{name}.svg": svg, f"charts/{name}.png": png}
        if primary:
            wide = draw_lesion_charts(self.course, self.lesions, catalogue=self.catalogue, columns=_WIDE_COLUMNS)
            files[WIDE] = figure_bytes(wide, "svg")
        return files


def drawing_job(drawing: CourseDrawing | LesionDrawing) -> Files:
    """Draw one piece."""
    return drawing.draw()

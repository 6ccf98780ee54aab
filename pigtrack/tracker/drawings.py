"""The charts of a course as pieces of work: each returns files by their path in the results."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

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
from pigtrack.model.course import Course
from pigtrack.model.metrics import LesionSession, SessionMetrics
from pigtrack.model.protocol import Protocol
from pigtrack.model.quantity import BoolImage
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.jobs import plain_name

Files = dict[str, bytes]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of a picture."""

WIDE = "wide"
"""Key of the lesions' charts for a wide screen, which stand in the report alone."""
_WIDE_COLUMNS = 6
_MARGIN = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class CourseDrawing:
    """The chart of the course, the patient's, and the timeline.

    ``photographs``: by session, the index of the photograph that stands for it. ``reader``: the patient's words.
    ``region``: what the timeline shows.
    """

    course: Course
    sessions: tuple[SessionMetrics, ...]
    protocol: Protocol | None
    catalogue: Catalogue
    workspace: Path
    photographs: Mapping[int, int]
    reader: Catalogue
    region: Box

    def draw(self) -> Files:
        """Return ``charts/course``, ``charts/patient`` and ``charts/timeline``."""
        which, protocol, words = self.course, self.protocol, self.catalogue
        figures = {
            "course": draw_course_chart(which, self.sessions, protocol=protocol, catalogue=words),
            "patient": draw_patient_chart(which, self.sessions, protocol=protocol, catalogue=self.reader),
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
        cut = {number: _cut(each, self.region) for number, each in plain.items()}
        return {number: shrink(each, min(1.0, THUMBNAIL_PX / each.shape[1])) for number, each in cut.items()}


@dataclass(frozen=True, eq=False, slots=True)
class LesionDrawing:
    """The lesions' small charts of the primary endpoint, for a phone and for a wide screen."""

    course: Course
    lesions: tuple[LesionSession, ...]
    catalogue: Catalogue

    def draw(self) -> Files:
        """Return ``charts/lesions``, and the wide one as `WIDE`."""
        narrow = draw_lesion_charts(self.course, self.lesions, catalogue=self.catalogue)
        svg, png = figure_files(narrow, ("svg", "png"))
        wide = draw_lesion_charts(self.course, self.lesions, catalogue=self.catalogue, columns=_WIDE_COLUMNS)
        return {"charts/lesions.svg": svg, "charts/lesions.png": png, WIDE: figure_bytes(wide, "svg")}


def region_box(inside: BoolImage | None) -> Box:
    """Return where the region lies in the frame, with a margin, so that the card does not fill small pictures.

    Parameters
    ----------
    inside : ndarray, shape (rows, columns), bool, or None
        The region on the frame; None, or empty: all of it.
    """
    if inside is None or not inside.any():
        return 0.0, 0.0, 1.0, 1.0
    down, across = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    rows, columns = inside.shape
    return (
        max(across[0] / columns - _MARGIN, 0.0), max(down[0] / rows - _MARGIN, 0.0),
        min((across[-1] + 1) / columns + _MARGIN, 1.0), min((down[-1] + 1) / rows + _MARGIN, 1.0),
    )  # fmt: skip


def _cut(picture: Picture, box: Box) -> Picture:
    rows, columns = picture.shape[:2]
    left, top, right, bottom = box
    return np.ascontiguousarray(
        picture[int(top * rows) : round(bottom * rows), int(left * columns) : round(right * columns)]
    )

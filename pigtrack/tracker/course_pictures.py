"""What the web app shows of a course: its pictures on one frame with outlines as lines, charts, pages. For a worker.

Beside `showing`, which draws files for people who open folders: here captions, numbers and outlines are the page's own,
so that a picture can be laid over another, zoomed, and drawn on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pigtrack.charts.maps import colour_map, draw_legend
from pigtrack.charts.overlay import OVERLAY_PX, shrink, trace
from pigtrack.charts.picture import Picture, picture_bytes
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.photograph import WorkingGrid
from pigtrack.model.pictures import MANIFEST, CoursePictures, Matrix, Ring, SessionPictures, write_manifest
from pigtrack.model.quantity import FloatArray, LabelImage
from pigtrack.model.result import CourseResult
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.jobs import outlines_name, plain_name
from pigtrack.tracker.patient_pieces import patient_pieces
from pigtrack.tracker.picturing import Look, PictureJob, choose_looks, kept_maps
from pigtrack.tracker.rounds import LaidCourse
from pigtrack.tracker.showing import draw_files
from pigtrack.tracker.workers import Workers

_THUMB_PX = 320
"""Longer side of a session's small picture: twice a thumb's width on a phone."""

_LEGEND_PX = 700
_CHARTS = ("charts/course.svg", "charts/timeline.svg", "charts/lesions.svg", "report.html")
_FOLDERS = ("aligned", "melanin", "redness", "thumb")


@dataclass(frozen=True, eq=False, slots=True)
class SessionJob:
    """Draw what stands for one session; ``picture`` names its photograph, ``looks`` are of melanin and redness."""

    picture: PictureJob
    session: int
    looks: tuple[Look, Look]


@dataclass(frozen=True, eq=False, slots=True)
class DrawnSession:
    """A session's pictures by name, and its outlines in frame pixels."""

    session: int
    files: Mapping[str, bytes]
    outlines: Mapping[int, tuple[Ring, ...]]


def session_job(job: SessionJob) -> DrawnSession:
    """Draw a session's photograph, its maps and its outlines, on the frame and nothing beside it."""
    workspace, index = job.picture.workspace, job.picture.index
    skin: Picture = recall_record(workspace, plain_name(index))
    labels: LabelImage = recall_record(workspace, outlines_name(index))
    maps = kept_maps(job.picture)
    indices = zip((maps.melanin, maps.erythema), job.looks, strict=True)
    coloured = [
        colour_map(each, maps.valid, look.scale, palette=look.palette, most_px=OVERLAY_PX) for each, look in indices
    ]
    drawn = (skin, *coloured, shrink(skin, min(1.0, _THUMB_PX / max(skin.shape[:2]))))
    files = {f"{folder}/{job.session}.jpg": picture_bytes(each) for folder, each in zip(_FOLDERS, drawn, strict=True)}
    return DrawnSession(job.session, files, {lesion: _rings(lines) for lesion, lines in trace(labels).items()})


def _rings(lines: list[FloatArray]) -> tuple[Ring, ...]:
    return tuple(tuple((round(float(x), 1), round(float(y), 1)) for x, y in line) for line in lines)


def course_pictures(
    result: CourseResult, laid: LaidCourse, workspace: Path, crew: Workers, *, catalogue: Catalogue, reader: Catalogue
) -> dict[str, bytes]:
    """Return all that the web app shows of a measured course, by name; see `pigtrack.model.pictures`.

    Parameters
    ----------
    workspace : Path
        Where measuring kept its records, pictures among them.
    catalogue, reader : Catalogue
        The words of the charts, and of what the patient is given to read.
    """
    jobs = [PictureJob(workspace, index, "", None) for index in laid.first_placed.values()]
    looks = choose_looks(jobs, crew, catalogue)
    numbered = zip(laid.first_placed, jobs, strict=True)
    drawn = crew.run(session_job, [SessionJob(job, session, looks) for session, job in numbered], "Drawing session")
    shown = draw_files(result, laid, workspace, crew, catalogue=catalogue, reader=reader)
    files = {name: shown[name] for name in _CHARTS} | _scales(looks)
    manifest = _manifest(laid.frame, drawn, tuple(sorted(files)))
    files |= {name: data for each in drawn for name, data in each.files.items()}
    return {**files, **patient_pieces(result, laid, workspace), MANIFEST: write_manifest(manifest)}


def _scales(looks: tuple[Look, Look]) -> dict[str, bytes]:
    return {
        f"scales/{kind}.png": picture_bytes(draw_legend(_LEGEND_PX, look.scale, look.palette, look.title), "png")
        for kind, look in zip(("melanin", "redness"), looks, strict=True)
    }


def _manifest(frame: WorkingGrid, drawn: list[DrawnSession], charts: tuple[str, ...]) -> CoursePictures:
    rows, columns = frame.shape
    return CoursePictures(
        measurement=0,
        width=columns,
        height=rows,
        mm_per_px=frame.mm_per_px,
        to_photograph=frame_to_photograph(frame),
        sessions=tuple(SessionPictures(each.session, each.outlines, tuple(each.files)) for each in drawn),
        charts=charts,
    )


def frame_to_photograph(frame: WorkingGrid) -> Matrix:
    """Return the matrix from pixels of the frame to upright pixels of the photograph whose frame it is.

    Examples
    --------
    >>> frame_to_photograph(WorkingGrid((10, 20), (5.0, 7.0), 2.0, None))[0]
    (2.0, 0.0, 5.0)
    """
    x, y = (float(np.float64(each)) for each in frame.origin)
    step = float(frame.step)
    return (step, 0.0, x), (0.0, step, y), (0.0, 0.0, 1.0)

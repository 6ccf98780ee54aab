"""Pictures that need the whole course first: maps on one scale, and plain pictures of its first and latest session."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from pigtrack.charts import draw_overlay, picture_bytes, picture_caption
from pigtrack.charts.maps import (
    MELANIN_COLOURS,
    REDNESS_COLOURS,
    MapScale,
    Palette,
    choose_scale,
    draw_map,
    palette_of,
)
from pigtrack.charts.overlay import OVERLAY_PX
from pigtrack.charts.picture import Picture
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course
from pigtrack.model.metrics import SkinMaps
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage
from pigtrack.store.workspace import recall_record
from pigtrack.tracker.jobs import maps_name, plain_name
from pigtrack.tracker.rounds import LaidCourse
from pigtrack.tracker.workers import Workers

_SAMPLE = 12
"""Every so many pixels along and across: enough readings to choose a scale by."""

_PLAIN_PX = 900
"""Longer side of a picture for the patient: enough for a phone."""

_QUALITY = 80
"""Of maps as JPEG: even areas, which keep their colours to a step of the scale."""


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """How one kind of map is drawn throughout a course."""

    scale: MapScale
    palette: Palette
    title: str


@dataclass(frozen=True, eq=False, slots=True)
class PictureJob:
    """Draw the kept maps of one placed photograph; ``looks``: of its melanin and its redness map."""

    workspace: Path
    index: int
    caption: str
    mm_per_px: float | None
    looks: tuple[Look, Look] | None = None


def sample_job(job: PictureJob) -> tuple[FloatArray, FloatArray]:
    """Return some of a photograph's melanin and erythema readings."""
    maps = kept_maps(job)
    valid = maps.valid[::_SAMPLE, ::_SAMPLE]
    melanin, erythema = (each[::_SAMPLE, ::_SAMPLE][valid] for each in (maps.melanin, maps.erythema))
    return np.asarray(melanin, dtype=np.float64), np.asarray(erythema, dtype=np.float64)


def map_picture_job(job: PictureJob) -> tuple[bytes, bytes]:
    """Draw the melanin and the redness map of a photograph as JPEG."""
    if job.looks is None:
        raise ValueError("looks must be chosen before maps are drawn")
    maps = kept_maps(job)
    melanin, redness = (
        picture_bytes(_draw(job, index, maps.valid, look), quality=_QUALITY)
        for index, look in zip((maps.melanin, maps.erythema), job.looks, strict=True)
    )
    return melanin, redness


def _draw(job: PictureJob, index: FloatImage, valid: BoolImage, look: Look) -> Picture:
    return draw_map(
        index,
        valid,
        look.scale,
        palette=look.palette,
        title=look.title,
        caption=job.caption,
        mm_per_px=job.mm_per_px,
    )


def draw_maps(
    course: Course,
    laid: LaidCourse,
    workspace: Path,
    crew: Workers,
    *,
    catalogue: Catalogue,
) -> dict[str, bytes]:
    """Draw melanin and redness maps of every placed photograph on one scale, by their paths in the results."""
    jobs = [
        PictureJob(
            workspace,
            index,
            picture_caption(course, laid.readings[index].session, catalogue, form="plain_caption"),
            laid.frame.mm_per_px,
        )
        for index in laid.placed
    ]
    looks = choose_looks(jobs, crew, catalogue)
    drawn = crew.run(map_picture_job, [replace(job, looks=looks) for job in jobs], "Drawing maps")
    return {
        picture_path(f"maps/{kind}", laid.readings[job.index].photo): picture
        for job, pictures in zip(jobs, drawn, strict=True)
        for kind, picture in zip(("melanin", "redness"), pictures, strict=True)
    }


def draw_plain(
    course: Course, laid: LaidCourse, sessions: Sequence[int], workspace: Path, *, catalogue: Catalogue
) -> dict[int, bytes]:
    """Draw sessions without outlines, each by its first placed photograph; by session, those that have one."""
    shrunk = max(*laid.frame.shape, OVERLAY_PX) / OVERLAY_PX
    mm_per_px = None if laid.frame.mm_per_px is None else laid.frame.mm_per_px * shrunk
    first, drawn = laid.first_placed, {}
    for session in sessions:
        if session in first:
            skin: Picture = recall_record(workspace, plain_name(first[session]))
            caption = picture_caption(course, session, catalogue, form="visit_caption")
            drawn[session] = picture_bytes(draw_overlay(skin, caption=caption, mm_per_px=mm_per_px, most_px=_PLAIN_PX))
    return drawn


def picture_path(folder: str, photo: str) -> str:
    """Return where the picture of a photograph lies in the results.

    Examples
    --------
    >>> picture_path("maps/melanin", "visit-1/left.jpeg")
    'maps/melanin/visit-1/left.jpg'
    """
    return f"{folder}/{PurePosixPath(photo).with_suffix('.jpg')}"


def kept_maps(job: PictureJob) -> SkinMaps:
    """Return the maps of a placed photograph, as they were kept while measuring."""
    kept: SkinMaps = recall_record(job.workspace, maps_name(job.index))
    return kept


def choose_looks(jobs: Sequence[PictureJob], crew: Workers, catalogue: Catalogue) -> tuple[Look, Look]:
    """Choose how the melanin and the redness maps of a course are drawn, all on one scale each."""
    samples: list[tuple[FloatArray, FloatArray]] = crew.run(sample_job, jobs, "Looking at maps")
    melanin, erythema = (np.concatenate([each[kind] for each in samples]) for kind in (0, 1))
    return (
        Look(choose_scale(melanin), palette_of(MELANIN_COLOURS), catalogue.say("chart.melanin")),
        Look(choose_scale(erythema), palette_of(REDNESS_COLOURS), catalogue.say("chart.redness")),
    )

"""What became of the spots of a measured course: linked, compared, and told of by colour, hand and number."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.change import ChangeSettings, measure_change
from pigtrack.imaging.link import link_lesions
from pigtrack.imaging.resample import frame_to_photograph
from pigtrack.model.course import Course
from pigtrack.model.linked import CourseChange, LinkedCourse
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler, SpotMap
from pigtrack.model.result import PhotographRecord
from pigtrack.pipeline.correcting import CorrectedCourse, tell_corrections
from pigtrack.pipeline.course import by_session, control_lesions, flag_unknown_size, region_area
from pigtrack.pipeline.finds import find_course_decoys, tell_finds
from pigtrack.pipeline.judging import contrast_across_devices, record_photograph
from pigtrack.pipeline.population import tell_population
from pigtrack.store.reference_data import load_spectra
from pigtrack.tracker.rounds import LaidCourse


@dataclass(frozen=True, eq=False, slots=True)
class ComparedCourse:
    """The lesions through the sessions, and what changed."""

    linked: LinkedCourse
    change: CourseChange


def compare_spots(
    course: Course,
    laid: LaidCourse,
    measured: Mapping[int, PhotographMeasurement],
    corrected: CorrectedCourse,
    ruler: PigmentRuler,
    noise: ChangeSettings,
) -> ComparedCourse:
    """Link the measured spots of all sessions and compare each session with the baseline."""
    linked = link_lesions(by_session(measured, laid.readings, len(course.sessions)), baseline=laid.baseline_session)
    told_by_colour = isinstance(corrected.spots, SpotMap) and not laid.exploratory
    decoys = find_course_decoys(measured.values(), ruler, load_spectra()) if told_by_colour else frozenset()
    control = control_lesions(measured[laid.baseline].spots, laid.masks) | decoys
    not_summed = control | corrected.excluded
    area = region_area(laid.masks, laid.frame)
    change = measure_change(
        course,
        linked,
        calibrated=not laid.exploratory,
        region_area=area,
        control_lesions=not_summed,
        left_out=corrected.excluded,
        u_contrast=contrast_across_devices(record_photographs(laid), len(course.sessions)),
        settings=noise,
    )
    if isinstance(corrected.spots, SpotMap):
        change = tell_finds(change, corrected.spots, decoys)
    change = tell_corrections(change, corrected, control)
    if laid.frame.mm_per_px is not None:
        change = tell_population(change, control=not_summed, region_area=area, wanted=course.population)
    elif not laid.exploratory:
        change = flag_unknown_size(change)
    return ComparedCourse(linked, change)


def record_photographs(laid: LaidCourse) -> tuple[PhotographRecord, ...]:
    """Return one row a photograph, in the course's order."""
    return tuple(
        record_photograph(reading, laid.placements.get(index), laid.method, laid.frame)
        for index, reading in enumerate(laid.readings)
    )


def lesion_places(
    laid: LaidCourse, measured: Mapping[int, PhotographMeasurement]
) -> dict[tuple[int, int], tuple[float, float]]:
    """Centroid of every lesion in its session's first usable photograph, upright pixels, by (session, lesion_id)."""
    places: dict[tuple[int, int], tuple[float, float]] = {}
    for index in laid.placed:
        registration = laid.placements[index].registration
        if registration is None:
            continue
        for spot in measured[index].spots:
            point = frame_to_photograph(np.array([spot.centroid]), registration)[0]
            places.setdefault((laid.readings[index].session, spot.lesion_id), (float(point[0]), float(point[1])))
    return places

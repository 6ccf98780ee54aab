"""Finds what a course is measured by: its spots on all photographs together, or the one lesion of close-ups."""

from collections.abc import Iterable
from functools import partial

from pigtrack.imaging.closeup import Closeup
from pigtrack.model.course import Course
from pigtrack.model.metrics import PigmentRuler, SkinMaps, SpotMap
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.protocol import Protocol
from pigtrack.pipeline.closeup import find_course_closeup, may_be_closeup
from pigtrack.pipeline.correcting import CorrectedCourse, correct_course_spots, refuse_on_closeup
from pigtrack.pipeline.course import find_course_spots, healing_sessions
from pigtrack.store.workspace import KeptRecords
from pigtrack.tracker.jobs import Bench
from pigtrack.tracker.rounds import LaidCourse, map_all, outline_baseline
from pigtrack.tracker.workers import Workers


def find_lesions(
    course: Course,
    protocol: Protocol | None,
    laid: LaidCourse,
    images: Iterable[RegisteredImage],
    ruler: PigmentRuler,
    bench: Bench,
    crew: Workers,
) -> CorrectedCourse:
    """Find the spots of a course, or take it for close-ups, and apply what was corrected by hand."""
    closeup = _find_closeup(course, laid, images, bench)
    if closeup is not None:
        refuse_on_closeup(course)
        map_for_people(laid, ruler, bench, crew)
    spots = _find_spots(course, protocol, laid, ruler, bench, crew) if closeup is None else closeup
    outline = partial(outline_baseline, laid, ruler, bench)
    return correct_course_spots(course, spots, laid.masks, laid.frame, outline_baseline=outline)


def map_for_people(laid: LaidCourse, ruler: PigmentRuler, bench: Bench, crew: Workers) -> None:
    """Map the pigment where nothing is measured on the maps, but people will look at them."""
    if bench.pictures:
        map_all(laid, ruler, bench, crew)


def _find_spots(
    course: Course, protocol: Protocol | None, laid: LaidCourse, ruler: PigmentRuler, bench: Bench, crew: Workers
) -> SpotMap:
    maps = KeptRecords(bench.workspace, map_all(laid, ruler, bench, crew), SkinMaps)
    sessions = [laid.readings[index].session for index in laid.placed]
    return find_course_spots(maps, laid.masks, laid.frame, sessions, healing_sessions(course, protocol))


def _find_closeup(course: Course, laid: LaidCourse, images: Iterable[RegisteredImage], bench: Bench) -> Closeup | None:
    if not may_be_closeup(course, laid.frame, bench.settings, exploratory=laid.exploratory):
        return None
    return find_course_closeup(images, laid.masks.excluded)

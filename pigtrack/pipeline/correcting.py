"""Corrections by hand on their way through a course: what is looked at, what was found, and what is said of it."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pigtrack.errors import CourseError
from pigtrack.imaging.closeup import Closeup
from pigtrack.imaging.field import LESION_ID as FIELD
from pigtrack.imaging.resample import polygon_in_frame
from pigtrack.imaging.segment.correcting import DrawnCorrection, correct_spots
from pigtrack.model.correction import ON_LESIONS, AppliedCorrection, Correction, CorrectionKind, Point
from pigtrack.model.course import Course, Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import Change, LesionSession, SpotMap, Verdict
from pigtrack.model.photograph import WorkingGrid
from pigtrack.model.quantity import BoolImage, LabelImage
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.course import CourseMasks
from pigtrack.pipeline.frame import mask_of
from pigtrack.pipeline.judging import grade_reading

_LEFT_OUT = "A person left it out; course.toml tells the reason."
"""Refusals go into tables, and what a person wrote of a patient does not."""


@dataclass(frozen=True, eq=False, slots=True)
class CorrectedCourse:
    """A course's spots as corrected, and what became of every correction, in the course's order.

    ``spots`` is what was given where nothing of it was corrected: a close-up, or None of a field.
    """

    spots: SpotMap | Closeup | None
    applied: tuple[AppliedCorrection, ...]

    @property
    def excluded(self) -> frozenset[int]:
        """Lesions that were left out."""
        return self.spots.excluded if isinstance(self.spots, SpotMap) else frozenset()

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each correction that could not be applied."""
        return tuple(
            f"Correction {each.number} ({each.correction.kind}) was not applied: {each.problem}."
            for each in self.applied
            if each.problem is not None
        )


def with_drawn_corrections(course: Course) -> Course:
    """Return the course with its region and control as they were redrawn last; in a field with what was excluded."""
    region, control, exclude = course.region, course.control, list(course.exclude)
    for each in course.corrections:
        if each.kind is CorrectionKind.REGION:
            region = each.outline
        elif each.kind is CorrectionKind.CONTROL:
            control = each.outline
        elif each.kind is CorrectionKind.EXCLUDE and course.mode is Mode.FIELD and each.outline is not None:
            exclude.append(each.outline)
    return replace(course, region=region, control=control, exclude=tuple(exclude))


def leave_out_photographs(course: Course, readings: Iterable[PhotographReading]) -> tuple[PhotographReading, ...]:
    """Return the readings, those of photographs that a person left out with that as their refusal."""
    left_out = frozenset(each.photo for each in course.corrections if each.kind is CorrectionKind.PHOTOGRAPH)
    flag = QualityFlag.LEFT_OUT_BY_HAND
    return tuple(
        replace(reading, refusal=_LEFT_OUT, flags=reading.flags | {flag}) if reading.photo in left_out else reading
        for reading in readings
    )


def refuse_corrections(
    course: Course, readings: Sequence[PhotographReading], baseline: int, *, exploratory: bool
) -> None:
    """Refuse corrections that were drawn outside the first usable photograph, and to leave that one itself out.

    Parameters
    ----------
    readings : sequence of PhotographReading
        Of all photographs, before any was left out.
    baseline : int
        Index of the first usable photograph.
    exploratory : bool
        The course is measured without its cards.

    Raises
    ------
    CourseError
        With all of them at once.
    """
    for each in readings[:baseline]:
        if grade_reading(each, exploratory=exploratory) != "reject":
            _refuse_lost_frame(course, each.photo, readings[baseline].photo)
    _refuse_outside(course, readings[baseline].shape)


def _refuse_lost_frame(course: Course, first: str, later: str) -> None:
    """Refuse to leave out the photograph in which everything was drawn: another one's pixels would be taken for it."""
    drawn = course.region or course.control or course.exclude or course.face or any(map(_drawn, course.corrections))
    if drawn:
        raise CourseError(
            f"Everything drawn is told in pixels of the first usable photograph, and a correction leaves that one out "
            f"({first}).",
            f"Take it out of its [[session]] instead, and draw region, control, exclude and corrections in {later}, "
            "which is the first usable one then.",
        )


def _drawn(correction: Correction) -> bool:
    return bool(correction.at or correction.outline or correction.line)


def _refuse_outside(course: Course, shape: tuple[int, int]) -> None:
    height, width = shape
    stray = [
        number
        for number, each in enumerate(course.corrections, start=1)
        if not all(0 <= x <= width - 1 and 0 <= y <= height - 1 for x, y in (*each.at, *(each.outline or ())))
    ]
    if stray:
        which = f"Correction {stray[0]} leaves" if len(stray) == 1 else f"Corrections {_listed(stray)} leave"
        raise CourseError(
            f"{which} the first usable photograph, which is {width} x {height} pixels.",
            "Give at and outline as [x, y] of that photograph, turned upright.",
        )


def refuse_on_closeup(course: Course) -> None:
    """Refuse corrections of single spots in a close-up, which has one lesion and no map of spots.

    Raises
    ------
    CourseError
    """
    if any(each.kind in ON_LESIONS for each in course.corrections):
        raise CourseError(
            "Spots of a close-up can't be corrected one by one: it is measured as one lesion.",
            "Draw a region in course.toml to have all spots in it found and numbered, or take the corrections of "
            "spots out.",
        )


def correct_course_spots(
    course: Course,
    spots: SpotMap | Closeup | None,
    masks: CourseMasks,
    frame: WorkingGrid,
    *,
    outline_baseline: Callable[[SpotMap], LabelImage] | None = None,
) -> CorrectedCourse:
    """Apply a course's corrections to what was found.

    Without any on lesions, and in a close-up or a field (None), what was found comes back as it is.

    Parameters
    ----------
    outline_baseline : callable or None
        Gives the outlines of the baseline's photograph by a map; asked only where a spot is redrawn. None: the map's
        footprints stand for them.
    """
    numbered = list(enumerate(course.corrections, start=1))
    on_lesions = [(number, each) for number, each in numbered if each.kind in ON_LESIONS]
    if not on_lesions or not isinstance(spots, SpotMap):
        touched = (FIELD,) if course.mode is Mode.FIELD else ()
        return CorrectedCourse(spots, tuple(AppliedCorrection(number, each, touched) for number, each in numbered))
    usable = ~masks.excluded if masks.scored is None else masks.scored & ~masks.excluded
    drawn = [_on_frame(each, frame) for _, each in on_lesions]
    redrawn = any(each.kind is CorrectionKind.OUTLINE and each.at for _, each in on_lesions)
    seen = outline_baseline(spots) > 0 if outline_baseline is not None and redrawn else None
    corrected = correct_spots(spots, drawn, mm_per_px=frame.mm_per_px, scored=usable, seen=seen)
    told = {
        number: AppliedCorrection(number, each, tuple(sorted(lesions)), corrected.problems.get(index))
        for index, ((number, each), lesions) in enumerate(zip(on_lesions, corrected.touched, strict=True))
    }
    applied = (told.get(number, AppliedCorrection(number, each)) for number, each in numbered)
    return CorrectedCourse(corrected.spots, tuple(applied))


def _on_frame(correction: Correction, frame: WorkingGrid) -> DrawnCorrection:
    at = polygon_in_frame(correction.at, frame).tolist() if correction.at else []
    inside = mask_of(correction.outline, frame) if correction.line is None else _right_of(correction.line, frame)
    return DrawnCorrection(correction.kind, tuple((float(x), float(y)) for x, y in at), inside)


def _right_of(line: tuple[Point, Point], frame: WorkingGrid) -> BoolImage:
    """Frame pixels to the right of the straight line through two points, seen from the first towards the second."""
    (x1, y1), (x2, y2) = polygon_in_frame(line, frame)
    rows, columns = np.ogrid[: frame.shape[0], : frame.shape[1]]
    return np.asarray((x2 - x1) * (rows - y1) - (y2 - y1) * (columns - x1) > 0)


def tell_corrections(change: CourseChange, corrected: CorrectedCourse, control: Collection[int] = ()) -> CourseChange:
    """Flag the rows that rest on corrections, and withhold the verdicts of lesions that were left out.

    Parameters
    ----------
    control : collection of int
        Lesions that are in no total anyway.
    """
    if not corrected.applied:
        return change
    touched = frozenset(lesion for each in corrected.applied for lesion in each.lesions)
    everywhere = _of_every_session(corrected.applied, frozenset(control))
    return replace(
        change,
        lesions=tuple(
            _told(row, touched=row.lesion_id in touched, out=row.lesion_id in corrected.excluded)
            for row in change.lesions
        ),
        sessions=tuple(replace(each, flags=each.flags | everywhere) for each in change.sessions),
    )


def _of_every_session(applied: Sequence[AppliedCorrection], control: frozenset[int]) -> frozenset[QualityFlag]:
    """What is said of every session: all compare the same lesions on the same skin with the same baseline."""
    flags = {QualityFlag.CORRECTION_NOT_PLACED} if any(each.problem for each in applied) else set()
    if any(rests_on(each, control) for each in applied):
        flags.add(QualityFlag.CORRECTED_BY_HAND)
    return frozenset(flags)


def rests_on(applied: AppliedCorrection, control: Collection[int] = ()) -> bool:
    """Tell whether totals rest on a correction: it was applied, and not to lesions of the control skin alone."""
    if applied.problem is not None:
        return False
    return not applied.lesions or bool(set(applied.lesions) - set(control))


def _told(row: LesionSession, *, touched: bool, out: bool) -> LesionSession:
    flags = row.flags | ({QualityFlag.CORRECTED_BY_HAND} if touched else set())
    if not out:
        return replace(row, flags=flags)
    flags |= {QualityFlag.EXCLUDED_BY_HAND}
    if row.verdict is Verdict.BASELINE:
        return replace(row, flags=flags)
    return replace(row, changes=tuple(map(_withheld, row.changes)), verdict=Verdict.NOT_MEASURABLE, flags=flags)


def _withheld(change: Change) -> Change:
    return replace(change, verdict=Verdict.NOT_MEASURABLE)


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}"

"""A course as a whole: its baseline, its one colour method, its frame; and at the end its records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pigtrack.errors import CourseError
from pigtrack.imaging.change import ChangeSettings
from pigtrack.imaging.pigment import fit_ruler
from pigtrack.imaging.segment import find_spots
from pigtrack.model.course import Course, Session, days_between, treated_polygons
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler, SkinMaps, SpotMap, SpotMeasurement
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.model.protocol import Protocol
from pigtrack.model.quantity import BoolImage
from pigtrack.model.result import PhotographReading
from pigtrack.model.spectra import SpectralTables
from pigtrack.pipeline.frame import excluded, mask_of
from pigtrack.pipeline.judging import grade_reading


@dataclass(frozen=True, eq=False, slots=True)
class CourseMasks:
    """The drawn polygons on the frame; None where nothing was drawn."""

    region: BoolImage | None
    control: BoolImage | None
    excluded: BoolImage

    @property
    def scored(self) -> BoolImage | None:
        """Where a spot is followed: the region and the control skin."""
        if self.region is None or self.control is None:
            return self.region
        return self.region | self.control


def draw_masks(course: Course, frame: WorkingGrid) -> CourseMasks:
    """Lay the course's polygons on the frame."""
    drawn = [mask_of(polygon, frame) for polygon in treated_polygons(course)]
    region = np.any([mask for mask in drawn if mask is not None], axis=0) if drawn else None
    return CourseMasks(region, mask_of(course.control, frame), excluded(course, frame))


def is_exploratory(readings: Sequence[PhotographReading]) -> bool:
    """Tell whether the first session shows no card at all, so that only relative numbers can be given.

    A first session that could not be used with a card either (black, blurred) tells nothing: the next one is then the
    baseline.
    """
    first = [reading for reading in readings if reading.session == readings[0].session]
    usable = [reading for reading in first if grade_reading(reading, exploratory=True) != "reject"]
    return bool(usable) and all(QualityFlag.NO_CARD in reading.flags for reading in usable)


def find_baseline(readings: Sequence[PhotographReading], usable: Sequence[bool]) -> int:
    """Return the index of the first usable photograph.

    Raises
    ------
    CourseError
        If there is none: with the first photograph's own reason.
    """
    for index, fit in enumerate(usable):
        if fit:
            return index
    reason = next((why for why in map(reason_of, readings) if why), None)
    why = "" if reason is None else f" (first: {reason})"
    raise CourseError(
        f"No session can be measured: no photograph passed its checks{why}.",
        "Run 'pigtrack check' on the photographs and follow its remedies.",
    )


def reason_of(reading: PhotographReading) -> str:
    """Return why a photograph can't be used: its refusal, or what to do about the checks that it failed."""
    return reading.refusal or " ".join(check.remedy for check in reading.checks if check.verdict == "reject")


def refuse_blank(baseline: RegisteredImage, masks: CourseMasks) -> None:
    """Refuse a course whose baseline shows nothing that can be measured.

    Raises
    ------
    CourseError
        If every pixel of the region is black, blown out or excluded.
    """
    shown = baseline.valid & ~masks.excluded
    if not (shown if masks.scored is None else shown & masks.scored).any():
        raise CourseError(
            "No session can be measured: all of the first usable photograph's skin is black, blown out or excluded.",
            "Check region and exclude in course.toml, or retake with the exposure set on the grey patches.",
        )


def fit_course_ruler(
    images: Iterable[RegisteredImage], masks: CourseMasks, frame: WorkingGrid, tables: SpectralTables
) -> PigmentRuler:
    """Fix the direction of pigment on all photographs of the course together."""
    return fit_ruler(images, tables=tables, mm_per_px=frame.mm_per_px, region=masks.scored, exclude=masks.excluded)


def find_course_spots(
    maps: Iterable[SkinMaps],
    masks: CourseMasks,
    frame: WorkingGrid,
    sessions: Sequence[int] | None = None,
    healing: Collection[int] = (),
) -> SpotMap:
    """Find the spots on all photographs of the course together; ``sessions`` names each one's session."""
    return find_spots(
        maps,
        mm_per_px=frame.mm_per_px,
        region=masks.scored,
        exclude=masks.excluded,
        sessions=sessions,
        healing=healing,
    )


def healing_sessions(course: Course, protocol: Protocol | None = None) -> frozenset[int]:
    """Sessions photographed after that day's procedure, or within the quiet days after an earlier treatment.

    The days are the protocol's; without one, those that needles ask for.
    """
    quiet = with_protocol(ChangeSettings(), protocol).quiet_days
    return frozenset(
        session.number
        for session in course.sessions
        if session.after_procedure or any(0 <= days < quiet for days in _days_since_treatments(course, session))
    )


def _days_since_treatments(course: Course, session: Session) -> list[int]:
    earlier = (other for other in course.sessions if other.number < session.number and other.treatment)
    return [days for other in earlier if (days := days_between(other, session)) is not None]


def with_protocol(settings: ChangeSettings, protocol: Protocol | None) -> ChangeSettings:
    """Return the settings of a course's judgement with its protocol's days kept out of the trend."""
    return settings if protocol is None else replace(settings, quiet_days=protocol.quiet_days)


def flag_unknown_size(change: CourseChange) -> CourseChange:
    """Say in every row of a course without scale why its millimetres stay empty."""
    unknown = frozenset({QualityFlag.CARD_SIZE_UNKNOWN})
    return replace(
        change,
        sessions=tuple(replace(each, flags=each.flags | unknown) for each in change.sessions),
        lesions=tuple(replace(each, flags=each.flags | unknown) for each in change.lesions),
    )


def control_lesions(spots: Sequence[SpotMeasurement], masks: CourseMasks) -> frozenset[int]:
    """Return the lesions that lie on the untreated control skin."""
    if masks.control is None:
        return frozenset()
    return frozenset(spot.lesion_id for spot in spots if _lies_in(masks.control, spot.centroid))


def region_area(masks: CourseMasks, frame: WorkingGrid) -> float:
    """Area of the treated region, in mm² (frame pixels² without scale); the whole frame where none was drawn."""
    shown = np.ones(frame.shape, bool) if masks.region is None else masks.region
    return float((shown & ~masks.excluded).sum()) * (frame.mm_per_px or 1.0) ** 2


def by_session(
    measured: Mapping[int, PhotographMeasurement], readings: Sequence[PhotographReading], sessions: int
) -> tuple[tuple[PhotographMeasurement, ...], ...]:
    """Group the measured photographs by session, in the order of the course."""
    return tuple(
        tuple(measured[k] for k, reading in enumerate(readings) if reading.session == number and k in measured)
        for number in range(1, sessions + 1)
    )


def without_outlines(measured: PhotographMeasurement) -> PhotographMeasurement:
    """Drop the label image, which is kept elsewhere, so that a long course stays small in memory."""
    return replace(measured, outlines=np.zeros((0, 0), np.int32))


def _lies_in(mask: BoolImage, point: tuple[float, float]) -> bool:
    row, column = round(point[1]), round(point[0])
    return 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and bool(mask[row, column])

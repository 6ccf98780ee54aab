"""Keeps corrections that somebody drew on the pictures of a measurement; the course is measured with them later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pigtrack.errors import FormError, RecordError
from pigtrack.model.correction import Correction, CorrectionKind, Point
from pigtrack.model.pictures import CoursePictures
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.record.corrections import keep_correction, withdraw_correction
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import find_version
from pigtrack.tracker.record.desk import By, Data, Record, actor_of, opened
from pigtrack.tracker.record.picturing import pictures_of
from pigtrack.tracker.record.placing import point_inside, to_photograph

_KIND = CorrectionKind

_SELECTED: dict[CorrectionKind, tuple[int, int | None]] = {
    _KIND.EXCLUDE: (0, None),
    _KIND.MERGE: (2, None),
    _KIND.SPLIT: (1, 1),
    _KIND.OUTLINE: (0, 1),
    _KIND.REGION: (0, 0),
    _KIND.CONTROL: (0, 0),
    _KIND.PHOTOGRAPH: (0, 0),
}
"""How many spots a kind is about, at least and at most."""

_OUTLINED = frozenset({_KIND.OUTLINE, _KIND.REGION, _KIND.CONTROL})
_LEAST_CORNERS = 3


@dataclass(frozen=True, slots=True)
class DrawnCorrection:
    """A correction as somebody selected and drew it; points are x, y on the pictures' frame.

    Attributes
    ----------
    seen : int
        Number of the measurement whose pictures they looked at.
    lesions : tuple of int
        Numbers of the spots that were selected.
    drawn : tuple of point
        A polygon; of a split that has two points: the line to cut along.
    photo : str or None
        The photograph that is left out, as the course names it.
    """

    kind: CorrectionKind
    reason: str
    seen: int
    lesions: tuple[int, ...] = ()
    drawn: tuple[Point, ...] = ()
    photo: str | None = None


def correct_drawn(*, label: str, told: DrawnCorrection, data: Data = None, by: By = None) -> tuple[int, ...]:
    """Keep a correction, and return its number; of several spots that are left out, one for each.

    Nothing is measured: see `pigtrack.tracker.background`.

    Raises
    ------
    PigtrackError
        If it says nothing that can be done, or the course stands at another measurement than was seen.
    """
    _refuse_unclear(told)
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.CORRECT)
        made = _corrections(told, _pictures(record, label, told, actor), actor)
        with record.writing(actor, told.reason) as unit:
            course = need_course(unit.connection, label)
            _refuse_unseen(find_version(unit.connection, course)["number"], told.seen)
            return tuple(keep_correction(unit, course, each) for each in made)


def undo(*, label: str, number: int, reason: str, data: Data = None, by: By = None) -> None:
    """Let a correction count no more; it stays in the record, with the reason. Nothing is measured.

    Raises
    ------
    PigtrackError
        If there is no such correction, or who asks may not do it.
    """
    if not reason.strip():
        raise FormError("The reason is empty.", "Say why the correction is taken back.", field="reason")
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.CORRECT)
        with record.writing(actor, reason) as unit:
            withdraw_correction(unit, need_course(unit.connection, label), number)


def _refuse_unclear(told: DrawnCorrection) -> None:
    """Refuse what a person would have to say otherwise, in the words of the page."""
    least, most = _SELECTED[told.kind]
    count, corners = len(told.lesions), len(told.drawn)
    if not told.reason.strip():
        raise FormError("The reason is empty.", "Say in one line why this is corrected.", field="reason")
    if count < least:
        spots = "one spot" if least == 1 else f"{least} spots or more"
        raise FormError(f"To {told.kind}, select {spots}.", "Tick them in the table or the picture.", field="lesion")
    if most is not None and count > most:
        only = "one spot" if most else "no spot"
        raise FormError(f"{_name(told.kind)} takes {only}.", "Untick the others.", field="lesion")
    _refuse_undrawn(told, corners)


def _refuse_undrawn(told: DrawnCorrection, corners: int) -> None:
    drawn = f"{_name(told.kind)} needs"
    if told.kind in _OUTLINED and corners < _LEAST_CORNERS:
        raise FormError(f"{drawn} an outline of three points or more.", "Draw or type it.", field="points")
    if told.kind is _KIND.SPLIT and corners < 2:
        raise FormError(f"{drawn} a line of two points, or an outline.", "Draw or type it.", field="points")
    if told.kind is _KIND.EXCLUDE and bool(told.lesions) == bool(told.drawn):
        raise FormError(f"{drawn} spots, or an outline, not both.", "Select spots, or draw.", field="lesion")
    if told.kind is _KIND.EXCLUDE and told.drawn and corners < _LEAST_CORNERS:
        raise FormError(f"{drawn} an outline of three points or more.", "Draw or type it.", field="points")
    if told.kind is _KIND.MERGE and told.drawn:
        raise FormError("Merging takes no points.", "Clear what was drawn.", field="points")
    if told.kind is _KIND.PHOTOGRAPH and not told.photo:
        raise FormError("No photograph is chosen.", "Choose the one to leave out.", field="photo")


def _name(kind: CorrectionKind) -> str:
    return {
        _KIND.EXCLUDE: "Leaving out",
        _KIND.MERGE: "Merging",
        _KIND.SPLIT: "Splitting",
        _KIND.OUTLINE: "Redrawing an outline",
        _KIND.REGION: "Redrawing the region",
        _KIND.CONTROL: "Redrawing the control skin",
        _KIND.PHOTOGRAPH: "Leaving a photograph out",
    }[kind]


def _pictures(record: Record, label: str, told: DrawnCorrection, actor: Actor) -> CoursePictures | None:
    """Return the pictures that somebody drew on; None: they selected and drew nothing."""
    if not told.lesions and not told.drawn:
        return None
    with record.reading() as connection:
        course = str(need_course(connection, label)["id"])
    pictures = pictures_of(data=record, by=actor, course=course)
    if pictures is None:
        raise RecordError(
            "The pictures of this measurement are not drawn yet, so nothing tells where a spot lies.",
            "Wait until the page shows them, and repeat.",
        )
    return pictures


def _refuse_unseen(stands: int, seen: int) -> None:
    if stands != seen:
        raise RecordError(
            f"Meanwhile the course was measured anew: it stands at measurement {stands}, you looked at {seen}.",
            "Nothing was corrected. Look at the page anew, and repeat.",
        )


def _corrections(told: DrawnCorrection, pictures: CoursePictures | None, actor: Actor) -> tuple[Correction, ...]:
    plain = Correction(told.kind, told.reason, photo=told.photo, by=actor.name)
    if pictures is None:
        return (plain,)
    drawn = to_photograph(told.drawn, pictures.to_photograph)
    at = to_photograph([place_on_frame(pictures, lesion) for lesion in told.lesions], pictures.to_photograph)
    if told.kind is _KIND.EXCLUDE and at:
        return tuple(replace(plain, at=(point,)) for point in at)
    if told.kind is _KIND.SPLIT and len(drawn) == 2:
        return (replace(plain, at=at, line=(drawn[0], drawn[1])),)
    return (replace(plain, at=at, outline=drawn or None),)


def place_on_frame(pictures: CoursePictures, lesion: int) -> Point:
    """Return a point well inside a spot on the frame, by its largest outline in the first session that has one.

    Raises
    ------
    RecordError
        If no session outlines it.
    """
    for session in pictures.sessions:
        outlines = session.outlines.get(lesion, ())
        if outlines:
            return point_inside(max(outlines, key=_extent))
    raise RecordError(
        f"No session outlines spot {lesion}, so nothing tells where it lies.", "Draw an outline around its place."
    )


def _extent(polygon: Sequence[Point]) -> float:
    """Twice the area inside (the shoelace formula)."""
    following = (*polygon[1:], polygon[0])
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(polygon, following, strict=True)))

"""The pictures of a review that lie over one another: where they are fetched, and what is drawn over them."""

from dataclasses import dataclass

from pigtrack.model.following import FollowedCourse
from pigtrack.model.pictures import CoursePictures, SessionPictures
from pigtrack.web.outlines import Shape, bar_mm, shapes_of

VIEWS = {"photo": "Photograph", "melanin": "Melanin", "redness": "Redness"}
_FOLDERS = {"photo": "aligned", "melanin": "melanin", "redness": "redness"}


@dataclass(frozen=True, slots=True)
class Pane:
    """One of the pictures that lie over one another; ``picture`` is None where the session shows none."""

    side: str
    session: int
    day: str | None
    qc: str
    picture: str | None
    shapes: tuple[Shape, ...]


def panes_of(
    followed: FollowedCourse, pictures: CoursePictures | None, *, session: int, against: int, view: str
) -> tuple[Pane, ...]:
    """Return the pictures of two sessions, the earlier one first; one of the same session, none of none drawn.

    Parameters
    ----------
    view : str
        One of `VIEWS`.
    """
    if pictures is None:
        return ()
    numbers = [("later", session)]
    if against != session:
        numbers.insert(0, ("earlier", against))
    told = {each.session: each for each in pictures.sessions}
    days = {each.session: (each.day, each.qc_status) for each in followed.series.sessions}
    return tuple(
        Pane(
            side,
            number,
            *days[number],
            _picture(told.get(number), view, f"/courses/{followed.series.overview.uid}/pictures"),
            () if number not in told else shapes_of(told[number].outlines, width=pictures.width),
        )
        for side, number in numbers
    )


def _picture(session: SessionPictures | None, view: str, where: str) -> str | None:
    """Return the address of a session's picture; None where it has none."""
    name = "" if session is None else f"{_FOLDERS[view]}/{session.session}.jpg"
    return f"{where}/{name}" if session is not None and name in session.pictures else None


def scale_bar(pictures: CoursePictures | None) -> tuple[float, float] | None:
    """Return the length of the scale bar: in mm, and in frame pixels; None where the scale is not known."""
    if pictures is None or pictures.mm_per_px is None:
        return None
    length = bar_mm(pictures.width * pictures.mm_per_px)
    return length, length / pictures.mm_per_px


def strip_of(pictures: CoursePictures | None) -> dict[int, str]:
    """Return the names of the sessions' small pictures."""
    if pictures is None:
        return {}
    names = {each.session: f"thumb/{each.session}.jpg" for each in pictures.sessions}
    return {each.session: names[each.session] for each in pictures.sessions if names[each.session] in each.pictures}

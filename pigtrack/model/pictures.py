"""What was drawn of a measurement, by name; and where its outlines lie on the frame that all its pictures share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

Point = tuple[float, float]
"""x, y in pixels, centres on integers."""

Ring = tuple[Point, ...]
Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

MANIFEST = "manifest.json"
"""The name under which it is kept itself."""


@dataclass(frozen=True, slots=True)
class SessionPictures:
    """The pictures of one session.

    Attributes
    ----------
    outlines : mapping of int to tuple of Ring
        By number of the spot, its outlines in frame pixels; one that came apart has several.
    pictures : tuple of str
        Names of what there is: ``aligned/3.jpg``, ``melanin/3.jpg``, ``redness/3.jpg``, ``thumb/3.jpg``.
    """

    session: int
    outlines: Mapping[int, tuple[Ring, ...]] = field(repr=False)
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoursePictures:
    """All that was drawn of one measurement.

    Attributes
    ----------
    measurement : int
        Its number.
    width, height : int
        Of the frame, in pixels. A picture may have other pixels; it shows exactly the frame.
    mm_per_px : float or None
        Millimetres of skin to a frame pixel.
    to_photograph : 3 by 3 matrix
        From frame pixels to upright pixels of the first usable photograph, in which corrections are told.
    charts : tuple of str
        Names of charts, scales and pages: ``charts/course.svg``, ``scales/melanin.png``, ``report.html``.
    """

    measurement: int
    width: int
    height: int
    mm_per_px: float | None
    to_photograph: Matrix
    sessions: tuple[SessionPictures, ...]
    charts: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """All names there are."""
        return frozenset(self.charts) | {name for each in self.sessions for name in each.pictures}


def write_manifest(pictures: CoursePictures) -> bytes:
    """Return it as JSON, the same bytes for the same pictures; the measurement's number is told when it is read."""
    sessions = [
        {"session": each.session, "outlines": {str(k): v for k, v in each.outlines.items()}, "pictures": each.pictures}
        for each in pictures.sessions
    ]
    told = {name: getattr(pictures, name) for name in ("width", "height", "mm_per_px", "to_photograph", "charts")}
    return json.dumps({**told, "sessions": sessions}, separators=(",", ":")).encode()


def read_manifest(data: bytes, *, measurement: int) -> CoursePictures:
    """Return what `write_manifest` wrote.

    Raises
    ------
    ValueError
        If it is nothing of that kind.
    """
    told = json.loads(data)
    first, second, third = ((float(a), float(b), float(c)) for a, b, c in told["to_photograph"])
    sessions = tuple(
        SessionPictures(
            each["session"],
            {int(lesion): tuple(map(_ring, rings)) for lesion, rings in each["outlines"].items()},
            tuple(each["pictures"]),
        )
        for each in told["sessions"]
    )
    plain = {name: told[name] for name in ("width", "height", "mm_per_px")}
    charts = tuple(told["charts"])
    return CoursePictures(measurement, **plain, to_photograph=(first, second, third), sessions=sessions, charts=charts)


def _ring(points: list[list[float]]) -> Ring:
    return tuple((float(x), float(y)) for x, y in points)

"""The clinician looks: two sessions over one another, the spots in a table, each one's own series, the corrections."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from pigtrack.errors import PigtrackError, UnknownError
from pigtrack.model.correction import CorrectionKind
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.following import FollowedCourse, LesionLine
from pigtrack.model.metrics import Verdict
from pigtrack.model.pictures import CoursePictures
from pigtrack.model.roles import Verb
from pigtrack.model.signing import tell_signed
from pigtrack.tracker.record.browsing import label_of
from pigtrack.tracker.record.following import follow
from pigtrack.tracker.record.picturing import pictures_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.panes import VIEWS, Pane, panes_of, scale_bar, strip_of
from pigtrack.web.posted import Posted, read_query
from pigtrack.web.problems import headers_of, status_of
from pigtrack.web.routes.course import CourseId
from pigtrack.web.spot_chart import draw_spot_chart
from pigtrack.web.working import work_on

router = APIRouter(include_in_schema=False)

Viewing = Annotated[Asker, Depends(Needs(Verb.VIEW))]
Query = Annotated[Posted, Depends(read_query)]

MODES = {"slider": "Slider", "side": "Side by side"}
SORTS = {"number": "number", "area": "area", "contrast": "contrast", "change": "change", "verdict": "verdict"}
FILTERS = {"all": "All", "changed": "Changed", "pointed": "To be looked at"}

ENDPOINTS = {Endpoint.AREA: "Area", Endpoint.CONTRAST: "Contrast", Endpoint.LOAD: "Pigment load"}

KINDS = {
    CorrectionKind.EXCLUDE: "Leave out (a mole, tattoo or scar)",
    CorrectionKind.MERGE: "Merge: the selected spots are one",
    CorrectionKind.SPLIT: "Split the selected spot along a line",
    CorrectionKind.OUTLINE: "Redraw the outline of a spot, or add one",
    CorrectionKind.REGION: "Redraw the region that is measured",
    CorrectionKind.CONTROL: "Redraw the untreated control skin",
}
_OF_A_FIELD = (CorrectionKind.EXCLUDE, CorrectionKind.REGION, CorrectionKind.CONTROL)

_VERDICTS = (Verdict.WORSENED, Verdict.IMPROVED, Verdict.NO_DETECTABLE_CHANGE, Verdict.BASELINE, Verdict.NOT_MEASURABLE)
"""In the order in which a table sorted by verdict begins."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks to be shown; it is kept through every link of the page.

    Attributes
    ----------
    session, against : int
        The sessions that are laid over one another.
    measurement : int or None
        None: the one that the course stands at.
    lesion : int
        Whose series is shown; 0: none.
    """

    session: int = 0
    against: int = 0
    view: str = "photo"
    mode: str = "slider"
    sort: str = "number"
    show: str = "all"
    measurement: int | None = None
    lesion: int = 0

    def link(self, **other: object) -> str:
        """Return the query of an address that asks for the same but for what is named."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__} | other
        return "?" + "&".join(f"{name}={value}" for name, value in kept.items() if value)


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that can't be taken: the page shows it again with what was typed; ``form`` says which one it was."""

    fault: PigtrackError
    form: str
    typed: Posted

    @property
    def status(self) -> int:
        """Return the status of the page."""
        return status_of(self.fault)


@router.get("/courses/{course}/review")
def show_review(request: Request, course: CourseId, asker: Viewing, query: Query) -> Any:
    """Show the page."""
    return review_page(request, str(course), asker, query)


@router.get("/courses/{course}/review/lesion")
def show_lesion(request: Request, course: CourseId, asker: Viewing, query: Query) -> Any:
    """Show a spot's own series, as a part of the page."""
    asked, label = _asked(query), label_of(record=asker.record, course=str(course))
    followed = follow(label=label, data=asker.record, by=asker.who, measurement=asked.measurement)
    return render(request, "review_series.html", asker, **_series(followed, asked.lesion))


def review_page(request: Request, course: str, asker: Asker, query: Posted, refused: Refused | None = None) -> Any:
    """Return the page; after a refused form with what was typed, and what is wrong with it."""
    label = label_of(record=asker.record, course=course)
    asked = _asked(query)
    followed = follow(label=label, data=asker.record, by=asker.who, measurement=asked.measurement)
    asked = _fitted(asked, followed)
    pictures = _pictures(asker, followed, course)
    work = work_on(request, course, drawn=pictures is not None or not _is_own(followed))
    values = {
        **{"followed": followed, "series": followed.series, "line": followed.series.overview, "tab": "review"},
        **{"asked": asked, "pictures": pictures, "panes": _panes(followed, pictures, asked)},
        **{"bar": scale_bar(pictures), "lines": _chosen(followed, asked), "of_session": _of_session(followed, asked)},
        **{"work": work, "going": work is not None and work.is_going_on, "strip": strip_of(pictures)},
        **{"kinds": _kinds(followed), "chosen_lesions": _ticked(refused, followed), "signed": _signed(followed)},
        **{"moved": _moved(refused, followed)},
        **{"views": VIEWS, "modes": MODES, "sorts": SORTS, "filters": FILTERS},
        **{"fault": refused and refused.fault, "form": refused and refused.form, "typed": refused and refused.typed},
        **_series(followed, asked.lesion),
    }
    answer = render(request, "review.html", asker, status=200 if refused is None else refused.status, **values)
    answer.headers.update({} if refused is None else headers_of(refused.fault))
    return answer


def _asked(query: Posted) -> Asked:
    return Asked(
        session=query.number("session", default=0, most=9_999),
        against=query.number("against", default=0, most=9_999),
        view=query.choice("view", tuple(VIEWS), default="photo"),
        mode=query.choice("mode", tuple(MODES), default="slider"),
        sort=query.choice("sort", tuple(SORTS), default="number"),
        show=query.choice("show", tuple(FILTERS), default="all"),
        measurement=query.number("measurement", default=0) or None,
        lesion=query.number("lesion", default=0),
    )


def _fitted(asked: Asked, followed: FollowedCourse) -> Asked:
    """Return what was asked for with the usual sessions where none was named: the last against the first.

    Raises
    ------
    UnknownError
        If the measurement has no such session.
    """
    numbers = [each.session for each in followed.series.sessions]
    for number in (asked.session, asked.against):
        if number and number not in numbers:
            raise UnknownError(f"This measurement has no session {number}.", "Choose one of those it has.")
    first, last = (numbers[0], numbers[-1]) if numbers else (0, 0)
    kept = {name: getattr(asked, name) for name in asked.__dataclass_fields__}
    return Asked(**{**kept, "session": asked.session or last, "against": asked.against or first})


def _pictures(asker: Asker, followed: FollowedCourse, course: str) -> CoursePictures | None:
    """Return the pictures of the measurement that is shown; of an earlier one than the course's own none are kept."""
    version = followed.series.version
    pictures = pictures_of(data=asker.record, by=asker.who, course=course) if _is_own(followed) else None
    return None if pictures is None or version is None or pictures.measurement != version.number else pictures


def _is_own(followed: FollowedCourse) -> bool:
    """Tell whether what is shown is the measurement that the course stands at."""
    version = followed.series.version
    return version is not None and version.number == followed.current


def _panes(followed: FollowedCourse, pictures: CoursePictures | None, asked: Asked) -> tuple[Pane, ...]:
    return panes_of(followed, pictures, session=asked.session, against=asked.against, view=asked.view)


def _chosen(followed: FollowedCourse, asked: Asked) -> Sequence[LesionLine]:
    """Return the session's lesions, filtered and sorted; those without a value last."""
    lines = followed.of_session(asked.session)
    if asked.show != "all":
        lines = [each for each in lines if (each.changed if asked.show == "changed" else each.pointed)]
    return sorted(lines, key=_order(asked.sort, followed.series.overview.endpoint))


def _order(sort: str, endpoint: Endpoint) -> Callable[[LesionLine], tuple[float, ...]]:
    def order(line: LesionLine) -> tuple[float, ...]:
        change = line.change_of(endpoint)
        value = {
            "number": None,
            "area": None if line.area is None else -line.area.value,
            "contrast": None if line.contrast is None else -line.contrast.value,
            "change": None if change is None or change.percent is None else -change.percent,
            "verdict": float(_VERDICTS.index(line.verdict)),
        }[sort]
        return (value is None, value or 0.0, line.lesion)

    return order


def _of_session(followed: FollowedCourse, asked: Asked) -> tuple[str, ...]:
    """Return what was noted of the whole session, a sentence each."""
    session = next((each for each in followed.series.sessions if each.session == asked.session), None)
    flags = () if session is None else session.flags
    meanings = {each.value: each.meaning for each in QualityFlag}
    return tuple(meanings.get(each, each.replace("_", " ")) for each in flags)


def _series(followed: FollowedCourse, lesion: int) -> dict[str, Any]:
    """Return what a spot's own series needs.

    Raises
    ------
    UnknownError
        If the measurement has no such spot.
    """
    rows = followed.through_sessions(lesion) if lesion else ()
    if lesion and not rows:
        raise UnknownError(f"This measurement has no spot {lesion}.", "Choose one of the table.")
    days = {each.session: each.day for each in followed.series.sessions}
    endpoint = followed.series.overview.endpoint
    chart = draw_spot_chart(rows, days, endpoint) if rows else None
    return {
        **{"spot": lesion, "spot_rows": rows, "spot_days": days, "spot_chart": chart, "endpoints": ENDPOINTS},
        **{"uid": followed.series.overview.uid, "endpoint": endpoint},
    }


def _kinds(followed: FollowedCourse) -> Sequence[tuple[str, str]]:
    """Return the corrections that can be made, with their words."""
    field = followed.mode is Mode.FIELD
    return [(kind.value, said) for kind, said in KINDS.items() if not field or kind in _OF_A_FIELD]


def _moved(refused: Refused | None, followed: FollowedCourse) -> bool:
    """Tell whether a refused form was filled in over another measurement than the page shows now.

    Its spots may bear other numbers there, so it is shown for its words, and can't be sent again.
    """
    version = followed.series.version
    if refused is None or version is None or refused.form not in ("correct", "sign"):
        return False
    return (refused.typed.fields.get("measurement") or [""])[-1] != str(version.number)


def _ticked(refused: Refused | None, followed: FollowedCourse) -> frozenset[str]:
    return frozenset(() if refused is None or _moved(refused, followed) else refused.typed.many("lesion"))


def _signed(followed: FollowedCourse) -> Sequence[str]:
    version = followed.series.version
    return tell_signed(followed.series.signatures, None if version is None else version.number)

"""The patient's page as it is shown, by a link and to the clinician before: one function for both, the same bytes."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import UnknownError
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.patient_page import Deadline, PatientPage, Photo
from pigtrack.model.sharing import PatientView
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.derived import is_drawn, read_derived_of
from pigtrack.store.record.tables import measurements
from pigtrack.tracker.record.desk import Record

PAGE = "page.json"
"""Name of the piece that holds the sentences; see `pigtrack.report.patient.patient_pieces`."""

_PAGES = TypeAdapter(PatientPage)


def languages() -> tuple[tuple[str, str], ...]:
    """Return code and own name of every language that the page is kept in."""
    return tuple((code, load_catalogue(code).say("patient.link.language")) for code in list_languages())


def known_language(*wished: str | None) -> str:
    """Return the first wish that there is a catalogue of; English where there is none."""
    return next((each for each in wished if each in list_languages()), "en")


def words_for(*wished: str | None) -> Catalogue:
    """Return the words for somebody who is not known yet: of the first language of theirs that we speak."""
    return load_catalogue(known_language(*wished))


def find_page(record: Record, connection: Connection, course: RowMapping) -> str | None:
    """Return the id of the measurement whose page is shown; None: none was drawn yet.

    That is the one that the course stands at; while its page is drawn still, or it is measured anew, the last one that
    has a page.
    """
    standing = [] if course["measurement_id"] is None else [str(course["measurement_id"])]
    known = [*standing, *_newest_first(connection, course)]
    return next((each for each in known if is_drawn(record, each, _name(known_language(), PAGE))), None)


def _newest_first(connection: Connection, course: RowMapping) -> list[str]:
    wanted = select(measurements.c.id).where(measurements.c.course_id == course["id"])
    return list(connection.execute(wanted.order_by(measurements.c.number.desc())).scalars())


def compose_view(
    record: Record,
    connection: Connection,
    course: RowMapping,
    *,
    language: str,
    left_out: Collection[str] = (),
    photographs: bool = True,
    measurement: str | None = None,
) -> PatientView:
    """Return what the patient sees in a language, without the photographs that are kept back.

    Parameters
    ----------
    measurement : str or None
        Id of the one whose page it is, as a page's own pictures name it; None: see `find_page`.
    """
    found = find_page(record, connection, course) if measurement is None else measurement
    data = None if found is None else read_derived_of(record, connection, course, found, _name(language, PAGE))
    if found is None or data is None:
        return PatientView(None, load_catalogue(language), languages())
    place = f"pictures/{found}/{language}"
    page = _shown(_PAGES.validate_json(data), place, left_out, photographs=photographs)
    return PatientView(page, load_catalogue(language), languages())


def _shown(page: PatientPage, place: str, left_out: Collection[str], *, photographs: bool) -> PatientPage:
    """Return a kept page without what is kept back, its pictures by addresses beside its own, its hours by our zone."""
    photos = tuple(each for each in page.photos if photographs and not _is_left_out(each, left_out))
    return replace(
        page,
        chart=None if page.chart is None else _placed(page.chart, place),
        photos=tuple(_placed(each, place) for each in photos),
        aftercare=tuple(_zoned(each) for each in page.aftercare),
    )


def _is_left_out(photo: Photo, left_out: Collection[str]) -> bool:
    """Tell whether a visit's picture is kept back: one of its photographs is enough, any may stand for the others."""
    return any(name in left_out for name in photo.names)


def _placed(photo: Photo, place: str) -> Photo:
    """Return a picture by its address: it names its measurement, so that no sentence stands beside a later picture."""
    return replace(photo, source=f"{place}/{photo.source}")


def _zoned(deadline: Deadline) -> Deadline:
    """Return a deadline whose moment says its zone: the clinic's, where the course's own clock says none."""
    return replace(deadline, ends=_moment(deadline.ends), over=_moment(deadline.over))


def _moment(told: str) -> str:
    return datetime.fromisoformat(told).astimezone().isoformat(timespec="minutes") if "T" in told else told


def read_picture(
    record: Record,
    connection: Connection,
    course: RowMapping,
    *,
    measurement: str,
    language: str,
    name: str,
    left_out: Collection[str] = (),
    photographs: bool = True,
) -> bytes:
    """Return a picture of a page, by the parts of its address: none but those that stand on it.

    Raises
    ------
    UnknownError
        If the page shows no such picture: it is kept back, or another course's.
    """
    own = measurement in _newest_first(connection, course) and language in list_languages()
    shown: set[str] = set()
    if own:
        hidden = {"left_out": left_out, "photographs": photographs}
        kept: dict[str, Any] = {"language": language, "measurement": measurement, **hidden}
        page = compose_view(record, connection, course, **kept).page
        shown = set() if page is None else {each.source for each in (page.chart, *page.photos) if each is not None}
    data = None
    if f"pictures/{measurement}/{language}/{name}" in shown:
        data = read_derived_of(record, connection, course, measurement, _name(language, name))
    if data is None:
        raise UnknownError("This page shows no such picture.", "Load the page again.")
    return data


def _name(language: str, piece: str) -> str:
    return f"patient/{language}/{piece}"

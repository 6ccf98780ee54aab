"""The patient's page as it is shown, by a link and to the clinician before: one function for both, the same bytes."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping

from pigtrack.errors import UnknownError
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.patient_page import Deadline, PatientPage, Photo
from pigtrack.model.sharing import PatientView
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.derived import read_derived
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


def has_page(record: Record, connection: Connection, course: RowMapping) -> bool:
    """Tell whether there is a page to be shown yet."""
    return _piece(record, connection, course, "en", PAGE) is not None


def compose_view(
    record: Record,
    connection: Connection,
    course: RowMapping,
    *,
    language: str,
    left_out: Collection[str] = (),
    photographs: bool = True,
) -> PatientView:
    """Return what the patient sees in a language, without the photographs that are kept back.

    While a newer measurement is made, or its page drawn, that is the last one.
    """
    data = _piece(record, connection, course, language, PAGE)
    page = None if data is None else _shown(_PAGES.validate_json(data), language, left_out, photographs=photographs)
    return PatientView(page, load_catalogue(language), languages())


def _shown(page: PatientPage, language: str, left_out: Collection[str], *, photographs: bool) -> PatientPage:
    """Return a kept page without what is kept back, its pictures by addresses beside its own, its hours by our zone."""
    photos = tuple(each for each in page.photos if photographs and not _is_left_out(each, left_out))
    return replace(
        page,
        chart=None if page.chart is None else _placed(page.chart, language),
        photos=tuple(_placed(each, language) for each in photos),
        aftercare=tuple(_zoned(each) for each in page.aftercare),
    )


def _is_left_out(photo: Photo, left_out: Collection[str]) -> bool:
    """Tell whether a visit's picture is kept back: one of its photographs is enough, any may stand for the others."""
    return any(name in left_out for name in photo.names)


def _placed(photo: Photo, language: str) -> Photo:
    return replace(photo, source=f"pictures/{language}/{photo.source}")


def _zoned(deadline: Deadline) -> Deadline:
    """Return a deadline whose moment says its zone: the clinic's, where the course's own clock says none."""
    if "T" not in deadline.ends:
        return deadline
    return replace(deadline, ends=datetime.fromisoformat(deadline.ends).astimezone().isoformat(timespec="minutes"))


def read_picture(
    record: Record, connection: Connection, course: RowMapping, *, view: PatientView, language: str, name: str
) -> bytes:
    """Return a picture of a view: none but those that stand on its page.

    Raises
    ------
    UnknownError
        If the page shows no such picture.
    """
    page, address = view.page, f"pictures/{language}/{name}"
    shown = () if page is None else tuple(each.source for each in (page.chart, *page.photos) if each is not None)
    data = _piece(record, connection, course, language, name) if address in shown else None
    if data is None:
        raise UnknownError("This page shows no such picture.", "Load the page again.")
    return data


def _piece(record: Record, connection: Connection, course: RowMapping, language: str, name: str) -> bytes | None:
    return read_derived(record, connection, course, f"patient/{language}/{name}")

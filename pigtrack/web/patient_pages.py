"""Pages for patients: in their language, with nothing on them of the clinic's own."""

from http import HTTPStatus
from typing import Any

from fastapi import Request

from pigtrack.model.catalogue import Catalogue
from pigtrack.tracker.record.patient_view import languages, words_for
from pigtrack.web.pages import render

PATIENTS = "/link"
"""Below it lies what patients see."""

_LETTERS_MOST = 2_000


def render_for_patient(request: Request, template: str, words: Catalogue, *, status: int = 200, **values: Any) -> Any:
    """Return a page set with the words of a language."""
    shared: dict[str, Any] = {"say": words.say, "day_of": words.day}
    spoken: dict[str, Any] = {"language": words.language, "languages": languages()}
    return render(request, template, status=status, **shared, **spoken, **values)


def render_told(request: Request, words: Catalogue, what: str, *, status: int = 200) -> Any:
    """Return a page that says one thing: a headline, and what to do."""
    told = {"headline": words.say(f"patient.link.{what}"), "help": words.say(f"patient.link.{what}_help")}
    return render_for_patient(request, "link_told.html", words, status=status, **told)


def render_trouble(request: Request, status: int) -> Any:
    """Return a page for what went wrong: a patient is told what to do, what it was is for the clinic."""
    slow_down = status == HTTPStatus.TOO_MANY_REQUESTS
    return render_told(request, words_of(request), "wait" if slow_down else "trouble", status=status)


def words_of(request: Request, chosen: str = "") -> Catalogue:
    """Return the words of whoever is not known yet: as they chose, else as their browser asks (RFC 9110, 12.5.4)."""
    asked = request.headers.get("accept-language", "")[:_LETTERS_MOST]
    return words_for(chosen, *(each.strip()[:2] for each in asked.split(",")))

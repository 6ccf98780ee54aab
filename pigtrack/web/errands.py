"""The errands of an app, for its pages."""

from typing import Any

from fastapi import Request

from pigtrack.model.errand import Errand
from pigtrack.tracker.errands import Errands
from pigtrack.web.guard import Asker
from pigtrack.web.pages import render


def errands_of(request: Request) -> Errands:
    """Return the errands of the app that is asked."""
    found: Errands = request.app.state.errands
    return found


def show_part(request: Request, asker: Asker, errand: Errand | None, at: str) -> Any:
    """Give the part of a page that tells how far an errand is; once it is over, have the page load itself anew."""
    answer = render(request, "errand_part.html", asker, errand=errand, at=at)
    if errand is None or not errand.is_going_on:
        answer.headers["HX-Refresh"] = "true"
    return answer

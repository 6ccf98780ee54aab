"""Patients and courses: found by a word, by what is due, by what is overdue."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import Which, browse
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_query

router = APIRouter(include_in_schema=False)

_A_PAGE = 50


@router.get("/")
def show_courses(
    request: Request,
    asker: Annotated[Asker, Depends(Needs(Verb.VIEW))],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Show a page of the courses."""
    which = Which(query.choice("which", tuple(Which), default=Which.ALL.value))
    search, number = query.text("search", required=False, most=100), query.number("page", least=1, default=1)
    page = browse(
        record=asker.record, by=asker.who, which=which, search=search, skip=(number - 1) * _A_PAGE, most=_A_PAGE
    )
    pages = max(1, -(-page.found // _A_PAGE))
    shown: dict[str, Any] = {
        "page": page,
        "which": which,
        "search": search,
        "number": number,
        "pages": pages,
        "kinds": Which,
    }
    return render(request, "courses.html", asker, today=date.today().isoformat(), **shown)

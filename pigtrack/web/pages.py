"""Pages set from templates: everything that came from a person is escaped, every file is ours."""

import hashlib
from functools import cache
from importlib import resources
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from pigtrack import __version__
from pigtrack.model.roles import Verb
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker
from pigtrack.web.shown import FILTERS

STATIC = "/static"

_REPORT = resources.files("pigtrack") / "report" / "templates"
"""The patient's page is set by the same template whether it is a file or shown by a link. As files: to import what
fills them in for a file takes a second, and measures."""


def render(request: Request, template: str, asker: Asker | None = None, *, status: int = 200, **values: Any) -> Any:
    """Return a page: a template with its values, and what every page has.

    Parameters
    ----------
    asker : Asker or None
        Who looks at it: ``asker.may(Verb.…)`` decides what is offered. None: somebody who is not signed in.
    """
    shared = {"request": request, "asker": asker, "path": request.url.path, "demo": bool(desk_of(request).serving.demo)}
    text = _templates().get_template(template).render(**shared, **values)
    return HTMLResponse(text, status_code=status)


def set_page(template: str, **values: Any) -> str:
    """Return the text of a page that stands by itself, outside the app."""
    return _templates().get_template(template).render(**values)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=ChoiceLoader([PackageLoader("pigtrack.web"), FileSystemLoader(str(_REPORT))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(FILTERS)
    templates.globals.update(static=static_address, Verb=Verb, version=__version__)
    return templates


@cache
def static_address(name: str) -> str:
    """Return the address of a file of ours, which changes with the file: browsers may keep it for ever."""
    data = (resources.files("pigtrack.web") / "static" / name).read_bytes()
    return f"{STATIC}/{name}?{hashlib.sha256(data).hexdigest()[:12]}"

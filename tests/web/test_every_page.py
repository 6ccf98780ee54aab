"""Every page of the web app in a real browser, as an owner sees it: legible by all, in itself, and not too heavy."""

import re

import pytest
from browsing import DESK, NARROWEST, PHONE, TOO_WIDE, look_closely, visit
from fastapi.routing import APIRoute

from pigtrack.web.routes import ROUTERS

SCRIPT_AND_STYLE_BYTES_MOST = 150_000

QUERIES = {"/share/new": "?days=90&language=en"}
"""What pages are asked by the form before them."""


def addresses(clinic):
    """Return the addresses of all pages: every route that is asked for by GET and answers with HTML."""
    course = clinic.course_ids()[0]
    olga, found = clinic.as_("olga"), []
    routes = [route for router in ROUTERS for route in router.routes]
    for route in (each for each in routes if isinstance(each, APIRoute) and "GET" in each.methods):
        path = re.sub(r"\{course(:\w+)?\}", course, route.path)
        if "{" in path:
            continue
        path += QUERIES.get(route.path.rpartition("}")[2], "")
        answer = olga.get(path)
        is_page = answer.headers.get("content-type", "").startswith("text/html") and "<html" in answer.text
        if is_page and answer.status_code == 200:
            found.append(path)
    return found


def cookie(clinic, name):
    return {"name": "pigtrack", "value": clinic.token_of(name), "url": clinic.address}


def open_page(browser, clinic, path, width, **options):
    own = (f"{clinic.address}/", "data:", "blob:")
    return visit(browser, clinic.address + path, width, own=own, cookies=[cookie(clinic, "olga")], **options)


@pytest.mark.slow
def test_every_page_can_be_read_by_everybody(browser, clinic):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = addresses(clinic)
    assert len(found) > 3
    for path in found:
        for width, options in ((PHONE, {}), (DESK, {}), (PHONE, {"color_scheme": "dark"})):
            with open_page(browser, clinic, path, width, **options) as page:
                look_closely(page, axe)
                page.set_viewport_size({"width": NARROWEST, "height": 900})
                assert page.evaluate(TOO_WIDE) <= 0, path


def test_no_page_is_heavy_with_script_and_style(clinic):
    olga = clinic.as_("olga")
    for path in addresses(clinic):
        text = olga.get(path).text
        files = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css)[^"]*)"', text))
        weight = sum(len(olga.get(each).content) for each in files)
        assert weight <= SCRIPT_AND_STYLE_BYTES_MOST, (path, weight)

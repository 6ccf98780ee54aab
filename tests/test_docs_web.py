"""What the pages on the web app say of addresses, buttons, sentences and limits is so."""

import ast
import importlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from pigtrack.model.roles import Verb, roles_for
from pigtrack.store.record.web_sessions import LASTS
from pigtrack.tracker import certificates
from pigtrack.tracker.record import opening_link, sharing
from pigtrack.web.guard import Needs
from pigtrack.web.routes import ROUTERS
from pigtrack.web.safety import UPLOAD_BYTES_MOST
from pigtrack.web.serving import Place

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WEB, LAN, SHARING = ((DOCS / name).read_text(encoding="utf-8") for name in ("web.md", "lan.md", "sharing.md"))

PARTS = re.compile(
    r"/(work|guide|ghost\.jpg|lesion)$"  # asked for by a page itself
    r"|/pictures/|/preview/|/visits/\{number\}"
    r"|/(file|chart\.svg|entries\.\{kind\}|cohort/page)$"  # given as a file of a page
    r"|^/api/|^/link/"  # for programs; the patient's own, told in sharing.md
)
"""What is no page that somebody goes to by itself."""


def routes():
    return [each for router in ROUTERS for each in router.routes if isinstance(each, APIRoute)]


def said_in_code():
    """All sentences of the code, a brace for each value that is filled in, and all templates."""
    told = []
    for path in (ROOT / "pigtrack").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                told.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (each.value if isinstance(each, ast.Constant) else "{}" for each in node.values)
                told.append("".join(map(str, parts)))
    return told


def shown_by_pages():
    files = [*(ROOT / "pigtrack/web/templates").iterdir(), *(ROOT / "pigtrack/catalogues").glob("en.toml")]
    return "\n".join(each.read_text(encoding="utf-8") for each in files).replace("’", "'")


@pytest.mark.parametrize("page", [WEB, LAN], ids=["web", "lan"])
def test_every_refusal_that_is_explained_is_said_by_the_code(page):
    quoted = re.findall(r'^- \*"(.+?)"\*', page, re.MULTILINE)
    assert len(quoted) >= 2
    told = said_in_code()
    for each in quoted:
        pattern = re.sub(r"\b8765\b|…", "{}", each)
        parts = [part.strip() for part in pattern.split("{}") if part.strip()]
        assert any(all(part in sentence for part in parts) for sentence in told), each


def test_every_button_and_box_that_sharing_names_is_on_a_page():
    named = [*re.findall(r"\*\*([^*]+)\*\*", SHARING), *re.findall(r'"(All of them[^"]+)"', SHARING)]
    shown = shown_by_pages()
    labels = [each for each in named if each not in ("The address", "The code")]
    assert labels == ["Patient's page", "Close my page", "All of them, and those of later visits"]
    assert [each for each in labels if each not in shown] == []


def test_what_sharing_counts_is_what_holds():
    assert f"{sharing.DAYS_USUAL} days, at most {sharing.DAYS_MOST}" in SHARING
    assert (sharing.CODE_DIGITS, "eight digits" in SHARING) == (8, True)
    assert (opening_link.TRIES, "Five wrong codes in a row" in SHARING) == (5, True)
    assert (opening_link.TRIES_MOST, "Twenty: it is withdrawn" in SHARING) == (20, True)
    assert (opening_link.WAIT, "waits a quarter of an hour" in SHARING) == (timedelta(minutes=15), True)
    assert (LASTS, "asked again after 12 hours" in SHARING) == (timedelta(hours=12), True)


def test_what_lan_counts_is_what_holds():
    assert (certificates.AUTHORITY_LASTS.days, "lasts ten years" in LAN) == (3650, True)
    assert f"lasts {certificates.SERVER_LASTS.days} days" in LAN
    assert f"within the last {certificates._RENEWED_BEFORE.days} days" in LAN
    assert f"ports {Place().port} and {Place().port + 1}" in LAN
    assert f"http://127.0.0.1:{Place().port}/" in WEB
    assert f"bodies of {UPLOAD_BYTES_MOST // 2**20} MB" in WEB


def test_every_name_of_the_code_that_sharing_tells_is_there():
    places = re.findall(r"`([\w.]+)` \(((?:`\w+`(?:, )?)+)\)", SHARING)
    assert len(places) == 2
    for module, names in places:
        full = module if module.startswith("pigtrack.") else f"pigtrack.tracker.record.{module}"
        assert [name for name in re.findall(r"\w+", names) if not hasattr(importlib.import_module(full), name)] == []


def test_every_address_that_the_docs_name_is_there():
    there = {(method, each.path) for each in routes() for method in each.methods}
    named = [
        (page.name, *each)
        for page in [*DOCS.glob("*.md"), ROOT / "README.md"]
        for each in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`\s]*)`", page.read_text(encoding="utf-8"))
    ]
    assert named
    assert [each for each in named if each[1:] not in there] == []


def told_pages():
    """Return the rows of the table of pages: address, what for, for whom."""
    rows = re.findall(r"^\| `(/[^`]*)` \| ([^|]+) \| ([^|]+) \|$", WEB, re.MULTILINE)
    return {address: who.strip() for address, _, who in rows}


def verb_of(route):
    return next((each.call.verb for each in route.dependant.dependencies if isinstance(each.call, Needs)), None)


def test_every_page_is_told_with_who_may_ask_for_it():
    pages = {each.path: verb_of(each) for each in routes() if "GET" in each.methods and not PARTS.search(each.path)}
    assert told_pages() == {path: who(verb) for path, verb in pages.items()}


def who(verb: Verb | None) -> str:
    """Return how the table tells of a verb."""
    roles = [each.value for each in roles_for(verb)] if verb else []
    return {0: "anybody", 3: "all users"}.get(len(roles), ", ".join(f"{each}s" for each in sorted(roles)))

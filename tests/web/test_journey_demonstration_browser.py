"""The demonstration, as it is offered in the README: what it prints works, and every link leads somewhere."""

import re
from urllib.parse import urldefrag, urljoin

import pytest
from playwright.sync_api import expect
from walking import Server, walking

pytestmark = pytest.mark.slow

LINKS = """() => [...document.querySelectorAll("a[href], form[method=get], iframe[src], img[src]")].map(each =>
  each.href || each.action || each.src)"""
FILES = re.compile(r"/entries\.|/exports/[0-9a-f-]+/file|/pictures/|/static/|\.jpg|\.png|\.svg")


@pytest.fixture(scope="module")
def demo():
    """A demonstration whose sample course is measured: its patient's link was printed."""
    server = Server("--demo")
    try:
        for line in server.process.stdout:
            server.told.append(line.rstrip())
            if line.startswith("  patient"):
                break
        yield server
        server.end()
    finally:
        if server.process.poll() is None:
            server.kill()


def people(demo):
    """Return the printed users: role, name, password."""
    found = [re.fullmatch(r"  (owner|clinician|auditor) +(\w+) +password: (.+)", line) for line in demo.told]
    return [each.groups() for each in found if each]


def kind_of(url):
    """Return an address without what only turns the page another way: ids and values."""
    bare = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", re.sub(r"^https?://[^/]+", "", url))
    return re.sub(r"=[^&]*", "=", re.sub(r"/\d+", "/N", bare))


def crawl(walk, start="/"):
    """Open every page that is linked from the start, one of each kind; ask for all else; return what there is."""
    waiting, seen, found = [walk.address + start], set(), {}
    while waiting:
        url = urldefrag(waiting.pop(0))[0]
        if not url.startswith(f"{walk.address}/") or kind_of(url) in seen:
            continue
        seen.add(kind_of(url))
        if FILES.search(url):
            found[url] = walk.context.request.get(url).status
            continue
        answer = walk.page.goto(url)
        found[url] = answer.status
        waiting += [urljoin(url, each) for each in walk.page.evaluate(LINKS)]
    return found


@pytest.mark.parametrize("role", ["owner", "clinician", "auditor"])
def test_every_link_leads_somewhere_for_every_role(browser, demo, role):
    ((name, password),) = [told[1:] for told in people(demo) if told[0] == role]
    with walking(browser, demo.address) as walk:
        walk.sign_in(name, password)
        found = crawl(walk)
        assert {url: status for url, status in found.items() if status >= 400} == {}
        kinds = {kind_of(url).partition("?")[0] for url in found}
        reached = {"/", "/courses/ID", "/courses/ID/review", "/courses/ID/visits", "/courses/ID/about", "/me"}
        theirs = {
            "owner": {"/trail", "/exports", "/clinic"},
            "clinician": {"/courses/ID/capture"},
            "auditor": {"/trail"},
        }
        assert reached | theirs[role] <= kinds


def test_the_patients_link_opens_with_the_printed_code(browser, demo):
    address, code = re.fullmatch(r"  patient +(\S+) +code: (\d{8})", demo.told[-1]).groups()
    with walking(browser, demo.address, 390, locale="en-GB") as walk:
        walk.page.goto(address)
        walk.page.get_by_label("Your code").fill(code)
        walk.page.get_by_role("button", name="Open my page").click()
        expect(walk.page.get_by_role("heading", name="What the photographs show")).to_be_visible()
        found = crawl(walk, "/link/page")
        assert {url: status for url, status in found.items() if status >= 400} == {}

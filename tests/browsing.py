"""A real browser for tests: what it must find on every page, and what it must not."""

from contextlib import contextmanager

NARROWEST, PHONE, TABLET, DESK = 320, 390, 820, 1440
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
LEAST_TEXT_PX, LEAST_TARGET_PX = 12, 24

TOO_WIDE = "document.scrollingElement.scrollWidth - innerWidth"

SMALL_TEXT = """least => [...document.querySelectorAll("body *")].filter(each =>
  [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) && each.checkVisibility()
  && parseFloat(getComputedStyle(each).fontSize) < least).map(each => each.outerHTML.slice(0, 120))"""

SMALL_TARGETS = """least => [...document.querySelectorAll("a, button, input, summary, select")].filter(each => {
  const box = each.getBoundingClientRect();
  const inText = each.tagName === "A" && each.parentElement.textContent.trim() !== each.textContent.trim();
  return each.checkVisibility() && box.width > 1 && !inText && Math.min(box.width, box.height) < least;
}).map(each => each.outerHTML.slice(0, 120))"""


_NO_COMPLAINT = "Clear-Site-Data header on "
"""What Chromium tells when it forgets what it kept of us, as signing out asks for."""


@contextmanager
def visit(browser, address, width, *, own=("file:", "data:", "blob:"), cookies=(), **options):
    """Open a page; whatever it complains of or asks for from elsewhere is held against it.

    ``own``: how addresses begin that it may ask for.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.add_cookies(list(cookies))
    page, complaints = context.new_page(), []
    page.on("console", lambda said: None if said.text.startswith(_NO_COMPLAINT) else complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(own) else complaints.append(asked.url))
    page.goto(address)
    yield page
    assert complaints == [], (address, complaints)
    context.close()


def look_closely(page, axe):
    """Hold a page to what holds for all: no violation, nothing too wide, too small to read, too small to hit."""
    found = axe.run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(TOO_WIDE) <= 0
    assert page.evaluate(SMALL_TEXT, LEAST_TEXT_PX) == []
    assert page.evaluate(SMALL_TARGETS, LEAST_TARGET_PX) == []

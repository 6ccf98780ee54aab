"""A page that shows how far the work is goes on asking after an answer that never came: servers are started again."""

import pytest
from browsing import PHONE
from kept_records import copied
from playwright.sync_api import expect
from served_records import served
from walking import OFFLINE, UNREACHED, Walk

from pigtrack.model.work import Work, WorkState


class Working:
    """A background that is at work on every course until somebody says that it is done."""

    is_done = False

    def work_of(self, course_id):
        return None if self.is_done else Work(WorkState.MEASURING, 1, 3, "Reading photograph")

    def draw_soon(self, course_id):
        pass


@pytest.fixture
def working(staffed, tmp_path):
    background = Working()
    with served(copied(staffed, tmp_path / "data"), background=background) as server:
        server.app.state.working = background
        yield server


def test_a_page_asks_on_after_the_server_was_away(browser, working):
    context = browser.new_context(viewport={"width": PHONE, "height": 900})
    context.add_cookies([{"name": "pigtrack", "value": working.token_of("cleo"), "url": working.address}])
    page = context.new_page()
    page.clock.install()
    walk = Walk(context, page, working.address, [OFFLINE, UNREACHED])
    walk._watch(page)
    walk.go(f"/courses/{working.course_ids()[0]}")
    expect(page.locator("#work")).to_contain_text("Reading photograph 1 of 3")
    page.route("**/work", lambda asked: asked.abort())
    with page.expect_event("requestfailed"):
        page.clock.run_for(2_500)
    page.unroute("**/work")
    working.app.state.working.is_done = True
    page.clock.run_for(11_000)
    expect(page.locator("#work")).to_have_count(0)
    assert walk.unforgiven() == []
    context.close()

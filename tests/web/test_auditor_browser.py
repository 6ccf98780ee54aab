"""An auditor's afternoon in a real browser: sign in, read the trail, check the record, take an export along, leave."""

import zipfile

import pytest
from browsing import DESK, PHONE, look_closely, visit
from kept_records import copied
from served_records import PASSWORD, served

WAIT_MS = 90_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("audited") / "data")) as server:
        yield server


def opened(browser, clinic, path, width=DESK, name=None):
    cookies = [] if name is None else [{"name": "pigtrack", "value": clinic.token_of(name), "url": clinic.address}]
    own = (f"{clinic.address}/", "data:", "blob:")
    return visit(browser, clinic.address + path, width, own=own, cookies=cookies)


def test_from_signing_in_to_signing_out(browser, clinic, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with opened(browser, clinic, "/") as page:
        page.get_by_label("Name").fill("otto")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

        page.get_by_role("link", name="Trail").click()
        page.wait_for_url("**/trail")
        assert "sign" in page.locator("main").inner_text().lower()

        page.goto(f"{clinic.address}/checks")
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_text("Nothing was changed").wait_for(timeout=WAIT_MS)
        look_closely(page, axe)

        page.get_by_role("link", name="Exports").click()
        page.get_by_label("CSV, long").check()
        page.get_by_role("button", name="Show what goes out").click()
        assert "pigtrack export --all --format long" in page.locator("main").inner_text()
        look_closely(page, axe)
        page.get_by_role("button", name="Make it").click()
        page.get_by_role("link", name="Download").wait_for(timeout=WAIT_MS)
        look_closely(page, axe)
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download").click()
        coming.value.save_as(tmp_path / "export.zip")
        assert any(name.endswith(".csv") for name in zipfile.ZipFile(tmp_path / "export.zip").namelist())

        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in*")
        page.goto(f"{clinic.address}/trail")
        assert "/sign-in" in page.url


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_an_owner_counts_what_the_clinic_s_photographs_came_to(browser, clinic, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with opened(browser, clinic, "/clinic", width, name="olga") as page:
        page.get_by_role("button", name="Count").click()
        page.get_by_role("heading", name="Photographs").first.wait_for(timeout=WAIT_MS)
        look_closely(page, axe)

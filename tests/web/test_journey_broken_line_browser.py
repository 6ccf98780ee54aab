"""The line breaks, the server dies, somebody signs out: no photograph is lost, none is there twice."""

import pytest
from browsing import PHONE
from kept_records import copied
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import func, select
from walking import OFFLINE, PATIENCE_MS, UNREACHED, serving, walking

from pigtrack.store.record.tables import measurements, uploads
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.visiting import look_at_told

pytestmark = pytest.mark.slow

SAFE = "safe on this device"


@pytest.fixture
def clinic(staffed, tmp_path):
    data = copied(staffed, tmp_path / "data")
    with serving("--data", data) as server:
        server.data = data
        yield server


@pytest.fixture(scope="module")
def new(drawn, tmp_path_factory):
    """Two photographs of the same skin that the record does not hold: other files of the same light."""
    folder, found = tmp_path_factory.mktemp("new"), []
    for quality, each in zip((93, 94), sorted(drawn.folder.glob("*.jpg"))[1:], strict=True):
        with Image.open(each) as picture:
            picture.save(folder / f"new-{quality}.jpg", quality=quality)
        found.append(str(folder / f"new-{quality}.jpg"))
    return found


def open_camera(walk):
    walk.open_course("C-0001")
    walk.tab("Photograph")
    walk.page.locator("#capture[data-ready]").wait_for()


def arrived(clinic):
    with opened(clinic.data) as record, record.reading() as connection:
        return connection.execute(select(func.count()).select_from(uploads)).scalar_one()


def measured(clinic):
    with opened(clinic.data) as record, record.reading() as connection:
        return connection.execute(select(func.count()).select_from(measurements)).scalar_one()


def photographs(clinic):
    told = look_at_told(label="C-0001", data=clinic.data, by="cleo")
    return [len(each.photos) for each in told.course.sessions]


def send_from(walk, files):
    walk.page.set_input_files("#files", files)
    expect(walk.page.locator("li.shot")).to_have_count(len(files))


def keep_all(walk, files):
    """Keep every photograph, as its verdict comes."""
    for position in range(len(files)):
        walk.page.locator("li.shot .keep:visible").first.click(timeout=PATIENCE_MS)
        expect(walk.page.locator("li.shot").get_by_text("Kept for session 4")).to_have_count(position + 1)


def test_cut_off_killed_and_loaded_again_nothing_is_lost_and_nothing_is_doubled(browser, clinic, new):
    with walking(browser, clinic.address, PHONE, name="cleo", forgiven=[OFFLINE, UNREACHED]) as cleo:
        open_camera(cleo)
        cleo.context.set_offline(True)
        send_from(cleo, new[:2])
        expect(cleo.page.get_by_text(SAFE).first).to_be_visible()
        assert arrived(clinic) == 0
        clinic.kill()
        cleo.context.set_offline(False)
        clinic.begin()
        cleo.page.reload()
        keep_all(cleo, new[:2])
        assert arrived(clinic) == 2
        cleo.page.reload()
        cleo.page.locator("#capture[data-ready]").wait_for()
        expect(cleo.page.locator("li.shot")).to_have_count(0)
    assert photographs(clinic) == [1, 1, 1, 2]
    assert verify_record(data=clinic.data, by="otto").is_sound


def test_who_was_signed_out_meanwhile_signs_in_and_sends_what_waited(browser, clinic, new):
    """The session ends while a photograph waits; nobody else's browser had anything to do with it."""
    forgiven = [OFFLINE, UNREACHED, "Failed to load resource: the server responded with a status of 401"]
    with walking(browser, clinic.address, PHONE, name="cleo", forgiven=forgiven) as cleo:
        open_camera(cleo)
        cleo.context.clear_cookies()
        send_from(cleo, new[:1])
        expect(cleo.page.locator("li.shot")).to_contain_text("ign in")
        assert arrived(clinic) == 0
        cleo.sign_in("cleo")
        open_camera(cleo)
        keep_all(cleo, new[:1])
        assert arrived(clinic) == 1
    assert photographs(clinic) == [1, 1, 1, 1]


def test_the_server_killed_while_it_measures_goes_on_and_the_open_page_shows_the_result(browser, clinic, new):
    with walking(browser, clinic.address, PHONE, name="cleo", forgiven=[OFFLINE, UNREACHED]) as cleo:
        open_camera(cleo)
        send_from(cleo, new[:1])
        keep_all(cleo, new[:1])
        before = measured(clinic)
        cleo.tab("Course")
        expect(cleo.page.locator("#work")).to_contain_text("Measuring")
        clinic.kill()
        cleo.page.wait_for_timeout(5_000)  # it asks in vain, twice
        clinic.begin()
        expect(cleo.page.locator("table.list tbody tr")).to_have_count(4)
        expect(cleo.page.locator("#work")).to_have_count(0)
    assert measured(clinic) == before + 1
    assert verify_record(data=clinic.data, by="otto").is_sound

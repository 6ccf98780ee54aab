"""Two clinicians with the same course open: neither writes over the other unseen, and each signs what they saw."""

import pytest
from browsing import DESK, TABLET
from kept_records import copied
from playwright.sync_api import expect
from served_records import PASSWORD
from walking import serving, walking

from pigtrack.model.record import Actor, Role
from pigtrack.store.record.users import add_user
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.following import follow
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.visiting import look_at_told

pytestmark = pytest.mark.slow

REFUSED = "Failed to load resource: the server responded with a status of 409"


@pytest.fixture
def clinic(staffed, tmp_path):
    data = copied(staffed, tmp_path / "data")
    with opened(data) as record, record.writing(Actor("staff-1")) as unit:
        add_user(unit, "carl", Role.CLINICIAN, password=PASSWORD)
    with serving("--data", data) as server:
        server.data = data
        yield server


def begin_assessment(walk, diagnosis):
    """Open the form and type into it, without sending it yet."""
    walk.tab("Assessment")
    walk.page.get_by_text("Change the assessment").click()
    walk.page.get_by_label("Diagnosis as assessed").fill(diagnosis)


def save(walk):
    walk.page.locator("#assessment").get_by_role("button", name="Save").click()


def diagnosis(clinic):
    return look_at_told(label="C-0001", data=clinic.data, by="cleo").course.diagnosis


def test_the_second_to_save_keeps_what_was_typed_and_sees_what_the_first_wrote(browser, clinic):
    with (
        walking(browser, clinic.address, DESK, name="cleo") as cleo,
        walking(browser, clinic.address, TABLET, name="carl", forgiven=[REFUSED]) as carl,
    ):
        for each, typed in ((cleo, "lentigo of the cheek"), (carl, "melasma")):
            each.open_course("C-0001")
            begin_assessment(each, typed)
        save(cleo)
        expect(cleo.page.locator("#assessment dl.facts")).to_contain_text("lentigo of the cheek")

        save(carl)
        panel = carl.page.locator("#assessment")
        expect(panel.get_by_role("alert")).to_be_visible()
        expect(carl.page.get_by_label("Diagnosis as assessed")).to_have_value("melasma")
        expect(panel.locator("dl.facts").first).to_contain_text("lentigo of the cheek")
        assert diagnosis(clinic) == "lentigo of the cheek"

        begin_assessment(cleo, "freckles")  # she goes on meanwhile
        save(cleo)
        expect(cleo.page.locator("#assessment dl.facts")).to_contain_text("freckles")
        save(carl)  # he has seen the first change, and not this one
        expect(panel.locator("dl.facts").first).to_contain_text("freckles")
        assert diagnosis(clinic) == "freckles"
        save(carl)
        expect(panel.locator("dl.facts").first).to_contain_text("melasma")
        assert diagnosis(clinic) == "melasma"
    assert verify_record(data=clinic.data, by="otto").is_sound


def test_a_slip_after_the_refusal_does_not_pass_for_a_look_at_what_changed_meanwhile(browser, clinic):
    with (
        walking(browser, clinic.address, DESK, name="cleo") as cleo,
        walking(browser, clinic.address, DESK, name="carl", forgiven=[REFUSED[:-3]]) as carl,
    ):
        for each, typed in ((cleo, "lentigo of the cheek"), (carl, "melasma")):
            each.open_course("C-0001")
            begin_assessment(each, typed)
        carl.page.get_by_label("Patch pitch").fill("wide")
        save(cleo)
        expect(cleo.page.locator("#assessment dl.facts")).to_contain_text("lentigo of the cheek")
        save(carl)
        expect(carl.page.locator("#assessment").get_by_role("alert")).to_be_visible()
        carl.page.get_by_label("Patch pitch").fill("")
        save(carl)
        expect(carl.page.get_by_label("Diagnosis as assessed")).to_have_value("melasma")
        assert diagnosis(clinic) == "lentigo of the cheek"


def sign(walk):
    walk.page.get_by_label("Your password").fill(PASSWORD)
    walk.page.get_by_role("button", name="Sign measurement 1").click()


def test_both_sign_the_same_measurement_and_none_signs_one_that_was_replaced_under_their_hands(browser, clinic):
    with (
        walking(browser, clinic.address, DESK, name="cleo") as cleo,
        walking(browser, clinic.address, DESK, name="carl", forgiven=[REFUSED]) as carl,
    ):
        for each in (cleo, carl):
            each.open_course("C-0001")
            each.tab("Review")
            expect(each.page.locator("#panes")).to_be_visible()
        sign(cleo)
        expect(cleo.page.locator("#sign")).to_contain_text("cleo")
        carl.page.reload()
        expect(carl.page.locator("#sign")).to_contain_text("cleo")
        cleo.page.locator("#lesions tbody input").first.check()
        cleo.page.locator("#kind").select_option("exclude")
        cleo.page.get_by_label("Why", exact=True).fill("a mole")
        cleo.page.get_by_role("button", name="Correct and measure anew").click()
        expect(cleo.page.get_by_text("Measurement 2, with corrections by hand")).to_be_visible()
        sign(carl)
        expect(carl.page.get_by_text("Nothing was signed").first).to_be_visible()
        carl.page.get_by_role("link", name="Look at what stands now").click()
        carl.page.get_by_label("Your password").fill(PASSWORD)
        carl.page.get_by_role("button", name="Sign measurement 2").click()
        expect(carl.page.locator("#sign")).to_contain_text("carl")
        cleo.page.reload()
        cleo.page.get_by_label("Your password").fill(PASSWORD)
        cleo.page.get_by_role("button", name="Sign measurement 2").click()
        expect(cleo.page.locator("#sign")).to_contain_text("cleo")
    signed = follow(label="C-0001", data=clinic.data, by="otto").series.signatures
    assert [(each.by, each.measurement) for each in signed] == [("cleo", 1), ("carl", 2), ("cleo", 2)]
    assert verify_record(data=clinic.data, by="otto").is_sound

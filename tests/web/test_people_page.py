"""An owner keeps the users; everybody changes their own password, and sees where they are signed in."""

import re

import pytest
from kept_records import copied
from served_records import PASSWORD, served

from pigtrack.model.record import Actor
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.users import change_active, change_password
from pigtrack.tracker.record import signing_in, users

NEW = "four quiet herons wading"


@pytest.fixture
def clinic(staffed, tmp_path):
    with served(copied(staffed, tmp_path / "data")) as server:
        yield server


def person_of(clinic, name):
    return next(each for each in users.listed(data=clinic.record, by="olga") if each.name == name)


def test_an_owner_adds_a_clinician_who_signs_in_and_changes_the_password(clinic):
    olga = clinic.as_("olga")
    fields = {"name": "Nora", "role": "clinician", "new_password": NEW, "again": NEW, "password": PASSWORD}
    assert olga.submit("/clinic/people", **fields).headers["location"] == "/clinic/people?done=added"
    nora = clinic.as_(None)
    nora.post("/sign-in", data={"name": "Nora", "password": NEW})
    before = nora.cookies["pigtrack"]
    answer = nora.submit("/me/password", password=NEW, new_password=NEW + "s", again=NEW + "s")
    assert answer.headers["location"] == "/me?done=password"
    assert nora.cookies["pigtrack"] != before  # the session is another one
    assert "The password was changed" in nora.get("/me?done=password").text
    stale = clinic.as_(None)
    stale.cookies.set("pigtrack", before)
    assert stale.get("/").status_code == 303


def test_nothing_is_changed_without_the_owners_own_password(clinic):
    olga, cleo = clinic.as_("olga"), person_of(clinic, "cleo")
    wrong = {"password": "not the right one"}
    new = {"new_password": NEW, "again": NEW}
    for path, fields in (
        ("/clinic/people", {"name": "Nora", "role": "owner", **new}),
        (f"/clinic/people/{cleo.id}/role", {"role": "owner"}),
        (f"/clinic/people/{cleo.id}/active", {"active": "no"}),
    ):
        answer = olga.submit(path, **fields, **wrong)
        assert answer.status_code == 403
        assert "not the password" in answer.text
    assert person_of(clinic, "cleo") == cleo
    assert len(users.listed(data=clinic.record, by="olga")) == 3


def test_what_was_typed_stands_on_the_page_again_but_never_a_password(clinic):
    fields = {"name": "Nora", "role": "auditor", "new_password": NEW, "again": "another", "password": PASSWORD}
    answer = clinic.as_("olga").submit("/clinic/people", **fields)
    assert answer.status_code == 422
    assert 'value="Nora"' in answer.text
    assert re.search(r'<option value="auditor" selected>', answer.text)
    assert NEW not in answer.text
    assert PASSWORD not in answer.text


def test_who_is_disabled_a_moment_ago_gets_nothing_and_is_not_back_when_let_in_again(clinic):
    cleo, olga, uid = clinic.as_("cleo"), clinic.as_("olga"), person_of(clinic, "cleo").id
    assert cleo.get("/").status_code == 200
    olga.submit(f"/clinic/people/{uid}/active", active="no", password=PASSWORD)
    assert cleo.get("/").status_code == 303
    olga.submit(f"/clinic/people/{uid}/active", active="yes", password=PASSWORD)
    assert cleo.get("/").status_code == 303


def test_a_changed_role_and_a_given_password_sign_somebody_out(clinic):
    olga, uid = clinic.as_("olga"), person_of(clinic, "cleo").id
    for path, fields in (
        ("role", {"role": "auditor"}),
        ("password", {"new_password": NEW, "again": NEW}),
    ):
        cleo = clinic.as_("cleo")
        assert olga.submit(f"/clinic/people/{uid}/{path}", password=PASSWORD, **fields).status_code == 303
        assert cleo.get("/").status_code == 303


@pytest.mark.parametrize("meanwhile", ["another password", "disabled"])
def test_who_signs_in_at_the_moment_when_their_password_is_taken_is_not_let_in(clinic, monkeypatch, meanwhile):
    prove = signing_in.prove_actor

    def taken(record, actor, password):
        prove(record, actor, password)
        with record.writing(Actor("olga")) as unit:
            if meanwhile == "disabled":
                change_active(unit, "cleo", active=False)
            else:
                change_password(unit, "cleo", "quite another one 7")

    monkeypatch.setattr(signing_in, "prove_actor", taken)
    browser = clinic.as_(None)
    answer = browser.post("/sign-in", data={"name": "cleo", "password": PASSWORD})
    assert answer.status_code == 403
    assert "pigtrack" not in browser.cookies


def test_the_last_owner_can_not_be_disabled_and_is_told_why(clinic):
    answer = clinic.as_("olga").submit(
        f"/clinic/people/{person_of(clinic, 'olga').id}/active", active="no", password=PASSWORD
    )
    assert answer.status_code == 409
    assert "last owner" in answer.text


def test_everybody_sees_where_they_are_signed_in_and_signs_out_everywhere_else(clinic):
    here, elsewhere, other = clinic.as_("cleo"), clinic.as_("cleo"), clinic.as_("otto")
    page = here.get("/me").text
    assert (page.count(">this one<"), page.count(">another<")) == (1, 1)
    assert here.submit("/me/elsewhere", page="/me", password="not the right one").status_code == 403
    assert elsewhere.get("/").status_code == 200
    assert here.submit("/me/elsewhere", page="/me", password=PASSWORD).status_code == 303
    assert elsewhere.get("/").status_code == 303
    assert here.get("/").status_code == other.get("/").status_code == 200
    assert "Sign out everywhere else" not in here.get("/me").text


def test_a_user_that_is_none_is_not_found(clinic):
    olga = clinic.as_("olga")
    assert olga.get("/clinic/people/00000000-0000-0000-0000-000000000000").status_code == 404
    assert olga.get("/clinic/people/..%2f..%2fetc").status_code in (404, 422)


def test_the_record_verifies_after_all_of_it(clinic):
    olga = clinic.as_("olga")
    olga.submit("/clinic/people", name="Nora", role="auditor", new_password=NEW, again=NEW, password=PASSWORD)
    olga.submit("/me/elsewhere", page="/me", password=PASSWORD)
    assert list(check_record(clinic.record)) == []

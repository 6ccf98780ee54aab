"""Somebody signs in, looks at the patients, and signs out; a stranger sees nothing."""

from served_records import PASSWORD


def test_a_stranger_is_sent_to_sign_in_and_learns_nothing(clinic):
    stranger = clinic.as_(None)
    answer = stranger.get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?back=/"
    assert "P-0007" not in answer.text


def test_with_the_right_password_the_patients_are_shown_and_after_signing_out_no_more(clinic):
    browser = clinic.as_(None)
    answer = browser.post("/sign-in", data={"name": "cleo", "password": PASSWORD, "back": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "P-0007" in browser.get("/").text
    assert browser.submit("/sign-out").status_code == 303
    assert browser.get("/").status_code == 303


def test_a_wrong_password_and_a_wrong_name_are_refused_in_the_same_words(clinic):
    browser = clinic.as_(None)
    told = {
        browser.post("/sign-in", data={"name": name, "password": "not the right one"}).text.replace(name, "NAME")
        for name in ("cleo", "nobody")
    }
    assert len(told) == 1
    assert "do not belong together" in told.pop()


def test_nobody_is_sent_elsewhere_after_signing_in(clinic):
    answer = clinic.as_(None).post(
        "/sign-in", data={"name": "olga", "password": PASSWORD, "back": "//elsewhere.example"}
    )
    assert answer.headers["location"] == "/"

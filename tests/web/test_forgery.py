"""What another site's page sends in somebody's name is refused on every route; the browser's secret is kept well."""

from datetime import datetime, timedelta

import pytest
from asked_routes import asked_routes, by_link, own_headers
from kept_records import copied
from served_records import PASSWORD, PEOPLE, served

from pigtrack.model.trail import as_moment
from pigtrack.tracker.record import presence, signing_in

FOREIGN = {
    "a page of another site": {"Origin": "https://elsewhere.example"},
    "a page that hides where it is from": {"Origin": "null"},
    "another site, as the browser says": {"Sec-Fetch-Site": "cross-site"},
    "another port of this machine": {"Sec-Fetch-Site": "same-site"},
    "a name that begins like ours": {"Origin": "http://127.0.0.1.elsewhere.example"},
}

FORGED = ("not by you", "Another site", "That did not work.")
"""What users are told of it; patients are told the last alone."""


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("forgery") / "data")) as server:
        yield server


@pytest.fixture(scope="module")
def changing(clinic):
    """Every route that may change something, with somebody who may ask for it."""
    return [
        (route, next((name for name in PEOPLE if route.lets(name)), None))
        for route in asked_routes(clinic)
        if route.changes and route.guards
    ]


@pytest.fixture(scope="module")
def people(clinic):
    """Somebody of each role, and a patient: nothing that is asked for here is ever given, so all stay signed in."""
    return {None: by_link(clinic), **{name: clinic.as_(name) for name in PEOPLE}}


def is_forged(answer) -> bool:
    return answer.status_code == 403 and any(each in answer.text for each in FORGED)


def test_nothing_is_taken_without_the_token_of_our_own_page(clinic, changing, people):
    assert len(changing) > 5
    for route, name in changing:
        asker = people[name]
        for sent in (
            {},
            {"data": {"form_token": ""}},
            {"data": {"form_token": "x" * 43}},
            {"json": {"form_token": "x"}},
        ):
            assert is_forged(route.ask(asker, headers=own_headers(clinic), **sent)), (route, sent)


def test_nothing_is_taken_with_the_token_of_somebody_else(clinic, changing, people):
    others = {name: clinic.as_(name).form_token() for name in PEOPLE}
    for route, name in changing:
        theirs = others["otto" if name != "otto" else "olga"]
        asker = people[name]
        assert is_forged(route.ask(asker, headers=own_headers(clinic), data={"form_token": theirs})), route
        assert is_forged(route.ask(asker, headers={**own_headers(clinic), "X-Form-Token": theirs})), route


def test_a_token_of_an_earlier_session_of_ones_own_is_not_enough(clinic, changing, people):
    earlier = {name: clinic.as_(name).form_token() for name in PEOPLE}
    for route, name in (each for each in changing if each[1]):
        answer = route.ask(people[name], headers={**own_headers(clinic), "X-Form-Token": earlier[name]})
        assert is_forged(answer), route


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_nothing_is_taken_from_another_site_even_with_the_token(changing, people, headers):
    tokens = {name: people[name].form_token() for name in PEOPLE}
    for route, name in (each for each in changing if each[1]):
        assert is_forged(route.ask(people[name], headers={**headers, "X-Form-Token": tokens[name]})), route


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_nobody_is_signed_in_by_another_sites_page(clinic, headers):
    browser = clinic.as_(None)
    answer = browser.post("/sign-in", data={"name": "cleo", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403
    assert "pigtrack" not in browser.cookies


def test_a_token_never_stands_in_an_address(clinic):
    olga = clinic.as_("olga")
    token = olga.form_token()
    answer = olga.post(f"/me/elsewhere?form_token={token}", headers=own_headers(clinic))
    assert is_forged(answer)
    assert token not in str(olga.get("/").url)


def test_the_secret_is_kept_from_scripts_and_from_other_sites(clinic):
    said = clinic.as_(None).post("/sign-in", data={"name": "cleo", "password": PASSWORD}).headers["set-cookie"]
    assert said.startswith("pigtrack=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(said.split("; "))
    assert "Domain" not in said
    assert "Max-Age" not in said  # it goes with the browser


def test_under_tls_the_secret_is_sent_by_tls_alone_and_bound_to_this_host(staffed, tmp_path):
    with served(copied(staffed, tmp_path / "data"), secure=True) as clinic:
        answer = clinic.as_(None).post("/sign-in", data={"name": "cleo", "password": PASSWORD})
        said = answer.headers["set-cookie"]
        assert said.startswith("__Host-pigtrack=")
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(said.split("; "))
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        plain = clinic.as_("cleo")  # a cookie of the plain name, as another page of this host could set it
        assert plain.get("/").status_code == 303


def test_signing_in_gives_another_secret_each_time_and_takes_none_that_somebody_planted(clinic):
    browser = clinic.as_(None)
    planted = "p" * 43
    browser.cookies.set("pigtrack", planted)
    given = browser.post("/sign-in", data={"name": "cleo", "password": PASSWORD}).cookies["pigtrack"]
    again = clinic.as_(None).post("/sign-in", data={"name": "cleo", "password": PASSWORD}).cookies["pigtrack"]
    assert len({planted, given, again}) == 3
    assert len(given) >= 43  # 256 bits
    stranger = clinic.as_(None)
    stranger.cookies.set("pigtrack", planted)
    assert stranger.get("/").status_code == 303


def test_who_signs_in_anew_in_the_same_browser_leaves_no_session_behind(clinic):
    browser = clinic.as_("otto")
    before = browser.cookies["pigtrack"]
    browser.post("/sign-in", data={"name": "cleo", "password": PASSWORD})
    stale = clinic.as_(None)
    stale.cookies.set("pigtrack", before)
    assert stale.get("/").status_code == 303


def test_after_signing_out_the_secret_opens_nothing_and_the_browser_forgets(clinic):
    cleo = clinic.as_("cleo")
    secret = cleo.cookies["pigtrack"]
    answer = cleo.submit("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert 'pigtrack=""' in answer.headers["set-cookie"]
    stale = clinic.as_(None)
    stale.cookies.set("pigtrack", secret)
    assert stale.get("/").status_code == 303


@pytest.fixture
def clock(clinic, monkeypatch):
    """Wind the clock by which sessions end."""
    hands = [datetime.fromisoformat(signing_in.now())]

    def told():
        return as_moment(hands[0])

    for module in (signing_in, presence):
        monkeypatch.setattr(module, "now", told)
    monkeypatch.setattr(clinic.record, "_clock", told)
    return hands


def test_after_half_an_hour_without_a_word_somebody_is_signed_out(clinic, clock):
    cleo = clinic.as_("cleo")
    for _ in range(3):
        clock[0] += timedelta(minutes=28)
        assert cleo.get("/me").status_code == 200
    clock[0] += timedelta(minutes=31)
    assert cleo.get("/me").status_code == 303
    clock[0] -= timedelta(minutes=10)


def test_a_session_of_a_clock_that_was_set_back_since_is_over(clinic, clock):
    """Else whoever signed in by a clock that was a day ahead stayed signed in for a day longer, idle or not."""
    cleo = clinic.as_("cleo")
    clock[0] -= timedelta(minutes=4)
    assert cleo.get("/me").status_code == 200  # a clock that is set right by a little
    clock[0] -= timedelta(days=1)
    assert cleo.get("/me").status_code == 303
    clock[0] += timedelta(days=1, minutes=4)


def test_after_a_working_day_somebody_is_signed_out_however_busy(clinic, clock):
    cleo, minutes = clinic.as_("cleo"), 0
    while minutes < 12 * 60 - 20:
        minutes += 20
        clock[0] += timedelta(minutes=20)
        assert cleo.get("/me").status_code == 200, minutes
    clock[0] += timedelta(minutes=20)
    assert cleo.get("/me").status_code == 303

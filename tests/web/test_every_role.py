"""Every route, asked by everybody: each gets what its role may, by one table; a route without a guard is found here."""

import pytest
from asked_routes import Asked, asked_routes, by_link, own_headers
from kept_records import copied
from served_records import PEOPLE, served
from sqlalchemy import select

from pigtrack.model.record import Role
from pigtrack.model.roles import MAY, Verb
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.tables import trail, users
from pigtrack.web.routes import ROUTERS

ANYBODY = {
    "GET /sign-in": "nobody is signed in yet",
    "POST /sign-in": "a password stands for whoever sends it",
    "GET /link": "says that a link is needed",
    "GET /link/{token}": "asks for the code of a link",
    "POST /link/{token}": "a code stands for whoever sends it",
}
"""What anybody may ask for, and why. Nothing else."""

READERS_MAY_SEND = {
    "POST /sign-out": "ends one's own session",
    "POST /me/password": "one's own password, by the one until now",
    "POST /me/elsewhere": "ends one's own other sessions",
    "POST /exports": "has a copy made for whoever may export; the record stays as it is",
    "POST /exports/{uid}/remove": "takes away such a copy, nothing of the record",
    "POST /checks": "has the record checked; what was found is told, nothing is mended",
    "POST /clinic/checks": "has the clinic's own repeatability reckoned from what is there",
    "POST /clinic/cohort/checks": "has a cohort reckoned from what is there",
}
"""What is sent by a method that changes, though whoever may only read may send it, and why."""

READING = {Verb.VIEW, Verb.EXPORT, Verb.VERIFY, Verb.STAMP}
READ_ACTIONS = {"view", "export", "verify"}


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("roles") / "data")) as server:
        yield server


@pytest.fixture(scope="module")
def routes(clinic):
    return asked_routes(clinic)


def is_refused(answer) -> bool:
    """Tell whether somebody was turned away at the door: sent to sign in, or told that it is not theirs."""
    where = answer.headers.get("location", "")
    to_sign_in = answer.status_code == 303 and (where.startswith("/sign-in?back=") or where == "/link")
    return to_sign_in or answer.status_code == 401 or (answer.status_code == 403 and "may not" in answer.text)


def sent(clinic, person, route: Asked) -> dict:
    """Return how a route is asked for by a page of ours that somebody has open; empty, so that it changes nothing."""
    if not route.changes:
        return {}
    return {"headers": {**own_headers(clinic), "X-Form-Token": person.form_token()}}


def test_every_route_names_one_guard_or_is_for_anybody(routes):
    assert len(routes) > 10
    unguarded = {str(route) for route in routes if not route.guards}
    assert unguarded <= set(ANYBODY), "a route forgets its guard"
    assert [str(route) for route in routes if len({type(each) for each in route.guards}) > 1] == []


def test_no_route_hides_beside_those_that_were_walked(clinic, routes):
    """Mounts and routes of the app itself: our own static files, and nothing that documents or debugs."""
    from starlette.routing import Mount

    ours = {type(each).__name__ for each in clinic.app.router.routes}
    mounts = [each.path for each in clinic.app.router.routes if isinstance(each, Mount)]
    assert mounts == ["/static"]
    plain = [each for each in clinic.app.router.routes if getattr(each, "path", None) in ("/docs", "/redoc")]
    assert plain == []
    assert "WebSocketRoute" not in ours
    assert len(routes) >= sum(len(router.routes) for router in ROUTERS)


def test_what_changes_the_record_is_never_under_a_readers_verb(routes):
    """Whoever may only look must not write: an auditor holds all reading verbs."""
    low = {str(route) for route in routes if route.changes and route.verb in READING}
    assert low <= set(READERS_MAY_SEND), "a route that changes asks for too low a verb"


def test_a_stranger_gets_nothing(clinic, routes):
    stranger = clinic.as_(None)
    for route in (each for each in routes if each.guards):
        answer = route.ask(stranger, headers=own_headers(clinic))
        assert is_refused(answer), route
        assert "P-0007" not in answer.text, route


def test_a_secret_that_is_none_is_a_strangers(clinic, routes):
    person = clinic.as_(None)
    for cookie in ("", "x", "A" * 43, "é" * 5, "'; drop table users; --", "a" * 6000):
        person.cookies.clear()
        headers = {"Cookie": f'pigtrack="{cookie}"'.encode()}
        assert is_refused(person.get("/", headers=headers)), cookie


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_gets_what_their_role_may_and_nothing_else(clinic, routes, name):
    assert set(PEOPLE.values()) == set(Role)
    stays = clinic.as_(name)
    for route in (each for each in routes if each.verb is not None):
        person = clinic.as_(name) if route.path == "/sign-out" else stays
        answer = route.ask(person, **sent(clinic, person, route))
        assert answer.status_code < 500, (route, answer.text)
        assert is_refused(answer) is not route.lets(name), (route, answer.status_code, answer.text[:300])


def test_the_table_of_who_may_is_what_the_clinic_was_promised():
    """So that nobody gives a role more, and has every test above agree with it."""
    assert MAY[Role.AUDITOR] == READING
    assert MAY[Role.OWNER] == set(Verb)
    assert set(Verb) - MAY[Role.CLINICIAN] == {Verb.BACK_UP, Verb.MANAGE_USERS, Verb.ERASE}


def test_a_patients_secret_opens_no_door_of_users(clinic, routes):
    patient, disguised = by_link(clinic), by_link(clinic, cookie="pigtrack")
    for route in (each for each in routes if each.verb is not None):
        for person in (patient, disguised):
            assert is_refused(route.ask(person, headers=own_headers(clinic))), route


def test_a_users_secret_opens_no_door_of_patients(clinic, routes):
    olga = clinic.as_("olga")
    disguised = clinic.as_(None)
    disguised.cookies.set("pigtrack-link", olga.cookies["pigtrack"])
    for route in (each for each in routes if each.for_patients):
        for person in (olga, disguised):
            assert is_refused(route.ask(person, headers=own_headers(clinic))), route


def test_a_clinician_who_was_disabled_a_moment_ago_gets_nothing(staffed, tmp_path, routes):
    from pigtrack.model.record import Actor
    from pigtrack.store.record.users import change_active

    with served(copied(staffed, tmp_path / "data")) as own:
        cleo = own.as_("cleo")
        token = cleo.form_token()
        with own.record.writing(Actor("olga")) as unit:
            change_active(unit, "cleo", active=False)  # past what signs her out: the guard alone must see it
        for route in (each for each in asked_routes(own) if each.lets("cleo")):
            answer = route.ask(cleo, headers={**own_headers(own), "X-Form-Token": token})
            assert is_refused(answer), route


def test_to_look_changes_nothing(clinic, routes):
    """Every page is asked for as an owner; the trail tells of looks alone."""
    olga = clinic.as_("olga")
    before = last_entry(clinic)
    for route in (each for each in routes if not each.changes and each.lets("olga")):
        assert route.ask(olga).status_code < 500, route
    with clinic.record.reading() as connection:
        told = connection.execute(select(trail.c.action).where(trail.c.seq > before)).scalars()
        assert set(told) <= READ_ACTIONS


def last_entry(clinic) -> int:
    with clinic.record.reading() as connection:
        return connection.execute(select(trail.c.seq).order_by(trail.c.seq.desc())).scalar()


def test_what_nothing_has_as_its_id_is_not_found_by_anybody(clinic, routes):
    nothing = "00000000-0000-4000-8000-000000000000"
    olga = clinic.as_("olga")
    course = clinic.course_ids()[0]
    for route in (each for each in routes if "{course}" in each.path and each.lets("olga")):
        address = route.address.replace(course, nothing)
        how = sent(clinic, olga, route)
        answer = olga.request(route.method, address, **how)
        assert answer.status_code in (404, 409, 422), (route, answer.status_code)


def test_after_all_that_was_asked_the_record_verifies(clinic):
    assert list(check_record(clinic.record)) == []
    with clinic.record.reading() as connection:
        assert connection.execute(select(users.c.name)).scalars().all() == sorted(PEOPLE)

"""Forms and addresses filled with whatever somebody may send: refused in a sentence or taken, never a fault of ours."""

import inspect
import re
import sys
from urllib.parse import quote, urlencode

import pytest
from asked_routes import asked_routes, own_headers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept_records import copied
from served_records import PASSWORD, PEOPLE, served

from pigtrack.store.record import users
from pigtrack.store.record.checking import check_record
from pigtrack.web.rates import Rate

READS_FIELDS = re.compile(r'\.(?:text|many|flag|choice|day|moment|number|get)\(\s*"(\w+)"')

ODD = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\r\n",
        "\t",
        "\u202e",
        "\ufeff",
        "e\u0301" * 50,
        "👩🏽‍⚕️",
        "ﬁ",
        "İ",
        "ß" * 300,
        "\x1b[31m",
        "\x7f",
    ),
    *(
        "../../etc/passwd",
        "..\\..\\x",
        "/etc/passwd",
        "C:\\x",
        "con",
        ".",
        "..",
        "a/b",
        "%2e%2e%2f",
        "~root",
        "|id",
        "$(id)",
    ),
    *("0", "-1", "1", "2", "1e309", "NaN", "inf", "٣", "1" * 400, "99999999999999999999", "0x10", "1_000", "1.5", "-0"),
    *(
        "2026-01-31",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "2026-01-31T25:00",
        "2026-01-31T09:30",
        "2026-W05-1",
        "now",
    ),
    *("[]", "{}", "null", "[[1,2],[3,4],[5,6]]", "[[1e400,1],[2,2],[3,3]]", "1,1 2,2 3,1", "1,1 nan,2 3,1", '{"a":1}'),
    *(
        "'; drop table users; --",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "${jndi:ldap://x}",
        "=1+1",
        "@SUM(1)",
        "true",
        "on",
    ),
    *(
        PASSWORD,
        "four quiet herons wading",
        *PEOPLE,
        "owner",
        "clinician",
        "yes",
        "no",
        "en",
        "de",
        "reviewed",
        "x" * 5000,
    ),
)
"""What people paste, what machines send, and what those try who want in."""

VALUES = st.one_of(st.sampled_from(ODD), st.text(max_size=40), st.dates().map(str), st.integers().map(str))


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with (
        pytest.MonkeyPatch.context() as patch,
        served(copied(staffed, tmp_path_factory.mktemp("fuzz") / "data")) as own,
    ):
        patch.setattr(users, "TRIES", 10**9)  # a lock after five wrong passwords would hide what lies behind it
        own.app.state.rates.askers = Rate(most=10**9, within_s=60)
        own.app.state.rates.addresses = own.app.state.rates.codes = Rate(most=10**9, within_s=60)
        yield own


@pytest.fixture(scope="module")
def routes(clinic):
    return asked_routes(clinic)


def field_names(route) -> list[str]:
    """Return the names of fields that a route's module reads, so that what is sent is not passed over."""
    module = sys.modules[route.route.endpoint.__module__]
    return sorted({"form_token", *READS_FIELDS.findall(inspect.getsource(module))})


def quietly(examples, derandomize):
    return settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def hold(answer, told):
    assert answer.status_code < 500, (told, answer.text[:500])
    assert "Traceback" not in answer.text, told
    if answer.status_code in (404, 409, 413, 422, 429):
        said = answer.json() if "json" in answer.headers["content-type"] else {"title": answer.text, "detail": "."}
        assert said["title"], told
        assert said["detail"], told


def fuzz_forms(clinic, routes, how):
    sent = [route for route in routes if route.changes and route.path != "/sign-out"]
    taken = set()

    @how
    @given(data=st.data())
    def send(data):
        route = data.draw(st.sampled_from(sent))
        names = st.one_of(st.sampled_from(field_names(route)), st.sampled_from(ODD[:20]))
        pairs = data.draw(st.lists(st.tuples(names, VALUES), max_size=14))
        olga = clinic.as_("olga")
        headers = {**own_headers(clinic), "X-Form-Token": olga.form_token()}
        headers["Content-Type"] = data.draw(
            st.sampled_from(
                ["application/x-www-form-urlencoded"] * 8 + ["application/json", "multipart/form-data", "x"]
            )
        )
        body = data.draw(st.one_of(st.just(urlencode(pairs).encode()), st.just(urlencode(pairs).encode()), st.binary()))
        answer = route.ask(olga, headers=headers, content=body)
        hold(answer, (route, pairs))
        taken.add((str(route), answer.status_code))

    send()
    return taken


def fuzz_addresses(clinic, routes, how):
    asked = [route for route in routes if not route.changes]

    @how
    @given(data=st.data())
    def ask(data):
        route = data.draw(st.sampled_from(asked))
        names = st.one_of(
            st.sampled_from([*field_names(route), "search", "page", "which", "back"]), st.sampled_from(ODD[:20])
        )
        query = urlencode(data.draw(st.lists(st.tuples(names, VALUES), max_size=6)))
        address = re.sub(r"\{\w+(:\w+)?\}", lambda _: quote(data.draw(VALUES), safe=""), route.path)
        address = data.draw(st.sampled_from([address, route.address]))
        answer = clinic.as_("olga").get(f"{address}?{query}"[:8000])
        hold(answer, (route, address, query))

    ask()


def test_no_form_is_too_odd(clinic, routes):
    taken = fuzz_forms(clinic, routes, quietly(60, derandomize=True))
    assert len({route for route, _ in taken}) > 3
    assert list(check_record(clinic.record)) == []


def test_no_address_is_too_odd(clinic, routes):
    fuzz_addresses(clinic, routes, quietly(60, derandomize=True))


@pytest.mark.slow
def test_no_form_is_too_odd_however_often_it_is_tried(clinic, routes):
    fuzz_forms(clinic, routes, quietly(1000, derandomize=False))
    assert list(check_record(clinic.record)) == []


@pytest.mark.slow
def test_no_address_is_too_odd_however_often_it_is_tried(clinic, routes):
    fuzz_addresses(clinic, routes, quietly(1000, derandomize=False))


@pytest.mark.parametrize(
    "raw",
    [
        b"name=%ff%fe&password=%c3%28",
        b"\xff\xfe\x00",
        b"&".join(b"a=1" for _ in range(600)),
        b"name=" + b"x" * 900_000,
        b"=&&==;;&name",
        b"name=cleo&name=olga&name=otto&password=x",
        b"name=%00&password=%00",
        b"back=//elsewhere.example&name=&password=",
    ],
)
def test_no_body_is_too_odd_to_be_refused_at_the_door(clinic, raw):
    answer = clinic.as_(None).post(
        "/sign-in", content=raw, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (403, 413, 422)
    assert "Traceback" not in answer.text


def test_of_a_field_sent_twice_one_is_taken_and_nothing_is_mixed(clinic):
    raw = urlencode([("name", "nobody"), ("name", "cleo"), ("password", PASSWORD)]).encode()
    answer = clinic.as_(None).post(
        "/sign-in", content=raw, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 303

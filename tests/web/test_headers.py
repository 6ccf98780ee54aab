"""Every answer, a refusal and a fault too, brings what browsers heed; no page holds a script or style of its own."""

import logging
import re
import socket
from html.parser import HTMLParser
from importlib import resources

import httpx
import pytest
from asked_routes import asked_routes, own_headers
from kept_records import copied
from served_records import served

from pigtrack.web import safety
from pigtrack.web.listening import configured
from pigtrack.web.routes import people
from pigtrack.web.safety import HEADERS, POLICY

TEMPLATES = sorted((resources.files("pigtrack.web") / "templates").iterdir(), key=lambda each: each.name)


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("headers") / "data")) as server:
        yield server


def lacking(answer) -> list[str]:
    """Return what an answer ought to say and does not."""
    given = [name for name in HEADERS if name not in answer.headers]
    policy = answer.headers.get("content-security-policy", "")
    loose = [word for word in ("unsafe-", "http:", "https:", " *", "data: 'self'") if word in policy]
    return [
        *given,
        *loose,
        *(["server"] if "server" in answer.headers else []),
        *(["x-powered-by"] if "x-powered-by" in answer.headers else []),
    ]


def test_every_route_answers_with_every_header(clinic):
    stranger, olga = clinic.as_(None), clinic.as_("olga")
    for route in asked_routes(clinic):
        for person in (stranger, olga):
            assert lacking(route.ask(person)) == [], (route, person is olga)


def test_refusals_and_what_is_not_there_have_them_too(clinic):
    olga = clinic.as_("olga")
    static = re.search(r'href="(/static/[^"]+)"', olga.get("/").text)[1]
    answers = {
        404: olga.get("/no-such-page"),
        405: olga.delete("/"),
        303: clinic.as_(None).get("/"),
        403: clinic.as_("otto").get("/clinic/people"),
        413: olga.post("/me/password", content=b"x" * 1_200_000, headers=own_headers(clinic)),
        421: olga.get("/", headers={"Host": "elsewhere.example"}),
        422: olga.get("/?page=zero"),
        200: olga.get(static),
    }
    assert {status: answer.status_code for status, answer in answers.items()} == {each: each for each in answers}
    assert {status: lacking(answer) for status, answer in answers.items()} == {each: [] for each in answers}


def test_pages_of_patients_are_kept_by_no_cache(clinic):
    olga = clinic.as_("olga")
    for path in ("/", f"/courses/{clinic.course_ids()[0]}", "/api/courses"):
        assert olga.get(path).headers["cache-control"] == "no-store"


def test_the_policy_lets_nothing_in_from_elsewhere():
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == rules["form-action"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in POLICY
    assert "//" not in POLICY


class Page(HTMLParser):
    """Collects what the policy would refuse: scripts and styles within a page, and anything from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.found, self._within = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.found.append(f"{tag} within the page")
        for name in ("src", "href", "action", "poster", "srcset", "data"):
            value = (given.get(name) or "").strip().lower()
            if value.startswith(("http:", "https:", "//", "javascript:")):
                self.found.append(f"{tag} {name} {value}")


def test_no_template_holds_a_script_or_style_of_its_own():
    assert len(TEMPLATES) > 5
    for template in TEMPLATES:
        text = template.read_text()
        assert Page(text).found == [], template.name
        assert "|safe" not in text.replace(" ", ""), f"{template.name} shows something unescaped"
        assert "autoescape" not in text, template.name


def test_no_page_as_it_is_served_holds_one_either(clinic):
    olga, read = clinic.as_("olga"), 0
    for route in (each for each in asked_routes(clinic) if not each.changes):
        answer = route.ask(olga)
        if answer.headers.get("content-type", "").startswith("text/html") and route.path != "/link/page":
            assert Page(answer.text).found == [], route
            read += 1
    assert read > 4


def test_the_test_itself_finds_what_it_looks_for():
    bad = '<p style="x"><script>1</script><style></style><img src="//a.b/c"><button onclick="x"><a href="javascript:1">'
    assert len(Page(bad).found) == 6


def test_our_own_fault_shows_a_number_and_the_log_holds_the_rest(clinic, monkeypatch, caplog):
    def broken(**_):
        raise RuntimeError("the secret of P-0007")

    monkeypatch.setattr(people, "signed_in_where", broken)
    olga = clinic.as_("olga")
    with caplog.at_level(logging.ERROR, logger="pigtrack.web"):
        page = olga.get("/me")
    assert page.status_code == 500
    assert lacking(page) == []
    number = re.search(r"fault ([0-9a-f]{8})", page.text)[1]
    entry = next(each for each in caplog.records if number in each.getMessage())
    assert "the secret of P-0007" in str(entry.exc_info[1])
    for word in ("Traceback", "RuntimeError", "P-0007", "site-packages", "people.py"):
        assert word not in page.text


def test_a_fault_of_the_api_is_a_problem_without_a_trace(clinic, monkeypatch, caplog):
    from pigtrack.web.routes import api

    monkeypatch.setattr(api, "browse", lambda **_: 1 / 0)
    answer = clinic.as_("olga").get("/api/courses")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "ZeroDivision" not in answer.text
    assert lacking(answer) == []


def test_whoever_looks_into_the_log_learns_no_secret_and_no_patient(clinic, caplog):
    with caplog.at_level(logging.DEBUG):
        olga = clinic.as_("olga")
        olga.get("/?search=P-0007")
        olga.post("/sign-in", data={"name": "olga", "password": "a wrong password of hers"})
    told = "\n".join(each.getMessage() for each in caplog.records if not each.name.startswith(("http", "hpack")))
    for secret in (olga.cookies["pigtrack"], "a wrong password of hers", "P-0007"):
        assert secret not in told


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/vendor",
        "/static/",
        "/static/%00",
    ],
)
def test_no_path_leads_out_of_our_own_files(clinic, path):
    with socket.create_connection(("127.0.0.1", httpx.URL(clinic.address).port), timeout=10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b"")).decode(errors="replace")
    assert answer.split(" ", 2)[1] in ("404", "405", "400"), answer[:200]
    assert "create_app" not in answer
    assert "root:" not in answer


def test_a_body_that_does_not_say_its_length_is_cut_off(clinic, monkeypatch):
    """The answer comes while the rest is still to be sent: nobody reads on to the end first."""
    monkeypatch.setattr(safety, "FORM_BYTES_MOST", 1000)
    olga = clinic.as_("olga")
    own = {**own_headers(clinic), "X-Form-Token": olga.form_token(), "Cookie": f"pigtrack={olga.cookies['pigtrack']}"}
    own |= {"Host": httpx.URL(clinic.address).netloc.decode(), "Transfer-Encoding": "chunked"}
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    with socket.create_connection(("127.0.0.1", httpx.URL(clinic.address).port), timeout=20) as raw:
        raw.sendall(f"POST /me/password HTTP/1.1\r\n{head}\r\n".encode())
        raw.sendall(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        raw.settimeout(0.3)
        with pytest.raises(TimeoutError):  # so many may be
            raw.recv(100)
        raw.settimeout(20)
        raw.sendall(b"1\r\nx\r\n")  # and none more; the end of it never comes
        assert raw.recv(100).startswith(b"HTTP/1.1 413")
    assert olga.get("/").status_code == 200


@pytest.mark.parametrize("what", ["keep", "discard"])
def test_only_a_photograph_may_be_large_and_nothing_else_is_read_before_it_is_asked_who_sends_it(clinic, what):
    """JSON is read whole first, so a stranger could fill the memory with it."""
    address = f"{clinic.address}/api/uploads/00000000-0000-4000-8000-000000000000/{what}"
    answer = httpx.post(address, content=b"[" * 1_000_001, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_what_an_earlier_server_exported_is_gone_when_one_begins(staffed, tmp_path):
    folder = copied(staffed, tmp_path / "data")
    left = folder / "errands" / "of-before"
    left.mkdir(parents=True)
    (left / "pigtrack-csv.zip").write_bytes(b"PK")
    with served(folder):
        assert not left.exists()


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "", "LOCALHOST.evil", "127.0.0.1@evil"]
)
def test_a_page_of_elsewhere_that_takes_our_address_is_refused(clinic, host):
    answer = clinic.as_("olga").get("/", headers={"Host": host})
    assert answer.status_code in (400, 421)
    assert "P-0007" not in answer.text


def test_the_server_names_no_product_and_believes_no_forwarded_address():
    """`served` starts its own server, so what `pigtrack serve` starts is held to it here."""
    config = configured(lambda: None)
    assert (config.server_header, config.proxy_headers, config.access_log) == (False, False, False)
